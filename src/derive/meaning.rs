//! What an adjoint stands for, and how that is put into the lines that read it.

use super::collect::only_where;
use super::letters::Letters;
use super::range::{Truth, within};
use crate::math::derivation::{Line, Part};
use crate::math::expression::{Binder, Mark, Op, Read, Reducer, Relation, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

/// A comparison of two places.
type Limit = (Relation, Integer, Integer);

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
        let term = self.put(&part.term, &mut scope, letters)?;
        if term == part.term {
            return Some(part.clone());
        }
        let outside: BTreeSet<Name> = ranges.iter().chain(&part.sums).map(|range| range.index.clone()).collect();
        Some(Part { sums: part.sums.clone(), term: letters.apart(&term, &outside) })
    }

    fn put(&self, term: &Term, scope: &mut Vec<Binder>, letters: &Letters) -> Option<Term> {
        match term.op() {
            Op::Read(read) if read.quantity == self.left.quantity && read.mark == Mark::Adjoint => {
                match self.put_at(read, scope, letters) {
                    Found::Here(put, limits) => Some(only_where(self.term.at(&put), &limits)),
                    Found::Elsewhere => Some(term.clone()),
                    Found::Unclear => None,
                }
            }
            _ if !term.has_gradient() => Some(term.clone()),
            op => {
                if let Op::Reduce(_, binder) = op {
                    scope.push(binder.clone());
                }
                let args: Option<Vec<Term>> = term.args().iter().map(|arg| self.put(arg, scope, letters)).collect();
                if let Op::Reduce(..) = op {
                    scope.pop();
                }
                let args = args?;
                if args == term.args() { Some(term.clone()) } else { Term::new(op.clone(), args).ok() }
            }
        }
    }

    fn put_at(&self, read: &Read, known: &[Binder], letters: &Letters) -> Found {
        let (Some(left), Some(places)) = (self.left.places(), read.places()) else { return Found::Unclear };
        let (mut put, mut limits) = (BTreeMap::new(), Vec::new());
        let mut sure = left.len() == places.len();
        for (own, place) in left.into_iter().zip(places) {
            let range = own.as_name().and_then(|name| self.ranges.iter().find(|range| &range.index == name));
            let truth = match range {
                Some(range) => {
                    if place != own {
                        put.insert(range.index.clone(), place.clone());
                    }
                    match within(place, &range.low, &range.high, known) {
                        // Past its ends the adjoint is 0. What is put in is 0 there as well, or must be made so.
                        Truth::Depends if self.alone => {
                            limits.extend(self.limits(range, place, known, letters));
                            Truth::Always
                        }
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
        if sure { Found::Here(put, limits) } else { Found::Unclear }
    }
}

impl Meaning {
    /// The ends of a range past which a place may lie, though the meaning does not vanish there.
    fn limits(&self, range: &Binder, place: &Integer, known: &[Binder], letters: &Letters) -> Vec<Limit> {
        let zero = Integer::number(0);
        let never_below_zero = |value: &Integer| within(value, &zero, value, known) == Truth::Always;
        let mut limits = Vec::new();
        if !never_below_zero(&place.minus(&range.low)) && !self.vanishes(&self.term, range, false, letters) {
            limits.push((Relation::GreaterEqual, place.clone(), range.low.clone()));
        }
        if !never_below_zero(&range.high.minus(place)) && !self.vanishes(&self.term, range, true, letters) {
            limits.push((Relation::LessEqual, place.clone(), range.high.clone()));
        }
        limits
    }

    /// Whether a term is 0 for all values of an index past one end of its range: a factor of every summand is an adjoint
    /// or an upstream gradient that does not exist there.
    fn vanishes(&self, term: &Term, range: &Binder, above: bool, letters: &Letters) -> bool {
        let all = |args: &[Term]| args.iter().all(|arg| self.vanishes(arg, range, above, letters));
        let args = term.args();
        match term.op() {
            Op::Read(read) if read.mark != Mark::Value => {
                let axes = letters.axes(&read.quantity);
                read.subscripts.iter().zip(axes).any(|(subscript, axis)| {
                    let Subscript::At(place) = subscript else { return false };
                    let Some((1, shift)) = place.linear_in(&range.index) else { return false };
                    let by = if above {
                        range.high.plus(&shift).minus(&axis.high)
                    } else {
                        axis.low.minus(&range.low.plus(&shift))
                    };
                    within(&by, &Integer::number(0), &by, &[]) == Truth::Always
                })
            }
            Op::Number(value) => crate::math::number::is_zero(value),
            Op::Add | Op::Concat => all(args),
            Op::Mul | Op::MatMul => args.iter().any(|arg| self.vanishes(arg, range, above, letters)),
            Op::Where => all(&args[1..]),
            Op::Reduce(Reducer::Sum | Reducer::Mean, binder) => binder.index != range.index && all(&args[..1]),
            Op::Div => all(&args[..1]),
            Op::Neg | Op::Transpose | Op::Fill(_) | Op::Total | Op::Reshape(_) | Op::Diag | Op::Diagonal => all(args),
            _ => false,
        }
    }
}

/// Whether a reading is at the places that a line speaks of.
enum Found {
    /// With the values of its indices, and where what is put in counts.
    Here(BTreeMap<Name, Integer>, Vec<Limit>),
    Elsewhere,
    Unclear,
}
