//! In which order factors and summands are written: adjoints first, then as in the term that was simplified.

use super::{equal, price};
use crate::derive::letters::Letters;
use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::name::Name;
use crate::math::number::Rational;
use num_traits::Signed;
use std::collections::{BTreeMap, BTreeSet};

/// Where things stood in a term.
#[derive(Clone, Default, Debug)]
pub struct Hint {
    places: BTreeMap<Leaf, usize>,
    /// The bound indices of its reductions, in order.
    pub binders: Vec<Binder>,
    /// Letters for other bound indices.
    pub letters: Letters,
    /// Its functions with their arguments.
    applied: BTreeSet<Term>,
}

/// What is looked for: readings of one quantity at different subscripts are different things.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Leaf {
    Read(Box<crate::math::expression::Read>),
    Integer(crate::math::integer::Integer),
    Letter(Name),
    Number(Rational),
}

impl Hint {
    /// The places of everything in `term`.
    pub fn of(term: &Term) -> Hint {
        let mut hint = Hint::default();
        let mut place = 0;
        hint.enter(term, &mut place);
        hint
    }

    /// The same, with letters for bound indices that are new.
    pub fn with(term: &Term, letters: &Letters) -> Hint {
        Hint { letters: letters.clone(), ..Hint::of(term) }
    }

    fn enter(&mut self, term: &Term, place: &mut usize) {
        if let Some(leaf) = leaf(term) {
            *place += 1;
            self.places.entry(leaf).or_insert(*place);
        }
        if matches!(term.op(), Op::Apply(_)) {
            self.applied.insert(term.clone());
        }
        if let Op::Reduce(_, binder) = term.op()
            && !self.binders.contains(binder)
        {
            self.binders.push(binder.clone());
        }
        if matches!(term.op(), Op::Mul) {
            factors(term).into_iter().for_each(|factor| self.enter(factor, place));
        } else {
            term.args().iter().for_each(|arg| self.enter(arg, place));
        }
    }

    /// The places of the leaves of `term`, smallest first, without repetition.
    fn places(&self, term: &Term) -> Vec<usize> {
        let mut found = Vec::new();
        term.walk(&mut |part| {
            if let Some(place) = leaf(part).and_then(|leaf| match leaf {
                // A number that was not written before comes first, as in 1 − z.
                Leaf::Number(_) => None,
                other => Some(self.places.get(&other).copied().unwrap_or(usize::MAX)),
            }) {
                found.push(place);
            }
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    /// A function as it stood, unless it is now shorter: a reader knows again what he has read in the forward pass.
    pub fn as_it_stood(&self, made: Term) -> Term {
        let same = |old: &&Term| {
            let alike = old.op() == made.op() && old.ty() == made.ty() && **old != made;
            alike && price(old) <= price(&made) && equal(old, &made) == Some(true)
        };
        self.applied.iter().find(same).cloned().unwrap_or(made)
    }

    /// Whether a term stood before another one.
    pub fn is_before(&self, first: &Term, second: &Term) -> bool {
        self.places(first) < self.places(second)
    }

    /// Sorts the factors of a product.
    pub fn sort_factors(&self, factors: &mut [Term]) {
        factors.sort_by_cached_key(|factor| {
            (class(factor), self.places(factor).first().copied().unwrap_or(0), factor.size())
        });
    }

    /// Sorts the factors of a dot product: values before adjoints, as in `pᵀ·δp`.
    pub fn sort_dot(&self, factors: &mut [Term]) {
        factors.sort_by_cached_key(|factor| {
            (factor.has_gradient(), self.places(factor).first().copied().unwrap_or(0), factor.size())
        });
    }

    /// Sorts the summands of a sum. If there is a positive one, a positive one comes first.
    pub fn sort_summands(&self, summands: &mut [Term]) {
        summands.sort_by_cached_key(|summand| {
            let bare = unsigned(summand);
            let number = bare.as_number().and_then(|value| self.places.get(&Leaf::Number(value.clone())).copied());
            // Corrections come last, the short ones first: δ − mean(δ) − x̂ ⊙ mean(δ ⊙ x̂).
            let correction = if class(bare) == 3 && !bare.shape().is_number() { bare.size() } else { 0 };
            (correction, number.map_or_else(|| self.places(bare), |place| vec![place]), bare.size())
        });
        positive_first(summands);
    }
}

/// The factors of a product, flat. Each product is read from the side of its adjoint, since what was multiplied to
/// an adjoint later was written before it: `f ⊙ (1 − f) ⊙ (c ⊙ δc)` is `δc ⊙ c ⊙ f ⊙ (1 − f)`.
pub fn factors(term: &Term) -> Vec<&Term> {
    if !matches!(term.op(), Op::Mul) {
        return vec![term];
    }
    let [left, right] = term.args() else { return vec![term] };
    let turn = class(left) != 1 && class(right) == 1;
    let (first, second) = if turn { (right, left) } else { (left, right) };
    let mut found = factors(first);
    found.extend(factors(second));
    found
}

/// Moves the first positive summand to the front.
pub fn positive_first(summands: &mut [Term]) {
    if let Some(first) = summands.iter().position(|summand| !is_negative(summand)) {
        summands[..=first].rotate_right(1);
    }
}

/// Whether a summand begins with a minus sign.
pub fn is_negative(term: &Term) -> bool {
    matches!(term.op(), Op::Neg) || term.as_number().is_some_and(|value| value.is_negative())
}

fn unsigned(term: &Term) -> &Term {
    if matches!(term.op(), Op::Neg) { &term.args()[0] } else { term }
}

fn leaf(term: &Term) -> Option<Leaf> {
    match term.op() {
        Op::Read(read) => Some(Leaf::Read(Box::new(read.clone()))),
        Op::Letter(letter) => Some(Leaf::Letter(letter.name.clone())),
        Op::Integer(integer) => Some(Leaf::Integer(integer.clone())),
        Op::Number(value) => Some(Leaf::Number(value.clone())),
        _ => None,
    }
}

/// Numbers, then what is linear in an adjoint, then values, then what holds an adjoint in a way of its own: in
/// `p ⊙ (δ − Σ δ ⊙ p)` the bracket is a correction of δ, and comes last.
fn class(term: &Term) -> u8 {
    if is_numeric(term) {
        0
    } else if !term.has_gradient() {
        2
    } else if carries(term) {
        1
    } else {
        3
    }
}

/// Whether it is made of numbers alone, such as √(2/π), and of none that is 0.
pub fn is_numeric(term: &Term) -> bool {
    match term.op() {
        Op::Number(value) => !crate::math::number::is_zero(value),
        Op::Fill(_) | Op::Neg | Op::Mul | Op::Div | Op::Power | Op::Apply(_) => term.args().iter().all(is_numeric),
        _ => false,
    }
}

/// Whether it is an adjoint sent through products, without a number that was made of one.
fn carries(term: &Term) -> bool {
    let args = term.args();
    match term.op() {
        Op::Read(_) => true,
        Op::Add => term.summands().iter().all(|summand| !summand.has_gradient() || carries(summand)),
        Op::Neg | Op::Transpose => carries(&args[0]),
        Op::Reduce(Reducer::Sum, _) => !term.shape().is_number() && carries(&args[0]),
        Op::Where => args[1..].iter().all(|arg| !arg.has_gradient() || carries(arg)),
        Op::Mul => term.factors().iter().all(|factor| !factor.has_gradient() || carries(factor)),
        Op::Div => carries(&args[0]) && !args[1].has_gradient(),
        Op::MatMul => !term.shape().is_number() && args.iter().all(|arg| !arg.has_gradient() || carries(arg)),
        _ => false,
    }
}
