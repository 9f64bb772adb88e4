//! Backward lines → Markup.

use super::markup::Markup;
use super::notation::Notation;
use crate::math::derivation::{Line, Part};
use crate::math::expression::{Mark, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
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
                // What is summed comes last, where the reach of a sum sign is plain.
                let (plain, sums): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|part| part.sums.is_empty());
                let parts = plain.into_iter().chain(sums);
                let summands = parts.flat_map(|part| flat(summed(part, notation))).collect::<Vec<_>>();
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

/// The indices that the adjoints on the right side are moved by, and how far.
pub(super) fn moves(line: &Line) -> Vec<(Name, i64)> {
    moves_in(line, &line.parts.iter().map(|part| &part.term).collect::<Vec<_>>())
}

/// The same for a right side that is still to become the one of the line.
pub(super) fn moves_in(line: &Line, terms: &[&Term]) -> Vec<(Name, i64)> {
    let mut found: BTreeSet<(Name, i64)> = BTreeSet::new();
    for read in terms.iter().flat_map(|term| term.reads()).filter(|read| read.mark == Mark::Adjoint) {
        for subscript in &read.subscripts {
            let Subscript::At(place) = subscript else { continue };
            for range in &line.ranges {
                let by = place.minus(&Integer::name(range.index.clone())).as_number().filter(|by| *by != 0);
                found.extend(by.map(|by| (range.index.clone(), by)));
            }
        }
    }
    found.into_iter().collect()
}
