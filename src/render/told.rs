//! Steps → rows, each with why it is right; finer steps stand beneath the row that they lead to.

use super::markup::Markup;
use super::notation::Notation;
use super::page::Row;
use super::reason::{known, told};
use crate::math::derivation::{Reason, Step};
use crate::math::expression::{Binder, Term};
use crate::math::network::Network;

/// How steps are told.
pub struct Telling<'a> {
    /// The network that they are about.
    pub network: &'a Network,
    /// How formulas look.
    pub notation: &'a Notation<'a>,
    /// The indices that stand free.
    pub ranges: &'a [Binder],
    /// Whether every step is told, with those beneath.
    pub full: bool,
}

impl Telling<'_> {
    /// The rows that follow a row for `start`. A step that only brackets what is printed alike is not told; a law
    /// that is used again on the next line is told once, with the last of these lines; where all is told, only if each of
    /// them is shorter than the one before, as when a 0 takes one factor after the other.
    pub fn rows(&self, start: &Term, steps: &[Step]) -> Vec<Row> {
        let (mut before, mut shown, mut rows) = (start, self.formula(start), Vec::new());
        for (number, step) in steps.iter().enumerate() {
            let row = self.row(before, step);
            let again = |next: &Step| self.row(&step.after, next).caption == row.caption;
            let next = steps.get(number + 1);
            let skipped =
                if self.full { next.is_some_and(|next| is_worn(before, step, next)) } else { next.is_some_and(again) };
            if !skipped && (row.right != shown || !step.needs.is_empty()) {
                shown = row.right.clone();
                rows.push(row);
            }
            before = &step.after;
        }
        rows
    }

    /// The row for a step after the line `before`.
    pub fn row(&self, before: &Term, step: &Step) -> Row {
        // A milestone that one law explains is that law.
        let step = match (&step.reason, step.substeps.as_slice()) {
            (Reason::Milestone(_), [only]) => only,
            _ => step,
        };
        let mut row = Row::step(self.formula(&step.after), told(before, step, Some(self.network), self.notation));
        if self.full {
            row.substeps = match known(before, step) {
                // What the sum comes to is shown apart from the line that it stands in.
                Some((sum, _)) => std::iter::once(Row::start(self.formula(sum)))
                    .chain(self.rows(sum, &within(&step.substeps, &step.places[0])))
                    .collect(),
                None => self.rows(before, &step.substeps),
            };
        }
        row
    }

    fn formula(&self, term: &Term) -> Markup {
        self.notation.within(self.ranges, term)
    }
}

/// Whether a step and the next do the same, and take parts of the line away.
fn is_worn(before: &Term, step: &Step, next: &Step) -> bool {
    let parts = |term: &Term| {
        let mut count = 0_usize;
        term.walk(&mut |_| count += 1);
        count
    };
    step.reason == next.reason
        && matches!(step.reason, Reason::Law { .. })
        && step.needs.is_empty()
        && next.needs.is_empty()
        && step.substeps.is_empty()
        && parts(&next.after) < parts(&step.after)
        && parts(&step.after) < parts(before)
}

/// Steps at one place of a line, as steps of what stands there.
fn within(steps: &[Step], place: &[usize]) -> Vec<Step> {
    let inner = |step: &Step| {
        let inside = step.places.iter().filter_map(|other| Some(other.strip_prefix(place)?.to_vec()));
        Some(Step {
            places: inside.collect(),
            after: step.after.subterm(place)?.clone(),
            substeps: within(&step.substeps, place),
            ..step.clone()
        })
    };
    steps.iter().filter_map(inner).collect()
}
