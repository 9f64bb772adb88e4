//! How much arithmetic it takes, as formulas in the sizes.
//!
//! A sum, a product, a quotient, a power, a comparison of values, a choice and a function of the book are one operation for
//! each entry; n numbers are added up with n − 1. Signs, transposes, copies and indices are free, and so is what holds no
//! data. A term that was computed before is not computed again.

use super::derivation::Line;
use super::expression::{Binder, Mark, Op, Reducer, Term};
use super::integer::Integer;
use super::network::Equation;
use super::shape::Shape;
use std::collections::BTreeSet;

/// Counts the operations of terms that are computed one after the other.
#[derive(Default)]
pub struct Counter {
    known: BTreeSet<Term>,
}

impl Counter {
    /// What an equation takes, for all values of its indices.
    pub fn equation(&mut self, equation: &Equation) -> Integer {
        self.term(&equation.body).times(&runs(&equation.ranges))
    }

    /// What a line takes, for all values of its indices. What is summed over indices is added to what was there before.
    pub fn line(&mut self, line: &Line) -> Integer {
        let mut total = Integer::number(0);
        for (number, part) in line.parts.iter().enumerate() {
            let entries = part.term.shape().count();
            let body = self.term(&part.term);
            let added = if number > 0 { entries.clone() } else { Integer::number(0) };
            total = total.plus(&added).plus(&match part.sums.is_empty() {
                true => body,
                false => body.plus(&entries).times(&runs(&part.sums)),
            });
        }
        total.times(&runs(&line.ranges))
    }

    /// What a term takes, once.
    pub fn term(&mut self, term: &Term) -> Integer {
        if term.args().is_empty() || !holds_data(term) || !self.known.insert(term.clone()) {
            return Integer::number(0);
        }
        let args = term.args().iter().fold(Integer::number(0), |total, arg| total.plus(&self.term(arg)));
        match term.op() {
            Op::Reduce(reducer, binder) => reduced(*reducer, &runs(std::slice::from_ref(binder)), term, &args),
            op => args.plus(&own(op, term)),
        }
    }
}

/// How many values some indices take together.
pub fn runs(ranges: &[Binder]) -> Integer {
    ranges.iter().fold(Integer::number(1), |product, range| product.times(&range.high.minus(&range.low).offset(1)))
}

fn holds_data(term: &Term) -> bool {
    let mut found = false;
    term.walk(&mut |part| {
        found |= matches!(part.op(), Op::Read(read) if read.mark != Mark::Value || !read.subscripts.is_empty() || !read.constant);
    });
    found
}

/// An operation by itself, without its arguments.
fn own(op: &Op, term: &Term) -> Integer {
    let entries = term.shape().count();
    match op {
        Op::Add | Op::Mul | Op::Div | Op::Power | Op::Apply(_) | Op::Compare(_) => entries,
        Op::Where if holds_data(&term.args()[0]) => entries,
        Op::MatMul => product(&term.args()[0], &term.args()[1], &entries),
        Op::Total => term.args()[0].shape().count().offset(-1),
        Op::Pair => term.args()[0].shape().count().scaled(2).offset(-1),
        _ => Integer::number(0),
    }
}

/// A matrix product: each entry is a sum of as many products as there are columns on the left. Diagonals only scale.
fn product(left: &Term, right: &Term, entries: &Integer) -> Integer {
    if matches!(left.op(), Op::Diag) || matches!(right.op(), Op::Diag) {
        return entries.clone();
    }
    if matches!(left.op(), Op::Eye(_)) || matches!(right.op(), Op::Eye(_)) {
        return Integer::number(0);
    }
    let summands = match (left.shape(), right.shape()) {
        (Shape::Row(inner), _) => inner.clone(),
        (Shape::Axes(axes), _) => axes.get(1).cloned().unwrap_or_else(|| Integer::number(1)),
        (Shape::Any(_), _) => Integer::number(1),
    };
    entries.times(&summands.scaled(2).offset(-1))
}

/// A reduction over `count` values, each of which takes `body`.
fn reduced(reducer: Reducer, count: &Integer, term: &Term, body: &Integer) -> Integer {
    let entries = term.shape().count();
    let (inside, once) = match reducer {
        Reducer::Sum | Reducer::Max | Reducer::Min | Reducer::ArgMax | Reducer::ArgMin => (1, -1),
        Reducer::Mean => (1, 0),
        // Exponentials, their sum, and a logarithm.
        Reducer::LogSumExp => (2, 0),
        // The index stays free, so this is one share: an exponential, its part in the sum, a quotient.
        Reducer::Softmax => return body.plus(&entries.scaled(3)),
    };
    body.plus(&entries.scaled(inside)).times(count).plus(&entries.scaled(once))
}
