//! Normal forms made narrower: functions by their identities, conditions on indices decided, sums over one index in one way.
//! What comes out is equal to what went in wherever both have values, off kinks and ties.

mod conditions;
mod functions;
mod sign;
mod sums;

use super::system::System;
use crate::derive::normal::TooLarge;
use crate::derive::normal::atom::{Atom, Condition, Reduction};
use crate::derive::normal::canonical::bound_name;
use crate::derive::normal::polynomial::{Monomial, Polynomial, natural};
use crate::math::expression::Binder;
use crate::math::integer::Integer;
use crate::math::number::Rational;
use num_traits::{One, ToPrimitive};
use std::collections::BTreeMap;
use std::sync::Arc;
use sums::roots;

/// What is known while a normal form is made narrower.
pub struct Canon<'a> {
    /// Axes of quantities.
    pub system: &'a System<'a>,
    /// Whether exponentials of sums and logarithms of products are written apart.
    pub exponentials: bool,
    /// Conditions that are taken to hold, or not to hold.
    pub cases: Vec<(Condition, bool)>,
    /// Values that are assumed to be positive.
    pub positive: Vec<Polynomial>,
    /// How many steps are left.
    pub budget: std::cell::Cell<usize>,
}

type Narrow<T> = Result<T, TooLarge>;

/// `m ↦ c · m` as a polynomial.
pub fn one(monomial: Monomial) -> Polynomial {
    Polynomial::term(Rational::one(), monomial)
}

impl Canon<'_> {
    /// The polynomial with everything in it narrower, where the indices of `scope` run.
    pub fn polynomial(&self, polynomial: &Polynomial, scope: &[Binder]) -> Narrow<Polynomial> {
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &polynomial.0 {
            result.add_scaled(&self.monomial(monomial, scope)?, coefficient)?;
        }
        Ok(result)
    }

    fn spend(&self) -> Narrow<()> {
        let left = self.budget.get();
        if left == 0 {
            return Err(TooLarge);
        }
        self.budget.set(left - 1);
        Ok(())
    }

    fn monomial(&self, monomial: &Monomial, scope: &[Binder]) -> Narrow<Polynomial> {
        self.spend()?;
        let mut product = Polynomial::number(Rational::one());
        for (atom, exponent) in &monomial.0 {
            product = product.times(&self.atom(atom, exponent, scope)?)?;
        }
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &product.0 {
            let (monomial, factor) = roots(monomial);
            result.add_scaled(&self.conditions(&monomial, scope)?, &(coefficient * factor))?;
        }
        Ok(result)
    }

    fn atom(&self, atom: &Atom, exponent: &Rational, scope: &[Binder]) -> Narrow<Polynomial> {
        match atom {
            Atom::Apply(name, args) => {
                let args = args.iter().map(|arg| self.polynomial(arg, scope)).collect::<Narrow<Vec<_>>>()?;
                self.function(name, args)?.raised(exponent)
            }
            Atom::Group(sum) | Atom::Factored(sum) => self.root(&self.polynomial(sum, scope)?, exponent),
            Atom::Raised(pair) => {
                let pair = (self.polynomial(&pair.0, scope)?, self.polynomial(&pair.1, scope)?);
                Polynomial::atom(Atom::Raised(Arc::new(pair))).raised(exponent)
            }
            Atom::Sum(sum) => self.sum(sum, scope)?.raised(exponent),
            Atom::Reduce(reduction) => self.reduction(reduction, scope)?.raised(exponent),
            Atom::Chosen(condition) => self.chosen(condition, scope)?.raised(exponent),
            _ => Ok(one(Monomial(BTreeMap::from([(atom.clone(), exponent.clone())])))),
        }
    }

    fn reduction(&self, reduction: &Reduction, scope: &[Binder]) -> Narrow<Polynomial> {
        let mut inner = scope.to_vec();
        let bound = reduction.index.clone().unwrap_or_else(|| bound_name(reduction.level, 0));
        inner.push(Binder { index: bound, low: reduction.low.clone(), high: reduction.high.clone() });
        let body = self.polynomial(&reduction.body, &inner)?;
        if body.level() >= reduction.level {
            return Err(TooLarge);
        }
        Ok(Polynomial::atom(Atom::Reduce(Arc::new(Reduction { body, ..reduction.clone() }))))
    }
}

/// The integer expression that a polynomial is, if it is one.
pub fn as_integer(polynomial: &Polynomial) -> Option<Integer> {
    let mut sum = Integer::number(0);
    for (monomial, coefficient) in &polynomial.0 {
        let mut product =
            Integer::number(coefficient.is_integer().then(|| coefficient.to_integer().to_i64()).flatten()?);
        for (atom, exponent) in &monomial.0 {
            let Atom::Integer(atom) = atom else { return None };
            for _ in 0..natural(exponent).filter(|times| *times < 8)? {
                product = product.times(&Integer::atom(atom.clone()));
            }
        }
        sum = sum.plus(&product);
    }
    Some(sum)
}
