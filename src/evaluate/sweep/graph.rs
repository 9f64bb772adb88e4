//! Who reads whom: which quantities a sweep computes step by step, and what carries the past.

use super::reach::{Edge, Reach, along, reach, readings};
use crate::evaluate::fault::Fault;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Sizes};
use std::collections::{BTreeMap, BTreeSet};

/// What a sweep along an index computes.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    pub index: Name,
    /// 1 where the recurrence runs up, −1 where it runs down.
    pub direction: i64,
    /// The quantities computed step by step.
    pub inside: BTreeSet<Name>,
    /// Their equations.
    pub equations: Vec<usize>,
    /// The equations of all that is computed before the loop.
    pub prelude: Vec<usize>,
    /// What lies on a path from a state to a state.
    pub between: BTreeSet<Name>,
    /// What lies on a path from a state to the loss, and is not between states.
    pub outward: BTreeSet<Name>,
    /// The equations of all that the loss is made of after the loop.
    pub after: Vec<usize>,
    /// What carries the past: the quantity and how many steps back it is read, always against the direction.
    pub slots: Vec<(Name, i64)>,
    /// Recurrences that run the other way, or were not asked for.
    pub left_out: Vec<Name>,
}

/// How many places a sweep may have. A curve keeps a number for each, and there are a dozen or two curves.
const PLACES: u64 = 1 << 23;

impl Graph {
    /// The graph of a sweep along `index`, of the recurrences through `states`, or else of all that run in the direction of the first.
    /// `loss`: with what leads from them to the network's own L.
    pub(super) fn new(network: &Network, index: &Name, states: &[Name], loss: bool) -> Result<Graph, Fault> {
        let reads = readings(network, index);
        let varies = |name: &Name| {
            network.quantity(name).is_some_and(|quantity| {
                quantity.role.is_computed() && quantity.axes.iter().any(|axis| &axis.index == index)
            })
        };
        let mut inside: BTreeSet<Name> = network.quantities.keys().filter(|name| varies(name)).cloned().collect();
        // What needs all steps at once is computed after the loop, and so is all that reads it.
        loop {
            let after: BTreeSet<&Name> = dependants(&reads, &inside);
            let late = |edge: &&Edge| {
                inside.contains(&edge.of)
                    && ((edge.reach == Reach::Whole && inside.contains(&edge.by)) || after.contains(&edge.by))
            };
            let late: BTreeSet<Name> = reads.iter().filter(late).map(|edge| edge.of.clone()).collect();
            if late.is_empty() {
                break;
            }
            inside.retain(|name| !late.contains(name));
        }
        let steps: Vec<(&Name, &Name, i64)> = reads
            .iter()
            .filter_map(|edge| match edge.reach {
                Reach::Shift(shift) if inside.contains(&edge.of) && inside.contains(&edge.by) => {
                    Some((&edge.of, &edge.by, shift))
                }
                _ => None,
            })
            .collect();
        let circles = circles(&inside, &steps);
        if circles.is_empty() {
            return Err(nothing(network, index));
        }
        let direction_of = |circle: &BTreeSet<&Name>| {
            let own = steps.iter().filter(|(of, by, _)| circle.contains(of) && circle.contains(by));
            own.map(|(_, _, shift)| -shift.signum()).find(|sign| *sign != 0)
        };
        let known: Vec<(&BTreeSet<&Name>, i64)> =
            circles.iter().filter_map(|circle| Some((circle, direction_of(circle)?))).collect();
        let asked = |circle: &BTreeSet<&Name>| states.is_empty() || states.iter().any(|name| circle.contains(name));
        if let Some(unknown) = states.iter().find(|name| !known.iter().any(|(circle, _)| circle.contains(name))) {
            let all: Vec<String> =
                known.iter().flat_map(|(circle, _)| circle.iter()).map(|name| format!("`{name}`")).collect();
            return Err(Fault::error(format!("`{unknown}` is no recurrent quantity along `{index}`"))
                .hint(format!("these are: {}", all.join(", "))));
        }
        let direction = known.iter().find(|(circle, _)| asked(circle)).map(|(_, direction)| *direction);
        let Some(direction) = direction else { return Err(nothing(network, index)) };
        let followed: BTreeSet<&Name> = known
            .iter()
            .filter(|(circle, own)| *own == direction && asked(circle))
            .flat_map(|(circle, _)| circle.iter().copied())
            .collect();
        let mut above = closure(&followed, &steps, true);
        let below = closure(&followed, &steps, false);
        let between: BTreeSet<Name> = above.intersection(&below).map(|name| (*name).clone()).collect();
        let (mut outward, mut late) = (BTreeSet::new(), BTreeSet::new());
        if loss {
            let seeds = network.seeds();
            let mut tapped: BTreeSet<&Name> = BTreeSet::new();
            let mut open: Vec<&Name> =
                seeds.iter().filter_map(|seed| network.quantities.get_key_value(seed)).map(|(name, _)| name).collect();
            while let Some(name) = open.pop() {
                if let Some(name) = inside.get(name) {
                    tapped.insert(name);
                } else if late.insert(name.clone()) {
                    open.extend(reads.iter().filter(|edge| &edge.of == name).map(|edge| &edge.by));
                }
            }
            let needed = closure(&tapped, &steps, true);
            let leading: BTreeSet<&Name> = needed.intersection(&below).copied().collect();
            if leading.is_empty() {
                return Err(Fault::error(format!("L does not depend on what recurs along `{index}`"))
                    .hint("let the gradient start with a random direction instead"));
            }
            outward = leading.into_iter().filter(|name| !between.contains(*name)).cloned().collect();
            above.extend(needed);
            let after = dependants(&reads, &inside);
            late.retain(|name| after.contains(name));
        }
        let after: Vec<usize> =
            (0..network.equations.len()).filter(|number| late.contains(&network.equations[*number].target)).collect();
        let other: Vec<&&Name> =
            known.iter().filter(|(_, own)| *own != direction).flat_map(|(circle, _)| circle.iter()).collect();
        if let Some(name) = other.iter().find(|name| above.contains(**name)) {
            return Err(Fault::error(format!(
                "`{name}` runs the other way along `{index}` and is needed at every step"
            ))
            .hint("sweep along another index, or sweep each direction in a network of its own"));
        }
        let mut slots: Vec<(Name, i64)> = Vec::new();
        for name in network.quantities.keys().filter(|name| between.contains(*name)) {
            let moves = |of: &Name| between.contains(of) || outward.contains(of);
            let shifts = steps.iter().filter(|(of, by, shift)| moves(of) && *by == name && *shift != 0);
            let most = shifts.map(|(_, _, shift)| -shift * direction).max().unwrap_or(0);
            slots.extend((1..=most).map(|back| (name.clone(), back)));
        }
        let above: BTreeSet<Name> = above.into_iter().cloned().collect();
        let left_out = known.iter().flat_map(|(circle, _)| circle.iter()).filter(|name| !above.contains(**name));
        let left_out: Vec<Name> = left_out.map(|name| (*name).clone()).collect();
        let numbers = 0..network.equations.len();
        let equations: Vec<usize> =
            numbers.clone().filter(|number| above.contains(&network.equations[*number].target)).collect();
        // Before the loop: all that the steps need and that does not vary along the index.
        let mut needed: BTreeSet<&Name> = BTreeSet::new();
        let mut open: Vec<&Name> = above.iter().collect();
        while let Some(of) = open.pop() {
            for edge in reads.iter().filter(|edge| &edge.of == of && !above.contains(&edge.by)) {
                if needed.insert(&edge.by) {
                    open.push(&edge.by);
                }
            }
        }
        let prelude: Vec<usize> =
            numbers.filter(|number| needed.contains(&network.equations[*number].target)).collect();
        Ok(Graph {
            index: index.clone(),
            direction,
            inside: above,
            equations,
            prelude,
            between,
            outward,
            after,
            slots,
            left_out,
        })
    }

    /// The values of the index in the order of computation, and the position of the initial state among them.
    pub(super) fn places(&self, network: &Network, sizes: &Sizes) -> Result<(Vec<i64>, usize), Fault> {
        let value = |integer: &Integer| integer.value(&|name| sizes.get(name).copied());
        let (mut all, mut steps): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
        for number in &self.equations {
            let equation = &network.equations[*number];
            let Some((low, high)) =
                along(network, equation, &self.index).and_then(|(low, high)| Some((value(&low)?, value(&high)?)))
            else {
                return Err(Fault::error(format!("the range of `{}` is not known", self.index)));
            };
            all.extend([low, high]);
            let recurs = equation.body.reads().iter().any(|read| {
                self.between.contains(&read.quantity)
                    && matches!(reach(network, equation, read, &self.index), Reach::Shift(shift) if shift != 0)
            });
            if recurs && self.between.contains(&equation.target) {
                steps.extend([low, high]);
            }
        }
        let (Some(low), Some(high)) = (steps.iter().min().copied(), steps.iter().max().copied()) else {
            return Err(Fault::error(format!("nothing recurs along `{}`", self.index)));
        };
        if low > high {
            return Err(Fault::error(format!("`{}` has no step: its range is {low}..{high}", self.index)));
        }
        let (first, last) = if self.direction > 0 { (low, high) } else { (high, low) };
        let start = if self.direction > 0 { all.iter().min() } else { all.iter().max() };
        let start = start.copied().unwrap_or(first);
        let count = last.abs_diff(start).saturating_add(1);
        if count > PLACES {
            return Err(Fault::error(format!("{count} steps along `{}` are more than {PLACES}", self.index))
                .hint("give fewer steps, with `--set`"));
        }
        let count = count as i64;
        let places: Vec<i64> = (0..count).map(|number| start + number * self.direction).collect();
        let origin = ((first - start) * self.direction - 1).max(0) as usize;
        Ok((places, origin))
    }
}

/// All that needs, by way of something that does not vary along the index, what is computed step by step.
fn dependants<'e>(reads: &'e [Edge], inside: &BTreeSet<Name>) -> BTreeSet<&'e Name> {
    let mut found: BTreeSet<&Name> = BTreeSet::new();
    loop {
        let before = found.len();
        for edge in reads {
            if !inside.contains(&edge.of) && (inside.contains(&edge.by) || found.contains(&edge.by)) {
                found.insert(&edge.of);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// All names that reach some names (`up`), or that these reach, themselves included.
fn closure<'e>(from: &BTreeSet<&'e Name>, steps: &[(&'e Name, &'e Name, i64)], up: bool) -> BTreeSet<&'e Name> {
    let mut found = from.clone();
    let mut open: Vec<&Name> = from.iter().copied().collect();
    while let Some(name) = open.pop() {
        for (of, by, _) in steps {
            let next = match up {
                true if *of == name => *by,
                false if *by == name => *of,
                _ => continue,
            };
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}

/// The sets of quantities that need each other around a circle of steps along the index.
fn circles<'e>(inside: &'e BTreeSet<Name>, steps: &[(&'e Name, &'e Name, i64)]) -> Vec<BTreeSet<&'e Name>> {
    let mut reached: BTreeMap<&Name, BTreeSet<&Name>> = BTreeMap::new();
    for name in inside {
        let own: BTreeSet<&Name> = BTreeSet::from([name]);
        let direct: BTreeSet<&Name> = steps.iter().filter(|(of, _, _)| *of == name).map(|(_, by, _)| *by).collect();
        let all = closure(&direct, steps, true);
        reached.insert(name, if direct.is_empty() { own } else { all });
    }
    let mut found: Vec<BTreeSet<&Name>> = Vec::new();
    for name in inside {
        let circle: BTreeSet<&Name> =
            inside.iter().filter(|other| reached[name].contains(other) && reached[other].contains(name)).collect();
        let moves = steps.iter().any(|(of, by, shift)| circle.contains(of) && circle.contains(by) && *shift != 0);
        if circle.contains(name) && moves && !found.contains(&circle) {
            found.push(circle);
        }
    }
    found
}

/// Nothing recurs along the index that was asked for.
fn nothing(network: &Network, index: &Name) -> Fault {
    let others: Vec<String> = network
        .indices
        .values()
        .filter(|other| other.recurrent && &other.name != index)
        .map(|other| format!("`{}`", other.name))
        .collect();
    let fault = Fault::error(format!("nothing in `{}` recurs along `{index}`", network.name));
    match others.is_empty() {
        true => fault.hint("a sweep follows a recurrence, such as h[l] = tanh(W[l] @ h[l-1]) along l"),
        false => fault.hint(format!("it may recur along {}", others.join(", "))),
    }
}
