//! Matching a law against terms: which letters stand for what.

use super::range::{Truth, within};
use crate::math::expression::{Binder, LetterKind, Op, Term};
use crate::math::integer::Integer;
use crate::math::law::{Condition, Law, Purpose, index_letter};
use crate::math::name::Name;
use crate::math::number::{self, Rational};
use crate::math::shape::Shape;
use num_traits::{ToPrimitive, Zero};
use std::collections::BTreeMap;

/// What the letters, sizes and payloads of a law stand for.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Bindings {
    /// Letters.
    pub letters: BTreeMap<Name, Term>,
    /// Sizes.
    pub sizes: BTreeMap<Name, Integer>,
    /// Payload letters.
    pub payloads: BTreeMap<Name, Shape>,
    /// Sums of sizes, such as `M + N`, that were met before their summands were known, with what they must come to.
    later: Vec<(Integer, Integer)>,
}

impl Bindings {
    /// Extends the bindings so that `pattern` becomes `term`; false, and possibly half extended, if there is no way.
    pub fn bind(&mut self, pattern: &Term, term: &Term) -> bool {
        if let Op::Letter(letter) = pattern.op() {
            if let Some(bound) = self.letters.get(&letter.name) {
                return bound == term;
            }
            let fits = match letter.kind {
                LetterKind::Plain => !term.moves(),
                LetterKind::Moving => term.moves(),
                LetterKind::Constant => is_constant(term),
                LetterKind::Condition => true,
            };
            if !fits || !self.bind_shape(&letter.shape, term.shape()) {
                return false;
            }
            self.letters.insert(letter.name.clone(), term.clone());
            return true;
        }
        if let (Op::Fill(shape), false) = (pattern.op(), matches!(term.op(), Op::Fill(_))) {
            // Filling a number with a number does nothing, so nothing is written.
            return term.shape().is_number()
                && self.bind_shape(shape, &Shape::number())
                && self.bind(&pattern.args()[0], term);
        }
        if !self.bind_op(pattern.op(), term.op()) || pattern.args().len() != term.args().len() {
            // `c − 1` in a law stands for the number it comes to.
            return match (self.arithmetic(pattern), term.op()) {
                (Some(value), Op::Number(found)) => &value == found,
                _ => false,
            };
        }
        pattern.args().iter().zip(term.args()).all(|(pattern, term)| self.bind(pattern, term))
    }

    /// Whether a condition of a law is known to hold where the equation at hand has these indices. Comparisons are asked
    /// of numbers only.
    pub fn meets(&self, condition: &Condition, equation: &[Binder]) -> bool {
        let term = match condition {
            Condition::NonZero(term) | Condition::Positive(term) | Condition::NonNegative(term) => term,
            Condition::Absent(index, letter) => {
                return match (self.index(index), self.letters.get(letter)) {
                    (Some(index), Some(term)) => !term.free_names().contains(index),
                    _ => false,
                };
            }
            Condition::Within(_) | Condition::Outside(_) => return self.stands(condition, equation),
            Condition::Equal(..) => return false,
        };
        let Op::Letter(letter) = term.op() else { return self.counts(condition, &[]) };
        let zero = number::whole(0);
        self.letters.get(&letter.name).and_then(Term::as_number).is_some_and(|value| match condition {
            Condition::NonZero(_) => value != &zero,
            Condition::Positive(_) => value > &zero,
            Condition::NonNegative(_) => value >= &zero,
            _ => false,
        })
    }

    /// What an index letter stands for.
    pub fn index(&self, letter: &Name) -> Option<&Name> {
        self.sizes.get(letter).and_then(Integer::as_name)
    }

    /// Whether an index is one of the equation's, or is none of them. An index with the name of one of the equation's but
    /// with another range is neither.
    pub fn stands(&self, condition: &Condition, equation: &[Binder]) -> bool {
        let (Condition::Within(letter) | Condition::Outside(letter)) = condition else { return false };
        let Some(binder) = self.binder(&index_letter(letter)) else { return false };
        match condition {
            Condition::Within(_) => equation.contains(&binder),
            _ => equation.iter().all(|other| other.index != binder.index),
        }
    }

    /// Whether the index letters of a law stand for different indices, whose ranges do not depend on each other.
    pub fn keeps_apart(&self, law: &Law) -> bool {
        let binders: Option<Vec<Binder>> = law.indices.iter().map(|letter| self.binder(letter)).collect();
        let Some(binders) = binders else { return false };
        let clash = |(position, binder): (usize, &Binder)| {
            binders[..position].iter().any(|other| other.index == binder.index)
                || binders.iter().any(|other| {
                    other.low.names().contains(&binder.index) || other.high.names().contains(&binder.index)
                })
        };
        !binders.iter().enumerate().any(clash)
    }

    /// Whether a comparison is known of a number of values, whatever the sizes are, or because it is `assumed`.
    pub fn counts(&self, condition: &Condition, assumed: &[Condition]) -> bool {
        let (term, least) = match condition {
            Condition::NonZero(term) | Condition::Positive(term) => (term, 1),
            Condition::NonNegative(term) => (term, 0),
            _ => return false,
        };
        let Op::Integer(size) = term.op() else { return false };
        let size = size.substitute(&self.sizes);
        let positive = Term::new(Op::Integer(size.clone()), Vec::new()).map(Condition::Positive);
        positive.is_ok_and(|positive| assumed.contains(&positive))
            || within(&size, &Integer::number(least), &size, &[]) == Truth::Always
    }

    fn binder(&self, letter: &Binder) -> Option<Binder> {
        let (low, high) = (letter.low.as_name()?, letter.high.as_name()?);
        Some(Binder {
            index: self.index(&letter.index)?.clone(),
            low: self.sizes.get(low)?.clone(),
            high: self.sizes.get(high)?.clone(),
        })
    }

    /// Extends the bindings so that the operations agree.
    pub fn bind_op(&mut self, pattern: &Op, op: &Op) -> bool {
        match (pattern, op) {
            (Op::Fill(a), Op::Fill(b)) | (Op::Reshape(a), Op::Reshape(b)) => self.bind_shape(a, b),
            (Op::Integer(a), Op::Integer(b)) => self.bind_size(a, b),
            (Op::Integer(a), Op::Number(b)) => {
                b.is_integer() && b.to_i64().is_some_and(|count| self.bind_size(a, &Integer::number(count)))
            }
            (Op::Eye(a), Op::Eye(b)) => self.bind_size(a, b),
            (Op::Slice(low, high), Op::Slice(a, b)) => self.bind_size(low, a) && self.bind_size(high, b),
            (Op::Reduce(a, letter), Op::Reduce(b, binder)) => {
                a == b
                    && self.bind_size(&Integer::name(letter.index.clone()), &Integer::name(binder.index.clone()))
                    && self.bind_size(&letter.low, &binder.low)
                    && self.bind_size(&letter.high, &binder.high)
            }
            _ => pattern == op,
        }
    }

    /// Extends the bindings so that the payloads agree.
    pub fn bind_shape(&mut self, pattern: &Shape, shape: &Shape) -> bool {
        match (pattern, shape) {
            (Shape::Any(letter), _) => match self.payloads.get(letter) {
                Some(bound) => bound == shape,
                None => {
                    self.payloads.insert(letter.clone(), shape.clone());
                    true
                }
            },
            (Shape::Row(a), Shape::Row(b)) => self.bind_size(a, b),
            (Shape::Axes(a), Shape::Axes(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.bind_size(a, b))
            }
            _ => false,
        }
    }

    fn bind_size(&mut self, pattern: &Integer, size: &Integer) -> bool {
        match pattern.as_name() {
            Some(name) => match self.sizes.get(name) {
                Some(bound) => bound == size,
                None => {
                    self.sizes.insert(name.clone(), size.clone());
                    true
                }
            },
            None if pattern.names().iter().all(|name| self.sizes.contains_key(name)) => {
                &pattern.substitute(&self.sizes) == size
            }
            None => {
                self.later.push((pattern.clone(), size.clone()));
                true
            }
        }
    }

    /// Whether the sums of sizes that were left for later come to what they must; to be asked when all is bound.
    pub fn settle(&mut self) -> bool {
        std::mem::take(&mut self.later).iter().all(|(sum, size)| &sum.substitute(&self.sizes) == size)
    }

    /// `pattern` with what is bound put in: payloads and sizes, and those letters that `letters` holds.
    /// Arithmetic between constants is carried out.
    pub fn instantiate(&self, pattern: &Term) -> Option<Term> {
        if let Some(value) = self.arithmetic(pattern) {
            return Some(Term::number(value));
        }
        let op = match pattern.op() {
            Op::Letter(letter) => {
                if let Some(term) = self.letters.get(&letter.name) {
                    return Some(term.clone());
                }
                let mut letter = letter.clone();
                letter.shape = letter.shape.substitute(&self.sizes, &self.payloads);
                Op::Letter(letter)
            }
            Op::Fill(shape) => {
                let shape = shape.substitute(&self.sizes, &self.payloads);
                // Filling a number with a number does nothing.
                if shape.is_number() {
                    return self.instantiate(&pattern.args()[0]);
                }
                Op::Fill(shape)
            }
            Op::Reshape(shape) => Op::Reshape(shape.substitute(&self.sizes, &self.payloads)),
            // How many values a window of given size has is a number like any other.
            Op::Integer(size) => {
                let size = size.substitute(&self.sizes);
                size.as_number().map_or_else(|| Op::Integer(size), |count| Op::Number(number::whole(count)))
            }
            Op::Eye(size) => Op::Eye(size.substitute(&self.sizes)),
            Op::Slice(low, high) => Op::Slice(low.substitute(&self.sizes), high.substitute(&self.sizes)),
            Op::Reduce(reducer, letter) => Op::Reduce(*reducer, self.binder(letter)?),
            other => other.clone(),
        };
        let args: Option<Vec<Term>> = pattern.args().iter().map(|arg| self.instantiate(arg)).collect();
        Term::new(op, args?).ok()
    }

    /// The number a pattern of bound constants comes to; `None` for a lone number or letter, which stays as it is.
    fn arithmetic(&self, pattern: &Term) -> Option<Rational> {
        let holds_letter = matches!(pattern.op(), Op::Add | Op::Neg | Op::Mul | Op::Div) && {
            let mut found = false;
            pattern.walk(&mut |part| found |= matches!(part.op(), Op::Letter(_)));
            found
        };
        if holds_letter { self.value(pattern) } else { None }
    }

    fn value(&self, pattern: &Term) -> Option<Rational> {
        let arg = |position: usize| self.value(&pattern.args()[position]);
        match pattern.op() {
            Op::Number(value) => Some(value.clone()),
            Op::Letter(letter) if letter.kind == LetterKind::Constant => match self.letters.get(&letter.name)?.op() {
                Op::Number(value) => Some(value.clone()),
                _ => None,
            },
            Op::Add => Some(arg(0)? + arg(1)?),
            Op::Neg => Some(-arg(0)?),
            Op::Mul => Some(arg(0)? * arg(1)?),
            Op::Div => {
                let bottom = arg(1)?;
                if bottom.is_zero() { None } else { Some(arg(0)? / bottom) }
            }
            _ => None,
        }
    }
}

/// Whether the left side of a law of calculus has a meaning only where the condition holds: the letter already stands
/// below a line, or is the base of a power. Then nothing is assumed that was not assumed before.
pub fn is_presupposed(law: &Law, condition: &Condition) -> bool {
    let Condition::NonZero(term) = condition else { return false };
    let mut found = false;
    law.left.walk(&mut |part| {
        found |= match part.op() {
            Op::Div => &part.args()[1] == term,
            Op::Power => &part.args()[0] == term,
            _ => false,
        }
    });
    found && matches!(law.purpose, Purpose::Differential | Purpose::Adjoint)
}

/// Whether no gradient flows into the term.
pub fn is_constant(term: &Term) -> bool {
    match term.op() {
        Op::Read(read) => read.constant,
        Op::Letter(letter) => letter.kind == LetterKind::Constant,
        Op::Differential => false,
        _ => term.args().iter().all(is_constant),
    }
}

/// Whether the term is the number `n`, also when it fills a payload.
pub fn is_number(term: &Term, n: i64) -> bool {
    term.as_number() == Some(&number::whole(n))
}
