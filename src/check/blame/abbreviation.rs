//! Mistakes in equations that others rest on, and whose names stand for nothing known.

use super::told;
use crate::check::bench::Bench;
use crate::check::edits::{Vocabulary, mend};
use crate::check::one_line;
use crate::check::stand::Stands;
use crate::evaluate::claims::Placed;
use crate::math::expression::{Mark, Term};
use crate::math::finding::Blame;
use crate::math::name::Name;
use crate::math::network::Equation;
use std::collections::BTreeMap;

/// A mistake in the equation of a name that stands for nothing known, and that the equations of `reader` speak of. `right` tells
/// whether the reader has the values that it should have on a sample.
pub(super) fn of_abbreviation(
    bench: &Bench,
    stands: &Stands,
    reader: &Name,
    blame: &Blame,
    right: &dyn Fn(&Placed, usize) -> bool,
) -> Option<Blame> {
    let puts: Vec<BTreeMap<Name, Placed>> =
        (0..bench.samples.len()).map(|number| stands.values(bench, number)).collect();
    // Those that stand for nothing come first; then those that only happen to have the values of something.
    let behind = stands.behind(bench, std::slice::from_ref(reader));
    let (open, known): (Vec<Name>, Vec<Name>) = behind.into_iter().partition(|name| stands.of(bench, name).is_none());
    let by_chance = known.into_iter().filter(|name| stands.is_by_chance(bench, name));
    for suspect in open.into_iter().chain(by_chance) {
        let equations: Vec<Equation> = bench.equations(&suspect).into_iter().cloned().collect();
        for (position, equation) in equations.iter().enumerate() {
            let test = |body: &Term| {
                let mut changed = equations.clone();
                changed[position].body = body.clone();
                puts.iter().enumerate().all(|(number, put)| {
                    // The changed name is put in, and the reader computed from it.
                    let sample = &bench.samples[number];
                    let value = bench.tried(sample, &suspect, put, Some(&changed)).and_then(|value| {
                        let mut put = put.clone();
                        put.insert(suspect.clone(), value);
                        bench.tried(sample, reader, &put, None)
                    });
                    value.is_some_and(|value| right(&value, number))
                })
            };
            let words = Vocabulary::of(bench, &suspect, &equation.ranges, &equation.body, Vec::new());
            if let Some(edit) = mend(bench, &equation.body, &equation.ranges, &words, &test) {
                let quantity = bench.union.quantity(&suspect);
                let left = quantity.map(|quantity| Term::read(quantity.read_at(Mark::Value, &equation.at)));
                let written = one_line(equation.span.text());
                return Some(told(Blame { at: Some(suspect), written, entry: None, ..blame.clone() }, edit, left));
            }
        }
    }
    None
}

/// Names that an equation rests on and that stand for nothing known: nothing is known of their equations either.
pub(super) fn suspects(bench: &Bench, stands: &Stands, reader: &Name) -> Vec<Name> {
    let open = |name: &Name| stands.of(bench, name).is_none();
    stands.behind(bench, std::slice::from_ref(reader)).into_iter().filter(open).collect()
}
