//! How a parameter is used: contracted, as a factor, or added. And how many entries meet in one output of it, its fan-in.

use super::integers;
use super::network::Resolved;
use crate::math::expression::{Binder, Op, Read, Reducer, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::shape::Shape;
use std::collections::BTreeSet;

/// One way in which a parameter is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Use {
    /// In a matrix product, or as a factor below a sum over its entries.
    Contracted,
    /// As a factor, entry by entry.
    Factor,
    /// In any other way: added, mostly.
    Other,
}

/// The two fans of a matrix.
pub struct Fans {
    /// How many entries are added up for one output.
    pub inward: Integer,
    /// In how many outputs one input stands.
    pub outward: Integer,
}

/// The ways in which a parameter of these axes is used in the equations.
pub fn uses(name: &Name, (indices, shape): (&[Binder], &Shape), equations: &[Resolved]) -> BTreeSet<Use> {
    let mut found = BTreeSet::new();
    let mut note = |used, _: &[usize]| {
        found.insert(used);
    };
    let mut walk = Walk { name, indices: indices.len(), shape, found: &mut note };
    equations.iter().for_each(|equation| walk.term(&equation.body, Place::default()));
    found
}

/// The fans of a parameter. The first axis of its shape counts outputs and the second inputs, and further axes belong to both, as in
/// `W : H × D` and in convolutions; where every product contracts the first axis, as in `X @ W`, they change places.
/// Of a vector, or of numbers with indices, as many enter one output as are added up.
pub fn fans(name: &Name, (indices, shape): (&[Binder], &Shape), equations: &[Resolved]) -> Fans {
    let mut contracted = BTreeSet::new();
    let mut note = |_, axes: &[usize]| contracted.extend(axes.iter().copied());
    let mut walk = Walk { name, indices: indices.len(), shape, found: &mut note };
    equations.iter().for_each(|equation| walk.term(&equation.body, Place::default()));
    let own = indices.len();
    let lengths = indices.iter().map(|axis| integers::count(&axis.low, &axis.high));
    let axes: Vec<Integer> = lengths.chain(shape.axes().iter().cloned()).collect();
    let product = |axes: &mut dyn Iterator<Item = &Integer>| axes.fold(Integer::number(1), |all, axis| all.times(axis));
    if shape.axes().len() < 2 {
        let added = |axis: &usize| contracted.contains(axis);
        let inward = product(&mut axes.iter().enumerate().filter(|(axis, _)| added(axis)).map(|(_, length)| length));
        return Fans { inward, outward: product(&mut axes.iter()) };
    }
    let rest = product(&mut axes.iter().skip(own + 2));
    let (one, other) = (axes[own].times(&rest), axes[own + 1].times(&rest));
    if contracted.contains(&own) && !contracted.contains(&(own + 1)) {
        Fans { inward: one, outward: other }
    } else {
        Fans { inward: other, outward: one }
    }
}

/// What stands around a term.
#[derive(Clone, Default)]
struct Place {
    /// Indices that are summed, with only products, signs and sums in between.
    summed: Vec<Name>,
    /// Whether all entries are summed, likewise.
    total: bool,
    /// Whether it is a factor.
    factor: bool,
    /// Where it is an operand of a matrix product: the axis that is contracted.
    contracted: Option<usize>,
}

/// Tells `found` of every reading of `name`: how it is used, and which of its axes are contracted.
struct Walk<'w> {
    name: &'w Name,
    /// How many indices it has; its axes are counted from the first of them.
    indices: usize,
    shape: &'w Shape,
    found: &'w mut dyn FnMut(Use, &[usize]),
}

impl Walk<'_> {
    fn term(&mut self, term: &Term, place: Place) {
        let args = term.args();
        match term.op() {
            Op::Read(read) if &read.quantity == self.name => self.read(read, &place),
            Op::MatMul => {
                for (arg, axis) in args.iter().zip([1, 0]) {
                    let matrix = arg.shape().axes().len() == 2;
                    let axis = if matrix { axis } else { 0 };
                    self.term(arg, Place { contracted: Some(axis), ..Place::default() });
                }
            }
            Op::Transpose => {
                self.term(&args[0], Place { contracted: place.contracted.map(|axis| 1 - axis.min(1)), ..place });
            }
            Op::Mul => args.iter().for_each(|arg| self.term(arg, Place { factor: true, ..place.clone() })),
            Op::Fill(_) | Op::Neg => self.term(&args[0], place),
            Op::Add => args.iter().for_each(|arg| self.term(arg, Place { contracted: None, ..place.clone() })),
            Op::Div => {
                self.term(&args[0], Place { factor: true, ..place });
                self.term(&args[1], Place { factor: true, ..Place::default() });
            }
            Op::Reduce(Reducer::Sum | Reducer::Mean, binder) => {
                let mut inside = Place { factor: false, contracted: None, ..place };
                inside.summed.push(binder.index.clone());
                self.term(&args[0], inside);
            }
            Op::Total => self.term(&args[0], Place { total: true, ..Place::default() }),
            _ => args.iter().for_each(|arg| self.term(arg, Place::default())),
        }
    }

    fn read(&mut self, read: &Read, place: &Place) {
        let summed = |subscript: &Subscript| match subscript {
            Subscript::At(at) => place.summed.iter().any(|index| at.names().contains(index)),
            _ => false,
        };
        let added = read.subscripts.iter().enumerate().filter(|(_, subscript)| summed(subscript));
        let mut added: Vec<usize> = added.map(|(axis, _)| axis).collect();
        if place.total && !read.shape.is_number() {
            added.extend(read.subscripts.len()..self.indices + self.shape.axes().len());
        }
        match place.contracted {
            Some(axis) if !read.shape.is_number() => {
                (self.found)(Use::Contracted, &[self.indices + axis.min(self.shape.axes().len().saturating_sub(1))])
            }
            _ if place.factor && !added.is_empty() => (self.found)(Use::Contracted, &added),
            _ if place.factor => (self.found)(Use::Factor, &[]),
            _ => (self.found)(Use::Other, &[]),
        }
    }
}
