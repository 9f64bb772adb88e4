//! The order in which lines can be computed: loops one after the other, and within a loop what is needed first.

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
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut by_group: Vec<Vec<usize>> = vec![Vec::new(); count];
    (0..others.len()).for_each(|number| by_group[groups[number]].push(number));
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

/// Numbers sorted so that each comes after what it needs; where that leaves a choice, by `first`. Circles are cut.
fn sorted(needs: &[BTreeSet<usize>], first: &[usize]) -> Vec<usize> {
    let mut waits: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
    let mut waited_for: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (number, needed) in needs.iter().enumerate() {
        needed.iter().for_each(|other| waited_for[*other].push(number));
    }
    let mut waiting: BTreeSet<(usize, usize)> = (0..needs.len()).map(|number| (first[number], number)).collect();
    let mut ready: BTreeSet<(usize, usize)> =
        waiting.iter().copied().filter(|(_, number)| waits[*number] == 0).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(next) = ready.pop_first().or_else(|| waiting.first().copied()) {
        if !waiting.remove(&next) {
            continue;
        }
        order.push(next.1);
        for number in &waited_for[next.1] {
            waits[*number] = waits[*number].saturating_sub(1);
            if waits[*number] == 0 && waiting.contains(&(first[*number], *number)) {
                ready.insert((first[*number], *number));
            }
        }
    }
    order
}

/// The strongly connected component of each number (Kosaraju 1978), with stacks of its own: chains may be long.
fn circles(reads: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut seen = vec![false; reads.len()];
    let mut finished = Vec::with_capacity(reads.len());
    for start in 0..reads.len() {
        let mut open = vec![(start, false)];
        while let Some((number, leaving)) = open.pop() {
            if leaving {
                finished.push(number);
            } else if !std::mem::replace(&mut seen[number], true) {
                open.push((number, true));
                open.extend(reads[number].iter().filter(|next| !seen[**next]).map(|next| (*next, false)));
            }
        }
    }
    let mut read_by: Vec<Vec<usize>> = vec![Vec::new(); reads.len()];
    for (number, read) in reads.iter().enumerate() {
        read.iter().for_each(|other| read_by[*other].push(number));
    }
    let mut group: Vec<Option<usize>> = vec![None; reads.len()];
    let mut count = 0;
    for start in finished.into_iter().rev() {
        if group[start].is_some() {
            continue;
        }
        let mut open = vec![start];
        while let Some(number) = open.pop() {
            if group[number].is_none() {
                group[number] = Some(count);
                open.extend(read_by[number].iter().filter(|next| group[**next].is_none()));
            }
        }
        count += 1;
    }
    group.into_iter().map(Option::unwrap_or_default).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_and_order_respects_needs() {
        let reads: Vec<BTreeSet<usize>> =
            [vec![1], vec![2], vec![0, 3], vec![]].into_iter().map(|read| read.into_iter().collect()).collect();
        let groups = circles(&reads);
        assert!(groups[0] == groups[1] && groups[1] == groups[2] && groups[2] != groups[3]);
        let needs: Vec<BTreeSet<usize>> =
            [vec![1], vec![], vec![1]].into_iter().map(|need| need.into_iter().collect()).collect();
        assert_eq!(sorted(&needs, &[0, 1, 2]), [1, 0, 2]);
    }
}
