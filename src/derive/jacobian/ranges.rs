//! For which values of the indices a question has a meaning.

use super::super::range::{Truth, within};
use super::errors::{spelled, unable};
use crate::math::expression::{Binder, Read};
use crate::math::integer::Integer;
use crate::math::jacobian::Question;
use crate::math::network::{Equation, Network};
use crate::math::source::Diagnostic;

/// The indices that stand free in a question, with the values for which all its readings exist and the general
/// equation of each reading in `of` holds.
pub fn ranges(network: &Network, question: &Question) -> Result<Vec<Binder>, Diagnostic> {
    let mut ranges: Vec<Binder> = Vec::new();
    let reads = || question.of.iter().chain(&question.wrt).chain(&question.through);
    // Declared indices first; then letters for second places, which run along the axis that they stand in.
    let declared = network.indices.values();
    let mut letters: Vec<Binder> = declared
        .map(|index| Binder { index: index.name.clone(), low: index.low.clone(), high: index.high.clone() })
        .collect();
    for read in reads() {
        let axes = network.quantity(&read.quantity).map(|quantity| quantity.axes.as_slice()).unwrap_or_default();
        for (axis, place) in axes.iter().zip(read.places().unwrap_or_default()) {
            if let Some(letter) = place.as_name().filter(|letter| !network.sizes.contains_key(*letter))
                && letters.iter().all(|known| &known.index != letter)
            {
                letters.push(Binder { index: letter.clone(), ..axis.clone() });
            }
        }
    }
    for letter in letters {
        let free = |read: &Read| {
            read.places().is_some_and(|places| places.iter().any(|place| place.names().contains(&letter.index)))
        };
        if reads().any(free) {
            ranges.push(letter);
        }
    }
    // The range of an index follows from the readings it stands in; one in no axis of its own keeps its own range.
    let mut limited: Vec<Option<(Integer, Integer)>> = vec![None; ranges.len()];
    for (number, read) in reads().enumerate() {
        let Some(quantity) = network.quantity(&read.quantity) else { continue };
        let general = equations(network, read).find(|equation| number < question.of.len() && holds(equation, read));
        for (axis, place) in read.places().unwrap_or_default().into_iter().enumerate().take(quantity.axes.len()) {
            let own = &quantity.axes[axis];
            let at = general.and_then(|equation| {
                let name = equation.at[axis].as_name()?;
                equation.ranges.iter().find(|range| &range.index == name)
            });
            let (low, high) = at.map_or((&own.low, &own.high), |range| (&range.low, &range.high));
            for (position, range) in ranges.iter().enumerate() {
                let Some((1, rest)) = place.linear_in(&range.index) else { continue };
                let (low, high) = (low.minus(&rest), high.minus(&rest));
                let narrower = match &limited[position] {
                    None => (low, high),
                    Some((known_low, known_high)) => {
                        (later(known_low, &low, &ranges), earlier(known_high, &high, &ranges))
                    }
                };
                limited[position] = Some(narrower);
            }
        }
    }
    for (range, limits) in ranges.iter_mut().zip(limited) {
        if let Some((low, high)) = limits {
            (range.low, range.high) = (low, high);
        }
    }
    for read in reads() {
        exists(network, read, &ranges)?;
    }
    for (of, wrt) in question.of.iter().flat_map(|of| question.wrt.iter().map(move |wrt| (of, wrt))) {
        for read in [of, wrt] {
            if read.shape.axes().len() > 1 {
                return Err(unable(of, wrt, format!("`{}` is {}", spelled(read), read.shape)));
            }
        }
    }
    Ok(ranges)
}

fn equations<'a>(network: &'a Network, read: &'a Read) -> impl Iterator<Item = &'a Equation> {
    network.equations_of(&read.quantity)
}

/// Whether an equation has an index wherever the reading has one.
fn holds(equation: &Equation, read: &Read) -> bool {
    let places = read.places().unwrap_or_default();
    equation.at.iter().zip(places).all(|(at, place)| at.as_name().is_some() || at == place)
}

fn later(a: &Integer, b: &Integer, ranges: &[Binder]) -> Integer {
    if within(a, b, a, ranges) == Truth::Always { a.clone() } else { b.clone() }
}

fn earlier(a: &Integer, b: &Integer, ranges: &[Binder]) -> Integer {
    if within(a, a, b, ranges) == Truth::Always { a.clone() } else { b.clone() }
}

/// Whether a reading is in range for all values.
fn exists(network: &Network, read: &Read, ranges: &[Binder]) -> Result<(), Diagnostic> {
    let Some(quantity) = network.quantity(&read.quantity) else { return Ok(()) };
    for (axis, place) in quantity.axes.iter().zip(read.places().unwrap_or_default()) {
        let truth = within(place, &axis.low, &axis.high, ranges);
        // Whether there is a third step is known once the sizes are.
        let fixed = place.names().iter().all(|name| network.sizes.contains_key(name));
        if truth == Truth::Never || (truth == Truth::Depends && !fixed) {
            return Err(Diagnostic::error(format!(
                "`{}` is out of range: `{}` runs from {} to {} along `{}`",
                spelled(read),
                quantity.name,
                axis.low,
                axis.high,
                axis.index
            )));
        }
    }
    Ok(())
}
