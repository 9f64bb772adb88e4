//! Cases, and denominators that are cleared.

use crate::derive::claims::canon::{Canon, one};
use crate::derive::normal::TooLarge;
use crate::derive::normal::atom::{Atom, Condition};
use crate::derive::normal::polynomial::{Monomial, Polynomial};
use crate::math::expression::{Binder, Relation};
use crate::math::name::Name;
use crate::math::number::whole;
use num_traits::{Signed, Zero};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a difference vanishes whatever the conditions in it are.
pub(super) fn zero_in_all_cases(
    canon: &mut Canon,
    polynomial: &Polynomial,
    scope: &[Binder],
    depth: usize,
) -> Result<bool, TooLarge> {
    if polynomial.is_zero() {
        return Ok(true);
    }
    let mut found = Vec::new();
    conditions(polynomial, &mut found);
    found.retain(|condition| !canon.cases.iter().any(|(known, _)| known == condition));
    let Some(condition) = found.into_iter().min_by_key(|condition| format!("{condition:?}").len()) else {
        let rest = canon.polynomial(&cleared(polynomial)?, scope)?;
        return Ok(rest.is_zero());
    };
    if depth == 0 {
        return Ok(false);
    }
    for holds in [true, false] {
        canon.cases.push((condition.clone(), holds));
        let case =
            canon.polynomial(polynomial, scope).and_then(|case| zero_in_all_cases(canon, &case, scope, depth - 1));
        canon.cases.pop();
        if !case? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Comparisons of values that stand in a polynomial outside of sums.
pub(super) fn conditions(polynomial: &Polynomial, found: &mut Vec<Condition>) {
    for atom in polynomial.0.keys().flat_map(|monomial| monomial.0.keys()) {
        match atom {
            Atom::Chosen(condition) => {
                if let Condition::Compare(Relation::Less, left, right) = &**condition {
                    // An inner condition first: the outer one may depend on it.
                    conditions(left, found);
                    conditions(right, found);
                    if !found.contains(condition) {
                        found.push((**condition).clone());
                    }
                }
            }
            Atom::Apply(_, args) => args.iter().for_each(|arg| conditions(arg, found)),
            Atom::Group(sum) => conditions(sum, found),
            _ => {}
        }
    }
}

/// The same, multiplied by whatever sums stand below a line, so that none does. Zero if and only if it was.
pub fn cleared(polynomial: &Polynomial) -> Result<Polynomial, TooLarge> {
    let mut result = polynomial.clone();
    for _ in 0..12 {
        let group = result
            .0
            .keys()
            .flat_map(|monomial| monomial.0.keys())
            .find(|atom| matches!(atom, Atom::Group(sum) if sum.0.len() > 1))
            .cloned();
        let Some(group) = group else { break };
        let Atom::Group(sum) = &group else { break };
        let exponents = result.0.keys().map(|monomial| monomial.0.get(&group).cloned().unwrap_or_default());
        let least = exponents.min().unwrap_or_default();
        let broken = |exponent: &crate::math::number::Rational| exponent - exponent.floor();
        let mut parts: BTreeMap<crate::math::number::Rational, Polynomial> = BTreeMap::new();
        for (monomial, coefficient) in &result.0 {
            let mut rest = monomial.clone();
            let exponent = rest.0.remove(&group).unwrap_or_default() - &least;
            let mut part = Polynomial::term(coefficient.clone(), rest);
            let times = exponent.floor().to_integer();
            if times > 8.into() {
                return Err(TooLarge);
            }
            let mut left = times;
            while left.is_positive() {
                part = part.times(sum)?;
                left -= 1;
            }
            parts.entry(broken(&exponent)).or_default().add_scaled(&part, &whole(1))?;
        }
        // Different broken powers of one sum can't cancel each other: each part must vanish by itself.
        parts.retain(|_, part| !part.is_zero());
        match parts.len() {
            0 => return Ok(Polynomial::default()),
            1 => result = parts.into_values().next().unwrap_or_default(),
            _ => {
                let mut kept = Polynomial::default();
                for (exponent, part) in parts {
                    let power = if exponent.is_zero() {
                        Monomial::default()
                    } else {
                        Monomial(BTreeMap::from([(group.clone(), exponent)]))
                    };
                    kept.add_scaled(&part.times(&one(power))?, &whole(1))?;
                }
                return Ok(kept);
            }
        }
    }
    Ok(result)
}

/// All quantities read in a polynomial.
pub(super) fn reads(polynomial: &Polynomial, found: &mut BTreeSet<Name>) {
    fn condition(inner: &Condition, found: &mut BTreeSet<Name>) {
        match inner {
            Condition::Compare(_, left, right) => {
                reads(left, found);
                reads(right, found);
            }
            Condition::And(all) => all.iter().for_each(|one| condition(one, found)),
            Condition::Not(one) => condition(one, found),
            Condition::Letter(..) => {}
        }
    }
    fn atoms(monomial: &Monomial, found: &mut BTreeSet<Name>) {
        for atom in monomial.0.keys() {
            match atom {
                Atom::Read(read, _) => {
                    found.insert(read.quantity.clone());
                }
                Atom::Apply(_, args) => args.iter().for_each(|arg| reads(arg, found)),
                Atom::Raised(pair) => {
                    reads(&pair.0, found);
                    reads(&pair.1, found);
                }
                Atom::Group(sum) | Atom::Factored(sum) => reads(sum, found),
                Atom::Sum(sum) => atoms(&sum.body, found),
                Atom::Reduce(reduction) => reads(&reduction.body, found),
                Atom::Chosen(inner) => condition(inner, found),
                Atom::Array(array) => array.args.iter().for_each(|(_, entries)| reads(entries, found)),
                _ => {}
            }
        }
    }
    polynomial.0.keys().for_each(|monomial| atoms(monomial, found));
}
