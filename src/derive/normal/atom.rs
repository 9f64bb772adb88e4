//! What a monomial is made of: entries of quantities, functions of polynomials, contractions.

use super::polynomial::{Monomial, Polynomial};
use crate::math::expression::{Letter, Op, Read, Reducer, Relation};
use crate::math::integer::{self, Integer};
use crate::math::name::Name;
use crate::math::number::Rational;
use crate::math::shape::Shape;
use std::sync::Arc;

/// An index of an entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Index {
    /// The axis of the payload at this position.
    Axis(usize),
    /// Bound by the contraction of this level around it. Levels count from the inside, so names never clash.
    Bound(usize, usize),
    /// A name for the time of a calculation.
    Open(usize),
}

/// What a monomial is made of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Atom {
    /// A positive number under a root, or π.
    Number(Rational),
    /// A size or an index as a number.
    Integer(integer::Atom),
    /// An entry of a quantity.
    Read(Arc<Read>, Vec<Index>),
    /// An entry of a letter.
    Letter(Arc<Letter>, Vec<Index>),
    /// 1 where both indices agree, 0 elsewhere; the smaller index first.
    Delta(Index, Index),
    /// A function of the book.
    Apply(Name, Vec<Polynomial>),
    /// A base to an exponent that is no number.
    Raised(Arc<(Polynomial, Polynomial)>),
    /// A sum that is not multiplied out, under a quotient or root.
    Group(Arc<Polynomial>),
    /// A sum that was factored, and stays as it is. Only [`super::factor`] makes it; no normal form holds one.
    Factored(Arc<Polynomial>),
    /// One connected contraction.
    Sum(Arc<Contraction>),
    /// A reduction over an index that is not linear, or has a condition.
    Reduce(Arc<Reduction>),
    /// 1 where a condition holds, and 0 elsewhere.
    Chosen(Arc<Condition>),
    /// An entry of an array whose arguments stay whole: `concat`, `reshape`, differentials and pairings.
    Array(Arc<Array>),
}

/// `Σ body` over bound indices, which are `Index::Bound(level, position)`, or `bound_name(level, position)` for ranges.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Contraction {
    /// One more than the highest level inside.
    pub level: usize,
    /// What is summed over.
    pub bounds: Vec<Bound>,
    /// What is summed.
    pub body: Monomial,
}

/// What a bound index runs through.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Bound {
    /// An axis of this size.
    Axis(Integer),
    /// The index of a reduction, from the first to the last value.
    Range(Integer, Integer),
}

/// A reduction over `bound_name(level, 0)`, or over the named index of a softmax, which stays free.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reduction {
    /// One more than the highest level inside.
    pub level: usize,
    /// What is computed.
    pub reducer: Reducer,
    /// The index of a softmax.
    pub index: Option<Name>,
    /// The first value.
    pub low: Integer,
    /// The last value.
    pub high: Integer,
    /// What is reduced.
    pub body: Polynomial,
    /// Which values take part.
    pub condition: Option<Condition>,
}

/// A condition over entries.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Condition {
    /// `left < right` or `left == right`; other comparisons are these, turned round or denied.
    Compare(Relation, Polynomial, Polynomial),
    /// Both.
    And(Vec<Condition>),
    /// Denied.
    Not(Box<Condition>),
    /// A letter.
    Letter(Arc<Letter>, Vec<Index>),
}

/// An operation on whole arrays, read at an entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Array {
    /// The operation.
    pub op: Op,
    /// Payloads and entries of the arguments, each over `Axis` indices of its own.
    pub args: Vec<(Shape, Polynomial)>,
    /// The entry that is read.
    pub at: Vec<Index>,
}
