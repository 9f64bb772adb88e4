//! The way there: values step by step, with what the way back will need of them.

use super::machine::Machine;
use super::supply::Supply;
use super::tape::{Buffers, run};
use crate::evaluate::array::Array;
use crate::evaluate::fault::Fault;
use crate::evaluate::program::{Given, Program};
use crate::math::expression::Mark;
use crate::math::flow::{Divergence, Forward, SATURATED};
use crate::math::name::Name;
use crate::math::network::Role;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// All values of a run are kept if they have no more entries than this: 96 MiB.
const KEPT: usize = 12 << 20;

/// A run on its way.
pub(super) struct Walker<'m, 'd> {
    pub machine: &'m Machine<'m>,
    pub supply: Supply<'d>,
    pub kept: &'d BTreeMap<Name, Array<f64>>,
    pub buffers: Buffers<'d>,
    pub table: Vec<Option<usize>>,
    /// The buffers whose contents belong to a place.
    own: Vec<usize>,
    /// How many entries these have.
    size: usize,
    /// How many places lie between two checkpoints; 1 when all are kept.
    stride: usize,
    checkpoints: Vec<Vec<f64>>,
    /// The places of one stretch between checkpoints: the first position, then the contents.
    stretch: (usize, Vec<Vec<f64>>),
}

impl<'m, 'd> Walker<'m, 'd> {
    pub(super) fn new(
        machine: &'m Machine<'m>,
        supply: Supply<'d>,
        kept: &'d BTreeMap<Name, Array<f64>>,
    ) -> Result<Self, Fault> {
        let mut buffers: Buffers<'d> = machine.room.buffers.iter().map(|size| Cow::Owned(vec![0.0; *size])).collect();
        for (buffer, numbers) in &machine.room.constants {
            buffers[*buffer] = Cow::Owned(numbers.clone());
        }
        let mut own: Vec<usize> = machine.values.iter().map(|(_, buffer)| *buffer).collect();
        own.extend(machine.rings.iter().flat_map(|ring| ring.iter().skip(1).copied()));
        let size: usize = own.iter().map(|buffer| machine.room.buffers[*buffer]).sum();
        let count = machine.places.len();
        let all = size.saturating_mul(count) <= KEPT;
        let stride = if all { 1 } else { (libm::sqrt(count as f64) as usize).max(1) };
        let mut walker = Walker {
            machine,
            supply,
            kept,
            buffers,
            table: Vec::new(),
            own,
            size,
            stride,
            checkpoints: Vec::new(),
            stretch: (0, Vec::new()),
        };
        for leaf in &machine.room.leaves {
            if walker.moves(leaf) {
                continue;
            }
            let mut buffer = std::mem::take(&mut walker.buffers[leaf.buffer]);
            let filled = supply.fill(machine, kept, leaf, 0, &mut buffer);
            walker.buffers[leaf.buffer] = buffer;
            filled?;
        }
        run(&machine.prelude, &mut walker.buffers, 0, &mut walker.table);
        Ok(walker)
    }

    /// Whether a leaf is another block at every step.
    fn moves(&self, leaf: &super::room::Leaf) -> bool {
        leaf.place.as_ref().is_some_and(|place| place.names().contains(&self.machine.graph.index))
    }

    /// Draws the blocks of a step.
    fn leaves(&mut self, position: usize) -> Result<(), Fault> {
        let (machine, step) = (self.machine, self.machine.places[position]);
        for leaf in &machine.room.leaves {
            // A step that does not read a block does not need it to exist.
            let needed = machine.phases[machine.phase_of[position]].reads_leaf(leaf.buffer);
            if self.moves(leaf) && needed {
                let mut buffer = std::mem::take(&mut self.buffers[leaf.buffer]);
                let filled = self.supply.fill(machine, self.kept, leaf, step, &mut buffer);
                self.buffers[leaf.buffer] = buffer;
                filled?;
            }
        }
        Ok(())
    }

    /// Computes one step from the one before.
    fn step(&mut self, position: usize) -> Result<(), Fault> {
        let machine = self.machine;
        for ring in &machine.rings {
            for back in (1..ring.len()).rev() {
                self.buffers.swap(ring[back], ring[back - 1]);
            }
        }
        self.leaves(position)?;
        let phase = &machine.phases[machine.phase_of[position]];
        run(&phase.forward, &mut self.buffers, machine.places[position], &mut self.table);
        Ok(())
    }

    /// Puts values that are computed after the loop into their buffers, by evaluating the whole network.
    pub(super) fn late_values(&mut self, wanted: &[(Name, usize)]) -> Result<(), Fault> {
        if wanted.is_empty() {
            return Ok(());
        }
        let machine = self.machine;
        let program = Program::forward(machine.network, &machine.room.sizes)?;
        let mut given = Given::default();
        for quantity in machine.network.quantities.values() {
            if quantity.role.is_learned() || quantity.role == Role::Given {
                let array = match self.supply.given.get(&quantity.name).or_else(|| self.kept.get(&quantity.name)) {
                    Some(array) => array.clone(),
                    None => self.supply.array(machine, quantity)?,
                };
                given.inputs.insert(quantity.name.clone(), array);
            }
        }
        let values = program.run(&given)?;
        for (name, buffer) in wanted {
            let array = values.array(name, Mark::Value).filter(|array| array.data.len() == self.buffers[*buffer].len());
            let array = array.ok_or_else(|| Fault::error(format!("`{name}` has no value after the loop")))?;
            self.buffers[*buffer] = Cow::Owned(array.data);
        }
        Ok(())
    }

    fn snapshot(&self) -> Vec<f64> {
        let mut all = Vec::with_capacity(self.size);
        self.own.iter().for_each(|buffer| all.extend_from_slice(&self.buffers[*buffer]));
        all
    }

    fn restore(&mut self, all: &[f64]) {
        let mut rest = all;
        for buffer in &self.own {
            let (own, more) = rest.split_at(self.machine.room.buffers[*buffer]);
            self.buffers[*buffer].to_mut().copy_from_slice(own);
            rest = more;
        }
    }

    /// Computes all steps. Returns statistics, and where values stopped being finite.
    pub(super) fn forward(&mut self, statistics: bool) -> Result<(Vec<Forward>, Option<Divergence>), Fault> {
        let machine = self.machine;
        let mut tally = Tally::new(machine, statistics);
        for position in 0..machine.places.len() {
            self.step(position)?;
            if let Some((name, _)) = machine.values.iter().find(|(_, buffer)| !finite(&self.buffers[*buffer])) {
                let at_start = position <= machine.origin;
                let place = machine.places[position];
                if at_start {
                    return Err(Fault::error(format!("`{name}` is not finite at the initial state")));
                }
                return Ok((tally.found, Some(Divergence { place, quantity: name.clone() })));
            }
            if position >= machine.origin {
                tally.add(self, position);
            }
            if self.stride == 1 {
                let snapshot = self.snapshot();
                self.stretch.1.push(snapshot);
            } else if position.is_multiple_of(self.stride) {
                let snapshot = self.snapshot();
                self.checkpoints.push(snapshot);
            }
        }
        Ok((tally.found, None))
    }

    /// Goes back to a place: its values and blocks are there again.
    pub(super) fn revisit(&mut self, position: usize) -> Result<(), Fault> {
        let inside = |stretch: &(usize, Vec<Vec<f64>>)| position >= stretch.0 && position < stretch.0 + stretch.1.len();
        if !inside(&self.stretch) {
            let number = position / self.stride;
            let first = number * self.stride;
            let start = std::mem::take(&mut self.checkpoints[number]);
            self.restore(&start);
            self.checkpoints[number] = start;
            let mut stretch = vec![self.snapshot()];
            for next in first + 1..=position {
                self.step(next)?;
                stretch.push(self.snapshot());
            }
            self.stretch = (first, stretch);
        }
        let snapshot = std::mem::take(&mut self.stretch.1[position - self.stretch.0]);
        self.restore(&snapshot);
        let at = position - self.stretch.0;
        self.stretch.1[at] = snapshot;
        self.leaves(position)
    }
}

fn finite(values: &[f64]) -> bool {
    // A sum is finite unless an entry is not, or they are all too large anyway.
    values.iter().fold(0.0, |sum, value| sum + value * 0.0) == 0.0
}

/// Statistics while they are gathered.
struct Tally {
    found: Vec<Forward>,
    statistics: bool,
}

impl Tally {
    fn new(machine: &Machine<'_>, statistics: bool) -> Tally {
        let row = |(name, _): &(Name, usize)| Forward {
            quantity: name.clone(),
            mean: Vec::new(),
            variance: Vec::new(),
            saturated: Vec::new(),
            dead: Vec::new(),
        };
        Tally { found: if statistics { machine.values.iter().map(row).collect() } else { Vec::new() }, statistics }
    }

    fn add(&mut self, walker: &mut Walker<'_, '_>, position: usize) {
        if !self.statistics {
            return;
        }
        let machine = walker.machine;
        let phase = &machine.phases[machine.phase_of[position]];
        for (own, (name, buffer)) in self.found.iter_mut().zip(&machine.values) {
            let values = &walker.buffers[*buffer];
            let computed = phase.forward.iter().any(|instruction| instruction.out() == *buffer);
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
            own.mean.push(if computed { mean } else { f64::NAN });
            own.variance.push(if computed { variance } else { f64::NAN });
            let slope = phase.slopes.iter().find(|slope| &slope.quantity == name);
            let known = machine.phases.iter().any(|phase| phase.slopes.iter().any(|slope| &slope.quantity == name));
            let (saturated, dead) = match slope {
                Some(slope) => {
                    run(&slope.code, &mut walker.buffers, machine.places[position], &mut walker.table);
                    shares(&walker.buffers[slope.buffer], slope.units)
                }
                None if known => (f64::NAN, f64::NAN),
                None => continue,
            };
            own.saturated.push(saturated);
            own.dead.push(dead);
        }
    }
}

/// The shares of saturated entries and of dead units.
fn shares(slopes: &[f64], units: usize) -> (f64, f64) {
    let steepest = slopes.iter().fold(0.0f64, |most, slope| most.max(slope.abs()));
    let flat = |slope: &&f64| **slope != 0.0 && slope.abs() < SATURATED * steepest;
    let saturated = slopes.iter().filter(flat).count() as f64 / slopes.len().max(1) as f64;
    let dead = (0..units).filter(|unit| slopes.iter().skip(*unit).step_by(units).all(|slope| *slope == 0.0)).count();
    (saturated, dead as f64 / units.max(1) as f64)
}
