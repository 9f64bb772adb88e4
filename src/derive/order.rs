//! The order in which lines can be computed: loops one after the other, and within a loop what is needed first.

use crate::math::dependence::{circles, members, sorted};
use crate::math::derivation::Line;
use crate::math::expression::Read;
use crate::math::integer::Integer;
use crate::math::name::Name;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// The adjoints on the right side of a line.
pub fn adjoints_read(line: &Line) -> Vec<&Read> {
    line.parts.iter().flat_map(|part| part.term.adjoints()).collect()
}

/// Lines in an order in which they can be computed, with the number of their loop; goals that nothing reads come last.
pub fn in_order(lines: Vec<Line>) -> Vec<Line> {
    let order = order(&lines.iter().collect::<Vec<_>>());
    let mut lines: Vec<Option<Line>> = lines.into_iter().map(Some).collect();
    order.into_iter().filter_map(|(number, group)| Some(Line { group, ..lines[number].take()? })).collect()
}

/// The positions of lines in that order, each with the number of its loop.
pub fn order(lines: &[&Line]) -> Vec<(usize, usize)> {
    let (goals, others): (Vec<usize>, Vec<usize>) = (0..lines.len()).partition(|number| lines[*number].goal);
    let place_of = others.clone();
    let others: Vec<&Line> = others.into_iter().map(|number| lines[number]).collect();
    let adjoints: Vec<Vec<&Read>> = others.iter().map(|line| adjoints_read(line)).collect();
    let reads = dependencies(&others, &adjoints);
    let groups = circles(&reads);
    // Groups in the order of their first line, as far as what they need allows; so are the lines within a group.
    let by_group = members(&groups);
    let needs: Vec<BTreeSet<usize>> = by_group
        .iter()
        .enumerate()
        .map(|(group, numbers)| {
            let read = numbers.iter().flat_map(|number| &reads[*number]).map(|number| groups[*number]);
            read.filter(|other| *other != group).collect()
        })
        .collect();
    let first: Vec<usize> = by_group.iter().map(|numbers| numbers.first().copied().unwrap_or(0)).collect();
    let mut order = Vec::with_capacity(lines.len());
    for (loop_number, group) in sorted(&needs, &first).into_iter().enumerate() {
        let numbers = &by_group[group];
        let position: BTreeMap<usize, usize> =
            numbers.iter().enumerate().map(|(place, number)| (*number, place)).collect();
        let within: Vec<BTreeSet<usize>> = numbers
            .iter()
            .map(|number| {
                same_step_reads(&others, *number, &adjoints[*number], &reads[*number])
                    .filter_map(|read| position.get(&read).copied())
                    .collect()
            })
            .collect();
        order.extend(sorted(&within, numbers).into_iter().map(|place| (place_of[numbers[place]], loop_number)));
    }
    let loops = order.len();
    order.extend(goals.into_iter().enumerate().map(|(number, goal)| (goal, loops + number)));
    order
}

/// Which lines each line reads, at whatever step.
fn dependencies(lines: &[&Line], adjoints: &[Vec<&Read>]) -> Vec<BTreeSet<usize>> {
    let mut makers: FxHashMap<&Name, Vec<usize>> = FxHashMap::default();
    for (number, line) in lines.iter().enumerate() {
        makers.entry(&line.left.quantity).or_default().push(number);
    }
    adjoints
        .iter()
        .map(|read| {
            read.iter()
                .flat_map(|read| makers.get(&read.quantity).into_iter().flatten().map(move |maker| (read, *maker)))
                .filter(|(read, maker)| may_be(read, lines[*maker]))
                .map(|(_, maker)| maker)
                .collect()
        })
        .collect()
}

/// Whether a reading may be at the places of a line. A case stands at one place, and only a reading of that very place
/// is taken for it: what a loop reads are the lines of loops.
fn may_be(read: &Read, line: &Line) -> bool {
    let (Some(read), Some(left)) = (read.places(), line.left.places()) else { return true };
    let free = |place: &Integer| line.ranges.iter().any(|range| place.names().contains(&range.index));
    read.into_iter().zip(left).all(|(place, own)| free(own) || place == own)
}

/// Of the lines read, those that are read at the same step of the loop.
fn same_step_reads<'l>(
    lines: &'l [&Line],
    number: usize,
    adjoints: &[&'l Read],
    reads: &'l BTreeSet<usize>,
) -> impl Iterator<Item = usize> + 'l {
    let here: BTreeSet<&Name> =
        adjoints.iter().filter(|read| same_step(read, &lines[number].left)).map(|read| &read.quantity).collect();
    reads.iter().copied().filter(move |read| *read != number && here.contains(&lines[*read].left.quantity))
}

/// Whether a reading stands at the same place as the left side, as far as their common indices tell.
fn same_step(read: &Read, left: &Read) -> bool {
    let (Some(read), Some(left)) = (read.places(), left.places()) else { return true };
    let plain = |place: &&Integer| place.as_name().is_some() || place.as_number().is_some();
    read.iter().all(plain) && !read.iter().zip(&left).any(|(a, b)| a != b && a.minus(b).as_number().is_some())
}
