//! What is told of a run beside its norms: gradients by parameters, and what each path carries.

use super::Back;
use crate::evaluate::sweep::matrix::{dot, norm};
use crate::evaluate::sweep::phase::Value;
use crate::evaluate::sweep::tape::run;
use crate::math::flow::{Parameter, Run, Share};

impl Back<'_, '_, '_> {
    /// Notes what the step contributes to the gradients by parameters.
    pub(super) fn parameters(&mut self, position: usize) {
        let machine = self.walker.machine;
        let phase = &machine.phases[machine.phase_of[position]];
        let log = self.logs[0];
        for contribution in &phase.parameters {
            let walker = &mut *self.walker;
            run(&contribution.code, &mut walker.buffers, machine.places[position], &mut walker.table);
            let size = match &contribution.value {
                Value::Whole(buffer) => norm(&walker.buffers[*buffer]),
                Value::Outer { a, b } => norm(&walker.buffers[*a]) * norm(&walker.buffers[*b]),
            };
            let size = log + libm::log(size);
            self.squares.entry(contribution.quantity.clone()).or_default().push(size);
            if let (true, Value::Whole(buffer)) = (contribution.shared, &contribution.value) {
                let own = &walker.buffers[*buffer];
                let (total, scale) =
                    self.totals.entry(contribution.quantity.clone()).or_insert_with(|| (vec![0.0; own.len()], log));
                if log - *scale > 100.0 {
                    let shrink = libm::exp(*scale - log);
                    total.iter_mut().for_each(|entry| *entry *= shrink);
                    *scale = log;
                }
                let weight = libm::exp(log - *scale);
                total.iter_mut().zip(own.iter()).for_each(|(total, entry)| *total += weight * entry);
            }
        }
    }

    /// Notes what each path carries in this step.
    pub(super) fn paths(&mut self, position: usize) {
        let machine = self.walker.machine;
        let phase = &machine.phases[machine.phase_of[position]];
        let walker = &mut *self.walker;
        let came: f64 = {
            let own = machine.room.incoming.values().map(|buffer| norm(&walker.buffers[*buffer]));
            own.fold(0.0, libm::hypot)
        };
        let mut whole = 0.0;
        for (_, ring) in &machine.carried {
            for buffer in &ring[1..] {
                let all = &walker.buffers[*buffer];
                let size = all.len() / machine.room.lanes;
                let own = norm(&all[..size]);
                whole += own * own;
            }
        }
        if self.run.shares.len() < machine.paths.len() {
            let none = Share { steps: Vec::new(), gain: Vec::new(), edges: Vec::new() };
            self.run.shares.resize(machine.paths.len(), none);
        }
        // A path that this step does not have carries nothing.
        for share in &mut self.run.shares {
            share.steps.push(0.0);
            share.gain.push(f64::NEG_INFINITY);
        }
        for path in &phase.paths {
            let share = &mut self.run.shares[path.number];
            run(&path.code, &mut walker.buffers, machine.places[position], &mut walker.table);
            let sizes: Vec<f64> = path.buffers.iter().map(|buffer| norm(&walker.buffers[*buffer])).collect();
            let end = machine.carried.iter().find(|(name, _)| name == &path.end.0);
            let end = end.and_then(|(_, ring)| ring.get(path.end.1 as usize));
            let Some(end) = end else { continue };
            let own = &walker.buffers[path.buffers[path.buffers.len() - 1]];
            let product = dot(own, &walker.buffers[*end][..own.len()]);
            let at = share.steps.len() - 1;
            share.steps[at] = if whole > 0.0 { product / whole } else { f64::NAN };
            share.gain[at] = libm::log(sizes[sizes.len() - 1]) - libm::log(came);
            if share.edges.is_empty() {
                share.edges = vec![0.0; sizes.len() - 1];
            }
            // Where nothing passes, no edge has a factor of its own.
            if share.gain[at].is_finite() {
                let edges = sizes.windows(2).map(|pair| libm::log(pair[1]) - libm::log(pair[0]));
                share.edges.iter_mut().zip(edges).for_each(|(sum, edge)| *sum += edge);
            }
        }
    }

    /// Puts curves into the order of places, and averages.
    pub(super) fn finish(mut self, steps: usize) -> (Run, Vec<(usize, Vec<f64>)>) {
        let mut run = std::mem::take(&mut self.run);
        run.gradient.iter_mut().chain(&mut run.states).for_each(|curve| curve.reverse());
        run.bound.reverse();
        for share in &mut run.shares {
            let count = share.gain.iter().filter(|gain| gain.is_finite()).count() as f64;
            share.steps.reverse();
            share.gain.reverse();
            share.edges.iter_mut().for_each(|edge| *edge = if count > 0.0 { *edge / count } else { f64::NEG_INFINITY });
        }
        for (quantity, mut sizes) in std::mem::take(&mut self.squares) {
            sizes.reverse();
            let total = self.totals.get(&quantity);
            let whole = match total {
                Some((entries, scale)) => scale + libm::log(norm(entries)),
                None => root_of_squares(&sizes),
            };
            run.parameters.push(Parameter { quantity, shared: total.is_some(), steps: sizes, whole });
        }
        run.exponents = self.spectrum.sums.iter().map(|sum| sum / steps.max(1) as f64).collect();
        // In the long run they come in falling order by themselves; over a few steps chance decides.
        run.exponents.sort_by(|one, other| other.total_cmp(one));
        if self.spectrum.factors.is_some() {
            run.singular_values = self.spectrum.singular_values();
        }
        self.samples.reverse();
        (run, self.samples)
    }
}

/// ln √Σ e^(2x)
fn root_of_squares(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return largest;
    }
    largest + 0.5 * libm::log(logs.iter().map(|log| libm::exp(2.0 * (log - largest))).sum::<f64>())
}
