//! Equations that are alike up to names are derived once: the four gates of a cell, the layers of a stack.

use crate::math::derivation::{Gain, Reason, Step};
use crate::math::expression::{Binder, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::shape::Shape;
use indexmap::IndexSet;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Names for quantities and sizes, all put in at once.
#[derive(Default)]
pub struct Renaming {
    quantities: BTreeMap<Name, Name>,
    sizes: BTreeMap<Name, Integer>,
    /// What shared terms became, by their address; the caller keeps those terms alive.
    done: RefCell<BTreeMap<usize, Term>>,
}

/// Makes equal parts of several terms shared, so that renaming meets each of them once.
#[derive(Default)]
pub struct Sharing(BTreeMap<Term, Term>);

impl Sharing {
    /// The same term, made of shared parts.
    pub fn share(&mut self, term: &Term) -> Term {
        if let Some(shared) = self.0.get(term) {
            return shared.clone();
        }
        let args = term.args().iter().map(|arg| self.share(arg)).collect();
        let shared = Term::new(term.op().clone(), args).unwrap_or_else(|_| term.clone());
        self.0.insert(shared.clone(), shared.clone());
        shared
    }

    /// The same steps, made of shared terms.
    pub fn steps(&mut self, steps: &[Step]) -> Vec<Step> {
        let share =
            |step: &Step| Step { after: self.share(&step.after), substeps: self.steps(&step.substeps), ..step.clone() };
        steps.iter().map(share).collect()
    }

    /// The same gains, made of shared terms.
    pub fn gains(&mut self, gains: &[Gain]) -> Vec<Gain> {
        gains.iter().map(|gain| Gain { term: self.share(&gain.term), ..gain.clone() }).collect()
    }
}

/// The renaming that numbers quantities, and sizes of payloads, in the order in which they appear; and its inverse.
pub fn numbering(term: &Term) -> (Renaming, Renaming) {
    numbering_of(&[term])
}

/// The same for several terms that speak of the same quantities.
pub fn numbering_of(terms: &[&Term]) -> (Renaming, Renaming) {
    let (mut there, mut back) = (Renaming::default(), Renaming::default());
    let mut size = |shape: &Shape| {
        for axis in shape.axes() {
            // Most sizes are plain names, and known already.
            if axis.as_name().is_some_and(|name| there.sizes.contains_key(name)) {
                continue;
            }
            for name in axis.names() {
                if !there.sizes.contains_key(&name) {
                    let number = numbered(there.sizes.len() + 1);
                    back.sizes.insert(number.clone(), Integer::name(name.clone()));
                    there.sizes.insert(name, Integer::name(number));
                }
            }
        }
    };
    let mut names: IndexSet<Name> = IndexSet::new();
    let mut meet = |part: &Term| match part.op() {
        Op::Read(read) => {
            size(&read.shape);
            names.insert(read.quantity.clone());
        }
        Op::Fill(shape) | Op::Reshape(shape) => size(shape),
        Op::Eye(axis) => size(&Shape::vector(axis.clone())),
        Op::Slice(low, high) => size(&Shape::matrix(low.clone(), high.clone())),
        _ => {}
    };
    terms.iter().for_each(|term| term.walk(&mut |part| meet(part)));
    for (number, name) in names.into_iter().enumerate() {
        let number = numbered(number + 1);
        back.quantities.insert(number.clone(), name.clone());
        there.quantities.insert(name, number);
    }
    (there, back)
}

/// `%1`, `%2`, …: what no network calls anything. The first ones are made once.
fn numbered(number: usize) -> Name {
    static FIRST: LazyLock<Vec<Name>> =
        LazyLock::new(|| (0..64).map(|number| Name::from(format!("%{number}"))).collect());
    FIRST.get(number).cloned().unwrap_or_else(|| Name::from(format!("%{number}")))
}

impl Renaming {
    /// The term under the new names.
    pub fn term(&self, term: &Term) -> Term {
        if let Some(done) = self.done.borrow().get(&term.address()) {
            return done.clone();
        }
        let renamed = self.rename(term);
        self.done.borrow_mut().insert(term.address(), renamed.clone());
        renamed
    }

    fn rename(&self, term: &Term) -> Term {
        let args: Vec<Term> = term.args().iter().map(|arg| self.term(arg)).collect();
        let op = match term.op() {
            Op::Read(read) => Op::Read(self.read(read)),
            Op::Integer(integer) => Op::Integer(integer.substitute(&self.sizes)),
            Op::Fill(shape) => Op::Fill(self.shape(shape)),
            Op::Reshape(shape) => Op::Reshape(self.shape(shape)),
            Op::Slice(low, high) => Op::Slice(low.substitute(&self.sizes), high.substitute(&self.sizes)),
            Op::Eye(size) => Op::Eye(size.substitute(&self.sizes)),
            Op::Reduce(reducer, binder) => Op::Reduce(*reducer, self.binder(binder)),
            other => other.clone(),
        };
        Term::new(op, args).unwrap_or_else(|_| term.clone())
    }

    /// The new name of a quantity.
    pub fn quantity(&self, name: &Name) -> Name {
        self.quantities.get(name).unwrap_or(name).clone()
    }

    /// All quantities that are renamed, with their new names.
    pub fn quantities(&self) -> impl Iterator<Item = (&Name, &Name)> {
        self.quantities.iter()
    }

    /// The new names of all sizes that are renamed.
    pub fn sizes(&self) -> impl Iterator<Item = Name> {
        self.sizes.values().filter_map(Integer::as_name).cloned()
    }

    fn reason(&self, reason: &Reason) -> Reason {
        match reason {
            Reason::Definition { quantity, folded } => {
                Reason::Definition { quantity: self.quantity(quantity), folded: *folded }
            }
            other => other.clone(),
        }
    }

    /// The binder under the new names.
    pub fn binder(&self, binder: &Binder) -> Binder {
        binder.at(&self.sizes)
    }

    fn shape(&self, shape: &Shape) -> Shape {
        shape.substitute(&self.sizes, &BTreeMap::new())
    }

    /// The reading under the new names.
    pub fn read(&self, read: &Read) -> Read {
        let integer = |integer: &Integer| integer.substitute(&self.sizes);
        let subscript = |subscript: &Subscript| match subscript {
            Subscript::At(place) => Subscript::At(integer(place)),
            Subscript::Range(low, high) => Subscript::Range(integer(low), integer(high)),
            Subscript::All => Subscript::All,
        };
        Read {
            quantity: self.quantity(&read.quantity),
            shape: self.shape(&read.shape),
            subscripts: read.subscripts.iter().map(subscript).collect(),
            ..*read
        }
    }

    /// The steps under the new names.
    pub fn steps(&self, steps: &[Step]) -> Vec<Step> {
        steps
            .iter()
            .map(|step| Step {
                reason: self.reason(&step.reason),
                places: step.places.clone(),
                after: self.term(&step.after),
                substeps: self.steps(&step.substeps),
                needs: Vec::new(),
            })
            .collect()
    }

    /// The gains under the new names.
    pub fn gains(&self, gains: &[Gain]) -> Vec<Gain> {
        let gain = |gain: &Gain| Gain {
            of: self.read(&gain.of),
            term: self.term(&gain.term),
            sums: gain.sums.iter().map(|sum| self.binder(sum)).collect(),
        };
        gains.iter().map(gain).collect()
    }
}
