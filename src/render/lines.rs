//! Backward lines → Markup, and which of them belong together.

use super::markup::Markup;
use super::notation::Notation;
use crate::math::derivation::{Line, Part};
use crate::math::expression::{Mark, Op, Subscript, Term};
use crate::math::name::Name;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// `δv_t` or `∂L/∂v_t`, on the left of a backward line.
pub fn line_left(line: &Line, notation: &Notation) -> Markup {
    if line.goal { notation.gradient(&line.left) } else { notation.read(&line.left) }
}

/// `Σ_t u + v`, the right side of a backward line.
pub fn line_right(line: &Line, notation: &Notation) -> Markup {
    match line.parts.as_slice() {
        [] => Markup::same("0"),
        parts => whole(parts).map_or_else(
            || {
                let summands = parts.iter().flat_map(|part| flat(summed(part, notation))).collect::<Vec<_>>();
                match summands.as_slice() {
                    [(false, _)] => summands.into_iter().next().map_or(Markup::same("0"), |(_, only)| only),
                    _ => Markup::Sum(summands),
                }
            },
            |term| notation.formula(term),
        ),
    }
}

/// The single term without sums that a line usually is.
fn whole(parts: &[Part]) -> Option<&Term> {
    match parts {
        [part] if part.sums.is_empty() => Some(&part.term),
        _ => None,
    }
}

fn flat(markup: Markup) -> Vec<(bool, Markup)> {
    match markup {
        Markup::Sum(parts) => parts,
        other => vec![(false, other)],
    }
}

fn summed(part: &Part, notation: &Notation) -> Markup {
    part.sums.iter().rev().fold(notation.formula(&part.term), |body, binder| notation.summation(binder, body))
}

/// Lines that follow each other, hold for the same indices and can be computed in the same order of these.
pub(super) struct Group<'a> {
    /// In order; there is at least one.
    pub(super) lines: Vec<&'a Line>,
}

impl Group<'_> {
    /// Whether the line may be the next one.
    pub(super) fn takes(&self, line: &Line) -> bool {
        let agrees = |index: &Name| {
            let ways = self.lines.iter().copied().chain([line]).filter_map(|line| direction(line, index));
            ways.collect::<BTreeSet<_>>().len() < 2
        };
        self.lines[0].ranges == line.ranges && line.ranges.iter().all(|range| agrees(&range.index))
    }
}

/// The way an index must run when the line is computed: downward where it reads an adjoint one step on.
pub(super) fn direction(line: &Line, index: &Name) -> Option<Ordering> {
    let mut found = None;
    for part in &line.parts {
        part.term.walk(&mut |term| {
            let Op::Read(read) = term.op() else { return };
            if read.mark != Mark::Adjoint {
                return;
            }
            for subscript in &read.subscripts {
                let Subscript::At(place) = subscript else { continue };
                let shift = place.linear_in(index).filter(|(coefficient, _)| *coefficient == 1);
                let way = shift.and_then(|(_, rest)| rest.as_number()).map_or(Ordering::Equal, |shift| 0.cmp(&shift));
                if way != Ordering::Equal {
                    found = found.or(Some(way));
                }
            }
        });
    }
    found
}
