//! Which equation is to blame for a false claim: the first that is wrong given the others.

use super::bench::{Bench, same};
use super::edits::{Edit, Vocabulary, mend, mend_twice};
use super::explain;
use super::stand::Stands;
use super::{one_line, turned, unexplained};
use crate::derive::claims::decide::Assumed;
use crate::derive::claims::scalar::entry_letter;
use crate::derive::claims::steps::is_plain;
use crate::derive::normal;
use crate::evaluate::claims::{Placed, difference};
use crate::math::claim::{Claim, Derivative};
use crate::math::expression::{Binder, Mark, Read, Subscript, Term};
use crate::math::finding::{Blame, Kind, Slip};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Equation;
use crate::math::shape::Shape;
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

/// A mistake in the equation of a name that stands for nothing known, and that the equations of `reader` speak of. `right` tells
/// whether the reader has the values that it should have on a sample.
fn of_abbreviation(
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

/// Names that an equation rests on and that stand for nothing known: nothing is known of their equations either.
fn suspects(bench: &Bench, stands: &Stands, reader: &Name) -> Vec<Name> {
    let open = |name: &Name| stands.of(bench, name).is_none();
    stands.behind(bench, std::slice::from_ref(reader)).into_iter().filter(open).collect()
}

/// The left side of a claim as it reads.
pub fn left_side(bench: &Bench, claim: &Claim) -> Option<Term> {
    bench.equations(&claim.left).first().map(|equation| equation.body.clone())
}

fn of_claim(bench: &Bench, stands: &Stands, claim: &Claim) -> Blame {
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
fn between(bench: &Bench, claim: &Claim, left: &Term) -> Option<(Term, Term)> {
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
fn entrywise(left: Term, right: &Term) -> Term {
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
fn claim_as_it_should_be(bench: &Bench, stands: &Stands, claim: &Claim) -> Option<(Term, Term)> {
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
