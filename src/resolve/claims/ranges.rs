//! For which values of their indices equations of claims hold.

use crate::math::claim::{Claim, Derivative};
use crate::math::expression::{Op, Subscript};
use crate::math::name::Name;
use crate::math::network::Network;
use std::collections::{BTreeMap, BTreeSet};

/// An author's name that is read one step before its range holds there, too: `dh[0]` of a recurrence that runs down.
pub fn lengthen(network: &mut Network, base: &Network, targets: &BTreeSet<Name>) {
    let mut lows: BTreeSet<(Name, usize)> = BTreeSet::new();
    for equation in network.equations.iter().filter(|equation| targets.contains(&equation.target)) {
        equation.body.walk(&mut |part| {
            let Op::Read(read) = part.op() else { return };
            let Some(quantity) = network.quantity(&read.quantity).filter(|_| targets.contains(&read.quantity)) else {
                return;
            };
            for (position, (axis, place)) in quantity.axes.iter().zip(&read.subscripts).enumerate() {
                let Subscript::At(place) = place else { continue };
                let recurrent = base.indices.get(&axis.index).is_some_and(|index| index.recurrent);
                if recurrent && place == &axis.low.offset(-1) {
                    lows.insert((read.quantity.clone(), position));
                }
            }
        });
    }
    for (name, position) in lows {
        let Some(quantity) = network.quantities.get_mut(&name) else { continue };
        let low = quantity.axes[position].low.offset(-1);
        let letter = quantity.axes[position].index.clone();
        quantity.axes[position].low = low.clone();
        for equation in network.equations.iter_mut().filter(|equation| equation.target == name) {
            if let Some(range) = equation.ranges.iter_mut().find(|range| range.index == letter) {
                range.low = low.clone();
            }
        }
    }
}

/// `dh[t]/dh[t-2] = …` is meant where t − 2 is a place of h. Elsewhere there is no such derivative, and nothing to claim.
pub fn shorten(network: &mut Network, claim: &Claim, derivatives: &BTreeMap<Name, Derivative>, loss: Option<&Name>) {
    let Some(equation) = network.equations_of(&claim.left).next() else { return };
    let Some(read) = equation.body.as_read() else { return };
    let between = derivatives
        .get(&read.quantity)
        .is_some_and(|derivative| derivative.of.as_ref().is_some_and(|of| Some(of) != loss));
    let Some(quantity) = network.quantity(&read.quantity).filter(|_| between) else { return };
    let mut ranges = equation.ranges.clone();
    for range in &mut ranges {
        for (axis, subscript) in quantity.axes.iter().zip(&read.subscripts) {
            let Subscript::At(place) = subscript else { continue };
            let Some((1, rest)) = place.linear_in(&range.index) else { continue };
            let Some(step) = rest.as_number() else { continue };
            let (low, high) = (axis.low.offset(-step), axis.high.offset(-step));
            if low.minus(&range.low).as_number().is_some_and(|more| more > 0) {
                range.low = low;
            }
            if range.high.minus(&high).as_number().is_some_and(|more| more > 0) {
                range.high = high;
            }
        }
    }
    for side in [&claim.left, &claim.right] {
        if let Some(quantity) = network.quantities.get_mut(side)
            && quantity.axes.len() == ranges.len()
        {
            quantity.axes.clone_from(&ranges);
        }
        for equation in network.equations.iter_mut().filter(|equation| &equation.target == side) {
            equation.ranges.clone_from(&ranges);
        }
    }
}
