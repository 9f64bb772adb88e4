//! Exact division of polynomials.

use super::atom::Atom;
use super::polynomial::{Monomial, Polynomial, multiply};
use crate::math::number::Rational;
use num_traits::{Signed, Zero};
use std::cmp::Ordering;

/// `q` with `whole = q · divisor`, atoms taken as variables; exponents that come out negative are no division, nor
/// is a quotient with more summands than the whole.
pub fn divide(whole: &Polynomial, divisor: &Polynomial) -> Option<Polynomial> {
    let (top, leading) = divisor.0.iter().max_by(|a, b| lexical(a.0, b.0))?;
    let bottom = divisor.0.keys().min_by(|a, b| lexical(a, b))?;
    over(whole.0.keys().min_by(|a, b| lexical(a, b))?, bottom)?;
    let (mut rest, mut quotient) = (whole.clone(), Polynomial::default());
    for _ in 0..=whole.0.len() {
        let Some((monomial, coefficient)) = rest.0.iter().max_by(|a, b| lexical(a.0, b.0)) else {
            return Some(quotient);
        };
        let step = over(monomial, top)?;
        let factor = coefficient / leading;
        for (other, inner) in &divisor.0 {
            rest.add(product(&step, other), -(inner * &factor));
        }
        quotient.add(step, factor);
        if rest.0.len() > 2 * super::polynomial::LIMIT {
            return None;
        }
    }
    None
}

/// Compares exponents, atom by atom in their order. Multiplying both by the same monomial changes nothing.
pub fn lexical(a: &Monomial, b: &Monomial) -> Ordering {
    let zero = Rational::zero();
    let (mut left, mut right) = (a.0.iter().peekable(), b.0.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return Ordering::Equal,
            (Some((_, exponent)), None) => (*exponent).cmp(&zero),
            (None, Some((_, exponent))) => zero.cmp(exponent),
            (Some((atom, exponent)), Some((other, under))) => match atom.cmp(other) {
                Ordering::Equal => {
                    let order = exponent.cmp(under);
                    left.next();
                    right.next();
                    if order == Ordering::Equal {
                        continue;
                    }
                    order
                }
                Ordering::Less => (*exponent).cmp(&zero),
                Ordering::Greater => zero.cmp(under),
            },
        };
        return order;
    }
}

/// `a / b`, when no exponent of `b` is larger.
pub fn over(a: &Monomial, b: &Monomial) -> Option<Monomial> {
    let mut factors = a.0.clone();
    for (atom, exponent) in &b.0 {
        let before = factors.get(atom).cloned().unwrap_or_default();
        let after = &before - exponent;
        if after.is_negative() && !before.is_negative() && exponent.is_positive() {
            return None;
        }
        multiply(&mut factors, atom, &-exponent);
    }
    Some(Monomial(factors))
}

/// `a · b`, exponents added.
pub fn product(a: &Monomial, b: &Monomial) -> Monomial {
    let mut factors = a.0.clone();
    b.0.iter().for_each(|(atom, exponent)| multiply(&mut factors, atom, exponent));
    Monomial(factors)
}

/// `1 − atomⁿ`
pub fn one_minus(atom: &Atom, n: i64) -> Polynomial {
    let one = crate::math::number::whole(1);
    let mut result = Polynomial::number(one.clone());
    result.add(Monomial([(atom.clone(), crate::math::number::whole(n))].into()), -one);
    result
}
