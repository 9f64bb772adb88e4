//! Payloads of quantities that nobody declared, from their equations.
//!
//! The guess is optimistic: in a cycle, an unknown part takes the payload of what it is joined with. The final pass
//! verifies every equation, so that a wrong guess is an error and never a wrong network.

use super::combine;
use super::define::walk;
use super::elaborate::{Elaborator, Guess};
use super::world::World;
use crate::math::name::Name;
use crate::math::shape::Shape;
use crate::math::syntax::{Expression, Written};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Gives every quantity a payload.
pub fn infer(world: &mut World<'_>) {
    let (used, taken) = (world.used.borrow().clone(), world.taken.borrow().clone());
    let readers = readers(world);
    let mut open: VecDeque<usize> = (0..world.equations.len()).collect();
    loop {
        settle(world, &readers, &mut open);
        let Some(left) = world.quantities.iter().find(|(_, entry)| entry.shape.is_none()).map(|(name, _)| name.clone())
        else {
            break;
        };
        // What is certain has been used up: guess one more, then go on carefully.
        let bold = (0..world.equations.len())
            .find(|equation| is_open(world, *equation) && learn(world, *equation, Guess::Bold))
            .map(|equation| world.equations[equation].written.target.node.clone());
        let name = bold.unwrap_or(left);
        if let Some(entry) = world.quantities.get_mut(&name) {
            entry.shape.get_or_insert_with(Shape::number);
            entry.guessed = true;
        }
        open.extend(readers.get(&name).into_iter().flatten());
    }
    world.used.replace(used);
    world.taken.replace(taken);
}

fn is_open(world: &World<'_>, equation: usize) -> bool {
    world.quantities.get(&world.equations[equation].written.target.node).is_some_and(|entry| entry.shape.is_none())
}

/// Works equations off until nothing more follows.
fn settle(world: &mut World<'_>, readers: &BTreeMap<Name, Vec<usize>>, open: &mut VecDeque<usize>) {
    while let Some(equation) = open.pop_front() {
        if is_open(world, equation) && learn(world, equation, Guess::Careful) {
            open.extend(readers.get(&world.equations[equation].written.target.node).into_iter().flatten());
        }
    }
}

/// Tries to learn the payload of a quantity from one of its equations.
fn learn(world: &mut World<'_>, equation: usize, how: Guess) -> bool {
    let draft = &world.equations[equation];
    let found = Elaborator::new(world, &draft.ranges, how).term(&draft.written.body);
    let Ok(term) = found else { return false };
    // A case such as `c[0] = 0` says nothing: a number is stretched over any payload.
    let case = draft.ranges.len() < draft.at.len();
    if combine::is_unknown(&term) || (case && term.shape().is_number()) {
        return false;
    }
    let shape = match term.shape() {
        // A row is told as a mistake of this equation later on.
        Shape::Row(size) => Shape::vector(size.clone()),
        shape => shape.clone(),
    };
    let name = draft.written.target.node.clone();
    match world.quantities.get_mut(&name) {
        Some(entry) => {
            entry.shape = Some(shape);
            true
        }
        None => false,
    }
}

/// Which equations read a quantity, directly or through definitions.
fn readers(world: &World<'_>) -> BTreeMap<Name, Vec<usize>> {
    let mut inside: BTreeMap<&Name, BTreeSet<Name>> = BTreeMap::new();
    for (name, definition) in &world.definitions {
        let found = inside.entry(name).or_default();
        for body in definition.locals.iter().map(|local| &local.body).chain([&definition.body]) {
            mentions(body, found);
        }
    }
    for (name, function) in &world.functions {
        inside.entry(name).or_default().insert(function.node.clone());
    }
    let mut readers: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
    for (position, draft) in world.equations.iter().enumerate() {
        let mut found = BTreeSet::new();
        mentions(&draft.written.body, &mut found);
        let mut open: Vec<Name> = found.iter().cloned().collect();
        while let Some(name) = open.pop() {
            let new = inside.get(&name).into_iter().flatten().filter(|name| found.insert((*name).clone()));
            open.extend(new.cloned().collect::<Vec<_>>());
        }
        for name in found.into_iter().filter(|name| world.quantities.contains_key(name)) {
            readers.entry(name).or_default().push(position);
        }
    }
    readers
}

/// All names in an expression: of quantities and of functions.
fn mentions(written: &Written, found: &mut BTreeSet<Name>) {
    walk(written, &mut |part| match &part.node {
        Expression::Name(name) => {
            found.insert(name.clone());
        }
        Expression::Read(name, _) => {
            found.insert(name.node.clone());
        }
        Expression::Call(call) => {
            found.insert(call.function.node.clone());
        }
        _ => {}
    });
}
