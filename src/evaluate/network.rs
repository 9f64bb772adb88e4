//! Networks and derivations made ready to be evaluated for given sizes: every equation a rule, every array a slot.

use super::array::{self, Array};
use super::code::Node;
use super::fault::Fault;
use super::integers::IntCode;
use super::layout::{Key, Layout, Scope};
use super::run::{Cell, Stored, describe};
use super::scalar::Scalar;
use super::stable::Definitions;
use crate::math::derivation::{Derivation, Line};
use crate::math::expression::{Binder, Mark, Subscript};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role, Sizes};
use crate::math::number;
use crate::math::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// How many entries all arrays together may have: 2 GiB of floats.
const ENTRIES: usize = 1 << 28;

/// A network, or a derivation with its network, ready to be evaluated for these sizes over any scalar.
#[derive(Debug)]
pub struct Program {
    pub(super) layouts: Vec<Layout>,
    pub(super) keys: BTreeMap<Key, usize>,
    pub(super) rules: Vec<Rule>,
    /// For each array, which rule gives each cell; empty where the data give all of it.
    pub(super) owners: Vec<Vec<Owner>>,
    /// How many index slots there are.
    pub(super) slots: usize,
    leaves: Vec<Leaf>,
    /// For each array, the place of the block that outsiders see: without initial values.
    windows: BTreeMap<Key, Vec<(i64, usize)>>,
}

/// One equation or line: how a cell of its target is computed.
#[derive(Debug)]
pub(super) struct Rule {
    /// The slot of the target.
    pub target: usize,
    /// The place in the target, over the free indices.
    pub at: Vec<IntCode>,
    /// The free indices: slot, first value, how many.
    pub ranges: Vec<(usize, i64, usize)>,
    /// What is computed.
    pub node: Node,
    /// Where it was written.
    pub span: Option<Span>,
}

/// Which rule gives a cell, and at which of its index values, counted with the last index running fastest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Owner {
    pub rule: u32,
    pub ordinal: u32,
}

impl Owner {
    /// No rule.
    pub(super) const NONE: Owner = Owner { rule: u32::MAX, ordinal: 0 };
}

/// An array that is not computed.
#[derive(Debug)]
enum Leaf {
    /// A quantity of the data, at this slot.
    Input(Name, usize),
    /// An upstream gradient, and what it is when the data do not give it.
    Upstream(Name, usize, f64),
    /// Numbers of the file.
    Const(usize, Vec<f64>),
}

/// The data of an evaluation. Index axes come first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Given<S> {
    /// Inputs, parameters, initial values and given data.
    pub inputs: BTreeMap<Name, Array<S>>,
    /// Upstream gradients; a missing one is 0, that of the loss 1.
    pub upstream: BTreeMap<Name, Array<S>>,
    /// What is added to computed quantities once they are computed, as far as outsiders see them.
    pub nudges: BTreeMap<Name, Array<S>>,
}

impl Program {
    /// The forward pass of `network`. Fails when a size is unknown or two equations give one cell.
    pub fn forward(network: &Network, sizes: &Sizes) -> Result<Program, Fault> {
        Builder::new(network, sizes)?.finish()
    }

    /// The forward pass of the derivation's network with its backward lines.
    pub fn backward(derivation: &Derivation, sizes: &Sizes) -> Result<Program, Fault> {
        let mut builder = Builder::new(&derivation.network, sizes)?;
        builder.lines(&derivation.backward)?;
        builder.finish()
    }

    /// The axes that the data give, or get back, for an array: `None` when the program has no such array.
    pub fn dims(&self, name: &Name, mark: Mark) -> Option<Vec<usize>> {
        let key = Key::Quantity(name.clone(), mark);
        let window = self.windows.get(&key)?;
        let layout = &self.layouts[*self.keys.get(&key)?];
        Some(window.iter().map(|(_, count)| *count).chain(layout.dims[layout.index_axes()..].iter().copied()).collect())
    }

    /// The arrays before anything is computed. Fails when an input is missing or has other axes than the network says.
    pub(super) fn memory<S: Scalar>(&self, given: &Given<S>) -> Result<Vec<Stored<S>>, Fault> {
        let mut arrays: Vec<Stored<S>> = Vec::with_capacity(self.layouts.len());
        for (layout, owners) in self.layouts.iter().zip(&self.owners) {
            let state = |owner: &Owner| if *owner == Owner::NONE { Cell::Undefined } else { Cell::Pending };
            // Leaves are put in below; they need no zeros first.
            let count = if owners.is_empty() { 0 } else { layout.count() };
            arrays.push(Stored { data: vec![S::zero(); count], cells: owners.iter().map(state).collect() });
        }
        for leaf in &self.leaves {
            match leaf {
                Leaf::Const(slot, numbers) => {
                    arrays[*slot] = Stored::done(numbers.iter().copied().map(S::from_f64).collect());
                }
                Leaf::Input(name, slot) => {
                    let array = given.inputs.get(name);
                    let array = array.ok_or_else(|| Fault::error(format!("the data have no array for `{name}`")))?;
                    self.place(&Key::Quantity(name.clone(), Mark::Value), *slot, array, &mut arrays[*slot])?;
                }
                Leaf::Upstream(name, slot, otherwise) => match given.upstream.get(name) {
                    None => {
                        arrays[*slot] = Stored::done(vec![S::from_f64(*otherwise); self.layouts[*slot].count()]);
                    }
                    Some(array) => {
                        self.place(&Key::Quantity(name.clone(), Mark::Upstream), *slot, array, &mut arrays[*slot])?;
                    }
                },
            }
        }
        Ok(arrays)
    }

    /// Puts an array of the data into its slot.
    fn place<S: Scalar>(&self, key: &Key, slot: usize, array: &Array<S>, stored: &mut Stored<S>) -> Result<(), Fault> {
        let Key::Quantity(name, mark) = key else { return Ok(()) };
        let expected = self.dims(name, *mark).unwrap_or_default();
        if array.dims != expected || array.data.len() != array::count(&expected) {
            return Err(Fault::error(format!("`{name}` has the axes {:?}, not {expected:?}", array.dims)));
        }
        if stored.cells.is_empty() {
            *stored = Stored::done(array.data.clone());
            return Ok(());
        }
        for (cell, block) in
            self.window_cells(key, slot).into_iter().zip(array.data.chunks(self.layouts[slot].cell.max(1)))
        {
            stored.data[cell * block.len()..(cell + 1) * block.len()].copy_from_slice(block);
            stored.cells[cell] = Cell::Done;
        }
        Ok(())
    }

    /// The cells of the block that outsiders see, in order.
    fn window_cells(&self, key: &Key, slot: usize) -> Vec<usize> {
        let layout = &self.layouts[slot];
        let mut cells = vec![0usize];
        for (axis, (low, count)) in self.windows.get(key).into_iter().flatten().enumerate() {
            let start = (low - layout.lows[axis]).max(0) as usize;
            let size = layout.dims[axis];
            cells = cells.iter().flat_map(|cell| (start..start + count).map(move |at| cell * size + at)).collect();
        }
        cells
    }

    /// What is to be added to which cell of which array.
    pub(super) fn nudges<'g, S: Scalar>(&self, given: &'g Given<S>) -> BTreeMap<(usize, usize), &'g [S]> {
        let mut found = BTreeMap::new();
        for (name, array) in &given.nudges {
            let key = Key::Quantity(name.clone(), Mark::Value);
            if let Some(slot) = self.keys.get(&key) {
                let blocks = array.data.chunks(self.layouts[*slot].cell.max(1));
                found.extend(self.window_cells(&key, *slot).into_iter().map(|cell| (*slot, cell)).zip(blocks));
            }
        }
        found
    }

    /// What outsiders see of an array after an evaluation: index axes without initial values, absent entries 0.
    pub(super) fn seen<S: Scalar>(&self, arrays: &[Stored<S>], name: &Name, mark: Mark) -> Option<Array<S>> {
        let key = Key::Quantity(name.clone(), mark);
        let (slot, dims) = (*self.keys.get(&key)?, self.dims(name, mark)?);
        let (stored, size) = (&arrays[slot], self.layouts[slot].cell);
        let cells = self.window_cells(&key, slot);
        let data = cells.into_iter().flat_map(|cell| stored.data[cell * size..(cell + 1) * size].iter().copied());
        Some(Array { dims, data: data.collect() })
    }
}

struct Builder<'a> {
    network: &'a Network,
    definitions: Definitions<'a>,
    /// The quantities that have equations.
    targets: BTreeSet<&'a Name>,
    scope: Scope,
    /// How many entries all arrays have so far.
    entries: usize,
    rules: Vec<Rule>,
    leaves: Vec<Leaf>,
    windows: BTreeMap<Key, Vec<(i64, usize)>>,
}

impl<'a> Builder<'a> {
    fn new(network: &'a Network, sizes: &Sizes) -> Result<Self, Fault> {
        let mut sizes = sizes.clone();
        for (name, value) in &network.sizes {
            if let Some(value) = value {
                sizes.insert(name.clone(), *value);
            }
        }
        let mut builder = Builder {
            network,
            definitions: Definitions::of(network),
            targets: network.equations.iter().map(|equation| &equation.target).collect(),
            entries: 0,
            scope: Scope::new(&sizes),
            rules: Vec::new(),
            leaves: Vec::new(),
            windows: BTreeMap::new(),
        };
        for quantity in network.quantities.values() {
            builder.quantity(quantity)?;
        }
        for equation in &network.equations {
            builder.equation(equation)?;
        }
        Ok(builder)
    }

    fn quantity(&mut self, quantity: &Quantity) -> Result<(), Fault> {
        let slot = self.array(quantity, Mark::Value, self.targets.contains(&quantity.name))?;
        let name = quantity.name.clone();
        match &quantity.role {
            Role::Input | Role::Param | Role::Initial | Role::Given => self.leaves.push(Leaf::Input(name, slot)),
            Role::Const(numbers) => {
                let numbers: Vec<f64> = numbers.iter().map(number::to_f64).collect();
                if numbers.len() != self.scope.layouts[slot].count() {
                    return Err(Fault::error(format!("`{name}` has {} numbers", numbers.len())));
                }
                self.leaves.push(Leaf::Const(slot, numbers));
            }
            Role::Computed | Role::Named => {}
        }
        Ok(())
    }

    /// Makes the slot of an array of `quantity`. `windowed`: outsiders see only the declared ranges of the indices.
    fn array(&mut self, quantity: &Quantity, mark: Mark, windowed: bool) -> Result<usize, Fault> {
        let (mut lows, mut dims, mut window) = (Vec::new(), Vec::new(), Vec::new());
        for axis in &quantity.axes {
            let (low, count) = self.range(axis)?;
            let declared = self.network.indices.get(&axis.index);
            let seen = match declared.filter(|_| windowed) {
                Some(index) => {
                    let (from, to) = (self.scope.number(&index.low)?.max(low), self.scope.number(&index.high)?);
                    let to = to.min(low + count as i64 - 1);
                    (from, usize::try_from(to - from + 1).unwrap_or(0))
                }
                None => (low, count),
            };
            lows.push(low);
            dims.push(count);
            window.push(seen);
        }
        if mark == Mark::Upstream {
            // There is no upstream gradient for initial values.
            (lows, dims) = window.iter().copied().unzip();
        }
        dims.extend(self.scope.dims(&quantity.shape)?);
        let layout = Layout::new(quantity.name.to_string(), lows, dims);
        self.entries = self.entries.saturating_add(layout.count());
        if self.entries > ENTRIES {
            return Err(Fault::error(format!("all arrays together would have more than {ENTRIES} entries"))
                .hint("choose smaller sizes"));
        }
        let key = Key::Quantity(quantity.name.clone(), mark);
        self.windows.insert(key.clone(), window);
        Ok(self.scope.add(key, layout))
    }

    /// The first value of a range, and how many there are.
    fn range(&self, binder: &Binder) -> Result<(i64, usize), Fault> {
        let (low, high) = (self.scope.number(&binder.low)?, self.scope.number(&binder.high)?);
        Ok((low, usize::try_from(high.saturating_sub(low).saturating_add(1)).unwrap_or(0)))
    }

    fn equation(&mut self, equation: &Equation) -> Result<(), Fault> {
        self.scope.lenient = false;
        let target = self.scope.array(&Key::Quantity(equation.target.clone(), Mark::Value))?;
        let rule = self.rule(target, &equation.at, &equation.ranges, |scope, definitions| {
            Node::compile(&equation.body, scope, definitions)
        });
        let mut rule = rule.map_err(|fault| fault.at(&equation.span, "in this equation"))?;
        rule.span = Some(equation.span.clone());
        self.rules.push(rule);
        Ok(())
    }

    fn lines(&mut self, lines: &[Line]) -> Result<(), Fault> {
        self.scope.lenient = true;
        let network = self.network;
        let loss = network.loss.as_ref();
        for name in network.outputs.iter().filter(|name| Some(*name) != loss).chain(loss) {
            if let Some(quantity) = network.quantity(name) {
                let slot = self.array(quantity, Mark::Upstream, true)?;
                self.leaves.push(Leaf::Upstream(name.clone(), slot, if Some(name) == loss { 1.0 } else { 0.0 }));
            }
        }
        for line in lines {
            let name = &line.left.quantity;
            if !self.scope.keys.contains_key(&Key::Quantity(name.clone(), Mark::Adjoint)) {
                let quantity = network.quantity(name);
                let quantity = quantity.ok_or_else(|| Fault::error(format!("there is no quantity `{name}`")))?;
                self.array(quantity, Mark::Adjoint, self.targets.contains(name))?;
            }
        }
        for line in lines {
            let name = &line.left.quantity;
            let target = self.scope.array(&Key::Quantity(name.clone(), Mark::Adjoint))?;
            let places = line.left.subscripts.iter().map(|subscript| match subscript {
                Subscript::At(place) => Ok(place.clone()),
                _ => Err(Fault::error(format!("the line of the adjoint of `{name}` stands at no single place"))),
            });
            let places: Vec<Integer> = places.collect::<Result<_, _>>()?;
            let dims = self.scope.dims(&line.left.shape)?;
            let rule = self.rule(target, &places, &line.ranges, |scope, definitions| {
                let parts = line.parts.iter();
                let nodes = parts.map(|part| Node::summed(&part.sums, &part.term, scope, definitions));
                Ok(Node::sum(nodes.collect::<Result<_, Fault>>()?, dims))
            })?;
            self.rules.push(rule);
        }
        Ok(())
    }

    fn rule(
        &mut self,
        target: usize,
        at: &[Integer],
        ranges: &[Binder],
        body: impl FnOnce(&mut Scope, &Definitions<'_>) -> Result<Node, Fault>,
    ) -> Result<Rule, Fault> {
        let mut free = Vec::with_capacity(ranges.len());
        for binder in ranges {
            let (low, count) = self.range(binder)?;
            free.push((self.scope.open(&binder.index), low, count));
        }
        let places = at.iter().map(|place| IntCode::compile(place, &mut self.scope)).collect::<Result<_, _>>();
        let node = body(&mut self.scope, &self.definitions);
        ranges.iter().for_each(|_| self.scope.close());
        let rule = Rule { target, at: places?, ranges: free, node: node?, span: None };
        let layout = &self.scope.layouts[target];
        if rule.node.count != layout.cell || rule.at.len() != layout.index_axes() {
            return Err(Fault::error(format!("the two sides for `{}` are not shaped alike", layout.name)));
        }
        Ok(rule)
    }

    /// Finds out which rule gives which cell.
    fn finish(self) -> Result<Program, Fault> {
        let layouts = self.scope.layouts;
        let mut owners: Vec<Vec<Owner>> = vec![Vec::new(); layouts.len()];
        for (key, slot) in &self.scope.keys {
            let computed = match key {
                Key::Quantity(name, Mark::Value) => {
                    let quantity = self.network.quantity(name);
                    self.targets.contains(name) || quantity.is_some_and(|quantity| quantity.role.is_computed())
                }
                Key::Quantity(_, mark) => *mark == Mark::Adjoint,
                Key::Letter(_) => false,
            };
            if computed {
                owners[*slot] = vec![Owner::NONE; layouts[*slot].cells()];
            }
        }
        let mut indices = vec![0; self.scope.slots.len()];
        for (number, rule) in self.rules.iter().enumerate() {
            let layout = &layouts[rule.target];
            for ordinal in 0..rule.count() {
                rule.seek(ordinal, &mut indices);
                let Some(cell) = rule.cell(layout, &indices) else {
                    let fault = Fault::error(format!("an equation for `{}` reaches past its range", layout.name));
                    return Err(rule.placed(fault));
                };
                let owner = &mut owners[rule.target][cell];
                if *owner != Owner::NONE {
                    let place = describe(layout, cell);
                    return Err(rule.placed(Fault::error(format!("two equations give {place} a value"))));
                }
                *owner = Owner { rule: number as u32, ordinal: ordinal as u32 };
            }
        }
        let slots = self.scope.slots.len();
        let (keys, leaves, windows) = (self.scope.keys, self.leaves, self.windows);
        Ok(Program { layouts, keys, rules: self.rules, owners, slots, leaves, windows })
    }
}

impl Rule {
    /// How many cells it gives.
    pub(super) fn count(&self) -> usize {
        self.ranges.iter().map(|(_, _, count)| *count).product()
    }

    /// Sets the free indices to their values number `ordinal`.
    pub(super) fn seek(&self, ordinal: usize, indices: &mut [i64]) {
        let mut rest = ordinal;
        for (slot, low, count) in self.ranges.iter().rev() {
            indices[*slot] = low + (rest % count) as i64;
            rest /= count;
        }
    }

    /// The cell of the target that it gives at these index values.
    pub(super) fn cell(&self, layout: &Layout, indices: &[i64]) -> Option<usize> {
        let mut cell = 0;
        for (axis, place) in self.at.iter().enumerate() {
            let at = place.value(indices, &|_, _| None)?;
            cell = cell * layout.dims[axis] + layout.position(axis, at)?;
        }
        Some(cell)
    }

    /// The fault with the place of this rule.
    pub(super) fn placed(&self, fault: Fault) -> Fault {
        match &self.span {
            Some(span) if fault.labels.is_empty() => fault.at(span, "in this equation"),
            _ => fault,
        }
    }
}
