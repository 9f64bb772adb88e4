//! Whether two terms are equal: unfolded step by step, their difference is 0 or it is not.

mod assumed;
mod cases;

use super::canon::Canon;
use super::elementary::{Level, written};
use super::steps::is_plain;
use super::system::System;
use crate::derive::normal::TooLarge;
use crate::derive::normal::atom::Condition;
use crate::derive::normal::polynomial::Polynomial;
use crate::derive::normal::{self, lower};
use crate::math::expression::{Binder, Op, Read, Relation, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
pub use assumed::Assumed;
use cases::{cleared, reads, zero_in_all_cases};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// As often further definitions are put in.
const ROUNDS: usize = 10;
/// Conditions are split into cases no deeper than this.
const CASES: usize = 5;
/// An index that takes fewer values than this may be looked at value by value.
const FEW: i64 = 4;
/// Steps of making a normal form narrower.
const BUDGET: usize = 40_000;

/// How an equality was decided.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// Whether the difference is 0.
    pub equal: bool,
    /// The laws that were needed beside the algebra of sums and products.
    pub laws: BTreeSet<&'static str>,
    /// The definitions that were put in.
    pub definitions: BTreeSet<Name>,
    /// Whether cases were told apart.
    pub cases: bool,
    /// What is left of the difference, as far as it could be written.
    pub residual: Option<Term>,
    /// Why it went no further, where the difference could not even be computed.
    pub stopped: Option<String>,
}

impl System<'_> {
    /// Whether `left = right` where the indices of `scope` run. Derivatives are unfolded down to `knots`; values of the network
    /// one after the other, as far as they stand in the way.
    pub fn decide(&self, left: &Term, right: &Term, scope: &[Binder], assumed: &Assumed) -> Decision {
        let (left, right) = (&self.stepped(left, scope), &self.stepped(right, scope));
        let Some((letter, end, rest)) = self.parting(&[left, right], scope) else {
            let whole = self.undivided(left, right, scope, assumed);
            return if whole.equal { whole } else { self.one_by_one(left, right, scope, assumed).unwrap_or(whole) };
        };
        // At an end of a range another line may hold than elsewhere: each is looked at by itself.
        let put = BTreeMap::from([(letter.clone(), end)]);
        let there: Vec<Binder> =
            scope.iter().filter(|range| range.index != letter).map(|range| range.at(&put)).collect();
        let mut first = self.decide(&left.at(&put), &right.at(&put), &there, assumed);
        if !first.equal {
            return first;
        }
        let second = self.decide(left, right, &rest, assumed);
        first.laws.extend(second.laws.iter().copied());
        first.definitions.extend(second.definitions.iter().cloned());
        Decision { laws: first.laws, definitions: first.definitions, cases: first.cases | second.cases, ..second }
    }

    /// The values of an index that takes few, one after the other.
    fn one_by_one(&self, left: &Term, right: &Term, scope: &[Binder], assumed: &Assumed) -> Option<Decision> {
        let few = |range: &&Binder| match (range.low.as_number(), range.high.as_number()) {
            (Some(low), Some(high)) => high > low && high - low < FEW,
            _ => false,
        };
        let range = scope.iter().find(few)?;
        let mut all = Decision { equal: true, ..Decision::default() };
        for value in range.low.as_number()?..=range.high.as_number()? {
            let put = BTreeMap::from([(range.index.clone(), Integer::number(value))]);
            let rest: Vec<Binder> =
                scope.iter().filter(|other| other.index != range.index).map(|other| other.at(&put)).collect();
            let one = self.decide(&left.at(&put), &right.at(&put), &rest, assumed);
            if !one.equal {
                return None;
            }
            all.cases |= one.cases;
            all.laws.extend(one.laws);
            all.definitions.extend(one.definitions);
        }
        Some(all)
    }

    /// An index, an end of its range at which some derivative has a line of its own, and the ranges without it.
    fn parting(&self, sides: &[&Term], scope: &[Binder]) -> Option<(Name, Integer, Vec<Binder>)> {
        for read in sides.iter().flat_map(|side| side.reads()) {
            if !self.is_derivative(&read.quantity) {
                continue;
            }
            let places = read.places()?;
            for definition in self.definitions(&read.quantity).iter() {
                for (at, place) in definition.at.iter().zip(&places) {
                    let steps = |range: &Binder| match place.linear_in(&range.index) {
                        Some((1, rest)) => rest.as_number(),
                        _ => None,
                    };
                    let found = scope.iter().find_map(|range| Some((range, steps(range)?)));
                    let Some((range, step)) = found else { continue };
                    if definition.ranges.iter().any(|own| at.as_name() == Some(&own.index)) || range.low == range.high {
                        continue;
                    }
                    let mut rest = scope.to_vec();
                    let own = rest.iter_mut().find(|own| own.index == range.index)?;
                    let end = at.offset(-step);
                    if end == range.low {
                        own.low = own.low.offset(1);
                    } else if end == range.high {
                        own.high = own.high.offset(-1);
                    } else {
                        continue;
                    }
                    return Some((range.index.clone(), end, rest));
                }
            }
        }
        None
    }

    fn undivided(&self, left: &Term, right: &Term, scope: &[Binder], assumed: &Assumed) -> Decision {
        let start: BTreeSet<Name> =
            [left, right].iter().flat_map(|side| side.reads()).map(|read| read.quantity.clone()).collect();
        let derivative = |name: &Name| self.is_derivative(name);
        let (near, far) = (self.knots(&start, true, &derivative), self.knots(&start, false, &derivative));
        let first = self.with_knots(left, right, scope, assumed, &near);
        if first.equal || near == far { first } else { self.with_knots(left, right, scope, assumed, &far) }
    }

    fn with_knots(
        &self,
        left: &Term,
        right: &Term,
        scope: &[Binder],
        assumed: &Assumed,
        knots: &BTreeSet<Name>,
    ) -> Decision {
        let mut best = Decision::default();
        let Ok(difference) = left.clone().plus(right.clone().negated()) else {
            best.stopped = Some("the sides have different shapes".into());
            return best;
        };
        let tied: Vec<bool> = [left, right]
            .iter()
            .map(|side| self.alone(side).is_some_and(|read| knots.contains(&read.quantity)))
            .collect();
        let mut variants = vec![difference.clone()];
        if tied.contains(&true) {
            // A derivative that stands alone is meant as what its own line says.
            let open =
                |side: &Term| self.once(side, scope, &|read| self.is_derivative(&read.quantity)).map(|found| found.0);
            let (one, both) = (open(left), open(right));
            let sum = |a: Option<Term>, b: Option<Term>| a?.plus(b?.negated()).ok();
            match (tied[0], tied[1]) {
                (true, true) => variants.extend(sum(one.clone(), Some(right.clone()))),
                (true, false) => variants.extend(sum(one, Some(right.clone()))),
                _ => variants.extend(sum(Some(left.clone()), both)),
            }
        }
        let unfolded: Vec<Term> = variants
            .iter()
            .rev()
            .filter_map(|variant| {
                self.unfolded(variant, scope, &|read| {
                    self.is_derivative(&read.quantity) && (!knots.contains(&read.quantity) || self.is_case(read))
                })
            })
            .collect();
        if unfolded.is_empty() {
            best.stopped = Some("the derivatives grow too large".into());
        }
        for level in [Level::Plain, Level::Choices, Level::Exponentials] {
            for (number, term) in unfolded.iter().enumerate() {
                let decision = self.at_level(term, scope, level, assumed);
                if decision.equal {
                    return decision;
                }
                if number == 0 && (level == Level::Plain || best.residual.is_none()) {
                    best = decision;
                }
            }
        }
        best
    }

    /// The derivative that a side is, but for its sign and factors.
    fn alone<'t>(&self, side: &'t Term) -> Option<&'t Read> {
        match (side.op(), side.args()) {
            (Op::Read(read), _) => Some(read),
            (Op::Neg, [inner]) => self.alone(inner),
            (Op::Mul, [first, second]) if is_plain(self, first) => self.alone(second),
            (Op::Mul | Op::Div, [first, second]) if is_plain(self, second) => self.alone(first),
            _ => None,
        }
    }

    fn is_derivative(&self, name: &Name) -> bool {
        self.derivative(name).is_some()
    }

    fn at_level(&self, term: &Term, scope: &[Binder], level: Level, assumed: &Assumed) -> Decision {
        let mut decision = Decision::default();
        let stem = |name: &Name| self.group.base.quantity(name).is_none() && self.is_value(name);
        let mut wanted: BTreeSet<Name> = BTreeSet::new();
        let forward = self.knots(&term.reads().iter().map(|read| read.quantity.clone()).collect(), false, &|name| {
            self.is_value(name) && !self.definitions(name).is_empty()
        });
        for _ in 0..ROUNDS {
            let inner = |read: &Read| {
                let name = &read.quantity;
                !forward.contains(name) && (stem(name) || wanted.contains(name))
            };
            let Some(unfolded) = self.unfolded(term, scope, &inner) else {
                decision.stopped = Some("the definitions grow too large".into());
                return decision;
            };
            let Some(unfolded) = written(&unfolded, level, &mut decision.laws) else { return decision };
            let unfolded = assumed.with_numbers(&unfolded);
            if normal::clean::too_deep(&unfolded) {
                decision.stopped = Some("it is nested too deep".into());
                return decision;
            }
            match self.difference(&unfolded, scope, level, assumed) {
                Err(TooLarge) => {
                    decision.stopped = Some(TooLarge.to_string());
                    return decision;
                }
                Ok((residual, cases)) => {
                    decision.cases |= cases;
                    if residual.is_zero() {
                        decision.equal = true;
                        decision.definitions = wanted;
                        return decision;
                    }
                    decision.residual = normal::raise(&residual, &crate::math::shape::Shape::number());
                    let mut next = BTreeSet::new();
                    reads(&residual, &mut next);
                    next.retain(|name| {
                        !wanted.contains(name)
                            && !forward.contains(name)
                            && self.is_value(name)
                            && !self.definitions(name).is_empty()
                    });
                    if next.is_empty() {
                        return decision;
                    }
                    wanted.extend(next);
                }
            }
        }
        decision
    }

    /// A term by entries, with conditions and sums over them settled.
    pub fn narrow(&self, term: &Term, scope: &[Binder]) -> Option<Term> {
        let part = |read: &Read| self.group.base.quantity(&read.quantity).is_none() && self.is_value(&read.quantity);
        let term = self.unfolded(term, scope, &part)?;
        let (polynomial, _) = self.difference(&term, scope, Level::Plain, &Assumed::default()).ok()?;
        normal::raise(&polynomial, &crate::math::shape::Shape::number())
    }

    /// Whether a reading is at a place for which there is a case: cases go round in no circle.
    fn is_case(&self, read: &Read) -> bool {
        let Some(places) = read.places() else { return false };
        self.definitions(&read.quantity).iter().any(|definition| {
            let fixed = |at: &Integer| !definition.ranges.iter().any(|range| at.as_name() == Some(&range.index));
            definition.at.iter().zip(&places).any(|(at, place)| fixed(at) && at == *place)
        })
    }

    fn is_value(&self, name: &Name) -> bool {
        self.calculus.parts.quantity(name).is_some()
    }

    /// The normal form of a difference, made narrow; 0 if it is 0 in all cases. And whether there were cases.
    fn difference(
        &self,
        term: &Term,
        scope: &[Binder],
        level: Level,
        assumed: &Assumed,
    ) -> Result<(Polynomial, bool), TooLarge> {
        let lowered = lower(term)?;
        let mut canon = Canon {
            system: self,
            exponentials: level == Level::Exponentials,
            cases: Vec::new(),
            positive: assumed.positive.clone(),
            budget: Cell::new(BUDGET),
        };
        for difference in &assumed.positive {
            canon.cases.push((Condition::Compare(Relation::Less, Polynomial::default(), difference.clone()), true));
        }
        let narrow = canon.polynomial(&assumed.put(&canon.polynomial(&lowered, scope)?, scope)?, scope)?;
        if narrow.is_zero() {
            return Ok((narrow, false));
        }
        if let Ok(cleared) = cleared(&narrow)
            && canon.polynomial(&assumed.put(&cleared, scope)?, scope).is_ok_and(|rest| rest.is_zero())
        {
            return Ok((Polynomial::default(), false));
        }
        if zero_in_all_cases(&mut canon, &narrow, scope, CASES).unwrap_or(false) {
            return Ok((Polynomial::default(), true));
        }
        Ok((narrow, false))
    }
}
