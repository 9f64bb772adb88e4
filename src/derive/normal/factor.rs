//! Factoring back: taking out what summands share, so that the line is short.

use super::TooLarge;
use super::atom::Atom;
use super::divide::{divide, one_minus};
use super::polynomial::{Monomial, Polynomial, multiply};
use super::share::grouped;
use crate::math::number::{Rational, whole};
use num_traits::{One, Signed};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// More divisors than this are not tried.
const DIVISORS: usize = 16;

/// The same polynomial with common factors taken out: sums inside products are `Atom::Factored`.
pub fn factor(polynomial: &Polynomial) -> Result<Polynomial, TooLarge> {
    // A sum with a condition is written as a choice between two sums, each of which is factored.
    if polynomial.0.len() < 2 || polynomial.0.keys().any(|monomial| monomial.choice().is_some()) {
        return Ok(polynomial.clone());
    }
    let mut means = Polynomial::default();
    for (monomial, coefficient) in &polynomial.0 {
        means.add(with_means(monomial), coefficient.clone());
    }
    sum(&means)
}

/// A sum, factored.
pub fn sum(polynomial: &Polynomial) -> Result<Polynomial, TooLarge> {
    if polynomial.0.len() < 2 {
        return Ok(polynomial.clone());
    }
    let (content, common, rest) = polynomial.content();
    // The sign of the first summand is no factor: each sum gets its own sign below.
    let (content, rest) = if content.is_negative() { (-content, rest.scaled(&whole(-1))) } else { (content, rest) };
    let mut parts = Vec::new();
    split(&rest, &mut parts)?;
    let (mut coefficient, mut product, mut sums) = (content, common.0, Vec::new());
    for part in parts {
        let (sign, inner) = turned(&grouped(&part)?);
        coefficient *= sign;
        match inner.single() {
            Some((monomial, inner)) => {
                coefficient *= inner;
                monomial.0.iter().for_each(|(atom, exponent)| multiply(&mut product, atom, exponent));
            }
            None => sums.push(inner),
        }
    }
    if coefficient.is_negative()
        && let Some(sum) = sums.iter_mut().find(|sum| has_both_signs(sum) && !sum.0.contains_key(&Monomial::default()))
    {
        // −(b − a) is a − b.
        *sum = sum.scaled(&whole(-1));
        coefficient = -coefficient;
    }
    if product.is_empty() && sums.len() == 1 && coefficient.abs().is_one() {
        return Ok(sums.remove(0).scaled(&coefficient));
    }
    for sum in sums {
        let (atom, exponent) = whole_sum(sum);
        multiply(&mut product, &atom, &exponent);
    }
    Ok(Polynomial::term(coefficient, Monomial(product)))
}

fn has_both_signs(sum: &Polynomial) -> bool {
    let negative = sum.0.values().filter(|coefficient| coefficient.is_negative()).count();
    negative > 0 && negative < sum.0.len()
}

/// A sum as a factor that stays whole.
pub fn whole_sum(sum: Polynomial) -> (Atom, Rational) {
    (Atom::Factored(Arc::new(sum)), Rational::one())
}

/// `(sign, p)` with `sign · p = sum`, where the constant summand of `p` is positive, or else some summand is.
pub fn turned(sum: &Polynomial) -> (Rational, Polynomial) {
    let constant = sum.0.get(&Monomial::default()).map(|constant| constant.is_negative());
    let all = || sum.0.values().all(|coefficient| coefficient.is_negative());
    let turn = sum.0.len() > 1 && constant.unwrap_or_else(all);
    if turn { (whole(-1), sum.scaled(&whole(-1))) } else { (Rational::one(), sum.clone()) }
}

/// Splits a sum without common factor into factors that are sums.
fn split(rest: &Polynomial, factors: &mut Vec<Polynomial>) -> Result<(), TooLarge> {
    if rest.0.len() > 2
        && let Some((divisor, quotient)) = free_factor(rest).or_else(|| one_minus_factor(rest))
    {
        split(&divisor, factors)?;
        let (content, common, inner) = quotient.content();
        factors.push(Polynomial::term(content, common));
        return if inner.0.len() > 1 { split(&inner, factors) } else { Ok(()) };
    }
    factors.push(rest.clone());
    Ok(())
}

/// A divisor that some atom does not stand in: the coefficients of the powers of that atom share it.
fn free_factor(rest: &Polynomial) -> Option<(Polynomial, Polynomial)> {
    let atoms: BTreeSet<&Atom> = rest.0.keys().flat_map(|monomial| monomial.0.keys()).collect();
    let mut tried: Vec<Polynomial> = Vec::new();
    for atom in atoms {
        let mut powers: BTreeMap<Rational, Polynomial> = BTreeMap::new();
        for (monomial, coefficient) in &rest.0 {
            let mut factors = monomial.0.clone();
            let exponent = factors.remove(atom).unwrap_or_default();
            powers.entry(exponent).or_default().add(Monomial(factors), coefficient.clone());
        }
        let Some(smallest) = powers.values().min_by_key(|part| part.0.len()) else { continue };
        if smallest.0.len() < 2 || smallest.0.len() == rest.0.len() {
            continue;
        }
        let (_, _, divisor) = smallest.content();
        if tried.len() >= DIVISORS {
            return None;
        }
        if tried.contains(&divisor) {
            continue;
        }
        if let Some(quotient) = divide(rest, &divisor).filter(|quotient| quotient.0.len() < rest.0.len()) {
            return Some((divisor, quotient));
        }
        tried.push(divisor);
    }
    None
}

/// `1 − u²` or `1 − u`, if it divides the sum. The former is never split.
fn one_minus_factor(rest: &Polynomial) -> Option<(Polynomial, Polynomial)> {
    let atoms: BTreeSet<&Atom> = rest.0.keys().flat_map(|monomial| monomial.0.keys()).collect();
    for n in [2, 1] {
        for atom in &atoms {
            let divisor = one_minus(atom, n);
            if let Some(quotient) = divide(rest, &divisor) {
                return Some((divisor, quotient));
            }
        }
    }
    None
}

/// A sum and the size it is divided by as one factor, since that is how a mean is written.
fn with_means(monomial: &Monomial) -> Monomial {
    let mut factors = monomial.0.clone();
    for (atom, exponent) in &monomial.0 {
        let Atom::Sum(sum) = atom else { continue };
        let count = sum.bounds[0].count();
        let Some((size, coefficient)) = count.single() else { continue };
        let under = |(size, times): (&Atom, &Rational)| factors.get(size).is_some_and(|under| &-under >= times);
        if !exponent.is_one()
            || sum.bounds.len() > 1
            || !coefficient.is_one()
            || size.0.is_empty()
            || !size.0.iter().all(under)
        {
            continue;
        }
        let mut mean = BTreeMap::from([(atom.clone(), Rational::one())]);
        factors.remove(atom);
        for (size, times) in &size.0 {
            multiply(&mut factors, size, times);
            multiply(&mut mean, size, &-times);
        }
        let mean = Polynomial::term(Rational::one(), Monomial(mean));
        multiply(&mut factors, &Atom::Factored(Arc::new(mean)), &Rational::one());
    }
    Monomial(factors)
}
