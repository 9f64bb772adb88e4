//! The order in which lines can be computed: loops one after the other, and within a loop what is needed first.

use crate::math::dependence::{circles, members, sorted};
use crate::math::derivation::Line;
use crate::math::expression::{Mark, Read};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

/// The adjoints on the right side of a line.
pub fn adjoints_read(line: &Line) -> Vec<&Read> {
    line.parts.iter().flat_map(|part| part.term.reads()).filter(|read| read.mark == Mark::Adjoint).collect()
}

/// Lines in an order in which they can be computed, with the number of their loop; goals that nothing reads come last.
pub fn in_order(lines: Vec<Line>) -> Vec<Line> {
    let (goals, others): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(|line| line.goal);
    let reads = dependencies(&others);
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
    let mut order = Vec::with_capacity(others.len());
    for (loop_number, group) in sorted(&needs, &first).into_iter().enumerate() {
        let numbers = &by_group[group];
        let position: BTreeMap<usize, usize> =
            numbers.iter().enumerate().map(|(place, number)| (*number, place)).collect();
        let within: Vec<BTreeSet<usize>> = numbers
            .iter()
            .map(|number| {
                same_step_reads(&others, *number, &reads[*number])
                    .filter_map(|read| position.get(&read).copied())
                    .collect()
            })
            .collect();
        order.extend(sorted(&within, numbers).into_iter().map(|place| (numbers[place], loop_number)));
    }
    let loops = order.len();
    let mut taken: Vec<Option<Line>> = others.into_iter().map(Some).collect();
    let ordered =
        order.into_iter().filter_map(|(number, group)| taken[number].take().map(|line| Line { group, ..line }));
    let goals = goals.into_iter().enumerate().map(|(number, line)| Line { group: loops + number, ..line });
    ordered.chain(goals).collect()
}

/// Which lines each line reads, at whatever step.
fn dependencies(lines: &[Line]) -> Vec<BTreeSet<usize>> {
    let mut makers: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
    for (number, line) in lines.iter().enumerate() {
        makers.entry(&line.left.quantity).or_default().push(number);
    }
    lines
        .iter()
        .map(|line| {
            adjoints_read(line)
                .into_iter()
                .flat_map(|read| makers.get(&read.quantity).into_iter().flatten().map(move |maker| (read, *maker)))
                .filter(|(read, maker)| may_be(read, &lines[*maker]))
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
    lines: &'l [Line],
    number: usize,
    reads: &'l BTreeSet<usize>,
) -> impl Iterator<Item = usize> + 'l {
    let here: BTreeSet<&Name> = adjoints_read(&lines[number])
        .into_iter()
        .filter(|read| same_step(read, &lines[number].left))
        .map(|read| &read.quantity)
        .collect();
    reads.iter().copied().filter(move |read| *read != number && here.contains(&lines[*read].left.quantity))
}

/// Whether a reading stands at the same place as the left side, as far as their common indices tell.
fn same_step(read: &Read, left: &Read) -> bool {
    let (Some(read), Some(left)) = (read.places(), left.places()) else { return true };
    let plain = |place: &&Integer| place.as_name().is_some() || place.as_number().is_some();
    read.iter().all(plain) && !read.iter().zip(&left).any(|(a, b)| a != b && a.minus(b).as_number().is_some())
}
