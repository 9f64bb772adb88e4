//! Whether an integer expression stays in a range, for all sizes of at least 1 and all values of its indices.

use crate::math::expression::Binder;
use crate::math::integer::{Atom, Integer};
use std::collections::BTreeMap;

/// What can be said of a condition without knowing sizes and indices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Truth {
    /// It holds for all values.
    Always,
    /// It holds for no value.
    Never,
    /// It holds for some, or that cannot be told.
    Depends,
}

/// Whether `low ≤ place ≤ high`.
pub fn within(place: &Integer, low: &Integer, high: &Integer, ranges: &[Binder]) -> Truth {
    let (below, above) = (place.minus(low), high.minus(place));
    if never_negative(&below, ranges) && never_negative(&above, ranges) {
        Truth::Always
    } else if never_negative(&below.scaled(-1).offset(-1), ranges)
        || never_negative(&above.scaled(-1).offset(-1), ranges)
    {
        Truth::Never
    } else {
        Truth::Depends
    }
}

/// Whether `value ≥ 0` follows from the ranges of the indices and from sizes being at least 1.
fn never_negative(value: &Integer, ranges: &[Binder]) -> bool {
    let mut value = value.clone();
    // Each index is put to the end of its range where the value is least; ranges may speak of earlier indices.
    for range in ranges.iter().rev() {
        if let Some((coefficient, _)) = value.linear_in(&range.index) {
            let end = if coefficient >= 0 { range.low.clone() } else { range.high.clone() };
            value = value.substitute(&BTreeMap::from([(range.index.clone(), end)]));
        }
    }
    let mut least: i64 = 0;
    for (coefficient, atoms) in value.summands() {
        let is_size = atoms.iter().all(|(atom, exponent)| matches!(atom, Atom::Name(_)) && *exponent > 0);
        if !atoms.is_empty() && (coefficient < 0 || !is_size) {
            return false;
        }
        least = least.saturating_add(coefficient);
    }
    least >= 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_judged_for_all_sizes() {
        let (t, last) = (Integer::name("t"), Integer::name("T"));
        let one = Integer::number(1);
        let range = [Binder { index: "t".into(), low: one.clone(), high: last.clone() }];
        assert_eq!(within(&t, &one, &last, &range), Truth::Always);
        assert_eq!(within(&t.offset(-1), &one, &last, &range), Truth::Depends);
        assert_eq!(within(&Integer::number(0), &one, &last, &[]), Truth::Never);
        assert_eq!(within(&one, &one, &last, &[]), Truth::Always);
        assert_eq!(within(&last.offset(1), &one, &last, &[]), Truth::Never);
    }
}
