//! What computes what: equations and lines, with the places that they read.

use crate::math::derivation::Line;
use crate::math::expression::{Binder, Mark, Op, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Equation;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Something that computes `quantity[at]` for all values of the indices in `ranges`.
pub(super) struct Item {
    pub(super) quantity: Name,
    pub(super) at: Vec<Integer>,
    /// The indices for which it holds.
    pub(super) ranges: Vec<Binder>,
    reads: Vec<Place>,
}

/// A place that is read: for each subscript the least and the greatest value relative to the indices of the item, and
/// over all of their values.
struct Place {
    quantity: Name,
    near: Vec<(Integer, Integer)>,
    far: Vec<(Integer, Integer)>,
}

impl Item {
    /// An equation of a network.
    pub(super) fn equation(equation: &Equation) -> Item {
        let mut item = Item {
            quantity: equation.target.clone(),
            at: equation.at.clone(),
            ranges: equation.ranges.clone(),
            reads: vec![],
        };
        item.collect(&equation.body, Mark::Value, &mut equation.ranges.clone());
        item
    }

    /// A backward line.
    pub(super) fn line(line: &Line) -> Item {
        let at = line.left.places().unwrap_or_default().into_iter().cloned().collect();
        let mut item = Item { quantity: line.left.quantity.clone(), at, ranges: line.ranges.clone(), reads: vec![] };
        for part in &line.parts {
            let mut bound: Vec<Binder> = line.ranges.iter().chain(&part.sums).cloned().collect();
            item.collect(&part.term, Mark::Adjoint, &mut bound);
        }
        item
    }

    fn collect(&mut self, term: &Term, mark: Mark, bound: &mut Vec<Binder>) {
        if let Op::Read(read) = term.op()
            && read.mark == mark
        {
            let own = self.ranges.len();
            let between = |bound: &[Binder]| {
                let ends = |subscript: &Subscript| match subscript {
                    Subscript::At(place) => (end(place, bound, false), end(place, bound, true)),
                    _ => (Integer::number(0), Integer::number(0)),
                };
                read.subscripts.iter().map(ends).collect()
            };
            let place = Place { quantity: read.quantity.clone(), near: between(&bound[own..]), far: between(bound) };
            self.reads.push(place);
        }
        let depth = bound.len();
        if let Op::Reduce(_, binder) = term.op() {
            bound.push(binder.clone());
        }
        term.args().iter().for_each(|arg| self.collect(arg, mark, bound));
        bound.truncate(depth);
    }

    /// Whether the place may be one that this item computes.
    fn computes(&self, place: &Place) -> bool {
        self.quantity == place.quantity
            && self.at.iter().zip(&place.far).all(|(own, (least, greatest))| {
                let (low, high) = (end(own, &self.ranges, false), end(own, &self.ranges, true));
                let beyond = |left: &Integer, right: &Integer| left.minus(right).as_number().is_some_and(|by| by > 0);
                !beyond(least, &high) && !beyond(&low, greatest)
            })
    }

    /// How far the place is from where this item stands, for each index: `None` where the sign is not known.
    fn steps(&self, place: &Place) -> Steps {
        let mut found = BTreeMap::new();
        for (own, (least, greatest)) in self.at.iter().zip(&place.near) {
            let Some(index) = own.as_name().filter(|name| self.ranges.iter().any(|range| range.index == **name)) else {
                continue;
            };
            let (least, greatest) = (least.minus(own).as_number(), greatest.minus(own).as_number());
            let step = match (least, greatest) {
                (Some(least), _) if least > 0 => Some(least),
                (_, Some(greatest)) if greatest < 0 => Some(greatest),
                (Some(0), Some(0)) => Some(0),
                _ => None,
            };
            found.insert(index.clone(), step);
        }
        found
    }
}

/// By how much places differ from where they are read, for each index.
pub(super) type Steps = BTreeMap<Name, Option<i64>>;

/// Which items each item reads, and how far away.
pub(super) fn edges(items: &[Item]) -> Vec<BTreeMap<usize, BTreeSet<Steps>>> {
    let mut makers: FxHashMap<&Name, Vec<usize>> = FxHashMap::default();
    items.iter().enumerate().for_each(|(number, item)| makers.entry(&item.quantity).or_default().push(number));
    let edges = |item: &Item| {
        let mut found: BTreeMap<usize, BTreeSet<Steps>> = BTreeMap::new();
        for place in &item.reads {
            let makers = makers.get(&place.quantity).into_iter().flatten();
            for maker in makers.filter(|maker| items[**maker].computes(place)) {
                found.entry(*maker).or_default().insert(items[*maker].steps(place));
            }
        }
        found
    };
    items.iter().map(edges).collect()
}

/// The least or the greatest value over the ranges of bound indices, the innermost last.
fn end(place: &Integer, bound: &[Binder], greatest: bool) -> Integer {
    bound.iter().rev().fold(place.clone(), |place, range| match place.linear_in(&range.index) {
        Some((coefficient, _)) if coefficient != 0 => {
            let value = if (coefficient > 0) == greatest { &range.high } else { &range.low };
            place.substitute(&BTreeMap::from([(range.index.clone(), value.clone())]))
        }
        _ => place,
    })
}
