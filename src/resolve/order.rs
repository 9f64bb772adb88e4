//! What depends on what: recurrences run in one direction, and nothing depends on itself at the same place.

use super::network::Resolved;
use super::world::World;
use crate::math::expression::Subscript;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::source::Diagnostic;
use std::collections::BTreeMap;

/// In which direction the recurrences of a quantity run along an index: up reads the step before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// `h[t]` reads `h[t-1]`.
    Up,
    /// `b[t]` reads `b[t+1]`.
    Down,
}

/// The direction of each quantity along each index it recurs along.
pub type Directions = BTreeMap<(Name, Name), Direction>;

/// An equation reads another one, each index moved by so much; an index is left out where that cannot be told.
#[derive(Clone)]
struct Edge {
    from: usize,
    to: usize,
    shifts: BTreeMap<Name, i64>,
}

/// Finds the directions, or the circle that has none.
pub fn directions(world: &World<'_>, equations: &[Resolved]) -> Result<Directions, Diagnostic> {
    let edges = edges(equations);
    let mut found = Directions::new();
    let mut open = vec![(
        (0..equations.len()).collect::<Vec<usize>>(),
        edges,
        world.indices.keys().cloned().collect::<Vec<Name>>(),
    )];
    while let Some((nodes, edges, indices)) = open.pop() {
        let components = components(&nodes, &edges);
        let mut of: BTreeMap<usize, usize> = BTreeMap::new();
        for (number, component) in components.iter().enumerate() {
            of.extend(component.iter().map(|node| (*node, number)));
        }
        let mut inside: Vec<Vec<Edge>> = vec![Vec::new(); components.len()];
        for edge in edges {
            if let (Some(from), Some(to)) = (of.get(&edge.from), of.get(&edge.to))
                && from == to
            {
                inside[*from].push(edge);
            }
        }
        for (component, inner) in components.into_iter().zip(inside) {
            if inner.is_empty() {
                continue;
            }
            let recurrent = |name: &&Name| world.indices.get(*name).is_some_and(|(index, _)| index.recurrent);
            let Some((index, direction)) =
                indices.iter().filter(recurrent).find_map(|index| Some((index, direction(&inner, index)?)))
            else {
                return Err(circle(world, equations, &inner, &indices));
            };
            for node in &component {
                found.insert((equations[*node].target.clone(), index.clone()), direction);
            }
            let rest = inner.into_iter().filter(|edge| edge.shifts.get(index) == Some(&0)).collect();
            open.push((component, rest, indices.iter().filter(|other| *other != index).cloned().collect()));
        }
    }
    Ok(found)
}

/// The direction of a circle along an index: all steps known, none against it, one at least along it.
fn direction(edges: &[Edge], index: &Name) -> Option<Direction> {
    let shifts: Option<Vec<i64>> = edges.iter().map(|edge| edge.shifts.get(index).copied()).collect();
    let shifts = shifts?;
    let (below, above) = (shifts.iter().any(|shift| *shift < 0), shifts.iter().any(|shift| *shift > 0));
    match (below, above) {
        (true, false) => Some(Direction::Up),
        (false, true) => Some(Direction::Down),
        _ => None,
    }
}

fn edges(equations: &[Resolved]) -> Vec<Edge> {
    let mut of: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
    for (position, equation) in equations.iter().enumerate() {
        of.entry(&equation.target).or_default().push(position);
    }
    let mut found = Vec::new();
    for (from, equation) in equations.iter().enumerate() {
        for read in equation.body.reads() {
            for &to in of.get(&read.quantity).into_iter().flatten() {
                if let Some(shifts) = shifts(&read.subscripts, equation, &equations[to]) {
                    found.push(Edge { from, to, shifts });
                }
            }
        }
    }
    found
}

/// By how much each index moves from the reader to what is read; `None` when the reading never meets that equation.
fn shifts(places: &[Subscript], from: &Resolved, to: &Resolved) -> Option<BTreeMap<Name, i64>> {
    let mut shifts = BTreeMap::new();
    for (place, at) in places.iter().zip(&to.at) {
        let Subscript::At(place) = place else { continue };
        match at.as_name().filter(|name| to.ranges.iter().any(|range| &range.index == *name)) {
            Some(letter) => {
                let range = to.ranges.iter().find(|range| &range.index == letter)?;
                let moved = place.minus(&Integer::name(letter.clone())).as_number();
                if let Some(shift) = moved.filter(|_| from.ranges.iter().any(|range| &range.index == letter)) {
                    shifts.insert(letter.clone(), shift);
                }
                // A fixed place outside the range belongs to a case.
                let before = range.low.minus(place).as_number().is_some_and(|distance| distance > 0);
                let after = place.minus(&range.high).as_number().is_some_and(|distance| distance > 0);
                if before || after {
                    return None;
                }
            }
            None => {
                // A case is met by an index that can reach it, or by the very place.
                let reach = super::integers::bounds(place, &from.ranges);
                if let Some((least, largest)) = reach {
                    let below = at.minus(&least).as_number().is_some_and(|distance| distance < 0);
                    let above = largest.minus(at).as_number().is_some_and(|distance| distance < 0);
                    if below || above {
                        return None;
                    }
                }
            }
        }
    }
    Some(shifts)
}

/// Strongly connected components of these nodes, which are in ascending order, by Tarjan's algorithm, with a stack of its own.
fn components(nodes: &[usize], edges: &[Edge]) -> Vec<Vec<usize>> {
    let (count, place) = (nodes.len(), |node: usize| nodes.binary_search(&node).ok());
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    for edge in edges {
        if let (Some(from), Some(to)) = (place(edge.from), place(edge.to)) {
            next[from].push(to);
        }
    }
    let (mut number, mut low) = (vec![usize::MAX; count], vec![0usize; count]);
    let (mut on_stack, mut stack, mut counter) = (vec![false; count], Vec::new(), 0);
    let mut found = Vec::new();
    for root in 0..count {
        if number[root] != usize::MAX {
            continue;
        }
        let mut work = vec![(root, 0usize)];
        while let Some((node, position)) = work.last_mut() {
            let node = *node;
            if *position == 0 {
                number[node] = counter;
                low[node] = counter;
                counter += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            if let Some(&target) = next[node].get(*position) {
                *position += 1;
                if number[target] == usize::MAX {
                    work.push((target, 0));
                } else if on_stack[target] {
                    low[node] = low[node].min(number[target]);
                }
                continue;
            }
            work.pop();
            if let Some((parent, _)) = work.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
            if low[node] == number[node] {
                let mut component = Vec::new();
                while let Some(member) = stack.pop() {
                    on_stack[member] = false;
                    component.push(nodes[member]);
                    if member == node {
                        break;
                    }
                }
                component.sort_unstable();
                found.push(component);
            }
        }
    }
    found
}

fn circle(world: &World<'_>, equations: &[Resolved], edges: &[Edge], indices: &[Name]) -> Diagnostic {
    // Along an index without recurrence the steps may be in order: then the declaration is the mistake.
    if let Some(index) = indices.iter().find(|index| direction(edges, index).is_some()) {
        let edge =
            edges.iter().find(|edge| edge.shifts.get(index).is_some_and(|shift| *shift != 0)).unwrap_or(&edges[0]);
        let error = Diagnostic::error(format!("a recurrence along `{index}`, which was declared without recurrence"))
            .at(&equations[edge.from].span, format!("reads `{}` at another `{index}`", equations[edge.to].target));
        let error = match world.indices.get(index) {
            Some((_, place)) => error.at(place, "declared with `over` here"),
            None => error,
        };
        return error.hint(format!("declare `along {index}` if its steps follow one another"));
    }
    let both = indices.iter().find(|index| {
        let known = |edge: &Edge| edge.shifts.get(*index).copied();
        edges.iter().any(|edge| known(edge) > Some(0)) && edges.iter().filter_map(known).any(|shift| shift < 0)
    });
    if let Some(index) = both {
        let find = |up: bool| {
            edges
                .iter()
                .find(|edge| edge.shifts.get(index).is_some_and(|shift| if up { *shift < 0 } else { *shift > 0 }))
        };
        let mut error = Diagnostic::error(format!("a recurrence runs both ways along `{index}`"));
        for (edge, words) in
            find(true).map(|edge| (edge, "an earlier")).into_iter().chain(find(false).map(|edge| (edge, "a later")))
        {
            error = error
                .at(&equations[edge.from].span, format!("reads `{}` at {words} `{index}`", equations[edge.to].target));
        }
        return error
            .hint("steps lead away in one direction; two directions need two states, joined by a third quantity");
    }
    let path = shortest(edges);
    let names: Vec<&str> = path.iter().map(|edge| equations[edge.from].target.as_str()).collect();
    let mut error = Diagnostic::error(match names.as_slice() {
        [name] => format!("`{name}` is defined by itself"),
        [first, rest @ ..] => format!("`{first}` is defined by itself through `{}`", rest.join("`, `")),
        [] => "a circular definition".into(),
    });
    for edge in path.iter().take(4) {
        let (from, to) = (&equations[edge.from], &equations[edge.to]);
        error = error.at(&from.span, format!("`{}` needs `{}`", from.target, to.target));
    }
    error.hint("a recurrence reads a step before, as in `h[t-1]`, along an index declared with `along`")
}

/// Whether an error tells of equations that need each other at one place.
pub fn is_circle(error: &Diagnostic) -> bool {
    ["is defined by itself", "a recurrence runs both ways"].iter().any(|words| error.message.contains(words))
}

/// A shortest circle through the first edge.
fn shortest(edges: &[Edge]) -> Vec<&Edge> {
    let Some(first) = edges.first() else { return Vec::new() };
    let mut came: BTreeMap<usize, &Edge> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([first.to]);
    while let Some(node) = open.pop_front() {
        if node == first.from {
            break;
        }
        for edge in edges.iter().filter(|edge| edge.from == node) {
            if edge.to != first.to && !came.contains_key(&edge.to) {
                came.insert(edge.to, edge);
                open.push_back(edge.to);
            }
        }
    }
    let (mut path, mut node) = (Vec::new(), first.from);
    while node != first.to {
        let Some(edge) = came.get(&node) else { break };
        path.push(*edge);
        node = edge.from;
    }
    path.push(first);
    path.reverse();
    path
}
