//! What is known of the signs of forward quantities: where the forward pass has a value, its divisors are not 0, and
//! exponentials and what is made of them are positive. Sizes are at least 1.

mod because;
mod class;
mod found;

use super::matching::Bindings;
use crate::math::expression::{Mark, Op, Reducer, Term};
use crate::math::integer::{Atom, Integer};
use crate::math::law::Condition;
use crate::math::name::Name;
use crate::math::number::{Rational, whole};
use found::Functions;
use num_traits::Signed;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Terms are looked at no deeper than this.
const DEPTH: usize = 12;

/// Quantities whose sign is known.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Signs {
    /// Those that are positive at every entry.
    pub positive: BTreeSet<Name>,
    /// Letters of a lemma that are assumed not to be negative.
    pub nonnegative: BTreeSet<Name>,
    /// Numbers of values that a lemma assumes to be positive.
    pub counted: BTreeSet<Integer>,
    /// Those by which the forward pass divides.
    pub divisors: BTreeSet<Name>,
    /// Sums by which it divides, of numbers without indices.
    pub differences: BTreeSet<Term>,
    /// Sizes, which are at least 1.
    pub sizes: BTreeSet<Name>,
    /// Those that are below 1 at every entry.
    pub below: BTreeSet<Name>,
    /// Those that are above −1 at every entry.
    pub above: BTreeSet<Name>,
    /// Those of which this is known because the forward pass takes a logarithm.
    pub logged: BTreeSet<Name>,
    /// What the book says of the values of functions.
    pub functions: Arc<Functions>,
}

/// What may be known of a sign.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Positive,
    NonNegative,
    NonZero,
    /// Less than 1.
    Below,
    /// Greater than −1.
    Above,
}

impl Signs {
    /// What is known of the quantities that are renamed, under their new names. What is known of functions is
    /// the same for all.
    pub fn renamed(&self, there: &super::alike::Renaming) -> Signs {
        let among = |names: &BTreeSet<Name>| {
            there.quantities().filter(|(old, _)| names.contains(*old)).map(|(_, new)| new.clone()).collect()
        };
        let known: BTreeSet<&Name> = there.quantities().map(|(old, _)| old).collect();
        let among_them = |sum: &&Term| sum.reads().iter().all(|read| known.contains(&read.quantity));
        Signs {
            positive: among(&self.positive),
            divisors: among(&self.divisors),
            differences: self.differences.iter().filter(among_them).map(|sum| there.term(sum)).collect(),
            sizes: there.sizes().collect(),
            below: among(&self.below),
            above: among(&self.above),
            logged: among(&self.logged),
            ..Signs::default()
        }
    }

    /// With the sizes of `other` and what it knows of functions as well.
    pub fn with_sizes(&self, other: &Signs) -> Signs {
        let sizes = self.sizes.union(&other.sizes).cloned().collect();
        Signs { sizes, functions: other.functions.clone(), ..self.clone() }
    }

    /// Whether the term is positive at every entry, whatever the data are.
    pub fn is_positive(&self, term: &Term) -> bool {
        self.known_of(term, Sign::Positive, DEPTH)
    }

    /// Whether the term is 0 nowhere, where the forward pass has a value.
    pub fn is_nonzero(&self, term: &Term) -> bool {
        self.known_of(term, Sign::NonZero, DEPTH)
    }

    fn known_of(&self, term: &Term, sign: Sign, depth: usize) -> bool {
        let args = term.args();
        let number = |arg: usize| args[arg].as_number().cloned();
        depth > 0 && sign == Sign::NonZero && self.differences.contains(term)
            || depth > 0
                && self.known(term.op(), args.len(), sign, &number, &|arg, sign| {
                    self.known_of(&args[arg], sign, depth - 1)
                })
    }

    /// Whether an operation has a sign, when `of` tells whether its arguments have one, and `number` what they are.
    fn known(
        &self,
        op: &Op,
        args: usize,
        sign: Sign,
        number: &dyn Fn(usize) -> Option<Rational>,
        of: &dyn Fn(usize, Sign) -> bool,
    ) -> bool {
        let all = |sign| (0..args).all(|arg| of(arg, sign));
        let positive = || match op {
            Op::Number(value) => value.is_positive(),
            Op::Integer(integer) => self.counts(integer),
            Op::Read(read) => read.mark == Mark::Value && self.positive.contains(&read.quantity),
            Op::Letter(letter) => self.positive.contains(&letter.name),
            Op::Fill(_) | Op::Total | Op::Transpose | Op::Power | Op::Diagonal | Op::Reshape(_) => {
                of(0, Sign::Positive)
            }
            Op::Add => {
                of(0, Sign::Positive) && of(1, Sign::NonNegative)
                    || of(1, Sign::Positive) && of(0, Sign::NonNegative)
                    // 1 − u, where u is below 1.
                    || number(0).is_some_and(|value| value >= whole(1)) && of(1, Sign::Above)
                    || number(1).is_some_and(|value| value >= whole(1)) && of(0, Sign::Above)
            }
            Op::Mul | Op::Div | Op::MatMul | Op::Concat => all(Sign::Positive),
            Op::Where => of(1, Sign::Positive) && of(2, Sign::Positive),
            // Shares are positive, unless a condition takes some out.
            Op::Reduce(Reducer::Softmax, _) => args == 1,
            Op::Apply(name) => match name.as_str() {
                "exp" | "sigmoid" | "softplus" => true,
                "sqrt" => of(0, Sign::Positive),
                _ => false,
            },
            // A mean is taken of something; a sum may have no summands.
            Op::Reduce(Reducer::Sum, binder) if args == 1 => {
                self.counts(&binder.high.minus(&binder.low).offset(1)) && of(0, Sign::Positive)
            }
            Op::Reduce(Reducer::Mean | Reducer::Max | Reducer::Min, _) => of(0, Sign::Positive),
            _ => false,
        };
        match sign {
            Sign::Positive => positive(),
            Sign::NonNegative => match op {
                Op::Number(value) => !value.is_negative(),
                Op::Letter(letter) if self.nonnegative.contains(&letter.name) => true,
                Op::Power if number(1).is_some_and(|exponent| (exponent / whole(2)).is_integer()) => true,
                Op::Power | Op::Fill(_) | Op::Total | Op::Transpose | Op::Diagonal | Op::Reshape(_) => {
                    of(0, Sign::NonNegative)
                }
                Op::Add | Op::Mul | Op::Div | Op::MatMul | Op::Concat => all(Sign::NonNegative),
                Op::Apply(name) => matches!(name.as_str(), "abs" | "relu" | "sqrt") || positive(),
                Op::Reduce(Reducer::Sum | Reducer::Mean | Reducer::Max | Reducer::Min, _) => of(0, Sign::NonNegative),
                _ => positive(),
            },
            Sign::Below => match op {
                Op::Number(value) => *value < whole(1),
                Op::Neg => of(0, Sign::Above),
                Op::Read(read) => read.mark == Mark::Value && self.below.contains(&read.quantity),
                Op::Apply(name) => self.functions.below.contains(name),
                Op::Fill(_) | Op::Transpose | Op::Diagonal | Op::Reshape(_) => of(0, Sign::Below),
                Op::Power if number(1) == Some(whole(2)) => of(0, Sign::Below) && of(0, Sign::Above),
                // Between −1 and 1, as its factors are.
                Op::Mul => all(Sign::Below) && all(Sign::Above),
                _ => false,
            },
            Sign::Above => match op {
                Op::Number(value) => *value > whole(-1),
                Op::Neg => of(0, Sign::Below),
                Op::Read(read) if read.mark == Mark::Value && self.above.contains(&read.quantity) => true,
                Op::Apply(name) if self.functions.above.contains(name) => true,
                Op::Fill(_) | Op::Transpose | Op::Diagonal | Op::Reshape(_) => of(0, Sign::Above),
                _ => self.known(op, args, Sign::NonNegative, number, of),
            },
            Sign::NonZero => match op {
                Op::Number(value) => value != &whole(0),
                Op::Read(read) if read.mark == Mark::Value && self.divisors.contains(&read.quantity) => true,
                Op::Letter(letter) if self.divisors.contains(&letter.name) => true,
                Op::Fill(_) | Op::Neg | Op::Power | Op::Transpose => of(0, Sign::NonZero),
                Op::Mul | Op::Div => all(Sign::NonZero),
                _ => positive(),
            },
        }
    }

    /// Whether the integer is a sum of products of sizes with positive coefficients.
    fn counts(&self, integer: &Integer) -> bool {
        let summands = integer.summands();
        let size = |atom: &Atom| matches!(atom, Atom::Name(name) if self.sizes.contains(name));
        self.counted.contains(integer)
            || !summands.is_empty()
                && summands
                    .iter()
                    .all(|(coefficient, atoms)| *coefficient > 0 && atoms.iter().all(|(atom, _)| size(atom)))
    }

    /// Whether a condition of a law holds for the term that its letter stands for.
    pub fn meets(&self, condition: &Condition, term: &Term) -> bool {
        match condition {
            Condition::NonZero(_) => self.is_nonzero(term),
            Condition::Positive(_) => self.is_positive(term),
            Condition::NonNegative(_) => self.known_of(term, Sign::NonNegative, DEPTH),
            _ => false,
        }
    }

    /// The same, for what the letters of the law are bound to.
    pub fn meets_bound(&self, condition: &Condition, bindings: &Bindings) -> bool {
        let (Condition::NonZero(term) | Condition::Positive(term) | Condition::NonNegative(term)) = condition else {
            return false;
        };
        bindings.instantiate(term).is_some_and(|term| self.meets(condition, &term))
    }
}
