//! A fixed order of summands and factors, so that what is alike stands side by side.

use crate::math::expression::{Op, Reducer, Term};
use crate::math::name::Name;
use crate::math::number::whole;

/// The term with all its summands and factors in a fixed order, bracketed from the right.
pub(super) fn in_order(term: &Term, contracted: Option<&Contracted>) -> Term {
    let rebuilt = |op: &Op, args: Vec<Term>| Term::new(op.clone(), args).unwrap_or_else(|_| term.clone());
    let chain = |op: &Op, members: Vec<Term>| {
        members
            .into_iter()
            .rev()
            .reduce(|after, member| rebuilt(op, vec![member, after]))
            .unwrap_or_else(|| term.clone())
    };
    match term.op() {
        Op::Add => {
            let mut members: Vec<Term> = term.summands().into_iter().map(|member| in_order(member, None)).collect();
            members.sort_by(|a, b| (multiple_of(a), a).cmp(&(multiple_of(b), b)));
            chain(&Op::Add, members)
        }
        Op::Mul => {
            let mut members: Vec<Term> = term.factors().into_iter().map(|member| in_order(member, None)).collect();
            members.sort_by(|a, b| factor_key(a, contracted).cmp(&factor_key(b, contracted)));
            chain(&Op::Mul, members)
        }
        _ if term.args().is_empty() => term.clone(),
        op => {
            // Signs and sums may stand between a contraction and its factors.
            let inner = match op {
                Op::Total => Some(Contracted::Payload),
                Op::Reduce(Reducer::Sum, binder) => Some(Contracted::Index(binder.index.clone())),
                Op::Neg => contracted.cloned(),
                _ => None,
            };
            rebuilt(op, term.args().iter().map(|arg| in_order(arg, inner.as_ref())).collect())
        }
    }
}

/// What a summand is a multiple of; nothing for a number.
pub(super) fn multiple_of(summand: &Term) -> Option<Term> {
    let bare = if let (Op::Neg, [bare]) = (summand.op(), summand.args()) { bare } else { summand };
    match (bare.op(), bare.args()) {
        (Op::Mul, [number, rest]) if number.as_number().is_some() => Some(rest.clone()),
        _ if bare.as_number().is_some() => None,
        _ => Some(bare.clone()),
    }
}

/// The contraction nearest around a product: over the payload, or over an index.
#[derive(Clone)]
pub(super) enum Contracted {
    Payload,
    Index(Name),
}

/// Numbers first; then what moves out of the contraction around; inverses next to what they are inverse to.
fn factor_key<'t>(factor: &'t Term, contracted: Option<&Contracted>) -> (bool, bool, bool, &'t Term, bool) {
    let depends = match contracted {
        None => false,
        Some(Contracted::Payload) => !matches!(factor.op(), Op::Fill(_)),
        Some(Contracted::Index(index)) => factor.free_names().contains(index),
    };
    let filled = matches!(factor.op(), Op::Fill(_));
    let inner = if filled { &factor.args()[0] } else { factor };
    let inverse = matches!(inner.op(), Op::Power) && inner.args()[1].as_number() == Some(&whole(-1));
    let base = if inverse { &inner.args()[0] } else { inner };
    (factor.as_number().is_none(), depends, !filled, base, inverse)
}
