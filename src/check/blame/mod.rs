//! Which equation is to blame for a false claim: the first that is wrong given the others.

mod abbreviation;
mod claim;

use super::bench::{Bench, same};
use super::edits::{Edit, Vocabulary, mend, mend_twice};
use super::explain;
use super::stand::Stands;
use super::{one_line, turned, unexplained};
use crate::derive::normal;
use crate::evaluate::claims::{Placed, difference};
use crate::math::claim::{Claim, Derivative};
use crate::math::expression::{Mark, Read, Term};
use crate::math::finding::{Blame, Kind, Slip};
use crate::math::name::Name;
use crate::math::network::Equation;
use abbreviation::{of_abbreviation, suspects};
pub use claim::left_side;
use claim::{claim_as_it_should_be, entrywise, of_claim};
use std::collections::BTreeMap;

/// A missing summand with more parts than this may have a shorter form.
const LONG: usize = 12;
/// One with more parts tells nothing that the whole equation does not tell better.
const LONGEST: usize = 30;

/// What is wrong with a claim that is false. `known` are names whose equations were found to be wrong before.
pub fn blame(bench: &Bench, stands: &Stands, claim: &Claim, known: &mut BTreeMap<Name, Blame>) -> Blame {
    if let Some(misfit) = &claim.misfit {
        let mut blame = unexplained(one_line(claim.span.text()));
        blame.kind = Kind::Shape;
        blame.at.clone_from(&misfit.at);
        blame.shapes = Some((misfit.found.clone(), misfit.wanted.clone()));
        blame.said = Some(misfit.reason.message.clone());
        if let Some(found) = turned::blame(bench, claim, &blame) {
            return found;
        }
        match &misfit.at {
            Some(name) => {
                blame.written = written_of(bench, claim, name).unwrap_or(blame.written);
                if let (Some(left), Some(right)) = (left_of(bench, name), truth_of(bench, stands, name)) {
                    blame.right = Some(right.clone());
                    blame.corrected = Some((left, right));
                }
            }
            None => blame.corrected = claim_as_it_should_be(bench, stands, claim),
        }
        return blame;
    }
    for name in stands.reached(bench, claim) {
        if stands.of(bench, &name).is_some() && !stands.holds(bench, &name) {
            return known.entry(name.clone()).or_insert_with(|| of_name(bench, stands, &name)).clone();
        }
    }
    of_claim(bench, stands, claim)
}

fn written_of(bench: &Bench, claim: &Claim, name: &Name) -> Option<String> {
    let own = bench.equations(name).first().map(|equation| one_line(equation.span.text()));
    own.or_else(|| {
        // Its equation was left out: it is found in the text.
        let text = &claim.span.source.text;
        let start = text.match_indices(name.as_str()).map(|(at, _)| at).find(|at| {
            let before =
                text[..*at].chars().next_back().is_none_or(|letter| !letter.is_alphanumeric() && letter != '_');
            let rest = text[at + name.as_str().len()..].trim_start();
            let rest = if rest.starts_with('[') { rest.split_once(']').map_or("", |(_, rest)| rest) } else { rest };
            before && rest.trim_start().starts_with('=')
        })?;
        let rest = &text[start..];
        let mut depth = 0usize;
        let end = rest.char_indices().find(|(at, letter)| {
            match letter {
                '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && (*letter == ',' || rest[*at..].starts_with("\nclaim"))
        });
        Some(one_line(&rest[..end.map_or(rest.len(), |(at, _)| at)]))
    })
}

fn left_of(bench: &Bench, name: &Name) -> Option<Term> {
    bench.union.quantity(name).map(|quantity| Term::read(quantity.read(Mark::Value)))
}

/// What a name stands for, made of what its author has.
fn truth_of(bench: &Bench, stands: &Stands, name: &Name) -> Option<Term> {
    let candidate = stands.of(bench, name)?;
    if let Some(read) = candidate.term.as_read()
        && let Some(derivative) = bench.system.derivative(&read.quantity)
        && let Some(body) = explain::right_side(bench, stands, &derivative, Some(name))
    {
        let places = read.places()?.into_iter().cloned();
        let letters = bench.system.calculus.parts.quantity(&derivative.by)?.axes.iter().map(|axis| axis.index.clone());
        return Some(body.at(&letters.zip(places).collect()));
    }
    Some(in_names(bench, stands, &candidate.term))
}

/// Derivatives that the author has names for, by these names.
pub fn in_names(bench: &Bench, stands: &Stands, term: &Term) -> Term {
    term.map(&mut |part| {
        let Some(read) = part.as_read() else { return part };
        match stands.name_of(bench, &read.quantity) {
            Some(name) => Term::read(Read { quantity: name, ..read.clone() }),
            None => part,
        }
    })
}

/// Terms that may be missing in an equation: what paths contribute.
fn terms(bench: &Bench, stands: &Stands, derivative: Option<Derivative>, own: Option<&Name>) -> Vec<Term> {
    let Some(derivative) = derivative else { return Vec::new() };
    explain::summands(bench, stands, &derivative, own)
}

fn of_name(bench: &Bench, stands: &Stands, name: &Name) -> Blame {
    let equations: Vec<Equation> = bench.equations(name).into_iter().cloned().collect();
    let written = equations.first().map_or(String::new(), |equation| one_line(equation.span.text()));
    let mut blame = Blame { at: Some(name.clone()), ..unexplained(written) };
    let Some(candidate) = stands.of(bench, name) else { return blame };
    let truths: Vec<(BTreeMap<Name, Placed>, &Placed)> =
        (0..bench.samples.len()).map(|number| (stands.values(bench, number), &candidate.values[number])).collect();
    if let Some((put, truth)) = truths.first()
        && let Some(tried) = bench.tried(&bench.samples[0], name, put, None)
        && let Some(found) =
            super::bench::cut(&tried, truth).zip(super::bench::cut(truth, &tried)).and_then(|(a, b)| difference(&a, &b))
    {
        blame.entry = Some((found.at, found.claimed, found.actual));
    }
    let derivative = candidate.term.as_read().and_then(|read| bench.system.derivative(&read.quantity));
    let missing = terms(bench, stands, derivative, Some(name));
    let test = |position: usize, body: &Term| {
        let mut changed = equations.clone();
        changed[position].body = body.clone();
        truths.iter().enumerate().all(|(number, (put, truth))| {
            bench.tried(&bench.samples[number], name, put, Some(&changed)).is_some_and(|tried| same(&tried, truth))
        })
    };
    for (position, equation) in equations.iter().enumerate() {
        let test = |body: &Term| test(position, body);
        let words = Vocabulary::of(bench, name, &equation.ranges, &equation.body, missing.clone());
        if let Some(edit) = mend(bench, &equation.body, &equation.ranges, &words, &test) {
            let left =
                bench.union.quantity(name).map(|quantity| Term::read(quantity.read_at(Mark::Value, &equation.at)));
            let edit = shorter(bench, edit, &equation.body, &|| truth_of(bench, stands, name), &test);
            return told(blame, edit, left);
        }
    }
    if let Some(found) = of_abbreviation(bench, stands, name, &blame, &|value, number| same(value, truths[number].1)) {
        return found;
    }
    for (position, equation) in equations.iter().enumerate() {
        let test = |body: &Term| test(position, body);
        let words = Vocabulary::of(bench, name, &equation.ranges, &equation.body, missing.clone());
        if let Some(edits) = mend_twice(bench, &equation.body, &words, &test) {
            let left =
                bench.union.quantity(name).map(|quantity| Term::read(quantity.read_at(Mark::Value, &equation.at)));
            return told_twice(blame, edits, left);
        }
    }
    blame.suspects = suspects(bench, stands, name);
    if let (Some(left), Some(right)) = (left_of(bench, name), truth_of(bench, stands, name)) {
        let equation = equations.first().filter(|_| equations.len() == 1);
        if let Some(equation) = equation
            && let Some(rest) = rest(bench, &right, &equation.body)
        {
            (blame.kind, blame.right) = (Kind::MissingTerm, Some(rest));
        } else {
            blame.right = Some(right.clone());
        }
        blame.corrected = Some((entrywise(left, &right), right));
    }
    blame
}

/// A missing summand as the derivation would print it, where that is shorter than what one path contributes.
fn shorter(
    bench: &Bench,
    edit: Edit,
    body: &Term,
    whole: &dyn Fn() -> Option<Term>,
    test: &dyn Fn(&Term) -> bool,
) -> Edit {
    let long = edit.right.as_ref().is_some_and(|right| right.size() > LONG);
    if edit.kind != Kind::MissingTerm || !long {
        return edit;
    }
    let other = whole().and_then(|right| rest(bench, &right, body));
    match other.filter(|other| edit.right.as_ref().is_some_and(|right| other.size() < right.size())) {
        Some(other) => match body.clone().plus(other.clone()) {
            Ok(body) if test(&body) => Edit { wrong: None, right: Some(other), body, ..edit },
            _ => edit,
        },
        None => edit,
    }
}

/// What a right side lacks, if that is a single summand.
fn rest(bench: &Bench, right: &Term, written: &Term) -> Option<Term> {
    let rest = |written: &Term| normal::simplify(&right.clone().plus(written.clone().negated()).ok()?);
    let short =
        |rest: &Term| rest.summands().len() == 1 && rest.size() <= LONGEST && 2 * rest.size() <= 3 * right.size();
    let all = [rest(written), rest(&explain::spelled(bench, written))];
    all.into_iter().flatten().filter(short).min_by_key(Term::size)
}

fn told(blame: Blame, edit: Edit, left: Option<Term>) -> Blame {
    Blame {
        kind: edit.kind,
        wrong: edit.wrong,
        right: edit.right,
        corrected: left.map(|left| (entrywise(left, &edit.body), edit.body)),
        ..blame
    }
}

/// Two mistakes in one equation.
fn told_twice(blame: Blame, (first, second): (Edit, Edit), left: Option<Term>) -> Blame {
    let more = vec![Slip { kind: second.kind, wrong: second.wrong, right: second.right }];
    Blame { more, ..told(blame, first, left) }
}
