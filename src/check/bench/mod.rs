//! Samples of a group with the true values of everything its author may have meant, and equations tried out on them.

mod candidates;
mod overlap;

use super::scale;
use crate::derive::claims::system::System;
use crate::evaluate::claims::{Difference, Placed, Sample, Sampler};
use crate::math::claim::{Claim, Derivative, Group};
use crate::math::expression::{Mark, Op, Read, Term};
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role};
pub use overlap::{cut, same};
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
}

/// The letters of the index axes of a quantity.
pub fn letters(quantity: &Quantity) -> Vec<Name> {
    quantity.axes.iter().map(|axis| axis.index.clone()).collect()
}
