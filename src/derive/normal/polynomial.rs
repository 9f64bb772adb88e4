//! Polynomials in index notation: the canonical form of a term.
//!
//! An entry of a payload is written with indices, `Σ_k W_ik x_k`, so that transposes, fills, diagonals and the order of
//! products disappear. A polynomial maps monomials to rational coefficients, a monomial maps atoms to rational
//! exponents. `x · x⁻¹` cancels by arithmetic of exponents: an atom with a negative exponent stood in a denominator,
//! where it is assumed not to be 0; no atom gets a negative exponent otherwise.

use super::TooLarge;
use super::atom::{Atom, Condition};
use crate::math::integer::Integer;
use crate::math::number::{Rational, whole};
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::BTreeMap;
use std::sync::Arc;

/// More summands than this are not expanded.
pub const LIMIT: usize = 200;

/// A product of atoms with exponents, none of them 0.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Monomial(pub BTreeMap<Atom, Rational>);

/// A sum of monomials with coefficients, none of them 0.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Polynomial(pub BTreeMap<Monomial, Rational>);

impl Polynomial {
    /// A number.
    pub fn number(value: Rational) -> Self {
        Polynomial::term(value, Monomial::default())
    }

    /// `coefficient · monomial`, as it stands.
    pub fn term(coefficient: Rational, monomial: Monomial) -> Self {
        let mut result = Polynomial::default();
        result.add(monomial, coefficient);
        result
    }

    /// A single atom.
    pub fn atom(atom: Atom) -> Self {
        Polynomial::term(Rational::one(), Monomial(BTreeMap::from([(atom, Rational::one())])))
    }

    /// A sum of sizes and indices.
    pub fn integer(integer: &Integer) -> Self {
        let mut result = Polynomial::default();
        for (coefficient, atoms) in integer.summands() {
            let factors =
                atoms.into_iter().map(|(atom, exponent)| (Atom::Integer(atom.clone()), whole(i64::from(exponent))));
            result.add(Monomial(factors.collect()), whole(coefficient));
        }
        result
    }

    /// Whether it has no summand.
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The number it is, if it is one.
    pub fn as_number(&self) -> Option<Rational> {
        match self.single() {
            Some((monomial, coefficient)) if monomial.0.is_empty() => Some(coefficient.clone()),
            None if self.is_zero() => Some(Rational::zero()),
            _ => None,
        }
    }

    /// Its only summand.
    pub fn single(&self) -> Option<(&Monomial, &Rational)> {
        self.0.iter().next().filter(|_| self.0.len() == 1)
    }

    /// Adds a summand.
    pub fn add(&mut self, monomial: Monomial, coefficient: Rational) {
        use std::collections::btree_map::Entry;
        if coefficient.is_zero() {
            return;
        }
        match self.0.entry(monomial) {
            Entry::Vacant(entry) => {
                entry.insert(coefficient);
            }
            Entry::Occupied(mut entry) => {
                *entry.get_mut() += coefficient;
                if entry.get().is_zero() {
                    entry.remove();
                }
            }
        }
    }

    /// Adds `factor · other`.
    pub fn add_scaled(&mut self, other: &Polynomial, factor: &Rational) -> Result<(), TooLarge> {
        for (monomial, coefficient) in &other.0 {
            self.add(monomial.clone(), coefficient * factor);
        }
        if self.0.len() > LIMIT { Err(TooLarge) } else { Ok(()) }
    }

    /// `factor · self`.
    pub fn scaled(&self, factor: &Rational) -> Polynomial {
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &self.0 {
            result.add(monomial.clone(), coefficient * factor);
        }
        result
    }

    /// `self · other`, multiplied out.
    pub fn times(&self, other: &Polynomial) -> Result<Polynomial, TooLarge> {
        if self.0.len().saturating_mul(other.0.len()) > 4 * LIMIT {
            return Err(TooLarge);
        }
        let mut result = Polynomial::default();
        for (left, a) in &self.0 {
            for (right, b) in &other.0 {
                let mut factors = left.0.clone();
                right.0.iter().for_each(|(atom, exponent)| multiply(&mut factors, atom, exponent));
                let coefficient = a * b;
                if factors.keys().any(Atom::is_special) {
                    result.add_scaled(&Polynomial::product(factors)?, &coefficient)?;
                } else {
                    result.add(Monomial(factors), coefficient);
                }
            }
        }
        if result.0.len() > LIMIT { Err(TooLarge) } else { Ok(result) }
    }

    /// `(c, m, p)` with `self = c · m · p`: the rational content, with a sign that makes the first coefficient of `p`
    /// positive, and the common monomial, where a denominator counts only if every summand has it.
    pub fn content(&self) -> (Rational, Monomial, Polynomial) {
        let Some((first, leading)) = self.0.iter().next() else {
            return (Rational::one(), Monomial::default(), self.clone());
        };
        let (mut top, mut bottom) = (leading.numer().abs(), leading.denom().clone());
        let mut common = first.0.clone();
        for (monomial, coefficient) in &self.0 {
            top = gcd(top, coefficient.numer().abs());
            bottom = gcd(bottom, coefficient.denom().clone());
            common.retain(|atom, exponent| match monomial.0.get(atom) {
                Some(other) if other.is_positive() == exponent.is_positive() => {
                    if other.abs() < exponent.abs() {
                        *exponent = other.clone();
                    }
                    true
                }
                _ => false,
            });
        }
        let content = Rational::new(top, bottom) * leading.signum();
        let rest = self.0.iter().map(|(monomial, coefficient)| {
            let mut factors = monomial.0.clone();
            common.iter().for_each(|(atom, exponent)| multiply(&mut factors, atom, &-exponent));
            (Monomial(factors), coefficient / &content)
        });
        let rest = Polynomial(rest.collect());
        (content, Monomial(common), rest)
    }
}

/// The greatest common divisor of two positive numbers, or 1 of nothing.
fn gcd(mut a: BigInt, mut b: BigInt) -> BigInt {
    while !b.is_zero() {
        (a, b) = (b.clone(), a % b);
    }
    a
}

impl Monomial {
    /// Its first factor that depends on a condition.
    pub fn choice(&self) -> Option<&Arc<Condition>> {
        self.0.iter().find_map(|(atom, exponent)| match atom {
            Atom::Chosen(condition) if exponent.is_one() => Some(condition),
            _ => None,
        })
    }
}

/// Multiplies a factor into a product.
pub fn multiply(factors: &mut BTreeMap<Atom, Rational>, atom: &Atom, exponent: &Rational) {
    match factors.get_mut(atom) {
        Some(old) => {
            *old += exponent;
            if old.is_zero() {
                factors.remove(atom);
            }
        }
        None => {
            factors.insert(atom.clone(), exponent.clone());
        }
    }
}

/// The exponent as a positive whole number, if it is a small one.
pub fn natural(exponent: &Rational) -> Option<u32> {
    if exponent.is_integer() && exponent.is_positive() { exponent.to_integer().to_u32() } else { None }
}
