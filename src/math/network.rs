//! A network: equations over indices, with all names, shapes and ranges known.

use super::draw::Draw;
use super::expression::{Binder, Mark, Op, Read, Subscript, Term};
use super::integer::Integer;
use super::name::Name;
use super::number::Rational;
use super::operations::runs;
use super::shape::Shape;
use super::source::{Source, Span};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::collections::{BTreeMap, BTreeSet};

/// Quantities by name, in order of declaration or first definition.
pub type Quantities = IndexMap<Name, Quantity, FxBuildHasher>;

/// A network as `resolve` hands it on. Everything in it is well typed, in range and free of cycles.
#[derive(Clone, PartialEq, Debug)]
pub struct Network {
    /// Its name.
    pub name: Name,
    /// The comment above the first statement: what it is and where it comes from.
    pub comment: Vec<String>,
    /// Sizes, in order, with their numbers where the file gives them.
    pub sizes: IndexMap<Name, Option<i64>>,
    /// Declared indices, in order.
    pub indices: IndexMap<Name, Index>,
    /// Quantities, in order of declaration or first definition.
    pub quantities: Quantities,
    /// Equations in the order of the file. A quantity may have several, one for each case.
    pub equations: Vec<Equation>,
    /// The quantities whose upstream gradient is given.
    pub outputs: Vec<Name>,
    /// The loss, if there is one; its upstream gradient is 1 unless the data say other.
    pub loss: Option<Name>,
    /// The text it was read from.
    pub source: Source,
}

/// An index and its range, both ends included.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Index {
    /// Its letter.
    pub name: Name,
    /// The first value.
    pub low: Integer,
    /// The last value.
    pub high: Integer,
    /// Whether recurrences may run along it (`along`) or not (`over`).
    pub recurrent: bool,
}

/// An array: index axes, then a shape.
#[derive(Clone, PartialEq, Debug)]
pub struct Quantity {
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub role: Role,
    /// The index axes with the values they run through. A state with an initial value runs from one before its index.
    pub axes: Vec<Binder>,
    /// What is left after the index axes.
    pub shape: Shape,
    /// How it is shown, when not by its own name: `h0` is `h` at 0.
    pub shown: Option<Shown>,
    /// How a sweep draws it, unless it is computed or written in the file.
    pub draw: Option<Draw>,
    /// Where it was declared, or first defined.
    pub span: Span,
}

/// A quantity that is a place of another one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// The other one.
    pub quantity: Name,
    /// Where: one entry for each axis of the other one.
    pub at: Vec<Integer>,
}

/// What a quantity is for.
#[derive(Clone, PartialEq, Debug)]
pub enum Role {
    /// Given by the data, with a gradient.
    Input,
    /// Learned, with a gradient.
    Param,
    /// The initial value of a state, with a gradient.
    Initial,
    /// Given by the data, without gradient.
    Given,
    /// Written in the file: numbers, row-major over axes and shape.
    Const(Vec<Rational>),
    /// Computed by an equation of the file.
    Computed,
    /// Computed by an equation that `derive` made to name a part of another: a pre-activation, say.
    Named,
}

impl Role {
    /// Whether gradients flow into such a quantity.
    pub fn has_gradient(&self) -> bool {
        !matches!(self, Role::Given | Role::Const(_))
    }

    /// Whether it is a leaf with a gradient: what `--wrt` may name and `gradient` returns.
    pub fn is_learned(&self) -> bool {
        matches!(self, Role::Input | Role::Param | Role::Initial)
    }

    /// Whether an equation computes it.
    pub fn is_computed(&self) -> bool {
        matches!(self, Role::Computed | Role::Named)
    }
}

/// `target[at] = body`, for all values of the free indices in `ranges`.
#[derive(Clone, PartialEq, Debug)]
pub struct Equation {
    /// The quantity on the left.
    pub target: Name,
    /// One entry for each index axis: the index itself, or a number or size in a case.
    pub at: Vec<Integer>,
    /// The indices that stand free in `at`, each with the values for which this equation holds.
    pub ranges: Vec<Binder>,
    /// The right side, shaped like the target.
    pub body: Term,
    /// Where it was written (for a [`Role::Named`] part: the part).
    pub span: Span,
}

impl Network {
    /// The quantity of that name.
    pub fn quantity(&self, name: &Name) -> Option<&Quantity> {
        self.quantities.get(name)
    }

    /// The equations of a quantity, its general one and its cases, in order.
    pub fn equations_of<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a Equation> + 'a {
        self.equations.iter().filter(move |equation| &equation.target == name)
    }

    /// All that a gradient is asked of by default: inputs, parameters and initial values, in order.
    pub fn learned(&self) -> impl Iterator<Item = &Quantity> {
        self.quantities.values().filter(|quantity| quantity.role.is_learned())
    }

    /// The quantities that L is made of: the loss, or else all outputs.
    pub fn seeds(&self) -> Vec<Name> {
        self.loss.as_ref().map_or_else(|| self.outputs.clone(), |loss| vec![loss.clone()])
    }

    /// All that L depends on: only what stands here moves L, and everything else is computed in vain.
    pub fn needed(&self) -> BTreeSet<Name> {
        let (mut found, mut open) = (BTreeSet::new(), self.seeds());
        while let Some(name) = open.pop() {
            if found.insert(name.clone()) {
                let reads = self.equations_of(&name).flat_map(|equation| equation.body.reads());
                open.extend(reads.map(|read| read.quantity.clone()));
            }
        }
        found
    }

    /// How many numbers are learned, as a formula in the sizes.
    pub fn parameters(&self) -> Integer {
        let learned = self.quantities.values().filter(|quantity| quantity.role == Role::Param);
        learned.fold(Integer::number(0), |total, quantity| {
            total.plus(&quantity.shape.count().times(&runs(&quantity.axes)))
        })
    }

    /// The quantities in the order of the file whose values an evaluation returns: outputs, or else the loss.
    pub fn results(&self) -> Vec<Name> {
        if self.outputs.is_empty() { self.loss.iter().cloned().collect() } else { self.outputs.clone() }
    }
}

impl Quantity {
    /// A reading of its value, adjoint or upstream gradient at its own indices.
    pub fn read(&self, mark: Mark) -> Read {
        let at: Vec<Integer> = self.axes.iter().map(|axis| Integer::name(axis.index.clone())).collect();
        self.read_at(mark, &at)
    }

    /// A reading at the given places, one for each index axis.
    pub fn read_at(&self, mark: Mark, at: &[Integer]) -> Read {
        Read {
            quantity: self.name.clone(),
            mark,
            subscripts: at.iter().cloned().map(Subscript::At).collect(),
            shape: self.shape.clone(),
            constant: mark != Mark::Value || !self.role.has_gradient(),
            padded: false,
        }
    }
}

impl Equation {
    /// The left side as a term.
    pub fn left(&self, network: &Network) -> Option<Term> {
        network.quantity(&self.target).map(|quantity| Term::read(quantity.read_at(Mark::Value, &self.at)))
    }

    /// Whether it is a case: some place on the left is no index.
    pub fn is_case(&self) -> bool {
        self.ranges.len() < self.at.len()
    }
}

/// The values of sizes, by name.
pub type Sizes = BTreeMap<Name, i64>;

/// Whether `term` reads `name` anywhere.
pub fn reads(term: &Term, name: &Name) -> bool {
    let mut found = false;
    term.walk(&mut |part| {
        if let Op::Read(read) = part.op() {
            found |= &read.quantity == name;
        }
    });
    found
}
