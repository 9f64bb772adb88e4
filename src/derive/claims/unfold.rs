//! Definitions put in place of readings.

use super::scalar::{compare, only_where};
use super::system::{Definition, System};
use crate::derive::range::{Truth, within};
use crate::math::expression::{Binder, Op, Read, Reducer, Relation, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number;
use std::collections::{BTreeMap, BTreeSet};

/// Terms with more operations than this are not unfolded further.
const LARGEST: usize = 20_000;
/// As often definitions are put into definitions.
const ROUNDS: usize = 48;

impl System<'_> {
    /// The term with the definitions of all `wanted` quantities put in, again and again. `None` when it grows too large, or
    /// when definitions go round in a circle.
    pub fn unfolded(&self, term: &Term, scope: &[Binder], wanted: &dyn Fn(&Read) -> bool) -> Option<Term> {
        let mut term = term.clone();
        for _ in 0..ROUNDS {
            let (next, changed) = self.once(&term, scope, wanted)?;
            if !changed {
                return Some(next);
            }
            if next.size() > LARGEST {
                return None;
            }
            term = next;
        }
        None
    }

    /// One round of it, and whether anything was put in.
    pub fn once(&self, term: &Term, scope: &[Binder], wanted: &dyn Fn(&Read) -> bool) -> Option<(Term, bool)> {
        if let Op::Read(read) = term.op() {
            if wanted(read)
                && let Some(body) = self.put(read, scope)
            {
                return Some((body, true));
            }
            return Some((term.clone(), false));
        }
        let mut inner = scope.to_vec();
        if let Op::Reduce(_, binder) = term.op() {
            inner.retain(|known| known.index != binder.index);
            inner.push(binder.clone());
        }
        let mut changed = false;
        let mut args = Vec::with_capacity(term.args().len());
        for arg in term.args() {
            let (arg, new) = self.once(arg, &inner, wanted)?;
            changed |= new;
            args.push(arg);
        }
        if !changed {
            return Some((term.clone(), false));
        }
        Term::new(term.op().clone(), args).ok().map(|term| (term, true))
    }

    /// What the definition of a quantity says where it is read, if one definition says it for all values of the indices.
    /// Past the end of a range a reading is 0.
    fn put(&self, read: &Read, scope: &[Binder]) -> Option<Term> {
        let places: Vec<Integer> = read.places()?.into_iter().cloned().collect();
        let definitions = self.definitions(&read.quantity);
        let mut some: Option<(&Definition, BTreeMap<Name, Integer>, Vec<Test>)> = None;
        for definition in definitions.iter() {
            if definition.at.len() != places.len() {
                return None;
            }
            let mut put = BTreeMap::new();
            let (mut truth, mut tests) = (Truth::Always, Vec::new());
            for (at, place) in definition.at.iter().zip(&places) {
                let range = at.as_name().and_then(|name| definition.ranges.iter().find(|range| &range.index == name));
                let Some(range) = range else {
                    match within(place, at, at, scope) {
                        Truth::Always => {}
                        Truth::Never => truth = Truth::Never,
                        Truth::Depends => return None,
                    }
                    continue;
                };
                put.insert(range.index.clone(), place.clone());
                match within(place, &range.low, &range.high, scope) {
                    Truth::Always => {}
                    Truth::Never => truth = Truth::Never,
                    Truth::Depends if truth != Truth::Never => {
                        truth = Truth::Depends;
                        tests.extend(self.open_tests(definition, range, place, scope));
                    }
                    Truth::Depends => {}
                }
            }
            match truth {
                Truth::Never => {}
                Truth::Always => return Some(definition.body.at(&put)),
                Truth::Depends if some.is_some() => return None,
                Truth::Depends => some = Some((definition, put, tests)),
            }
        }
        let Some((definition, put, tests)) = some else {
            return definitions.first().map(|_| Term::number(number::whole(0)));
        };
        // Another definition may hold where this one does not.
        let others = definitions.len() > 1;
        if others && !tests.is_empty() {
            return None;
        }
        let mut body = definition.body.at(&put);
        for (relation, left, right) in tests {
            body = only_where(compare(relation, &left, &right)?, body)?;
        }
        Some(body)
    }

    /// The tests that are needed for a place to be in a range: none on a side past which the body is absent anyway.
    fn open_tests(
        &self,
        definition: &Definition,
        range: &Binder,
        place: &Integer,
        scope: &[Binder],
    ) -> Vec<(Relation, Integer, Integer)> {
        let mut tests = Vec::new();
        let zero = Integer::number(0);
        let sure = |distance: Integer| within(&zero, &zero, &distance, scope) == Truth::Always;
        let letter = &range.index;
        if !sure(place.minus(&range.low)) && !self.absent(&definition.body, letter, Side::Below(&range.low), scope) {
            tests.push((Relation::GreaterEqual, place.clone(), range.low.clone()));
        }
        if !sure(range.high.minus(place)) && !self.absent(&definition.body, letter, Side::Above(&range.high), scope) {
            tests.push((Relation::LessEqual, place.clone(), range.high.clone()));
        }
        tests
    }

    /// Whether a term is absent, as it reads past the end of a range, where `letter` lies beyond a bound.
    pub fn absent(&self, term: &Term, letter: &Name, side: Side, scope: &[Binder]) -> bool {
        let args = term.args();
        match term.op() {
            Op::Read(read) => self.read_absent(read, letter, side, scope),
            Op::Add => args.iter().all(|arg| self.absent(arg, letter, side, scope)),
            Op::Where => args[1..]
                .iter()
                .all(|arg| arg.as_number().is_some_and(number::is_zero) || self.absent(arg, letter, side, scope)),
            Op::Reduce(Reducer::Sum, binder) => {
                &binder.index != letter
                    && self.absent(&args[0], letter, side, &[scope, std::slice::from_ref(binder)].concat())
            }
            Op::Mul | Op::Div | Op::Neg | Op::Fill(_) | Op::Apply(_) => {
                args.iter().any(|arg| self.absent(arg, letter, side, scope))
            }
            Op::Power => self.absent(&args[0], letter, side, scope),
            _ => false,
        }
    }

    /// The same for a reading.
    pub fn read_absent(&self, read: &Read, letter: &Name, side: Side, scope: &[Binder]) -> bool {
        let Some(axes) = self.axes(&read.quantity) else { return false };
        let zero = Integer::number(0);
        let sure = |distance: Integer| within(&zero, &zero, &distance, scope) == Truth::Always;
        axes.iter().zip(&read.subscripts).any(|(axis, subscript)| {
            let Subscript::At(place) = subscript else { return false };
            let Some((coefficient, rest)) = place.linear_in(letter) else { return false };
            match (side, coefficient) {
                (Side::Above(bound), 1) => sure(bound.plus(&rest).minus(&axis.high)),
                (Side::Above(bound), -1) => sure(axis.low.minus(&rest).plus(bound)),
                (Side::Below(bound), 1) => sure(axis.low.minus(bound).minus(&rest)),
                (Side::Below(bound), -1) => sure(rest.minus(bound).minus(&axis.high)),
                _ => false,
            }
        })
    }

    /// Where circles of definitions are cut, so that all others can be unfolded: at those of `start` first, if `near`, then
    /// at quantities of the network that many others read.
    pub fn knots(&self, start: &BTreeSet<Name>, near: bool, inside: &dyn Fn(&Name) -> bool) -> BTreeSet<Name> {
        let mut edges: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
        let mut open: Vec<Name> = start.iter().filter(|name| inside(name)).cloned().collect();
        while let Some(name) = open.pop() {
            if edges.contains_key(&name) {
                continue;
            }
            let definitions = self.definitions(&name);
            let read = definitions.iter().flat_map(|definition| definition.body.reads());
            let next: BTreeSet<Name> = read.map(|read| read.quantity.clone()).filter(|name| inside(name)).collect();
            open.extend(next.iter().cloned());
            edges.insert(name, next);
        }
        let mut cut = BTreeSet::new();
        while let Some(circle) = circle(&edges, &cut) {
            // The one with most readers in the circles is named most often by authors, too.
            let readers = |name: &Name| {
                let shown = self.derivative(name).is_some_and(|derivative| {
                    self.group.base.quantity(&derivative.by).is_some_and(|quantity| !quantity.axes.is_empty())
                });
                (near && start.contains(name), shown, edges.values().filter(|next| next.contains(name)).count())
            };
            let Some(chosen) = circle.iter().max_by_key(|name| (readers(name), std::cmp::Reverse((*name).clone())))
            else {
                break;
            };
            cut.insert(chosen.clone());
        }
        cut
    }
}

/// A comparison that is still open.
type Test = (Relation, Integer, Integer);

/// Beyond which bound.
#[derive(Clone, Copy)]
pub enum Side<'b> {
    /// Less than the bound.
    Below(&'b Integer),
    /// More than the bound.
    Above(&'b Integer),
}

/// Some circle that is not cut.
fn circle(edges: &BTreeMap<Name, BTreeSet<Name>>, cut: &BTreeSet<Name>) -> Option<Vec<Name>> {
    let mut done: BTreeSet<&Name> = cut.iter().collect();
    for start in edges.keys() {
        let mut path: Vec<(&Name, Vec<&Name>)> = Vec::new();
        if done.contains(start) {
            continue;
        }
        path.push((start, edges[start].iter().collect()));
        while let Some((name, next)) = path.last_mut() {
            let name: &Name = name;
            match next.pop() {
                None => {
                    done.insert(name);
                    path.pop();
                }
                Some(other) if done.contains(other) => {}
                Some(other) => {
                    if let Some(at) = path.iter().position(|(known, _)| *known == other) {
                        return Some(path[at..].iter().map(|(name, _)| (*name).clone()).collect());
                    }
                    if let Some(further) = edges.get(other) {
                        path.push((other, further.iter().collect()));
                    }
                }
            }
        }
    }
    None
}
