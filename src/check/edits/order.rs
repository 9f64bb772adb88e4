//! Matrices turned over, and products in another order.

use super::two;
use crate::math::expression::{Op, Term};
use crate::math::finding::Kind;

/// `b aᵀ` for `a bᵀ`, and the other orders of a product.
pub fn in_other_order(old: &Term) -> Vec<(Kind, Term)> {
    if *old.op() != Op::MatMul {
        return Vec::new();
    }
    let (left, right) = (&old.args()[0], &old.args()[1]);
    let row = |term: &Term| match term.op() {
        Op::Transpose => term.args()[0].clone(),
        _ => term.clone().transposed().unwrap_or_else(|_| term.clone()),
    };
    let pairs = [
        (Some(row(right)), Some(row(left))),
        (over(left), Some(right.clone())),
        (Some(left.clone()), over(right)),
        (over(left), over(right)),
        (Some(right.clone()), Some(left.clone())),
        (Some(right.clone()), over(left)),
        (over(right), Some(left.clone())),
    ];
    let product = |(one, other): (Option<Term>, Option<Term>)| two(Op::MatMul, one?, other?);
    pairs.into_iter().filter_map(product).map(|new| (Kind::Transposed, new)).collect()
}

/// A matrix turned over.
pub fn turned(old: &Term) -> Vec<(Kind, Term)> {
    over(old).map(|new| (Kind::Transposed, new)).into_iter().collect()
}

pub fn over(term: &Term) -> Option<Term> {
    match term.op() {
        Op::Transpose => Some(term.args()[0].clone()),
        _ if term.shape().axes().len() == 2 => term.clone().transposed().ok(),
        _ => None,
    }
}
