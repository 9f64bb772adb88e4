//! Factoring back: taking out what summands share, so that the line is short.

use super::TooLarge;
use super::atom::Atom;
use super::divide::{divide, lexical, one_minus, over};
use super::polynomial::{Monomial, Polynomial, multiply};
use super::share::{apart, grouped};
use crate::math::number::{Rational, whole};
use num_traits::{One, Signed, Zero};
use std::collections::BTreeMap;
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

/// As [`factor`], but first of all what some summands have in common, to the same power, is taken out of these: `T + u − u T²`
/// becomes `T + u (1 − T²)`, not `u + T (1 − u T)`. `None` where that is nothing.
pub fn factor_apart(polynomial: &Polynomial) -> Result<Option<Polynomial>, TooLarge> {
    if polynomial.0.len() < 3 || polynomial.0.keys().any(|monomial| monomial.choice().is_some()) {
        return Ok(None);
    }
    let mut means = Polynomial::default();
    for (monomial, coefficient) in &polynomial.0 {
        means.add(with_means(monomial), coefficient.clone());
    }
    let (content, common, rest) = content(&means);
    Ok(apart(&rest)?.map(|rest| multiplied(content, common, vec![rest])))
}

/// A sum, factored.
pub fn sum(polynomial: &Polynomial) -> Result<Polynomial, TooLarge> {
    if polynomial.0.len() < 2 {
        return Ok(polynomial.clone());
    }
    let (content, common, rest) = content(polynomial);
    let mut parts = Vec::new();
    split(&rest, &mut parts)?;
    let parts = parts.iter().map(grouped).collect::<Result<_, _>>()?;
    Ok(multiplied(content, common, parts))
}

/// What all summands have in common, and the rest.
fn content(polynomial: &Polynomial) -> (Rational, Monomial, Polynomial) {
    let (content, common, rest) = polynomial.content();
    // The sign of the first summand is no factor: each sum gets its own sign later.
    if content.is_negative() { (-content, common, rest.scaled(&whole(-1))) } else { (content, common, rest) }
}

/// A number, a product and sums, multiplied.
fn multiplied(content: Rational, common: Monomial, parts: Vec<Polynomial>) -> Polynomial {
    let (mut coefficient, mut product, mut sums) = (content, common.0, Vec::new());
    for part in parts {
        let (sign, inner) = turned(&part);
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
        return sums.remove(0).scaled(&coefficient);
    }
    for sum in sums {
        let (atom, exponent) = whole_sum(sum);
        multiply(&mut product, &atom, &exponent);
    }
    Polynomial::term(coefficient, Monomial(product))
}

fn has_both_signs(sum: &Polynomial) -> bool {
    let negative = sum.0.values().filter(|coefficient| coefficient.is_negative()).count();
    negative > 0 && negative < sum.0.len()
}

/// A sum as a factor that stays whole.
pub fn whole_sum(sum: Polynomial) -> (Atom, Rational) {
    (Atom::Factored(Arc::new(sum)), Rational::one())
}

/// `(sign, p)` with `sign · p = sum`, where the constant summand of `p` is positive, or else some summand is. Of sizes, as in
/// N − 1, it is a size.
pub fn turned(sum: &Polynomial) -> (Rational, Polynomial) {
    let sizes = sum.0.keys().all(|monomial| monomial.0.keys().all(|atom| matches!(atom, Atom::Integer(_))));
    let first =
        if sizes { sum.0.iter().find(|(monomial, _)| !monomial.0.is_empty()).map(|(_, first)| first) } else { None };
    let constant = first.or_else(|| sum.0.get(&Monomial::default())).map(|constant| constant.is_negative());
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
    let mut tried: Vec<Polynomial> = Vec::new();
    for (atom, powers) in powers(rest) {
        let Some((smallest, count)) = powers.iter().min_by_key(|(_, count)| **count) else { continue };
        if *count < 2 || *count == rest.0.len() {
            continue;
        }
        let mut part = Polynomial::default();
        for (monomial, coefficient) in rest.0.iter().filter(|(monomial, _)| power_of(monomial, atom) == *smallest) {
            let mut factors = monomial.0.clone();
            factors.remove(atom);
            part.add(Monomial(factors), coefficient.clone());
        }
        let (_, _, divisor) = part.content();
        if tried.len() >= DIVISORS {
            return None;
        }
        if tried.contains(&divisor) {
            continue;
        }
        if leads_divide(rest, atom, &divisor)
            && let Some(quotient) = divide(rest, &divisor).filter(|quotient| quotient.0.len() < rest.0.len())
        {
            return Some((divisor, quotient));
        }
        tried.push(divisor);
    }
    None
}

/// In how many summands each atom stands with each exponent, 0 included.
fn powers(sum: &Polynomial) -> BTreeMap<&Atom, BTreeMap<Rational, usize>> {
    let mut found: BTreeMap<&Atom, BTreeMap<Rational, usize>> = BTreeMap::new();
    for (atom, exponent) in sum.0.keys().flat_map(|monomial| &monomial.0) {
        *found.entry(atom).or_default().entry(exponent.clone()).or_default() += 1;
    }
    for powers in found.values_mut() {
        let without = sum.0.len() - powers.values().sum::<usize>();
        if without > 0 {
            powers.insert(Rational::zero(), without);
        }
    }
    found
}

fn power_of(monomial: &Monomial, atom: &Atom) -> Rational {
    monomial.0.get(atom).cloned().unwrap_or_default()
}

/// A divisor without the atom divides what stands beside each power of the atom, so its first summand divides the first
/// one there. Most divisors fail here, long before they are divided by.
fn leads_divide(rest: &Polynomial, atom: &Atom, divisor: &Polynomial) -> bool {
    let Some(top) = divisor.0.keys().max_by(|a, b| lexical(a, b)) else { return false };
    let mut leads: BTreeMap<Rational, &Monomial> = BTreeMap::new();
    for monomial in rest.0.keys() {
        let lead = leads.entry(power_of(monomial, atom)).or_insert(monomial);
        if lexical(lead, monomial).is_lt() {
            *lead = monomial;
        }
    }
    leads.values().all(|lead| over(lead, top).is_some())
}

/// `1 − u²` or `1 − u`, if it divides the sum. The former is never split.
fn one_minus_factor(rest: &Polynomial) -> Option<(Polynomial, Polynomial)> {
    // At u = 1 the sum vanishes, so every summand meets one that differs from it in the power of u alone, and of two such
    // summands only one may be without u.
    let often = |powers: &BTreeMap<Rational, usize>| {
        powers.get(&Rational::zero()).is_none_or(|without| 2 * without <= rest.0.len())
    };
    let atoms: Vec<&Atom> =
        powers(rest).into_iter().filter(|(_, powers)| often(powers)).map(|(atom, _)| atom).collect();
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
        let Some(count) = sum.count() else { continue };
        let under = |(size, times): (&Atom, &Rational)| factors.get(size).is_some_and(|under| &-under >= times);
        if !exponent.is_one() || count.is_empty() || !count.iter().all(under) {
            continue;
        }
        let mut mean = BTreeMap::from([(atom.clone(), Rational::one())]);
        factors.remove(atom);
        for (size, times) in &count {
            multiply(&mut factors, size, times);
            multiply(&mut mean, size, &-times);
        }
        let mean = Polynomial::term(Rational::one(), Monomial(mean));
        multiply(&mut factors, &Atom::Factored(Arc::new(mean)), &Rational::one());
    }
    Monomial(factors)
}
