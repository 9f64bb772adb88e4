//! What names stand for, shown from their equations.

use super::{Stands, recurs};
use crate::check::bench::Bench;
use crate::derive::claims::decide::{Assumed, Decision};
use crate::derive::claims::scalar::entry_letter;
use crate::derive::claims::system::Definition;
use crate::math::claim::Claim;
use crate::math::expression::{Mark, Op, Read, Subscript, Term};
use crate::math::finding::{Meant, Stand};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::BTreeMap;

impl Stands {
    /// Shows what a name stands for, from its equation.
    pub fn decide(&self, bench: &Bench, name: &Name, assumed: &Assumed) -> Decision {
        let definitions = bench.system.definitions(name);
        let mut all = Decision { equal: true, ..Decision::default() };
        for definition in definitions.iter() {
            let left = self.truth(bench, name, &definition.at);
            let right = self.written_out(bench, &definition.body, &definition.ranges);
            let (Some(left), Some(right)) = (left, right) else {
                return Decision { stopped: Some(format!("`{name}` could not be written out")), ..Decision::default() };
            };
            // A value of the network is meant as what its own equation says.
            let value = self.of(bench, name).and_then(|candidate| candidate.term.as_read()).map(|read| &read.quantity);
            let own =
                |read: &Read| Some(&read.quantity) == value && bench.group.base.quantity(&read.quantity).is_some();
            let fixed = definition.at.iter().any(|place| place.as_number().is_some());
            let left = match bench.system.once(&left, &definition.ranges, &own) {
                Some((unfolded, true)) if !fixed => unfolded,
                _ => left,
            };
            let decision = bench.system.decide(&left, &right, &definition.ranges, assumed);
            if !decision.equal {
                return decision;
            }
            all.cases |= decision.cases;
            all.laws.extend(decision.laws);
            all.definitions.extend(decision.definitions);
        }
        all
    }

    /// Decides a claim, with all names put in for what they stand for.
    pub fn decide_claim(&self, bench: &Bench, claim: &Claim, assumed: &Assumed) -> Decision {
        let side = |name: &Name| {
            let definition = bench.system.definitions(name).first().cloned()?;
            let body = self.written_out(bench, &definition.body, &definition.ranges)?;
            Some(Definition { body, ..definition })
        };
        match (side(&claim.left), side(&claim.right)) {
            (Some(left), Some(right)) => bench.system.decide(&left.body, &right.under(&left), &left.ranges, assumed),
            _ => Decision {
                stopped: Some("the author's names could not be written out, as they go round in a circle".into()),
                ..Decision::default()
            },
        }
    }

    /// What a name stands for, by entries, at these places.
    pub(super) fn truth(&self, bench: &Bench, name: &Name, at: &[Integer]) -> Option<Term> {
        let candidate = self.of(bench, name)?;
        let count = candidate.letters.len();
        let entries: Vec<Name> = (0..at.len().checked_sub(count)?).map(entry_letter).collect();
        let places: Vec<Integer> = entries.iter().cloned().map(Integer::name).collect();
        let scalar = bench.system.scalar(&candidate.term, &places)?;
        let letters = candidate.letters.iter().chain(&entries).cloned();
        Some(scalar.at(&letters.zip(at.iter().cloned()).collect()))
    }

    /// A term in which names of the author are what they stand for, or else what their equations say.
    pub(super) fn written_out(
        &self,
        bench: &Bench,
        term: &Term,
        scope: &[crate::math::expression::Binder],
    ) -> Option<Term> {
        let wanted = |read: &Read| bench.is_written(&read.quantity) && !self.is_kept(bench, &read.quantity);
        let unfolded = bench.system.unfolded(term, scope, &wanted)?;
        let mut failed = false;
        let put = unfolded.map(&mut |part| {
            let Op::Read(read) = part.op() else { return part };
            if !self.is_kept(bench, &read.quantity) {
                return part;
            }
            let places: Vec<Integer> = read.places().unwrap_or_default().into_iter().cloned().collect();
            match self.truth(bench, &read.quantity, &places) {
                Some(term) => term,
                None => {
                    failed = true;
                    part
                }
            }
        });
        (!failed).then_some(put)
    }

    /// What is told of a name that stands for something.
    pub fn told(&self, bench: &Bench, name: &Name) -> Option<Stand> {
        let candidate = self.of(bench, name)?;
        let quantity = bench.union.quantity(name)?;
        let left = Term::read(quantity.read(Mark::Value));
        let recurrent = |letter: &&Name| bench.group.base.indices.get(*letter).is_some_and(|index| index.recurrent);
        let along = recurs(bench, name).then(|| candidate.letters.iter().find(recurrent).cloned()).flatten();
        let equations = bench
            .equations(name)
            .into_iter()
            .map(|equation| Meant {
                left: Term::read(quantity.read_at(Mark::Value, &equation.at)),
                written: equation.body.clone(),
                meant: self.meant(bench, &equation.body),
            })
            .collect();
        Some(Stand { name: name.clone(), left, right: candidate.term.clone(), along, equations })
    }

    /// A term in which the author's names are what they stand for.
    pub fn meant(&self, bench: &Bench, term: &Term) -> Term {
        term.map(&mut |part| {
            let Op::Read(read) = part.op() else { return part };
            let Some(candidate) = self.of(bench, &read.quantity).filter(|_| self.is_kept(bench, &read.quantity)) else {
                return part;
            };
            let count = candidate.letters.len();
            let places: Option<Vec<Integer>> = read
                .subscripts
                .iter()
                .take(count)
                .map(|place| match place {
                    Subscript::At(place) => Some(place.clone()),
                    _ => None,
                })
                .collect();
            let Some(places) = places.filter(|places| places.len() == count) else { return part };
            let put: BTreeMap<Name, Integer> = candidate.letters.iter().cloned().zip(places).collect();
            let entries = &read.subscripts[count..];
            match candidate.term.at(&put) {
                whole if entries.is_empty() => whole,
                // An entry of what it stands for.
                whole => match whole.as_read() {
                    Some(inner) => {
                        let subscripts = inner.subscripts.iter().chain(entries).cloned().collect();
                        Term::read(Read { subscripts, quantity: inner.quantity.clone(), ..read.clone() })
                    }
                    None => part,
                },
            }
        })
    }
}
