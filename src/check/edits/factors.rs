//! Factors, numbers and summands that are too many, missing or others.

use super::vocabulary::Vocabulary;
use super::{chain, two};
use crate::check::bench::Bench;
use crate::math::expression::{Mark, Op, Read, Term};
use crate::math::finding::Kind;
use crate::math::integer::Integer;
use crate::math::network::Role;
use crate::math::number;

/// A summand, factor or function that is gone.
pub fn dropped(old: &Term) -> Vec<(Kind, Term)> {
    let without = |parts: Vec<&Term>, op: Op, kind: Kind| -> Vec<(Kind, Term)> {
        (0..parts.len())
            .filter_map(|gone| {
                let rest = parts.iter().enumerate().filter(|(position, _)| *position != gone);
                chain(op.clone(), rest.map(|(_, part)| (*part).clone()).collect()).map(|new| (kind, new))
            })
            .collect()
    };
    match old.op() {
        Op::Add => without(old.summands(), Op::Add, Kind::ExtraTerm),
        Op::Mul => {
            let factors = old.factors();
            // One of them, or two, as in z (1 − z).
            let mut found = without(factors.clone(), Op::Mul, Kind::ExtraFactor);
            for first in 0..factors.len() {
                for second in first + 1..factors.len() {
                    let kept = |at: &usize| *at != first && *at != second;
                    let rest = (0..factors.len()).filter(kept).map(|at| factors[at].clone()).collect();
                    found.extend(chain(Op::Mul, rest).map(|new| (Kind::ExtraFactor, new)));
                }
            }
            found
        }
        Op::Div => vec![(Kind::ExtraFactor, old.args()[0].clone())],
        Op::Power => vec![(Kind::WrongFactor, old.args()[0].clone())],
        Op::MatMul => old.args().iter().map(|arg| (Kind::ExtraFactor, arg.clone())).collect(),
        Op::Apply(_) if old.args().len() == 1 => vec![(Kind::WrongFactor, old.args()[0].clone())],
        _ => Vec::new(),
    }
}

/// A factor that was forgotten: a reading, what is left of it to 1, a slope, a size.
pub fn factors(bench: &Bench, old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    if old.as_number().is_some() || matches!(old.op(), Op::Compare(_) | Op::Integer(_) | Op::Neg) {
        return Vec::new();
    }
    let one = Term::filled(1, old.shape());
    let mut found = Vec::new();
    let mut add = |term: Option<Term>| found.extend(term.map(|term| (Kind::MissingFactor, term)));
    for reading in &words.readings {
        let like = reading.shape() == old.shape();
        if !like && !reading.shape().is_number() {
            continue;
        }
        let reading = reading.clone().fill(old.shape());
        add(old.clone().times(reading.clone()).ok());
        let rest = one.clone().plus(reading.clone().negated()).ok();
        add(rest.clone().and_then(|rest| old.clone().times(rest).ok()));
        add(rest.and_then(|rest| old.clone().times(reading.clone()).ok()?.times(rest).ok()));
        let square = two(Op::Power, reading.clone(), Term::number(number::whole(2)));
        let rest = square.and_then(|square| one.clone().plus(square.negated()).ok());
        add(rest.and_then(|rest| old.clone().times(rest).ok()));
        add(two(Op::Div, old.clone(), reading.clone()));
    }
    for size in bench.group.base.sizes.keys() {
        let Ok(count) = Term::new(Op::Integer(Integer::name(size.clone())), Vec::new()) else { continue };
        let root = Term::new(Op::Apply("sqrt".into()), vec![count.clone()]).ok();
        for count in [Some(count), root].into_iter().flatten() {
            let count = count.fill(old.shape());
            add(two(Op::Div, old.clone(), count.clone()));
            add(old.clone().times(count).ok());
        }
    }
    for part in words.parts.iter().filter(|part| part.shape() == old.shape() || part.shape().is_number()) {
        let part = part.clone().fill(old.shape());
        add(old.clone().times(part.clone()).ok());
        add(two(Op::Div, old.clone(), part));
    }
    for number in [2, 3, 4] {
        add(old.clone().times(Term::filled(number, old.shape())).ok());
    }
    let half = Term::number(number::fraction(1, 2)).fill(old.shape());
    add(old.clone().times(half).ok());
    // Matrices in front.
    for reading in &words.readings {
        if reading.shape().axes().len() != 2 || old.shape().axes().is_empty() {
            continue;
        }
        add(two(Op::MatMul, reading.clone(), old.clone()));
        add(reading.clone().transposed().ok().and_then(|turned| two(Op::MatMul, turned, old.clone())));
    }
    found
}

/// What a path contributes to a sum, and was forgotten.
pub fn gained(old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    if *old.op() != Op::Add {
        return Vec::new();
    }
    let fits = words.terms.iter().filter(|term| term.shape() == old.shape());
    fits.filter_map(|term| old.clone().plus(term.clone()).ok()).map(|sum| (Kind::MissingTerm, sum)).collect()
}

/// A summand that was forgotten.
pub fn added(old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    let mut found = Vec::new();
    let wanted = words.terms.iter().chain(&words.readings);
    for term in wanted.filter(|term| term.shape() == old.shape()) {
        found.extend(old.clone().plus(term.clone()).ok().map(|sum| (Kind::MissingTerm, sum)));
        found.extend(old.clone().plus(term.clone().negated()).ok().map(|sum| (Kind::MissingTerm, sum)));
    }
    found
}

/// Another number.
pub fn numbers(bench: &Bench, old: &Term) -> Vec<(Kind, Term)> {
    let Op::Number(value) = old.op() else { return Vec::new() };
    let mut found = Vec::new();
    for other in [0, 1, 2, 3, -1] {
        found.push(Term::number(number::whole(other)));
    }
    found.push(Term::number(number::fraction(1, 2)));
    found.push(Term::number(-value.clone()));
    if !number::is_zero(value) {
        found.push(Term::number(value.recip()));
    }
    for factor in [2, 3] {
        found.push(Term::number(value * number::whole(factor)));
        found.push(Term::number(value / number::whole(factor)));
    }
    for quantity in bench.union.quantities.values() {
        if quantity.axes.is_empty()
            && quantity.shape.is_number()
            && matches!(quantity.role, Role::Const(_) | Role::Given | Role::Param | Role::Input)
        {
            let read = quantity.read(Mark::Value);
            found.push(Term::read(Read { constant: true, ..read }));
        }
    }
    found.into_iter().map(|term| (Kind::WrongFactor, term)).collect()
}

/// A square for what was not squared, and the other way round.
pub fn powers(old: &Term) -> Vec<(Kind, Term)> {
    match old.op() {
        Op::Read(_) | Op::Apply(_) => {
            let power = |exponent: i64| two(Op::Power, old.clone(), Term::number(number::whole(exponent)));
            [2, 3, -1].into_iter().filter_map(power).map(|new| (Kind::WrongFactor, new)).collect()
        }
        _ => Vec::new(),
    }
}
