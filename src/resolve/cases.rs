//! Cases: `h[0] = …`. They extend the axis of a quantity, or take places from its general equation.

use super::left::axis_count;
use super::world::{Draft, Entry, World};
use crate::math::expression::Binder;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::source::{Diagnostic, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The values that each index axis runs through once cases are counted in.
pub type Extents = BTreeMap<Name, Vec<Binder>>;

/// Checks that every computed quantity has one general equation and each case once; narrows the general equation by
/// its cases; says how far the axes reach.
pub fn place(world: &mut World<'_>) -> Result<Extents, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let mut by_target: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
    for (position, draft) in world.equations.iter().enumerate() {
        by_target.entry(draft.written.target.node.clone()).or_default().push(position);
    }
    for (name, positions) in &by_target {
        if !world.quantities.contains_key(name) {
            let span = &world.equations[positions[0]].written.span;
            errors.push(no_general(name, span));
        }
    }
    let mut extents = Extents::new();
    for (name, entry) in &world.quantities {
        if !entry.role.is_computed() {
            match beyond(world, name, entry, by_target.get(name).map_or(&[], Vec::as_slice)) {
                Ok(axes) => {
                    extents.insert(name.clone(), axes);
                }
                Err(error) => errors.push(error),
            }
        }
    }
    let computed: Vec<Name> =
        world.quantities.iter().filter(|(_, entry)| entry.role.is_computed()).map(|(name, _)| name.clone()).collect();
    for name in computed {
        match one(world, &name, by_target.get(&name).map_or(&[], Vec::as_slice)) {
            Ok(axes) => {
                extents.insert(name, axes);
            }
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(extents) } else { Err(errors) }
}

fn no_general(name: &Name, span: &Span) -> Diagnostic {
    Diagnostic::error(format!("`{name}` has a case but no general equation"))
        .at(span, "the only case")
        .hint(format!("add the equation for its index, such as `{name}[t] = …`, or declare it with `state {name}[t]`"))
}

fn one(world: &mut World<'_>, name: &Name, positions: &[usize]) -> Result<Vec<Binder>, Diagnostic> {
    let entry = world.quantities[name].clone();
    let mut general: Option<usize> = None;
    let mut cases: Vec<usize> = Vec::new();
    for &position in positions {
        let draft = &world.equations[position];
        if draft.at.len() != entry.axes.len() {
            return Err(axis_count(name, &entry, draft.at.len(), &draft.written.target.span));
        }
        let is_case = draft.ranges.len() < draft.at.len();
        let same = |other: &usize| pattern(world, *other) == pattern(world, position);
        let before = if is_case { cases.iter().find(|case| same(case)).copied() } else { general };
        if let Some(before) = before {
            return Err(Diagnostic::error(format!("`{name}` is defined twice"))
                .at(&draft.written.target.span, "defined again here")
                .at(&world.equations[before].written.target.span, "first defined here")
                .hint("every quantity has one equation, and one more for each case such as `h[0]`"));
        }
        if is_case { cases.push(position) } else { general = Some(position) }
    }
    let Some(general) = general else {
        return Err(match positions.first() {
            Some(case) => no_general(name, &world.equations[*case].written.span),
            None => Diagnostic::error(format!("the state `{name}` has no equation"))
                .at(&entry.span, "declared here")
                .hint("a state is computed; data are declared with `input`, `param` or `const`"),
        });
    };
    let mut axes = entry.axes.clone();
    for (position, axis) in axes.iter_mut().enumerate() {
        // Cases that fix this axis alone; a case that fixes two axes is a single place and extends none.
        let here: Vec<usize> = cases
            .iter()
            .copied()
            .filter(|case| {
                let draft = &world.equations[*case];
                draft.ranges.len() + 1 == draft.at.len() && !is_index(&draft.at[position], &draft.ranges)
            })
            .collect();
        let places: BTreeSet<Integer> = here.iter().map(|case| world.equations[*case].at[position].clone()).collect();
        let mut met: BTreeSet<Integer> = BTreeSet::new();
        let mut run = |start: &Integer, step: i64| {
            let mut place = start.clone();
            while places.contains(&place) && met.insert(place.clone()) {
                place = place.offset(step);
            }
            place
        };
        let letter = world.equations[general].at[position].clone();
        let (low, high) = (axis.low.clone(), axis.high.clone());
        axis.low = run(&low.offset(-1), -1).offset(1);
        axis.high = run(&high.offset(1), 1).offset(-1);
        let (from, to) = (run(&low, 1), run(&high, -1));
        if let Some(case) = here.iter().find(|case| !met.contains(&world.equations[**case].at[position])) {
            let draft = &world.equations[*case];
            return Err(Diagnostic::error(format!("the case `{name}` at {} lies apart", draft.at[position]))
                .at(&draft.written.target.span, format!("the index runs over {low}..{high}"))
                .hint("a case stands at an end of the range or next to it; inside, use `where(t == k, u, v)`"));
        }
        if let Some(range) =
            world.equations[general].ranges.iter_mut().find(|range| letter.as_name() == Some(&range.index))
        {
            (range.low, range.high) = (from, to);
        }
    }
    Ok(axes)
}

/// The axes of data with cases, which stand beyond the values that are given.
fn beyond(world: &World<'_>, name: &Name, entry: &Entry, cases: &[usize]) -> Result<Vec<Binder>, Diagnostic> {
    let mut axes = entry.axes.clone();
    let mut open: Vec<&Draft<'_>> = cases.iter().map(|case| &world.equations[*case]).collect();
    for draft in &open {
        if draft.at.len() != axes.len() {
            return Err(axis_count(name, entry, draft.at.len(), &draft.written.target.span));
        }
    }
    for (position, axis) in axes.iter_mut().enumerate() {
        let mut here = |place: &Integer| {
            let fits = |draft: &&Draft<'_>| draft.ranges.len() + 1 == draft.at.len() && &draft.at[position] == place;
            open.iter().position(fits).map(|found| open.remove(found)).is_some()
        };
        while here(&axis.low.offset(-1)) {
            axis.low = axis.low.offset(-1);
        }
        while here(&axis.high.offset(1)) {
            axis.high = axis.high.offset(1);
        }
    }
    match open.first() {
        None => Ok(axes),
        Some(draft) => Err(Diagnostic::error(format!("this case of `{name}` does not stand next to its range"))
            .at(&draft.written.target.span, "defined here")
            .at(&entry.span, "the values inside its range are given by the data")
            .hint(
                "a case extends data by one place after another, as in `X[0] = 0`; inside, use `where(t == k, u, v)`",
            )),
    }
}

fn is_index(place: &Integer, ranges: &[Binder]) -> bool {
    place.as_name().is_some_and(|name| ranges.iter().any(|range| &range.index == name))
}

/// The fixed places of a left side; indices are left open.
fn pattern(world: &World<'_>, position: usize) -> Vec<Option<Integer>> {
    let draft = &world.equations[position];
    draft.at.iter().map(|place| (!is_index(place, &draft.ranges)).then(|| place.clone())).collect()
}
