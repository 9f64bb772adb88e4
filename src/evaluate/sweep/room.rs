//! Which buffer holds what, and how large it is.

use super::places::Given;
use crate::evaluate::array;
use crate::evaluate::fault::Fault;
use crate::math::expression::Binder;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Quantity, Role, Sizes};
use crate::math::number;
use std::collections::{BTreeMap, BTreeSet};

/// How many entries all buffers together may have: 2 GiB of floats.
const ENTRIES: usize = 1 << 28;

/// A block of a quantity that is not computed.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// The quantity.
    pub quantity: Name,
    /// Its place along the swept index, an expression of that; `None` for all of it.
    pub place: Option<Integer>,
    /// Where it goes.
    pub buffer: usize,
    /// Whether some of its places are said by equations.
    pub cases: bool,
}

/// An axis of a quantity: the first value, how many, how far apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Extent {
    pub low: i64,
    pub count: usize,
    pub stride: usize,
}

/// The buffers of a machine.
#[derive(Debug)]
pub(super) struct Room<'a> {
    pub network: &'a Network,
    /// Sizes as integers to be put in.
    pub numbers: BTreeMap<Name, Integer>,
    pub sizes: Sizes,
    /// The swept index.
    pub index: Name,
    /// The computed quantities that vary along it and are computed step by step.
    pub inside: BTreeSet<Name>,
    /// How many gradients are carried together.
    pub lanes: usize,
    /// How many entries each buffer has.
    pub buffers: Vec<usize>,
    /// Buffers that hold numbers from the beginning.
    pub constants: Vec<(usize, Vec<f64>)>,
    /// Values at the step, or so many steps away.
    pub values: BTreeMap<(Name, i64), usize>,
    /// Adjoints at the step, or so many steps away; lanes first.
    pub adjoints: BTreeMap<(Name, i64), usize>,
    /// Quantities that are computed but not step by step.
    pub whole: BTreeMap<Name, usize>,
    pub leaves: Vec<Leaf>,
    /// The first lane of gradients by states as they came in.
    pub incoming: BTreeMap<Name, usize>,
    free: BTreeMap<usize, Vec<usize>>,
    used: Vec<usize>,
    numbers_of: BTreeMap<u64, usize>,
}

impl<'a> Room<'a> {
    pub(super) fn new(network: &'a Network, sizes: &Sizes, index: &Name, inside: BTreeSet<Name>, lanes: usize) -> Self {
        let mut sizes = sizes.clone();
        sizes.extend(network.sizes.iter().filter_map(|(name, value)| Some((name.clone(), (*value)?))));
        let numbers = sizes.iter().map(|(name, value)| (name.clone(), Integer::number(*value))).collect();
        Room {
            network,
            numbers,
            sizes,
            index: index.clone(),
            inside,
            lanes,
            buffers: Vec::new(),
            constants: Vec::new(),
            values: BTreeMap::new(),
            adjoints: BTreeMap::new(),
            whole: BTreeMap::new(),
            leaves: Vec::new(),
            incoming: BTreeMap::new(),
            free: BTreeMap::new(),
            used: Vec::new(),
            numbers_of: BTreeMap::new(),
        }
    }

    /// A buffer for good.
    pub(super) fn keep(&mut self, size: usize) -> Result<usize, Fault> {
        self.buffers.push(size);
        let all = self.buffers.iter().fold(0usize, |sum, size| sum.saturating_add(*size));
        if all > ENTRIES {
            return Err(Fault::error(format!("one step would need more than {ENTRIES} numbers at once"))
                .hint("choose smaller sizes, or fewer exponents"));
        }
        Ok(self.buffers.len() - 1)
    }

    /// A buffer until [`Room::release`].
    pub(super) fn borrow(&mut self, size: usize) -> Result<usize, Fault> {
        let buffer = match self.free.get_mut(&size).and_then(Vec::pop) {
            Some(buffer) => buffer,
            None => self.keep(size)?,
        };
        self.used.push(buffer);
        Ok(buffer)
    }

    /// Takes back all that was borrowed.
    pub(super) fn release(&mut self) {
        for buffer in std::mem::take(&mut self.used) {
            self.free.entry(self.buffers[buffer]).or_default().push(buffer);
        }
    }

    /// Whether a buffer is borrowed at the moment.
    pub(super) fn is_borrowed(&self, buffer: usize) -> bool {
        self.used.contains(&buffer)
    }

    /// A buffer that holds these numbers.
    pub(super) fn constants(&mut self, numbers: Vec<f64>) -> Result<usize, Fault> {
        if let [number] = numbers.as_slice()
            && let Some(known) = self.numbers_of.get(&number.to_bits())
        {
            return Ok(*known);
        }
        let buffer = self.keep(numbers.len())?;
        if let [number] = numbers.as_slice() {
            self.numbers_of.insert(number.to_bits(), buffer);
        }
        self.constants.push((buffer, numbers));
        Ok(buffer)
    }

    /// An integer of sizes as a number.
    pub(super) fn number(&self, integer: &Integer) -> Result<i64, Fault> {
        if let Some(unknown) = integer.names().iter().find(|name| !self.sizes.contains_key(*name)) {
            return Err(Fault::error(format!("the size `{unknown}` is not known")));
        }
        let value = integer.value(&|name| self.sizes.get(name).copied());
        value.ok_or_else(|| Fault::error(format!("`{integer}` is not a whole number for the sizes at hand")))
    }

    /// The first value of a range, and how many there are.
    pub(super) fn range(&self, binder: &Binder) -> Result<(i64, usize), Fault> {
        let (low, high) = (self.number(&binder.low)?, self.number(&binder.high)?);
        Ok((low, usize::try_from(high.saturating_sub(low).saturating_add(1)).unwrap_or(0)))
    }

    /// The sizes of a payload.
    pub(super) fn dims(&self, axes: &[Integer]) -> Result<Vec<usize>, Fault> {
        let size = |axis: &Integer| {
            let value = self.number(axis)?;
            usize::try_from(value).map_err(|_| Fault::error(format!("the size `{axis}` is {value}")))
        };
        axes.iter().map(size).collect()
    }

    /// Where the swept index stands among the axes of a quantity.
    pub(super) fn step_axis(&self, quantity: &Quantity) -> Option<usize> {
        quantity.axes.iter().position(|axis| axis.index == self.index)
    }

    /// The axes of a quantity, index axes first, without the one at position `skip`.
    pub(super) fn extents(&self, quantity: &Quantity, skip: Option<usize>) -> Result<Vec<Extent>, Fault> {
        let mut found = Vec::new();
        for (number, axis) in quantity.axes.iter().enumerate() {
            if Some(number) != skip {
                let (low, count) = self.range(axis)?;
                found.push(Extent { low, count, stride: 0 });
            }
        }
        for count in self.dims(quantity.shape.axes())? {
            found.push(Extent { low: 1, count, stride: 0 });
        }
        let mut stride = 1usize;
        for extent in found.iter_mut().rev() {
            extent.stride = stride;
            stride = stride.saturating_mul(extent.count);
        }
        Ok(found)
    }

    /// How many entries extents have.
    pub(super) fn count(extents: &[Extent]) -> usize {
        array::count(&extents.iter().map(|extent| extent.count).collect::<Vec<_>>())
    }

    /// The buffer of an inside quantity's values, so many steps away.
    pub(super) fn value(&mut self, name: &Name, shift: i64) -> Result<usize, Fault> {
        if let Some(known) = self.values.get(&(name.clone(), shift)) {
            return Ok(*known);
        }
        let buffer = self.keep(self.size_inside(name)?)?;
        self.values.insert((name.clone(), shift), buffer);
        Ok(buffer)
    }

    /// The buffer of an inside quantity's adjoint, so many steps away.
    pub(super) fn adjoint(&mut self, name: &Name, shift: i64) -> Result<usize, Fault> {
        if let Some(known) = self.adjoints.get(&(name.clone(), shift)) {
            return Ok(*known);
        }
        let buffer = self.keep(self.size_inside(name)?.saturating_mul(self.lanes))?;
        self.adjoints.insert((name.clone(), shift), buffer);
        Ok(buffer)
    }

    /// The buffer of the gradient by a parameter: one lane.
    pub(super) fn adjoint_of_parameter(&mut self, name: &Name) -> Result<usize, Fault> {
        if let Some(known) = self.adjoints.get(&(name.clone(), 0)) {
            return Ok(*known);
        }
        let quantity = self.quantity(name)?;
        let buffer = self.keep(Self::count(&self.extents(quantity, self.step_axis(quantity))?))?;
        self.adjoints.insert((name.clone(), 0), buffer);
        Ok(buffer)
    }

    /// The buffer that keeps the first lane of the gradient by a state as it came in.
    pub(super) fn incoming(&mut self, name: &Name) -> Result<usize, Fault> {
        if let Some(known) = self.incoming.get(name) {
            return Ok(*known);
        }
        let buffer = self.keep(self.size_inside(name)?)?;
        self.incoming.insert(name.clone(), buffer);
        Ok(buffer)
    }

    /// How many entries an inside quantity has at one step.
    pub(super) fn size_inside(&self, name: &Name) -> Result<usize, Fault> {
        let quantity = self.quantity(name)?;
        Ok(Self::count(&self.extents(quantity, self.step_axis(quantity))?))
    }

    pub(super) fn quantity(&self, name: &Name) -> Result<&'a Quantity, Fault> {
        self.network.quantity(name).ok_or_else(|| Fault::error(format!("`{name}` has no value")))
    }

    /// The buffer of a quantity as a whole: computed before the loop, written in the file, or given.
    pub(super) fn whole(&mut self, name: &Name) -> Result<usize, Fault> {
        if let Some(known) = self.whole.get(name) {
            return Ok(*known);
        }
        let quantity = self.quantity(name)?;
        let size = Self::count(&self.extents(quantity, None)?);
        let buffer = match &quantity.role {
            Role::Const(numbers) => self.constants(numbers.iter().map(number::to_f64).collect())?,
            role if role.is_computed() && self.inside.contains(name) => {
                return Err(Fault::error(format!("`{name}` is read at another place along `{}`", self.index))
                    .hint("a sweep follows readings a fixed number of steps back; give the rest a name of its own"));
            }
            role if role.is_computed() => self.keep(size)?,
            _ => return self.leaf(name, None),
        };
        self.whole.insert(name.clone(), buffer);
        Ok(buffer)
    }

    /// The buffer of a block of a quantity that is not computed, at a place along the swept index.
    pub(super) fn leaf(&mut self, name: &Name, place: Option<Integer>) -> Result<usize, Fault> {
        let known = self.leaves.iter().find(|leaf| &leaf.quantity == name && leaf.place == place);
        if let Some(known) = known {
            return Ok(known.buffer);
        }
        let quantity = self.quantity(name)?;
        let skip = place.as_ref().and_then(|_| self.step_axis(quantity));
        let buffer = self.keep(Self::count(&self.extents(quantity, skip)?))?;
        let cases = self.network.equations_of(name).next().is_some();
        self.leaves.push(Leaf { quantity: name.clone(), place, buffer, cases });
        Ok(buffer)
    }

    /// Where an array of given integers lies, as a whole.
    pub(super) fn given(&mut self, name: &Name) -> Result<Given, Fault> {
        let buffer = self.whole(name)?;
        let extents = self.extents(self.quantity(name)?, None)?;
        Ok((buffer, extents.iter().map(|extent| (extent.low, extent.count, extent.stride)).collect()))
    }
}
