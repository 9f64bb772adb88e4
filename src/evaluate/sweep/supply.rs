//! Where leaves get their numbers in one run: from data, from draws kept in memory, or drawn again each time.

use super::machine::Machine;
use super::room::Leaf;
use crate::evaluate::array::Array;
use crate::evaluate::draws::Draws;
use crate::evaluate::fault::Fault;
use crate::math::name::Name;
use crate::math::network::{Quantity, Role};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Draws that all steps need are kept if they have no more entries than this together: 192 MiB.
const KEPT: usize = 24 << 20;

/// The numbers of one run.
#[derive(Clone, Copy)]
pub(super) struct Supply<'d> {
    pub draws: &'d dyn Draws,
    /// Arrays of the data, index axes first.
    pub given: &'d BTreeMap<Name, Array<f64>>,
    /// The seed of parameters.
    pub seed: u64,
    /// The seed of inputs and initial values.
    pub input_seed: u64,
}

impl<'d> Supply<'d> {
    /// Draws what all steps need, once, if it fits into memory.
    pub(super) fn kept(&self, machine: &Machine<'_>) -> BTreeMap<Name, Array<f64>> {
        let mut kept = BTreeMap::new();
        let mut total = 0usize;
        for leaf in machine.room.leaves.iter().filter(|leaf| leaf.place.is_some()) {
            let Some(quantity) = machine.network.quantity(&leaf.quantity) else { continue };
            if self.given.contains_key(&leaf.quantity) || kept.contains_key(&leaf.quantity) || !drawn(quantity) {
                continue;
            }
            let Ok(extents) = machine.room.extents(quantity, None) else { continue };
            let count = super::room::Room::count(&extents);
            total = total.saturating_add(count);
            if total > KEPT {
                break;
            }
            let mut data = vec![0.0; count];
            if self.whole(machine, quantity, &mut data).is_ok() {
                let dims = extents.iter().map(|extent| extent.count).collect();
                kept.insert(leaf.quantity.clone(), Array { dims, data });
            }
        }
        kept
    }

    /// All of a quantity.
    pub(super) fn array(&self, machine: &Machine<'_>, quantity: &Quantity) -> Result<Array<f64>, Fault> {
        let dims: Vec<usize> = machine.room.extents(quantity, None)?.iter().map(|extent| extent.count).collect();
        let mut data = vec![0.0; crate::evaluate::array::count(&dims)];
        self.whole(machine, quantity, &mut data)?;
        Ok(Array { dims, data })
    }

    /// Puts the block of a leaf at a place along the swept index into its buffer, or lends it.
    pub(super) fn fill(
        &self,
        machine: &Machine<'_>,
        kept: &'d BTreeMap<Name, Array<f64>>,
        leaf: &Leaf,
        step: i64,
        buffer: &mut Cow<'d, [f64]>,
    ) -> Result<(), Fault> {
        let quantity = machine.room.quantity(&leaf.quantity)?;
        let axis = leaf.place.as_ref().and_then(|_| machine.room.step_axis(quantity));
        let place = match &leaf.place {
            Some(place) => {
                let place = place.value(&|name| {
                    if name == &machine.graph.index { Some(step) } else { machine.room.sizes.get(name).copied() }
                });
                Some(place.ok_or_else(|| Fault::error(format!("`{}` is read at no whole number", leaf.quantity)))?)
            }
            None => None,
        };
        let range = axis.map(|axis| machine.room.range(&quantity.axes[axis])).transpose()?;
        let at = match (place, range) {
            (Some(place), Some((low, count))) => match usize::try_from(place - low).ok().filter(|at| *at < count) {
                Some(at) => Some(at),
                None if is_padded(machine, &leaf.quantity) => {
                    let own = buffer.to_mut();
                    own.clear();
                    own.resize(machine.room.buffers[leaf.buffer], 0.0);
                    return Ok(());
                }
                None => return Err(Fault::error(format!("`{}` is read at {place}, outside its range", leaf.quantity))),
            },
            _ => None,
        };
        if let (Some(axis), Some(place)) = (axis, place)
            && leaf.cases
            && has_case(machine, quantity, axis, place)
        {
            let reason =
                format!("`{}` has a case at {place}, and a sweep draws what is given as a whole", leaf.quantity);
            return Err(Fault::error(reason).hint("zeros past the end can be written `else 0`, as in `x[t-1 else 0]`"));
        }
        if let Some(array) = self.given.get(&leaf.quantity).or_else(|| kept.get(&leaf.quantity)) {
            return lend(machine, quantity, axis, at, array, buffer);
        }
        let own = buffer.to_mut();
        own.resize(machine.room.buffers[leaf.buffer], 0.0);
        match (&quantity.role, axis, place) {
            (Role::Const(numbers), _, _) => {
                let data: Vec<f64> = numbers.iter().map(crate::math::number::to_f64).collect();
                let dims = machine.room.extents(quantity, None)?.iter().map(|extent| extent.count).collect();
                copy(machine, quantity, axis, at, &Array { dims, data }, own)
            }
            (_, Some(axis), Some(place)) => self.block(machine, quantity, Some((axis, place)), own),
            _ => self.whole(machine, quantity, own),
        }
    }

    fn whole(&self, machine: &Machine<'_>, quantity: &Quantity, into: &mut [f64]) -> Result<(), Fault> {
        self.block(machine, quantity, None, into)
    }

    /// Draws a block: for every value of the index axes but the one that is fixed.
    fn block(
        &self,
        machine: &Machine<'_>,
        quantity: &Quantity,
        fixed: Option<(usize, i64)>,
        into: &mut [f64],
    ) -> Result<(), Fault> {
        let seed = if quantity.role == Role::Param { self.seed } else { self.input_seed };
        let mut ranges = Vec::new();
        for (axis, binder) in quantity.axes.iter().enumerate() {
            ranges.push(match fixed {
                Some((own, place)) if own == axis => (place, 1),
                _ => machine.room.range(binder)?,
            });
        }
        let cells: usize = ranges.iter().map(|(_, count)| count).product();
        if cells == 0 || into.is_empty() {
            return Ok(());
        }
        let size = into.len() / cells;
        let mut at: Vec<i64> = ranges.iter().map(|(low, _)| *low).collect();
        for block in into.chunks_exact_mut(size.max(1)) {
            self.draws.fill(&quantity.name, seed, &at, block);
            for (value, (low, count)) in at.iter_mut().zip(&ranges).rev() {
                *value += 1;
                if *value < low + *count as i64 {
                    break;
                }
                *value = *low;
            }
        }
        Ok(())
    }
}

/// Whether a quantity is read past its end somewhere, where it counts as 0.
fn is_padded(machine: &Machine<'_>, name: &Name) -> bool {
    let reads = machine.network.equations.iter().flat_map(|equation| equation.body.reads());
    reads.into_iter().any(|read| &read.quantity == name && read.padded)
}

/// Whether an equation says what a quantity that is given is at a place.
fn has_case(machine: &Machine<'_>, quantity: &Quantity, axis: usize, place: i64) -> bool {
    machine.network.equations_of(&quantity.name).any(|equation| {
        equation.at.get(axis).and_then(|at| at.value(&|name| machine.room.sizes.get(name).copied())) == Some(place)
    })
}

fn drawn(quantity: &Quantity) -> bool {
    matches!(quantity.role, Role::Param | Role::Input | Role::Initial)
}

fn lend<'d>(
    machine: &Machine<'_>,
    quantity: &Quantity,
    axis: Option<usize>,
    at: Option<usize>,
    array: &'d Array<f64>,
    buffer: &mut Cow<'d, [f64]>,
) -> Result<(), Fault> {
    let extents = machine.room.extents(quantity, None)?;
    let count = super::room::Room::count(&extents);
    if array.data.len() != count {
        let dims: Vec<usize> = extents.iter().map(|extent| extent.count).collect();
        return Err(Fault::error(format!("`{}` has the axes {:?}, not {dims:?}", quantity.name, array.dims)));
    }
    match (axis, at) {
        (Some(0), Some(at)) => {
            let size = extents[0].stride;
            *buffer = Cow::Borrowed(&array.data[at * size..(at + 1) * size]);
            Ok(())
        }
        (None, _) => {
            *buffer = Cow::Borrowed(&array.data);
            Ok(())
        }
        _ => {
            let size = extents.iter().enumerate().filter(|(own, _)| Some(*own) != axis).map(|(_, extent)| extent.count);
            let own = buffer.to_mut();
            own.resize(size.product(), 0.0);
            copy(machine, quantity, axis, at, array, own)
        }
    }
}

/// Copies the block at a place along an axis.
fn copy(
    machine: &Machine<'_>,
    quantity: &Quantity,
    axis: Option<usize>,
    at: Option<usize>,
    array: &Array<f64>,
    into: &mut [f64],
) -> Result<(), Fault> {
    let extents = machine.room.extents(quantity, None)?;
    let (Some(axis), Some(at)) = (axis, at) else {
        into.copy_from_slice(&array.data);
        return Ok(());
    };
    let (inner, count) = (extents[axis].stride, extents[axis].count);
    for (into, outer) in into.chunks_exact_mut(inner).zip(array.data.chunks_exact(inner * count)) {
        into.copy_from_slice(&outer[at * inner..(at + 1) * inner]);
    }
    Ok(())
}
