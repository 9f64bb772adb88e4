//! What an author may have meant by a name: derivatives, what paths contribute to them, and the same one step off.

use super::{Bench, Candidate, letters};
use crate::derive::claims::system::value;
use crate::math::claim::Derivative;
use crate::math::derivation::{Line, Part};
use crate::math::expression::{Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Quantity, Role};
use std::collections::{BTreeMap, BTreeSet};

impl<'a> Bench<'a> {
    pub(super) fn find_candidates(&self, derivatives: &[Derivative]) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        let base = |name: &Name| self.group.base.quantity(name).is_some();
        for derivative in derivatives {
            let Some(quantity) = self.union.quantity(&derivative.quantity()) else { continue };
            let rank = if base(&derivative.by) { 0 } else { 1 };
            self.with_shifts(quantity, rank, &mut found);
        }
        for output in &self.group.base.outputs {
            if let Some(quantity) = self.union.quantity(&Name::new(format!("G_{output}"))) {
                self.with_shifts(quantity, 3, &mut found);
            }
        }
        if let Ok(lines) = self.system.calculus.lines(self.group.base.loss.as_ref()) {
            for line in lines.iter() {
                self.gains(line, &mut found);
            }
        }
        if self.group.derivatives.is_empty() {
            // Claims that speak of values alone may rest on a recurrence that runs beside that of the network.
            for quantity in self.group.base.quantities.values().filter(|quantity| quantity.role == Role::Computed) {
                self.with_shifts(quantity, 2, &mut found);
            }
        }
        for candidate in found.clone() {
            let rank = candidate.rank + 20;
            found.push(Candidate { term: candidate.term.negated(), rank, ..candidate });
        }
        let signatures: BTreeSet<(Vec<Name>, crate::math::shape::Shape)> = self
            .union
            .quantities
            .values()
            .filter(|quantity| self.is_author(&quantity.name))
            .map(|quantity| (letters(quantity), quantity.shape.clone()))
            .collect();
        // A name over s may stand for a derivative over t, where both run over one range.
        for candidate in found.clone().into_iter().filter(|one| one.term.as_read().is_some()) {
            for (letters, shape) in &signatures {
                let put = self.relettered(&candidate.letters, letters).filter(|_| candidate.term.shape() == shape);
                if let Some(put) = put {
                    let term = candidate.term.at(&put);
                    found.push(Candidate {
                        term,
                        letters: letters.clone(),
                        rank: candidate.rank + 1,
                        ..candidate.clone()
                    });
                }
            }
        }
        found.retain(|one| signatures.contains(&(one.letters.clone(), one.term.shape().clone())));
        found
    }

    /// Other letters of the same ranges.
    pub(super) fn relettered(&self, letters: &[Name], others: &[Name]) -> Option<BTreeMap<Name, Integer>> {
        let range = |letter: &Name| self.group.base.indices.get(letter).map(|index| (&index.low, &index.high));
        let alike = letters.len() == others.len()
            && letters != others
            && letters.iter().zip(others).all(|(one, other)| range(one).is_some() && range(one) == range(other));
        alike.then(|| letters.iter().cloned().zip(others.iter().cloned().map(Integer::name)).collect())
    }

    /// The values of all candidates; those that have none, or are 0, stand for nothing.
    pub(super) fn settle(&self, found: &mut Vec<Candidate>) {
        self.evaluate(found);
        found.retain(|candidate| {
            candidate.values.len() == self.samples.len()
                && candidate.values.iter().all(|placed| {
                    let nonzero = placed.array.data.iter().any(|entry| *entry != 0.0);
                    nonzero && placed.array.data.iter().all(|entry| entry.is_finite())
                })
        });
        found.sort_by_key(|candidate| candidate.rank);
    }

    pub(super) fn with_shifts(&self, quantity: &Quantity, rank: usize, found: &mut Vec<Candidate>) {
        let letters: Vec<Name> = quantity.axes.iter().map(|axis| axis.index.clone()).collect();
        let places = crate::check::places(&quantity.axes);
        let read = Read { shape: quantity.shape.clone(), ..value(quantity.name.clone(), places.clone()) };
        found.push(Candidate {
            term: Term::read(read.clone()),
            letters: letters.clone(),
            values: Vec::new(),
            rank,
            scaled: false,
        });
        for (position, letter) in letters.iter().enumerate() {
            if !self.group.base.indices.get(letter).is_some_and(|index| index.recurrent) {
                continue;
            }
            for step in [-1, 1] {
                let mut places = places.clone();
                places[position] = places[position].offset(step);
                let subscripts = places.into_iter().map(Subscript::At).collect();
                let term = Term::read(Read { subscripts, ..read.clone() });
                found.push(Candidate {
                    term,
                    letters: letters.clone(),
                    values: Vec::new(),
                    rank: rank + 5,
                    scaled: false,
                });
            }
        }
    }

    /// What one path contributes to a derivative: the summands of its line.
    pub(super) fn gains(&self, line: &Line, found: &mut Vec<Candidate>) {
        let letters: Vec<Name> = line.ranges.iter().map(|range| range.index.clone()).collect();
        let own: Option<Vec<Name>> =
            line.left.places().map(|places| places.into_iter().filter_map(Integer::as_name).cloned().collect());
        if own.as_ref() != Some(&letters) {
            return;
        }
        let summands: Vec<Term> = line
            .parts
            .iter()
            .flat_map(|part| {
                let terms: Vec<Term> = part.term.summands().into_iter().cloned().collect();
                terms.into_iter().map(|term| Part { sums: part.sums.clone(), term }.summed()).collect::<Vec<_>>()
            })
            .collect();
        if summands.len() < 2 {
            return;
        }
        for term in summands {
            let term = self.in_values(&term);
            let candidate =
                Candidate { term: term.clone(), letters: letters.clone(), values: Vec::new(), rank: 8, scaled: false };
            found.push(candidate);
            for (position, letter) in letters.iter().enumerate() {
                if self.group.base.indices.get(letter).is_some_and(|index| index.recurrent) {
                    for step in [-1, 1] {
                        let put = BTreeMap::from([(letter.clone(), Integer::name(letter.clone()).offset(step))]);
                        let term = term.at(&put);
                        let rank = 12 + position;
                        found.push(Candidate {
                            term,
                            letters: letters.clone(),
                            values: Vec::new(),
                            rank,
                            scaled: false,
                        });
                    }
                }
            }
        }
    }

    pub fn evaluate(&self, found: &mut [Candidate]) {
        for sample in &self.samples {
            let (mut quantities, mut equations) = (Vec::new(), Vec::new());
            for (number, candidate) in found.iter().enumerate() {
                let Some((quantity, equation)) = self.as_equation(number, candidate) else { continue };
                quantities.push(quantity);
                equations.push(equation);
            }
            match sample.further(&quantities, &equations, &self.union, &BTreeMap::new()) {
                Ok(mut values) => {
                    for (number, candidate) in found.iter_mut().enumerate() {
                        candidate.values.extend(values.remove(&candidate_name(number)));
                    }
                }
                // One that has no value takes none with it.
                Err(_) => {
                    for (number, candidate) in found.iter_mut().enumerate() {
                        let Some((quantity, equation)) = self.as_equation(number, candidate) else { continue };
                        let values = sample.further(&[quantity], &[equation], &self.union, &BTreeMap::new());
                        candidate.values.extend(values.ok().and_then(|mut all| all.remove(&candidate_name(number))));
                    }
                }
            }
        }
    }

    pub(super) fn as_equation(&self, number: usize, candidate: &Candidate) -> Option<(Quantity, Equation)> {
        let axes = candidate.letters.iter().map(|letter| {
            let index = self.group.base.indices.get(letter)?;
            Some(crate::math::expression::Binder {
                index: letter.clone(),
                low: index.low.clone(),
                high: index.high.clone(),
            })
        });
        let axes: Vec<_> = axes.collect::<Option<_>>()?;
        let span = self.group.base.quantities.values().next()?.span.clone();
        let name = candidate_name(number);
        let quantity = Quantity {
            name: name.clone(),
            role: Role::Computed,
            axes: axes.clone(),
            shape: candidate.term.shape().clone(),
            shown: None,
            draw: None,
            span: span.clone(),
        };
        let at = crate::check::places(&axes);
        Some((quantity, Equation { target: name, at, ranges: axes, body: candidate.term.clone(), span }))
    }
}

pub(super) fn candidate_name(number: usize) -> Name {
    Name::new(format!("‽{number}"))
}
