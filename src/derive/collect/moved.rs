//! A gain moved to where the adjoint stands: places are equated, and solved for the indices of the equation.

use super::limit::Limit;
use super::{Axes, Contribution};
use crate::derive::letters::index_letter;
use crate::math::derivation::Gain;
use crate::math::expression::{Binder, Subscript, Term};
use crate::math::integer::{Atom, Integer};
use crate::math::name::Name;
use crate::math::network::{Equation, Network};
use crate::math::shape::Shape;
use crate::math::source::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};

/// Solves "the place that is read = the place of the adjoint" for the indices of the equation and of the sums around.
pub(super) fn move_to(
    network: &Network,
    axes: &Axes,
    equation: &Equation,
    gain: &Gain,
) -> Result<Contribution, Diagnostic> {
    let not_yet = |why: &str| {
        Diagnostic::error(format!(
            "the gradient of `{}` through `{}` cannot be collected",
            gain.of.quantity, equation.target
        ))
        .at(&equation.span, why.to_string())
        .hint("give the part that is read an equation of its own")
    };
    let quantity = network.quantity(&gain.of.quantity).ok_or_else(|| not_yet("it is unknown"))?;
    let axes = &axes[&quantity.name];
    let mut term = gain.term.clone();
    let mut solver = Solver::new(equation.ranges.iter().chain(&gain.sums).cloned().collect());
    // Indices of the equation and axes of the quantity may share letters, so axes are primed while solving.
    let primed = |axis: &Binder| Name::from(format!("{}′", axis.index));
    let mut entries = Vec::new();
    for (position, axis) in axes.iter().enumerate() {
        let place = Integer::name(primed(axis));
        match gain.of.subscripts.get(position) {
            Some(Subscript::At(read)) => solver.meet(place, read),
            Some(Subscript::Range(low, high)) => {
                entries.push(Subscript::At(place.minus(low).offset(1)));
                solver.limits.push(Limit::slice(place, low.clone(), high.clone()));
            }
            // Payloads count from 1, whatever the axis counts from.
            Some(Subscript::All) | None => entries.push(Subscript::At(place.minus(&axis.low).offset(1))),
        }
    }
    let beyond = gain.of.subscripts.get(axes.len()..).unwrap_or_default();
    if !entries.is_empty() {
        // The adjoint of a mere reading, by entries.
        let Some(read) = term.as_read().filter(|_| beyond.iter().all(|subscript| *subscript == Subscript::All)) else {
            return Err(not_yet("what it gains has no entries of its own"));
        };
        let mut read = read.clone();
        read.shape = read.shape.without_leading(entries.len());
        read.subscripts.extend(entries);
        term = Term::read(read);
    } else if !beyond.is_empty() {
        term = whole(&term, beyond, &equation.ranges, &quantity.shape)
            .ok_or_else(|| not_yet("it is read by entries and as a whole"))?;
        beyond.iter().filter_map(as_index).for_each(|index| solver.forget(&index));
    }
    solver.finish(network, equation);
    let (put, sums, limits) = solver.read_out(network, axes);
    let unprime: BTreeMap<Name, Integer> =
        axes.iter().map(|axis| (primed(axis), Integer::name(axis.index.clone()))).collect();
    let moved = |value: &Integer| value.substitute(&put).substitute(&unprime);
    Ok(Contribution {
        term: term.at(&put).at(&unprime),
        sums: sums.into_iter().map(|sum| Binder { low: moved(&sum.low), high: moved(&sum.high), ..sum }).collect(),
        limits: limits.into_iter().map(|limit| limit.put(&put).put(&unprime)).collect(),
    })
}

/// Solves equations between places for indices.
struct Solver {
    /// Indices that no equation has fixed yet.
    unsolved: Vec<Binder>,
    /// Indices that were, with their values and their ranges.
    solved: Vec<(Binder, Integer)>,
    limits: Vec<Limit>,
    /// Pairs of indices that were solved together, `k·outer + inner`, by the outer one: the sum of both from where `inner`
    /// begins, and k. The inner one is a remainder and needs no limit.
    tiles: BTreeMap<Name, Option<(Integer, i64)>>,
}

impl Solver {
    fn new(unsolved: Vec<Binder>) -> Solver {
        Solver { unsolved, solved: Vec::new(), limits: Vec::new(), tiles: BTreeMap::new() }
    }

    /// `place = k·outer + inner + rest`, where `inner` runs through k values: windows that tile an axis. Then
    /// `place − rest` divided by k tells the outer one, and the remainder the inner one.
    fn tile(&mut self, place: &Integer, read: &Integer) -> bool {
        let found = self.unsolved.iter().find_map(|inner| {
            let (1, rest) = read.linear_in(&inner.index)? else { return None };
            let count = inner.high.minus(&inner.low).offset(1).as_number().filter(|count| *count > 1)?;
            let outer = self.unsolved.iter().find(|outer| {
                outer.index != inner.index && rest.linear_in(&outer.index).is_some_and(|(k, _)| k == count)
            })?;
            let (_, rest) = rest.linear_in(&outer.index)?;
            let alone = self.unsolved.iter().all(|other| !rest.names().contains(&other.index));
            alone.then(|| (inner.clone(), outer.clone(), place.minus(&rest).minus(&inner.low), count))
        });
        let Some((inner, outer, sum, count)) = found else { return false };
        let by = || Box::new(Integer::number(count));
        let quotient = Integer::atom(Atom::FloorDiv(Box::new(sum.clone()), by()));
        let remainder = Integer::atom(Atom::Mod(Box::new(sum.clone()), by())).plus(&inner.low);
        self.tiles.insert(inner.index.clone(), None);
        self.tiles.insert(outer.index.clone(), Some((sum, count)));
        self.solve(&inner.index, remainder);
        self.solve(&outer.index, quotient);
        true
    }

    /// Gives an unsolved index its value.
    fn solve(&mut self, index: &Name, value: Integer) {
        let Some(position) = self.unsolved.iter().position(|range| range.index == *index) else { return };
        let range = self.unsolved.remove(position);
        let put = BTreeMap::from([(range.index.clone(), value.clone())]);
        for (_, other) in &mut self.solved {
            *other = other.substitute(&put);
        }
        for limit in &mut self.limits {
            *limit = limit.put(&put);
        }
        self.solved.push((range, value));
    }

    fn values(&self) -> BTreeMap<Name, Integer> {
        self.solved.iter().map(|(range, value)| (range.index.clone(), value.clone())).collect()
    }

    /// `place = read`: fixes an index that stands in `read` with coefficient ±1, or else becomes a condition.
    fn meet(&mut self, place: Integer, read: &Integer) {
        let read = read.substitute(&self.values());
        if self.tile(&place, &read) {
            return;
        }
        let choice = self
            .unsolved
            .iter()
            .position(|range| read.linear_in(&range.index).is_some_and(|(coefficient, _)| coefficient.abs() == 1));
        let Some(position) = choice else {
            self.limits.push(Limit::Equal { place, other: read });
            return;
        };
        let index = self.unsolved[position].index.clone();
        let (coefficient, rest) = read.linear_in(&index).unwrap_or_default();
        self.solve(&index, place.minus(&rest).scaled(coefficient));
    }

    /// An index that runs through all entries of a payload, which now stands as a whole.
    fn forget(&mut self, index: &Name) {
        self.unsolved.retain(|range| &range.index != index);
    }

    /// The values found must be among those that the indices run through. Past the range of an index on the left side
    /// the adjoint there does not exist and counts as 0, which needs no words.
    fn finish(&mut self, network: &Network, equation: &Equation) {
        let axes_of_target = network.quantity(&equation.target).map(|target| target.axes.clone()).unwrap_or_default();
        let mut found = Vec::new();
        for (range, value) in &self.solved {
            let axis = equation
                .at
                .iter()
                .position(|at| at.as_name() == Some(&range.index))
                .and_then(|position| axes_of_target.get(position));
            let (place, low, high) = match self.tiles.get(&range.index) {
                Some(None) => continue,
                Some(Some((sum, count))) => {
                    (sum.clone(), range.low.scaled(*count), range.high.scaled(*count).offset(count - 1))
                }
                None => (value.clone(), range.low.clone(), range.high.clone()),
            };
            found.push(Limit::Between {
                place,
                low,
                high,
                open_below: axis.is_some_and(|axis| axis.low == range.low),
                open_above: axis.is_some_and(|axis| axis.high == range.high),
            });
        }
        self.limits.extend(found);
    }

    /// What to put for the indices, what stays to be summed over, under letters that are no axes of the quantity, and
    /// where it holds.
    fn read_out(self, network: &Network, axes: &[Binder]) -> (BTreeMap<Name, Integer>, Vec<Binder>, Vec<Limit>) {
        let mut put = self.values();
        let mut sums = Vec::new();
        let mut taken: BTreeSet<Name> = axes.iter().map(|axis| axis.index.clone()).collect();
        let freed: Vec<Name> = self.solved.iter().map(|(range, _)| range.index.clone()).collect();
        for range in &self.unsolved {
            let mut letter = range.index.clone();
            if taken.contains(&letter) {
                let spare = freed.iter().find(|name| !taken.contains(*name)).cloned();
                letter = spare.unwrap_or_else(|| index_letter(network, &taken, &range.low, &range.high));
            }
            taken.insert(letter.clone());
            put.insert(range.index.clone(), Integer::name(letter.clone()));
            sums.push(Binder { index: letter, low: range.low.clone(), high: range.high.clone() });
        }
        // Values may speak of indices that are summed over, under their new letters.
        let letters: BTreeMap<Name, Integer> = self
            .unsolved
            .iter()
            .filter_map(|range| Some((range.index.clone(), put.get(&range.index)?.clone())))
            .collect();
        for (range, _) in &self.solved {
            if let Some(value) = put.get_mut(&range.index) {
                *value = value.substitute(&letters);
            }
        }
        (put, sums, self.limits)
    }
}

/// `δe[t]` for `δe[t,j]`: what the entries of a whole gain, all at once. The equation must run through all of them.
fn whole(term: &Term, entries: &[Subscript], ranges: &[Binder], shape: &Shape) -> Option<Term> {
    let read = term.as_read()?;
    let kept = read.subscripts.len().checked_sub(entries.len())?;
    let covers = entries.iter().zip(shape.axes()).all(|(entry, size)| {
        let index = as_index(entry);
        ranges
            .iter()
            .any(|range| Some(&range.index) == index.as_ref() && range.low == Integer::number(1) && &range.high == size)
    });
    let apart = read.subscripts[..kept].iter().all(|subscript| match subscript {
        Subscript::At(place) => entries.iter().filter_map(as_index).all(|index| !place.names().contains(&index)),
        _ => false,
    });
    let distinct = entries.iter().filter_map(as_index).collect::<BTreeSet<_>>().len() == entries.len();
    (covers && apart && distinct && read.subscripts[kept..] == *entries).then(|| {
        let mut read = read.clone();
        read.subscripts.truncate(kept);
        read.shape = shape.clone();
        Term::read(read)
    })
}

fn as_index(subscript: &Subscript) -> Option<Name> {
    match subscript {
        Subscript::At(place) => place.as_name().cloned(),
        _ => None,
    }
}
