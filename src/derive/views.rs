//! Views: readings of entries, slices and whole arrays get equations of their own, so that each adjoint has one shape.
//!
//! `W @ x[t]` hands a vector to δx_t, `x[t,j]` hands a number to one of its entries. Where a quantity is read in both
//! ways, its entries get a name, `e_x[t,j] = x[t,j]`, and so does every slice. The gradient of an equation that is a mere
//! reading is a matter of subscripts, which `collect` solves.

use super::letters::{begun, index_letter, is_unused, part_name};
use super::parts::scoped;
use crate::math::expression::{Binder, Mark, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role, Shown};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// How many leading axes of the shape adjoints are written by, `δx[t,j]` instead of `δx[t]`, for each quantity that is not
/// written as a whole: as many as all its readings have subscripts.
pub fn depths(network: &Network) -> FxHashMap<Name, usize> {
    let mut found: FxHashMap<&Name, Option<usize>> = FxHashMap::default();
    for read in gradient_reads(network) {
        let Some(quantity) = network.quantity(&read.quantity) else { continue };
        let deep = deepest(quantity, read);
        let known = found.entry(&quantity.name).or_insert(Some(0));
        *known = known.filter(|_| deep > 0).map(|known| known.max(deep));
    }
    found.into_iter().filter_map(|(name, depth)| Some((name.clone(), depth?))).collect()
}

/// The network with a name for every reading that is no plain one.
pub fn name_views(network: Network) -> Network {
    // Most networks read every quantity by its indices and nothing else.
    let plain = |read: &Read| {
        let axes = network.quantity(&read.quantity).map_or(0, |quantity| quantity.axes.len());
        read.subscripts.len() == axes && read.places().is_some()
    };
    if gradient_reads(&network).all(plain) {
        return network;
    }
    let network = &network;
    let mut mixed: BTreeMap<&Name, (usize, bool)> = BTreeMap::new();
    for read in gradient_reads(network) {
        let Some(quantity) = network.quantity(&read.quantity) else { continue };
        let deep = deepest(quantity, read);
        let known = mixed.entry(&quantity.name).or_default();
        known.0 = known.0.max(deep);
        known.1 |= deep == 0;
    }
    let depths =
        mixed.iter().map(|(name, (depth, whole))| ((*name).clone(), if *whole { 0 } else { *depth })).collect();
    let mut viewer = Viewer {
        network: network.clone(),
        begun: begun(network),
        depths,
        entries: BTreeMap::new(),
        named: BTreeMap::new(),
    };
    viewer.network.equations.clear();
    for (name, (depth, also_whole)) in &mixed {
        if *depth > 0 && *also_whole {
            viewer.enter(name, *depth);
        }
    }
    for equation in &network.equations {
        let body = if is_read(&equation.body) {
            viewer.entered(&equation.body)
        } else {
            viewer.visit(equation, &equation.ranges, &equation.body)
        };
        viewer.network.equations.push(Equation { body, ..equation.clone() });
    }
    show_as_wholes(&mut viewer.network);
    viewer.network
}

/// A quantity that is computed by entries and read as a whole only, by one view, is shown under one name: `P` for the
/// view as for its entries. Their adjoints are the same numbers.
fn show_as_wholes(network: &mut Network) {
    let mut readers: BTreeMap<&Name, Vec<&Equation>> = BTreeMap::new();
    for equation in &network.equations {
        for read in equation.body.reads().into_iter().filter(|read| read.mark == Mark::Value && !read.constant) {
            readers.entry(&read.quantity).or_default().push(equation);
        }
    }
    let mut found = Vec::new();
    for (name, readers) in readers {
        let (Some(of), [only]) = (network.quantity(name), readers.as_slice()) else { continue };
        let Some(read) = only.body.as_read().filter(|_| of.role.is_computed()) else { continue };
        let places: Option<Vec<Integer>> = read
            .subscripts
            .iter()
            .filter(|subscript| !covers(subscript, of, read))
            .map(|subscript| match subscript {
                Subscript::At(place) => place.as_name().map(|_| place.clone()),
                _ => None,
            })
            .collect();
        let Some(places) = places else { continue };
        let whole = places.len() < of.axes.len() && places == only.at;
        let is_output = network.results().contains(name);
        if whole && !is_output && network.quantity(&only.target).is_some_and(|view| view.role == Role::Named) {
            found.push((only.target.clone(), Shown { quantity: name.clone(), at: places }));
        }
    }
    for (view, shown) in found {
        if let Some(view) = network.quantities.get_mut(&view) {
            view.shown = Some(shown);
        }
    }
}

/// Whether a subscript takes all entries along its axis.
fn covers(subscript: &Subscript, of: &Quantity, read: &Read) -> bool {
    let axis = read.subscripts.iter().position(|other| other == subscript).and_then(|axis| of.axes.get(axis));
    match subscript {
        Subscript::All => true,
        Subscript::Range(low, high) => axis.is_some_and(|axis| (&axis.low, &axis.high) == (low, high)),
        Subscript::At(_) => false,
    }
}

fn gradient_reads(network: &Network) -> impl Iterator<Item = &Read> {
    let reads = network.equations.iter().flat_map(|equation| equation.body.reads());
    reads.filter(|read| !read.constant && read.mark == Mark::Value)
}

fn is_read(term: &Term) -> bool {
    matches!(term.op(), Op::Read(_))
}

/// How many leading axes of the shape a reading has subscripts for; `:` at the end says nothing.
fn deepest(quantity: &Quantity, read: &Read) -> usize {
    let last = read.subscripts.iter().rposition(|subscript| *subscript != Subscript::All);
    last.map_or(0, |last| (last + 1).saturating_sub(quantity.axes.len()))
}

struct Viewer {
    network: Network,
    /// Letters that names of the file begin with.
    begun: BTreeSet<Name>,
    /// How many axes of the shape have a subscript in adjoints.
    depths: FxHashMap<Name, usize>,
    /// The quantities that stand for the entries of others.
    entries: BTreeMap<Name, Name>,
    /// The quantities that stand for readings.
    named: BTreeMap<(Vec<Binder>, Term), Term>,
}

impl Viewer {
    /// `e_x[t,j] = x[t,j]` for all entries of `x`, as far as `depth` axes of its shape go.
    fn enter(&mut self, name: &Name, depth: usize) {
        let Some(quantity) = self.network.quantity(name).cloned() else { return };
        let mut axes = quantity.axes.clone();
        for size in quantity.shape.axes().iter().take(depth) {
            let taken = axes.iter().map(|axis| axis.index.clone()).collect();
            let low = Integer::number(1);
            let index = index_letter(&self.network, &taken, &low, size);
            axes.push(Binder { index, low, high: size.clone() });
        }
        let at: Vec<Integer> = axes.iter().map(|axis| Integer::name(axis.index.clone())).collect();
        let shape = quantity.shape.without_leading(depth);
        let read = Read { shape: shape.clone(), ..quantity.read_at(Mark::Value, &at) };
        let view = Quantity {
            name: part_name(&|name| is_unused(&self.network, name), &self.begun, name, "e"),
            role: Role::Named,
            axes: axes.clone(),
            shape,
            shown: None,
            draw: None,
            span: quantity.span.clone(),
        };
        self.entries.insert(name.clone(), view.name.clone());
        let body = Term::read(read);
        self.network.equations.push(Equation {
            target: view.name.clone(),
            at,
            ranges: axes,
            body,
            span: quantity.span.clone(),
        });
        self.add(name, view);
    }

    /// Puts a quantity before the one it is a part of.
    fn add(&mut self, before: &Name, quantity: Quantity) {
        let position = self.network.quantities.get_index_of(before).unwrap_or(self.network.quantities.len());
        self.network.quantities.shift_insert(position, quantity.name.clone(), quantity);
    }

    /// A reading of entries, through the quantity that stands for them.
    fn entered(&self, term: &Term) -> Term {
        let Some(read) = term.as_read().filter(|read| !read.constant && read.mark == Mark::Value) else {
            return term.clone();
        };
        let (Some(quantity), Some(entries)) = (self.network.quantity(&read.quantity), self.entries.get(&read.quantity))
        else {
            return term.clone();
        };
        if deepest(quantity, read) == 0 {
            return term.clone();
        }
        Term::read(Read { quantity: entries.clone(), ..read.clone() })
    }

    fn visit(&mut self, equation: &Equation, scope: &[Binder], term: &Term) -> Term {
        if let Some(read) = term.as_read() {
            if read.constant || read.mark != Mark::Value {
                return term.clone();
            }
            let mut read = read.clone();
            while read.subscripts.last() == Some(&Subscript::All) {
                read.subscripts.pop();
            }
            let term = self.entered(&Term::read(read));
            return if self.is_exact(&term) { term } else { self.name(equation, scope, term) };
        }
        let mut inner = scope.to_vec();
        if let Op::Reduce(_, binder) = term.op() {
            inner.push(binder.clone());
        }
        let args = term.args().iter().map(|arg| self.visit(equation, &inner, arg)).collect();
        Term::new(term.op().clone(), args).unwrap_or_else(|_| term.clone())
    }

    /// Whether a reading has one integer for each index axis, and for each entry axis where entries are what all read.
    fn is_exact(&self, term: &Term) -> bool {
        let Some(read) = term.as_read() else { return true };
        let Some(quantity) = self.network.quantity(&read.quantity) else { return true };
        let count = quantity.axes.len() + self.depths.get(&quantity.name).copied().unwrap_or(0);
        read.places().is_some_and(|places| places.len() == count)
    }

    fn name(&mut self, equation: &Equation, scope: &[Binder], term: Term) -> Term {
        let axes = scoped(scope, &term.free_names());
        if let Some(read) = self.named.get(&(axes.clone(), term.clone())) {
            return read.clone();
        }
        let at: Vec<Integer> = axes.iter().map(|axis| Integer::name(axis.index.clone())).collect();
        let source = term.as_read().map_or_else(|| equation.target.clone(), |read| read.quantity.clone());
        let view = Quantity {
            name: part_name(&|name| is_unused(&self.network, name), &self.begun, &source, "s"),
            role: Role::Named,
            axes: axes.clone(),
            shape: term.shape().clone(),
            shown: None,
            draw: None,
            span: equation.span.clone(),
        };
        let read = Term::read(view.read_at(Mark::Value, &at));
        self.named.insert((axes.clone(), term.clone()), read.clone());
        self.network.equations.push(Equation {
            target: view.name.clone(),
            at,
            ranges: axes,
            body: term,
            span: equation.span.clone(),
        });
        self.add(&equation.target, view);
        read
    }
}
