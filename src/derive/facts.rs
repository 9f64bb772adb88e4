//! Sums of forward values whose value is known: Σ_n x̂_n = 0 since x̂ was centred, Σ p = 1 since p was divided by its sum.
//!
//! A sum of at most two forward values is written out through the forward definitions; when nothing but a number or
//! sizes is left, it is put for the sum.

use super::definitions::{Definition, values_in_scope};
use super::ground::Ground;
use super::letters::Letters;
use super::normal::atom::{Atom, Index};
use super::normal::polynomial::{Monomial, Polynomial, multiply};
use super::normal::rename::Renaming;
use super::normal::{self, lower};
use crate::math::expression::{Binder, Mark, Op, Read, Reducer, Term};
use crate::math::name::Name;
use crate::math::shape::Shape;
use num_traits::{One, ToPrimitive};
use std::collections::{BTreeMap, BTreeSet};

/// A sum is written out through at most this many definitions.
const EXPANSIONS: usize = 6;
/// As many forward values may be multiplied in the sum.
const LEAVES: i64 = 2;

/// `left = right`, by forward definitions.
#[derive(Clone, PartialEq, Debug)]
pub struct Fact {
    /// The sum.
    pub left: Term,
    /// Its value.
    pub right: Term,
    /// The definitions that show it.
    pub by: Vec<Definition>,
}

/// Whether multiplying out `term` may give a sum of nothing but forward values.
pub fn may_hold(term: &Term) -> bool {
    let mut found = false;
    term.walk(&mut |part| {
        found |= match part.op() {
            Op::Total => may_be_pure(&part.args()[0], None) && !part.args()[0].reads().is_empty(),
            Op::Reduce(_, binder) => {
                may_be_pure(&part.args()[0], Some(&binder.index)) && !part.args()[0].reads().is_empty()
            }
            Op::MatMul => part.args().iter().all(|arg| may_be_pure(arg, None)),
            _ => false,
        }
    });
    found
}

/// Whether some summand, multiplied out, may be a product of forward values, of numbers, and of what is the same for all
/// values of the index that is summed over.
fn may_be_pure(term: &Term, index: Option<&Name>) -> bool {
    let args = term.args();
    let same = |read: &Read| index.is_some_and(|index| !Term::read(read.clone()).free_names().contains(index));
    match term.op() {
        Op::Read(read) => read.mark == Mark::Value || same(read),
        Op::Fill(_) | Op::Total | Op::Reduce(..) => true,
        Op::Add => args.iter().any(|arg| may_be_pure(arg, index)),
        Op::Div => may_be_pure(&args[0], index),
        Op::MatMul if term.shape().is_number() => true,
        _ => args.iter().all(|arg| may_be_pure(arg, index)),
    }
}

/// `term` with all sums whose value is known put in, written short, and what was used. `None` when nothing is known.
pub fn apply(
    term: &Term,
    definitions: &[Definition],
    ranges: &[Binder],
    letters: &Letters,
) -> Option<(Term, Vec<Fact>)> {
    let polynomial = lower(term).ok()?;
    let sums: BTreeSet<&Atom> = polynomial.0.keys().flat_map(|monomial| monomial.0.keys()).filter(is_pure).collect();
    let (mut values, mut facts) = (BTreeMap::new(), Vec::new());
    let hint = normal::order::Hint::with(term, letters);
    for sum in sums {
        let Some((left, shape)) = as_term(sum, &hint) else { continue };
        let Some((value, by)) = value(&left, definitions, ranges) else { continue };
        let Some(right) = normal::raise(&value, &shape) else { continue };
        values.insert(sum.clone(), value);
        facts.push(Fact { left, right, by });
    }
    if facts.is_empty() {
        return None;
    }
    let mut result = Polynomial::default();
    for (monomial, coefficient) in &polynomial.0 {
        result.add_scaled(&with_values(monomial, &values)?, coefficient).ok()?;
    }
    Some((normal::raise::raise_like(&result, term.shape(), &hint)?, facts))
}

/// The equalities that explain a fact: definitions at all places that are met on the way.
pub fn grounds(fact: &Fact, ranges: &[Binder]) -> Vec<Ground> {
    let mut found: Vec<Ground> = Vec::new();
    let mut open = vec![fact.left.clone()];
    while let Some(term) = open.pop() {
        for ground in super::simplify::instances(&fact.by, &[&term], ranges) {
            if found.len() < 2 * EXPANSIONS && !found.contains(&ground) {
                // What is bound around a reading is bound around its meaning.
                open.push(term.map(&mut |part| if part == ground.left { ground.right.clone() } else { part }));
                found.push(ground);
            }
        }
    }
    found
}

/// A sum of at most two forward values.
fn is_pure(atom: &&Atom) -> bool {
    let Atom::Sum(sum) = atom else { return false };
    let mut leaves = 0i64;
    for (factor, exponent) in &sum.body.0 {
        match factor {
            Atom::Read(read, _) if read.mark == Mark::Value => {
                leaves = leaves.saturating_add(exponent.is_integer().then(|| exponent.to_i64()).flatten().unwrap_or(9));
                if leaves < 0 {
                    return false;
                }
            }
            Atom::Integer(_) => {}
            _ => return false,
        }
    }
    (1..=LEAVES).contains(&leaves)
}

/// The sum as a term over its own axes.
fn as_term(sum: &Atom, hint: &normal::order::Hint) -> Option<(Term, Shape)> {
    let Atom::Sum(contraction) = sum else { return None };
    let mut sizes = Vec::new();
    let mut renaming = Renaming::default();
    for (axis, index) in sum.free_indices().into_iter().enumerate() {
        let size = contraction.body.0.keys().find_map(|atom| match atom {
            Atom::Read(read, at) => {
                let position = at.iter().position(|other| *other == index)?;
                read.shape.axes().get(position).cloned()
            }
            _ => None,
        })?;
        sizes.push(size);
        renaming.indices.insert(index, Index::Axis(axis));
    }
    let shape = Shape::Axes(sizes);
    let alone = Monomial(BTreeMap::from([(sum.clone(), num_rational_one())])).renamed(&renaming).ok()?;
    Some((normal::raise::raise_like(&alone, &shape, hint)?, shape))
}

fn num_rational_one() -> crate::math::number::Rational {
    One::one()
}

/// What a sum comes to when its definitions are written out: a number, sizes, or nothing known.
fn value(sum: &Term, definitions: &[Definition], ranges: &[Binder]) -> Option<(Polynomial, Vec<Definition>)> {
    let mut term = sum.clone();
    let mut used: Vec<Definition> = Vec::new();
    for _ in 0..EXPANSIONS {
        term = with_shares_added_up(&term);
        let normal = lower(&term).ok()?;
        if normal.0.keys().all(|monomial| monomial.0.keys().all(|atom| matches!(atom, Atom::Integer(_)))) {
            return Some((normal, used));
        }
        // A factor of all summands need not be written out, unless it is the only summand.
        let (_, _, rest) = normal.content();
        let reads = values_in_scope(&term, ranges);
        let stands = |read: &Read| {
            let mut found = rest.0.len() < 2;
            rest.0
                .keys()
                .for_each(|monomial| monomial.visit_reads(&mut |other| found |= other.quantity == read.quantity));
            found
        };
        let known: Vec<&Definition> = reads
            .iter()
            .filter(|(read, _)| stands(read))
            .filter_map(|(read, scope)| definitions.iter().find(|definition| definition.at(read, scope).is_some()))
            .collect();
        // What another definition speaks of waits for it: in Σ a − N μ, μ comes first. A lone sum of differences is
        // written out before its factors.
        let waits = |one: &Definition| {
            known.iter().any(|other| other.name != one.name && reads_of(&other.body, &one.name.quantity))
        };
        let difference = known.iter().find(|one| rest.0.len() < 2 && matches!(one.body.op(), Op::Add));
        let next = difference.or_else(|| known.iter().find(|one| !waits(one)))?;
        let next: Definition = (*next).clone();
        term = written_out(&term, &next, &mut ranges.to_vec());
        if !used.contains(&next) {
            used.push(next);
        }
    }
    None
}

/// The term with 1 for all shares of a softmax added up, as the book says.
fn with_shares_added_up(term: &Term) -> Term {
    term.map(&mut |part| {
        let Op::Reduce(Reducer::Sum, binder) = part.op() else { return part };
        let shares = part.args()[0].op() == &Op::Reduce(Reducer::Softmax, binder.clone());
        let all = part.args().len() == 1 && part.args()[0].args().len() == 1;
        if shares && all { Term::filled(1, part.shape()) } else { part }
    })
}

fn reads_of(term: &Term, quantity: &crate::math::name::Name) -> bool {
    term.reads().into_iter().any(|read| read.mark == Mark::Value && &read.quantity == quantity)
}

/// The term with a defined quantity replaced by its definition.
fn written_out(term: &Term, definition: &Definition, scope: &mut Vec<Binder>) -> Term {
    match term.op() {
        Op::Read(read) => definition.at(read, scope).map_or_else(|| term.clone(), |(_, meaning)| meaning),
        op => {
            if let Op::Reduce(_, binder) = op {
                scope.push(binder.clone());
            }
            let args = term.args().iter().map(|arg| written_out(arg, definition, scope)).collect();
            if let Op::Reduce(..) = op {
                scope.pop();
            }
            Term::new(op.clone(), args).unwrap_or_else(|_| term.clone())
        }
    }
}

fn with_values(monomial: &Monomial, values: &BTreeMap<Atom, Polynomial>) -> Option<Polynomial> {
    let (mut rest, mut product) = (BTreeMap::new(), Polynomial::number(num_rational_one()));
    for (atom, exponent) in &monomial.0 {
        match values.get(atom) {
            Some(value) => product = product.times(&value.raised(exponent).ok()?).ok()?,
            None => multiply(&mut rest, atom, exponent),
        }
    }
    product.times(&Polynomial::product(rest).ok()?).ok()
}
