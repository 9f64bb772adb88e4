//! Which equations stand in one loop, in which order, and which way the loop runs: what is printed can be computed
//! from top to bottom.

use super::markup::Markup;
use crate::math::derivation::Line;
use crate::math::expression::{Binder, Mark, Op, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Equation;
use std::collections::{BTreeMap, BTreeSet};

/// Something that computes `quantity[at]` for all values of the indices in `ranges`.
pub(super) struct Item {
    quantity: Name,
    at: Vec<Integer>,
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

/// Items that are computed in one loop.
pub(super) struct Block {
    /// Positions of the items, in order.
    pub(super) members: Vec<usize>,
    /// The indices of the loop, outermost first, and whether each runs downward. None: computed once.
    pub(super) ranges: Vec<(Binder, bool)>,
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
    fn steps(&self, place: &Place) -> BTreeMap<Name, Option<i64>> {
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

/// The items in blocks that can be computed one after the other. What needs no loop comes as late as it may.
pub(super) fn blocks(items: &[Item]) -> Vec<Block> {
    let needs: Vec<BTreeSet<usize>> = items
        .iter()
        .map(|item| {
            let reads = |other: &Item| item.reads.iter().any(|place| other.computes(place));
            (0..items.len()).filter(|number| reads(&items[*number])).collect()
        })
        .collect();
    let reach: Vec<BTreeSet<usize>> = (0..items.len()).map(|start| reachable(start, &needs)).collect();
    let circle = |number: usize| -> Vec<usize> {
        let together =
            |other: &usize| *other == number || reach[number].contains(other) && reach[*other].contains(&number);
        (0..items.len()).filter(together).collect()
    };
    let mut done: BTreeSet<usize> = BTreeSet::new();
    let mut blocks: Vec<Block> = Vec::new();
    while done.len() < items.len() {
        let ready: Vec<Vec<usize>> = (0..items.len())
            .filter(|number| !done.contains(number))
            .map(circle)
            .filter(|circle| {
                let settled = |need: &usize| done.contains(need) || circle.contains(need);
                circle.iter().all(|number| needs[*number].iter().all(settled))
            })
            .collect();
        let joined = |circle: &Vec<usize>| {
            let last = blocks.last()?;
            let members: Vec<usize> = last.members.iter().chain(&inner(circle, items)).copied().collect();
            let same = |number: &usize| items[*number].ranges == items[last.members[0]].ranges;
            let ranges = if members.iter().all(same) { order(&members, items)? } else { return None };
            Some(Block { members, ranges })
        };
        let next = ready.iter().find_map(|circle| Some((circle.clone(), joined(circle)?)));
        if let Some((circle, block)) = next.filter(|(_, block)| !block.ranges.is_empty() || only_once(&ready, items)) {
            blocks.pop();
            blocks.push(block);
            done.extend(circle);
            continue;
        }
        let in_loop = |circle: &&Vec<usize>| circle.iter().any(|number| !items[*number].ranges.is_empty());
        let Some(circle) = ready.iter().find(in_loop).or(ready.first()) else { break };
        let members = inner(circle, items);
        let ranges = order(&members, items)
            .unwrap_or_else(|| widest(&members, items).iter().map(|range| (range.clone(), false)).collect());
        done.extend(circle);
        blocks.push(Block { members, ranges });
    }
    blocks
}

fn only_once(ready: &[Vec<usize>], items: &[Item]) -> bool {
    ready.iter().flatten().all(|number| items[*number].ranges.is_empty())
}

fn reachable(start: usize, needs: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let (mut found, mut open) = (BTreeSet::new(), vec![start]);
    while let Some(number) = open.pop() {
        open.extend(needs[number].iter().filter(|need| found.insert(**need)));
    }
    found
}

/// The members of a circle, each after those that it reads at the same indices.
fn inner(circle: &[usize], items: &[Item]) -> Vec<usize> {
    let mut rest: Vec<usize> = circle.to_vec();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let waits = |number: usize| {
            rest.iter().any(|other| {
                *other != number
                    && items[number].reads.iter().any(|place| {
                        items[*other].computes(place)
                            && items[*other].steps(place).values().all(|step| *step == Some(0))
                    })
            })
        };
        let next = rest.iter().position(|number| !waits(*number)).unwrap_or(0);
        found.push(rest.remove(next));
    }
    found
}

fn widest<'a>(members: &[usize], items: &'a [Item]) -> &'a [Binder] {
    let ranges = members.iter().map(|number| items[*number].ranges.as_slice());
    ranges.fold(&[], |widest, ranges| if ranges.len() > widest.len() { ranges } else { widest })
}

/// Loops over the indices such that all that is read among the members was computed in an earlier turn, or in the same
/// one; `None` if there are none.
fn order(members: &[usize], items: &[Item]) -> Option<Vec<(Binder, bool)>> {
    let mut steps: Vec<BTreeMap<Name, Option<i64>>> = Vec::new();
    for reader in members {
        for place in &items[*reader].reads {
            let from = members.iter().filter(|number| items[**number].computes(place));
            steps.extend(from.map(|number| items[*number].steps(place)));
        }
    }
    let all = steps.clone();
    let moves = |index: &Name| all.iter().any(|step| matches!(step.get(index), Some(Some(by)) if *by != 0));
    let mut open: Vec<Binder> = widest(members, items).to_vec();
    let mut found = Vec::new();
    while !open.is_empty() {
        let sign = |range: &Binder| {
            let mut signs = BTreeSet::new();
            for step in &steps {
                // A place that does not move with this index says nothing about it.
                match step.get(&range.index) {
                    Some(None) => return None,
                    Some(Some(by)) => signs.insert(by.signum()),
                    None => signs.insert(0),
                };
            }
            signs.remove(&0);
            (signs.len() < 2).then(|| signs.first().copied().unwrap_or(0))
        };
        let Some((position, sign)) = open.iter().enumerate().find_map(|(place, range)| Some((place, sign(range)?)))
        else {
            // Within a turn of the loops so far, members are computed one after the other, each for all values of the rest.
            let settled = found.iter().any(|(range, _): &(Binder, bool)| moves(&range.index));
            found.extend(open.into_iter().map(|range| (range, false)));
            return settled.then_some(found);
        };
        let range = open.remove(position);
        steps.retain(|step| step.get(&range.index).is_none_or(|by| *by == Some(0)));
        found.push((range, sign > 0));
    }
    Some(found)
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

/// `t = 1, …, T` for each index.
pub(super) fn heading(ranges: &[(Binder, bool)], notation: &super::notation::Notation) -> Vec<Markup> {
    ranges.iter().map(|(range, downward)| notation.range(range, *downward)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{op, read, recurrent, size, vector};
    use super::*;

    fn equation(target: &str, at: Integer, body: Term) -> Equation {
        let range = Binder { index: "t".into(), low: Integer::number(1), high: size("T") };
        let ranges = if at.as_name().is_some() { vec![range] } else { vec![] };
        let span = recurrent().network.equations[0].span.clone();
        Equation { target: target.into(), at: vec![at], ranges, body, span }
    }

    fn shown(equations: &[Equation]) -> Vec<(Vec<usize>, Option<bool>)> {
        let items: Vec<Item> = equations.iter().map(Item::equation).collect();
        let way = |block: &Block| block.ranges.first().map(|(_, downward)| *downward);
        blocks(&items).into_iter().map(|block| (block.members.clone(), way(&block))).collect()
    }

    #[test]
    fn loops_run_the_way_their_recurrence_does() {
        let t = size("t");
        let at = |name: &str, place: &Integer| read(Mark::Value, name, std::slice::from_ref(place), vector("H"));
        let equations = [
            equation("y", t.clone(), op(Op::Add, &[&at("f", &t), &at("g", &t)])),
            equation("f", t.clone(), at("f", &t.offset(-1))),
            equation("g", t.clone(), at("g", &t.offset(1))),
            equation("f", Integer::number(0), at("z", &Integer::number(1))),
            equation("last", Integer::number(2), at("y", &Integer::number(1))),
        ];
        let found = shown(&equations);
        assert_eq!(found, [(vec![2], Some(true)), (vec![3], None), (vec![1, 0], Some(false)), (vec![4], None)]);
    }

    #[test]
    fn opposite_recurrences_over_one_circle_have_no_common_order_of_one_index() {
        let (l, t) = (size("l"), size("t"));
        let range = |index: &str| Binder { index: index.into(), low: Integer::number(1), high: size("T") };
        let at = |l: &Integer, t: &Integer| read(Mark::Value, "h", &[l.clone(), t.clone()], vector("H"));
        let mut item = equation(
            "h",
            l.clone(),
            op(Op::Add, &[&at(&l.offset(1), &t.offset(-1)), &at(&l.offset(-1), &t.offset(-1))]),
        );
        item.at.push(t.clone());
        item.ranges = vec![range("l"), range("t")];
        let found = blocks(&[Item::equation(&item)]);
        let order: Vec<(&str, bool)> =
            found[0].ranges.iter().map(|(range, downward)| (range.index.as_str(), *downward)).collect();
        assert_eq!(order, [("t", false), ("l", false)]);
    }
}
