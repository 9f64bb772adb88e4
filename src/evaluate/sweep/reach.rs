//! How far along the swept index an equation reads.

use crate::math::expression::{Mark, Op, Read};
use crate::math::integer::{Atom, Integer};
use crate::math::name::Name;
use crate::math::network::{Equation, Network};

/// How a quantity is read along the swept index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// So many steps away.
    Shift(i64),
    /// In some other way, or it does not vary along the index.
    Whole,
}

/// An equation of `of` reads `by`.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub of: Name,
    pub by: Name,
    pub reach: Reach,
}

/// All readings of computed quantities.
pub(super) fn readings(network: &Network, index: &Name) -> Vec<Edge> {
    let mut found = Vec::new();
    for equation in &network.equations {
        let computed = |name: &Name| network.quantity(name).is_some_and(|quantity| quantity.role.is_computed());
        for read in equation.body.reads() {
            if read.mark == Mark::Value && computed(&read.quantity) {
                let reach = reach(network, equation, read, index);
                found.push(Edge { of: equation.target.clone(), by: read.quantity.clone(), reach });
            }
        }
        // Integers as subscripts may be computed too.
        equation.body.walk(&mut |term| {
            if let Op::Integer(integer) = term.op() {
                for (_, atoms) in integer.summands() {
                    for (atom, _) in atoms {
                        if let Atom::Given(name, _) = atom
                            && computed(name)
                        {
                            found.push(Edge { of: equation.target.clone(), by: name.clone(), reach: Reach::Whole });
                        }
                    }
                }
            }
        });
    }
    found
}

pub(super) fn reach(network: &Network, equation: &Equation, read: &Read, index: &Name) -> Reach {
    let place = crate::math::jacobian::place_along(network, read, index);
    match (own_place(network, equation, index), place) {
        (Some(own), Some(place)) => place.minus(own).as_number().map_or(Reach::Whole, Reach::Shift),
        _ => Reach::Whole,
    }
}

/// The values of an index for which an equation holds.
pub(super) fn along(network: &Network, equation: &Equation, index: &Name) -> Option<(Integer, Integer)> {
    let place = own_place(network, equation, index)?;
    let range = place.as_name().and_then(|name| equation.ranges.iter().find(|range| &range.index == name));
    Some(match range {
        Some(range) => (range.low.clone(), range.high.clone()),
        None => (place.clone(), place.clone()),
    })
}

/// The place of an equation's left side along an index.
fn own_place<'e>(network: &Network, equation: &'e Equation, index: &Name) -> Option<&'e Integer> {
    let quantity = network.quantity(&equation.target)?;
    let axis = quantity.axes.iter().position(|axis| &axis.index == index)?;
    equation.at.get(axis)
}
