//! Sums over indices: those whose index is fixed by a condition, and those that can be summed in closed form.

use super::{Canon, Narrow, as_integer, one};
use crate::derive::claims::unfold::Side;
use crate::derive::normal::TooLarge;
use crate::derive::normal::atom::{Atom, Bound, Condition, Contraction};
use crate::derive::normal::canonical::close;
use crate::derive::normal::look::Variable;
use crate::derive::normal::polynomial::{Monomial, Polynomial, natural};
use crate::derive::normal::rename::Renaming;
use crate::math::expression::{Binder, Read, Relation, Subscript};
use crate::math::integer::{Atom as IntegerAtom, Integer};
use crate::math::name::Name;
use crate::math::number::{Rational, is_pi, whole};
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::BTreeMap;

impl Canon<'_> {
    /// Whether some reading in a product is absent where `letter` lies beyond a bound.
    pub(super) fn absent(&self, monomial: &Monomial, letter: &Name, side: Side, scope: &[Binder]) -> bool {
        monomial.0.iter().any(|(atom, exponent)| match atom {
            Atom::Read(read, _) => exponent.is_positive() && self.system.read_absent(read, letter, side, scope),
            Atom::Sum(sum) => exponent.is_positive() && self.absent(&sum.body, letter, side, &self.inside(sum, scope)),
            _ => false,
        })
    }

    pub(super) fn inside(&self, sum: &Contraction, scope: &[Binder]) -> Vec<Binder> {
        let mut inner = scope.to_vec();
        inner.extend(binders(&sum.variables()));
        inner
    }

    pub(super) fn sum(&self, sum: &Contraction, scope: &[Binder]) -> Narrow<Polynomial> {
        let variables = sum.variables();
        let inner = [scope, binders(&variables).as_slice()].concat();
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &self.monomial(&sum.body, &inner)?.0 {
            result.add_scaled(&self.closed(variables.clone(), monomial, scope)?, coefficient)?;
        }
        Ok(result)
    }

    /// `Σ monomial` over variables. A condition that fixes one of them puts its value in; the others run in the way that the
    /// first reading with them suggests.
    pub(super) fn closed(
        &self,
        mut variables: Vec<(Variable, Bound)>,
        monomial: &Monomial,
        scope: &[Binder],
    ) -> Narrow<Polynomial> {
        self.spend()?;
        if let Some((gone, position, value)) = fixed(&variables, monomial).or_else(|| pinned(&variables, monomial)) {
            let (variable, bound) = variables.remove(position);
            let (Variable::Name(name), Bound::Range(low, high)) = (variable, bound) else { return Err(TooLarge) };
            let mut rest = monomial.clone();
            gone.iter().for_each(|atom| {
                rest.0.remove(atom);
            });
            let put = Renaming { indices: BTreeMap::new(), names: BTreeMap::from([(name, value.clone())]) };
            let mut moved = rest.renamed(&put)?;
            for (from, to) in [(low.offset(-1), value.clone()), (value.clone(), high.offset(1))] {
                let condition =
                    Condition::Compare(Relation::Less, Polynomial::integer(&from), Polynomial::integer(&to));
                moved = moved.times(&self.chosen(&condition, scope)?)?;
            }
            let inner = [scope, binders(&variables).as_slice()].concat();
            let mut result = Polynomial::default();
            for (monomial, coefficient) in &self.polynomial(&moved, &inner)?.0 {
                result.add_scaled(&self.closed(variables.clone(), monomial, scope)?, coefficient)?;
            }
            return Ok(result);
        }
        let mut body = one(monomial.clone());
        for position in 0..variables.len() {
            let Some((monomial, coefficient)) = body.single().map(|(monomial, c)| (monomial.clone(), c.clone())) else {
                return Err(TooLarge);
            };
            let inner = [scope, binders(&variables).as_slice()].concat();
            let Some((bound, put)) = self.another_way(&variables[position], &monomial, &inner) else { continue };
            let (Variable::Name(name), _) = &variables[position] else { continue };
            let put = Renaming { indices: BTreeMap::new(), names: BTreeMap::from([(name.clone(), put)]) };
            body = monomial.renamed(&put)?.scaled(&coefficient);
            variables[position].1 = bound;
        }
        let inner = [scope, binders(&variables).as_slice()].concat();
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &body.0 {
            for (kept, factor) in &self.conditions(monomial, &inner)?.0 {
                result.add_scaled(&close(&variables, kept)?, &(coefficient * factor))?;
            }
        }
        Ok(result)
    }

    /// The range and the value to put for a variable, so that the first reading with it reads plainly at it.
    pub(super) fn another_way(
        &self,
        (variable, bound): &(Variable, Bound),
        monomial: &Monomial,
        scope: &[Binder],
    ) -> Option<(Bound, Integer)> {
        let (Variable::Name(name), Bound::Range(low, high)) = (variable, bound) else { return None };
        let mut ways: Vec<(&Name, usize, Integer, i64, &Read)> = Vec::new();
        for atom in monomial.0.keys() {
            let Atom::Read(read, _) = atom else { continue };
            for (axis, subscript) in read.subscripts.iter().enumerate() {
                let Subscript::At(place) = subscript else { continue };
                if let Some((coefficient, rest)) = place.linear_in(name)
                    && coefficient.abs() == 1
                {
                    ways.push((&read.quantity, axis, rest, coefficient, read));
                }
            }
        }
        ways.sort_by(|a, b| (a.0, a.1, a.2.names().len(), &a.2).cmp(&(b.0, b.1, b.2.names().len(), &b.2)));
        let (_, axis, rest, coefficient, read) = ways.into_iter().next()?;
        // k' = ±k + rest, so k = ±(k' − rest).
        let plain = Integer::name(name.clone());
        let value = plain.minus(&rest).scaled(coefficient);
        let image = |end: &Integer| end.scaled(coefficient).plus(&rest);
        let (from, to) = if coefficient == 1 { (image(low), image(high)) } else { (image(high), image(low)) };
        let below = self.absent(monomial, name, Side::Below(low), scope);
        let above = self.absent(monomial, name, Side::Above(high), scope);
        let axis = self.system.axes(&read.quantity)?.get(axis)?.clone();
        let (mut from, mut to) = (from, to);
        if if coefficient == 1 { below } else { above } {
            from = axis.low;
        }
        if if coefficient == 1 { above } else { below } {
            to = axis.high;
        }
        let same = value == plain && &from == low && &to == high;
        (!same).then_some((Bound::Range(from, to), value))
    }
}

/// The indices that a sum runs over.
pub(super) fn binders(variables: &[(Variable, Bound)]) -> Vec<Binder> {
    let one = |(variable, bound): &(Variable, Bound)| match (variable, bound) {
        (Variable::Name(index), Bound::Range(low, high)) => {
            Some(Binder { index: index.clone(), low: low.clone(), high: high.clone() })
        }
        _ => None,
    };
    variables.iter().filter_map(one).collect()
}

/// A factor `[k = e]` of a product, where `k` is a variable and `e` is free of it.
pub(super) fn fixed(variables: &[(Variable, Bound)], monomial: &Monomial) -> Option<(Vec<Atom>, usize, Integer)> {
    for (atom, exponent) in &monomial.0 {
        let Atom::Chosen(condition) = atom else { continue };
        let Condition::Compare(Relation::Equal, left, right) = &**condition else { continue };
        if natural(exponent).is_none() {
            continue;
        }
        let (Some(left), Some(right)) = (as_integer(left), as_integer(right)) else { continue };
        let difference = right.minus(&left);
        for (position, (variable, _)) in variables.iter().enumerate() {
            let Variable::Name(name) = variable else { continue };
            if let Some((coefficient, rest)) = difference.linear_in(name)
                && coefficient.abs() == 1
            {
                return Some((vec![atom.clone()], position, rest.scaled(-coefficient)));
            }
        }
    }
    None
}

/// All square roots of numbers in a product as one, with squares taken out: `√2 · √8` is 4.
pub(super) fn roots(monomial: &Monomial) -> (Monomial, Rational) {
    let half = Rational::new(1.into(), 2.into());
    let (mut rest, mut square, mut factor) = (Monomial::default(), Rational::one(), Rational::one());
    let mut found = 0;
    for (atom, exponent) in &monomial.0 {
        match atom {
            Atom::Number(base) if !is_pi(base) && (exponent + &half).is_integer() => {
                let times = (exponent * whole(2)).to_integer().to_i32().unwrap_or(0);
                square *= num_traits::Pow::pow(base, times);
                found += 1;
            }
            _ => {
                rest.0.insert(atom.clone(), exponent.clone());
            }
        }
    }
    if found == 0 {
        return (monomial.clone(), factor);
    }
    // √(a/b) is √(ab)/b, so that there is one way to write it.
    let mut under = square.numer() * square.denom();
    factor /= Rational::from_integer(square.denom().clone());
    for prime in [2u32, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47] {
        let twice = num_bigint::BigInt::from(prime * prime);
        while (&under % &twice).is_zero() {
            under /= &twice;
            factor *= whole(i64::from(prime));
        }
    }
    let root = under.sqrt();
    if &root * &root == under {
        return (rest, factor * Rational::from_integer(root));
    }
    rest.0.insert(Atom::Number(Rational::from_integer(under)), half);
    (rest, factor)
}

/// Two factors `[s k ≤ a]` and `[a < s k + s]` of a product: then `k = ⌊a / s⌋`.
pub(super) fn pinned(variables: &[(Variable, Bound)], monomial: &Monomial) -> Option<(Vec<Atom>, usize, Integer)> {
    let distances: Vec<(&Atom, Integer)> = monomial
        .0
        .keys()
        .filter_map(|atom| match atom {
            Atom::Chosen(condition) => match &**condition {
                Condition::Compare(Relation::Less, left, right) => {
                    Some((atom, as_integer(right)?.minus(&as_integer(left)?)))
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    for (position, (variable, _)) in variables.iter().enumerate() {
        let Variable::Name(name) = variable else { continue };
        for (upper, distance) in &distances {
            let Some((times, rest)) = distance.linear_in(name).filter(|(times, _)| *times < -1) else { continue };
            // distance = rest − s k > 0 means s k ≤ rest − 1.
            let below = distances.iter().find(|(_, other)| distance.plus(other) == Integer::number(1 - times));
            if let Some((lower, _)) = below {
                let value = IntegerAtom::FloorDiv(rest.offset(-1).into(), Integer::number(-times).into());
                return Some((vec![(*upper).clone(), (*lower).clone()], position, Integer::atom(value)));
            }
        }
    }
    None
}

/// `⌊integer / by⌋`, where all summands but the constant divide.
pub(super) fn floor(integer: &Integer, by: i64) -> Option<Integer> {
    let mut sum = Integer::number(0);
    for (coefficient, atoms) in integer.summands() {
        if atoms.is_empty() {
            sum = sum.offset(coefficient.div_euclid(by));
            continue;
        }
        if coefficient % by != 0 {
            return None;
        }
        let mut product = Integer::number(coefficient / by);
        for (atom, exponent) in atoms {
            for _ in 0..u32::try_from(exponent).ok()? {
                product = product.times(&Integer::atom(atom.clone()));
            }
        }
        sum = sum.plus(&product);
    }
    Some(sum)
}

/// `c` with `one = c · other`.
pub(super) fn ratio(one: &Polynomial, other: &Polynomial) -> Option<Rational> {
    let (monomial, coefficient) = one.0.iter().next()?;
    let ratio = coefficient / other.0.get(monomial)?;
    (one == &other.scaled(&ratio)).then_some(ratio)
}
