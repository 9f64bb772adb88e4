//! The root of a whole number and that of π in a product, written as one: √2 · √π⁻¹ is √(2/π).

use super::atom::Atom;
use super::raise::Factor;
use crate::math::expression::{Op, Term};
use crate::math::name::Name;
use crate::math::number::{Rational, fraction, is_pi};
use std::collections::BTreeMap;

/// Takes both roots out of a product, and gives the one that they make; none where there are more, which stay as they are.
pub fn joined(factors: &mut BTreeMap<Atom, Rational>) -> Option<Factor> {
    let half = fraction(1, 2);
    let roots: Vec<(Atom, Rational, bool)> = factors
        .iter()
        .filter_map(|(atom, exponent)| match atom {
            Atom::Number(base) => Some((atom.clone(), base.clone(), *exponent == half)),
            _ => None,
        })
        .collect();
    let is_root = |(atom, base, _): &(Atom, Rational, bool)| {
        (is_pi(base) || base.is_integer()) && (factors[atom] == half || factors[atom] == -&half)
    };
    let [first, second] = roots.as_slice() else { return None };
    if !(is_root(first) && is_root(second)) || is_pi(&first.1) == is_pi(&second.1) {
        return None;
    }
    // 2 before π.
    let (number, turn) = if is_pi(&first.1) { (second, first) } else { (first, second) };
    let (of_number, of_turn) = (Term::number(number.1.clone()), Term::number(turn.1.clone()));
    let (under, below) = match (number.2, turn.2) {
        (true, false) => (Term::new(Op::Div, vec![of_number, of_turn]).ok()?, false),
        (false, true) => (Term::new(Op::Div, vec![of_turn, of_number]).ok()?, false),
        (above, _) => (of_number.times(of_turn).ok()?, !above),
    };
    let term = Term::new(Op::Apply(Name::new("sqrt")), vec![under]).ok()?;
    factors.retain(|atom, _| !matches!(atom, Atom::Number(_)));
    Some(Factor { term, at: Vec::new(), below })
}
