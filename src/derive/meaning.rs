//! What an adjoint stands for, and how that is put into the lines that read it.

use super::binders::Letters;
use super::range::{Truth, within};
use crate::math::derivation::{Line, Part};
use crate::math::expression::{Binder, Mark, Op, Read, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

/// What an adjoint stands for: `left = term` for all values of the indices in `ranges`.
pub struct Meaning {
    /// The adjoint.
    pub left: Read,
    /// What it is.
    pub term: Term,
    ranges: Vec<Binder>,
    /// Whether no other line speaks of this adjoint, so that outside the ranges it is 0.
    alone: bool,
}

impl Meaning {
    /// What a line says; its sums become part of the term. `None` when the line has several parts and is long.
    pub fn of(line: &Line, alone: bool) -> Option<Meaning> {
        (line.parts.len() <= 8).then(|| Meaning {
            left: line.left.clone(),
            term: super::collect::right_side(line),
            ranges: line.ranges.clone(),
            alone,
        })
    }

    /// The part with every reading of the adjoint at these places replaced, for a line that holds for all values in
    /// `ranges`. Bound letters are chosen so that none stands free in the line as well. `None` when it cannot be told
    /// whether a reading is at these places.
    pub fn put_into(&self, part: &Part, ranges: &[Binder], letters: &Letters) -> Option<Part> {
        let mut scope: Vec<Binder> = ranges.iter().chain(&part.sums).cloned().collect();
        let term = self.put(&part.term, &mut scope)?;
        if term == part.term {
            return Some(part.clone());
        }
        let outside: BTreeSet<Name> = ranges.iter().chain(&part.sums).map(|range| range.index.clone()).collect();
        Some(Part { sums: part.sums.clone(), term: letters.apart(&term, &outside) })
    }

    fn put(&self, term: &Term, scope: &mut Vec<Binder>) -> Option<Term> {
        match term.op() {
            Op::Read(read) if read.quantity == self.left.quantity && read.mark == Mark::Adjoint => {
                match self.put_at(read, scope) {
                    Found::Here(put) => Some(self.term.at(&put)),
                    Found::Elsewhere => Some(term.clone()),
                    Found::Unclear => None,
                }
            }
            _ if term.args().is_empty() => Some(term.clone()),
            op => {
                if let Op::Reduce(_, binder) = op {
                    scope.push(binder.clone());
                }
                let args: Option<Vec<Term>> = term.args().iter().map(|arg| self.put(arg, scope)).collect();
                if let Op::Reduce(..) = op {
                    scope.pop();
                }
                let args = args?;
                if args == term.args() { Some(term.clone()) } else { Term::new(op.clone(), args).ok() }
            }
        }
    }

    fn put_at(&self, read: &Read, known: &[Binder]) -> Found {
        let (Some(left), Some(places)) = (self.left.places(), read.places()) else { return Found::Unclear };
        let mut put = BTreeMap::new();
        let mut sure = left.len() == places.len();
        for (own, place) in left.into_iter().zip(places) {
            let range = own.as_name().and_then(|name| self.ranges.iter().find(|range| &range.index == name));
            let truth = match range {
                Some(range) => {
                    if place != own {
                        put.insert(range.index.clone(), place.clone());
                    }
                    match within(place, &range.low, &range.high, known) {
                        // Past its end the adjoint is 0, and so is what is put in, which is linear in adjoints.
                        Truth::Depends if self.alone => Truth::Always,
                        truth => truth,
                    }
                }
                None => within(place, own, own, known),
            };
            match truth {
                Truth::Never => return Found::Elsewhere,
                Truth::Depends => sure = false,
                Truth::Always => {}
            }
        }
        if sure { Found::Here(put) } else { Found::Unclear }
    }
}

/// Whether a reading is at the places that a line speaks of.
enum Found {
    Here(BTreeMap<Name, Integer>),
    Elsewhere,
    Unclear,
}
