//! What is wrong with the equation of a claim itself.

use super::abbreviation::{of_abbreviation, suspects};
use super::{rest, shorter, terms, told, told_twice};
use crate::check::bench::Bench;
use crate::check::edits::{Vocabulary, mend, mend_twice};
use crate::check::explain;
use crate::check::stand::Stands;
use crate::check::{one_line, unexplained};
use crate::derive::claims::decide::Assumed;
use crate::derive::claims::scalar::entry_letter;
use crate::derive::claims::steps::is_plain;
use crate::evaluate::claims::{Placed, difference};
use crate::math::claim::Claim;
use crate::math::expression::{Binder, Read, Subscript, Term};
use crate::math::finding::{Blame, Kind};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Equation;
use crate::math::shape::Shape;
use std::collections::BTreeMap;

/// The left side of a claim as it reads.
pub fn left_side(bench: &Bench, claim: &Claim) -> Option<Term> {
    bench.equations(&claim.left).first().map(|equation| equation.body.clone())
}

pub(super) fn of_claim(bench: &Bench, stands: &Stands, claim: &Claim) -> Blame {
    let mut blame = unexplained(one_line(claim.span.text()));
    let puts: Vec<BTreeMap<Name, Placed>> =
        (0..bench.samples.len()).map(|number| stands.values(bench, number)).collect();
    let truths: Option<Vec<Placed>> = (0..bench.samples.len())
        .map(|number| bench.tried(&bench.samples[number], &claim.left, &puts[number], None))
        .collect();
    let Some(truths) = truths else { return blame };
    let left = left_side(bench, claim);
    if left.as_ref().is_none_or(|left| left.as_read().is_none()) {
        // Neither side is what the other should be.
        return blame;
    }
    let derivative =
        left.as_ref().and_then(|left| left.as_read()).and_then(|read| bench.system.derivative(&read.quantity));
    let missing = terms(bench, stands, derivative, None);
    let equations: Vec<Equation> = bench.equations(&claim.right).into_iter().cloned().collect();
    let test = |position: usize, body: &Term| {
        let mut changed = equations.clone();
        changed[position].body = body.clone();
        truths.iter().enumerate().all(|(number, truth)| {
            let right = bench.tried(&bench.samples[number], &claim.right, &puts[number], Some(&changed));
            right.is_some_and(|right| difference(&right, truth).is_none())
        })
    };
    for (position, equation) in equations.iter().enumerate() {
        let test = |body: &Term| test(position, body);
        let words = Vocabulary::of(bench, &claim.right, &equation.ranges, &equation.body, missing.clone());
        if let Some(edit) = mend(bench, &equation.body, &equation.ranges, &words, &test) {
            let whole = || claim_as_it_should_be(bench, stands, claim).map(|(_, right)| right);
            return told(blame, shorter(bench, edit, &equation.body, &whole, &test), left);
        }
    }
    let right = |value: &Placed, number: usize| difference(value, &truths[number]).is_none();
    if let Some(found) = of_abbreviation(bench, stands, &claim.right, &blame, &right) {
        return found;
    }
    for (position, equation) in equations.iter().enumerate() {
        let test = |body: &Term| test(position, body);
        let words = Vocabulary::of(bench, &claim.right, &equation.ranges, &equation.body, missing.clone());
        if let Some(edits) = mend_twice(bench, &equation.body, &words, &test) {
            return told_twice(blame, edits, left);
        }
    }
    blame.suspects = suspects(bench, stands, &claim.right);
    blame.corrected = claim_as_it_should_be(bench, stands, claim);
    blame.right = blame.corrected.as_ref().map(|(_, right)| right.clone());
    if blame.corrected.is_none() {
        blame.said = Some(
            "the left side is the derivative through every path, and adds up paths over all steps, so that no single formula \
             is shown for it; ask for `dL/d…`, whose recurrence is known, or for the derivative by a state one step before"
                .to_string(),
        );
    }
    if let (Some(right), [equation]) = (&blame.right, equations.as_slice())
        && let Some(rest) = rest(bench, right, &equation.body)
    {
        (blame.kind, blame.right) = (Kind::MissingTerm, Some(rest));
    }
    blame
}

/// A derivative of anything by anything, by entries, if it can be written out.
pub(super) fn between(bench: &Bench, claim: &Claim, left: &Term) -> Option<(Term, Term)> {
    let definition = bench.system.definitions(&claim.left).first().cloned()?;
    let derivative = |read: &Read| bench.system.derivative(&read.quantity).is_some();
    let written_out = |ranges: &[Binder]| {
        let stepped = bench.system.stepped(&definition.body, ranges);
        let unfolded = bench.system.unfolded(&stepped, ranges, &derivative)?;
        is_plain(bench.system, &unfolded).then(|| bench.system.narrow(&unfolded, ranges).unwrap_or(unfolded))
    };
    let right = written_out(&definition.ranges).or_else(|| {
        // At the first step a line of its own holds; it is told only if it reads the same.
        let mut ranges = definition.ranges.clone();
        let recurrent =
            |range: &Binder| bench.group.base.indices.get(&range.index).is_some_and(|index| index.recurrent);
        ranges.iter_mut().filter(|range| recurrent(range)).for_each(|range| range.low = range.low.offset(1));
        let general = written_out(&ranges)?;
        let same = bench.system.decide(&definition.body, &general, &definition.ranges, &Assumed::default());
        same.equal.then_some(general)
    })?;
    // In the letters of the claim; entries are numbered as the left side shows them.
    let equation = bench.equations(&claim.left).first().copied()?;
    let letters = definition.at.iter().zip(&equation.at);
    let put = letters.filter_map(|(own, other)| Some((own.as_name()?.clone(), other.clone()))).collect();
    let right = right.at(&put);
    Some((entrywise(left.clone(), &right), right))
}

/// A left side with the letters of its entries, where the right side speaks of single ones.
pub(super) fn entrywise(left: Term, right: &Term) -> Term {
    let sizes = left.shape().axes().len();
    match left.as_read() {
        Some(read) if sizes > 0 && right.shape().is_number() => {
            let mut entries = (0..sizes).map(|position| Subscript::At(Integer::name(entry_letter(position))));
            let one = |place: &Subscript, entries: &mut dyn Iterator<Item = Subscript>| match place {
                Subscript::At(_) => place.clone(),
                _ => entries.next().unwrap_or_else(|| place.clone()),
            };
            let mut subscripts: Vec<Subscript> = read.subscripts.iter().map(|place| one(place, &mut entries)).collect();
            subscripts.extend(entries);
            Term::read(Read { subscripts, shape: Shape::number(), ..read.clone() })
        }
        _ => left,
    }
}

/// The claim with the right side that its left side has.
pub(super) fn claim_as_it_should_be(bench: &Bench, stands: &Stands, claim: &Claim) -> Option<(Term, Term)> {
    let left = left_side(bench, claim)?;
    let read = left.as_read()?.clone();
    let derivative = bench.system.derivative(&read.quantity)?;
    if derivative.of != bench.group.base.loss {
        return between(bench, claim, &left);
    }
    let right = explain::right_side(bench, stands, &derivative, None)?;
    let letters = bench.system.calculus.parts.quantity(&derivative.by)?.axes.iter().map(|axis| axis.index.clone());
    let places = read.places().unwrap_or_default().into_iter().cloned();
    let right = right.at(&letters.zip(places).collect());
    Some((entrywise(left, &right), right))
}
