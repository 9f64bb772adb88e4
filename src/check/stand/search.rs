//! Names whose own equations, or those that they rest on, are wrong: they stand for what makes most of the other equations right.

use super::{PAIRED, ROUNDS, Stands, named_like};
use crate::check::bench::{Bench, Candidate, letters, same};
use crate::evaluate::claims::difference;
use crate::math::claim::Claim;
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

/// An equation of the author: of one of the names, or a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Rule {
    Local(Name),
    Claim(usize),
}

impl Stands {
    pub(super) fn rule_holds(&self, bench: &Bench, rule: &Rule, samples: usize) -> bool {
        (0..samples.min(bench.samples.len())).all(|number| {
            let sample = &bench.samples[number];
            let put = self.values(bench, number);
            match rule {
                Rule::Local(name) => {
                    let Some(position) = self.of.get(name) else { return true };
                    if bench.is_unknown(name) {
                        return false;
                    }
                    let tried = bench.tried(sample, name, &put, None);
                    tried.is_some_and(|tried| same(&tried, &bench.candidates[*position].values[number]))
                }
                Rule::Claim(position) => {
                    let claim = &bench.group.claims[*position];
                    let side = |name: &Name| bench.tried(sample, name, &put, None);
                    match (side(&claim.left), side(&claim.right)) {
                        (Some(left), Some(right)) => difference(&right, &left).is_none(),
                        _ => false,
                    }
                }
            }
        })
    }

    pub(super) fn look_again(&mut self, bench: &Bench) {
        let names: Vec<Name> = bench
            .group
            .locals
            .iter()
            .cloned()
            .chain(
                bench.union.quantities.keys().filter(|name| bench.is_unknown(name) || bench.is_parted(name)).cloned(),
            )
            .collect();
        let reads: BTreeMap<Rule, BTreeSet<Name>> = rules(bench)
            .into_iter()
            .map(|rule| {
                let read = match &rule {
                    Rule::Local(name) => bench.read_by(name),
                    Rule::Claim(position) => {
                        let claim = &bench.group.claims[*position];
                        bench.read_by(&claim.left).union(&bench.read_by(&claim.right)).cloned().collect()
                    }
                };
                (rule, read)
            })
            .collect();
        for _ in 0..ROUNDS {
            let before = self.of.clone();
            for name in names.iter().rev() {
                self.best_for(bench, name, &reads);
            }
            for rule in reads.keys() {
                self.pair(bench, rule, &reads[rule]);
            }
            if self.of == before {
                break;
            }
        }
    }

    /// Lets a name stand for what makes most of the equations right that speak of it.
    pub(super) fn best_for(&mut self, bench: &Bench, name: &Name, reads: &BTreeMap<Rule, BTreeSet<Name>>) {
        let touching: Vec<&Rule> = reads.iter().filter(|(_, read)| read.contains(name)).map(|(rule, _)| rule).collect();
        let own = Rule::Local(name.clone());
        let copies = bench.equations(name).iter().all(|equation| equation.body.as_read().is_some());
        let score = |stands: &Stands| {
            // An equation says something only if what it defines stands for something.
            let says = |rule: &&&Rule| match rule {
                Rule::Local(other) => stands.of.contains_key(other) && *other != *name,
                Rule::Claim(_) => true,
            };
            let others = touching.iter().filter(says).filter(|rule| stands.rule_holds(bench, rule, 1)).count();
            let itself = usize::from(stands.of.contains_key(name) && stands.rule_holds(bench, &own, 1));
            // What is a mere copy by its own equation says little.
            let weight = if copies { 1 } else { 3 };
            // What its own equation says weighs more than one reader, and less than two.
            let like = stands.of(bench, name).is_some_and(|candidate| named_like(name, candidate));
            if others + itself == 0 { 0 } else { 2 * others + weight * itself + usize::from(like) }
        };
        let all = 2 * touching.len() + if copies { 1 } else { 3 };
        let mut best = score(self);
        if best >= all {
            return;
        }
        let kept = self.of.get(name).copied();
        let mut chosen = kept;
        for (position, candidate) in candidates(bench, name) {
            if Some(position) == kept || (best > 0 && candidate.rank >= 20) {
                continue;
            }
            self.of.insert(name.clone(), position);
            let found = score(self);
            if found > best || (found == best && found > 0 && chosen.is_none() && named_like(name, candidate)) {
                (best, chosen) = (found, Some(position));
                if best >= all {
                    break;
                }
            }
        }
        match chosen {
            Some(position) => self.of.insert(name.clone(), position),
            None => self.of.remove(name),
        };
    }

    /// Two names at once, where only together they make an equation right, in one way.
    pub(super) fn pair(&mut self, bench: &Bench, rule: &Rule, read: &BTreeSet<Name>) {
        let mut open: Vec<Name> = read.iter().filter(|name| !self.of.contains_key(*name)).cloned().collect();
        if let Rule::Local(name) = rule
            && !self.of.contains_key(name)
            && !open.contains(name)
        {
            open.push(name.clone());
        }
        let [one, other] = open.as_slice() else { return };
        if bench.is_unknown(one) || bench.is_unknown(other) {
            return;
        }
        let first = |name: &Name| {
            candidates(bench, name).into_iter().filter(|(_, one)| one.rank < 3).take(PAIRED).collect::<Vec<_>>()
        };
        let mut found = Vec::new();
        for (position, _) in first(one) {
            for (second, _) in first(other) {
                let mut stands = self.clone();
                stands.of.insert(one.clone(), position);
                stands.of.insert(other.clone(), second);
                if stands.rule_holds(bench, rule, 1) {
                    found.push(stands);
                }
            }
        }
        let like = |stands: &&Stands| {
            [one, other].iter().all(|name| stands.of(bench, name).is_some_and(|candidate| named_like(name, candidate)))
        };
        match found.as_slice() {
            [only] => *self = only.clone(),
            several => {
                if let Some(stands) = several.iter().find(like) {
                    *self = stands.clone();
                }
            }
        }
    }
}

impl PartialOrd for Rule {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rule {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |rule: &Rule| match rule {
            Rule::Claim(position) => (0, *position, None),
            Rule::Local(name) => (1, 0, Some(name.clone())),
        };
        key(self).cmp(&key(other))
    }
}

pub(super) fn rules(bench: &Bench) -> Vec<Rule> {
    let whole = |claim: &Claim| claim.misfit.as_ref().is_none_or(|misfit| misfit.at.is_some());
    let claims = (0..bench.group.claims.len()).filter(|position| whole(&bench.group.claims[*position]));
    let parted = bench.group.circle.iter().map(|circle| circle.name.clone());
    claims.map(Rule::Claim).chain(bench.group.locals.iter().cloned().chain(parted).map(Rule::Local)).collect()
}

/// What a name may stand for: it has the same indices and the same shape.
pub(super) fn candidates<'b>(bench: &'b Bench, name: &Name) -> Vec<(usize, &'b Candidate)> {
    let Some(quantity) = bench.union.quantity(name) else { return Vec::new() };
    let letters = letters(quantity);
    bench
        .candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| candidate.letters == letters && candidate.term.shape() == &quantity.shape)
        .collect()
}
