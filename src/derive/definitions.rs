//! Forward definitions, read in both directions: `x̂ = xc / s` says what x̂ is, and that xc is x̂ ⊙ s.

use super::range::{Truth, within};
use crate::math::expression::{Binder, Mark, Op, Read, Reducer, Subscript, Term};
use crate::math::name::Name;
use crate::math::network::Network;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A leaf that stands in more definitions than this is not looked for in them.
const CROWDED: usize = 32;
/// As many definitions are followed when the meaning of a term is looked up.
const FOLLOWED: usize = 12;

/// `name = body`, for all values of the indices in `ranges`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Definition {
    /// The quantity at its own places.
    pub name: Read,
    /// Its right side.
    pub body: Term,
    /// The indices that stand free.
    pub ranges: Vec<Binder>,
}

/// The definitions of a network, by what they define and by the leaves they can be solved for.
#[derive(Default)]
pub struct Definitions {
    all: Vec<Definition>,
    /// The quantities whose values each of them reads.
    reads: Vec<BTreeSet<Name>>,
    of: FxHashMap<Name, Vec<usize>>,
    with: FxHashMap<Name, Vec<usize>>,
}

impl Definitions {
    /// The equations of `network`.
    pub fn of(network: &Network) -> Definitions {
        let mut found = Definitions::default();
        for equation in &network.equations {
            let Some(quantity) = network.quantity(&equation.target) else { continue };
            let definition = Definition {
                name: quantity.read_at(Mark::Value, &equation.at),
                body: equation.body.clone(),
                ranges: equation.ranges.clone(),
            };
            let number = found.all.len();
            found.of.entry(equation.target.clone()).or_default().push(number);
            let mut leaves: BTreeSet<Name> = definition.leaves().into_iter().map(|(leaf, _)| leaf.quantity).collect();
            if is_contraction(&definition.body) {
                leaves.extend(values(&definition.body).map(|read| read.quantity.clone()));
            }
            for name in leaves {
                found.with.entry(name).or_default().push(number);
            }
            found.reads.push(values(&definition.body).map(|read| read.quantity.clone()).collect());
            found.all.push(definition);
        }
        found
    }

    /// Those that can be solved for a leaf of `term`, and speak of nothing else that `term` does not speak of.
    pub fn foldable(&self, term: &Term) -> Vec<&Definition> {
        let names: BTreeSet<&Name> = values(term).map(|read| &read.quantity).collect();
        let mut numbers: BTreeSet<usize> = BTreeSet::new();
        for name in &names {
            let with = self.with.get(*name).filter(|with| with.len() <= CROWDED);
            numbers.extend(with.into_iter().flatten());
        }
        let fits = |number: &usize| self.reads[*number].iter().all(|read| names.contains(read));
        numbers.into_iter().filter(fits).map(|number| &self.all[number]).collect()
    }

    /// What the values in `term` mean, what the values in those meanings mean, and so on, as far as that is short.
    pub fn meanings(&self, term: &Term) -> Vec<&Definition> {
        let mut found: Vec<usize> = Vec::new();
        // Level by level, so that what is near is found first.
        let mut open: VecDeque<&Read> = values(term).collect::<BTreeSet<_>>().into_iter().collect();
        let mut seen: BTreeSet<Name> = BTreeSet::new();
        while let Some(read) = open.pop_front() {
            if !seen.insert(read.quantity.clone()) {
                continue;
            }
            for number in self.of.get(&read.quantity).into_iter().flatten() {
                if found.len() >= FOLLOWED {
                    return found.into_iter().map(|number| &self.all[number]).collect();
                }
                found.push(*number);
                open.extend(values(&self.all[*number].body).collect::<BTreeSet<_>>());
            }
        }
        found.sort_unstable();
        found.into_iter().map(|number| &self.all[number]).collect()
    }
}

impl Definition {
    /// `(name, meaning)` at the places of `read`, a reading of the defined quantity where the indices in `scope` run.
    /// `None` when the definition does not speak of all these places.
    pub fn at(&self, read: &Read, scope: &[Binder]) -> Option<(Term, Term)> {
        if read.quantity != self.name.quantity || read.mark != Mark::Value || read.padded {
            return None;
        }
        let put = self.put(&self.name, read, scope)?;
        Some((Term::read(read.clone()), self.body.at(&put)))
    }

    /// The integers for the own indices that make `pattern`, a reading in this definition, the reading `read`.
    fn put(
        &self,
        pattern: &Read,
        read: &Read,
        scope: &[Binder],
    ) -> Option<BTreeMap<Name, crate::math::integer::Integer>> {
        let mut put = BTreeMap::new();
        if !is_plain(pattern) || !is_plain(read) || pattern.shape != read.shape {
            return None;
        }
        for (own, place) in pattern.places()?.into_iter().zip(read.places()?) {
            let solved = self.ranges.iter().find_map(|range| {
                let (coefficient, rest) = own.linear_in(&range.index)?;
                (coefficient == 1 && rest.as_number().is_some() && !put.contains_key(&range.index))
                    .then(|| (range, place.minus(&rest)))
            });
            match solved {
                Some((range, value)) => {
                    if within(&value, &range.low, &range.high, scope) != Truth::Always {
                        return None;
                    }
                    put.insert(range.index.clone(), value);
                }
                None if &own.substitute(&put) == place => {}
                None => return None,
            }
        }
        (put.len() == self.ranges.len()).then_some(put)
    }

    /// The readings in its body that it can be solved for without dividing, each with what it is then:
    /// of `v = u / w`, u is v ⊙ w; of `v = u − w`, u is v + w.
    fn leaves(&self) -> Vec<(Read, Term)> {
        let name = Term::read(self.name.clone());
        let shape = name.shape();
        let leaf = |term: &Term| term.as_read().filter(|read| !read.constant && is_plain(read)).cloned();
        match (self.body.op(), self.body.args()) {
            (Op::Div, [above, below]) => {
                let solved = leaf(above).and_then(|read| Some((read, name.times(below.clone()).ok()?)));
                solved.into_iter().collect()
            }
            (Op::Add, _) => {
                let summands = self.body.summands();
                let mut found = Vec::new();
                for (position, summand) in summands.iter().enumerate() {
                    let negative = matches!(summand.op(), Op::Neg);
                    let bare = if negative { &summand.args()[0] } else { summand };
                    let Some(read) = leaf(bare) else { continue };
                    let others = summands.iter().enumerate().filter(|(other, _)| *other != position);
                    let others = others.map(|(_, other)| (*other).clone()).map(Some);
                    let Some(others) = others.reduce(|sum, next| sum?.plus(next?).ok()).flatten() else { continue };
                    let (first, second) =
                        if negative { (others, name.clone().negated()) } else { (name.clone(), others.negated()) };
                    if let Ok(solved) = first.plus(second)
                        && solved.shape() == shape
                    {
                        found.push((read, solved));
                    }
                }
                found
            }
            _ => Vec::new(),
        }
    }

    /// `term` with a leaf of this definition written by the defined name, wherever everything that the definition
    /// speaks of stands in the term at those places. One result for each leaf that this can be done to.
    pub fn folded(&self, term: &Term, ranges: &[Binder]) -> Vec<Term> {
        let reads: BTreeSet<&Read> = values(term).collect();
        let mut found = Vec::new();
        for (leaf, solved) in self.leaves() {
            let mut scope = ranges.to_vec();
            let put = self.fold(term, &leaf, &solved, &reads, &mut scope);
            if &put != term {
                found.push(put);
            }
        }
        found
    }

    fn fold(&self, term: &Term, leaf: &Read, solved: &Term, reads: &BTreeSet<&Read>, scope: &mut Vec<Binder>) -> Term {
        match term.op() {
            Op::Read(read) if read.quantity == leaf.quantity && read.mark == Mark::Value && !read.padded => {
                let Some(put) = self.put(leaf, read, scope) else { return term.clone() };
                let all = values(&self.body.at(&put)).all(|other| reads.contains(other));
                if all { solved.at(&put) } else { term.clone() }
            }
            _ if term.args().is_empty() => term.clone(),
            op => {
                if let Op::Reduce(_, binder) = op {
                    scope.push(binder.clone());
                }
                let args: Vec<Term> =
                    term.args().iter().map(|arg| self.fold(arg, leaf, solved, reads, scope)).collect();
                if let Op::Reduce(..) = op {
                    scope.pop();
                }
                if args == term.args() { term.clone() } else { Term::new(op.clone(), args).unwrap_or(term.clone()) }
            }
        }
    }
}

/// The values with gradient that a term reads.
pub fn values(term: &Term) -> impl Iterator<Item = &Read> {
    let plain = |read: &&Read| {
        read.mark == Mark::Value && !read.constant && !read.subscripts.iter().any(|s| matches!(s, Subscript::All))
    };
    term.reads().into_iter().filter(plain)
}

/// The values that a term reads, each with the ranges of the indices around it.
pub fn values_in_scope(term: &Term, ranges: &[Binder]) -> Vec<(Read, Vec<Binder>)> {
    fn enter(term: &Term, scope: &mut Vec<Binder>, found: &mut Vec<(Read, Vec<Binder>)>) {
        match term.op() {
            Op::Read(read) if read.mark == Mark::Value && !found.iter().any(|(known, _)| known == read) => {
                found.push((read.clone(), scope.clone()));
            }
            Op::Reduce(_, binder) => {
                scope.push(binder.clone());
                term.args().iter().for_each(|arg| enter(arg, scope, found));
                scope.pop();
            }
            _ => term.args().iter().for_each(|arg| enter(arg, scope, found)),
        }
    }
    let mut found = Vec::new();
    enter(term, &mut ranges.to_vec(), &mut found);
    found
}

/// Whether all subscripts of a reading are integers.
fn is_plain(read: &Read) -> bool {
    !read.padded && read.subscripts.iter().all(|subscript| matches!(subscript, Subscript::At(_)))
}

/// Whether a right side is a sum over an index, a matrix product or a total of more than one quantity.
pub fn is_contraction(body: &Term) -> bool {
    let sums = matches!(body.op(), Op::Reduce(Reducer::Sum, _) | Op::MatMul | Op::Total);
    sums && values(body).collect::<BTreeSet<_>>().len() > 1
}
