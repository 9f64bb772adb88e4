//! A Jacobian: how some readings move with others, path by path. Data that renderers and the judge read.
//!
//! It is meant in one step: what moves lies between the reading that is asked about and the one it is differentiated by;
//! everything else stands still, above all the other quantities of the step that the latter belongs to.

use super::derivation::Step;
use super::expression::{Binder, Read, Subscript, Term};
use super::integer::Integer;
use super::name::Name;
use super::network::Network;
use super::number::Rational;
use super::shape::Shape;
use std::collections::BTreeMap;

/// The Jacobians of all readings in `of` by all readings in `wrt`, in blocks.
#[derive(Clone, PartialEq, Debug)]
pub struct Jacobian {
    /// The network with every pre-activation and shared part named.
    pub network: Network,
    /// What was asked.
    pub question: Question,
    /// The indices that stand free in the question, with the values for which the answer holds.
    pub ranges: Vec<Binder>,
    /// The equations that the paths follow, as positions in the network.
    pub forward: Vec<usize>,
    /// Computed readings that stand still although the paths pass by them.
    pub held: Vec<Read>,
    /// One for each pair, row by row: the first reading in `of` by all in `wrt`, then the second.
    pub blocks: Vec<Block>,
    /// Jacobians on the way that several terms share, in an order in which they can be computed.
    pub inner: Vec<Block>,
    /// How each equation on the way moves.
    pub locals: Vec<Local>,
}

/// What is asked: `∂of/∂wrt`, along the paths `through` a reading if one is given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// What moves.
    pub of: Vec<Read>,
    /// By what.
    pub wrt: Vec<Read>,
    /// Where all paths pass.
    pub through: Option<Read>,
}

/// `∂of/∂wrt = Σ terms`, a matrix of `of` × `wrt`; a row, a column or a number where one or both are numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    /// What moves.
    pub of: Read,
    /// By what.
    pub wrt: Read,
    /// Its payload.
    pub shape: Shape,
    /// One for each path; none when nothing leads from one to the other.
    pub terms: Vec<Path>,
    /// Paths that contribute nothing, with the steps that show it.
    pub vanishing: Vec<Path>,
    /// What its spectral norm cannot exceed.
    pub bound: Bound,
}

/// A path from `wrt` to `of`, and what it contributes.
#[derive(Clone, PartialEq, Debug)]
pub struct Path {
    /// The readings along the path, from `of` to `wrt`, or to `inner`.
    pub along: Vec<Read>,
    /// The product of the Jacobians of its equations, as they are.
    pub product: Term,
    /// From the product to the term.
    pub steps: Vec<Step>,
    /// What it contributes; multiplied from the right by the Jacobian `inner`, if it ends there.
    pub term: Term,
    /// The position of the Jacobian, among the inner ones, that the path goes on with.
    pub inner: Option<usize>,
}

/// How an equation moves: a calculation from d(right side) to a sum of matrices times d of single readings.
#[derive(Clone, PartialEq, Debug)]
pub struct Local {
    /// The position of the equation in the network.
    pub equation: usize,
    /// `d(right side)`, where readings that stand still are constant.
    pub start: Term,
    /// The steps, each by a law of the book.
    pub steps: Vec<Step>,
    /// What stands beside each d.
    pub slopes: Vec<Slope>,
}

/// `∂v/∂u` for an equation of `v` that reads `u`; summed over further indices if it is read under sums.
#[derive(Clone, PartialEq, Debug)]
pub struct Slope {
    /// The reading of `u`, as it stands in the equation.
    pub of: Read,
    /// The sums around it.
    pub sums: Vec<Binder>,
    /// The Jacobian.
    pub matrix: Term,
}

/// `‖J‖₂ ≤ Σ number · Π factors`
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bound {
    /// The summands.
    pub summands: Vec<Limit>,
    /// What was used of the book.
    pub facts: Vec<Fact>,
}

/// `number · Π factors`
#[derive(Clone, PartialEq, Debug)]
pub struct Limit {
    /// The number in front.
    pub number: Rational,
    /// What it is multiplied by.
    pub factors: Vec<Size>,
}

/// How large something is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Size {
    /// The largest singular value of a matrix.
    Spectral(Term),
    /// The largest absolute value of an entry.
    Largest(Term),
    /// The Euclidean length of a vector.
    Length(Term),
    /// The spectral norm of an inner Jacobian, by its position.
    Inner(usize),
}

/// A bound of a function that the book declares.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fact {
    /// `|slope| ≤ most`, at this argument.
    Slope {
        /// The function.
        operation: Name,
        /// Its argument.
        argument: Term,
        /// The bound.
        most: Rational,
    },
    /// `low ≤ value ≤ high`
    Value {
        /// The function.
        operation: Name,
        /// What is between the bounds: the quantity that is this function of something, or the function itself.
        value: Term,
        /// The lower bound.
        low: Rational,
        /// The upper bound.
        high: Rational,
    },
}

/// How a Jacobian was compared with exact derivatives.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Agreement {
    /// How many blocks were compared.
    pub blocks: usize,
    /// On how many random instances.
    pub instances: usize,
    /// The largest relative error.
    pub worst: f64,
    /// The largest share of its bound that a measured norm reached; above 1 the bound is wrong.
    pub share: f64,
}

/// Where a place lies along the way from `wrt` to `of`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Between both, or where `of` is: what is computed there moves.
    Between,
    /// Beside the way, or where `wrt` is: it stands still.
    Beside,
}

/// The way from `wrt` to `of` along the recurrent indices: what "one step" means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Way {
    /// Index by index: the place of `wrt`, and of `of`, as far as each has that axis.
    pub axes: Vec<(Name, Option<Integer>, Option<Integer>)>,
}

impl Way {
    /// The way between two readings of a network. Only recurrent indices count: along others all entries move together.
    pub fn between(network: &Network, of: &Read, wrt: &Read) -> Way {
        let indices = network.indices.values().filter(|index| index.recurrent);
        let axes = indices.map(|index| {
            let own = place_along(network, of, &index.name);
            let to = own.or_else(|| entered(network, of, &index.name));
            (index.name.clone(), place_along(network, wrt, &index.name), to)
        });
        Way { axes: axes.collect() }
    }

    /// The same with integers put for indices and sizes.
    pub fn at(&self, put: &BTreeMap<Name, Integer>) -> Way {
        let there = |place: &Option<Integer>| place.as_ref().map(|place| place.substitute(put));
        Way { axes: self.axes.iter().map(|(index, from, to)| (index.clone(), there(from), there(to))).collect() }
    }

    /// How many steps it is along each index; `None` where that depends on sizes or indices.
    pub fn steps(&self) -> Option<Vec<i64>> {
        let far = |(_, from, to): &(Name, Option<Integer>, Option<Integer>)| match (from, to) {
            (Some(from), Some(to)) => to.minus(from).as_number(),
            _ => Some(0),
        };
        self.axes.iter().map(far).collect()
    }

    /// How a reading stands to it; `None` when that depends on indices.
    pub fn standing(&self, network: &Network, read: &Read) -> Option<Standing> {
        let (mut apart, mut moved) = (false, false);
        for (index, from, to) in &self.axes {
            let Some(place) = place_along(network, read, index) else { continue };
            match (from, to) {
                (Some(from), Some(to)) => {
                    let (all, here) = (to.minus(from).as_number()?, place.minus(from).as_number()?);
                    if here.signum() * all.signum() < 0 || here.abs() > all.abs() {
                        return Some(Standing::Beside);
                    }
                    apart |= all != 0;
                    moved |= here != 0;
                }
                (Some(from), None) => {
                    apart = true;
                    moved |= place.minus(from).as_number()? != 0;
                }
                (None, Some(to)) => {
                    if place.minus(to).as_number()? != 0 {
                        return Some(Standing::Beside);
                    }
                }
                (None, None) => {}
            }
        }
        // The other quantities at the step of `wrt` are independent of it.
        Some(if apart && !moved { Standing::Beside } else { Standing::Between })
    }
}

/// The place of a reading along an index.
pub fn place_along(network: &Network, read: &Read, index: &Name) -> Option<Integer> {
    let quantity = network.quantity(&read.quantity)?;
    let position = quantity.axes.iter().position(|axis| &axis.index == index)?;
    match read.subscripts.get(position)? {
        Subscript::At(place) => Some(place.clone()),
        _ => None,
    }
}

/// Where a quantity without an axis along an index enters it: `y = V @ h[L]` enters `l` at L. `None` when it does not,
/// or at several places.
fn entered(network: &Network, of: &Read, index: &Name) -> Option<Integer> {
    let (mut open, mut seen) = (vec![&of.quantity], vec![&of.quantity]);
    let mut found: Option<Integer> = None;
    while let Some(name) = open.pop() {
        for read in network.equations_of(name).flat_map(|equation| equation.body.reads()) {
            match place_along(network, read, index) {
                Some(place) if found.as_ref().is_some_and(|found| *found != place) => return None,
                Some(place) => found = Some(place),
                None if !seen.contains(&&read.quantity) => {
                    seen.push(&read.quantity);
                    open.push(&read.quantity);
                }
                None => {}
            }
        }
    }
    // A place that runs is not one place.
    found.filter(|place| place.names().iter().all(|name| network.sizes.contains_key(name)))
}

/// The payload of `∂of/∂wrt`; `None` unless both are vectors or numbers.
pub fn shape_of(of: &Shape, wrt: &Shape) -> Option<Shape> {
    match (of.axes(), wrt.axes()) {
        ([], []) => Some(Shape::number()),
        ([rows], []) => Some(Shape::vector(rows.clone())),
        ([], [columns]) => Some(Shape::Row(columns.clone())),
        ([rows], [columns]) => Some(Shape::matrix(rows.clone(), columns.clone())),
        _ => None,
    }
}
