//! Products of matrices made short: what works entry by entry is multiplied entry by entry, numbers stand in front.
//!
//! The matrices of a network are letters here, so nothing is taken out of or multiplied into them; only the entries of
//! diagonal matrices, columns and rows are simplified.

use super::super::normal;
use super::linear::Linear;
use crate::math::expression::{Op, Term};
use crate::math::number::{Rational, whole};
use crate::math::shape::Shape;
use num_traits::{One, Zero};

/// A factor whose entries can be looked at by themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Diagonal,
    Column,
    Row,
}

impl Linear {
    /// The same with neighbours that work entry by entry multiplied, identities left out, numbers in front.
    pub fn tidy(&self) -> Linear {
        let mut numbers: Vec<Term> = self.numbers.clone();
        let mut factors: Vec<Term> = Vec::new();
        for factor in self.factors.iter().flat_map(|factor| chain(factor)) {
            let (mut factor, mut minus) = (factor.clone(), false);
            while matches!(factor.op(), Op::Neg) {
                (factor, minus) = (factor.args()[0].clone(), !minus);
            }
            numbers.extend(minus.then(|| Term::number(whole(-1))));
            if matches!(factor.op(), Op::Eye(_)) {
                continue;
            }
            match factors.last().and_then(|last| merged(last, &factor)) {
                Some(both) => {
                    factors.pop();
                    // A row times a column is a number.
                    if both.shape().is_number() { numbers.push(both) } else { factors.push(both) }
                }
                None => factors.push(factor),
            }
        }
        let mut kept = Vec::new();
        for factor in factors {
            let Some((kind, entries)) = entries(&factor) else {
                kept.push(factor);
                continue;
            };
            let (mut entries, mut numerals) = (shorter(&entries), Rational::one());
            if matches!(entries.op(), Op::Neg) {
                (entries, numerals) = (entries.args()[0].clone(), whole(-1));
            }
            if kind == Kind::Diagonal && matches!(entries.op(), Op::Fill(_)) {
                numbers.extend([Term::number(numerals), entries.args()[0].clone()]);
                continue;
            }
            let entries = if kind == Kind::Diagonal {
                let (found, rest): (Vec<Term>, Vec<Term>) =
                    entries.factors().into_iter().cloned().partition(|factor| factor.as_number().is_some());
                found.iter().filter_map(Term::as_number).for_each(|value| numerals *= value);
                product(rest).unwrap_or_else(|| Term::filled(1, entries.shape()))
            } else {
                let (found, rest) = pulled(&entries);
                numbers.extend(found);
                rest.unwrap_or_else(|| Term::filled(1, entries.shape()))
            };
            numbers.push(Term::number(numerals));
            kept.extend(wrapped(kind, entries));
        }
        // Conditions on indices stay in front; all else is one number.
        let (tests, plain): (Vec<Term>, Vec<Term>) = numbers.into_iter().partition(is_test);
        let number = product(plain).map(|number| shorter(&number)).unwrap_or_else(|| Term::number(Rational::one()));
        let (number, minus) = match number.op() {
            Op::Neg => (number.args()[0].clone(), true),
            Op::Number(value) if *value == whole(-1) => (Term::number(Rational::one()), true),
            _ => (number, false),
        };
        let is_one = number.as_number().is_some_and(One::is_one);
        let is_zero = number.as_number().is_some_and(Zero::is_zero);
        // A numeral or a divisor joins the entries of a factor, where there is one.
        let joins = !is_one && !is_zero && (number.as_number().is_some() || divides(&number));
        let varied = |factor: &Term| entries(factor).is_some_and(|(_, entries)| entries.as_number().is_none());
        let place = kept.iter().position(varied).filter(|_| joins);
        let joined = place.and_then(|place| {
            let (kind, entries) = entries(&kept[place])?;
            let scaled = number.clone().fill(entries.shape()).times(entries).ok()?;
            Some((place, wrapped(kind, shorter(&scaled))?))
        });
        let mut numbers: Vec<Term> = product(tests).into_iter().collect();
        match joined {
            Some((place, factor)) => kept[place] = factor,
            None if !is_one => numbers.push(number),
            None => {}
        }
        numbers.extend(minus.then(|| Term::number(whole(-1))));
        Linear { numbers, factors: kept, ..self.clone() }
    }

    /// Its parts that can be written shorter by themselves: numbers, and the entries of diagonal matrices, columns and
    /// rows.
    pub fn parts(&self) -> Vec<Term> {
        let factors = self.factors.iter().filter_map(|factor| entries(factor).map(|(_, entries)| entries));
        self.numbers
            .iter()
            .filter(|number| !is_test(number) && number.as_number().is_none())
            .cloned()
            .chain(factors)
            .collect()
    }

    /// The same with one of its [parts](Linear::parts) replaced wherever it stands.
    pub fn with(&self, part: &Term, put: &Term) -> Linear {
        let number = |number: &Term| if number == part { put.clone() } else { number.clone() };
        let factor = |factor: &Term| match entries(factor) {
            Some((kind, entries)) if &entries == part => wrapped(kind, put.clone()).unwrap_or_else(|| factor.clone()),
            _ => factor.clone(),
        };
        Linear {
            numbers: self.numbers.iter().map(number).collect(),
            factors: self.factors.iter().map(factor).collect(),
            ..self.clone()
        }
    }
}

/// The entries of a diagonal matrix, a column or a row, as a column.
fn entries(factor: &Term) -> Option<(Kind, Term)> {
    match (factor.op(), factor.shape()) {
        (Op::Diag, _) => Some((Kind::Diagonal, factor.args()[0].clone())),
        (Op::Transpose, Shape::Row(_)) => Some((Kind::Row, factor.args()[0].clone())),
        (_, Shape::Row(_)) => Some((Kind::Row, factor.clone().transposed().ok()?)),
        (_, Shape::Axes(axes)) if axes.len() == 1 => Some((Kind::Column, factor.clone())),
        _ => None,
    }
}

fn wrapped(kind: Kind, entries: Term) -> Option<Term> {
    match kind {
        Kind::Diagonal => Term::new(Op::Diag, vec![entries]).ok(),
        Kind::Column => Some(entries),
        Kind::Row => entries.transposed().ok(),
    }
}

/// Two neighbours as one factor, if both work entry by entry: `diag(a) diag(b)`, `diag(a) x`, `xᵀ diag(a)`, `xᵀ y`.
fn merged(left: &Term, right: &Term) -> Option<Term> {
    let ((first, a), (second, b)) = (entries(left)?, entries(right)?);
    match (first, second) {
        (Kind::Diagonal, Kind::Diagonal) => wrapped(Kind::Diagonal, a.times(b).ok()?),
        (Kind::Diagonal, Kind::Column) => a.times(b).ok(),
        (Kind::Row, Kind::Diagonal) => wrapped(Kind::Row, a.times(b).ok()?),
        (Kind::Row, Kind::Column) => a.transposed().ok()?.matmul(b).ok(),
        _ => None,
    }
}

/// The product of terms of one payload; none of none.
fn product(terms: Vec<Term>) -> Option<Term> {
    terms.into_iter().map(Some).reduce(|all, next| all?.times(next?).ok()).flatten()
}

/// The numbers that all entries are multiplied by, and what is left; none when that is 1 everywhere.
fn pulled(entries: &Term) -> (Vec<Term>, Option<Term>) {
    let args = entries.args();
    match entries.op() {
        Op::Fill(_) => (vec![args[0].clone()], None),
        Op::Neg => {
            let (mut numbers, rest) = pulled(&args[0]);
            numbers.push(Term::number(whole(-1)));
            (numbers, rest)
        }
        Op::Mul => {
            let (mut numbers, mut rest) = (Vec::new(), Vec::new());
            for (found, left) in entries.factors().into_iter().map(pulled) {
                numbers.extend(found);
                rest.extend(left);
            }
            (numbers, product(rest))
        }
        Op::Div => {
            let ((mut numbers, over), (below, under)) = (pulled(&args[0]), pulled(&args[1]));
            let one = Term::number(Rational::one());
            numbers.extend(below.into_iter().filter_map(|number| Term::new(Op::Div, vec![one.clone(), number]).ok()));
            let ones = || Term::filled(1, entries.shape());
            match (over, under) {
                (over, None) => (numbers, over),
                (over, Some(under)) => match Term::new(Op::Div, vec![over.unwrap_or_else(ones), under]) {
                    Ok(quotient) => (numbers, Some(quotient)),
                    Err(_) => (Vec::new(), Some(entries.clone())),
                },
            }
        }
        _ => (Vec::new(), Some(entries.clone())),
    }
}

/// Whether it is 1 or 0 as indices agree or not.
fn is_test(number: &Term) -> bool {
    matches!(number.op(), Op::Where)
}

/// Whether it is a quotient, or a product with one.
fn divides(number: &Term) -> bool {
    number.factors().iter().any(|factor| matches!(factor.op(), Op::Div) || matches!(factor.op(), Op::Power))
}

/// The sum of linear maps as few products: those that differ in their first diagonal alone are one.
pub fn together(all: &[Linear]) -> Vec<Linear> {
    let mut groups: Vec<(Option<Term>, Vec<Term>, Linear)> = Vec::new();
    for one in all.iter().map(Linear::tidy).filter(|one| !one.is_zero()) {
        let (lead, rest) = match one.factors.split_first() {
            Some((first, rest)) if matches!(first.op(), Op::Diag) => (Some(first.args()[0].clone()), rest.to_vec()),
            _ => (None, one.factors.clone()),
        };
        // The numbers of a diagonal go into its entries.
        let scaled = |lead: Term, number: &Term| number.clone().fill(lead.shape()).times(lead).ok();
        let lead = lead.and_then(|lead| one.numbers.iter().try_fold(lead, scaled));
        let alike = groups.iter_mut().find(|(other, same, _)| lead.is_some() && other.is_some() && *same == rest);
        match (alike, lead) {
            (Some((Some(sum), _, _)), Some(lead)) => {
                if let Ok(more) = sum.clone().plus(lead) {
                    *sum = more;
                }
            }
            (_, lead) => groups.push((lead, rest, one)),
        }
    }
    let whole = groups.into_iter().map(|(lead, rest, one)| match lead {
        None => one,
        Some(entries) => {
            let lead = Term::new(Op::Diag, vec![entries]).ok();
            Linear { numbers: Vec::new(), factors: lead.into_iter().chain(rest).collect(), ..one }.tidy()
        }
    });
    whole.filter(|one| !one.is_zero()).collect()
}

/// The factors of a product of matrices, from left to right.
fn chain(term: &Term) -> Vec<&Term> {
    match (term.op(), term.shape().axes().len()) {
        (Op::MatMul, 2) if term.args().iter().all(|arg| arg.shape().axes().len() == 2) => {
            term.args().iter().flat_map(chain).collect()
        }
        _ => vec![term],
    }
}

/// The shortest way known to write it.
pub fn shorter(term: &Term) -> Term {
    normal::simplify(term).unwrap_or_else(|| term.clone())
}
