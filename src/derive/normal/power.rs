//! Products in canonical form, powers and roots.

use super::TooLarge;
use super::atom::{Atom, Index};
use super::polynomial::{Monomial, Polynomial, multiply, natural};
use crate::math::number::{Rational, is_pi, whole};
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Natural powers of sums beyond this are not written out.
const POWER_LIMIT: u32 = 32;

impl Polynomial {
    /// The product of these factors in canonical form: deltas act, roots and groups that became natural are written out.
    pub fn product(mut factors: BTreeMap<Atom, Rational>) -> Result<Polynomial, TooLarge> {
        let special = factors.iter().find_map(|(atom, exponent)| {
            let natural = natural(exponent);
            match atom {
                Atom::Delta(i, j) => {
                    (i == j || natural.is_none_or(|n| n != 1) || mentioned_elsewhere(&factors, atom, *j))
                        .then(|| (atom.clone(), exponent.clone()))
                }
                Atom::Number(base) => (exponent.is_integer() && !is_pi(base)).then(|| (atom.clone(), exponent.clone())),
                Atom::Group(sum) => (natural.is_some() || exponent.is_integer() && !sum.is_bare())
                    .then(|| (atom.clone(), exponent.clone())),
                Atom::Chosen(_) => natural.is_some_and(|n| n > 1).then(|| (atom.clone(), exponent.clone())),
                _ => None,
            }
        });
        let Some((atom, exponent)) = special else {
            return Ok(Polynomial::term(Rational::one(), Monomial(factors)));
        };
        factors.remove(&atom);
        match &atom {
            Atom::Delta(i, j) if i == j => Polynomial::product(factors),
            Atom::Delta(i, j) => {
                let renamed = Monomial(factors).renamed(&super::rename::Renaming::index(*j, *i))?;
                if exponent.is_negative() {
                    // A zero in a denominator: kept as it is, it equals only itself.
                    let mut result = Polynomial::default();
                    for (monomial, coefficient) in renamed.0 {
                        let mut factors = monomial.0;
                        multiply(&mut factors, &atom, &exponent);
                        result.add(Monomial(factors), coefficient);
                    }
                    return Ok(result);
                }
                let mut result = Polynomial::default();
                for (monomial, coefficient) in renamed.0 {
                    let mut factors = monomial.0;
                    factors.insert(atom.clone(), Rational::one());
                    result.add(Monomial(factors), coefficient);
                }
                Ok(result)
            }
            Atom::Number(base) => Ok(Polynomial::product(factors)?.scaled(&power(base, &exponent)?)),
            Atom::Group(sum) => {
                let rest = Polynomial::product(factors)?;
                rest.times(&sum.raised(&exponent)?)
            }
            Atom::Chosen(_) => {
                factors.insert(atom, Rational::one());
                Polynomial::product(factors)
            }
            _ => Ok(Polynomial::default()),
        }
    }

    /// `self` multiplied by itself.
    fn to_the(&self, n: u32) -> Result<Polynomial, TooLarge> {
        if n > POWER_LIMIT {
            return Err(TooLarge);
        }
        let mut result = Polynomial::number(Rational::one());
        for _ in 0..n {
            result = result.times(self)?;
        }
        Ok(result)
    }

    /// `self ^ exponent`. Natural powers are written out; otherwise sums stay whole.
    pub fn raised(&self, exponent: &Rational) -> Result<Polynomial, TooLarge> {
        if exponent.is_zero() {
            return Ok(Polynomial::number(Rational::one()));
        }
        if let Some((monomial, coefficient)) = self.single() {
            return raise_single(self, monomial, coefficient, exponent);
        }
        if let Some(n) = natural(exponent) {
            return self.to_the(n);
        }
        if self.is_zero() {
            // Nothing can be said about a quotient by 0.
            return if exponent.is_negative() { Err(TooLarge) } else { Ok(self.clone()) };
        }
        let (mut content, mut common, rest) = self.content();
        if !exponent.is_integer() {
            // Only a positive number may be taken out of a root.
            content = content.abs();
            common = Monomial::default();
        }
        let rest = if exponent.is_integer() { rest } else { self.scaled(&content.recip()) };
        let outside = Polynomial::number(content).raised(exponent)?;
        let outside = outside.times(&Polynomial::term(Rational::one(), common).raised(exponent)?)?;
        outside.times(&Polynomial::whole_to(rest, exponent))
    }

    /// The sum as one atom, to this exponent.
    fn whole_to(sum: Polynomial, exponent: &Rational) -> Polynomial {
        Polynomial::term(Rational::one(), Monomial(BTreeMap::from([(Atom::Group(Arc::new(sum)), exponent.clone())])))
    }

    /// Whether nothing can be taken out of it.
    fn is_bare(&self) -> bool {
        let (content, common, _) = self.content();
        self.0.len() > 1 && content.is_one() && common.0.is_empty()
    }
}

fn mentioned_elsewhere(factors: &BTreeMap<Atom, Rational>, delta: &Atom, index: Index) -> bool {
    factors.keys().any(|atom| atom != delta && atom.mentions(index))
}

/// A number to a whole exponent.
fn power(base: &Rational, exponent: &Rational) -> Result<Rational, TooLarge> {
    let exponent = exponent.to_integer().to_i32().ok_or(TooLarge)?;
    if base.abs().is_one() || (exponent.unsigned_abs() <= 512 && base.numer().bits() + base.denom().bits() < 4096) {
        Ok(num_traits::Pow::pow(base, exponent))
    } else {
        Err(TooLarge)
    }
}

fn raise_single(
    whole: &Polynomial,
    monomial: &Monomial,
    coefficient: &Rational,
    exponent: &Rational,
) -> Result<Polynomial, TooLarge> {
    if exponent.is_integer() {
        let factors = monomial.0.iter().map(|(atom, inner)| (atom.clone(), inner * exponent)).collect();
        return Ok(Polynomial::product(factors)?.scaled(&power(coefficient, exponent)?));
    }
    if !coefficient.is_positive() {
        return Ok(Polynomial::whole_to(whole.clone(), exponent));
    }
    let mut factors = BTreeMap::new();
    if !coefficient.is_one() {
        match root(coefficient, exponent) {
            Some(value) => {
                return Ok(Polynomial::term(Rational::one(), monomial.clone()).raised(exponent)?.scaled(&value));
            }
            // One over a root of n, whichever way it was written.
            None if coefficient.numer().is_one() => factors.insert(Atom::Number(coefficient.recip()), -exponent),
            None => factors.insert(Atom::Number(coefficient.clone()), exponent.clone()),
        };
    }
    match monomial.0.iter().next() {
        None => {}
        // An even power under a root has lost its sign: √(u²) is not u.
        Some((atom, inner))
            if monomial.0.len() == 1
                && (!inner.is_integer()
                    || (inner.to_integer() % 2u32).is_one()
                    || (inner.to_integer() % 2u32).is_negative()) =>
        {
            multiply(&mut factors, atom, &(inner * exponent));
        }
        Some(_) => {
            let bare = Polynomial::term(Rational::one(), monomial.clone());
            multiply(&mut factors, &Atom::Group(Arc::new(bare)), exponent);
        }
    }
    Polynomial::product(factors)
}

/// The exact square root power of a positive number, if it is one.
fn root(base: &Rational, exponent: &Rational) -> Option<Rational> {
    if exponent.denom().to_i32() != Some(2) {
        return None;
    }
    let (top, bottom) = (base.numer().sqrt(), base.denom().sqrt());
    if &(&top * &top) != base.numer() || &(&bottom * &bottom) != base.denom() {
        return None;
    }
    power(&Rational::new(top, bottom), &(exponent * whole(2))).ok()
}
