//! Factoring back: taking out what summands share, so that the line is short.

use super::TooLarge;
use super::canonical::{bound_name, close};
use super::divide::{divide, one_minus};
use super::lower::axes;
use super::polynomial::{Atom, Bound, Contraction, Index, Monomial, Polynomial, multiply};
use super::rename::{Renaming, Seen, Variable};
use crate::math::expression::Subscript;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number::{Rational, whole};
use num_traits::{One, Signed};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The same polynomial with common factors taken out: sums inside products are `Atom::Factored`.
pub fn factor(polynomial: &Polynomial) -> Result<Polynomial, TooLarge> {
    if polynomial.0.len() < 2 {
        return Ok(polynomial.clone());
    }
    let mut means = Polynomial::default();
    for (monomial, coefficient) in &polynomial.0 {
        means.add(with_means(monomial), coefficient.clone());
    }
    sum(&means)
}

/// A sum, factored.
fn sum(polynomial: &Polynomial) -> Result<Polynomial, TooLarge> {
    if polynomial.0.len() < 2 {
        return Ok(polynomial.clone());
    }
    let (content, common, rest) = polynomial.content();
    // The sign of the first summand is no factor: each sum gets its own sign below.
    let (content, rest) = if content.is_negative() { (-content, rest.scaled(&whole(-1))) } else { (content, rest) };
    let mut parts = Vec::new();
    split(&rest, &mut parts)?;
    let (mut coefficient, mut product, mut sums) = (content, common.0, Vec::new());
    for part in parts {
        let (sign, inner) = turned(&grouped(&part)?);
        coefficient *= sign;
        match inner.single() {
            Some((monomial, inner)) => {
                coefficient *= inner;
                monomial.0.iter().for_each(|(atom, exponent)| multiply(&mut product, atom, exponent));
            }
            None => sums.push(inner),
        }
    }
    if coefficient.is_negative()
        && let Some(sum) = sums.iter_mut().find(|sum| has_both_signs(sum) && !sum.0.contains_key(&Monomial::default()))
    {
        // −(b − a) is a − b.
        *sum = sum.scaled(&whole(-1));
        coefficient = -coefficient;
    }
    if product.is_empty() && sums.len() == 1 && coefficient.abs().is_one() {
        return Ok(sums.remove(0).scaled(&coefficient));
    }
    for sum in sums {
        let (atom, exponent) = whole_sum(sum);
        multiply(&mut product, &atom, &exponent);
    }
    Ok(Polynomial::term(coefficient, Monomial(product)))
}

fn has_both_signs(sum: &Polynomial) -> bool {
    let negative = sum.0.values().filter(|coefficient| coefficient.is_negative()).count();
    negative > 0 && negative < sum.0.len()
}

fn whole_sum(sum: Polynomial) -> (Atom, Rational) {
    (Atom::Factored(Arc::new(sum)), Rational::one())
}

/// `(sign, p)` with `sign · p = sum`, where the constant summand of `p` is positive, or else some summand is.
fn turned(sum: &Polynomial) -> (Rational, Polynomial) {
    let constant = sum.0.get(&Monomial::default()).map(|constant| constant.is_negative());
    let all = || sum.0.values().all(|coefficient| coefficient.is_negative());
    let turn = sum.0.len() > 1 && constant.unwrap_or_else(all);
    if turn { (whole(-1), sum.scaled(&whole(-1))) } else { (Rational::one(), sum.clone()) }
}

/// Splits a sum without common factor into factors that are sums.
fn split(rest: &Polynomial, factors: &mut Vec<Polynomial>) -> Result<(), TooLarge> {
    if rest.0.len() > 2
        && let Some((divisor, quotient)) = free_factor(rest).or_else(|| one_minus_factor(rest))
    {
        split(&divisor, factors)?;
        let (content, common, inner) = quotient.content();
        factors.push(Polynomial::term(content, common));
        return if inner.0.len() > 1 { split(&inner, factors) } else { Ok(()) };
    }
    factors.push(rest.clone());
    Ok(())
}

/// A divisor that some atom does not stand in: the coefficients of the powers of that atom share it.
fn free_factor(rest: &Polynomial) -> Option<(Polynomial, Polynomial)> {
    let atoms: BTreeSet<&Atom> = rest.0.keys().flat_map(|monomial| monomial.0.keys()).collect();
    let mut tried: Vec<Polynomial> = Vec::new();
    for atom in atoms {
        let mut powers: BTreeMap<Rational, Polynomial> = BTreeMap::new();
        for (monomial, coefficient) in &rest.0 {
            let mut factors = monomial.0.clone();
            let exponent = factors.remove(atom).unwrap_or_default();
            powers.entry(exponent).or_default().add(Monomial(factors), coefficient.clone());
        }
        let Some(smallest) = powers.values().min_by_key(|part| part.0.len()) else { continue };
        if smallest.0.len() < 2 || smallest.0.len() == rest.0.len() {
            continue;
        }
        let (_, _, divisor) = smallest.content();
        if tried.contains(&divisor) {
            continue;
        }
        if let Some(quotient) = divide(rest, &divisor).filter(|quotient| quotient.0.len() < rest.0.len()) {
            return Some((divisor, quotient));
        }
        tried.push(divisor);
    }
    None
}

/// `1 − u²` or `1 − u`, if it divides the sum. The former is never split.
fn one_minus_factor(rest: &Polynomial) -> Option<(Polynomial, Polynomial)> {
    let atoms: BTreeSet<&Atom> = rest.0.keys().flat_map(|monomial| monomial.0.keys()).collect();
    for n in [2, 1] {
        for atom in &atoms {
            let divisor = one_minus(atom, n);
            if let Some(quotient) = divide(rest, &divisor) {
                return Some((divisor, quotient));
            }
        }
    }
    None
}

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
fn grouped(rest: &Polynomial) -> Result<Polynomial, TooLarge> {
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
    let mut found: BTreeMap<(Atom, Vec<(Variable, Bound)>, Monomial), Vec<(Monomial, Polynomial)>> = BTreeMap::new();
    for monomial in left.0.keys() {
        for (atom, exponent) in &monomial.0 {
            let (Atom::Sum(sum), true) = (atom, exponent.is_one()) else { continue };
            let mut cofactor = monomial.clone();
            cofactor.0.remove(atom);
            for (leaf, exponent) in &sum.body.0 {
                if !exponent.is_one() || !matches!(leaf, Atom::Read(..) | Atom::Letter(..)) {
                    continue;
                }
                let Some((leaf, bounds, remainder)) = opened(sum, leaf)? else { continue };
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
/// stand in it, and the others are summed in the rest.
fn opened(sum: &Contraction, leaf: &Atom) -> Result<Option<Opened>, TooLarge> {
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
        // Names that no other open index has.
        let place = 1000 + place;
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

/// A sum and the size it is divided by as one factor, since that is how a mean is written.
fn with_means(monomial: &Monomial) -> Monomial {
    let mut factors = monomial.0.clone();
    for (atom, exponent) in &monomial.0 {
        let Atom::Sum(sum) = atom else { continue };
        let count = sum.bounds[0].count();
        let Some((size, coefficient)) = count.single() else { continue };
        let under = |(size, times): (&Atom, &Rational)| factors.get(size).is_some_and(|under| &-under >= times);
        if !exponent.is_one()
            || sum.bounds.len() > 1
            || !coefficient.is_one()
            || size.0.is_empty()
            || !size.0.iter().all(under)
        {
            continue;
        }
        let mut mean = BTreeMap::from([(atom.clone(), Rational::one())]);
        factors.remove(atom);
        for (size, times) in &size.0 {
            multiply(&mut factors, size, times);
            multiply(&mut mean, size, &-times);
        }
        let mean = Polynomial::term(Rational::one(), Monomial(mean));
        multiply(&mut factors, &Atom::Factored(Arc::new(mean)), &Rational::one());
    }
    Monomial(factors)
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
        Atom::Chosen(chosen) => 10 + chosen.value.0.keys().map(weight).sum::<usize>(),
        Atom::Array(array) => 8 + array.args.iter().map(|(_, entries)| of(entries)).sum::<usize>(),
    }
}
