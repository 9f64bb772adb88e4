//! What needs what: circles of things that need each other, and an order in which each comes after what it needs.

use std::collections::BTreeSet;

/// The circle of each number: two numbers have the same circle when each needs the other, by whatever way (strongly
/// connected components, Kosaraju 1978; with stacks of its own, since chains may be long).
pub fn circles(needs: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut seen = vec![false; needs.len()];
    let mut finished = Vec::with_capacity(needs.len());
    for start in 0..needs.len() {
        let mut open = vec![(start, false)];
        while let Some((number, leaving)) = open.pop() {
            if leaving {
                finished.push(number);
            } else if !std::mem::replace(&mut seen[number], true) {
                open.push((number, true));
                open.extend(needs[number].iter().filter(|next| !seen[**next]).map(|next| (*next, false)));
            }
        }
    }
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (number, needed) in needs.iter().enumerate() {
        needed.iter().for_each(|other| needed_by[*other].push(number));
    }
    let mut circle: Vec<Option<usize>> = vec![None; needs.len()];
    let mut count = 0;
    for start in finished.into_iter().rev() {
        if circle[start].is_some() {
            continue;
        }
        let mut open = vec![start];
        while let Some(number) = open.pop() {
            if circle[number].is_none() {
                circle[number] = Some(count);
                open.extend(needed_by[number].iter().filter(|next| circle[**next].is_none()));
            }
        }
        count += 1;
    }
    circle.into_iter().map(Option::unwrap_or_default).collect()
}

/// The members of each circle, in ascending order.
pub fn members(circles: &[usize]) -> Vec<Vec<usize>> {
    let count = circles.iter().max().map_or(0, |last| last + 1);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
    circles.iter().enumerate().for_each(|(number, circle)| members[*circle].push(number));
    members
}

/// Numbers sorted so that each comes after what it needs; where that leaves a choice, by `first`. Circles are cut.
pub fn sorted(needs: &[BTreeSet<usize>], first: &[usize]) -> Vec<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_and_order_respects_needs() {
        let set = |numbers: &[usize]| numbers.iter().copied().collect::<BTreeSet<usize>>();
        let found = circles(&[set(&[1]), set(&[2]), set(&[0, 3]), set(&[])]);
        assert!(found[0] == found[1] && found[1] == found[2] && found[2] != found[3]);
        let mut members = members(&found);
        members.sort();
        assert_eq!(members, [vec![0, 1, 2], vec![3]]);
        assert_eq!(sorted(&[set(&[1]), set(&[]), set(&[1])], &[0, 1, 2]), [1, 0, 2]);
        // A circle is cut at its first member.
        assert_eq!(sorted(&[set(&[1]), set(&[0])], &[0, 1]), [0, 1]);
    }
}
