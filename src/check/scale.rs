//! Names that stand for a multiple of a derivative: many leave the mean over the batch, or a factor 2, to the end.

use super::bench::{Bench, Candidate, cut, letters};
use super::stand::recurs;
use crate::evaluate::claims::Placed;
use crate::math::expression::{Op, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number;

/// What is multiplied is less probable by this.
const RANK: usize = 10;
/// Ratios that differ by no more than this are one.
const CLOSE: f64 = 1e-9;

/// Adds multiples of derivatives to the candidates, for names that need their own values and stand for none of them: those that
/// numbers show or, where something is `wrong`, all that are usual.
pub fn add(bench: &mut Bench, wrong: bool) {
    let names: Vec<Name> = bench.group.locals.iter().filter(|name| recurs(bench, name)).cloned().collect();
    let mut found: Vec<Candidate> = Vec::new();
    for name in &names {
        let Some(quantity) = bench.union.quantity(name) else { continue };
        let (axes, shape) = (letters(quantity), quantity.shape.clone());
        let alike: Vec<Candidate> = bench
            .candidates
            .iter()
            .filter(|one| {
                one.letters == axes && one.term.shape() == &shape && one.rank < RANK && !one.values.is_empty()
            })
            .cloned()
            .collect();
        let own: Option<Vec<&Placed>> = bench.samples.iter().map(|sample| sample.values.get(name)).collect();
        let Some(own) = own else { continue };
        let ratios = |one: &Candidate| -> Option<Vec<f64>> {
            own.iter().zip(&one.values).map(|(own, other)| ratio(own, other)).collect()
        };
        let known = alike.iter().any(|one| ratios(one).is_some_and(|all| all.iter().all(|ratio| near(*ratio, 1.0))));
        if known {
            continue;
        }
        for one in &alike {
            let shown = ratios(one);
            for factor in factors(bench) {
                let fits = shown.as_ref().is_some_and(|all| {
                    all.iter().zip(&bench.samples).all(|(ratio, sample)| {
                        let size = |read: &Name| sample.sizes.get(read).copied();
                        value(&factor, &size).is_some_and(|factor| near(*ratio, factor))
                    })
                });
                let usual = wrong && shown.is_none() && one.rank < 2;
                if let Ok(term) = one.term.clone().times(factor.clone().fill(&shape))
                    && (fits || usual)
                    && !found.iter().any(|other| other.term == term && other.letters == axes)
                {
                    let rank = one.rank + RANK;
                    found.push(Candidate { term, rank, values: Vec::new(), letters: axes.clone(), scaled: true });
                }
            }
        }
    }
    bench.evaluate(&mut found);
    found.retain(|candidate| candidate.values.len() == bench.samples.len());
    bench.candidates.extend(found);
}

/// The factors that are usual: 2, a size, the inverse of these, and their opposites.
fn factors(bench: &Bench) -> Vec<Term> {
    let mut found: Vec<Term> = vec![Term::number(number::whole(2))];
    let sizes = bench.group.base.sizes.keys();
    found.extend(sizes.filter_map(|size| Term::new(Op::Integer(Integer::name(size.clone())), Vec::new()).ok()));
    let one = Term::number(number::whole(1));
    let twice = found.iter().skip(1).filter_map(|size| Term::number(number::whole(2)).times(size.clone()).ok());
    found.extend(twice.collect::<Vec<_>>());
    let inverse = found.iter().filter_map(|factor| Term::new(Op::Div, vec![one.clone(), factor.clone()]).ok());
    found.extend(inverse.collect::<Vec<_>>());
    let opposite: Vec<Term> = found.iter().map(|factor| factor.clone().negated()).collect();
    found.extend(opposite);
    found
}

/// The number that a factor is.
fn value(factor: &Term, size: &dyn Fn(&Name) -> Option<i64>) -> Option<f64> {
    let of = |at: usize| value(&factor.args()[at], size);
    match factor.op() {
        Op::Number(value) => Some(number::to_f64(value)),
        Op::Integer(integer) => integer.value(size).map(|value| value as f64),
        Op::Neg => of(0).map(|value| -value),
        Op::Mul => Some(of(0)? * of(1)?),
        Op::Div => Some(of(0)? / of(1)?),
        _ => None,
    }
}

/// The one number by which all entries of an array are multiples of those of another.
fn ratio(own: &Placed, other: &Placed) -> Option<f64> {
    // A name may run one step further.
    let (own, other) = (cut(own, other)?, cut(other, own)?);
    let mut found: Option<f64> = None;
    for (own, other) in own.array.data.iter().zip(&other.array.data) {
        if *other == 0.0 || !own.is_finite() {
            if *own == 0.0 && *other == 0.0 {
                continue;
            }
            return None;
        }
        let ratio = own / other;
        match found {
            None => found = Some(ratio),
            Some(known) if near(known, ratio) => {}
            Some(_) => return None,
        }
    }
    found
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= CLOSE * one.abs().max(other.abs())
}
