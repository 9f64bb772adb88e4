//! `p[n] = softmax(z[n])`: the shares of a payload are a quantity over its entries, and that quantity is `p` itself.

use super::cases::Extents;
use super::network::Resolved;
use super::world::World;
use crate::math::expression::{Read, Subscript};
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::shape::Shape;
use std::collections::BTreeMap;

/// Where an equation does nothing but read a part back whole that was made for it alone, the part takes its place.
pub fn settle(world: &mut World<'_>, extents: &mut Extents, equations: &mut Vec<Resolved>) {
    let (mut readers, mut counts) = (BTreeMap::<Name, usize>::new(), BTreeMap::<Name, usize>::new());
    for equation in equations.iter() {
        *counts.entry(equation.target.clone()).or_default() += 1;
        for read in equation.body.reads() {
            *readers.entry(read.quantity.clone()).or_default() += 1;
        }
    }
    let mut parts: Vec<(Name, Name)> = Vec::new();
    for equation in equations.iter() {
        let Some(read) = equation.body.as_read() else { continue };
        let alone = readers.get(&read.quantity) == Some(&1) && counts.get(&equation.target) == Some(&1);
        if alone && takes_its_place(world, equation, read) {
            parts.push((read.quantity.clone(), equation.target.clone()));
        }
    }
    for (part, target) in parts {
        let Some(entry) = world.quantities.shift_remove(&part) else { continue };
        extents.remove(&part);
        extents.insert(target.clone(), entry.axes.clone());
        if let Some(own) = world.quantities.get_mut(&target) {
            own.axes = entry.axes;
            own.shape = entry.shape;
        }
        let from = equations.iter().position(|equation| equation.target == part);
        let Some(made) = from.map(|from| equations.remove(from)) else { continue };
        if let Some(equation) = equations.iter_mut().find(|equation| equation.target == target) {
            (equation.at, equation.ranges, equation.body) = (made.at, made.ranges, made.body);
            equation.sites.retain(|site| site.read.quantity != part);
        }
    }
}

/// Whether `read` is a part over the indices of the equation, in their order, and the entries of its payload.
fn takes_its_place(world: &World<'_>, equation: &Resolved, read: &Read) -> bool {
    let (Some(part), Some(target)) = (world.quantities.get(&read.quantity), world.quantities.get(&equation.target))
    else {
        return false;
    };
    let own = equation.at.iter().map(|place| Subscript::At(place.clone()));
    let ranges = part.axes.iter().zip(&equation.ranges).all(|(axis, range)| axis == range);
    part.role == Role::Named
        && target.role == Role::Computed
        && !target.state
        && part.shape.as_ref().is_some_and(Shape::is_number)
        && part.axes.len() > equation.at.len()
        && equation.ranges.len() == equation.at.len()
        && ranges
        && read.subscripts.iter().cloned().eq(own)
}
