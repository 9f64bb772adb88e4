//! Which readings lie on a path from one reading to another: from an equation to what it reads, in one step.

use super::super::letters::Letters;
use super::super::range::{Truth, within};
use crate::math::expression::{Binder, Mark, Op, Read, Reducer, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::jacobian::{Standing, Way};
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity};
use std::collections::{BTreeMap, BTreeSet};

/// No path is longer than this.
const LONGEST: usize = 400;

/// The search for paths between two readings.
pub struct Search<'n> {
    network: &'n Network,
    wrt: &'n Read,
    way: Way,
    /// The indices of the question with their values.
    ranges: &'n [Binder],
    /// Letters for bound indices.
    letters: Letters,
    /// The quantities whose equations lead to that of `wrt`, at any place.
    movers: BTreeSet<&'n Name>,
    /// Whether `wrt` is reached from a reading, by reading.
    known: BTreeMap<Read, bool>,
    /// Computed readings beside the way, which stand still, in the order in which they were met.
    pub held: Vec<Read>,
}

/// How a reading meets `wrt`: what bound letters must be, and which places must agree besides.
#[derive(Clone, Default, Debug)]
pub struct Meeting {
    /// Integers for letters that are summed over.
    pub put: BTreeMap<Name, Integer>,
    /// Pairs of places that must be equal.
    pub equal: Vec<(Integer, Integer)>,
}

/// The equation that computes a reading, and what its indices are there.
pub struct Found<'n> {
    /// Its position in the network.
    pub number: usize,
    /// The equation.
    pub equation: &'n Equation,
    /// Integers for its indices.
    pub put: BTreeMap<Name, Integer>,
}

impl<'n> Search<'n> {
    /// A search for what leads from `wrt` to `of`.
    pub fn new(network: &'n Network, of: &Read, wrt: &'n Read, ranges: &'n [Binder]) -> Self {
        let way = Way::between(network, of, wrt);
        let letters = Letters::of(network);
        let movers = movers(network, &wrt.quantity);
        Search { network, wrt, way, ranges, letters, movers, known: BTreeMap::new(), held: Vec::new() }
    }

    /// All readings with a gradient in the equation of a reading that stands under the sums `bound`.
    pub fn readings(&self, found: &Found, bound: &[Binder]) -> Vec<Seen> {
        let mut seen = Vec::new();
        let taken = taken(self.ranges, bound);
        gather(&found.equation.body, &found.put, &taken, bound, &self.letters, &mut seen);
        seen
    }

    /// A binder with integers put for free indices and a letter that is not taken; what is to be put inside; what is
    /// taken there.
    pub fn opened(&self, binder: &Binder, put: &Put, taken: &BTreeSet<Name>) -> (Binder, Put, BTreeSet<Name>) {
        opened(binder, put, taken, &self.letters)
    }

    /// What is differentiated by.
    pub fn wrt(&self) -> &'n Read {
        self.wrt
    }

    /// Whether `read` moves when `wrt` does. `bound` are the sums around it.
    pub fn reaches(&mut self, read: &Read, bound: &[Binder], depth: usize) -> Result<bool, String> {
        if depth > LONGEST {
            return Err(format!("the paths are longer than {LONGEST} equations"));
        }
        if self.meets(read, bound)?.is_some() {
            return Ok(true);
        }
        if !self.is_between(read)? || !self.movers.contains(&read.quantity) {
            return Ok(false);
        }
        if let Some(known) = self.known.get(read) {
            return Ok(*known);
        }
        let found = equation_at(self.network, read, &[self.ranges, bound].concat())?;
        let mut any = false;
        for seen in self.readings(&found, bound) {
            any |= self.reaches(&seen.placed, &seen.binders, depth + 1)?;
        }
        self.known.insert(read.clone(), any);
        Ok(any)
    }

    /// Whether a reading is computed on the way.
    fn is_between(&mut self, read: &Read) -> Result<bool, String> {
        let computed = self.network.quantity(&read.quantity).is_some_and(|quantity| quantity.role.is_computed());
        if !computed || read.mark != Mark::Value {
            return Ok(false);
        }
        match self.way.standing(self.network, &cut(self.network, read)) {
            Some(Standing::Between) => Ok(true),
            Some(Standing::Beside) => {
                if !self.held.contains(read) {
                    self.held.push(read.clone());
                }
                Ok(false)
            }
            None => Err(format!("`{}` is read at many steps at once", read.quantity)),
        }
    }

    /// Whether a reading is `wrt` itself, and when.
    pub fn meets(&self, read: &Read, bound: &[Binder]) -> Result<Option<Meeting>, String> {
        if read.quantity != self.wrt.quantity || read.mark != Mark::Value {
            return Ok(None);
        }
        let ranges = [self.ranges, bound].concat();
        let mut meeting = Meeting::default();
        let own: Vec<Subscript> = cut(self.network, read).subscripts;
        for (place, wanted) in own.iter().zip(&self.wrt.subscripts) {
            let (place, wanted) = match (place, wanted) {
                (Subscript::At(place), Subscript::At(wanted)) => (place, wanted),
                (one, other) if one == other => continue,
                _ => return Err(format!("`{}` is read by slices", read.quantity)),
            };
            let place = place.substitute(&meeting.put);
            let apart = place.minus(wanted);
            let letter = bound
                .iter()
                .find(|binder| place.linear_in(&binder.index).is_some_and(|(coefficient, _)| coefficient.abs() == 1));
            if apart.as_number() == Some(0) {
            } else if let Some(binder) = letter {
                let (coefficient, rest) = place.linear_in(&binder.index).unwrap_or_default();
                let value = wanted.minus(&rest).scaled(coefficient);
                meeting.put.insert(binder.index.clone(), value);
            } else if apart.as_number().is_some() || within(&place, wanted, wanted, &ranges) == Truth::Never {
                return Ok(None);
            } else {
                meeting.equal.push((place, wanted.clone()));
            }
        }
        Ok(Some(meeting))
    }
}

/// The quantities that read `wrt`, or read others that do.
fn movers<'n>(network: &'n Network, wrt: &'n Name) -> BTreeSet<&'n Name> {
    let mut readers: BTreeMap<&Name, Vec<&'n Name>> = BTreeMap::new();
    for equation in &network.equations {
        for read in equation.body.reads().into_iter().filter(|read| !read.constant) {
            readers.entry(&read.quantity).or_default().push(&equation.target);
        }
    }
    let (mut found, mut open) = (BTreeSet::new(), vec![wrt]);
    while let Some(name) = open.pop() {
        for reader in readers.get(name).into_iter().flatten() {
            if found.insert(*reader) {
                open.push(reader);
            }
        }
    }
    found
}

/// The letters that a bound index must not have.
pub fn taken(ranges: &[Binder], bound: &[Binder]) -> BTreeSet<Name> {
    ranges.iter().chain(bound).map(|binder| binder.index.clone()).collect()
}

/// The reading of the whole cell: entries of the payload left out.
fn cut(network: &Network, read: &Read) -> Read {
    let axes = network.quantity(&read.quantity).map_or(0, |quantity| quantity.axes.len());
    Read { subscripts: read.subscripts.iter().take(axes).cloned().collect(), ..read.clone() }
}

/// The equation that computes a reading.
pub fn equation_at<'n>(network: &'n Network, read: &Read, ranges: &[Binder]) -> Result<Found<'n>, String> {
    let places: Vec<Integer> = cut(network, read)
        .places()
        .ok_or_else(|| format!("`{}` is read by slices", read.quantity))?
        .into_iter()
        .cloned()
        .collect();
    let mut found: Option<Found> = None;
    for (number, equation) in network.equations.iter().enumerate().filter(|(_, one)| one.target == read.quantity) {
        let (mut put, mut sure, mut never) = (BTreeMap::new(), true, equation.at.len() != places.len());
        for (at, place) in equation.at.iter().zip(&places) {
            let range = at.as_name().and_then(|name| equation.ranges.iter().find(|range| &range.index == name));
            let truth = match range {
                Some(range) => {
                    put.insert(range.index.clone(), place.clone());
                    let (low, high) = (range.low.substitute(&put), range.high.substitute(&put));
                    within(place, &low, &high, ranges)
                }
                None => within(place, at, at, ranges),
            };
            sure &= truth == Truth::Always;
            never |= truth == Truth::Never;
        }
        match () {
            () if never => {}
            () if sure => return Ok(Found { number, equation, put }),
            () if found.is_some() => {
                return Err(format!("which equation gives `{}` depends on the indices", read.quantity));
            }
            () => found = Some(Found { number, equation, put }),
        }
    }
    match found {
        // Only one can, so it does if the reading exists at all.
        Some(found) => Ok(found),
        None => Err(format!("no equation gives `{}` there", read.quantity)),
    }
}

/// A reading in an equation.
pub struct Seen {
    /// As it stands in the equation.
    pub written: Read,
    /// Where the indices of the equation are what they are at the place in question.
    pub placed: Read,
    /// The binders around it there.
    pub binders: Vec<Binder>,
}

fn gather(
    term: &Term,
    put: &BTreeMap<Name, Integer>,
    taken: &BTreeSet<Name>,
    binders: &[Binder],
    letters: &Letters,
    found: &mut Vec<Seen>,
) {
    match term.op() {
        Op::Read(read) if read.constant => {}
        Op::Read(read) => {
            found.push(Seen { written: read.clone(), placed: read.at(put), binders: binders.to_vec() });
        }
        Op::Reduce(reducer, binder) => {
            let (bound, put_inside, taken) = opened(binder, put, taken, letters);
            let inside = [binders, &[bound]].concat();
            for arg in term.args() {
                if *reducer == Reducer::Softmax {
                    gather(arg, put, &taken, binders, letters, found);
                }
                gather(arg, &put_inside, &taken, &inside, letters, found);
            }
        }
        _ => term.args().iter().for_each(|arg| gather(arg, put, taken, binders, letters, found)),
    }
}

/// Integers for indices.
type Put = BTreeMap<Name, Integer>;

fn opened(binder: &Binder, put: &Put, taken: &BTreeSet<Name>, letters: &Letters) -> (Binder, Put, BTreeSet<Name>) {
    let mut taken = taken.clone();
    let mut bound = Binder { low: binder.low.substitute(put), high: binder.high.substitute(put), ..binder.clone() };
    if taken.contains(&bound.index) {
        bound.index = letters.pick(&bound, &taken);
    }
    taken.insert(bound.index.clone());
    let mut inside = put.clone();
    inside.insert(binder.index.clone(), Integer::name(bound.index.clone()));
    (bound, inside, taken)
}

/// Whether a reading is one whole cell of a number or a vector, as the matrices of a Jacobian need it.
pub fn is_cell(quantity: &Quantity, read: &Read) -> Result<(), String> {
    let plain = read.subscripts.iter().all(|subscript| matches!(subscript, Subscript::At(_)));
    let whole = plain && read.subscripts.len() == quantity.axes.len() && !read.padded;
    match () {
        () if !whole => Err(format!("`{}` is read by entries or slices, or past its end", read.quantity)),
        () if quantity.shape.axes().len() > 1 => Err(format!("`{}` is {}", read.quantity, quantity.shape)),
        () => Ok(()),
    }
}
