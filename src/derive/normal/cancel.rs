//! Sums that meet their own inverse: `u · (1 − p)⁻¹ − p · u · (1 − p)⁻¹` is `u`, as `p · p⁻¹` is 1.

use super::atom::Atom;
use super::divide::{over, product};
use super::polynomial::{Monomial, Polynomial, multiply};
use crate::math::number::{Rational, whole};
use num_traits::One;

/// The sum in which no part is a multiple of a sum that it is divided by. Like an atom with a negative exponent, a sum
/// that stands in a denominator is assumed not to be 0.
pub fn cancelled(mut sum: Polynomial) -> Polynomial {
    if sum.0.len() < 2 || !sum.0.keys().any(|monomial| inverses(monomial).next().is_some()) {
        return sum;
    }
    while let Some(shorter) = once(&sum) {
        sum = shorter;
    }
    sum
}

/// The sums that a product is divided by.
fn inverses(monomial: &Monomial) -> impl Iterator<Item = (&Atom, &Polynomial)> {
    monomial.0.iter().filter_map(|(atom, exponent)| match atom {
        Atom::Group(sum) if exponent.is_integer() && *exponent <= whole(-1) && sum.0.len() > 1 => Some((atom, &**sum)),
        _ => None,
    })
}

/// The sum with one multiple of a sum put for what is left of it; each such step makes it shorter.
fn once(sum: &Polynomial) -> Option<Polynomial> {
    for (monomial, coefficient) in &sum.0 {
        for (atom, divisor) in inverses(monomial) {
            let Some((first, leading)) = divisor.0.iter().next() else { continue };
            let Some(rest) = over(monomial, first) else { continue };
            let factor = coefficient / leading;
            let whole_multiple = |(part, times): (&Monomial, &Rational)| {
                sum.0.get(&product(&rest, part)).is_some_and(|found| *found == &factor * times)
            };
            if !divisor.0.iter().all(whole_multiple) {
                continue;
            }
            let mut shorter = sum.clone();
            for part in divisor.0.keys() {
                shorter.0.remove(&product(&rest, part));
            }
            let mut left = rest.0.clone();
            multiply(&mut left, atom, &Rational::one());
            shorter.add(Monomial(left), factor);
            return Some(shorter);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::{add, div, mul, n, neg, one_minus, s};
    use super::super::{equal, lower};

    #[test]
    fn a_multiple_of_what_it_is_divided_by_is_shorter() {
        let (t, p, u) = (s("t"), s("p"), s("u"));
        let over = div(&mul(&t, &one_minus(&p)), &one_minus(&p));
        assert_eq!(equal(&over, &t), Some(true));
        // The order in which factors come does not matter, nor what stands beside.
        let over = add(&mul(&mul(&one_minus(&p), &one_minus(&t)), &div(&u, &one_minus(&p))), &u);
        assert_eq!(equal(&over, &add(&mul(&u, &one_minus(&t)), &u)), Some(true));
        let twice = div(&mul(&t, &one_minus(&p)), &mul(&one_minus(&p), &one_minus(&p)));
        assert_eq!(equal(&twice, &div(&t, &one_minus(&p))), Some(true));
        let negative = div(&mul(&t, &neg(&one_minus(&p))), &one_minus(&p));
        assert_eq!(equal(&negative, &neg(&t)), Some(true));
    }

    #[test]
    fn what_is_no_multiple_stays() {
        let (t, p) = (s("t"), s("p"));
        for part in [div(&p, &one_minus(&p)), div(&add(&one_minus(&p), &n(2, &p)), &one_minus(&p))] {
            assert_eq!(equal(&part, &t), Some(false));
            assert_eq!(
                lower(&part).map(|sum| sum.0.len()).unwrap_or_default(),
                if part.args()[0] == p { 1 } else { 2 }
            );
        }
    }
}
