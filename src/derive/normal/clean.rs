//! Small clean-ups that need no algebra: double signs and transposes, ones and zeros, flat sums and products.

use super::order::{Hint, positive_first};
use crate::math::expression::{Op, Term};
use crate::math::number::whole;
use num_traits::{One, Signed, Zero};

/// Terms nested deeper than this are left alone.
const DEPTH: usize = 400;

/// Whether the term is nested too deep for recursion, looked at without recursion.
pub fn too_deep(term: &Term) -> bool {
    let mut open = vec![(term, 0)];
    while let Some((term, depth)) = open.pop() {
        if depth > DEPTH {
            return true;
        }
        open.extend(term.args().iter().map(|arg| (arg, depth + 1)));
    }
    false
}

/// The same term without needless signs, transposes, ones and zeros; sums and products are flat, signs stand in
/// front, adjoints come first among factors.
pub fn clean(term: &Term, hint: &Hint) -> Term {
    let args: Vec<Term> = match term.op() {
        // Flat from the start, so that a chain is sorted once.
        Op::Add => return sum(term, hint),
        Op::Mul => return product(term, hint),
        _ => term.args().iter().map(|arg| clean(arg, hint)).collect(),
    };
    tidy(term.op(), &args).or_else(|| Term::new(term.op().clone(), args).ok()).unwrap_or_else(|| term.clone())
}

/// A simpler term for `op(args)`, whose arguments are clean.
fn tidy(op: &Op, args: &[Term]) -> Option<Term> {
    let first = args.first()?;
    let outside = |op: &Op, args: Vec<Term>| {
        let inner = tidy(op, &args).or_else(|| Term::new(op.clone(), args).ok())?;
        negated(&inner)
    };
    let sign = |arg: &Term| matches!(arg.op(), Op::Neg).then(|| arg.args()[0].clone());
    match op {
        Op::Neg => match negated(first) {
            Some(term) if !matches!(term.op(), Op::Neg) => Some(term),
            _ => None,
        },
        Op::Transpose if first.shape().is_number() => Some(first.clone()),
        Op::Transpose => match first.op() {
            Op::Transpose => Some(first.args()[0].clone()),
            Op::Neg => outside(op, vec![sign(first)?]),
            Op::Diag | Op::Eye(_) => Some(first.clone()),
            _ => None,
        },
        Op::Fill(shape) if first.shape() == shape => Some(first.clone()),
        Op::Fill(_) | Op::Total | Op::Diag | Op::Diagonal => outside(op, vec![sign(first)?]),
        Op::MatMul | Op::Div => {
            let second = args.get(1)?;
            if *op == Op::Div && second.as_number().is_some_and(One::is_one) {
                return Some(first.clone());
            }
            match (sign(first), sign(second)) {
                (Some(left), Some(right)) => {
                    let args = vec![left, right];
                    tidy(op, &args).or_else(|| Term::new(op.clone(), args).ok())
                }
                (Some(left), None) => outside(op, vec![left, second.clone()]),
                (None, Some(right)) => outside(op, vec![first.clone(), right]),
                _ if *op == Op::MatMul && matches!(first.op(), Op::Eye(_)) => Some(second.clone()),
                _ => None,
            }
        }
        Op::Power if args.get(1)?.as_number().is_some_and(One::is_one) => Some(first.clone()),
        _ => None,
    }
}

/// `−term`, without two signs.
fn negated(term: &Term) -> Option<Term> {
    match term.op() {
        Op::Neg => Some(term.args()[0].clone()),
        Op::Number(value) => Some(Term::number(-value)),
        Op::Fill(shape) if term.as_number().is_some() => Some(negated(&term.args()[0])?.fill(shape)),
        // −(a − b) is b − a.
        Op::Add if term.summands().iter().any(|summand| matches!(summand.op(), Op::Neg)) => {
            let mut summands = term.summands().into_iter().map(negated).collect::<Option<Vec<_>>>()?;
            positive_first(&mut summands);
            chain(Op::Add, summands)
        }
        _ => Some(term.clone().negated()),
    }
}

fn sum(term: &Term, hint: &Hint) -> Term {
    let mut summands = Vec::new();
    for summand in term.summands() {
        let summand = clean(summand, hint);
        if summand.as_number().is_some_and(Zero::is_zero) {
            continue;
        }
        match summand.op() {
            Op::Neg if matches!(summand.args()[0].op(), Op::Add) => {
                summands.extend(summand.args()[0].summands().into_iter().filter_map(negated));
            }
            _ => summands.extend(summand.summands().into_iter().cloned()),
        }
    }
    positive_first(&mut summands);
    chain(Op::Add, summands).unwrap_or_else(|| Term::filled(0, term.shape()))
}

fn product(term: &Term, hint: &Hint) -> Term {
    let (mut factors, mut coefficient) = (Vec::new(), whole(1));
    for factor in super::order::factors(term) {
        let mut factor = clean(factor, hint);
        if matches!(factor.op(), Op::Neg) {
            coefficient = -coefficient;
            factor = factor.args()[0].clone();
        }
        for factor in super::order::factors(&factor) {
            match factor.as_number() {
                Some(value) => coefficient *= value,
                None => factors.push(factor.clone()),
            }
        }
    }
    if coefficient.is_zero() {
        return Term::filled(0, term.shape());
    }
    let size = coefficient.abs();
    if !size.is_one() || factors.is_empty() {
        factors.push(Term::number(size).fill(term.shape()));
    }
    hint.sort_factors(&mut factors);
    let product = chain(Op::Mul, factors).unwrap_or_else(|| term.clone());
    if coefficient.is_negative() { negated(&product).unwrap_or_else(|| term.clone()) } else { product }
}

/// Summands or factors as one term, from left to right.
fn chain(op: Op, parts: Vec<Term>) -> Option<Term> {
    parts.into_iter().map(Some).reduce(|all, next| Term::new(op.clone(), vec![all?, next?]).ok())?
}
