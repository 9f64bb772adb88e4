//! Networks and derivations made into programs for given sizes: every equation a rule, every array a slot.

use super::code::Node;
use super::fault::Fault;
use super::integers::IntCode;
use super::layout::{Key, Layout, Scope, describe};
use super::program::{Leaf, Owner, Program, Rule};
use super::stable::Definitions;
use crate::math::derivation::{Derivation, Line};
use crate::math::expression::{Binder, Mark, Subscript};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role, Sizes};
use crate::math::number;
use std::collections::{BTreeMap, BTreeSet};

/// How many entries all arrays together may have: 2 GiB of floats.
const ENTRIES: usize = 1 << 28;

impl Program {
    /// The forward pass of `network`. Fails when a size is unknown or two equations give one cell.
    pub fn forward(network: &Network, sizes: &Sizes) -> Result<Program, Fault> {
        Builder::new(network, sizes, &BTreeSet::new(), &BTreeSet::new())?.finish()
    }

    /// The same, in which nothing is computed past the quantities in `moved`: they are moved while what defines them
    /// stands still, so `1 − z` must be computed from `z` and not from the argument of the function that `z` is.
    pub fn forward_moving(network: &Network, sizes: &Sizes, moved: &BTreeSet<Name>) -> Result<Program, Fault> {
        Builder::new(network, sizes, moved, &BTreeSet::new())?.finish()
    }

    /// The forward pass of a network in which terms past the end of a range count as 0 where `lenient` are computed.
    pub fn with_lenient(network: &Network, sizes: &Sizes, lenient: &BTreeSet<Name>) -> Result<Program, Fault> {
        Builder::new(network, sizes, &BTreeSet::new(), lenient)?.finish()
    }

    /// The forward pass of the derivation's network with its backward lines.
    pub fn backward(derivation: &Derivation, sizes: &Sizes) -> Result<Program, Fault> {
        let mut builder = Builder::new(&derivation.network, sizes, &BTreeSet::new(), &BTreeSet::new())?;
        builder.lines(&derivation.backward)?;
        builder.finish()
    }
}

struct Builder<'a> {
    network: &'a Network,
    definitions: Definitions<'a>,
    /// The quantities that have equations.
    targets: BTreeSet<&'a Name>,
    scope: Scope,
    /// Whose equations may read past the end of a range.
    lenient: BTreeSet<Name>,
    /// How many entries all arrays have so far.
    entries: usize,
    rules: Vec<Rule>,
    leaves: Vec<Leaf>,
    windows: BTreeMap<Key, Vec<(i64, usize)>>,
}

impl<'a> Builder<'a> {
    fn new(
        network: &'a Network,
        sizes: &Sizes,
        moved: &BTreeSet<Name>,
        lenient: &BTreeSet<Name>,
    ) -> Result<Self, Fault> {
        let mut sizes = sizes.clone();
        for (name, value) in &network.sizes {
            if let Some(value) = value {
                sizes.insert(name.clone(), *value);
            }
        }
        let mut builder = Builder {
            network,
            definitions: Definitions::of(network).without(moved),
            targets: network.equations.iter().map(|equation| &equation.target).collect(),
            lenient: lenient.clone(),
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
        let slot = self.array(quantity, Mark::Value, self.targets.contains(&quantity.name), 0)?;
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
    /// The first `entries` axes of the shape are computed place by place, as index axes are.
    fn array(&mut self, quantity: &Quantity, mark: Mark, windowed: bool, entries: usize) -> Result<usize, Fault> {
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
        let shape = self.scope.dims(&quantity.shape)?;
        for size in shape.iter().take(entries) {
            lows.push(1);
            window.push((1, *size));
        }
        dims.extend(shape);
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
        self.scope.lenient = self.lenient.contains(&equation.target);
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
                let slot = self.array(quantity, Mark::Upstream, true, 0)?;
                self.leaves.push(Leaf::Upstream(name.clone(), slot, if Some(name) == loss { 1.0 } else { 0.0 }));
            }
        }
        for line in lines {
            let name = &line.left.quantity;
            if !self.scope.keys.contains_key(&Key::Quantity(name.clone(), Mark::Adjoint)) {
                let quantity = network.quantity(name);
                let quantity = quantity.ok_or_else(|| Fault::error(format!("there is no quantity `{name}`")))?;
                let of = lines.iter().filter(|line| &line.left.quantity == name);
                let finest = of.map(|line| line.left.subscripts.len()).max().unwrap_or(0);
                let entries = finest.saturating_sub(quantity.axes.len());
                self.array(quantity, Mark::Adjoint, self.targets.contains(name), entries)?;
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
        if rule.at.len() > layout.index_axes() || rule.node.count != layout.cell * rule.block(layout) {
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
                let Some(cells) = rule.cells(layout, &indices) else {
                    let fault = Fault::error(format!("an equation for `{}` reaches past its range", layout.name));
                    return Err(rule.placed(fault));
                };
                for cell in cells {
                    let owner = &mut owners[rule.target][cell];
                    if *owner != Owner::NONE {
                        let place = describe(layout, cell);
                        return Err(rule.placed(Fault::error(format!("two equations give {place} a value"))));
                    }
                    *owner = Owner { rule: number as u32, ordinal: ordinal as u32 };
                }
            }
        }
        let slots = self.scope.slots.len();
        let (keys, leaves, windows) = (self.scope.keys, self.leaves, self.windows);
        Ok(Program { layouts, keys, rules: self.rules, owners, slots, leaves, windows })
    }
}
