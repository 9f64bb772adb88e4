//! Arrays compared where both are in range.

use crate::evaluate::claims::{Placed, difference};

/// Whether two arrays are equal where both are in range: a name may run one step further than what it stands for.
pub fn same(one: &Placed, other: &Placed) -> bool {
    if one.array.dims == other.array.dims && one.lows == other.lows {
        return difference(one, other).is_none();
    }
    cut(one, other).zip(cut(other, one)).is_some_and(|(one, other)| difference(&one, &other).is_none())
}

/// The part of an array that lies in the range of another.
pub fn cut(one: &Placed, other: &Placed) -> Option<Placed> {
    if one.array.dims.len() != other.array.dims.len() || one.lows.len() != other.lows.len() {
        return None;
    }
    let mut keep: Vec<(usize, usize)> = Vec::new();
    for (axis, dim) in one.array.dims.iter().enumerate() {
        let (low, other_low) = match (one.lows.get(axis), other.lows.get(axis)) {
            (Some(low), Some(other)) => (*low, *other),
            _ => (1, 1),
        };
        let (high, other_high) = (low + *dim as i64 - 1, other_low + other.array.dims[axis] as i64 - 1);
        let (from, to) = (low.max(other_low), high.min(other_high));
        if axis >= one.lows.len() && (low, high) != (other_low, other_high) {
            return None;
        }
        keep.push((usize::try_from(from - low).ok()?, usize::try_from(to - low + 1).ok()?));
    }
    let mut data = Vec::new();
    for (position, entry) in one.array.data.iter().enumerate() {
        let mut rest = position;
        let mut inside = true;
        for (axis, dim) in one.array.dims.iter().enumerate().rev() {
            let at = rest % dim;
            rest /= dim;
            inside &= (keep[axis].0..keep[axis].1).contains(&at);
        }
        if inside {
            data.push(*entry);
        }
    }
    let dims: Vec<usize> = keep.iter().map(|(from, to)| to - from).collect();
    let lows = one.lows.iter().zip(&keep).map(|(low, (from, _))| low + *from as i64).collect();
    Some(Placed { lows, array: crate::evaluate::Array { dims, data } })
}
