//! A matrix turned the wrong way, where the shapes tell of it already.

use super::bench::Bench;
use super::{SAMPLES, blame, one_line};
use crate::math::claim::{Claim, Turned};
use crate::math::expression::{Mark, Term};
use crate::math::finding::{Blame, Kind};

/// A claim with a shape that can't be right, and that is true when one matrix is turned over. `known` is what was said of it.
pub fn blame(bench: &Bench, claim: &Claim, known: &Blame) -> Option<Blame> {
    let way = claim.misfit.as_ref()?.turned.iter().find(|way| is_true(bench, way, claim))?;
    let left = match &way.at {
        Some(name) => Term::read(bench.union.quantity(name)?.read_at(Mark::Value, &way.equation.at)),
        None => blame::left_side(bench, claim)?,
    };
    let written = match &way.at {
        Some(_) => one_line(way.equation.span.text()),
        None => one_line(claim.span.text()),
    };
    let (wrong, right) = factor(way).unzip();
    let corrected = Some((left, way.equation.body.clone()));
    Some(Blame { at: way.at.clone(), written, kind: Kind::Transposed, wrong, right, corrected, ..known.clone() })
}

/// Whether a claim holds on all samples when it is read in another way.
fn is_true(bench: &Bench, way: &Turned, claim: &Claim) -> bool {
    let Some(claim) = way.group.claims.iter().find(|other| other.name == claim.name) else { return false };
    (0..SAMPLES)
        .all(|number| bench.sampler.sample(&way.group, number).is_ok_and(|sample| sample.difference(claim).is_none()))
}

/// The matrix as it stands, and as it should.
fn factor(way: &Turned) -> Option<(Term, Term)> {
    let (name, now) = way.part.as_ref()?;
    let plain = way.equation.body.reads().into_iter().find(|read| &read.quantity == name)?;
    let plain = Term::read(plain.clone());
    let over = plain.clone().transposed().ok()?;
    Some(if *now { (plain, over) } else { (over, plain) })
}
