//! Where a contribution holds.

use crate::derive::range::{Truth, within};
use crate::math::expression::{Binder, Relation};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::BTreeMap;

/// A condition on the place of an adjoint.
#[derive(Clone)]
pub(super) enum Limit {
    /// `low ≤ place ≤ high`; outside, the adjoint that is read in the term does not exist and counts as 0 on the sides
    /// that are `open`.
    Between { place: Integer, low: Integer, high: Integer, open_below: bool, open_above: bool },
    /// `place = other`
    Equal { place: Integer, other: Integer },
}

impl Limit {
    /// What stands in a slice; past its ends the adjoint of the slice counts as 0.
    pub(super) fn slice(place: Integer, low: Integer, high: Integer) -> Limit {
        Limit::Between { place, low, high, open_below: true, open_above: true }
    }

    /// The same with integers put for indices.
    pub(super) fn put(&self, put: &BTreeMap<Name, Integer>) -> Limit {
        match self {
            Limit::Between { place, low, high, open_below, open_above } => Limit::Between {
                place: place.substitute(put),
                low: low.substitute(put),
                high: high.substitute(put),
                open_below: *open_below,
                open_above: *open_above,
            },
            Limit::Equal { place, other } => {
                Limit::Equal { place: place.substitute(put), other: other.substitute(put) }
            }
        }
    }

    /// Whether it holds for all values of the indices, for none, or depends; then also the comparisons to make.
    pub(super) fn judge(&self, ranges: &[Binder]) -> (Truth, Vec<(Relation, Integer, Integer)>) {
        match self {
            Limit::Equal { place, other } => {
                let truth = within(place, other, other, ranges);
                (truth, vec![(Relation::Equal, place.clone(), other.clone())])
            }
            Limit::Between { place, low, high, open_below, open_above } => {
                let truth = within(place, low, high, ranges);
                if truth != Truth::Depends {
                    return (truth, Vec::new());
                }
                let mut tests = Vec::new();
                let above = Integer::number(0);
                if !open_below && within(&place.minus(low), &above, &place.minus(low), ranges) != Truth::Always {
                    tests.push((Relation::GreaterEqual, place.clone(), low.clone()));
                }
                if !open_above && within(&high.minus(place), &above, &high.minus(place), ranges) != Truth::Always {
                    tests.push((Relation::LessEqual, place.clone(), high.clone()));
                }
                (if tests.is_empty() { Truth::Always } else { Truth::Depends }, tests)
            }
        }
    }
}
