//! Jacobians as numbers: what a derived one says on data, and what the network itself says.

use super::array::{Array, count};
use super::bind::bind;
use super::bounds::largest_share;
use super::data::{Data, place};
use super::fault::Fault;
use super::instance;
use super::judge::lift;
use super::layout::Key;
use super::program::{Given, Owner, Program};
use super::run::{Cell, Stored};
use super::scalar::Dual;
use crate::math::expression::{Mark, Read, Term};
use crate::math::integer::Integer;
use crate::math::jacobian::{Agreement, Block, Jacobian, Standing, Way};
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role, Sizes};
use crate::math::shape::Shape;
use crate::math::source::{Outcome, Source, Span};
use nalgebra::DMatrix;
use std::collections::{BTreeMap, BTreeSet};

/// The seed of all comparisons, so that they are the same on repeated runs.
const SEED: u64 = 2;
/// A block's error is never told relative to less than this share of the largest entry of all blocks.
const FLOOR: f64 = 1e-2;

/// The values of a Jacobian.
#[derive(Clone, PartialEq, Debug)]
pub struct Numbers {
    /// The indices of the question: letter, first value, how many.
    pub indices: Vec<(Name, i64, usize)>,
    /// One array for each block: the indices of the question first, then the axes of `of`, then those of `wrt`.
    pub blocks: Vec<Array<f64>>,
    /// Rows and columns of each block; 1 for a number.
    pub sizes: Vec<(usize, usize)>,
}

impl Numbers {
    /// The largest singular value of a block at each place: an array over the indices.
    pub fn norms(&self, block: usize) -> Array<f64> {
        let (rows, columns) = self.sizes[block];
        let largest = |matrix: &[f64]| {
            let matrix = DMatrix::from_row_slice(rows, columns, matrix);
            matrix.singular_values().iter().fold(0.0f64, |most, value| most.max(*value))
        };
        let size = (rows * columns).max(1);
        let data = self.blocks[block].data.chunks(size).map(largest).collect();
        Array { dims: self.indices.iter().map(|(_, _, count)| *count).collect(), data }
    }

    /// All values of the indices, the last one running fastest.
    pub fn places(&self) -> Vec<Vec<i64>> {
        let mut places = vec![Vec::new()];
        for (_, low, count) in &self.indices {
            let values = || (0..*count as i64).map(move |step| low + step);
            places = places
                .iter()
                .flat_map(|at: &Vec<i64>| values().map(|value| [at.as_slice(), &[value]].concat()))
                .collect();
        }
        places
    }
}

/// The values of a derived Jacobian on data that fit `network`, the one the user wrote.
pub fn jacobian(network: &Network, jacobian: &Jacobian, data: &Data) -> Outcome<Numbers> {
    let bound = bind(network, data)?;
    let numbers = derived(jacobian, &bound.sizes, &bound.given).map_err(|fault| vec![fault])?;
    for (block, array) in jacobian.blocks.iter().zip(&numbers.blocks) {
        if let Some(at) = array.data.iter().position(|entry| !entry.is_finite()) {
            let (entry, at) = (array.data[at], place(&array.dims, at));
            let fault = Fault::error(format!(
                "the Jacobian of `{}` by `{}` is {entry}{at}",
                block.of.quantity, block.wrt.quantity
            ));
            return Err(vec![fault.hint("the data drive it out of the range of floats, or to where it has no slope")]);
        }
    }
    Ok(numbers)
}

/// What the formulas of a Jacobian say. They become equations of quantities of their own, one for each block.
fn derived(jacobian: &Jacobian, sizes: &Sizes, given: &Given<f64>) -> Result<Numbers, Fault> {
    let mut network = jacobian.network.clone();
    let named = |kind: &str, number: usize| Name::from(format!("∂{kind}{number}"));
    for (kind, blocks) in [("inner", &jacobian.inner), ("block", &jacobian.blocks)] {
        for (number, block) in blocks.iter().enumerate() {
            let inner: Vec<Term> = (0..jacobian.inner.len())
                .map(|position| stored(&network, &named("inner", position), &jacobian.inner[position]))
                .collect::<Option<_>>()
                .unwrap_or_default();
            let body =
                body(block, &inner).ok_or_else(|| Fault::error("the terms of a Jacobian do not fit together"))?;
            add(&mut network, jacobian, named(kind, number), body);
        }
    }
    let program = Program::forward(&network, sizes)?;
    let values = program.run(given)?;
    let size = |integer: &Integer| integer.value(&|name| sizes.get(name).copied()).unwrap_or(0);
    let range = |range: &crate::math::expression::Binder| {
        let (low, high) = (size(&range.low), size(&range.high));
        (range.index.clone(), low, usize::try_from(high - low + 1).unwrap_or(0))
    };
    let indices: Vec<(Name, i64, usize)> = jacobian.ranges.iter().map(range).collect();
    let blocks = jacobian.blocks.iter().enumerate().map(|(number, block)| {
        let stored = values.stored();
        let name = named("block", number);
        let slot = program.keys.get(&Key::Quantity(name, Mark::Value)).copied();
        let slot = slot.ok_or_else(|| Fault::error("a block has no values"))?;
        let axes = block.of.shape.axes().iter().chain(block.wrt.shape.axes());
        let dims = indices.iter().map(|(_, _, count)| *count).chain(axes.map(|axis| size(axis) as usize)).collect();
        Array::new(dims, stored[slot].data.clone()).ok_or_else(|| Fault::error("a block is not shaped as it should be"))
    });
    let length = |read: &Read| Ok(count(&entries(read, sizes)?));
    let pairs = jacobian.blocks.iter().map(|block| Ok((length(&block.of)?, length(&block.wrt)?)));
    let (blocks, sizes) = (blocks.collect::<Result<_, Fault>>()?, pairs.collect::<Result<_, Fault>>()?);
    Ok(Numbers { indices, blocks, sizes })
}

/// The quantity of an inner Jacobian as a term; the first ones are not there yet while earlier ones are made.
fn stored(network: &Network, name: &Name, block: &Block) -> Option<Term> {
    let quantity = network.quantity(name);
    let Some(quantity) = quantity else {
        return Some(Term::filled(0, &block.shape));
    };
    let read = Term::read(quantity.read(Mark::Value));
    if matches!(block.shape, Shape::Row(_)) { read.transposed().ok() } else { Some(read) }
}

/// The sum of the terms of a block; a row is turned, since no quantity is one.
fn body(block: &Block, inner: &[Term]) -> Option<Term> {
    let mut sum: Option<Term> = None;
    for path in &block.terms {
        let term = match path.inner.and_then(|position| inner.get(position)) {
            None => path.term.clone(),
            Some(rest) if path.term.shape().is_number() => {
                path.term.clone().fill(rest.shape()).times(rest.clone()).ok()?
            }
            Some(rest) if rest.shape().is_number() => {
                path.term.clone().times(rest.clone().fill(path.term.shape())).ok()?
            }
            Some(rest) => path.term.clone().matmul(rest.clone()).ok()?,
        };
        sum = Some(match sum {
            None => term,
            Some(sum) => sum.plus(term).ok()?,
        });
    }
    let sum = sum.unwrap_or_else(|| Term::filled(0, &block.shape));
    if matches!(block.shape, Shape::Row(_)) { sum.transposed().ok() } else { Some(sum) }
}

/// Adds a quantity over the indices of the question.
pub(super) fn add(network: &mut Network, jacobian: &Jacobian, name: Name, body: Term) {
    let axes = jacobian.ranges.clone();
    let at: Vec<Integer> = axes.iter().map(|axis| Integer::name(axis.index.clone())).collect();
    let span = Span { source: Source::new("", ""), start: 0, end: 0 };
    let shape = body.shape().clone();
    let quantity = Quantity {
        name: name.clone(),
        role: Role::Named,
        axes: axes.clone(),
        shape,
        shown: None,
        draw: None,
        span: span.clone(),
    };
    network.quantities.insert(name.clone(), quantity);
    network.equations.push(Equation { target: name, at, ranges: axes, body, span });
}

/// Compares a derived Jacobian with exact derivatives on random instances. `network` is the one the user wrote, if the
/// question is about its quantities only, or else the one whose parts have names.
pub fn agreement(network: &Network, jacobian: &Jacobian, instances: usize) -> Result<Agreement, Fault> {
    let (mut worst, mut share, mut compared): (f64, f64, usize) = (0.0, 0.0, 0);
    for number in 0..instances as u64 {
        let sizes = instance::sizes(network, number)?;
        if !exists(jacobian, &sizes) {
            continue;
        }
        compared += 1;
        let asked = jacobian.question.wrt.iter().chain(&jacobian.question.through);
        let moved: BTreeSet<Name> = asked.map(|read| read.quantity.clone()).collect();
        let program = Program::forward_moving(network, &sizes, &moved)?;
        let instance = instance::drawn(network, &program, &sizes, SEED, number)?;
        let numbers = derived(jacobian, &sizes, &instance.given)?;
        share = share.max(largest_share(jacobian, &sizes, &instance.given, &numbers)?);
        let exact = exact(network, jacobian, &program, &sizes, &instance.given)?;
        let largest = |array: &Array<f64>| array.data.iter().fold(0.0f64, |most, entry| most.max(entry.abs()));
        let all = exact.iter().map(largest).fold(0.0, f64::max);
        for (ours, theirs) in numbers.blocks.iter().zip(&exact) {
            let pairs = ours.data.iter().zip(&theirs.data);
            let apart = pairs
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, |most: f64, apart| if apart.is_nan() { f64::INFINITY } else { most.max(apart) });
            let scale = largest(theirs).max(FLOOR * all);
            worst = worst.max(if apart == 0.0 { 0.0 } else { apart / scale });
        }
    }
    Ok(Agreement { blocks: jacobian.blocks.len(), instances: compared, worst, share })
}

/// Whether all fixed places of the question exist for these sizes: there may be no third step.
fn exists(jacobian: &Jacobian, sizes: &Sizes) -> bool {
    let question = &jacobian.question;
    let value = |integer: &Integer| integer.value(&|name| sizes.get(name).copied());
    question.of.iter().chain(&question.wrt).chain(&question.through).all(|read| {
        let axes =
            jacobian.network.quantity(&read.quantity).map(|quantity| quantity.axes.as_slice()).unwrap_or_default();
        axes.iter().zip(read.places().unwrap_or_default()).all(|(axis, place)| {
            match (value(place), value(&axis.low), value(&axis.high)) {
                (Some(place), Some(low), Some(high)) => (low..=high).contains(&place),
                // It depends on an index, and was in range for all of its values.
                _ => true,
            }
        })
    })
}

/// The exact Jacobian, straight from the network: dual numbers in the direction of each entry of `wrt`, while all that
/// does not lie on the way stands still.
pub fn exact(
    network: &Network,
    jacobian: &Jacobian,
    program: &Program,
    sizes: &Sizes,
    given: &Given<f64>,
) -> Result<Vec<Array<f64>>, Fault> {
    let values = program.run(&lift(given))?;
    let value = |integer: &Integer| {
        let known = |name: &Name| sizes.get(name).copied();
        integer.value(&known).ok_or_else(|| Fault::error(format!("`{integer}` has no value")))
    };
    // All values of the indices of the question, the last one running fastest.
    let mut places: Vec<BTreeMap<Name, Integer>> = vec![BTreeMap::new()];
    for range in &jacobian.ranges {
        let (low, high) = (value(&range.low)?, value(&range.high)?);
        let at = |before: &BTreeMap<Name, Integer>, place: i64| {
            let mut all = before.clone();
            all.insert(range.index.clone(), Integer::number(place));
            all
        };
        places = places.iter().flat_map(|before| (low..=high).map(move |place| at(before, place))).collect();
    }
    let mut blocks = Vec::new();
    for block in &jacobian.blocks {
        let (rows, columns) = (entries(&block.of, sizes)?, entries(&block.wrt, sizes)?);
        let (mut data, mut dims) = (Vec::new(), Vec::new());
        for range in &jacobian.ranges {
            dims.push(usize::try_from(value(&range.high)? - value(&range.low)? + 1).unwrap_or(0));
        }
        dims.extend(rows.iter().chain(&columns));
        for at in &places {
            let mut all = at.clone();
            all.extend(sizes.iter().map(|(name, size)| (name.clone(), Integer::number(*size))));
            let (of, wrt) = (block.of.at(&all), block.wrt.at(&all));
            let way = Way::between(network, &block.of, &block.wrt).at(&all);
            let moving = Moving { network, program, values: values.stored(), way };
            data.extend(match &jacobian.question.through {
                None => moving.jacobian(&of, &wrt)?,
                Some(through) => {
                    // All paths through one place: first to it, then on from it.
                    let through = through.at(&all);
                    let (first, second) = (moving.jacobian(&through, &wrt)?, moving.jacobian(&of, &through)?);
                    let inner = first.len() / count(&columns).max(1);
                    super::array::product(&second, &first, (count(&rows), inner, count(&columns)))
                }
            });
        }
        blocks.push(Array::new(dims, data).ok_or_else(|| Fault::error("a block is not shaped as it should be"))?);
    }
    Ok(blocks)
}

/// The axes of the payload of a reading.
fn entries(read: &Read, sizes: &Sizes) -> Result<Vec<usize>, Fault> {
    read.shape.axes().iter().map(|axis| size_of(axis, sizes)).collect()
}

/// How many entries an axis has.
pub(super) fn size_of(axis: &Integer, sizes: &Sizes) -> Result<usize, Fault> {
    let size = axis.value(&|name| sizes.get(name).copied()).and_then(|size| usize::try_from(size).ok());
    size.ok_or_else(|| Fault::error(format!("the size `{axis}` is not known")))
}

/// What moves along a way.
struct Moving<'a> {
    network: &'a Network,
    program: &'a Program,
    values: &'a [Stored<Dual<f64>>],
    way: Way,
}

impl Moving<'_> {
    /// The Jacobian of one cell by another, row by row.
    fn jacobian(&self, of: &Read, wrt: &Read) -> Result<Vec<f64>, Fault> {
        let (target, source) = (self.cell(of)?, self.cell(wrt)?);
        let width = |slot: usize| self.program.layouts[slot].cell;
        let (rows, columns) = (width(target.0), width(source.0));
        let mut jacobian = vec![0.0; rows * columns];
        let mut arrays: Vec<Stored<Dual<f64>>> = self.values.to_vec();
        let pending = self.pending(source)?;
        for column in 0..columns {
            for (slot, cell) in &pending {
                arrays[*slot].cells[*cell] = Cell::Pending;
            }
            arrays[source.0].data[source.1 * columns + column].tangent = 1.0;
            if let Some(owner) = self.program.owners[target.0].get(target.1).filter(|owner| **owner != Owner::NONE) {
                let mut indices = vec![0; self.program.slots];
                self.program.settle(*owner, &mut arrays, &BTreeMap::new(), &mut indices)?;
            }
            for row in 0..rows {
                jacobian[row * columns + column] = arrays[target.0].data[target.1 * rows + row].tangent;
            }
            arrays[source.0].data[source.1 * columns + column].tangent = 0.0;
        }
        Ok(jacobian)
    }

    /// The slot and the cell of a reading.
    fn cell(&self, read: &Read) -> Result<(usize, usize), Fault> {
        let unknown = || Fault::error(format!("`{}` has no value there", read.quantity));
        let key = Key::Quantity(read.quantity.clone(), Mark::Value);
        let slot = *self.program.keys.get(&key).ok_or_else(unknown)?;
        let layout = &self.program.layouts[slot];
        let mut cell = 0;
        for (axis, place) in read.places().unwrap_or_default().into_iter().enumerate() {
            let position = place.as_number().and_then(|place| layout.position(axis, place)).ok_or_else(unknown)?;
            cell = cell * layout.dims[axis] + position;
        }
        Ok((slot, cell))
    }

    /// The computed cells that lie on the way, without the one that is moved.
    fn pending(&self, source: (usize, usize)) -> Result<Vec<(usize, usize)>, Fault> {
        let mut found = Vec::new();
        for (key, slot) in &self.program.keys {
            let Key::Quantity(name, Mark::Value) = key else { continue };
            let Some(quantity) = self.network.quantity(name) else { continue };
            let layout = &self.program.layouts[*slot];
            for (cell, owner) in self.program.owners[*slot].iter().enumerate() {
                if *owner == Owner::NONE || (*slot, cell) == source {
                    continue;
                }
                let mut rest = cell;
                let mut places = Vec::new();
                for axis in (0..layout.index_axes()).rev() {
                    places.push(Integer::number(layout.lows[axis] + (rest % layout.dims[axis].max(1)) as i64));
                    rest /= layout.dims[axis].max(1);
                }
                places.reverse();
                let read = quantity.read_at(Mark::Value, &places);
                if self.way.standing(self.network, &read) == Some(Standing::Between) {
                    found.push((*slot, cell));
                }
            }
        }
        Ok(found)
    }
}
