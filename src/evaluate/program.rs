//! What is evaluated: arrays with their axes, rules that compute their cells, and the data put in.

use super::array::{self, Array};
use super::code::Node;
use super::fault::Fault;
use super::integers::IntCode;
use super::layout::{Key, Layout};
use super::run::{Cell, Stored};
use super::scalar::Scalar;
use crate::math::expression::Mark;
use crate::math::name::Name;
use crate::math::source::Span;
use std::collections::BTreeMap;
use std::ops::Range;

/// A network, or a derivation with its network, ready to be evaluated for these sizes over any scalar.
#[derive(Debug)]
pub struct Program {
    pub(super) layouts: Vec<Layout>,
    pub(super) keys: BTreeMap<Key, usize>,
    pub(super) rules: Vec<Rule>,
    /// For each array, which rule gives each cell; empty where the data give all of it.
    pub(super) owners: Vec<Vec<Owner>>,
    /// How many index slots there are.
    pub(super) slots: usize,
    pub(super) leaves: Vec<Leaf>,
    /// For each array, the place of the block that outsiders see: without initial values.
    pub(super) windows: BTreeMap<Key, Vec<(i64, usize)>>,
}

/// One equation or line: how a cell of its target is computed.
#[derive(Debug)]
pub(super) struct Rule {
    /// The slot of the target.
    pub target: usize,
    /// The place in the target, over the free indices.
    pub at: Vec<IntCode>,
    /// The free indices: slot, first value, how many.
    pub ranges: Vec<(usize, i64, usize)>,
    /// What is computed.
    pub node: Node,
    /// Where it was written.
    pub span: Option<Span>,
}

/// Which rule gives a cell, and at which of its index values, counted with the last index running fastest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Owner {
    pub rule: u32,
    pub ordinal: u32,
}

impl Owner {
    /// No rule.
    pub(super) const NONE: Owner = Owner { rule: u32::MAX, ordinal: 0 };
}

/// An array that is not computed.
#[derive(Debug)]
pub(super) enum Leaf {
    /// A quantity of the data, at this slot.
    Input(Name, usize),
    /// An upstream gradient, and what it is when the data do not give it.
    Upstream(Name, usize, f64),
    /// Numbers of the file.
    Const(usize, Vec<f64>),
}

/// The data of an evaluation. Index axes come first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Given<S> {
    /// Inputs, parameters, initial values and given data.
    pub inputs: BTreeMap<Name, Array<S>>,
    /// Upstream gradients; a missing one is 0, that of the loss 1.
    pub upstream: BTreeMap<Name, Array<S>>,
    /// What is added to computed quantities once they are computed, as far as outsiders see them.
    pub nudges: BTreeMap<Name, Array<S>>,
}

impl Program {
    /// The axes that the data give, or get back, for an array: `None` when the program has no such array.
    pub fn dims(&self, name: &Name, mark: Mark) -> Option<Vec<usize>> {
        let key = Key::Quantity(name.clone(), mark);
        let window = self.windows.get(&key)?;
        let layout = &self.layouts[*self.keys.get(&key)?];
        Some(window.iter().map(|(_, count)| *count).chain(layout.dims[layout.index_axes()..].iter().copied()).collect())
    }

    /// The arrays before anything is computed. Fails when an input is missing or has other axes than the network says.
    pub(super) fn memory<S: Scalar>(&self, given: &Given<S>) -> Result<Vec<Stored<S>>, Fault> {
        let mut arrays: Vec<Stored<S>> = Vec::with_capacity(self.layouts.len());
        for (layout, owners) in self.layouts.iter().zip(&self.owners) {
            let state = |owner: &Owner| if *owner == Owner::NONE { Cell::Undefined } else { Cell::Pending };
            // Leaves are put in below; they need no zeros first.
            let count = if owners.is_empty() { 0 } else { layout.count() };
            arrays.push(Stored { data: vec![S::zero(); count], cells: owners.iter().map(state).collect() });
        }
        for leaf in &self.leaves {
            match leaf {
                Leaf::Const(slot, numbers) => {
                    arrays[*slot] = Stored::done(numbers.iter().copied().map(S::from_f64).collect());
                }
                Leaf::Input(name, slot) => {
                    let array = given.inputs.get(name);
                    let array = array.ok_or_else(|| Fault::error(format!("the data have no array for `{name}`")))?;
                    self.place(&Key::Quantity(name.clone(), Mark::Value), *slot, array, &mut arrays[*slot])?;
                }
                Leaf::Upstream(name, slot, otherwise) => match given.upstream.get(name) {
                    None => {
                        arrays[*slot] = Stored::done(vec![S::from_f64(*otherwise); self.layouts[*slot].count()]);
                    }
                    Some(array) => {
                        self.place(&Key::Quantity(name.clone(), Mark::Upstream), *slot, array, &mut arrays[*slot])?;
                    }
                },
            }
        }
        Ok(arrays)
    }

    /// Puts an array of the data into its slot.
    fn place<S: Scalar>(&self, key: &Key, slot: usize, array: &Array<S>, stored: &mut Stored<S>) -> Result<(), Fault> {
        let Key::Quantity(name, mark) = key else { return Ok(()) };
        let expected = self.dims(name, *mark).unwrap_or_default();
        if array.dims != expected || array.data.len() != array::count(&expected) {
            return Err(Fault::error(format!("`{name}` has the axes {:?}, not {expected:?}", array.dims)));
        }
        if stored.cells.is_empty() {
            *stored = Stored::done(array.data.clone());
            return Ok(());
        }
        for (cell, block) in
            self.window_cells(key, slot).into_iter().zip(array.data.chunks(self.layouts[slot].cell.max(1)))
        {
            stored.data[cell * block.len()..(cell + 1) * block.len()].copy_from_slice(block);
            stored.cells[cell] = Cell::Done;
        }
        Ok(())
    }

    /// The cells of the block that outsiders see, in order.
    fn window_cells(&self, key: &Key, slot: usize) -> Vec<usize> {
        let layout = &self.layouts[slot];
        let mut cells = vec![0usize];
        for (axis, (low, count)) in self.windows.get(key).into_iter().flatten().enumerate() {
            let start = (low - layout.lows[axis]).max(0) as usize;
            let size = layout.dims[axis];
            cells = cells.iter().flat_map(|cell| (start..start + count).map(move |at| cell * size + at)).collect();
        }
        cells
    }

    /// What is to be added to which cell of which array.
    pub(super) fn nudges<'g, S: Scalar>(&self, given: &'g Given<S>) -> BTreeMap<(usize, usize), &'g [S]> {
        let mut found = BTreeMap::new();
        for (name, array) in &given.nudges {
            let key = Key::Quantity(name.clone(), Mark::Value);
            if let Some(slot) = self.keys.get(&key) {
                let blocks = array.data.chunks(self.layouts[*slot].cell.max(1));
                found.extend(self.window_cells(&key, *slot).into_iter().map(|cell| (*slot, cell)).zip(blocks));
            }
        }
        found
    }

    /// What outsiders see of an array after an evaluation: index axes without initial values, absent entries 0.
    pub(super) fn seen<S: Scalar>(&self, arrays: &[Stored<S>], name: &Name, mark: Mark) -> Option<Array<S>> {
        let key = Key::Quantity(name.clone(), mark);
        let (slot, dims) = (*self.keys.get(&key)?, self.dims(name, mark)?);
        let (stored, size) = (&arrays[slot], self.layouts[slot].cell);
        let cells = self.window_cells(&key, slot);
        let data = cells.into_iter().flat_map(|cell| stored.data[cell * size..(cell + 1) * size].iter().copied());
        Some(Array { dims, data: data.collect() })
    }
}

impl Rule {
    /// How many cells it gives.
    pub(super) fn count(&self) -> usize {
        self.ranges.iter().map(|(_, _, count)| *count).product()
    }

    /// Sets the free indices to their values number `ordinal`.
    pub(super) fn seek(&self, ordinal: usize, indices: &mut [i64]) {
        let mut rest = ordinal;
        for (slot, low, count) in self.ranges.iter().rev() {
            indices[*slot] = low + (rest % count) as i64;
            rest /= count;
        }
    }

    /// The cells of the target that it gives at these index values: one, or a block when its left side has fewer
    /// subscripts than another line for the same array.
    pub(super) fn cells(&self, layout: &Layout, indices: &[i64]) -> Option<Range<usize>> {
        let mut cell = 0;
        for (axis, place) in self.at.iter().enumerate() {
            let at = place.value(indices, &|_, _| None)?;
            cell = cell * layout.dims[axis] + layout.position(axis, at)?;
        }
        let block = self.block(layout);
        Some(cell * block..(cell + 1) * block)
    }

    /// How many cells it gives at once.
    pub(super) fn block(&self, layout: &Layout) -> usize {
        layout.dims.get(self.at.len()..layout.index_axes()).map_or(1, array::count)
    }

    /// The fault with the place of this rule.
    pub(super) fn placed(&self, fault: Fault) -> Fault {
        match &self.span {
            Some(span) if fault.labels.is_empty() => fault.at(span, "in this equation"),
            _ => fault,
        }
    }
}
