//! Places in an array that no strides can tell: padded readings, quotients, given integers. And integers as numbers.

use super::form::Axis;
use super::tape::Buffers;
use crate::math::integer::{Atom, Integer};
use crate::math::name::Name;
use std::collections::BTreeMap;

/// Integer expressions over axes, evaluated at every value of these axes.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// The axes with their names, the last one running fastest.
    axes: Vec<(Name, Axis)>,
    /// The subscripts: what it is, the first value of the axis it reads, how many entries that has, how far apart.
    subscripts: Vec<(Integer, i64, usize, usize)>,
    /// The name of the step, if it occurs.
    step: Option<Name>,
    /// Arrays of given integers: buffer, and for each axis the first value, how many, how far apart.
    given: BTreeMap<Name, Given>,
    /// The table, if it is the same at all steps.
    fixed: Option<Vec<Option<usize>>>,
}

/// An array of given integers: its buffer; first value, how many and how far apart along each axis.
pub(super) type Given = (usize, Vec<(i64, usize, usize)>);

impl Places {
    /// Expressions in which only the names of axes, the step and given arrays are left.
    pub(super) fn new(
        axes: Vec<(Name, Axis)>,
        subscripts: Vec<(Integer, i64, usize, usize)>,
        step: Option<Name>,
        given: BTreeMap<Name, Given>,
    ) -> Places {
        let mut places = Places { axes, subscripts, step, given, fixed: None };
        if places.step.is_none() && places.given.is_empty() {
            let mut table = Vec::new();
            places.fill(&Vec::new(), 0, &mut table);
            places.fixed = Some(table);
        }
        places
    }

    /// Whether it is the same at all steps.
    pub(super) fn is_fixed(&self) -> bool {
        self.fixed.is_some()
    }

    /// Whether all places are in range, as far as that is known beforehand.
    pub(super) fn inside(&self) -> Option<bool> {
        self.fixed.as_ref().map(|table| table.iter().all(Option::is_some))
    }

    /// The places, one for each value of the axes; `None` past an end.
    pub(super) fn table<'a>(
        &'a self,
        buffers: &Buffers<'_>,
        step: i64,
        room: &'a mut Vec<Option<usize>>,
    ) -> &'a [Option<usize>] {
        match &self.fixed {
            Some(table) => table,
            None => {
                self.fill(buffers, step, room);
                room
            }
        }
    }

    fn fill(&self, buffers: &Buffers<'_>, step: i64, table: &mut Vec<Option<usize>>) {
        table.clear();
        self.each(|values| {
            let mut place = Some(0);
            for (integer, low, count, stride) in &self.subscripts {
                let at = self.value(integer, values, buffers, step).and_then(|at| usize::try_from(at - low).ok());
                let at = at.filter(|at| at < count);
                place = place.zip(at).map(|(place, at)| place + at * stride);
            }
            table.push(place);
        });
    }

    /// The first expression as a number at each value of the axes; NaN where it has none.
    pub(super) fn numbers(&self, buffers: &Buffers<'_>, step: i64, out: &mut [f64]) {
        let mut entries = out.iter_mut();
        let Some((integer, ..)) = self.subscripts.first() else { return };
        self.each(|values| {
            if let Some(entry) = entries.next() {
                *entry = self.value(integer, values, buffers, step).map_or(f64::NAN, |value| value as f64);
            }
        });
    }

    fn each(&self, mut visit: impl FnMut(&[i64])) {
        let mut values: Vec<i64> = self.axes.iter().map(|(_, axis)| axis.low).collect();
        if self.axes.iter().any(|(_, axis)| axis.count == 0) {
            return;
        }
        loop {
            visit(&values);
            let mut number = self.axes.len();
            loop {
                let Some(next) = number.checked_sub(1) else { return };
                number = next;
                let axis = self.axes[number].1;
                values[number] += 1;
                if values[number] < axis.low + axis.count as i64 {
                    break;
                }
                values[number] = axis.low;
            }
        }
    }

    fn value(&self, integer: &Integer, values: &[i64], buffers: &Buffers<'_>, step: i64) -> Option<i64> {
        integer.evaluate(&|atom| match atom {
            Atom::Name(name) if self.step.as_ref() == Some(name) => Some(step),
            // The innermost of two axes of one name is meant.
            Atom::Name(name) => self.axes.iter().rposition(|(own, _)| own == name).map(|number| values[number]),
            Atom::Given(name, subscripts) => {
                let (buffer, axes) = self.given.get(name)?;
                let mut place = 0;
                for (subscript, (low, count, stride)) in subscripts.iter().zip(axes) {
                    let at = usize::try_from(self.value(subscript, values, buffers, step)? - low).ok()?;
                    place += (at < *count).then_some(at * stride)?;
                }
                let value = *buffers.get(*buffer)?.get(place)?;
                (libm::rint(value) == value && value.abs() < 1e15).then_some(value as i64)
            }
            _ => None,
        })
    }
}
