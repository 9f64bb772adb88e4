//! The Einstein normal form: it decides equality of terms and carries their algebra.
//!
//! [`lower`] writes an entry of a term as a polynomial over indices, [`equal`] compares such polynomials, [`raise`] goes back
//! to matrix notation, and [`simplify`] does all of it: lower, take out common factors, raise, keep the shorter form.

pub mod canonical;
pub mod lower;
pub mod polynomial;
pub mod rename;

pub use lower::lower;
pub use polynomial::Polynomial;

use crate::math::expression::Term;

/// The term has too many summands to be multiplied out, or is nested too deep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "more than {} summands, or nested too deep", polynomial::LIMIT)
    }
}

/// Whether two terms are equal for all values. `None` when one of them is too large; terms of different types are not equal.
pub fn equal(left: &Term, right: &Term) -> Option<bool> {
    if left == right {
        return Some(true);
    }
    if left.ty() != right.ty() {
        return Some(false);
    }
    Some(lower(left).ok()? == lower(right).ok()?)
}

#[cfg(test)]
mod tests;

/// until it lands
pub fn simplify(_t: &Term) -> Option<Term> {
    None
}
