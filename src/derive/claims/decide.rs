//! Whether two terms are equal: unfolded step by step, their difference is 0 or it is not.

use super::canon::{Canon, one};
use super::elementary::{Level, written};
use super::steps::is_plain;
use super::system::System;
use crate::derive::normal::TooLarge;
use crate::derive::normal::atom::{Atom, Condition};
use crate::derive::normal::polynomial::{Monomial, Polynomial};
use crate::derive::normal::rename::Renaming;
use crate::derive::normal::{self, lower};
use crate::math::claim::Claim;
use crate::math::expression::{Binder, Op, Read, Relation, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number::{Rational, whole};
use num_traits::{Signed, Zero};
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

/// What a claim assumes, as normal forms.
#[derive(Clone, Default)]
pub struct Assumed {
    /// These are positive.
    positive: Vec<Polynomial>,
    /// These atoms have these values; the letters stand for any index.
    values: Vec<(Atom, Polynomial, Vec<Name>)>,
    /// These quantities are these numbers, wherever they are read.
    numbers: BTreeMap<Name, Rational>,
}

impl Assumed {
    /// The assumptions of a claim.
    pub fn of(system: &System, claim: &Claim) -> Assumed {
        let mut assumed = Assumed::default();
        for assumption in &claim.assumptions {
            let side = |name: &Name| {
                let definitions = system.definitions(name);
                definitions.first().cloned()
            };
            let (Some(left), Some(right)) = (side(&assumption.left), side(&assumption.right)) else { continue };
            let (right, ranges, left) = (right.under(&left), left.ranges, left.body);
            let everywhere =
                |read: &&Read| read.places().is_some_and(|places| places.iter().all(|place| place.as_name().is_some()));
            if assumption.relation == Relation::Equal
                && let (Some(read), Some(value)) = (left.as_read().filter(everywhere), right.as_number())
            {
                assumed.numbers.insert(read.quantity.clone(), value.clone());
                continue;
            }
            let (left, right) = match assumption.relation {
                Relation::Less | Relation::LessEqual => (right, left),
                _ => (left, right),
            };
            let (Ok(left), Ok(right)) = (lower(&left), lower(&right)) else { continue };
            match assumption.relation {
                Relation::Equal => {
                    let single = left.single().and_then(|(monomial, coefficient)| {
                        let (atom, exponent) = monomial.0.iter().next().filter(|_| monomial.0.len() == 1)?;
                        num_traits::One::is_one(exponent).then(|| (atom.clone(), coefficient.recip()))
                    });
                    if let Some((atom, scale)) = single {
                        let letters = ranges.iter().map(|range| range.index.clone()).collect();
                        assumed.values.push((atom, right.scaled(&scale), letters));
                    }
                }
                Relation::NotEqual => {}
                _ => {
                    let mut difference = left;
                    if difference.add_scaled(&right, &whole(-1)).is_ok() {
                        assumed.positive.push(difference);
                    }
                }
            }
        }
        assumed
    }

    /// Numbers put in for quantities that are assumed to be these.
    fn with_numbers(&self, term: &Term) -> Term {
        if self.numbers.is_empty() {
            return term.clone();
        }
        term.map(&mut |part| match part.as_read().and_then(|read| self.numbers.get(&read.quantity)) {
            Some(value) => Term::number(value.clone()).fill(part.shape()),
            None => part,
        })
    }

    /// Values put in for what is assumed to have them.
    fn put(&self, polynomial: &Polynomial, scope: &[Binder]) -> Result<Polynomial, TooLarge> {
        if self.values.is_empty() {
            return Ok(polynomial.clone());
        }
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &polynomial.0 {
            let mut product = Polynomial::number(coefficient.clone());
            for (atom, exponent) in &monomial.0 {
                let value = self.value(atom, scope)?.unwrap_or_else(|| Polynomial::atom(atom.clone()));
                product = product.times(&value.raised(exponent)?)?;
            }
            result.add_scaled(&product, &whole(1))?;
        }
        Ok(result)
    }

    fn value(&self, atom: &Atom, scope: &[Binder]) -> Result<Option<Polynomial>, TooLarge> {
        for (known, value, letters) in &self.values {
            let mut puts: Vec<BTreeMap<Name, Integer>> = vec![BTreeMap::new()];
            for letter in letters {
                let names = scope.iter().map(|range| &range.index);
                puts = names
                    .flat_map(|name| {
                        puts.iter().map(move |put| {
                            let mut put = put.clone();
                            put.insert(letter.clone(), Integer::name(name.clone()));
                            put
                        })
                    })
                    .collect();
            }
            for names in puts {
                let put = Renaming { indices: BTreeMap::new(), names };
                if Polynomial::atom(known.clone()).renamed(&put)? == Polynomial::atom(atom.clone()) {
                    return value.renamed(&put).map(Some);
                }
            }
        }
        Ok(None)
    }
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

/// Whether a difference vanishes whatever the conditions in it are.
fn zero_in_all_cases(
    canon: &mut Canon,
    polynomial: &Polynomial,
    scope: &[Binder],
    depth: usize,
) -> Result<bool, TooLarge> {
    if polynomial.is_zero() {
        return Ok(true);
    }
    let mut found = Vec::new();
    conditions(polynomial, &mut found);
    found.retain(|condition| !canon.cases.iter().any(|(known, _)| known == condition));
    let Some(condition) = found.into_iter().min_by_key(|condition| format!("{condition:?}").len()) else {
        let rest = canon.polynomial(&cleared(polynomial)?, scope)?;
        return Ok(rest.is_zero());
    };
    if depth == 0 {
        return Ok(false);
    }
    for holds in [true, false] {
        canon.cases.push((condition.clone(), holds));
        let case =
            canon.polynomial(polynomial, scope).and_then(|case| zero_in_all_cases(canon, &case, scope, depth - 1));
        canon.cases.pop();
        if !case? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Comparisons of values that stand in a polynomial outside of sums.
fn conditions(polynomial: &Polynomial, found: &mut Vec<Condition>) {
    for atom in polynomial.0.keys().flat_map(|monomial| monomial.0.keys()) {
        match atom {
            Atom::Chosen(condition) => {
                if let Condition::Compare(Relation::Less, left, right) = &**condition {
                    // An inner condition first: the outer one may depend on it.
                    conditions(left, found);
                    conditions(right, found);
                    if !found.contains(condition) {
                        found.push((**condition).clone());
                    }
                }
            }
            Atom::Apply(_, args) => args.iter().for_each(|arg| conditions(arg, found)),
            Atom::Group(sum) => conditions(sum, found),
            _ => {}
        }
    }
}

/// The same, multiplied by whatever sums stand below a line, so that none does. Zero if and only if it was.
pub fn cleared(polynomial: &Polynomial) -> Result<Polynomial, TooLarge> {
    let mut result = polynomial.clone();
    for _ in 0..12 {
        let group = result
            .0
            .keys()
            .flat_map(|monomial| monomial.0.keys())
            .find(|atom| matches!(atom, Atom::Group(sum) if sum.0.len() > 1))
            .cloned();
        let Some(group) = group else { break };
        let Atom::Group(sum) = &group else { break };
        let exponents = result.0.keys().map(|monomial| monomial.0.get(&group).cloned().unwrap_or_default());
        let least = exponents.min().unwrap_or_default();
        let broken = |exponent: &crate::math::number::Rational| exponent - exponent.floor();
        let mut parts: BTreeMap<crate::math::number::Rational, Polynomial> = BTreeMap::new();
        for (monomial, coefficient) in &result.0 {
            let mut rest = monomial.clone();
            let exponent = rest.0.remove(&group).unwrap_or_default() - &least;
            let mut part = Polynomial::term(coefficient.clone(), rest);
            let times = exponent.floor().to_integer();
            if times > 8.into() {
                return Err(TooLarge);
            }
            let mut left = times;
            while left.is_positive() {
                part = part.times(sum)?;
                left -= 1;
            }
            parts.entry(broken(&exponent)).or_default().add_scaled(&part, &whole(1))?;
        }
        // Different broken powers of one sum can't cancel each other: each part must vanish by itself.
        parts.retain(|_, part| !part.is_zero());
        match parts.len() {
            0 => return Ok(Polynomial::default()),
            1 => result = parts.into_values().next().unwrap_or_default(),
            _ => {
                let mut kept = Polynomial::default();
                for (exponent, part) in parts {
                    let power = if exponent.is_zero() {
                        Monomial::default()
                    } else {
                        Monomial(BTreeMap::from([(group.clone(), exponent)]))
                    };
                    kept.add_scaled(&part.times(&one(power))?, &whole(1))?;
                }
                return Ok(kept);
            }
        }
    }
    Ok(result)
}

/// All quantities read in a polynomial.
fn reads(polynomial: &Polynomial, found: &mut BTreeSet<Name>) {
    fn condition(inner: &Condition, found: &mut BTreeSet<Name>) {
        match inner {
            Condition::Compare(_, left, right) => {
                reads(left, found);
                reads(right, found);
            }
            Condition::And(all) => all.iter().for_each(|one| condition(one, found)),
            Condition::Not(one) => condition(one, found),
            Condition::Letter(..) => {}
        }
    }
    fn atoms(monomial: &Monomial, found: &mut BTreeSet<Name>) {
        for atom in monomial.0.keys() {
            match atom {
                Atom::Read(read, _) => {
                    found.insert(read.quantity.clone());
                }
                Atom::Apply(_, args) => args.iter().for_each(|arg| reads(arg, found)),
                Atom::Raised(pair) => {
                    reads(&pair.0, found);
                    reads(&pair.1, found);
                }
                Atom::Group(sum) | Atom::Factored(sum) => reads(sum, found),
                Atom::Sum(sum) => atoms(&sum.body, found),
                Atom::Reduce(reduction) => reads(&reduction.body, found),
                Atom::Chosen(inner) => condition(inner, found),
                Atom::Array(array) => array.args.iter().for_each(|(_, entries)| reads(entries, found)),
                _ => {}
            }
        }
    }
    polynomial.0.keys().for_each(|monomial| atoms(monomial, found));
}

/// Whether a term reads any of these names.
pub fn mentions(term: &Term, names: &BTreeSet<Name>) -> bool {
    let mut found = false;
    term.walk(&mut |part| {
        if let Op::Read(read) = part.op() {
            found |= names.contains(&read.quantity);
        }
    });
    found
}
