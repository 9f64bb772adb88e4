//! In what order the equations of a step are evaluated.

use super::reach::{Reach, along, reach};
use crate::evaluate::fault::Fault;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Sizes};
use std::collections::{BTreeMap, BTreeSet};

/// An equation at values of the indices that are taken one by one.
pub(super) type Instance = (usize, Vec<(Name, i64)>);

/// How many equations a step may be made of.
const INSTANCES: usize = 50_000;

/// The order of evaluation among `equations`, at a place along the swept index if there is one: each after what it reads. Where a second
/// recurrence runs within a step, its index takes its values one by one.
pub(super) fn order(
    network: &Network,
    sizes: &Sizes,
    equations: &[usize],
    fixed: &[(Name, i64)],
    index: Option<&Name>,
) -> Result<Vec<Instance>, Fault> {
    let edges = edges(network, sizes, equations, fixed, index);
    let mut done: Vec<Instance> = Vec::new();
    let mut open: Vec<usize> = equations.to_vec();
    while !open.is_empty() {
        let waits = |number: &usize| edges.iter().any(|(of, by)| of == number && open.contains(by));
        if let Some(position) = open.iter().position(|number| !waits(number)) {
            done.push((open.remove(position), fixed.to_vec()));
            continue;
        }
        // A circle: those that wait for nothing but each other.
        let reach = |from: usize| {
            let (mut found, mut stack) = (BTreeSet::new(), vec![from]);
            while let Some(number) = stack.pop() {
                for (_, by) in edges.iter().filter(|(of, by)| *of == number && open.contains(by)) {
                    if found.insert(*by) {
                        stack.push(*by);
                    }
                }
            }
            found
        };
        let reached: BTreeMap<usize, BTreeSet<usize>> = open.iter().map(|number| (*number, reach(*number))).collect();
        let circle = open.iter().find_map(|number| {
            let own = &reached[number];
            let closed = own.contains(number) && own.iter().all(|other| reached[other].contains(number));
            closed.then(|| own.iter().copied().collect::<Vec<usize>>())
        });
        let Some(circle) = circle else { return Err(Fault::error("the equations wait for each other")) };
        done.extend(one_by_one(network, sizes, &circle, fixed, index)?);
        if done.len() > INSTANCES {
            return Err(Fault::error(format!("one step would be made of more than {INSTANCES} equations"))
                .hint("choose a shorter range for the other recurrence"));
        }
        open.retain(|number| !circle.contains(number));
    }
    Ok(done)
}

/// A circle of equations along a second recurrence.
fn one_by_one(
    network: &Network,
    sizes: &Sizes,
    circle: &[usize],
    fixed: &[(Name, i64)],
    index: Option<&Name>,
) -> Result<Vec<Instance>, Fault> {
    let value = |integer: &Integer| integer.value(&|name| sizes.get(name).copied());
    let first = &network.equations[circle[0]];
    for (name, _) in network.indices.iter().filter(|(_, own)| own.recurrent) {
        if Some(name) == index || fixed.iter().any(|(known, _)| known == name) {
            continue;
        }
        let mut ranges: Vec<(usize, i64, i64)> = Vec::new();
        let (mut sign, mut all) = (0, true);
        for number in circle {
            let equation = &network.equations[*number];
            match along(network, equation, name).and_then(|(low, high)| Some((value(&low)?, value(&high)?))) {
                Some((low, high)) => ranges.push((*number, low, high)),
                None => all = false,
            }
            for read in equation.body.reads() {
                let targets = circle.iter().any(|other| network.equations[*other].target == read.quantity);
                if let (true, Reach::Shift(shift)) = (targets, reach(network, equation, read, name)) {
                    sign = if shift != 0 { -shift.signum() } else { sign };
                }
            }
        }
        if !all || sign == 0 {
            continue;
        }
        let low = ranges.iter().map(|(_, low, _)| *low).min().unwrap_or(0);
        let high = ranges.iter().map(|(_, _, high)| *high).max().unwrap_or(-1);
        if high - low > INSTANCES as i64 {
            return Err(Fault::error(format!("`{name}` takes more than {INSTANCES} values within one step")));
        }
        let mut done = Vec::new();
        let values: Vec<i64> = if sign > 0 { (low..=high).collect() } else { (low..=high).rev().collect() };
        for at in values {
            let own: Vec<usize> = ranges
                .iter()
                .filter(|(_, low, high)| (*low..=*high).contains(&at))
                .map(|(number, ..)| *number)
                .collect();
            let fixed = [fixed, &[(name.clone(), at)]].concat();
            done.extend(order(network, sizes, &own, &fixed, index)?);
        }
        return Ok(done);
    }
    Err(Fault::error(format!("`{}` is needed for its own value within one step", first.target))
        .at(&first.span, "in this equation"))
}

/// Which equation reads what which other one computes, at the same step and at the values that are fixed.
fn edges(
    network: &Network,
    sizes: &Sizes,
    equations: &[usize],
    fixed: &[(Name, i64)],
    index: Option<&Name>,
) -> Vec<(usize, usize)> {
    let mut put: BTreeMap<Name, Integer> =
        sizes.iter().map(|(name, value)| (name.clone(), Integer::number(*value))).collect();
    put.extend(fixed.iter().map(|(name, value)| (name.clone(), Integer::number(*value))));
    let mut found = Vec::new();
    for of in equations {
        let equation = &network.equations[*of];
        for read in equation.body.reads() {
            let here = match index {
                Some(index) => !matches!(reach(network, equation, read, index), Reach::Shift(shift) if shift != 0),
                None => true,
            };
            let at_fixed = fixed.iter().all(|(name, value)| {
                let place = crate::math::jacobian::place_along(network, read, name);
                place.and_then(|place| place.substitute(&put).as_number()).is_none_or(|place| place == *value)
            });
            if here && at_fixed {
                let others = equations.iter().filter(|by| network.equations[**by].target == read.quantity);
                found.extend(others.map(|by| (*of, *by)));
            }
        }
    }
    found
}
