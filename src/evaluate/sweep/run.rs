//! One run of a sweep: there and back.

use super::forward::Walker;
use super::machine::Machine;
use super::matrix::{dot, norm};
use super::phase::Value;
use super::spectrum::{Quality, Spectrum, norm_of};
use super::supply::Supply;
use super::tape::run;
use crate::evaluate::fault::Fault;
use crate::evaluate::random::Stream;
use crate::math::flow::{Parameter, Plan, Run, Share, Start};
use crate::math::name::Name;
use std::collections::BTreeMap;

/// Gradients are brought back to size 1 when they leave these bounds.
const BOUNDS: std::ops::Range<f64> = 1e-60..1e60;
/// The symbolic bound is evaluated at no more places than this.
const BOUNDED: usize = 24;
/// Correlations are taken at no more places than this.
const SAMPLES: usize = 512;

/// The gradients of a run on their way back.
struct Back<'w, 'm, 'd> {
    walker: &'w mut Walker<'m, 'd>,
    /// How many lanes are probes; the rest are columns of the spectrum.
    probes: usize,
    /// ln of what each probe must be multiplied by.
    logs: Vec<f64>,
    spectrum: Spectrum,
    run: Run,
    /// Whole gradients by shared parameters: entries, and ln of what they must be multiplied by.
    totals: BTreeMap<Name, (Vec<f64>, f64)>,
    squares: BTreeMap<Name, Vec<f64>>,
    /// Directions of the first probe at some places.
    samples: Vec<(usize, Vec<f64>)>,
}

/// What one run is to give.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'p> {
    pub plan: &'p Plan,
    pub exponents: usize,
    /// Whether directions are kept to be compared with another run.
    pub samples: bool,
}

/// The direction of the gradient at some places, by position.
pub(super) type Samples = Vec<(usize, Vec<f64>)>;

/// Runs forward and back. The samples are directions of the first probe, by position.
pub(super) fn run_once(
    machine: &Machine<'_>,
    ask: Ask<'_>,
    supply: Supply<'_>,
    progress: &dyn Fn(usize),
) -> Result<(Run, Samples), Fault> {
    let kept = supply.kept(machine);
    let mut walker = Walker::new(machine, supply, &kept)?;
    let (forward, diverged) = walker.forward(true)?;
    progress(machine.places.len());
    let last = match &diverged {
        Some(divergence) => {
            machine.places.iter().position(|place| *place == divergence.place).unwrap_or(1).saturating_sub(1)
        }
        None => machine.places.len() - 1,
    };
    let steps = last - machine.origin.min(last);
    let run = Run { seed: supply.seed, forward, diverged, ..Run::default() };
    let probes = ask.plan.probes.max(1);
    let width = machine.width;
    let columns = columns(ask.exponents, width, supply.seed);
    let spectrum = Spectrum::new(columns, width, ask.exponents, ask.plan.singular_values);
    let mut back = Back {
        walker: &mut walker,
        probes,
        logs: vec![0.0; probes],
        spectrum,
        run,
        totals: BTreeMap::new(),
        squares: BTreeMap::new(),
        samples: Vec::new(),
    };
    back.start(ask.plan, supply.seed)?;
    back.arrive(last)?;
    back.note(last, steps, ask.samples);
    back.all(last, steps, ask, progress)?;
    Ok(back.finish(steps))
}

/// What columns a spectrum begins with: all unit vectors, or random ones.
fn columns(count: usize, width: usize, seed: u64) -> Vec<f64> {
    let mut columns = vec![0.0; count * width];
    if count == width {
        (0..count).for_each(|number| columns[number * (width + 1)] = 1.0);
    } else {
        let stream = Stream::new(seed, "·columns");
        columns.iter_mut().zip(0..).for_each(|(entry, number)| *entry = stream.normal(number));
    }
    columns
}

impl Back<'_, '_, '_> {
    /// The pieces of a lane of the state, each with its buffer and where it begins.
    fn pieces(&self, lane: usize) -> impl Iterator<Item = &[f64]> {
        let lanes = self.walker.machine.room.lanes;
        self.walker.machine.carried.iter().flat_map(move |(_, ring)| {
            ring[..ring.len() - 1].iter().map(move |buffer| {
                let all = &self.walker.buffers[*buffer];
                let size = all.len() / lanes;
                &all[lane * size..(lane + 1) * size]
            })
        })
    }

    fn change(&mut self, lane: usize, mut change: impl FnMut(&mut [f64])) {
        let machine = self.walker.machine;
        for (_, ring) in &machine.carried {
            for buffer in &ring[..ring.len() - 1] {
                let all = self.walker.buffers[*buffer].to_mut();
                let size = all.len() / machine.room.lanes;
                change(&mut all[lane * size..(lane + 1) * size]);
            }
        }
    }

    /// Puts a vector of the state's width into a lane.
    fn put(&mut self, lane: usize, vector: &[f64]) {
        let mut rest = vector;
        self.change(lane, |piece| {
            let (own, more) = rest.split_at(piece.len());
            piece.copy_from_slice(own);
            rest = more;
        });
    }

    fn get(&self, lane: usize, into: &mut [f64]) {
        let mut start = 0;
        for piece in self.pieces(lane) {
            into[start..start + piece.len()].copy_from_slice(piece);
            start += piece.len();
        }
    }

    fn start(&mut self, plan: &Plan, seed: u64) -> Result<(), Fault> {
        let width = self.walker.machine.width;
        for probe in 0..self.probes {
            let stream = Stream::new(seed, &format!("·probe {probe}"));
            let mut vector: Vec<f64> = (0..width as u64).map(|entry| stream.normal(entry)).collect();
            if probe == 0 && plan.start == Start::Ones {
                vector.fill(1.0);
            } else if probe == 0 && plan.start == Start::Loss {
                vector.fill(0.0);
            } else {
                let length = norm(&vector);
                vector.iter_mut().for_each(|entry| *entry /= length);
            }
            self.put(probe, &vector);
        }
        self.columns_back();
        self.run.gradient = vec![Vec::new(); self.probes];
        self.run.states = vec![Vec::new(); self.walker.machine.carried.iter().map(|(_, ring)| ring.len() - 1).sum()];
        let Some(loss) = &self.walker.machine.loss else { return Ok(()) };
        let walker = &mut *self.walker;
        walker.late_values(&loss.values)?;
        for (name, buffer, is_loss) in &loss.whole {
            let stream = Stream::new(seed, &format!("·G {name}"));
            let own = walker.buffers[*buffer].to_mut().iter_mut().zip(0..);
            own.for_each(|(entry, number)| *entry = if *is_loss { 1.0 } else { stream.normal(number) });
        }
        run(&loss.after, &mut walker.buffers, 0, &mut walker.table);
        Ok(())
    }

    /// Comes to a place: its values are there again, adjoints that begin at 0 do, and what L says of this place is added.
    fn arrive(&mut self, position: usize) -> Result<(), Fault> {
        let walker = &mut *self.walker;
        let (machine, seed) = (walker.machine, walker.supply.seed);
        let before = machine.loss.is_none() && position == machine.origin;
        if before {
            return Ok(());
        }
        walker.revisit(position)?;
        for buffer in machine.cleared.iter().chain(machine.carried.iter().filter_map(|(_, ring)| ring.last())) {
            walker.buffers[*buffer].to_mut().fill(0.0);
        }
        let Some(loss) = &machine.loss else { return Ok(()) };
        let (place, log) = (machine.places[position], self.logs[0]);
        // The first lane counts in units of e^log, and so must what is added to it.
        let unit = libm::exp(-log);
        let mut added: Vec<(usize, Vec<f64>)> = Vec::new();
        for (name, buffer) in &loss.steps {
            let stream = Stream::new(seed, &format!("·G {name},{place}"));
            let size = walker.buffers[*buffer].len() / machine.room.lanes;
            added.push((*buffer, (0..size as u64).map(|entry| stream.normal(entry) * unit).collect()));
        }
        let taps: Vec<_> = loss.taps.iter().filter(|tap| (tap.steps.0..=tap.steps.1).contains(&place)).collect();
        if !taps.is_empty() {
            // Taps add in units of 1: they are run on zeros, and scaled.
            let mut targets: Vec<usize> =
                taps.iter().flat_map(|tap| &tap.code).map(super::tape::Instruction::out).collect();
            targets.retain(|buffer| machine.room.adjoints.values().any(|own| own == buffer));
            targets.sort_unstable();
            targets.dedup();
            let kept: Vec<Vec<f64>> = targets.iter().map(|buffer| walker.buffers[*buffer].to_vec()).collect();
            targets.iter().for_each(|buffer| walker.buffers[*buffer].to_mut().fill(0.0));
            taps.iter().for_each(|tap| run(&tap.code, &mut walker.buffers, place, &mut walker.table));
            for (buffer, kept) in targets.iter().zip(kept) {
                let own = walker.buffers[*buffer].to_mut();
                own.iter_mut().zip(&kept).for_each(|(own, kept)| *own = *own * unit + kept);
            }
        }
        for (buffer, entries) in added {
            walker.buffers[buffer].to_mut().iter_mut().zip(entries).for_each(|(own, entry)| *own += entry);
        }
        run(&machine.phases[machine.phase_of[position]].outward, &mut walker.buffers, place, &mut walker.table);
        Ok(())
    }

    /// The columns of the spectrum into their lanes.
    fn columns_back(&mut self) {
        let columns = std::mem::take(&mut self.spectrum.columns);
        let width = self.spectrum.width;
        for (number, column) in columns.chunks_exact(width.max(1)).enumerate() {
            self.put(self.probes + number, column);
        }
        self.spectrum.columns = columns;
    }

    /// Notes the norms at a place.
    fn note(&mut self, position: usize, steps: usize, samples: bool) {
        let first = self.walker.machine.origin;
        for probe in 0..self.probes {
            let size = norm_of(self.pieces(probe));
            self.run.gradient[probe].push(self.logs[probe] + libm::log(size));
            if probe == 0 {
                let log = self.logs[0];
                let norms: Vec<f64> = self.pieces(0).map(|piece| log + libm::log(norm(piece))).collect();
                self.run.states.iter_mut().zip(norms).for_each(|(curve, norm)| curve.push(norm));
                let every = steps.div_ceil(SAMPLES).max(1);
                if samples && (position - first).is_multiple_of(every) && size > 0.0 {
                    let mut vector = vec![0.0; self.walker.machine.width];
                    self.get(0, &mut vector);
                    vector.iter_mut().for_each(|entry| *entry /= size);
                    self.samples.push((position, vector));
                }
            }
            if size > 0.0 && size.is_finite() && !BOUNDS.contains(&size) {
                // A power of two, so that nothing is rounded.
                let (_, exponent) = libm::frexp(size);
                self.change(probe, |piece| piece.iter_mut().for_each(|entry| *entry = libm::ldexp(*entry, -exponent)));
                self.logs[probe] += f64::from(exponent) * std::f64::consts::LN_2;
            }
        }
    }

    /// All steps back to the initial state.
    fn all(&mut self, last: usize, steps: usize, ask: Ask<'_>, progress: &dyn Fn(usize)) -> Result<(), Fault> {
        let first = last - steps;
        let mut position = last;
        let mut begun = self.save(position);
        while position > first {
            self.step(position, ask)?;
            position -= 1;
            self.arrive(position)?;
            self.note(position, steps, ask.samples);
            let block = begun.position - position;
            if self.spectrum.count > 0 && (block >= self.spectrum.block || position == first) {
                let width = self.spectrum.width;
                let mut columns = std::mem::take(&mut self.spectrum.columns);
                for (number, column) in columns.chunks_exact_mut(width).enumerate().take(self.spectrum.alive) {
                    self.get(self.probes + number, column);
                }
                self.spectrum.columns = columns;
                if self.spectrum.orthonormalise(block) == Quality::Again {
                    position = begun.position;
                    self.arrive(position)?;
                    self.undo(&begun);
                    continue;
                }
                self.columns_back();
                begun = self.save(position);
            } else if self.spectrum.count == 0 {
                begun.position = position;
            }
            progress(1);
        }
        Ok(())
    }

    /// One step back.
    fn step(&mut self, position: usize, ask: Ask<'_>) -> Result<(), Fault> {
        let machine = self.walker.machine;
        let phase = &machine.phases[machine.phase_of[position]];
        let place = machine.places[position];
        let walker = &mut *self.walker;
        // What came in is the gradient by this state.
        for (name, incoming) in &machine.room.incoming {
            if let Some((_, ring)) = machine.carried.iter().find(|(own, _)| own == name) {
                let mut copy = std::mem::take(&mut walker.buffers[*incoming]);
                let size = copy.len();
                copy.to_mut().copy_from_slice(&walker.buffers[ring[0]][..size]);
                walker.buffers[*incoming] = copy;
            }
        }
        run(&phase.backward, &mut walker.buffers, place, &mut walker.table);
        if ask.plan.parameters {
            self.parameters(position);
        }
        if ask.plan.paths && !machine.paths.is_empty() {
            self.paths(position);
        }
        let every = (machine.places.len() - machine.origin).div_ceil(BOUNDED).max(1);
        if let (Some(bound), true) = (&phase.bound, (position - machine.origin - 1).is_multiple_of(every)) {
            let walker = &mut *self.walker;
            self.run.bound.push((place, bound.value(&mut walker.buffers, place, &mut walker.table)));
        }
        for (_, ring) in &machine.carried {
            for back in 1..ring.len() {
                self.walker.buffers.swap(ring[back - 1], ring[back]);
            }
        }
        Ok(())
    }

    /// Notes what the step contributes to the gradients by parameters.
    fn parameters(&mut self, position: usize) {
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
    fn paths(&mut self, position: usize) {
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
    fn finish(mut self, steps: usize) -> (Run, Vec<(usize, Vec<f64>)>) {
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
        if self.spectrum.factors.is_some() {
            run.singular_values = self.spectrum.singular_values();
        }
        self.samples.reverse();
        (run, self.samples)
    }

    fn save(&self, position: usize) -> Saved {
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

    fn undo(&mut self, saved: &Saved) {
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

/// What must be put back when a block is computed again.
#[derive(Default)]
struct Saved {
    position: usize,
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

/// ln √Σ e^(2x)
fn root_of_squares(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return largest;
    }
    largest + 0.5 * libm::log(logs.iter().map(|log| libm::exp(2.0 * (log - largest))).sum::<f64>())
}
