//! How far apart quantities of a network are computed.

use crate::math::expression::{Mark, Subscript};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Quantity};
use std::collections::BTreeMap;

/// Further back than any number of steps.
const ANY: i64 = -1_000_000;

/// How many steps lie at least between two quantities along one index, where the first is computed from the second.
#[derive(Debug, Default)]
pub struct Lags {
    /// For each index and direction.
    along: BTreeMap<(Name, i64), BTreeMap<(Name, Name), i64>>,
}

impl Lags {
    /// Of all that a network computes.
    pub fn of(network: &Network) -> Lags {
        let mut lags = Lags::default();
        for index in network.indices.values().filter(|index| index.recurrent) {
            for direction in [1, -1] {
                if let Some(found) = between(network, &index.name, direction) {
                    lags.along.insert((index.name.clone(), direction), found);
                }
            }
        }
        lags
    }

    /// Whether `of`, at its place, is computed before anything that `by`, at its place, moves; `None` where the steps between
    /// them are not known.
    pub fn is_before(&self, (of, at): (&Quantity, &[Integer]), (by, from): (&Quantity, &[Integer])) -> Option<bool> {
        let mut known = None;
        for ((letter, direction), lags) in &self.along {
            let place = |quantity: &Quantity, places: &[Integer]| {
                let position = quantity.axes.iter().position(|axis| &axis.index == letter)?;
                places.get(position).cloned()
            };
            let (Some(at), Some(from)) = (place(of, at), place(by, from)) else { continue };
            let Some(apart) = at.minus(&from).as_number() else { continue };
            let least = lags.get(&(of.name.clone(), by.name.clone()));
            let before = least.is_none_or(|least| direction * apart < *least);
            // Steps that could be any tell nothing.
            if before || least.is_some_and(|least| *least > ANY / 2) {
                known = Some(known.unwrap_or(false) || before);
            }
        }
        known
    }
}

/// The least steps from each quantity to each that it is computed from. `None` where some go round without end.
fn between(network: &Network, letter: &Name, direction: i64) -> Option<BTreeMap<(Name, Name), i64>> {
    let axis = |name: &Name| {
        let quantity = network.quantity(name)?;
        quantity.axes.iter().position(|axis| &axis.index == letter)
    };
    let mut lags: BTreeMap<(Name, Name), i64> = BTreeMap::new();
    let names: Vec<&Name> = network.quantities.keys().collect();
    for name in &names {
        lags.insert(((*name).clone(), (*name).clone()), 0);
    }
    for equation in &network.equations {
        let own = axis(&equation.target).and_then(|position| equation.at.get(position));
        for read in equation.body.reads().into_iter().filter(|read| read.mark == Mark::Value) {
            let place = axis(&read.quantity).and_then(|position| match read.subscripts.get(position) {
                Some(Subscript::At(place)) => Some(place),
                _ => None,
            });
            let steps = own.zip(place).and_then(|(own, place)| own.minus(place).as_number());
            let steps = steps.map_or(ANY, |steps| direction * steps);
            let least = lags.entry((equation.target.clone(), read.quantity.clone())).or_insert(steps);
            *least = steps.min(*least);
        }
    }
    for middle in &names {
        for from in &names {
            let Some(first) = lags.get(&((*from).clone(), (*middle).clone())).copied() else { continue };
            for to in &names {
                let Some(second) = lags.get(&((*middle).clone(), (*to).clone())).copied() else { continue };
                let sum = (first + second).max(ANY);
                let least = lags.entry(((*from).clone(), (*to).clone())).or_insert(sum);
                *least = sum.min(*least);
            }
        }
    }
    let round = names.iter().any(|name| lags.get(&((*name).clone(), (*name).clone())).is_some_and(|lag| *lag < 0));
    (!round).then_some(lags)
}
