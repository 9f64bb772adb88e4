//! Which equations stand in one loop, in which order, and which way the loop runs: what is printed can be computed
//! from top to bottom.

use super::item::{Item, Steps, edges};
use super::markup::Markup;
use crate::math::dependence::{circles, members, sorted};
use crate::math::expression::Binder;
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

/// Items that are computed in one loop.
pub(super) struct Block {
    /// Positions of the items, in order.
    pub(super) members: Vec<usize>,
    /// The indices of the loop, outermost first, and whether each runs downward. None: computed once.
    pub(super) ranges: Vec<(Binder, bool)>,
    /// Where a turn of the loop has loops of its own, these one after the other, instead of members.
    pub(super) inner: Vec<Block>,
}

/// From each item to those that it reads, so many steps away.
type Edges = Vec<BTreeMap<usize, BTreeSet<Steps>>>;

/// The items in blocks that can be computed one after the other. What needs no loop comes first, if it can and others read it,
/// and else as late as it may.
pub(super) fn blocks(items: &[Item]) -> Vec<Block> {
    arranged(&items.iter().map(|item| item.ranges.clone()).collect::<Vec<_>>(), &edges(items))
}

/// The same for items that hold for these indices.
fn arranged(items: &[Vec<Binder>], edges: &Edges) -> Vec<Block> {
    let needs: Vec<BTreeSet<usize>> = edges.iter().map(|edges| edges.keys().copied().collect()).collect();
    let circle_of = circles(&needs);
    let circles = members(&circle_of);
    let mut ready = Ready::default();
    let mut waits = vec![0usize; circles.len()];
    let mut needed_by: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); circles.len()];
    for (number, needs) in needs.iter().enumerate() {
        let circle = circle_of[number];
        for need in needs.iter().map(|need| circle_of[*need]).filter(|need| *need != circle) {
            waits[circle] += usize::from(needed_by[need].insert(circle));
        }
    }
    (0..circles.len()).filter(|circle| waits[*circle] == 0).for_each(|circle| ready.add(&circles[circle], items));
    let mut blocks: Vec<Block> = Vec::new();
    // Of the last block: the steps within it, and the indices for which all its members hold, if they are the same.
    let (mut last, mut alike): (BTreeSet<Steps>, Option<&[Binder]>) = (BTreeSet::new(), None);
    let mut block_of: Vec<Option<usize>> = vec![None; items.len()];
    loop {
        // All before the first loop.
        let first = blocks.iter().all(|block| block.ranges.is_empty());
        let early = |start: &usize| first && items[*start].is_empty() && !needed_by[circle_of[*start]].is_empty();
        let joined = alike.and_then(|ranges| {
            ready.alike.get(ranges)?.iter().find_map(|start| {
                let circle = circle_of[*start];
                if ranges.is_empty() && !ready.looped.is_empty() && !early(start) {
                    return None;
                }
                let within = |number: &usize| circle_of[*number] == circle || block_of[*number] == Some(blocks.len());
                let mut steps = last.clone();
                circles[circle].iter().for_each(|number| steps.extend(steps_to(&edges[*number], &within)));
                let (found, open) = order(ranges, &steps);
                open.is_empty().then_some((*start, found, steps))
            })
        });
        let start = if let Some((start, ranges, steps)) = joined
            && let Some(block) = blocks.last_mut()
        {
            block.members.extend(inner(&circles[circle_of[start]], edges));
            (block.ranges, last) = (ranges, steps);
            start
        } else {
            let early = ready.all.iter().find(|start| early(start));
            let Some(start) = early.or(ready.looped.first()).or(ready.all.first()).copied() else { return blocks };
            let own = &circles[circle_of[start]];
            let within = |number: &usize| circle_of[*number] == circle_of[start];
            last = own.iter().flat_map(|number| steps_to(&edges[*number], &within)).collect();
            let block = block(own, items, edges, &last);
            alike = uniform(own, items).filter(|_| block.inner.is_empty());
            blocks.push(block);
            start
        };
        let done = circle_of[start];
        circles[done].iter().for_each(|number| block_of[*number] = Some(blocks.len()));
        ready.remove(&circles[done], items);
        for circle in std::mem::take(&mut needed_by[done]) {
            waits[circle] -= 1;
            if waits[circle] == 0 {
                ready.add(&circles[circle], items);
            }
        }
    }
}

/// The block of a circle: one loop, or a loop with others within, where a turn needs some of its items for all values of
/// an index before it goes on.
fn block(own: &[usize], items: &[Vec<Binder>], edges: &Edges, steps: &BTreeSet<Steps>) -> Block {
    let common = |range: &&Binder| own.iter().all(|number| items[*number].contains(range));
    let common: Vec<Binder> = items[own[0]].iter().filter(common).cloned().collect();
    let (found, open) = order(&common, steps);
    let moves = |(range, _): &(Binder, bool)| {
        steps.iter().any(|step| matches!(step.get(&range.index), Some(Some(by)) if *by != 0))
    };
    let flat = open.is_empty() && uniform(own, items).is_some();
    if flat || !found.iter().any(moves) {
        let ranges = if flat { found } else { widest(own, items).iter().map(|range| (range.clone(), false)).collect() };
        return Block { members: inner(own, edges), ranges, inner: Vec::new() };
    }
    // What is left for one turn: the items without the indices that stand still, and what they read in the same turn.
    let outer: BTreeSet<&Name> = found.iter().map(|(range, _)| &range.index).collect();
    let place: BTreeMap<usize, usize> = own.iter().enumerate().map(|(place, number)| (*number, place)).collect();
    let left = |number: &usize| items[*number].iter().filter(|range| !outer.contains(&range.index)).cloned().collect();
    let here = |steps: &Steps| -> Option<Steps> {
        let still = |(index, by): (&Name, &Option<i64>)| !outer.contains(index) || *by == Some(0);
        steps.iter().all(still).then(|| {
            let rest = steps.iter().filter(|(index, _)| !outer.contains(index));
            rest.map(|(index, by)| (index.clone(), *by)).collect()
        })
    };
    let turn: Edges = own
        .iter()
        .map(|number| {
            let same = |(other, steps): (&usize, &BTreeSet<Steps>)| {
                let steps: BTreeSet<Steps> = steps.iter().filter_map(here).collect();
                Some((*place.get(other)?, steps)).filter(|(_, steps)| !steps.is_empty())
            };
            edges[*number].iter().filter_map(same).collect()
        })
        .collect();
    let mut blocks = arranged(&own.iter().map(left).collect::<Vec<_>>(), &turn);
    blocks.iter_mut().for_each(|block| block.renumber(own));
    Block { members: Vec::new(), ranges: found, inner: blocks }
}

impl Block {
    /// Positions among `own` become those of the items there.
    fn renumber(&mut self, own: &[usize]) {
        self.members.iter_mut().for_each(|member| *member = own[*member]);
        self.inner.iter_mut().for_each(|block| block.renumber(own));
    }
}

/// The circles all of whose needs are met, by their first members.
#[derive(Default)]
struct Ready<'i> {
    all: BTreeSet<usize>,
    /// Those that need a loop.
    looped: BTreeSet<usize>,
    /// Those whose members all hold for the same indices.
    alike: BTreeMap<&'i [Binder], BTreeSet<usize>>,
}

impl<'i> Ready<'i> {
    fn add(&mut self, circle: &[usize], items: &'i [Vec<Binder>]) {
        self.all.insert(circle[0]);
        if circle.iter().any(|number| !items[*number].is_empty()) {
            self.looped.insert(circle[0]);
        }
        if let Some(ranges) = uniform(circle, items) {
            self.alike.entry(ranges).or_default().insert(circle[0]);
        }
    }

    fn remove(&mut self, circle: &[usize], items: &[Vec<Binder>]) {
        self.all.remove(&circle[0]);
        self.looped.remove(&circle[0]);
        if let Some(alike) = uniform(circle, items).and_then(|ranges| self.alike.get_mut(ranges)) {
            alike.remove(&circle[0]);
        }
    }
}

/// The indices for which all these items hold, if they are the same.
fn uniform<'i>(members: &[usize], items: &'i [Vec<Binder>]) -> Option<&'i [Binder]> {
    let ranges = items[*members.first()?].as_slice();
    members.iter().all(|number| items[*number] == ranges).then_some(ranges)
}

/// The steps from one item to those it reads `within` some others.
fn steps_to<'e>(
    edges: &'e BTreeMap<usize, BTreeSet<Steps>>,
    within: &'e dyn Fn(&usize) -> bool,
) -> impl Iterator<Item = Steps> + 'e {
    edges.iter().filter(|(number, _)| within(number)).flat_map(|(_, steps)| steps.iter().cloned())
}

/// The members of a circle, each after those that it reads at the same indices.
fn inner(circle: &[usize], edges: &Edges) -> Vec<usize> {
    let position: BTreeMap<usize, usize> = circle.iter().enumerate().map(|(place, number)| (*number, place)).collect();
    let here = |steps: &Steps| steps.values().all(|step| *step == Some(0));
    let needs = |number: &usize| {
        let same = edges[*number].iter().filter(|(other, steps)| *other != number && steps.iter().any(here));
        same.filter_map(|(other, _)| position.get(other).copied()).collect()
    };
    let needs: Vec<BTreeSet<usize>> = circle.iter().map(needs).collect();
    sorted(&needs, circle).into_iter().map(|place| circle[place]).collect()
}

fn widest<'a>(members: &[usize], items: &'a [Vec<Binder>]) -> &'a [Binder] {
    let ranges = members.iter().map(|number| items[*number].as_slice());
    ranges.fold(&[], |widest, ranges| if ranges.len() > widest.len() { ranges } else { widest })
}

/// Loops over the indices such that all that is read among the members, so many steps away, was computed in an earlier
/// turn, or in the same one; and the indices for which there is no such loop.
fn order(ranges: &[Binder], among: &BTreeSet<Steps>) -> (Vec<(Binder, bool)>, Vec<Binder>) {
    let mut steps: Vec<&Steps> = among.iter().collect();
    let mut open: Vec<Binder> = ranges.to_vec();
    let mut found = Vec::new();
    loop {
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
            return (found, open);
        };
        let range = open.remove(position);
        steps.retain(|step| step.get(&range.index).is_none_or(|by| *by == Some(0)));
        found.push((range, sign > 0));
    }
}

/// `t = 1, …, T` for each index.
pub(super) fn heading(ranges: &[(Binder, bool)], notation: &super::notation::Notation) -> Vec<Markup> {
    ranges.iter().map(|(range, downward)| notation.range(range, *downward)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{op, read, recurrent, size, vector};
    use super::*;
    use crate::math::expression::{Mark, Op, Reducer, Term};
    use crate::math::integer::Integer;
    use crate::math::network::Equation;

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
        assert_eq!(found, [(vec![3], None), (vec![1], Some(false)), (vec![2, 0], Some(true)), (vec![4], None)]);
    }

    #[test]
    fn what_a_turn_needs_for_all_values_of_an_index_stands_in_a_loop_within() {
        let (l, n) = (size("l"), size("n"));
        let range = |index: &str, last: &str| Binder { index: index.into(), low: Integer::number(1), high: size(last) };
        let at = |name: &str, places: &[&Integer]| {
            let places: Vec<Integer> = places.iter().map(|place| (*place).clone()).collect();
            read(Mark::Value, name, &places, vector("H"))
        };
        let item = |name: &str, at: &[&Integer], body: Term| {
            let mut item = equation(name, l.clone(), body);
            item.at = at.iter().map(|place| (*place).clone()).collect();
            item.ranges = [range("l", "L"), range("n", "N")][..at.len()].to_vec();
            item
        };
        let mean = op(Op::Reduce(Reducer::Mean, range("n", "N")), &[&at("u", &[&l, &n])]);
        let equations = [
            item("h", &[&l, &n], op(Op::Add, &[&at("u", &[&l, &n]), &at("m", &[&l])])),
            item("m", &[&l], mean),
            item("u", &[&l, &n], at("h", &[&l.offset(-1), &n])),
        ];
        let items: Vec<Item> = equations.iter().map(Item::equation).collect();
        let found = blocks(&items);
        let letters = |block: &Block| block.ranges.iter().map(|(range, _)| range.index.to_string()).collect::<String>();
        assert_eq!((found.len(), letters(&found[0])), (1, "l".to_string()));
        let turn: Vec<_> = found[0].inner.iter().map(|block| (letters(block), block.members.clone())).collect();
        assert_eq!(turn, [("n".to_string(), vec![2]), (String::new(), vec![1]), ("n".to_string(), vec![0])]);
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
