//! The order of evaluation: cell by cell, each after the cells it needs.
//!
//! A rule is run; where it finds a cell missing, that cell's rule is run first, and the rule then again. The pending
//! cells are kept on a stack of our own, so that a recurrence over 100 000 steps in either direction is no deeper than any other.

use super::array::Array;
use super::fault::{Fault, Stop};
use super::layout::describe;
use super::program::{Given, Owner, Program};
use super::run::{Cell, Memory, Stored};
use super::scalar::Scalar;
use crate::math::expression::Mark;
use crate::math::name::Name;
use std::collections::BTreeMap;

/// All arrays of an evaluation.
#[derive(Debug)]
pub struct Values<'a, S> {
    program: &'a Program,
    arrays: Vec<Stored<S>>,
}

impl Program {
    /// Evaluates everything. Fails when an input is missing, a reading is out of range, or cells need each other.
    pub fn run<S: Scalar>(&self, given: &Given<S>) -> Result<Values<'_, S>, Fault> {
        let mut arrays = self.memory(given)?;
        let nudges = self.nudges(given);
        let mut indices = vec![0; self.slots];
        for (number, rule) in self.rules.iter().enumerate() {
            for ordinal in 0..rule.count() {
                let owner = Owner { rule: number as u32, ordinal: ordinal as u32 };
                self.settle(owner, &mut arrays, &nudges, &mut indices)?;
            }
        }
        Ok(Values { program: self, arrays })
    }

    /// Computes one cell, and those it needs before.
    pub(super) fn settle<S: Scalar>(
        &self,
        owner: Owner,
        arrays: &mut [Stored<S>],
        nudges: &BTreeMap<(usize, usize), &[S]>,
        indices: &mut [i64],
    ) -> Result<(), Fault> {
        let mut stack: Vec<Owner> = vec![owner];
        while let Some(top) = stack.last().copied() {
            match self.step(top, arrays, nudges, indices) {
                Ok(()) => {
                    stack.pop();
                }
                // A term takes note of what is absent in it, and has a value all the same.
                Err(Stop::Absent) => {
                    stack.pop();
                }
                Err(Stop::Fault(fault)) => return Err(self.rules[top.rule as usize].placed(*fault)),
                Err(Stop::Missing { array, cell }) => {
                    if arrays[array].cells[cell] == Cell::Started {
                        return Err(self.circle(&stack, self.owners[array][cell], indices));
                    }
                    stack.push(self.owners[array][cell]);
                }
            }
        }
        Ok(())
    }

    /// Computes what a rule gives at once, unless it is done: a cell, or a block of them.
    fn step<S: Scalar>(
        &self,
        owner: Owner,
        arrays: &mut [Stored<S>],
        nudges: &BTreeMap<(usize, usize), &[S]>,
        indices: &mut [i64],
    ) -> Result<(), Stop> {
        let rule = &self.rules[owner.rule as usize];
        let layout = &self.layouts[rule.target];
        rule.seek(owner.ordinal as usize, indices);
        let Some(cells) = rule.cells(layout, indices) else { return Ok(()) };
        if cells.clone().all(|cell| arrays[rule.target].cells[cell] == Cell::Done) {
            return Ok(());
        }
        arrays[rule.target].cells[cells.clone()].fill(Cell::Started);
        let payload =
            Memory { layouts: &self.layouts, arrays }.run(&rule.node, indices)?.map(|payload| payload.into_owned());
        let stored = &mut arrays[rule.target];
        if let Some(payload) = payload {
            // What is absent as a whole is 0, as it was from the beginning.
            stored.data[cells.start * layout.cell..cells.end * layout.cell].copy_from_slice(&payload);
        }
        for cell in cells {
            if let Some(nudge) = nudges.get(&(rule.target, cell)) {
                let entries = &mut stored.data[cell * layout.cell..(cell + 1) * layout.cell];
                entries.iter_mut().zip(*nudge).for_each(|(entry, nudge)| *entry += *nudge);
            }
            stored.cells[cell] = Cell::Done;
        }
        Ok(())
    }

    /// The error that a cell needs itself, by way of the cells above it on the stack.
    fn circle(&self, stack: &[Owner], first: Owner, indices: &mut [i64]) -> Fault {
        let from = stack.iter().position(|owner| *owner == first).unwrap_or(0);
        let mut places: Vec<String> = Vec::new();
        for owner in stack[from..].iter().take(8) {
            let rule = &self.rules[owner.rule as usize];
            rule.seek(owner.ordinal as usize, indices);
            places.extend(
                rule.cells(&self.layouts[rule.target], indices)
                    .map(|cells| describe(&self.layouts[rule.target], cells.start)),
            );
        }
        if stack.len() - from > places.len() {
            places.push("…".into());
        }
        let start = places.first().cloned().unwrap_or_default();
        let fault = Fault::error(format!("{start} is needed for its own value: {} → {start}", places.join(" → ")));
        self.rules[first.rule as usize].placed(fault)
    }
}

impl<S: Scalar> Values<'_, S> {
    /// The array of a quantity, index axes first and without initial values; `None` if the program has none.
    pub fn array(&self, name: &Name, mark: Mark) -> Option<Array<S>> {
        self.program.seen(&self.arrays, name, mark)
    }

    /// All arrays, by slot, with initial values.
    pub(super) fn stored(&self) -> &[Stored<S>] {
        &self.arrays
    }
}
