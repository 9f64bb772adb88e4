//! Samples of a group with the true values of everything its author may have meant, and equations tried out on them.

use super::scale;
use crate::derive::claims::system::{System, value};
use crate::evaluate::claims::{Difference, Placed, Sample, Sampler, difference};
use crate::math::claim::{Claim, Derivative, Group};
use crate::math::derivation::{Line, Part};
use crate::math::expression::{Mark, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role};
use std::collections::{BTreeMap, BTreeSet};

/// A group with numbers.
pub struct Bench<'a> {
    /// The group.
    pub group: &'a Group,
    /// Its equations.
    pub system: &'a System<'a>,
    /// Draws further samples.
    pub sampler: &'a Sampler,
    /// Samples with true values.
    pub samples: Vec<Sample>,
    /// All quantities: of the network and its parts, of the author, and derivatives.
    pub union: Network,
    /// What an author may have meant by a name.
    pub candidates: Vec<Candidate>,
    /// The derivatives by all that the network computes, where something is wrong.
    pub paths: Vec<Term>,
}

/// Something that a name of the author may stand for.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// As a term over the index axes of a name.
    pub term: Term,
    /// The letters of its index axes.
    pub letters: Vec<Name>,
    /// Its values, for each sample; set when they are asked for.
    pub values: Vec<Placed>,
    /// The smaller, the more probable.
    pub rank: usize,
    /// Whether it is a multiple of a derivative.
    pub scaled: bool,
}

impl<'a> Bench<'a> {
    /// Adds true values to samples, where the author has names of his own or something is `wrong`.
    pub fn new(
        group: &'a Group,
        system: &'a System<'a>,
        sampler: &'a Sampler,
        samples: Vec<Sample>,
        wrong: bool,
    ) -> Bench<'a> {
        let parts = &system.calculus.parts;
        let mut union = group.network.clone();
        for (name, quantity) in &parts.quantities {
            union.quantities.entry(name.clone()).or_insert_with(|| quantity.clone());
        }
        let of = group.base.loss.clone();
        let derivatives: Vec<Derivative> = parts
            .quantities
            .values()
            .filter(|quantity| quantity.role.has_gradient())
            .map(|quantity| Derivative { of: of.clone(), by: quantity.name.clone() })
            .collect();
        for derivative in &derivatives {
            let Some(source) = parts.quantity(&derivative.by) else { continue };
            let quantity = Quantity { name: derivative.quantity(), role: Role::Given, shown: None, ..source.clone() };
            union.quantities.entry(quantity.name.clone()).or_insert(quantity);
        }
        let assumes = group.claims.iter().any(|claim| !claim.assumptions.is_empty());
        let mut bench = Bench { group, system, sampler, samples, union, candidates: Vec::new(), paths: Vec::new() };
        if !group.locals.is_empty() || wrong {
            let mut found = bench.find_candidates(&derivatives);
            let mut paths = Vec::new();
            if wrong {
                paths = bench.paths();
            }
            let terms = found.iter().map(|candidate| &candidate.term).chain(&paths);
            let read: BTreeSet<Name> = terms.flat_map(Term::reads).map(|read| read.quantity.clone()).collect();
            let needed: Vec<Derivative> =
                derivatives.into_iter().filter(|derivative| read.contains(&derivative.quantity())).collect();
            let mut samples = std::mem::take(&mut bench.samples);
            samples.retain_mut(|sample| sampler.extend(sample, parts, &needed, assumes).is_ok());
            samples.iter_mut().for_each(|sample| bench.upstream(sample));
            bench.samples = samples;
            bench.settle(&mut found);
            bench.candidates = found;
            bench.paths = paths;
            scale::add(&mut bench, wrong);
        }
        bench
    }

    /// The derivatives by all that the network computes, at their own places.
    fn paths(&self) -> Vec<Term> {
        let of = self.group.base.loss.clone();
        let computed = self.group.base.quantities.values().filter(|quantity| {
            quantity.role == Role::Computed && quantity.role.has_gradient() && Some(&quantity.name) != of.as_ref()
        });
        let term = |quantity: &Quantity| {
            let name = Derivative { of: of.clone(), by: quantity.name.clone() }.quantity();
            self.union.quantity(&name).map(|quantity| Term::read(quantity.read(Mark::Value)))
        };
        computed.filter_map(term).collect()
    }

    /// Upstream gradients that no claim names.
    fn upstream(&self, sample: &mut Sample) {
        for output in &self.group.base.outputs {
            let name = Name::new(format!("G_{output}"));
            let Some(quantity) = self.union.quantity(&name) else { continue };
            if let Some(array) = sample.instance.given.upstream.get(output) {
                let low = |axis: &crate::math::expression::Binder| {
                    axis.low.value(&|name| sample.sizes.get(name).copied()).unwrap_or(1)
                };
                let lows = quantity.axes.iter().map(low).collect();
                sample.values.entry(name).or_insert(Placed { lows, array: array.clone() });
            }
        }
    }

    /// The sample and the entry at which the sides of a claim differ most, if they do.
    pub fn difference(&self, claim: &Claim) -> Option<(usize, Difference)> {
        if claim.misfit.is_some() {
            return None;
        }
        let found = self.samples.iter().enumerate().filter_map(|(at, sample)| Some((at, sample.difference(claim)?)));
        found.max_by(|a, b| a.1.relative.total_cmp(&b.1.relative))
    }

    /// The data and upstream gradients that the sides of a claim depend on.
    pub fn depends_on(&self, claim: &Claim) -> BTreeSet<Name> {
        let base = &self.group.base;
        let mut found: BTreeSet<Name> = BTreeSet::new();
        let mut open = vec![claim.left.clone(), claim.right.clone()];
        while let Some(name) = open.pop() {
            if !found.insert(name.clone()) {
                continue;
            }
            if let Some(derivative) = self.group.derivatives.get(&name) {
                // Through every path: all that is computed, and what comes from above.
                open.extend(base.equations.iter().map(|equation| equation.target.clone()));
                if derivative.of.is_none() {
                    open.extend(base.outputs.iter().map(|output| Name::new(format!("G_{output}"))));
                }
            }
            let equations = self.group.network.equations.iter().filter(|equation| equation.target == name);
            open.extend(equations.flat_map(|equation| equation.body.reads()).map(|read| read.quantity.clone()));
        }
        found
    }

    /// Whether the author wrote an equation for a name.
    pub fn is_written(&self, name: &Name) -> bool {
        self.group.base.quantity(name).is_none() && self.group.network.equations.iter().any(|one| &one.target == name)
    }

    /// The equations of a name of the author, or of a side of a claim.
    pub fn equations(&self, name: &Name) -> Vec<&Equation> {
        let name = self.group.circle.as_ref().filter(|circle| &circle.name == name).map_or(name, |circle| &circle.own);
        self.group.network.equations.iter().filter(|equation| &equation.target == name).collect()
    }

    /// The names of the author that an equation reads, directly or through parts without a name of their own.
    pub fn read_by(&self, name: &Name) -> BTreeSet<Name> {
        let mut found = BTreeSet::new();
        let mut open = vec![name.clone()];
        let mut met = BTreeSet::from([name.clone()]);
        while let Some(name) = open.pop() {
            for read in self.equations(&name).into_iter().flat_map(|equation| equation.body.reads()) {
                let other = &read.quantity;
                if self.is_author(other) {
                    found.insert(other.clone());
                } else if self.is_written(other) && met.insert(other.clone()) {
                    open.push(other.clone());
                }
            }
        }
        found
    }

    /// Whether a name is one of the author's.
    pub fn is_author(&self, name: &Name) -> bool {
        self.group.locals.contains(name) || self.is_unknown(name) || self.is_parted(name)
    }

    /// Whether a name of the author counts as given, since its equation goes round in a circle.
    pub fn is_parted(&self, name: &Name) -> bool {
        self.group.circle.as_ref().is_some_and(|circle| &circle.name == name)
    }

    /// Whether a name of the author has no equation here, since the one it had can't be right.
    pub fn is_unknown(&self, name: &Name) -> bool {
        self.group
            .claims
            .iter()
            .any(|claim| claim.misfit.as_ref().is_some_and(|misfit| misfit.at.as_ref() == Some(name)))
    }

    /// The values that the equations of `name` give on a sample, where `put` holds true values of names of the author; names that
    /// are not in it are computed by their own equations.
    pub fn tried(
        &self,
        sample: &Sample,
        name: &Name,
        put: &BTreeMap<Name, Placed>,
        instead: Option<&[Equation]>,
    ) -> Option<Placed> {
        let own: Vec<Equation> = match instead {
            Some(equations) => equations.to_vec(),
            None => self.equations(name).into_iter().cloned().collect(),
        };
        let target = Name::new(format!("{name}‽"));
        let mut quantities =
            vec![Quantity { name: target.clone(), role: Role::Computed, ..self.union.quantity(name)?.clone() }];
        let mut equations: Vec<Equation> =
            own.into_iter().map(|equation| Equation { target: target.clone(), ..equation }).collect();
        let mut position = 0;
        while position < equations.len() {
            let reads: Vec<Name> = equations[position].body.reads().iter().map(|read| read.quantity.clone()).collect();
            for other in reads {
                if put.contains_key(&other)
                    || quantities.iter().any(|known| known.name == other)
                    || !self.is_written(&other)
                {
                    continue;
                }
                quantities.push(self.union.quantity(&other)?.clone());
                equations.extend(self.equations(&other).into_iter().cloned());
            }
            position += 1;
        }
        sample.further(&quantities, &equations, &self.union, put).ok()?.remove(&target)
    }

    fn find_candidates(&self, derivatives: &[Derivative]) -> Vec<Candidate> {
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
    fn relettered(&self, letters: &[Name], others: &[Name]) -> Option<BTreeMap<Name, Integer>> {
        let range = |letter: &Name| self.group.base.indices.get(letter).map(|index| (&index.low, &index.high));
        let alike = letters.len() == others.len()
            && letters != others
            && letters.iter().zip(others).all(|(one, other)| range(one).is_some() && range(one) == range(other));
        alike.then(|| letters.iter().cloned().zip(others.iter().cloned().map(Integer::name)).collect())
    }

    /// The values of all candidates; those that have none, or are 0, stand for nothing.
    fn settle(&self, found: &mut Vec<Candidate>) {
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

    fn with_shifts(&self, quantity: &Quantity, rank: usize, found: &mut Vec<Candidate>) {
        let letters: Vec<Name> = quantity.axes.iter().map(|axis| axis.index.clone()).collect();
        let places = super::places(&quantity.axes);
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
    fn gains(&self, line: &Line, found: &mut Vec<Candidate>) {
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

    /// Adjoints and upstream gradients as readings of the quantities that hold them.
    pub fn in_values(&self, term: &Term) -> Term {
        let of = self.group.base.loss.clone();
        term.map(&mut |part| {
            let Op::Read(read) = part.op() else { return part };
            match read.mark {
                Mark::Value => part,
                Mark::Adjoint => {
                    let quantity = Derivative { of: of.clone(), by: read.quantity.clone() }.quantity();
                    Term::read(Read { quantity, mark: Mark::Value, ..read.clone() })
                }
                Mark::Upstream if of.as_ref() == Some(&read.quantity) => Term::filled(1, &read.shape),
                Mark::Upstream => {
                    let quantity = Name::new(format!("G_{}", read.quantity));
                    Term::read(Read { quantity, mark: Mark::Value, ..read.clone() })
                }
            }
        })
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

    fn as_equation(&self, number: usize, candidate: &Candidate) -> Option<(Quantity, Equation)> {
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
        let at = super::places(&axes);
        Some((quantity, Equation { target: name, at, ranges: axes, body: candidate.term.clone(), span }))
    }
}

/// The letters of the index axes of a quantity.
pub fn letters(quantity: &Quantity) -> Vec<Name> {
    quantity.axes.iter().map(|axis| axis.index.clone()).collect()
}

fn candidate_name(number: usize) -> Name {
    Name::new(format!("‽{number}"))
}

/// Whether two arrays are equal where both are in range: a name may run one step further than what it stands for.
pub fn same(one: &Placed, other: &Placed) -> bool {
    if one.array.dims == other.array.dims && one.lows == other.lows {
        return difference(one, other).is_none();
    }
    cut(one, other).zip(cut(other, one)).is_some_and(|(one, other)| difference(&one, &other).is_none())
}

/// The part of an array that lies in the range of another.
pub fn cut(one: &Placed, other: &Placed) -> Option<Placed> {
    if one.array.dims.len() != other.array.dims.len() || one.lows.len() != other.lows.len() {
        return None;
    }
    let mut keep: Vec<(usize, usize)> = Vec::new();
    for (axis, dim) in one.array.dims.iter().enumerate() {
        let (low, other_low) = match (one.lows.get(axis), other.lows.get(axis)) {
            (Some(low), Some(other)) => (*low, *other),
            _ => (1, 1),
        };
        let (high, other_high) = (low + *dim as i64 - 1, other_low + other.array.dims[axis] as i64 - 1);
        let (from, to) = (low.max(other_low), high.min(other_high));
        if axis >= one.lows.len() && (low, high) != (other_low, other_high) {
            return None;
        }
        keep.push((usize::try_from(from - low).ok()?, usize::try_from(to - low + 1).ok()?));
    }
    let mut data = Vec::new();
    for (position, entry) in one.array.data.iter().enumerate() {
        let mut rest = position;
        let mut inside = true;
        for (axis, dim) in one.array.dims.iter().enumerate().rev() {
            let at = rest % dim;
            rest /= dim;
            inside &= (keep[axis].0..keep[axis].1).contains(&at);
        }
        if inside {
            data.push(*entry);
        }
    }
    let dims: Vec<usize> = keep.iter().map(|(from, to)| to - from).collect();
    let lows = one.lows.iter().zip(&keep).map(|(low, (from, _))| low + *from as i64).collect();
    Some(Placed { lows, array: crate::evaluate::Array { dims, data } })
}
