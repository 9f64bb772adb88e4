//! Contractions and their canonical names: equal sums are equal values.

use super::TooLarge;
use super::atom::{Atom, Bound, Contraction, Index};
use super::look::{Seen, Variable};
use super::polynomial::{Monomial, Polynomial, multiply, natural};
use super::rename::Renaming;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number::Rational;
use num_traits::One;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// More orders of look-alike bound indices than this are not tried.
const ORDERS: usize = 720;

/// The canonical name of the index of a reduction.
pub fn bound_name(level: usize, position: usize) -> Name {
    Name::new(format!("%{level}.{position}"))
}

impl Polynomial {
    /// `Σ self` over `index`, an axis of `size`.
    pub fn contracted(&self, index: Index, size: &Integer) -> Result<Polynomial, TooLarge> {
        self.summed(&Variable::Index(index), &Bound::Axis(size.clone()))
    }

    /// `Σ self` over the values of a named index.
    pub fn contracted_over(&self, name: &Name, low: &Integer, high: &Integer) -> Result<Polynomial, TooLarge> {
        self.summed(&Variable::Name(name.clone()), &Bound::Range(low.clone(), high.clone()))
    }

    fn summed(&self, variable: &Variable, bound: &Bound) -> Result<Polynomial, TooLarge> {
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &self.0 {
            result.add_scaled(&monomial.summed(variable, bound)?, coefficient)?;
        }
        Ok(result)
    }
}

impl Monomial {
    fn summed(&self, variable: &Variable, bound: &Bound) -> Result<Polynomial, TooLarge> {
        let (mut inside, mut outside) = (BTreeMap::new(), BTreeMap::new());
        for (atom, exponent) in &self.0 {
            let side = if atom.depends(variable) { &mut inside } else { &mut outside };
            side.insert(atom.clone(), exponent.clone());
        }
        let outside = Polynomial::term(Rational::one(), Monomial(outside));
        if inside.is_empty() {
            return outside.times(&bound.count());
        }
        if let Variable::Index(index) = variable {
            let delta = inside.iter().find_map(|(atom, exponent)| match atom {
                Atom::Delta(i, j) if natural(exponent).is_some() => {
                    Some((atom.clone(), if i == index { *j } else { *i }))
                }
                _ => None,
            });
            if let Some((delta, other)) = delta {
                inside.remove(&delta);
                return Monomial(inside).renamed(&Renaming::index(*index, other))?.times(&outside);
            }
        }
        let mut bounds = vec![(variable.clone(), bound.clone())];
        let opened = open(inside, &mut bounds)?;
        let summed = match opened.single() {
            Some((monomial, coefficient)) => close(&bounds, monomial)?.scaled(coefficient),
            None => {
                // Opening made new sums appear: each index is summed by itself.
                let mut result = opened;
                for (variable, bound) in bounds.iter().rev() {
                    result = result.summed(variable, bound)?;
                }
                result
            }
        };
        summed.times(&outside)
    }
}

/// Puts the bodies of the sums among `factors` in their place, with open indices that are added to `bounds`.
fn open(factors: BTreeMap<Atom, Rational>, bounds: &mut Vec<(Variable, Bound)>) -> Result<Polynomial, TooLarge> {
    let has_sum = |atom: &Atom, exponent: &Rational| matches!(atom, Atom::Sum(_)) && natural(exponent).is_some();
    if !factors.iter().any(|(atom, exponent)| has_sum(atom, exponent)) {
        return Ok(Polynomial::term(Rational::one(), Monomial(factors)));
    }
    let mut next = Monomial(factors.clone()).next_open();
    let (mut simple, mut opened) = (BTreeMap::new(), Vec::new());
    for (atom, exponent) in factors {
        let (Atom::Sum(sum), Some(times)) = (&atom, natural(&exponent).filter(|times| *times <= 4)) else {
            multiply(&mut simple, &atom, &exponent);
            continue;
        };
        for _ in 0..times {
            let mut renaming = Renaming::default();
            for (position, bound) in sum.bounds.iter().enumerate() {
                match bound {
                    Bound::Axis(_) => {
                        renaming.indices.insert(Index::Bound(sum.level, position), Index::Open(next));
                        bounds.push((Variable::Index(Index::Open(next)), bound.clone()));
                    }
                    Bound::Range(..) => {
                        let name = Name::new(format!("%open.{next}"));
                        renaming.names.insert(bound_name(sum.level, position), Integer::name(name.clone()));
                        bounds.push((Variable::Name(name), bound.clone()));
                    }
                }
                next += 1;
            }
            opened.push(sum.body.renamed(&renaming)?);
        }
    }
    opened.into_iter().try_fold(Polynomial::product(simple)?, |product, body| product.times(&body))
}

impl Monomial {
    /// The first number that no open index has.
    pub fn next_open(&self) -> usize {
        let mut next = 0;
        let mut meet = |names: BTreeSet<Name>| {
            names.iter().filter_map(open_number).for_each(|number| next = next.max(number + 1));
        };
        let mut numbers = BTreeSet::new();
        self.visit(&mut |seen| match seen {
            Seen::Index(Index::Open(number)) => {
                numbers.insert(number);
            }
            Seen::Integer(integer) => meet(integer.names()),
            Seen::Size(atom) => meet(Integer::atom(atom.clone()).names()),
            Seen::Index(_) => {}
        });
        numbers.last().map_or(next, |last| next.max(last + 1))
    }
}

fn open_number(name: &Name) -> Option<usize> {
    name.as_str().strip_prefix("%open.").and_then(|number| number.parse().ok())
}

/// `Σ monomial` over all `bounds`: one sum for each connected part.
pub fn close(bounds: &[(Variable, Bound)], monomial: &Monomial) -> Result<Polynomial, TooLarge> {
    let mut result = Polynomial::number(Rational::one());
    let mut factors: Vec<(&Atom, &Rational, BTreeSet<usize>)> = Vec::new();
    for (atom, exponent) in &monomial.0 {
        let touched = (0..bounds.len()).filter(|position| atom.depends(&bounds[*position].0)).collect();
        factors.push((atom, exponent, touched));
    }
    let mut left: BTreeSet<usize> = (0..bounds.len()).collect();
    while let Some(first) = left.pop_first() {
        let mut part = BTreeSet::from([first]);
        let mut members = BTreeMap::new();
        loop {
            let before = members.len();
            for (atom, exponent, touched) in &factors {
                if !touched.is_disjoint(&part) && !members.contains_key(*atom) {
                    members.insert((*atom).clone(), (*exponent).clone());
                    part.extend(touched);
                }
            }
            if members.len() == before {
                break;
            }
        }
        left.retain(|position| !part.contains(position));
        let part: Vec<(Variable, Bound)> = part.iter().map(|position| bounds[*position].clone()).collect();
        let factor = if members.is_empty() { part[0].1.count() } else { named(&part, &Monomial(members))? };
        result = result.times(&factor)?;
    }
    let outside = factors.iter().filter(|(_, _, touched)| touched.is_empty());
    let outside = Monomial(outside.map(|(atom, exponent, _)| ((*atom).clone(), (*exponent).clone())).collect());
    result.times(&Polynomial::term(Rational::one(), outside))
}

/// One connected sum with canonical names: bound indices in the order of their signatures, ties in the order that
/// makes the body smallest.
fn named(part: &[(Variable, Bound)], body: &Monomial) -> Result<Polynomial, TooLarge> {
    let level = body.level() + 1;
    let mut keyed: Vec<(Signature, usize)> = Vec::new();
    for position in 0..part.len() {
        let signature = if part.len() == 1 { Default::default() } else { signature(part, body, position)? };
        keyed.push((signature, position));
    }
    keyed.sort();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (place, (signature, position)) in keyed.iter().enumerate() {
        match groups.last_mut() {
            Some(group) if place > 0 && keyed[place - 1].0 == *signature => group.push(*position),
            _ => groups.push(vec![*position]),
        }
    }
    let mut orders: Vec<Vec<usize>> = vec![Vec::new()];
    for group in &groups {
        let mut longer = Vec::new();
        for order in &orders {
            for permuted in permutations(group) {
                longer.push(order.iter().copied().chain(permuted).collect());
            }
            if longer.len() > ORDERS {
                return Err(TooLarge);
            }
        }
        orders = longer;
    }
    let mut best: Option<(Polynomial, Vec<Bound>)> = None;
    for order in orders {
        let mut renaming = Renaming::default();
        for (place, position) in order.iter().enumerate() {
            rename_variable(&mut renaming, &part[*position].0, level, place);
        }
        let candidate = body.renamed(&renaming)?;
        if best.as_ref().is_none_or(|(best, _)| candidate < *best) {
            best = Some((candidate, order.iter().map(|position| part[*position].1.clone()).collect()));
        }
    }
    let (body, bounds) = best.ok_or(TooLarge)?;
    let (body, coefficient) = body.single().ok_or(TooLarge)?;
    let sum = Contraction { level, bounds, body: body.clone() };
    Ok(Polynomial::atom(Atom::Sum(Arc::new(sum))).scaled(coefficient))
}

fn rename_variable(renaming: &mut Renaming, variable: &Variable, level: usize, place: usize) {
    match variable {
        Variable::Index(index) => {
            renaming.indices.insert(*index, Index::Bound(level, place));
        }
        Variable::Name(name) => {
            renaming.names.insert(name.clone(), Integer::name(bound_name(level, place)));
        }
    }
}

type Signature = Option<(Bound, Polynomial)>;

/// The factors a bound index stands in, with all other bound indices alike.
fn signature(part: &[(Variable, Bound)], body: &Monomial, position: usize) -> Result<Signature, TooLarge> {
    let mut renaming = Renaming::default();
    for (other, (variable, _)) in part.iter().enumerate() {
        rename_variable(&mut renaming, variable, usize::MAX, usize::from(other == position));
    }
    let around = body.0.iter().filter(|(atom, _)| atom.depends(&part[position].0));
    let mut product = Polynomial::default();
    for (atom, exponent) in around {
        // Added, not multiplied: look-alike factors must not merge or cancel.
        let atom = Monomial(BTreeMap::from([(atom.clone(), exponent.clone())]));
        product.add_scaled(&atom.renamed(&renaming)?, &Rational::one())?;
    }
    Ok(Some((part[position].1.clone(), product)))
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.len() > 6 {
        // Too many to try: the caller stops at its limit.
        return vec![items.to_vec(); ORDERS + 1];
    }
    let mut found = vec![Vec::new()];
    for item in items {
        found = found
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..=order.len()).map(move |place| {
                    let mut longer = order.clone();
                    longer.insert(place, *item);
                    longer
                })
            })
            .collect();
    }
    found
}

impl Contraction {
    /// How many values are summed, as a product of sizes; `None` when it is no such product.
    pub fn count(&self) -> Option<BTreeMap<Atom, Rational>> {
        let mut all = BTreeMap::new();
        for bound in &self.bounds {
            let count = bound.count();
            let (sizes, _) = count.single().filter(|(_, coefficient)| coefficient.is_one())?;
            sizes.0.iter().for_each(|(size, times)| multiply(&mut all, size, times));
        }
        Some(all)
    }
}

impl Bound {
    /// How many values the index takes.
    pub fn count(&self) -> Polynomial {
        match self {
            Bound::Axis(size) => Polynomial::integer(size),
            Bound::Range(low, high) => Polynomial::integer(&high.minus(low).offset(1)),
        }
    }
}
