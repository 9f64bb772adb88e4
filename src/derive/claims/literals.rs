//! Constants that were typed with few digits stand for the numbers that they were rounded from.

use super::canon::Canon;
use super::elementary::{Level, written};
use super::system::System;
use crate::derive::normal::atom::{Atom, Condition};
use crate::derive::normal::lower;
use crate::derive::normal::polynomial::{Monomial, Polynomial};
use crate::math::expression::{Binder, Op, Term};
use crate::math::name::Name;
use crate::math::number::{Rational, to_f64, whole};
use num_traits::{Signed, Zero};
use std::cell::Cell;
use std::collections::BTreeSet;

/// Fewer digits than this are meant as they stand: a half is 0.5.
const DIGITS: usize = 4;

/// By how much, relatively, the roundings of all constants of a term may change it. 0 where no constant looks rounded.
pub fn tolerance(term: &Term) -> f64 {
    let mut sum = 0.0;
    term.walk(&mut |part| {
        if let Op::Number(value) = part.op()
            && let Some(half) = half_unit(value)
        {
            sum += half / to_f64(value).abs();
        }
    });
    sum
}

/// Half a unit of the last digit of a number that is written with at least four digits after leading zeros, and not with so
/// many that it is as good as exact.
fn half_unit(value: &Rational) -> Option<f64> {
    if value.is_integer() || value.is_zero() {
        return None;
    }
    let mut scaled = value.abs();
    let mut places = 0;
    while !scaled.is_integer() {
        scaled *= whole(10);
        places += 1;
        if places > 15 {
            return None;
        }
    }
    let digits = scaled.to_integer().to_string().len();
    (digits >= DIGITS).then(|| 0.5 * libm::pow(10.0, -f64::from(places)))
}

/// Whether two terms have the same normal form up to the values of constants.
pub fn alike(system: &System, left: &Term, right: &Term, scope: &[Binder], tolerance: f64) -> bool {
    [Level::Plain, Level::Choices].iter().any(|level| {
        let form = |term: &Term| {
            let derivative = |name: &Name| system.derivative(name).is_some();
            let value =
                |name: &Name| system.calculus.parts.quantity(name).is_some() && !system.definitions(name).is_empty();
            let start: BTreeSet<Name> = term.reads().iter().map(|read| read.quantity.clone()).collect();
            let all = |name: &Name| derivative(name) || value(name);
            let knots = system.knots(&start, false, &all);
            let unfolded =
                system.unfolded(term, scope, &|read| all(&read.quantity) && !knots.contains(&read.quantity))?;
            let unfolded = written(&unfolded, *level, &mut BTreeSet::new())?;
            let canon = Canon {
                system,
                exponentials: false,
                cases: Vec::new(),
                positive: Vec::new(),
                budget: Cell::new(20_000),
            };
            canon.polynomial(&lower(&unfolded).ok()?, scope).ok()
        };
        match (form(left), form(right)) {
            (Some(left), Some(right)) => polynomials(&left, &right, tolerance),
            _ => false,
        }
    })
}

/// The factors that are no numbers, and the number in front.
fn parted(monomial: &Monomial, coefficient: &Rational) -> (Monomial, f64) {
    let mut number = to_f64(coefficient);
    let mut rest = Monomial::default();
    for (atom, exponent) in &monomial.0 {
        match atom {
            Atom::Number(base) => number *= libm::pow(to_f64(base), to_f64(exponent)),
            _ => {
                rest.0.insert(atom.clone(), exponent.clone());
            }
        }
    }
    (rest, number)
}

fn polynomials(left: &Polynomial, right: &Polynomial, tolerance: f64) -> bool {
    let terms = |polynomial: &Polynomial| -> Vec<(Monomial, f64)> {
        polynomial.0.iter().map(|(monomial, coefficient)| parted(monomial, coefficient)).collect()
    };
    let (left, mut right) = (terms(left), terms(right));
    let mut matched = Vec::new();
    for (monomial, number) in left {
        let partner = right.iter().position(|(other, value)| {
            (number - value).abs() <= tolerance * number.abs().max(value.abs())
                && monomials(&monomial, other, tolerance)
        });
        match partner {
            Some(position) => matched.push(right.remove(position)),
            None => return false,
        }
    }
    right.is_empty()
}

fn monomials(left: &Monomial, right: &Monomial, tolerance: f64) -> bool {
    if left.0.len() != right.0.len() {
        return false;
    }
    let mut open: Vec<(&Atom, &Rational)> = right.0.iter().collect();
    left.0.iter().all(|(atom, exponent)| {
        let partner = open.iter().position(|(other, power)| *power == exponent && atoms(atom, other, tolerance));
        partner.map(|position| open.remove(position)).is_some()
    })
}

fn atoms(left: &Atom, right: &Atom, tolerance: f64) -> bool {
    match (left, right) {
        (Atom::Apply(name, args), Atom::Apply(other, others)) => {
            name == other
                && args.len() == others.len()
                && args.iter().zip(others).all(|(arg, other)| polynomials(arg, other, tolerance))
        }
        (Atom::Group(sum), Atom::Group(other)) => polynomials(sum, other, tolerance),
        (Atom::Sum(sum), Atom::Sum(other)) => {
            sum.bounds == other.bounds && sum.level == other.level && monomials(&sum.body, &other.body, tolerance)
        }
        (Atom::Chosen(condition), Atom::Chosen(other)) => match (&**condition, &**other) {
            (Condition::Compare(relation, a, b), Condition::Compare(compared, c, d)) => {
                relation == compared && polynomials(a, c, tolerance) && polynomials(b, d, tolerance)
            }
            _ => condition == other,
        },
        _ => left == right,
    }
}
