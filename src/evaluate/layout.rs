//! Where everything lies: sizes as numbers, arrays and indices as slots.

use super::array;
use super::fault::Fault;
use crate::math::expression::Mark;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Sizes;
use crate::math::shape::Shape;
use std::collections::BTreeMap;

/// What an array belongs to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Key {
    /// A quantity's value, adjoint or upstream gradient.
    Quantity(Name, Mark),
    /// A letter of a law.
    Letter(Name),
}

/// The axes of an array: index axes, then its shape. A cell is what one value of the indices holds.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// For messages.
    pub name: String,
    /// The first value of each index axis; axes of the shape count from 1.
    pub lows: Vec<i64>,
    /// How many entries along each axis.
    pub dims: Vec<usize>,
    /// How far apart the neighbours along each axis are.
    pub strides: Vec<usize>,
    /// How many entries a cell has.
    pub cell: usize,
}

impl Layout {
    /// Axes of which the first ones, as many as there are `lows`, are index axes.
    pub(super) fn new(name: String, lows: Vec<i64>, dims: Vec<usize>) -> Layout {
        let strides = (0..dims.len()).map(|axis| array::count(&dims[axis + 1..])).collect();
        let cell = array::count(&dims[lows.len()..]);
        Layout { name, lows, dims, strides, cell }
    }

    /// How many cells it has.
    pub(super) fn cells(&self) -> usize {
        array::count(&self.dims[..self.lows.len()])
    }

    /// How many entries it has.
    pub(super) fn count(&self) -> usize {
        array::count(&self.dims)
    }

    /// How many axes are index axes.
    pub(super) fn index_axes(&self) -> usize {
        self.lows.len()
    }

    /// The position along `axis` of the subscript `at`, if it is in range.
    pub(super) fn position(&self, axis: usize, at: i64) -> Option<usize> {
        let position = at.checked_sub(self.lows.get(axis).copied().unwrap_or(1))?;
        usize::try_from(position).ok().filter(|position| *position < self.dims[axis])
    }

    /// The range of `axis` for messages.
    pub(super) fn range(&self, axis: usize) -> (i64, i64) {
        let low = self.lows.get(axis).copied().unwrap_or(1);
        (low, low + self.dims[axis] as i64 - 1)
    }
}

/// The cell as a reader would write it: `h[3]`.
pub(super) fn describe(layout: &Layout, cell: usize) -> String {
    let (mut places, mut rest) = (Vec::new(), cell);
    for axis in (0..layout.index_axes()).rev() {
        places.push((layout.lows[axis] + (rest % layout.dims[axis].max(1)) as i64).to_string());
        rest /= layout.dims[axis].max(1);
    }
    places.reverse();
    match places.is_empty() {
        true => format!("`{}`", layout.name),
        false => format!("`{}[{}]`", layout.name, places.join(",")),
    }
}

/// What names mean while terms are made ready.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Sizes.
    pub sizes: Sizes,
    /// The same, ready to be put into integer expressions.
    pub numbers: BTreeMap<Name, Integer>,
    /// The payloads that letters of laws stand for; a row is `[1, n]`.
    pub payloads: BTreeMap<Name, Vec<usize>>,
    /// Slots of arrays.
    pub keys: BTreeMap<Key, usize>,
    /// Their axes.
    pub layouts: Vec<Layout>,
    /// Slots of indices.
    pub slots: BTreeMap<Name, usize>,
    /// The indices that have a value where we are.
    pub open: Vec<Name>,
    /// Whether a reading outside its range is absent, as in backward lines, or an error.
    pub lenient: bool,
}

impl Scope {
    /// Names for these sizes and nothing else.
    pub(super) fn new(sizes: &Sizes) -> Scope {
        let numbers = sizes.iter().map(|(name, value)| (name.clone(), Integer::number(*value))).collect();
        Scope { sizes: sizes.clone(), numbers, ..Scope::default() }
    }

    /// Makes a slot for an array.
    pub(super) fn add(&mut self, key: Key, layout: Layout) -> usize {
        let slot = self.layouts.len();
        self.keys.insert(key, slot);
        self.layouts.push(layout);
        slot
    }

    /// The slot of an array.
    pub(super) fn array(&self, key: &Key) -> Result<usize, Fault> {
        self.keys.get(key).copied().ok_or_else(|| {
            Fault::error(match key {
                Key::Quantity(name, Mark::Value) => format!("`{name}` has no value"),
                Key::Quantity(name, Mark::Adjoint) => format!("no line gives the adjoint of `{name}`"),
                Key::Quantity(name, Mark::Upstream) => format!("`{name}` has no upstream gradient"),
                Key::Letter(name) => format!("the letter `{name}` has no value"),
            })
        })
    }

    /// The slot of an index that has a value here.
    pub(super) fn slot(&self, name: &Name) -> Result<usize, Fault> {
        match self.open.contains(name) {
            true => Ok(self.slots[name]),
            false => Err(Fault::error(format!("`{name}` has no value here"))),
        }
    }

    /// Gives an index a slot, and a value from here on, until [`Scope::close`].
    pub(super) fn open(&mut self, name: &Name) -> usize {
        let next = self.slots.len();
        self.open.push(name.clone());
        *self.slots.entry(name.clone()).or_insert(next)
    }

    /// Takes back the last [`Scope::open`].
    pub(super) fn close(&mut self) {
        self.open.pop();
    }

    /// An integer expression of sizes as a number.
    pub(super) fn number(&self, integer: &Integer) -> Result<i64, Fault> {
        if let Some(unknown) = integer.names().iter().find(|name| !self.sizes.contains_key(*name)) {
            return Err(Fault::error(format!("the size `{unknown}` is not known")));
        }
        integer
            .value(&|name| self.sizes.get(name).copied())
            .ok_or_else(|| Fault::error(format!("`{integer}` is not a whole number for the sizes at hand")))
    }

    /// An integer expression of sizes as a number of entries.
    pub(super) fn length(&self, integer: &Integer) -> Result<usize, Fault> {
        let value = self.number(integer)?;
        usize::try_from(value).map_err(|_| Fault::error(format!("the size `{integer}` is {value}")))
    }

    /// The axes of a payload; a row is `[1, n]`.
    pub(super) fn dims(&self, shape: &Shape) -> Result<Vec<usize>, Fault> {
        match shape {
            Shape::Axes(axes) => axes.iter().map(|axis| self.length(axis)).collect(),
            Shape::Row(size) => Ok(vec![1, self.length(size)?]),
            Shape::Any(letter) => self
                .payloads
                .get(letter)
                .cloned()
                .ok_or_else(|| Fault::error(format!("the payload `{letter}` is not known"))),
        }
    }
}
