//! One run of a sweep: there and back.

mod saved;
mod tally;

use super::forward::Walker;
use super::machine::Machine;
use super::matrix::norm;
use super::spectrum::{Quality, Spectrum, norm_of};
use super::supply::Supply;
use super::tape::run;
use crate::evaluate::fault::Fault;
use crate::evaluate::random::Stream;
use crate::math::flow::{Plan, Run, Start};
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
}
