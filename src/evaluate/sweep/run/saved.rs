//! Going back to where a block began, when its columns must be made orthogonal more often.

use super::Back;
use crate::math::name::Name;
use std::collections::BTreeMap;

/// What must be put back when a block is computed again.
#[derive(Default)]
pub(super) struct Saved {
    pub position: usize,
    buffers: Vec<(usize, Vec<f64>)>,
    logs: Vec<f64>,
    noted: usize,
    steps: usize,
    edges: Vec<Vec<f64>>,
    squares: BTreeMap<Name, Vec<f64>>,
    totals: BTreeMap<Name, (Vec<f64>, f64)>,
    samples: usize,
    bounds: usize,
}

impl Back<'_, '_, '_> {
    pub(super) fn save(&self, position: usize) -> Saved {
        if self.spectrum.count == 0 {
            return Saved { position, ..Saved::default() };
        }
        let machine = self.walker.machine;
        let buffers = machine.carried.iter().flat_map(|(_, ring)| ring[..ring.len() - 1].iter());
        Saved {
            position,
            buffers: buffers.map(|buffer| (*buffer, self.walker.buffers[*buffer].to_vec())).collect(),
            logs: self.logs.clone(),
            noted: self.run.gradient[0].len(),
            steps: self.run.shares.first().map_or(0, |share| share.steps.len()),
            edges: self.run.shares.iter().map(|share| share.edges.clone()).collect(),
            squares: self.squares.clone(),
            totals: self.totals.clone(),
            samples: self.samples.len(),
            bounds: self.run.bound.len(),
        }
    }

    pub(super) fn undo(&mut self, saved: &Saved) {
        for (buffer, entries) in &saved.buffers {
            self.walker.buffers[*buffer].to_mut().copy_from_slice(entries);
        }
        self.logs.clone_from(&saved.logs);
        self.run.gradient.iter_mut().chain(&mut self.run.states).for_each(|curve| curve.truncate(saved.noted));
        for (number, share) in self.run.shares.iter_mut().enumerate() {
            share.steps.truncate(saved.steps);
            share.gain.truncate(saved.steps);
            share.edges = saved.edges.get(number).cloned().unwrap_or_default();
        }
        self.squares.clone_from(&saved.squares);
        self.totals.clone_from(&saved.totals);
        self.samples.truncate(saved.samples);
        self.run.bound.truncate(saved.bounds);
    }
}
