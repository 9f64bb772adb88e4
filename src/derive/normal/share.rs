//! The greedy part of factoring: what only some summands share.

use super::TooLarge;
use super::atom::{Atom, Bound, Contraction, Index};
use super::canonical::{bound_name, close};
use super::factor::{sum, turned, whole_sum};
use super::look::{Seen, Variable};
use super::lower::axes;
use super::polynomial::{Monomial, Polynomial};
use super::rename::Renaming;
use crate::math::expression::Subscript;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number::Rational;
use num_traits::{One, Signed};
use std::collections::{BTreeMap, BTreeSet};

/// What a greedy step may take out.
enum Choice {
    /// An atom, out of these summands.
    Atom(Vec<Monomial>),
    /// A leaf inside contractions that are otherwise multiplied by the same: `Wᵀa + Wᵀb`.
    Inside(Inside),
}

/// Contractions that share a leaf.
#[derive(Clone)]
struct Inside {
    leaf: Atom,
    /// The bound indices of the leaf, open.
    bounds: Vec<(Variable, Bound)>,
    cofactor: Monomial,
    /// The summands, and what remains of each contraction.
    members: Vec<(Monomial, Polynomial)>,
}

/// A sum without common factor: the most valuable shared atom is taken out of the summands that have it, again and again.
pub fn grouped(rest: &Polynomial) -> Result<Polynomial, TooLarge> {
    let mut left = rest.clone();
    let mut done = Polynomial::default();
    while let Some(choice) = best(&left)? {
        let part = match choice {
            Choice::Atom(members) => {
                let mut part = Polynomial::default();
                for monomial in members {
                    if let Some(coefficient) = left.0.remove(&monomial) {
                        part.add(monomial, coefficient);
                    }
                }
                sum(&part)?
            }
            Choice::Inside(inside) => {
                let mut inner = Polynomial::default();
                for (monomial, remainder) in &inside.members {
                    if let Some(coefficient) = left.0.remove(monomial) {
                        inner.add_scaled(remainder, &coefficient)?;
                    }
                }
                let (sign, inner) = turned(&sum(&inner)?);
                let inner = match inner.single() {
                    Some(_) => inner,
                    None => Polynomial::term(Rational::one(), Monomial(BTreeMap::from([whole_sum(inner)]))),
                };
                let mut merged = inner.times(&Polynomial::atom(inside.leaf))?.scaled(&sign);
                for (variable, bound) in &inside.bounds {
                    merged = match (variable, bound) {
                        (Variable::Index(index), Bound::Axis(size)) => merged.contracted(*index, size)?,
                        (Variable::Name(name), Bound::Range(low, high)) => merged.contracted_over(name, low, high)?,
                        _ => return Err(TooLarge),
                    };
                }
                merged.times(&Polynomial::term(Rational::one(), inside.cofactor))?
            }
        };
        // A part may look like a summand that is still to be grouped: it goes there, so that nothing is lost.
        done.add_scaled(&part, &Rational::one())?;
    }
    done.add_scaled(&left, &Rational::one())?;
    Ok(done)
}

/// A sum in which what some summands have in common, to the same power, is taken out of these, the most valuable first; `None`
/// where no two have anything in common that not all have.
pub fn apart(rest: &Polynomial) -> Result<Option<Polynomial>, TooLarge> {
    let mut left = rest.clone();
    let mut done = Polynomial::default();
    while let Some(members) = alike(&left) {
        let mut part = Polynomial::default();
        for monomial in members {
            if let Some(coefficient) = left.0.remove(&monomial) {
                part.add(monomial, coefficient);
            }
        }
        done.add_scaled(&sum(&part)?, &Rational::one())?;
    }
    let taken = !done.is_zero() && !left.is_zero();
    done.add_scaled(&left, &Rational::one())?;
    Ok(taken.then_some(done))
}

/// The summands that share the most: as many as may be, as much as may be.
fn alike(left: &Polynomial) -> Option<Vec<Monomial>> {
    let mut shared: BTreeMap<(&Atom, &Rational), Vec<&Monomial>> = BTreeMap::new();
    for monomial in left.0.keys() {
        for power in &monomial.0 {
            shared.entry(power).or_default().push(monomial);
        }
    }
    let mut best: Option<((usize, usize), Vec<&Monomial>)> = None;
    for members in shared.into_values().filter(|members| members.len() > 1) {
        let everywhere = |(atom, exponent): &(&Atom, &Rational)| {
            members.iter().all(|monomial| monomial.0.get(atom) == Some(exponent))
        };
        let common: usize = members[0].0.iter().filter(everywhere).map(|(atom, _)| weight(atom)).sum();
        let score = (members.len(), common);
        if best.as_ref().is_none_or(|(highest, _)| score > *highest) {
            best = Some((score, members));
        }
    }
    best.map(|(_, members)| members.into_iter().cloned().collect())
}

fn best(left: &Polynomial) -> Result<Option<Choice>, TooLarge> {
    let mut chosen: Option<(usize, Choice)> = None;
    let mut offer = |score: usize, choice: Choice| {
        if chosen.as_ref().is_none_or(|(best, _)| score > *best) {
            chosen = Some((score, choice));
        }
    };
    let mut shared: BTreeMap<(&Atom, bool), Vec<Monomial>> = BTreeMap::new();
    for monomial in left.0.keys() {
        for (atom, exponent) in &monomial.0 {
            shared.entry((atom, exponent.is_positive())).or_default().push(monomial.clone());
        }
    }
    for ((atom, _), members) in shared {
        if members.len() > 1 {
            offer((members.len() - 1) * weight(atom), Choice::Atom(members));
        }
    }
    for inside in insides(left)? {
        if inside.members.len() > 1 {
            offer((inside.members.len() - 1) * (weight(&inside.leaf) + 2), Choice::Inside(inside));
        }
    }
    Ok(chosen.map(|(_, choice)| choice))
}

/// All leaves inside contractions, with the summands that share them.
fn insides(left: &Polynomial) -> Result<Vec<Inside>, TooLarge> {
    type Shared = (Atom, Vec<(Variable, Bound)>, Monomial);
    let mut found: BTreeMap<Shared, Vec<(Monomial, Polynomial)>> = BTreeMap::new();
    let first = left.0.keys().map(Monomial::next_open).max().unwrap_or(0);
    for monomial in left.0.keys() {
        for (atom, exponent) in &monomial.0 {
            let (Atom::Sum(sum), true) = (atom, exponent.is_one()) else { continue };
            let mut cofactor = monomial.clone();
            cofactor.0.remove(atom);
            for (leaf, exponent) in &sum.body.0 {
                if !exponent.is_one() || !matches!(leaf, Atom::Read(..) | Atom::Letter(..)) {
                    continue;
                }
                let Some((leaf, bounds, remainder)) = opened(sum, leaf, first)? else { continue };
                let members = found.entry((leaf, bounds, cofactor.clone())).or_default();
                if members.iter().all(|(other, _)| other != monomial) {
                    members.push((monomial.clone(), remainder));
                }
            }
        }
    }
    let all = found.into_iter().map(|((leaf, bounds, cofactor), members)| Inside { leaf, bounds, cofactor, members });
    // A matrix can be written, an array with three axes cannot.
    let flat = |inside: &Inside| {
        let free = inside.members.iter().flat_map(|(_, rest)| rest.0.keys().flat_map(Monomial::free_indices));
        free.collect::<BTreeSet<_>>().len() <= 2
    };
    Ok(all.filter(flat).collect())
}

type Opened = (Atom, Vec<(Variable, Bound)>, Polynomial);

/// A contraction as a leaf times the rest: the bound indices of the leaf are named in the order in which they
/// stand in it, from `first` on, and the others are summed in the rest.
fn opened(sum: &Contraction, leaf: &Atom, first: usize) -> Result<Option<Opened>, TooLarge> {
    let (mut order, mut renaming) = (Vec::new(), Renaming::default());
    let mut standing = Vec::new();
    leaf.visit(&mut |seen| match seen {
        Seen::Index(Index::Bound(level, position)) if level == sum.level => standing.push(position),
        Seen::Integer(integer) => {
            let names = integer.names();
            standing.extend((0..sum.bounds.len()).filter(|at| names.contains(&bound_name(sum.level, *at))));
        }
        _ => {}
    });
    let mut meet = |position: usize| {
        if !order.contains(&position) {
            order.push(position);
        }
    };
    let own = standing.iter().collect::<BTreeSet<_>>().len();
    standing.into_iter().for_each(&mut meet);
    (0..sum.bounds.len()).for_each(&mut meet);
    let mut variables = Vec::new();
    for (place, position) in order.iter().enumerate() {
        let place = first + place;
        match &sum.bounds[*position] {
            bound @ Bound::Axis(_) => {
                renaming.indices.insert(Index::Bound(sum.level, *position), Index::Open(place));
                variables.push((Variable::Index(Index::Open(place)), bound.clone()));
            }
            bound @ Bound::Range(..) => {
                let name = Name::new(format!("%open.{place}"));
                renaming.names.insert(bound_name(sum.level, *position), Integer::name(name.clone()));
                variables.push((Variable::Name(name), bound.clone()));
            }
        }
    }
    let mut rest = sum.body.clone();
    rest.0.remove(leaf);
    let mut remainder = Polynomial::default();
    for (monomial, coefficient) in &rest.renamed(&renaming)?.0 {
        remainder.add_scaled(&close(&variables[own..], monomial)?, coefficient)?;
    }
    let leaf = Monomial(BTreeMap::from([(leaf.clone(), Rational::one())])).renamed(&renaming)?;
    let leaf = leaf.single().and_then(|(monomial, _)| monomial.0.keys().next().cloned());
    variables.truncate(own);
    Ok(leaf.map(|leaf| (leaf, variables, remainder)))
}

/// How much a reader is spared when the atom is written once less.
fn weight(atom: &Atom) -> usize {
    let of = |polynomial: &Polynomial| -> usize {
        polynomial.0.keys().flat_map(|monomial| monomial.0.keys()).map(weight).sum::<usize>()
    };
    match atom {
        Atom::Number(_) | Atom::Integer(_) | Atom::Delta(..) => 3,
        Atom::Read(read, at) => {
            let subscripts = read.subscripts.iter().filter(|subscript| matches!(subscript, Subscript::At(_))).count();
            3 + read.quantity.as_str().chars().count() + 2 * subscripts + at.len()
        }
        Atom::Letter(letter, at) => 3 + at.len().max(axes(&letter.shape).len()),
        Atom::Apply(_, args) => 6 + args.iter().map(of).sum::<usize>(),
        Atom::Raised(pair) => 4 + of(&pair.0) + of(&pair.1),
        Atom::Group(sum) | Atom::Factored(sum) => 3 + of(sum),
        Atom::Sum(sum) => 4 + sum.body.0.keys().map(weight).sum::<usize>(),
        Atom::Reduce(reduction) => 8 + of(&reduction.body),
        Atom::Chosen(_) => 10,
        Atom::Array(array) => 8 + array.args.iter().map(|(_, entries)| of(entries)).sum::<usize>(),
    }
}
