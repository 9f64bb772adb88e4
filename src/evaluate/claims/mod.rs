//! Claims as numbers: both sides on random instances, with exact derivatives from dual numbers.

mod assumed;
mod exact;

use super::array::Array;
use super::fault::Fault;
use super::instance::{self, Instance};
use super::layout::Key;
use super::program::{Given, Program};
use crate::math::claim::{Claim, Derivative, Group};
use crate::math::expression::Mark;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role, Sizes};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The seed of all samples, so that verdicts are the same on repeated runs.
const SEED: u64 = 3;
/// How many draws are tried for one sample.
const ATTEMPTS: u64 = 24;
/// Values closer than this, relative to the largest entry, count as equal.
pub const CLOSE: f64 = 1e-9;
/// The same where data are smaller than usual: there more digits cancel.
const ROUGHLY: f64 = 1e-6;
/// An array is never compared relative to less than this.
const FLOOR: f64 = 1e-2;

/// An instance of a group with the values of everything in it.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Which draw it is.
    pub number: u64,
    /// The sizes.
    pub sizes: Sizes,
    /// The data.
    pub instance: Instance,
    /// All values, by name: index axes first, initial values included.
    pub values: BTreeMap<Name, Placed>,
}

/// An array with the first value of each index axis.
#[derive(Clone, PartialEq, Debug)]
pub struct Placed {
    /// First values; axes of the shape, which count from 1, have none.
    pub lows: Vec<i64>,
    /// The entries.
    pub array: Array<f64>,
}

/// An entry at which two sides differ.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// The place: values of the indices, then entries counted from 1.
    pub at: Vec<i64>,
    /// What is claimed.
    pub claimed: f64,
    /// What is true.
    pub actual: f64,
    /// The largest difference, relative to the largest entry.
    pub relative: f64,
}

/// Draws samples of one group. Derivatives are computed once for each instance and shared between the groups of a file.
#[derive(Default)]
pub struct Sampler {
    exact: RefCell<BTreeMap<(u64, Name), Placed>>,
}

impl Sampler {
    /// Sample `number` of `group`. Fails when no draw gives both sides finite values, or meets what is assumed.
    pub fn sample(&self, group: &Group, number: u64) -> Result<Sample, Fault> {
        let assumes = group.claims.iter().any(|claim| !claim.assumptions.is_empty());
        let mut last = None;
        for attempt in 0..ATTEMPTS {
            // Later draws are other instances: where a logarithm or root has no value, another draw may have one.
            let draw = number + attempt * 64;
            match self.drawn(group, draw, assumes, false) {
                Ok(sample) if finite(group, &sample) => return Ok(sample),
                Ok(_) => {}
                Err(fault) => last = Some(fault),
            }
        }
        Err(last.unwrap_or_else(|| {
            Fault::error("no random numbers give both sides finite values")
                .hint("a logarithm, root or quotient is probably taken where it has no value")
        }))
    }

    /// A sample of few and short numbers, which a person can retrace.
    pub fn simple(&self, group: &Group) -> Option<Sample> {
        let drawn = (0..4).filter_map(|number| self.drawn(group, number, true, true).ok());
        let count =
            |sample: &Sample| sample.instance.given.inputs.values().map(|array| array.data.len()).sum::<usize>();
        drawn.filter(|sample| finite(group, sample)).min_by_key(count)
    }

    fn drawn(&self, group: &Group, number: u64, assumes: bool, short: bool) -> Result<Sample, Fault> {
        let base = &group.base;
        let sizes = instance::unlike(base, number)?;
        let forward = moving(base, &sizes)?;
        let mut instance = instance::drawn(base, &forward, &sizes, SEED, number)?;
        if !short && let Some(scale) = stretched(number) {
            for (name, array) in &mut instance.given.inputs {
                let role = base.quantity(name).map(|quantity| &quantity.role);
                match role {
                    Some(Role::Input | Role::Param | Role::Initial) => {
                        array.data.iter_mut().for_each(|entry| *entry *= scale);
                    }
                    // A margin or threshold is positive.
                    Some(Role::Given) if array.dims.is_empty() => {
                        array.data.iter_mut().for_each(|entry| *entry = entry.abs());
                    }
                    _ => {}
                }
            }
        }
        if short {
            let given = &mut instance.given;
            given.inputs.values_mut().chain(given.upstream.values_mut()).for_each(shorten);
        }
        if assumes {
            assumed::meet(group, &sizes, &mut instance)?;
        }
        let mut given = Given { inputs: instance.given.inputs.clone(), ..Given::default() };
        for (name, derivative) in &group.derivatives {
            let key = (number, name.clone());
            let known = self.exact.borrow().get(&key).cloned().filter(|_| !assumes);
            let placed = match known {
                Some(placed) => placed,
                None => {
                    let placed = exact::derivative(base, &forward, &instance, derivative)?;
                    self.keep(key, &placed, assumes);
                    placed
                }
            };
            given.inputs.insert(name.clone(), placed.array);
        }
        for (name, output) in &group.upstreams {
            if let Some(array) = instance.given.upstream.get(output) {
                given.inputs.insert(name.clone(), array.clone());
            }
        }
        // What an author's equation should be is not known: its name stands for numbers of no meaning.
        let program = Program::with_lenient(&group.network, &sizes, &group.lenient())?;
        for (name, quantity) in &group.network.quantities {
            if quantity.role == Role::Given && !given.inputs.contains_key(name) {
                let dims = program.dims(name, Mark::Value).unwrap_or_default();
                given.inputs.insert(name.clone(), Array::filled(dims, f64::NAN));
            }
        }
        let values = run(&program, &group.network, &given)?;
        Ok(Sample { number, sizes, instance, values })
    }
}

impl Sampler {
    /// Data that were bent to meet an assumption are no one else's.
    fn keep(&self, key: (u64, Name), placed: &Placed, assumes: bool) {
        if !assumes {
            self.exact.borrow_mut().insert(key, placed.clone());
        }
    }

    /// Adds the values of the named parts of a network, and exact derivatives by anything in it.
    pub fn extend(
        &self,
        sample: &mut Sample,
        parts: &Network,
        derivatives: &[Derivative],
        assumes: bool,
    ) -> Result<(), Fault> {
        let program = moving(parts, &sample.sizes)?;
        let given = Given { inputs: sample.instance.given.inputs.clone(), ..Given::default() };
        for (name, placed) in run(&program, parts, &given)? {
            sample.values.entry(name).or_insert(placed);
        }
        for derivative in derivatives {
            let name = derivative.quantity();
            if sample.values.contains_key(&name) {
                continue;
            }
            let key = (sample.number, name.clone());
            let known = self.exact.borrow().get(&key).cloned().filter(|_| !assumes);
            let placed = match known {
                Some(placed) => placed,
                None => exact::derivative(parts, &program, &sample.instance, derivative)?,
            };
            self.keep(key, &placed, assumes);
            sample.values.insert(name, placed);
        }
        Ok(())
    }
}

/// Every second four of the samples have data that are smaller than usual: so that a margin is kept by some and not by others.
/// Larger data would saturate functions, and digits that cancel would look like differences.
fn stretched(number: u64) -> Option<f64> {
    match number % 8 {
        0..4 => None,
        even if even % 2 == 0 => Some(1.0 / 6.0),
        _ => Some(1.0 / 3.0),
    }
}

/// Rounds an array to one digit after the point, or as many more as tell all entries apart.
fn shorten(array: &mut Array<f64>) {
    if array.data.iter().all(|entry| entry.fract() == 0.0) {
        return;
    }
    for scale in [10.0, 100.0, 1000.0] {
        let rounded: Vec<f64> = array.data.iter().map(|entry| (entry * scale).round() / scale).collect();
        let apart = (1..rounded.len()).all(|at| !rounded[..at].contains(&rounded[at]));
        if apart && !rounded.contains(&0.0) {
            array.data = rounded;
            return;
        }
    }
}

/// The forward pass of a network anything in which may be moved.
fn moving(network: &Network, sizes: &Sizes) -> Result<Program, Fault> {
    let all = network.equations.iter().map(|equation| equation.target.clone()).collect();
    Program::forward_moving(network, sizes, &all)
}

/// All values of a program, by the names of its network.
fn run(program: &Program, network: &Network, given: &Given<f64>) -> Result<BTreeMap<Name, Placed>, Fault> {
    let values = program.run(given)?;
    let stored = values.stored();
    let mut found = BTreeMap::new();
    for name in network.quantities.keys() {
        let Some(slot) = program.keys.get(&Key::Quantity(name.clone(), Mark::Value)) else { continue };
        let layout = &program.layouts[*slot];
        let array = Array { dims: layout.dims.clone(), data: stored[*slot].data.clone() };
        found.insert(name.clone(), Placed { lows: layout.lows.clone(), array });
    }
    Ok(found)
}

/// Whether the sides of all claims have values.
fn finite(group: &Group, sample: &Sample) -> bool {
    let unknown = group.circle.is_some() || group.claims.iter().any(|claim| claim.misfit.is_some());
    unknown
        || group.claims.iter().flat_map(|claim| [&claim.left, &claim.right]).all(|name| {
            sample.values.get(name).is_some_and(|placed| placed.array.data.iter().all(|entry| entry.is_finite()))
        })
}

impl Sample {
    /// Where the sides of a claim differ most; `None` where they agree.
    pub fn difference(&self, claim: &Claim) -> Option<Difference> {
        let (left, right) = (self.values.get(&claim.left)?, self.values.get(&claim.right)?);
        let close = if stretched(self.number).is_some() { ROUGHLY } else { CLOSE };
        difference(right, left).filter(|found| found.relative > close)
    }

    /// The values of further equations, over the quantities of `network` and those that they define, where everything else
    /// has the values of this sample, or those in `put`.
    pub fn further(
        &self,
        quantities: &[Quantity],
        equations: &[Equation],
        known: &Network,
        put: &BTreeMap<Name, Placed>,
    ) -> Result<BTreeMap<Name, Placed>, Fault> {
        // Field by field: a copy of all that is known would cost more than the equations that are computed.
        let mut network = Network {
            name: known.name.clone(),
            comment: Vec::new(),
            sizes: known.sizes.clone(),
            indices: known.indices.clone(),
            quantities: quantities.iter().map(|quantity| (quantity.name.clone(), quantity.clone())).collect(),
            equations: equations.to_vec(),
            outputs: Vec::new(),
            loss: None,
            source: known.source.clone(),
        };
        let mut given = Given::default();
        let mut wanted: BTreeSet<Name> =
            equations.iter().flat_map(|equation| equation.body.reads()).map(|read| read.quantity.clone()).collect();
        // Given integers stand in subscripts, conditions and ranges.
        wanted.extend(known.quantities.values().filter(|one| one.role == Role::Given).map(|one| one.name.clone()));
        for name in wanted {
            if network.quantities.contains_key(&name) {
                continue;
            }
            let (Some(quantity), Some(placed)) = (known.quantity(&name), put.get(&name).or(self.values.get(&name)))
            else {
                continue;
            };
            given.inputs.insert(name.clone(), placed.array.clone());
            network.quantities.insert(name, Quantity { role: Role::Given, ..quantity.clone() });
        }
        let lenient = equations.iter().map(|equation| equation.target.clone()).collect();
        let program = Program::with_lenient(&network, &self.sizes, &lenient)?;
        let mut values = run(&program, &network, &given)?;
        values.retain(|name, _| quantities.iter().any(|quantity| &quantity.name == name));
        Ok(values)
    }
}

/// Where two arrays differ most, relative to the largest entry; `None` where they agree.
pub fn difference(claimed: &Placed, actual: &Placed) -> Option<Difference> {
    let pairs = || claimed.array.data.iter().zip(&actual.array.data);
    let largest = pairs().fold(FLOOR, |most, (a, b)| {
        let size = a.abs().max(b.abs());
        if size.is_finite() { most.max(size) } else { most }
    });
    let mut worst: Option<(usize, f64)> = None;
    for (position, (a, b)) in pairs().enumerate() {
        let apart = (a - b).abs() / largest;
        let apart = if apart.is_nan() { f64::INFINITY } else { apart };
        if worst.is_none_or(|(_, most)| apart > most) {
            worst = Some((position, apart));
        }
    }
    let (position, relative) = worst.filter(|(_, apart)| *apart > CLOSE)?;
    let (mut at, mut rest) = (Vec::new(), position);
    for (axis, dim) in actual.array.dims.iter().enumerate().rev() {
        let low = actual.lows.get(axis).copied().unwrap_or(1);
        at.push(low + (rest % dim.max(&1)) as i64);
        rest /= dim.max(&1);
    }
    at.reverse();
    Some(Difference { at, claimed: claimed.array.data[position], actual: actual.array.data[position], relative })
}
