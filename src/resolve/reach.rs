//! Every reading stays in range, for all sizes from 1 on; a state read one step past its start has an initial value.

use super::cases::Extents;
use super::elaborate::Site;
use super::integers::{bounds, never_negative};
use super::order::{Direction, Directions};
use super::world::World;
use crate::math::expression::{Binder, Subscript};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::source::{Diagnostic, Span};
use std::collections::BTreeMap;

/// The initial values that are needed: for each state, the axis along which it starts, from which side, and a reading.
pub type Starts = BTreeMap<Name, (usize, Direction, Span)>;

/// Checks all readings.
pub fn check(
    world: &World<'_>,
    sites: &[Site],
    extents: &Extents,
    directions: &Directions,
) -> Result<Starts, Vec<Diagnostic>> {
    let (mut starts, mut errors) = (Starts::new(), Vec::new());
    for site in sites.iter().filter(|site| !site.read.padded) {
        if let Err(error) = one(world, site, extents, directions, &mut starts)
            && !errors.contains(&error)
        {
            errors.push(error);
        }
    }
    if errors.is_empty() { Ok(starts) } else { Err(errors) }
}

fn one(
    world: &World<'_>,
    site: &Site,
    extents: &Extents,
    directions: &Directions,
    starts: &mut Starts,
) -> Result<(), Diagnostic> {
    let name = &site.read.quantity;
    let (Some(entry), Some(axes)) = (world.quantities.get(name), extents.get(name)) else { return Ok(()) };
    let shape = entry.shape.iter().flat_map(|shape| shape.axes());
    let ends = axes
        .iter()
        .map(|axis| (axis.low.clone(), axis.high.clone()))
        .chain(shape.map(|size| (Integer::number(1), size.clone())));
    for (position, (subscript, (low, high))) in site.read.subscripts.iter().zip(ends).enumerate() {
        let (from, to) = match subscript {
            Subscript::At(place) => (place, place),
            Subscript::Range(from, to) => (from, to),
            Subscript::All => continue,
        };
        let (Some((least, _)), Some((_, largest))) = (bounds(from, &site.ranges), bounds(to, &site.ranges)) else {
            continue;
        };
        let axis = axes.get(position);
        for (side, excess, place) in
            [(Direction::Up, low.minus(&least), &least), (Direction::Down, largest.minus(&high), &largest)]
        {
            if never_negative(&excess.scaled(-1), world) != Some(false) {
                continue;
            }
            let start = axis.filter(|axis| {
                entry.role.is_computed()
                    && excess.as_number() == Some(1)
                    && starts_there(world, name, axis, side, directions)
            });
            if start.is_none() {
                return Err(outside(site, axis, (&low, &high), (side, entry.role.is_computed()), place, &excess));
            }
            begin(name, position, side, site, starts)?;
        }
    }
    Ok(())
}

/// Whether a state begins at that side of the axis.
fn starts_there(world: &World<'_>, name: &Name, axis: &Binder, side: Direction, directions: &Directions) -> bool {
    let recurrent = world.indices.get(&axis.index).is_some_and(|(index, _)| index.recurrent);
    let state = world.quantities.get(name).is_some_and(|entry| entry.state);
    match directions.get(&(name.clone(), axis.index.clone())) {
        Some(direction) => recurrent && *direction == side,
        None => recurrent && state && side == Direction::Up,
    }
}

fn begin(name: &Name, axis: usize, side: Direction, site: &Site, starts: &mut Starts) -> Result<(), Diagnostic> {
    match starts.get(name) {
        Some((other, _, before)) if *other != axis => Err(Diagnostic::error(format!(
            "`{name}` starts along two indices, and only one of them can have an initial value"
        ))
        .at(&site.span, "read one step before the start here")
        .at(before, "and along the other index here")
        .hint(format!("give a case for one of them, such as `{name}[0, …] = …`, or read with `else 0`"))),
        Some(_) => Ok(()),
        None => {
            starts.insert(name.clone(), (axis, side, site.span.clone()));
            Ok(())
        }
    }
}

fn outside(
    site: &Site,
    axis: Option<&Binder>,
    (low, high): (&Integer, &Integer),
    (side, computed): (Direction, bool),
    place: &Integer,
    excess: &Integer,
) -> Diagnostic {
    let name = &site.read.quantity;
    let certain = excess.as_number().is_some_and(|excess| excess > 0);
    let end = if side == Direction::Up { "before the first" } else { "past the last" };
    let what = match axis {
        Some(axis) => format!("the index `{}` runs over {low}..{high}", axis.index),
        None => format!("this axis has the entries {low}..{high}"),
    };
    let verb = if certain { "reads" } else { "may read" };
    let way = if side == Direction::Up { "down" } else { "up" };
    let error = Diagnostic::error(format!("`{}` {verb} {end} entry of `{name}`", site.span.text()))
        .at(&site.span, format!("{way} to {place}; {what}"));
    match axis {
        Some(axis) if certain && computed => {
            let at = |place: &Integer| {
                let letters: Vec<String> = site
                    .read
                    .subscripts
                    .iter()
                    .map(|subscript| match subscript {
                        Subscript::At(at) if at.names().contains(&axis.index) => place.to_string(),
                        Subscript::At(at) => at.to_string(),
                        _ => ":".into(),
                    })
                    .collect();
                format!("`{name}[{}] = …`", letters.join(","))
            };
            let nearest = if side == Direction::Up { low.offset(-1) } else { high.offset(1) };
            let cases = if &nearest == place {
                format!("a case, such as {}", at(place))
            } else {
                format!("the cases {} to {}", at(&nearest), at(place))
            };
            error.hint(format!("give {cases}, or write `else 0` in the brackets to read zeros there"))
        }
        _ if certain => error.hint("write `else 0` in the brackets to read zeros there"),
        _ => {
            let size = excess.names().into_iter().next().unwrap_or_else(|| Name::from("N"));
            error.hint(format!(
                "write `else 0` in the brackets to read zeros there, or choose sizes so that it fits, as in `size {size} = 8`"
            ))
        }
    }
}
