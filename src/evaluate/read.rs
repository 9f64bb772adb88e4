//! Readings: what stands at some subscripts of an array.

use super::code::{ReadCode, SubCode};
use super::fault::{Fault, Stop};
use super::layout::describe;
use super::run::{Cell, Memory, Ran};
use super::scalar::Scalar;
use std::borrow::Cow;

impl<'a, S: Scalar> Memory<'a, S> {
    /// The payload of `count` entries that is read; absent past the end in backward lines.
    pub(super) fn read(self, read: &ReadCode, count: usize, indices: &[i64]) -> Ran<'a, S> {
        let (layout, stored) = (&self.layouts[read.array], &self.arrays[read.array]);
        let (mut offset, mut axis) = (0, 0);
        while let Some(SubCode::At(place)) = read.subscripts.get(axis) {
            let at = self.integer(place, indices)?;
            match layout.position(axis, at) {
                Some(position) => offset += position * layout.strides[axis],
                None => return self.outside(read, axis, at, count),
            }
            axis += 1;
        }
        if axis == read.subscripts.len() {
            // The usual case: one block.
            return match self.ready(read, offset, count)? {
                true => Ok(Some(Cow::Borrowed(&stored.data[offset..offset + count]))),
                false => Ok(None),
            };
        }
        // The starts of all blocks that the remaining subscripts pick out; `None` past the end, where entries are 0.
        let mut starts = vec![Some(offset)];
        for (subscript, axis) in read.subscripts[axis..].iter().zip(axis..) {
            let (first, last, single) = match subscript {
                SubCode::At(place) => {
                    let at = self.integer(place, indices)?;
                    (at, at, true)
                }
                SubCode::All => {
                    let (low, high) = layout.range(axis);
                    (low, high, false)
                }
                SubCode::Range(low, high) => (self.integer(low, indices)?, self.integer(high, indices)?, false),
            };
            let mut positions = Vec::new();
            for at in first..=last {
                let position = layout.position(axis, at).map(|position| position * layout.strides[axis]);
                if position.is_none() && (single || !(read.padded || read.lenient)) {
                    return self.outside(read, axis, at, count);
                }
                positions.push(position);
                if positions.len() > count.max(1) {
                    break;
                }
            }
            let join = |(start, position): (Option<usize>, Option<usize>)| Some(start? + position?);
            starts = starts
                .iter()
                .flat_map(|start| positions.iter().map(move |position| (*start, *position)))
                .map(join)
                .collect();
        }
        let block = layout.strides.get(read.subscripts.len() - 1).copied().unwrap_or(1);
        if starts.len() * block != count {
            let (name, found) = (&layout.name, starts.len() * block);
            return Err(Fault::error(format!("a slice of `{name}` has {found} entries here, not {count}")).into());
        }
        let mut data = Vec::with_capacity(count);
        for start in starts {
            match start {
                Some(start) if self.ready(read, start, block)? => {
                    data.extend_from_slice(&stored.data[start..start + block])
                }
                _ => data.extend(std::iter::repeat_n(S::zero(), block)),
            }
        }
        Ok(Some(Cow::Owned(data)))
    }

    /// Whether the block is there; an error if it has to be computed first, or if nothing computes it.
    fn ready(self, read: &ReadCode, offset: usize, count: usize) -> Result<bool, Stop> {
        let (layout, stored) = (&self.layouts[read.array], &self.arrays[read.array]);
        if stored.cells.is_empty() || layout.cell == 0 || count == 0 {
            return Ok(true);
        }
        for cell in offset / layout.cell..=(offset + count - 1) / layout.cell {
            match stored.cell(cell) {
                Cell::Done => {}
                Cell::Pending | Cell::Started => return Err(Stop::Missing { array: read.array, cell }),
                Cell::Undefined if read.lenient && layout.cell >= count => return Ok(false),
                Cell::Undefined if read.lenient => {}
                Cell::Undefined => {
                    let place = describe(layout, cell);
                    return Err(Fault::error(format!("{place} is read, but no equation gives it a value")).into());
                }
            }
        }
        Ok(true)
    }

    fn outside(self, read: &ReadCode, axis: usize, at: i64, count: usize) -> Ran<'a, S> {
        if read.padded {
            return Ok(Some(Cow::Owned(vec![S::zero(); count])));
        }
        if read.lenient {
            return Ok(None);
        }
        let layout = &self.layouts[read.array];
        let (low, high) = layout.range(axis);
        let name = &layout.name;
        Err(Fault::error(format!("`{name}` is read at {at}, outside its range {low}..{high}"))
            .hint("give a case for the place past the end, or write `else 0` in the subscript")
            .into())
    }
}
