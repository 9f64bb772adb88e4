//! Conditions: those that always hold, those that never do, and what a case says.

use super::sums::floor;
use super::{Canon, Narrow, as_integer, one};
use crate::derive::claims::unfold::Side;
use crate::derive::normal::atom::{Atom, Condition};
use crate::derive::normal::look::Variable;
use crate::derive::normal::polynomial::{Monomial, Polynomial};
use crate::derive::normal::rename::Renaming;
use crate::derive::range::{Truth, within};
use crate::math::expression::{Binder, Read, Relation, Subscript};
use crate::math::integer::{Atom as IntegerAtom, Integer};
use crate::math::name::Name;
use crate::math::number::{Rational, whole};
use num_traits::{One, Signed, Zero};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Canon<'_> {
    /// 1 where a condition holds: one factor for each comparison, denied ones as 1 − [c].
    pub fn chosen(&self, condition: &Condition, scope: &[Binder]) -> Narrow<Polynomial> {
        match condition {
            Condition::And(all) => {
                let mut product = Polynomial::number(Rational::one());
                for part in all {
                    product = product.times(&self.chosen(part, scope)?)?;
                }
                Ok(product)
            }
            Condition::Not(inner) => {
                if let Condition::Compare(Relation::Less, left, right) = &**inner
                    && let (Some(left), Some(right)) = (as_integer(left), as_integer(right))
                {
                    let after = Polynomial::integer(&left.offset(1));
                    return self.chosen(&Condition::Compare(Relation::Less, Polynomial::integer(&right), after), scope);
                }
                let mut rest = Polynomial::number(Rational::one());
                rest.add_scaled(&self.chosen(inner, scope)?, &whole(-1))?;
                Ok(rest)
            }
            Condition::Compare(relation, left, right) => {
                let mut difference = self.polynomial(right, scope)?;
                difference.add_scaled(&self.polynomial(left, scope)?, &whole(-1))?;
                self.compared(*relation, difference)
            }
            Condition::Letter(..) => Ok(Polynomial::atom(Atom::Chosen(Arc::new(condition.clone())))),
        }
    }

    /// `[d > 0]` or `[d = 0]`
    pub(super) fn compared(&self, relation: Relation, difference: Polynomial) -> Narrow<Polynomial> {
        let zero = Polynomial::default();
        let number = |holds: bool| Polynomial::number(if holds { Rational::one() } else { Rational::zero() });
        if let Some(value) = difference.as_number() {
            return Ok(number(if relation == Relation::Less { value.is_positive() } else { value.is_zero() }));
        }
        let whole_valued = as_integer(&difference).is_some();
        if !whole_valued
            && relation == Relation::Less
            && let Some(positive) = self.sign(&difference)
        {
            return Ok(number(positive));
        }
        let negative = difference.0.values().next().is_some_and(|leading| leading.is_negative());
        let atom = |difference: Polynomial| {
            let condition = Condition::Compare(relation, zero.clone(), difference);
            Polynomial::atom(Atom::Chosen(Arc::new(condition)))
        };
        if whole_valued {
            let turned = relation == Relation::Equal && negative;
            return Ok(atom(if turned { difference.scaled(&whole(-1)) } else { difference }));
        }
        let scale = difference.content().0.abs();
        let difference = if scale.is_zero() { difference } else { difference.scaled(&scale.recip()) };
        if !negative {
            return Ok(atom(difference));
        }
        let turned = atom(difference.scaled(&whole(-1)));
        if relation == Relation::Equal {
            return Ok(turned);
        }
        // Off the kink, d > 0 is the opposite of −d > 0.
        let mut rest = Polynomial::number(Rational::one());
        rest.add_scaled(&turned, &whole(-1))?;
        Ok(rest)
    }

    /// Conditions on indices that always or never hold, and those that a reading implies, since past the end it is 0.
    pub(super) fn conditions(&self, monomial: &Monomial, scope: &[Binder]) -> Narrow<Polynomial> {
        let outside = |read: &Read| {
            let axes = self.system.axes(&read.quantity).unwrap_or_default();
            axes.iter().zip(&read.subscripts).any(|(axis, subscript)| match subscript {
                Subscript::At(place) => self.within(place, &axis.low, &axis.high, scope) == Truth::Never,
                _ => false,
            })
        };
        // Past the end of its range a reading is 0.
        if monomial
            .0
            .iter()
            .any(|(atom, exponent)| matches!(atom, Atom::Read(read, _) if exponent.is_positive() && outside(read)))
        {
            return Ok(Polynomial::default());
        }
        let mut kept = monomial.clone();
        for atom in monomial.0.keys() {
            let Atom::Chosen(condition) = atom else { continue };
            let Condition::Compare(relation, left, right) = &**condition else { continue };
            if let Some(holds) = self.in_this_case(condition) {
                if !holds {
                    return Ok(Polynomial::default());
                }
                kept.0.remove(atom);
                continue;
            }
            let (Some(left), Some(right)) = (as_integer(left), as_integer(right)) else { continue };
            let truth = match relation {
                Relation::Equal => self.within(&right, &left, &left, scope),
                _ => self.within(&left, &left, &right.offset(-1), scope),
            };
            match truth {
                Truth::Never => return Ok(Polynomial::default()),
                Truth::Always => {
                    kept.0.remove(atom);
                }
                Truth::Depends if *relation == Relation::Less => {
                    let distance = right.minus(&left);
                    if self.implied(&kept, &distance, scope) {
                        kept.0.remove(atom);
                    } else if self.implied(&kept, &Integer::number(1).minus(&distance), scope) {
                        // Where it holds, a reading is past its end.
                        return Ok(Polynomial::default());
                    }
                }
                Truth::Depends => {}
            }
        }
        self.put_equal(kept, scope)
    }

    /// Whether a condition holds in the case at hand.
    pub(super) fn in_this_case(&self, condition: &Condition) -> Option<bool> {
        let Condition::Compare(relation, _, difference) = condition else { return None };
        let mut opposite = Polynomial::number(Rational::one());
        let opposite = opposite.add_scaled(difference, &whole(-1)).is_ok().then_some(opposite);
        self.cases.iter().find_map(|(known, holds)| {
            if known == condition {
                return Some(*holds);
            }
            let Condition::Compare(Relation::Less, _, known) = known else { return None };
            let whole_valued = *relation == Relation::Less && as_integer(difference).is_some();
            (whole_valued && Some(known) == opposite.as_ref()).then_some(!holds)
        })
    }

    /// Where one index is equal to something, that stands for it in all other factors.
    pub(super) fn put_equal(&self, monomial: Monomial, scope: &[Binder]) -> Narrow<Polynomial> {
        for atom in monomial.0.keys() {
            let Atom::Chosen(condition) = atom else { continue };
            let Condition::Compare(Relation::Equal, left, right) = &**condition else { continue };
            let (Some(left), Some(right)) = (as_integer(left), as_integer(right)) else { continue };
            let difference = right.minus(&left);
            let solvable = |name: &&Name| difference.linear_in(name).is_some_and(|(times, _)| times.abs() == 1);
            let names = difference.names();
            let Some(name) = names.iter().rev().find(|name| solvable(name) && !self.system.is_size(name)) else {
                continue;
            };
            let mut rest = monomial.clone();
            rest.0.remove(atom);
            if !rest.0.keys().any(|other| other.depends(&Variable::Name(name.clone()))) {
                continue;
            }
            let Some((times, other)) = difference.linear_in(name) else { continue };
            let value = other.scaled(-times);
            if value.names().contains(name) {
                continue;
            }
            let put = Renaming { indices: BTreeMap::new(), names: BTreeMap::from([(name.clone(), value)]) };
            let only = one(Monomial(BTreeMap::from([(atom.clone(), Rational::one())])));
            let moved = self.polynomial(&rest.renamed(&put)?, scope)?;
            return moved.times(&only);
        }
        Ok(one(monomial))
    }

    /// As [`within`], where given integers, quotients and remainders are among those that they can be.
    pub(super) fn within(&self, place: &Integer, low: &Integer, high: &Integer, scope: &[Binder]) -> Truth {
        let (above, below) = (place.minus(low), high.minus(place));
        let mut scope = scope.to_vec();
        let (above, below) = (self.bounded(&above, &mut scope), self.bounded(&below, &mut scope));
        let zero = Integer::number(0);
        let never = |distance: &Integer| within(&zero, &zero, &distance.scaled(-1).offset(-1), &scope) == Truth::Always;
        let sure = |distance: &Integer| within(&zero, &zero, distance, &scope) == Truth::Always;
        if sure(&above) && sure(&below) {
            Truth::Always
        } else if never(&above) || never(&below) {
            Truth::Never
        } else {
            Truth::Depends
        }
    }

    /// An integer with letters for the quotients, remainders and given integers in it, whose ranges join the scope.
    pub(super) fn bounded(&self, integer: &Integer, scope: &mut Vec<Binder>) -> Integer {
        let mut sum = Integer::number(0);
        for (coefficient, atoms) in integer.summands() {
            let mut product = Integer::number(coefficient);
            for (atom, exponent) in atoms {
                let value = match self.range_of(atom, scope) {
                    Some((low, high)) if exponent == 1 => {
                        let index = Name::new(format!("‹{}›", Integer::atom(atom.clone())));
                        if !scope.iter().any(|known| known.index == index) {
                            scope.push(Binder { index: index.clone(), low, high });
                        }
                        Integer::name(index)
                    }
                    _ if exponent >= 0 => {
                        (0..exponent).fold(Integer::number(1), |power, _| power.times(&Integer::atom(atom.clone())))
                    }
                    _ => return integer.clone(),
                };
                product = product.times(&value);
            }
            sum = sum.plus(&product);
        }
        sum
    }

    pub(super) fn range_of(&self, atom: &IntegerAtom, scope: &[Binder]) -> Option<(Integer, Integer)> {
        match atom {
            IntegerAtom::Name(_) => None,
            IntegerAtom::Given(name, _) => self.system.given_range(name),
            IntegerAtom::Mod(_, by) => Some((Integer::number(0), by.offset(-1))),
            IntegerAtom::FloorDiv(of, by) => {
                let by = by.as_number().filter(|by| *by > 0)?;
                let name = of.as_name()?;
                let range = scope.iter().find(|range| &range.index == name)?;
                Some((floor(&range.low, by)?, floor(&range.high, by)?))
            }
        }
    }

    /// Whether some reading in the product is absent wherever `distance ≤ 0`.
    pub(super) fn implied(&self, monomial: &Monomial, distance: &Integer, scope: &[Binder]) -> bool {
        distance.names().iter().any(|name| {
            let Some((coefficient, rest)) = distance.linear_in(name) else { return false };
            let bound = match coefficient {
                1 => Integer::number(1).minus(&rest),
                -1 => rest.offset(-1),
                _ => return false,
            };
            let side = if coefficient == 1 { Side::Below(&bound) } else { Side::Above(&bound) };
            self.absent(monomial, name, side, scope)
        })
    }
}
