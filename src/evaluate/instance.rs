//! Random instances of a network: sizes, inputs and upstream gradients that hide no mistake.
//!
//! Sizes are unequal and at least 2, recurrences at least 3 long; every array holds both signs and has a scale of its own;
//! initial states are not 0 and upstream gradients are not 1.

use super::array::Array;
use super::fault::Fault;
use super::program::{Given, Program};
use super::random::Stream;
use crate::math::expression::{Binder, Mark, Op, Read, Subscript, Term};
use crate::math::integer::{Atom, Integer};
use crate::math::name::Name;
use crate::math::network::{Network, Role, Sizes};
use std::collections::{BTreeMap, BTreeSet};

/// How many draws are tried before the network is said to have no finite values.
const ATTEMPTS: u64 = 32;

/// A network with numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Instance {
    /// The sizes.
    pub sizes: Sizes,
    /// The arrays.
    pub given: Given<f64>,
}

/// Sizes for instance `number`: unequal as far as the divisions in the network allow, at least 2, and at least 3 where a recurrence
/// runs. Sizes with a number keep it.
pub fn sizes(network: &Network, number: u64) -> Result<Sizes, Fault> {
    // Two assignments take turns, so that programs can be used again.
    assignment(network, number % 2)
}

/// The same, where no size is the same in both assignments if there is a way: what holds for one size by chance does not hold
/// for another.
pub fn unlike(network: &Network, number: u64) -> Result<Sizes, Fault> {
    let first = assignment(network, 0)?;
    if number.is_multiple_of(2) {
        return Ok(first);
    }
    let free = |name: &Name| network.sizes.get(name).is_some_and(Option::is_none);
    let differs = |other: &Sizes| other.iter().all(|(name, value)| !free(name) || first.get(name) != Some(value));
    let others = (1..ATTEMPTS).filter_map(|turn| assignment(network, turn).ok());
    match others.into_iter().find(differs) {
        Some(other) => Ok(other),
        None => assignment(network, 1),
    }
}

/// Sizes by chance.
fn assignment(network: &Network, turn: u64) -> Result<Sizes, Fault> {
    let fixed: Sizes = network.sizes.iter().filter_map(|(name, value)| Some((name.clone(), (*value)?))).collect();
    let free: Vec<&Name> = network.sizes.keys().filter(|name| !fixed.contains_key(*name)).collect();
    let long: BTreeSet<Name> =
        network.indices.values().filter(|index| index.recurrent).flat_map(|index| index.high.names()).collect();
    let stream = Stream::new(turn, "sizes");
    for attempt in 0..4096u64 {
        let most = 2 + (free.len() as u64).clamp(3, 7) + attempt / 256;
        let mut sizes = fixed.clone();
        let mut taken: BTreeSet<i64> = BTreeSet::new();
        for (position, name) in free.iter().enumerate() {
            let least = if long.contains(*name) { 3 } else { 2 };
            let start = stream.bits(attempt * 64 + position as u64) % (most - 1);
            let candidates = (0..most - 1).map(|step| ((start + step) % (most - 1)) as i64 + 2);
            let mut candidates: Vec<i64> = candidates.filter(|size| *size >= least).collect();
            candidates.sort_by_key(|size| taken.contains(size));
            taken.insert(candidates[0]);
            sizes.insert((*name).clone(), candidates[0]);
        }
        if fits(network, &sizes) {
            return Ok(sizes);
        }
    }
    Err(Fault::error("no small sizes fit this network").hint("give sizes that must divide a number: `size M = 2`"))
}

/// Whether all divisions come out whole and no range is empty.
fn fits(network: &Network, sizes: &Sizes) -> bool {
    let value = |integer: &Integer| integer.value(&|name| sizes.get(name).copied());
    let range =
        |low: &Integer, high: &Integer| matches!((value(low), value(high)), (Some(low), Some(high)) if low <= high);
    network.indices.values().all(|index| range(&index.low, &index.high))
        && network.quantities.values().all(|quantity| {
            quantity.axes.iter().all(|axis| range(&axis.low, &axis.high))
                && quantity.shape.axes().iter().all(|size| value(size).is_some_and(|size| size > 0))
        })
}

/// Instance `number` of `network` under `seed`. Fails when no draw gives finite values.
pub fn instance(network: &Network, seed: u64, number: u64) -> Result<Instance, Fault> {
    let sizes = sizes(network, number)?;
    let program = Program::forward(network, &sizes)?;
    drawn(network, &program, &sizes, seed, number)
}

/// The same, for sizes whose program is there already.
pub(super) fn drawn(
    network: &Network,
    program: &Program,
    sizes: &Sizes,
    seed: u64,
    number: u64,
) -> Result<Instance, Fault> {
    let wanted = integers(network);
    let results = network.results();
    let mut last = None;
    for attempt in 0..ATTEMPTS {
        let given = draw(network, program, sizes, &wanted, seed ^ (number << 32) ^ (attempt << 56), attempt);
        match program.run(&given) {
            Err(fault) => last = Some(fault),
            Ok(values) => {
                let finite = |name: &Name| {
                    values
                        .array(name, Mark::Value)
                        .is_some_and(|array| array.data.iter().all(|entry| entry.is_finite()))
                };
                if results.iter().all(finite) {
                    return Ok(Instance { sizes: sizes.clone(), given });
                }
            }
        }
    }
    let name = &network.name;
    Err(last.unwrap_or_else(|| {
        Fault::error(format!("no random numbers give `{name}` finite values"))
            .hint("a logarithm, root or quotient is probably taken where it has no value")
    }))
}

fn draw(
    network: &Network,
    program: &Program,
    sizes: &Sizes,
    wanted: &BTreeMap<Name, (Integer, Integer)>,
    seed: u64,
    attempt: u64,
) -> Given<f64> {
    let mut given = Given::default();
    for (name, quantity) in &network.quantities {
        if !matches!(quantity.role, Role::Input | Role::Param | Role::Initial | Role::Given) {
            continue;
        }
        let Some(dims) = program.dims(name, Mark::Value) else { continue };
        let stream = Stream::new(seed, name.as_str());
        let value = |integer: &Integer| integer.value(&|name| sizes.get(name).copied());
        let range = wanted.get(name).filter(|_| quantity.role == Role::Given);
        let array = match range.and_then(|(low, high)| Some((value(low)?, value(high)?))) {
            Some((low, high)) if low <= high => {
                let count = (high - low + 1) as u64;
                let entry = |entry: u64| low as f64 + (stream.bits(entry) % count) as f64;
                Array { data: (0..super::array::count(&dims) as u64).map(entry).collect(), dims }
            }
            // Some draws in, ever more arrays are drawn positive, for networks that take logarithms and roots.
            _ => signed(
                dims,
                stream,
                attempt > 0 && stream.uniform(u64::MAX / 4) < attempt as f64 / (ATTEMPTS - 2) as f64,
            ),
        };
        given.inputs.insert(name.clone(), array);
    }
    for name in network.seeds() {
        let dims = program.dims(&name, Mark::Value).unwrap_or_default();
        given.upstream.insert(name.clone(), signed(dims, Stream::new(seed, &format!("G_{name}")), false));
    }
    given
}

/// Numbers away from 0, of both signs unless all are to be positive, with a scale that is not 1.
fn signed(dims: Vec<usize>, stream: Stream, positive: bool) -> Array<f64> {
    let count = super::array::count(&dims) as u64;
    let scale = 0.6 + 0.8 * stream.uniform(u64::MAX / 4 + 1);
    let entry = |entry: u64| {
        let normal = stream.normal(entry + 8);
        let size = scale * (0.15 + 0.75 * normal.abs());
        // The first two entries have opposite signs.
        let negative = match entry {
            1 => stream.normal(8) > 0.0,
            _ => normal < 0.0,
        };
        if negative && !positive { -size } else { size }
    };
    Array { data: (0..count).map(entry).collect(), dims }
}

/// The given quantities that must be integers, because they are subscripts or are compared with an index, with the
/// range of that axis or index.
pub(super) fn integers(network: &Network) -> BTreeMap<Name, (Integer, Integer)> {
    let mut ranges: BTreeMap<Name, (Integer, Integer)> = BTreeMap::new();
    for index in network.indices.values() {
        ranges.insert(index.name.clone(), (index.low.clone(), index.high.clone()));
    }
    for equation in &network.equations {
        equation.body.walk(&mut |term| {
            if let Op::Reduce(_, Binder { index, low, high }) = term.op() {
                ranges.insert(index.clone(), (low.clone(), high.clone()));
            }
        });
    }
    let (mut found, mut reckoned) = (BTreeMap::new(), BTreeMap::new());
    for equation in &network.equations {
        equation.body.walk(&mut |term| match term.op() {
            Op::Read(read) => subscripts(network, read, &mut found),
            Op::Integer(integer) => beside(&[integer], &ranges, &mut reckoned),
            Op::Compare(_) => {
                let sides = term.args().iter().filter_map(|side| match side.op() {
                    Op::Integer(integer) => Some(integer),
                    _ => None,
                });
                beside(&sides.collect::<Vec<_>>(), &ranges, &mut reckoned);
                for (one, other) in [(&term.args()[0], &term.args()[1]), (&term.args()[1], &term.args()[0])] {
                    let range = index_of(other).and_then(|index| ranges.get(index));
                    if let (Some(given), Some(range)) = (given_of(one), range) {
                        found.entry(given.clone()).or_insert_with(|| range.clone());
                    }
                }
            }
            _ => {}
        });
    }
    for (name, (range, divides)) in reckoned {
        let (low, high) = found.entry(name).or_insert(range);
        if divides && low.as_number().is_some_and(|low| low < 1) {
            (*low, *high) = (Integer::number(1), high.clone());
        }
    }
    found
}

/// What is only reckoned with, as in `t % p[g]` or `t < a[n] + 2`, runs where an index beside it does; so do divisors,
/// which are told.
type Reckoned = BTreeMap<Name, ((Integer, Integer), bool)>;

fn beside(integers: &[&Integer], ranges: &BTreeMap<Name, (Integer, Integer)>, found: &mut Reckoned) {
    let index = integers.iter().flat_map(|integer| integer.names()).find_map(|name| ranges.get(&name).cloned());
    let range = index.unwrap_or_else(|| (Integer::number(1), Integer::number(3)));
    let mut open: Vec<(&Integer, bool)> = integers.iter().map(|integer| (*integer, false)).collect();
    while let Some((integer, divides)) = open.pop() {
        for (atom, _) in integer.summands().into_iter().flat_map(|(_, atoms)| atoms) {
            match atom {
                Atom::Given(name, _) => {
                    let known = found.entry(name.clone()).or_insert_with(|| (range.clone(), false));
                    known.1 |= divides;
                }
                Atom::FloorDiv(of, by) | Atom::Mod(of, by) => open.extend([(&**of, divides), (&**by, true)]),
                Atom::Name(_) => {}
            }
        }
    }
}

fn subscripts(network: &Network, read: &Read, found: &mut BTreeMap<Name, (Integer, Integer)>) {
    let Some(quantity) = network.quantity(&read.quantity) else { return };
    let index_axes = quantity.axes.iter().map(|axis| (axis.low.clone(), axis.high.clone()));
    let shape_axes = quantity.shape.axes().iter().map(|size| (Integer::number(1), size.clone()));
    for (subscript, range) in read.subscripts.iter().zip(index_axes.chain(shape_axes)) {
        if let Subscript::At(place) = subscript {
            for (_, atoms) in place.summands() {
                for (atom, _) in atoms {
                    if let Atom::Given(name, _) = atom {
                        found.insert(name.clone(), range.clone());
                    }
                }
            }
        }
    }
}

/// The given quantity that a term is a reading of.
fn given_of(term: &Term) -> Option<&Name> {
    match term.op() {
        Op::Read(read) => Some(&read.quantity),
        Op::Integer(integer) => match integer.summands().as_slice() {
            [(1, atoms)] => match atoms.as_slice() {
                [(Atom::Given(name, _), 1)] => Some(name),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn index_of(term: &Term) -> Option<&Name> {
    match term.op() {
        Op::Integer(integer) => integer.as_name(),
        _ => None,
    }
}
