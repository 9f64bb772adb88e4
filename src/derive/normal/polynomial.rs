//! Polynomials in index notation: the canonical form of a term.
//!
//! An entry of a payload is written with indices, `Σ_k W_ik x_k`, so that transposes, fills, diagonals and the order of
//! products disappear. A polynomial maps monomials to rational coefficients, a monomial maps atoms to rational
//! exponents. `x · x⁻¹` cancels by arithmetic of exponents: an atom with a negative exponent stood in a denominator,
//! where it is assumed not to be 0; no atom gets a negative exponent otherwise.

use super::TooLarge;
use crate::math::expression::{Letter, Op, Read, Reducer, Relation};
use crate::math::integer::{self, Integer};
use crate::math::name::Name;
use crate::math::number::{Rational, whole};
use crate::math::shape::Shape;
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::BTreeMap;
use std::sync::Arc;

/// More summands than this are not expanded.
pub const LIMIT: usize = 200;
/// A natural power of a sum is written out up to this many summands.
const POWER_LIMIT: usize = 32;

/// An index of an entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Index {
    /// The axis of the payload at this position.
    Axis(usize),
    /// Bound by the contraction of this level around it. Levels count from the inside, so names never clash.
    Bound(usize, usize),
    /// A name for the time of a calculation.
    Open(usize),
}

/// What a monomial is made of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Atom {
    /// A positive number under a root.
    Number(Rational),
    /// A size or an index as a number.
    Integer(integer::Atom),
    /// An entry of a quantity.
    Read(Arc<Read>, Vec<Index>),
    /// An entry of a letter.
    Letter(Arc<Letter>, Vec<Index>),
    /// 1 where both indices agree, 0 elsewhere; the smaller index first.
    Delta(Index, Index),
    /// A function of the book.
    Apply(Name, Vec<Polynomial>),
    /// A base to an exponent that is no number.
    Raised(Arc<(Polynomial, Polynomial)>),
    /// A sum that is not multiplied out, under a quotient or root.
    Group(Arc<Polynomial>),
    /// A sum that was factored, and stays as it is. Only [`super::factor`] makes it; no normal form holds one.
    Factored(Arc<Polynomial>),
    /// One connected contraction.
    Sum(Arc<Contraction>),
    /// A reduction over an index that is not linear, or has a condition.
    Reduce(Arc<Reduction>),
    /// A value where a condition holds, and 0 elsewhere.
    Chosen(Arc<Chosen>),
    /// An entry of an array whose arguments stay whole: `concat`, `reshape`, differentials and pairings.
    Array(Arc<Array>),
}

/// `Σ body` over bound indices, which are `Index::Bound(level, position)`, or `bound_name(level, position)` for ranges.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Contraction {
    /// One more than the highest level inside.
    pub level: usize,
    /// What is summed over.
    pub bounds: Vec<Bound>,
    /// What is summed.
    pub body: Monomial,
}

/// What a bound index runs through.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Bound {
    /// An axis of this size.
    Axis(Integer),
    /// The index of a reduction, from the first to the last value.
    Range(Integer, Integer),
}

/// A reduction over `bound_name(level, 0)`, or over the named index of a softmax, which stays free.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reduction {
    /// One more than the highest level inside.
    pub level: usize,
    /// What is computed.
    pub reducer: Reducer,
    /// The index of a softmax.
    pub index: Option<Name>,
    /// The first value.
    pub low: Integer,
    /// The last value.
    pub high: Integer,
    /// What is reduced.
    pub body: Polynomial,
    /// Which values take part.
    pub condition: Option<Condition>,
}

/// `value` where `condition` is `holds`, and 0 elsewhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Chosen {
    /// The condition.
    pub condition: Condition,
    /// On which side of it.
    pub holds: bool,
    /// The factors that may have no value on the other side.
    pub value: Monomial,
}

/// A condition over entries.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Condition {
    /// `left < right` or `left == right`; other comparisons are these, turned round or denied.
    Compare(Relation, Polynomial, Polynomial),
    /// Both.
    And(Vec<Condition>),
    /// Denied.
    Not(Box<Condition>),
    /// A letter.
    Letter(Arc<Letter>, Vec<Index>),
}

/// An operation on whole arrays, read at an entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Array {
    /// The operation.
    pub op: Op,
    /// Payloads and entries of the arguments, each over `Axis` indices of its own.
    pub args: Vec<(Shape, Polynomial)>,
    /// The entry that is read.
    pub at: Vec<Index>,
}

/// A product of atoms with exponents, none of them 0.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Monomial(pub BTreeMap<Atom, Rational>);

/// A sum of monomials with coefficients, none of them 0.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Polynomial(pub BTreeMap<Monomial, Rational>);

impl Polynomial {
    /// A number.
    pub fn number(value: Rational) -> Self {
        Polynomial::term(value, Monomial::default())
    }

    /// `coefficient · monomial`, as it stands.
    pub fn term(coefficient: Rational, monomial: Monomial) -> Self {
        let mut result = Polynomial::default();
        result.add(monomial, coefficient);
        result
    }

    /// A single atom.
    pub fn atom(atom: Atom) -> Self {
        Polynomial::term(Rational::one(), Monomial(BTreeMap::from([(atom, Rational::one())])))
    }

    /// A sum of sizes and indices.
    pub fn integer(integer: &Integer) -> Self {
        let mut result = Polynomial::default();
        for (coefficient, atoms) in integer.summands() {
            let factors =
                atoms.into_iter().map(|(atom, exponent)| (Atom::Integer(atom.clone()), whole(i64::from(exponent))));
            result.add(Monomial(factors.collect()), whole(coefficient));
        }
        result
    }

    /// Whether it has no summand.
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The number it is, if it is one.
    pub fn as_number(&self) -> Option<Rational> {
        match self.single() {
            Some((monomial, coefficient)) if monomial.0.is_empty() => Some(coefficient.clone()),
            None if self.is_zero() => Some(Rational::zero()),
            _ => None,
        }
    }

    /// Its only summand.
    pub fn single(&self) -> Option<(&Monomial, &Rational)> {
        self.0.iter().next().filter(|_| self.0.len() == 1)
    }

    /// Adds a summand.
    pub fn add(&mut self, monomial: Monomial, coefficient: Rational) {
        use std::collections::btree_map::Entry;
        if coefficient.is_zero() {
            return;
        }
        match self.0.entry(monomial) {
            Entry::Vacant(entry) => {
                entry.insert(coefficient);
            }
            Entry::Occupied(mut entry) => {
                *entry.get_mut() += coefficient;
                if entry.get().is_zero() {
                    entry.remove();
                }
            }
        }
    }

    /// Adds `factor · other`.
    pub fn add_scaled(&mut self, other: &Polynomial, factor: &Rational) -> Result<(), TooLarge> {
        for (monomial, coefficient) in &other.0 {
            self.add(monomial.clone(), coefficient * factor);
        }
        if self.0.len() > LIMIT { Err(TooLarge) } else { Ok(()) }
    }

    /// `factor · self`.
    pub fn scaled(&self, factor: &Rational) -> Polynomial {
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &self.0 {
            result.add(monomial.clone(), coefficient * factor);
        }
        result
    }

    /// `self · other`, multiplied out.
    pub fn times(&self, other: &Polynomial) -> Result<Polynomial, TooLarge> {
        if self.0.len().saturating_mul(other.0.len()) > 4 * LIMIT {
            return Err(TooLarge);
        }
        let mut result = Polynomial::default();
        for (left, a) in &self.0 {
            for (right, b) in &other.0 {
                let mut factors = left.0.clone();
                right.0.iter().for_each(|(atom, exponent)| multiply(&mut factors, atom, exponent));
                let coefficient = a * b;
                if factors.keys().any(Atom::is_special) {
                    result.add_scaled(&Polynomial::product(factors)?, &coefficient)?;
                } else {
                    result.add(Monomial(factors), coefficient);
                }
            }
        }
        if result.0.len() > LIMIT { Err(TooLarge) } else { Ok(result) }
    }

    /// The product of these factors in canonical form: deltas act, roots and groups that became natural are written out.
    pub fn product(mut factors: BTreeMap<Atom, Rational>) -> Result<Polynomial, TooLarge> {
        let special = factors.iter().find_map(|(atom, exponent)| {
            let natural = natural(exponent);
            match atom {
                Atom::Delta(i, j) => {
                    (i == j || natural.is_none_or(|n| n != 1) || mentioned_elsewhere(&factors, atom, *j))
                        .then(|| (atom.clone(), exponent.clone()))
                }
                Atom::Number(_) => exponent.is_integer().then(|| (atom.clone(), exponent.clone())),
                Atom::Group(sum) => {
                    (natural.is_some_and(|n| is_small(sum.0.len(), n))).then(|| (atom.clone(), exponent.clone()))
                }
                Atom::Chosen(chosen) => (natural.is_some_and(|n| n > 1)
                    || opposite(chosen).is_some_and(|other| factors.contains_key(&other)))
                .then(|| (atom.clone(), exponent.clone())),
                _ => None,
            }
        });
        let Some((atom, exponent)) = special else {
            return Ok(Polynomial::term(Rational::one(), Monomial(factors)));
        };
        factors.remove(&atom);
        match &atom {
            Atom::Delta(i, j) if i == j => Polynomial::product(factors),
            Atom::Delta(i, j) => {
                let renamed = Monomial(factors).renamed(&super::rename::Renaming::index(*j, *i))?;
                if exponent.is_negative() {
                    // A zero in a denominator: kept as it is, it equals only itself.
                    let mut result = Polynomial::default();
                    for (monomial, coefficient) in renamed.0 {
                        let mut factors = monomial.0;
                        multiply(&mut factors, &atom, &exponent);
                        result.add(Monomial(factors), coefficient);
                    }
                    return Ok(result);
                }
                let mut result = Polynomial::default();
                for (monomial, coefficient) in renamed.0 {
                    let mut factors = monomial.0;
                    factors.insert(atom.clone(), Rational::one());
                    result.add(Monomial(factors), coefficient);
                }
                Ok(result)
            }
            Atom::Number(base) => Ok(Polynomial::product(factors)?.scaled(&power(base, &exponent)?)),
            Atom::Group(sum) => {
                let rest = Polynomial::product(factors)?;
                rest.times(&sum.to_the(natural(&exponent).unwrap_or(1))?)
            }
            Atom::Chosen(chosen) => {
                if opposite(chosen).is_some_and(|other| factors.contains_key(&other)) {
                    return Ok(Polynomial::default());
                }
                let value = chosen.value.0.iter().map(|(atom, inner)| (atom.clone(), inner * &exponent)).collect();
                let kept = Chosen { value: Monomial(value), ..(**chosen).clone() };
                multiply(&mut factors, &Atom::Chosen(Arc::new(kept)), &Rational::one());
                Polynomial::product(factors)
            }
            _ => Ok(Polynomial::default()),
        }
    }

    /// `self` multiplied by itself.
    fn to_the(&self, n: u32) -> Result<Polynomial, TooLarge> {
        let mut result = Polynomial::number(Rational::one());
        for _ in 0..n {
            result = result.times(self)?;
        }
        Ok(result)
    }

    /// `self ^ exponent`. Natural powers are written out when small; sums otherwise stay whole.
    pub fn raised(&self, exponent: &Rational) -> Result<Polynomial, TooLarge> {
        if exponent.is_zero() {
            return Ok(Polynomial::number(Rational::one()));
        }
        if let Some((monomial, coefficient)) = self.single() {
            return raise_single(self, monomial, coefficient, exponent);
        }
        if let Some(n) = natural(exponent).filter(|n| self.is_zero() || is_small(self.0.len(), *n)) {
            return self.to_the(n.min(POWER_LIMIT as u32));
        }
        if self.is_zero() {
            return Ok(Polynomial::whole_to(self.clone(), exponent));
        }
        let (mut content, mut common, rest) = self.content();
        if !exponent.is_integer() {
            // Only a positive number may be taken out of a root.
            content = content.abs();
            common = Monomial::default();
        }
        let rest = if exponent.is_integer() { rest } else { self.scaled(&content.recip()) };
        let outside = Polynomial::number(content).raised(exponent)?;
        let outside = outside.times(&Polynomial::term(Rational::one(), common).raised(exponent)?)?;
        outside.times(&Polynomial::whole_to(rest, exponent))
    }

    /// The sum as one atom, to this exponent.
    fn whole_to(sum: Polynomial, exponent: &Rational) -> Polynomial {
        Polynomial::term(Rational::one(), Monomial(BTreeMap::from([(Atom::Group(Arc::new(sum)), exponent.clone())])))
    }

    /// `(c, m, p)` with `self = c · m · p`: the rational content, with a sign that makes the first coefficient of `p`
    /// positive, and the common monomial, where a denominator counts only if every summand has it.
    pub fn content(&self) -> (Rational, Monomial, Polynomial) {
        let Some((first, leading)) = self.0.iter().next() else {
            return (Rational::one(), Monomial::default(), self.clone());
        };
        let (mut top, mut bottom) = (leading.numer().abs(), leading.denom().clone());
        let mut common = first.0.clone();
        for (monomial, coefficient) in &self.0 {
            top = gcd(top, coefficient.numer().abs());
            bottom = gcd(bottom, coefficient.denom().clone());
            common.retain(|atom, exponent| match monomial.0.get(atom) {
                Some(other) if other.is_positive() == exponent.is_positive() => {
                    if other.abs() < exponent.abs() {
                        *exponent = other.clone();
                    }
                    true
                }
                _ => false,
            });
        }
        let content = Rational::new(top, bottom) * leading.signum();
        let rest = self.0.iter().map(|(monomial, coefficient)| {
            let mut factors = monomial.0.clone();
            common.iter().for_each(|(atom, exponent)| multiply(&mut factors, atom, &-exponent));
            (Monomial(factors), coefficient / &content)
        });
        let rest = Polynomial(rest.collect());
        (content, Monomial(common), rest)
    }
}

/// The greatest common divisor of two positive numbers, or 1 of nothing.
fn gcd(mut a: BigInt, mut b: BigInt) -> BigInt {
    while !b.is_zero() {
        (a, b) = (b.clone(), a % b);
    }
    a
}

/// Multiplies a factor into a product.
pub fn multiply(factors: &mut BTreeMap<Atom, Rational>, atom: &Atom, exponent: &Rational) {
    match factors.get_mut(atom) {
        Some(old) => {
            *old += exponent;
            if old.is_zero() {
                factors.remove(atom);
            }
        }
        None => {
            factors.insert(atom.clone(), exponent.clone());
        }
    }
}

/// The exponent as a positive whole number, if it is a small one.
pub fn natural(exponent: &Rational) -> Option<u32> {
    if exponent.is_integer() && exponent.is_positive() { exponent.to_integer().to_u32() } else { None }
}

fn is_small(summands: usize, n: u32) -> bool {
    n == 1
        || summands <= 1 && n as usize <= POWER_LIMIT
        || summands.checked_pow(n).is_some_and(|all| all <= POWER_LIMIT)
}

fn mentioned_elsewhere(factors: &BTreeMap<Atom, Rational>, delta: &Atom, index: Index) -> bool {
    factors.keys().any(|atom| atom != delta && atom.mentions(index))
}

/// The same choice on the other side of the condition, where the value cannot fail.
fn opposite(chosen: &Chosen) -> Option<Atom> {
    (chosen.value.0.is_empty()).then(|| Atom::Chosen(Arc::new(Chosen { holds: !chosen.holds, ..chosen.clone() })))
}

/// A number to a whole exponent.
fn power(base: &Rational, exponent: &Rational) -> Result<Rational, TooLarge> {
    let exponent = exponent.to_integer().to_i32().ok_or(TooLarge)?;
    if base.abs().is_one() || (exponent.unsigned_abs() <= 512 && base.numer().bits() + base.denom().bits() < 4096) {
        Ok(num_traits::Pow::pow(base, exponent))
    } else {
        Err(TooLarge)
    }
}

fn raise_single(
    whole: &Polynomial,
    monomial: &Monomial,
    coefficient: &Rational,
    exponent: &Rational,
) -> Result<Polynomial, TooLarge> {
    if exponent.is_integer() {
        let factors = monomial.0.iter().map(|(atom, inner)| (atom.clone(), inner * exponent)).collect();
        return Ok(Polynomial::product(factors)?.scaled(&power(coefficient, exponent)?));
    }
    if !coefficient.is_positive() {
        return Ok(Polynomial::whole_to(whole.clone(), exponent));
    }
    let mut factors = BTreeMap::new();
    if !coefficient.is_one() {
        match root(coefficient, exponent) {
            Some(value) => {
                return Ok(Polynomial::term(Rational::one(), monomial.clone()).raised(exponent)?.scaled(&value));
            }
            None => factors.insert(Atom::Number(coefficient.clone()), exponent.clone()),
        };
    }
    match monomial.0.iter().next() {
        None => {}
        // An even power under a root has lost its sign: √(u²) is not u.
        Some((atom, inner))
            if monomial.0.len() == 1
                && (!inner.is_integer()
                    || (inner.to_integer() % 2u32).is_one()
                    || (inner.to_integer() % 2u32).is_negative()) =>
        {
            multiply(&mut factors, atom, &(inner * exponent));
        }
        Some(_) => {
            let bare = Polynomial::term(Rational::one(), monomial.clone());
            multiply(&mut factors, &Atom::Group(Arc::new(bare)), exponent);
        }
    }
    Polynomial::product(factors)
}

/// The exact square root power of a positive number, if it is one.
fn root(base: &Rational, exponent: &Rational) -> Option<Rational> {
    if exponent.denom().to_i32() != Some(2) {
        return None;
    }
    let (top, bottom) = (base.numer().sqrt(), base.denom().sqrt());
    if &(&top * &top) != base.numer() || &(&bottom * &bottom) != base.denom() {
        return None;
    }
    power(&Rational::new(top, bottom), &(exponent * whole(2))).ok()
}
