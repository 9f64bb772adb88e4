//! What has the wrong sign.

use super::chain;
use crate::math::expression::{Op, Term};
use crate::math::finding::Kind;
use num_traits::Signed;

/// One summand with the other sign, or a sign that is gone.
pub fn flipped(old: &Term) -> Vec<(Kind, Term)> {
    match old.op() {
        Op::Neg => vec![(Kind::Sign, old.args()[0].clone())],
        Op::Add => {
            let parts = old.summands();
            (0..parts.len())
                .filter_map(|at| {
                    let other = |(position, part): (usize, &&Term)| {
                        if position == at { opposite(part) } else { (*part).clone() }
                    };
                    chain(Op::Add, parts.iter().enumerate().map(other).collect())
                })
                .map(|new| (Kind::Sign, new))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// `b − a` for `a − b`.
pub fn turned_over(old: &Term) -> Vec<(Kind, Term)> {
    if *old.op() != Op::Add {
        return Vec::new();
    }
    // What is positive stands first.
    let (positive, negative): (Vec<Term>, Vec<Term>) =
        old.summands().into_iter().map(opposite).partition(|part| *part.op() != Op::Neg);
    chain(Op::Add, positive.into_iter().chain(negative).collect()).map(|new| (Kind::Sign, new)).into_iter().collect()
}

/// A part with the other sign.
pub fn negated(old: &Term) -> Vec<(Kind, Term)> {
    match old.op() {
        Op::Neg | Op::Add | Op::Number(_) | Op::Integer(_) | Op::Fill(_) => Vec::new(),
        _ => vec![(Kind::Sign, old.clone().negated())],
    }
}

pub fn opposite(term: &Term) -> Term {
    match (term.op(), term.args()) {
        (Op::Neg, [inner]) => inner.clone(),
        (Op::Number(value), []) if value.is_negative() => Term::number(-value.clone()),
        // −1 / M becomes 1 / M.
        (Op::Mul | Op::Div, [first, second]) if is_negative(first) => {
            Term::new(term.op().clone(), vec![opposite(first), second.clone()])
                .unwrap_or_else(|_| term.clone().negated())
        }
        _ => term.clone().negated(),
    }
}

fn is_negative(term: &Term) -> bool {
    match (term.op(), term.args()) {
        (Op::Neg, _) => true,
        (Op::Number(value), _) => value.is_negative(),
        (Op::Mul | Op::Div, [first, _]) => is_negative(first),
        _ => false,
    }
}
