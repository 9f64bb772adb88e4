//! Equations as they should be, in the words of their author.

use super::bench::Bench;
use super::stand::{self, Stands};
use crate::derive::claims::scalar::entry_letter;
use crate::derive::normal;
use crate::math::claim::Derivative;
use crate::math::derivation::{Line, Part};
use crate::math::expression::{Mark, Op, Read, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

/// Lines are put into lines no deeper than this.
const DEEPEST: usize = 4;
/// No more lines than this are told beside an equation.
const MOST: usize = 8;
/// What a derivative without a name costs a reader, in operations.
const UNNAMED: usize = 8;

/// What a derivative is made of, where names of the author stand for others: the summands of its line, `own` written out.
pub fn summands(bench: &Bench, stands: &Stands, derivative: &Derivative, own: Option<&Name>) -> Vec<Term> {
    let Ok(lines) = bench.system.calculus.lines(derivative.of.as_ref()) else { return Vec::new() };
    let Some(line) = general(&lines, &derivative.by) else { return Vec::new() };
    let Some(entries) = entries(bench, line) else { return Vec::new() };
    let mut found = Vec::new();
    for part in &line.parts {
        let written = in_words(bench, stands, &part.term, &lines, own, DEEPEST);
        for term in written.summands() {
            found.push(Part { sums: part.sums.clone(), term: term.clone() }.summed().at(&entries));
        }
    }
    found
}

/// The right side that a derivative has: as the lines of the derivation give it, or as it prints them, what is shorter.
pub fn right_side(bench: &Bench, stands: &Stands, derivative: &Derivative, own: Option<&Name>) -> Option<Term> {
    let parts = summands(bench, stands, derivative, own);
    let sum = parts.into_iter().map(Some).reduce(|all, next| all?.plus(next?).ok())??;
    let plain = normal::simplify(&sum).unwrap_or(sum);
    match printed(bench, stands, derivative, own) {
        Some(printed) if cost(bench, &printed) < cost(bench, &plain) => Some(printed),
        _ => Some(plain),
    }
}

/// A line by entries numbers them by letters of its own: the entries that these are.
fn entries(bench: &Bench, line: &Line) -> Option<BTreeMap<Name, Integer>> {
    let axes = bench.system.calculus.parts.quantity(&line.left.quantity)?.axes.len();
    let letters = line.left.places()?.into_iter().skip(axes).map(|place| place.as_name().cloned());
    let letters: Vec<Name> = letters.collect::<Option<_>>()?;
    let entries = (0..letters.len()).map(|position| Integer::name(entry_letter(position)));
    Some(letters.into_iter().zip(entries).collect())
}

/// How much there is to read: derivatives that nobody has a name for need a line of their own.
fn cost(bench: &Bench, term: &Term) -> usize {
    let unnamed = |read: &&&Read| bench.system.derivative(&read.quantity).is_some();
    term.size() + UNNAMED * term.reads().iter().filter(unnamed).count()
}

/// The line of a derivation in the words of the author, if all its quantities are known here.
fn printed(bench: &Bench, stands: &Stands, derivative: &Derivative, own: Option<&Name>) -> Option<Term> {
    let lines = bench.system.calculus.lines(derivative.of.as_ref()).ok()?;
    let line = bench.system.calculus.printed(derivative.of.as_ref(), &derivative.by)?;
    let whole = crate::derive::claims::system::whole(&line).at(&entries(bench, &line)?);
    let term = in_words(bench, stands, &whole, &lines, own, DEEPEST);
    let known = |read: &&Read| read.mark != Mark::Value || bench.union.quantity(&read.quantity).is_none();
    term.reads()
        .iter()
        .all(|read| !known(read))
        .then(|| normal::simplify(&term).filter(|one| one.size() < term.size()).unwrap_or(term))
}

/// A term of a line with adjoints replaced: by a name that stands for them, or by their own lines.
fn in_words(bench: &Bench, stands: &Stands, term: &Term, lines: &[Line], own: Option<&Name>, depth: usize) -> Term {
    let of = bench.group.base.loss.clone();
    term.map(&mut |part| {
        let Op::Read(read) = part.op() else { return part };
        if read.mark != Mark::Adjoint {
            return named_part(bench, bench.in_values(&part), depth);
        }
        let quantity = Derivative { of: of.clone(), by: read.quantity.clone() }.quantity();
        if let Some(name) = stands.name_of(bench, &quantity) {
            let shifted = read.places().is_some_and(|places| places.iter().any(|place| place.as_name().is_none()));
            if own != Some(&name) || shifted {
                let read = Read { quantity: name, mark: Mark::Value, constant: false, ..read.clone() };
                return Term::read(read);
            }
        }
        let plain = read.places().is_some_and(|places| places.iter().all(|place| place.as_name().is_some()));
        if depth > 0
            && plain
            && !is_knot(bench, stands, &quantity)
            && let Some(body) = unfolded(read, lines)
        {
            return in_words(bench, stands, &body, lines, own, depth - 1);
        }
        bench.in_values(&part)
    })
}

/// Whether a derivative is one that others go round in circles by, where the author's names end every circle.
fn is_knot(bench: &Bench, stands: &Stands, quantity: &Name) -> bool {
    let derivative = |name: &Name| bench.system.derivative(name).is_some() && stands.name_of(bench, name).is_none();
    bench.system.knots(&BTreeSet::from([quantity.clone()]), false, &derivative).contains(quantity)
}

/// A term in which abbreviations of the author are written out.
pub fn spelled(bench: &Bench, term: &Term) -> Term {
    spelled_to(bench, term, DEEPEST)
}

fn spelled_to(bench: &Bench, term: &Term, depth: usize) -> Term {
    term.map(&mut |part| {
        let Some(read) = part.as_read().filter(|read| depth > 0 && bench.group.locals.contains(&read.quantity)) else {
            return part;
        };
        let equations = bench.equations(&read.quantity);
        let ([equation], Some(places)) = (equations.as_slice(), read.places()) else { return part };
        let letters: Option<Vec<Name>> = equation.at.iter().map(|place| place.as_name().cloned()).collect();
        match letters.filter(|letters| letters.len() == places.len() && !stand::recurs(bench, &read.quantity)) {
            Some(letters) => {
                let put = letters.into_iter().zip(places.into_iter().cloned()).collect();
                spelled_to(bench, &equation.body.at(&put), depth - 1)
            }
            None => part,
        }
    })
}

/// What the derivatives are that an equation speaks of, and that its author has no names for: each with its own line.
pub fn lines_of(bench: &Bench, stands: &Stands, term: &Term) -> Vec<(Term, Term)> {
    let mut found: Vec<(Term, Term)> = Vec::new();
    let mut open = vec![term.clone()];
    while let Some(term) = open.pop() {
        for read in term.reads() {
            let Some(derivative) = bench.system.derivative(&read.quantity) else { continue };
            let Some(quantity) = bench.union.quantity(&read.quantity) else { continue };
            let known = found.iter().any(|(left, _)| left.as_read().is_some_and(|one| one.quantity == read.quantity));
            if known || found.len() >= MOST || derivative.of != bench.group.base.loss {
                continue;
            }
            let left = Term::read(Read { shape: quantity.shape.clone(), ..quantity.read(Mark::Value) });
            if let Some(right) = right_side(bench, stands, &derivative, None) {
                found.push((left, right.clone()));
                open.push(right);
            }
        }
    }
    found
}

/// A part of the network that has no name in the file is written out.
fn named_part(bench: &Bench, term: Term, depth: usize) -> Term {
    let Some(read) = term.as_read().cloned() else { return term };
    let parts = &bench.system.calculus.parts;
    if depth == 0 || bench.group.base.quantity(&read.quantity).is_some() || parts.quantity(&read.quantity).is_none() {
        return term;
    }
    let mut equations = parts.equations_of(&read.quantity);
    let (Some(equation), Some(places), None) = (equations.next(), read.places(), equations.next()) else { return term };
    if places.len() != equation.at.len() {
        return term;
    }
    let letters = equation.at.iter().filter_map(Integer::as_name).cloned();
    let body = equation.body.at(&letters.zip(places.into_iter().cloned()).collect());
    body.map(&mut |part| if part.as_read().is_some() { named_part(bench, part, depth - 1) } else { part })
}

/// The line of an adjoint at a place, where it has a single general one.
fn unfolded(read: &Read, lines: &[Line]) -> Option<Term> {
    let line = general(lines, &read.quantity)?;
    let letters: Vec<Name> = line
        .left
        .places()?
        .into_iter()
        .map(Integer::as_name)
        .collect::<Option<Vec<_>>>()?
        .into_iter()
        .cloned()
        .collect();
    let places: Vec<Integer> = read.places()?.into_iter().cloned().collect();
    if letters.len() != places.len() {
        return None;
    }
    let put: BTreeMap<Name, Integer> = letters.into_iter().zip(places).collect();
    Some(crate::derive::claims::system::whole(line).at(&put))
}

/// The line of an adjoint that holds for all values of its indices but those of cases.
fn general<'l>(lines: &'l [Line], quantity: &Name) -> Option<&'l Line> {
    let free = |line: &&Line| {
        &line.left.quantity == quantity
            && line.left.places().is_some_and(|places| places.iter().all(|place| place.as_name().is_some()))
    };
    lines.iter().find(free)
}
