//! How long a line is for a reader.

use crate::math::expression::{Mark, Op, Subscript, Term};
use crate::math::number;

/// Twice the operations plus the printed characters, approximately. Stretching a number is free, and so is the minus
/// sign of a difference; a pair of brackets counts as one character.
pub fn cost(term: &Term) -> usize {
    let args = term.args();
    let inner: usize = args.iter().map(cost).sum();
    let bracketed = |weakest: u8| args.iter().filter(|arg| strength(arg) < weakest).count();
    match term.op() {
        Op::Number(value) => number::spell(value).chars().count(),
        Op::Integer(integer) => integer.to_string().chars().count(),
        Op::Read(read) => {
            let mark = match read.mark {
                Mark::Value => 0,
                Mark::Adjoint => 1,
                Mark::Upstream => 2,
            };
            let subscripts = read.subscripts.iter().map(|subscript| match subscript {
                Subscript::At(place) => place.to_string().chars().count(),
                Subscript::All => 1,
                Subscript::Range(low, high) => low.to_string().len() + high.to_string().len() + 2,
            });
            read.quantity.as_str().chars().count() + mark + subscripts.sum::<usize>()
        }
        Op::Letter(letter) => letter.name.as_str().chars().count(),
        Op::Fill(_) => inner,
        Op::Add if matches!(args[1].op(), Op::Neg) => inner + 2,
        Op::Add => inner + 5,
        // One for the sign; the operation is counted with the difference.
        Op::Neg => inner + 3 + bracketed(2),
        // A quotient inside a product or quotient is one fraction too many, and entrywise products inside a matrix
        // product stand in brackets.
        Op::Mul | Op::Div => inner + 5 + bracketed(2) + args.iter().filter(|arg| is_quotient(arg)).count(),
        Op::MatMul => {
            let scaled = args.iter().filter(|arg| is_quotient(arg) || matches!(arg.op(), Op::Mul)).count();
            inner + 5 + bracketed(2) + scaled + ones(args)
        }
        Op::Power => inner + 3 + bracketed(5),
        Op::Transpose | Op::Differential => inner + 3 + bracketed(5) + ones(args),
        Op::Apply(name) => inner + 4 + name.as_str().chars().count() + 2 * (args.len() - 1),
        Op::Total | Op::Diag => inner + 7,
        Op::Diagonal => inner + 9,
        Op::Eye(_) => 3,
        Op::Reduce(_, binder) => inner + 8 + binder.index.as_str().chars().count(),
        // `[p] ⊙ u` has no second branch; a first one that is 0 asks the reader to turn the condition round.
        Op::Where => inner + 12 + if is_zero(&args[1]) { 3 } else { 0 },
        Op::Compare(_) | Op::And | Op::Or => inner + 5,
        Op::Not => inner + 6,
        Op::Concat => inner + 8,
        Op::Slice(..) => inner + 10,
        Op::Reshape(_) => inner + 12,
        Op::Pair => inner + 6,
    }
}

/// A stretched number among matrices is written times a vector of ones.
fn ones(args: &[Term]) -> usize {
    8 * args.iter().filter(|arg| arg.is_stretched() && arg.as_number().is_none()).count()
}

fn is_zero(term: &Term) -> bool {
    term.as_number().is_some_and(number::is_zero)
}

/// Whether it is a quotient, stretched or not.
fn is_quotient(term: &Term) -> bool {
    match term.op() {
        Op::Fill(_) | Op::Transpose => is_quotient(&term.args()[0]),
        op => *op == Op::Div,
    }
}

/// How many readings it writes down.
pub fn readings(term: &Term) -> usize {
    match term.op() {
        Op::Read(_) | Op::Letter(_) => 1,
        _ => term.args().iter().map(readings).sum(),
    }
}

/// How tightly the outermost operation binds: sums loosest.
fn strength(term: &Term) -> u8 {
    match term.op() {
        Op::Add | Op::Neg => 1,
        Op::Mul | Op::MatMul | Op::Div => 2,
        Op::Power | Op::Transpose | Op::Differential => 4,
        Op::Number(value) if !value.is_integer() => 2,
        Op::Integer(integer) if integer.as_name().is_none() && integer.as_number().is_none() => 1,
        Op::Fill(_) => strength(&term.args()[0]),
        _ => 5,
    }
}
