//! The Einstein normal form: it decides equality of terms and carries their algebra.
//!
//! [`lower`] writes an entry of a term as a polynomial over indices, [`equal`] compares such polynomials, [`raise`] goes back
//! to matrix notation, and [`simplify`] does all of it: lower, take out common factors, raise, keep the shorter form.

pub mod assemble;
pub mod atom;
pub mod cancel;
pub mod canonical;
pub mod choose;
pub mod clean;
pub mod cost;
pub mod divide;
pub mod factor;
pub mod look;
pub mod lower;
pub mod network;
pub mod order;
pub mod polynomial;
pub mod power;
pub mod raise;
pub mod rename;
pub mod roots;
pub mod share;
pub mod whole;

pub use cost::cost;
pub use lower::lower;
pub use raise::raise;

use super::letters::Letters;
use crate::math::expression::Term;
use crate::math::shape::Sort;

/// The term has too many summands to be multiplied out, is nested too deep, or divides by 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "more than {} summands, nested too deep, or a division by 0", polynomial::LIMIT)
    }
}

/// Whether two terms have the same normal form. Then they are equal wherever both have values. `None` when one of them is
/// too large; terms of different types are not equal.
///
/// `Some(false)` is no proof of the opposite where denominators and roots are products of sums, which are never
/// multiplied out, and where functions of the book have identities of their own.
pub fn equal(left: &Term, right: &Term) -> Option<bool> {
    if left == right {
        return Some(true);
    }
    if left.ty() != right.ty() {
        return Some(false);
    }
    Some(lower(left).ok()? == lower(right).ok()?)
}

/// The shortest way known to write `term`, of the same type. `None` when the term is too large to look at.
///
/// What comes back was lowered again and has the normal form of `term`. When factoring does not make it shorter,
/// the term itself comes back, after small clean-ups.
pub fn simplify(term: &Term) -> Option<Term> {
    simplify_with(term, &Letters::default())
}

/// As [`simplify`], with bound indices written by these letters where new ones are needed.
pub fn simplify_with(term: &Term, letters: &Letters) -> Option<Term> {
    if clean::too_deep(term) {
        return None;
    }
    let normal = lower(term).ok()?;
    let hint = order::Hint::with(term, letters);
    let kept = clean::clean(term, &hint);
    let kept = if lower(&kept).ok().as_ref() == Some(&normal) { kept } else { term.clone() };
    if term.ty().sort == Sort::Condition {
        return Some(kept);
    }
    let mut best = kept;
    let ways = [factor::factor(&normal).ok(), factor::factor_apart(&normal).ok().flatten()];
    for raised in ways.iter().flatten().filter_map(|way| raise::raise_factored(way, term.shape(), &hint)) {
        let same = || raised.ty() == term.ty() && lower(&raised).ok().as_ref() == Some(&normal);
        if price(&raised) < price(&best) && same() {
            best = raised;
        }
    }
    let Some((lettered, powers)) = whole::kept(term) else { return Some(best) };
    let shorter = simplify_with(&lettered, letters).and_then(|short| powers.put_back(&short));
    let shorter = shorter.filter(|short| short.ty() == term.ty() && price(short) < price(&best));
    Some(shorter.filter(|short| lower(short).ok().as_ref() == Some(&normal)).unwrap_or(best))
}

/// How long a line is for a reader, and then how many readings it writes down.
pub fn price(term: &Term) -> (usize, usize) {
    (cost(term), cost::readings(term))
}

#[cfg(test)]
mod tests;
