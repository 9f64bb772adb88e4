//! What an author may have meant to write: readings of what the equation may speak of, and terms that paths contribute.

use crate::check::bench::Bench;
use crate::math::expression::{Binder, Mark, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Quantity, Role};
use crate::math::shape::{Shape, Sort};
use std::collections::BTreeMap;

/// Parts with more nodes than this are seldom what is missing.
const LONGEST: usize = 12;
/// No more parts than this are tried.
const PARTS: usize = 60;

/// Everything that may stand in the place of something else.
#[derive(Clone)]
pub struct Vocabulary {
    /// Readings with their shapes.
    pub readings: Vec<Term>,
    /// Parts of equations: roots, sums, norms.
    pub parts: Vec<Term>,
    /// Terms that may be missing.
    pub terms: Vec<Term>,
    /// Derivatives through every path.
    pub paths: Vec<Term>,
}

impl Vocabulary {
    /// The readings that an equation of `target` over these indices may be made of.
    pub fn of(bench: &Bench, target: &Name, scope: &[Binder], body: &Term, terms: Vec<Term>) -> Vocabulary {
        let used: Vec<Name> = body.reads().iter().map(|read| read.quantity.clone()).collect();
        let known = |letter: &Name| scope.iter().any(|range| &range.index == letter) || binds(body, letter);
        let at = places(bench, body);
        let mut readings: Vec<Term> = Vec::new();
        let mut add = |read: Read| {
            let term = Term::read(read);
            if !readings.contains(&term) {
                readings.push(term);
            }
        };
        for read in body.reads() {
            add(read.clone());
        }
        for quantity in bench.union.quantities.values() {
            let name = &quantity.name;
            let own = bench.group.base.quantity(name).is_some_and(|known| !matches!(known.role, Role::Initial));
            let author =
                bench.group.locals.contains(name) || used.contains(name) || bench.group.upstreams.contains_key(name);
            if !(own || author) {
                continue;
            }
            let mut options: Vec<Vec<Integer>> = Vec::new();
            for axis in &quantity.axes {
                let mut here: Vec<Integer> = Vec::new();
                if known(&axis.index) {
                    let letter = Integer::name(axis.index.clone());
                    here.push(letter.clone());
                    if bench.group.base.indices.get(&axis.index).is_some_and(|index| index.recurrent) {
                        here.extend([letter.offset(-1), letter.offset(1)]);
                    }
                }
                here.extend(at.get(&axis.index).into_iter().flatten().cloned());
                options.push(here);
            }
            let Some(places) = options.iter().map(|here| here.first().cloned()).collect::<Option<Vec<_>>>() else {
                // Along letters that mean nothing here it is read as a whole.
                whole(quantity, &options).into_iter().for_each(&mut add);
                continue;
            };
            let read = quantity.read_at(Mark::Value, &places);
            add(read.clone());
            for (position, here) in options.iter().enumerate() {
                for other in here.iter().skip(1) {
                    let mut places = places.clone();
                    places[position] = other.clone();
                    add(Read { subscripts: places.into_iter().map(Subscript::At).collect(), ..read.clone() });
                }
            }
        }
        // Nothing is defined by itself.
        let itself = |read: &Read| {
            &read.quantity == target
                && read.places().is_some_and(|places| places.iter().all(|place| place.as_name().is_some()))
        };
        readings.retain(|term| term.as_read().is_none_or(|read| !itself(read) || body.reads().contains(&read)));
        let free = |term: &&Term| {
            let index = |name: &Name| bench.group.base.indices.contains_key(name);
            term.free_names().iter().all(|name| known(name) || !index(name))
        };
        let paths = bench.paths.iter().filter(free).cloned().collect();
        let parts = parts(bench, body, &readings).into_iter().filter(|term| free(&term)).collect();
        Vocabulary { readings, parts, terms, paths }
    }
}

/// A quantity with all its values along the axes for which there is no place.
fn whole(quantity: &Quantity, options: &[Vec<Integer>]) -> Option<Read> {
    let (mut subscripts, mut sizes) = (Vec::new(), Vec::new());
    for (axis, here) in quantity.axes.iter().zip(options) {
        match here.first() {
            Some(place) => subscripts.push(Subscript::At(place.clone())),
            None if axis.low == Integer::number(1) => {
                subscripts.push(Subscript::All);
                sizes.push(axis.high.clone());
            }
            None => return None,
        }
    }
    sizes.extend(quantity.shape.axes().iter().cloned());
    Some(Read { subscripts, shape: Shape::Axes(sizes), ..quantity.read(Mark::Value) })
}

/// What equations are made of, the shortest parts first: of the network's and of the author's, and sums of all entries.
fn parts(bench: &Bench, body: &Term, readings: &[Term]) -> Vec<Term> {
    let mut found: Vec<Term> = Vec::new();
    for equation in &bench.group.network.equations {
        equation.body.walk(&mut |part| {
            let whole = matches!(part.op(), Op::Apply(_) | Op::Power | Op::Add | Op::Total | Op::Reduce(..) | Op::Mul);
            if whole && part.ty().sort == Sort::Real && (2..=LONGEST).contains(&part.size()) && !found.contains(part) {
                found.push(part.clone());
            }
        });
    }
    let totals = readings.iter().filter(|reading| !reading.shape().is_number());
    let totals = totals.filter_map(|reading| Term::new(Op::Total, vec![reading.clone()]).ok());
    found.extend(totals.filter(|total| !found.contains(total)).collect::<Vec<_>>());
    found.retain(|part| part != body);
    found.sort_by_key(Term::size);
    found.truncate(PARTS);
    found
}

/// The places at which an equation reads along each index.
fn places(bench: &Bench, body: &Term) -> BTreeMap<Name, Vec<Integer>> {
    let mut found: BTreeMap<Name, Vec<Integer>> = BTreeMap::new();
    for read in body.reads() {
        let Some(quantity) = bench.union.quantity(&read.quantity) else { continue };
        for (axis, place) in quantity.axes.iter().zip(&read.subscripts) {
            let Subscript::At(place) = place else { continue };
            let here = found.entry(axis.index.clone()).or_default();
            if !here.contains(place) {
                here.push(place.clone());
            }
        }
    }
    found
}

fn binds(term: &Term, letter: &Name) -> bool {
    let mut found = false;
    term.walk(&mut |part| {
        if let Op::Reduce(_, binder) = part.op() {
            found |= &binder.index == letter;
        }
    });
    found
}
