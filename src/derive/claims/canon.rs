//! Normal forms made narrower: functions by their identities, conditions on indices decided, sums over one index in one way.
//! What comes out is equal to what went in wherever both have values, off kinks and ties.

use super::system::System;
use super::unfold::Side;
use crate::derive::normal::TooLarge;
use crate::derive::normal::atom::{Atom, Bound, Condition, Contraction, Reduction};
use crate::derive::normal::canonical::{bound_name, close};
use crate::derive::normal::look::Variable;
use crate::derive::normal::polynomial::{Monomial, Polynomial, natural};
use crate::derive::normal::rename::Renaming;
use crate::derive::range::{Truth, within};
use crate::math::expression::{Binder, Read, Relation, Subscript};
use crate::math::integer::{Atom as IntegerAtom, Integer};
use crate::math::name::Name;
use crate::math::number::{Rational, whole};
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is known while a normal form is made narrower.
pub struct Canon<'a> {
    /// Axes of quantities.
    pub system: &'a System<'a>,
    /// Whether exponentials of sums and logarithms of products are written apart.
    pub exponentials: bool,
    /// Conditions that are taken to hold, or not to hold.
    pub cases: Vec<(Condition, bool)>,
    /// Values that are assumed to be positive.
    pub positive: Vec<Polynomial>,
    /// How many steps are left.
    pub budget: std::cell::Cell<usize>,
}

type Narrow<T> = Result<T, TooLarge>;

/// `m ↦ c · m` as a polynomial.
pub fn one(monomial: Monomial) -> Polynomial {
    Polynomial::term(Rational::one(), monomial)
}

impl Canon<'_> {
    /// The polynomial with everything in it narrower, where the indices of `scope` run.
    pub fn polynomial(&self, polynomial: &Polynomial, scope: &[Binder]) -> Narrow<Polynomial> {
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &polynomial.0 {
            result.add_scaled(&self.monomial(monomial, scope)?, coefficient)?;
        }
        Ok(result)
    }

    fn spend(&self) -> Narrow<()> {
        let left = self.budget.get();
        if left == 0 {
            return Err(TooLarge);
        }
        self.budget.set(left - 1);
        Ok(())
    }

    fn monomial(&self, monomial: &Monomial, scope: &[Binder]) -> Narrow<Polynomial> {
        self.spend()?;
        let mut product = Polynomial::number(Rational::one());
        for (atom, exponent) in &monomial.0 {
            product = product.times(&self.atom(atom, exponent, scope)?)?;
        }
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &product.0 {
            let (monomial, factor) = roots(monomial);
            result.add_scaled(&self.conditions(&monomial, scope)?, &(coefficient * factor))?;
        }
        Ok(result)
    }

    fn atom(&self, atom: &Atom, exponent: &Rational, scope: &[Binder]) -> Narrow<Polynomial> {
        match atom {
            Atom::Apply(name, args) => {
                let args = args.iter().map(|arg| self.polynomial(arg, scope)).collect::<Narrow<Vec<_>>>()?;
                self.function(name, args)?.raised(exponent)
            }
            Atom::Group(sum) | Atom::Factored(sum) => self.root(&self.polynomial(sum, scope)?, exponent),
            Atom::Raised(pair) => {
                let pair = (self.polynomial(&pair.0, scope)?, self.polynomial(&pair.1, scope)?);
                Polynomial::atom(Atom::Raised(Arc::new(pair))).raised(exponent)
            }
            Atom::Sum(sum) => self.sum(sum, scope)?.raised(exponent),
            Atom::Reduce(reduction) => self.reduction(reduction, scope)?.raised(exponent),
            Atom::Chosen(condition) => self.chosen(condition, scope)?.raised(exponent),
            _ => Ok(one(Monomial(BTreeMap::from([(atom.clone(), exponent.clone())])))),
        }
    }

    /// A sum to a broken exponent: denominators in it are cleared, and positive factors are taken out.
    fn root(&self, sum: &Polynomial, exponent: &Rational) -> Narrow<Polynomial> {
        if exponent.is_integer() {
            return sum.raised(exponent);
        }
        let mut outside = Polynomial::number(Rational::one());
        let mut inside = sum.clone();
        let below: BTreeSet<Atom> = sum
            .0
            .keys()
            .flat_map(|monomial| monomial.0.iter())
            .filter(|(atom, times)| times.is_negative() && !matches!(atom, Atom::Integer(_)))
            .map(|(atom, _)| atom.clone())
            .collect();
        for atom in below {
            let least = sum.0.keys().filter_map(|monomial| monomial.0.get(&atom)).min().cloned();
            let Some(least) = least.filter(|least| least.is_negative()) else { continue };
            let times = -least;
            let even = times.is_integer() && (times.to_integer() % 2u32).is_zero();
            if !even && !self.is_positive_atom(&atom) {
                continue;
            }
            let factor = one(Monomial(BTreeMap::from([(atom.clone(), times.clone())])));
            inside = inside.times(&factor)?;
            outside = outside.times(&self.absolute(&atom, &(-&times * exponent))?)?;
        }
        let (content, common, rest) = inside.content();
        // A sign stays inside.
        let (content, rest) = if content.is_negative() { (-content, rest.scaled(&whole(-1))) } else { (content, rest) };
        if content.is_positive() && !inside.0.is_empty() {
            let mut kept = Monomial::default();
            for (atom, times) in &common.0 {
                let even = times.is_integer() && (times.to_integer() % 2u32).is_zero();
                if self.is_positive_atom(atom) || even {
                    outside = outside.times(&self.absolute(atom, &(times * exponent))?)?;
                } else {
                    kept.0.insert(atom.clone(), times.clone());
                }
            }
            inside = rest.times(&one(kept))?.scaled(&content);
        }
        outside.times(&inside.raised(exponent)?)
    }

    /// `|atom|^exponent`
    fn absolute(&self, atom: &Atom, exponent: &Rational) -> Narrow<Polynomial> {
        if self.is_positive_atom(atom) || (exponent.is_integer() && (exponent.to_integer() % 2u32).is_zero()) {
            return one(Monomial(BTreeMap::from([(atom.clone(), Rational::one())]))).raised(exponent);
        }
        Polynomial::atom(Atom::Apply("abs".into(), vec![Polynomial::atom(atom.clone())])).raised(exponent)
    }

    /// A function of polynomials, by its identities.
    fn function(&self, name: &Name, args: Vec<Polynomial>) -> Narrow<Polynomial> {
        let plain = |args: Vec<Polynomial>| Polynomial::atom(Atom::Apply(name.clone(), args));
        let [arg] = args.as_slice() else { return Ok(plain(args)) };
        let negative = arg.0.values().next().is_some_and(|leading| leading.is_negative());
        let turned = || arg.scaled(&whole(-1));
        match name.as_str() {
            "exp" => self.exponential(arg),
            "log" if self.exponentials => self.logarithm(arg),
            "sigmoid" if negative => {
                let mut rest = Polynomial::number(Rational::one());
                rest.add_scaled(&plain(vec![turned()]), &whole(-1))?;
                Ok(rest)
            }
            "tanh" | "sin" | "erf" if negative => Ok(plain(vec![turned()]).scaled(&whole(-1))),
            "tanh" | "sin" | "erf" if arg.is_zero() => Ok(Polynomial::default()),
            "cos" | "abs" if negative => self.function(name, vec![turned()]),
            "abs" if self.sign(arg) == Some(true) => Ok(arg.clone()),
            _ => Ok(plain(args)),
        }
    }

    /// `exp(Σ c m) = Π exp(m)^c`
    fn exponential(&self, arg: &Polynomial) -> Narrow<Polynomial> {
        let mut product = Polynomial::number(Rational::one());
        for (monomial, coefficient) in &arg.0 {
            let mut atoms = monomial.0.iter();
            let factor = match (atoms.next(), atoms.next()) {
                // exp(c log u) is u^c.
                (Some((Atom::Apply(name, args), exponent)), None)
                    if name.as_str() == "log" && exponent.is_one() && args.len() == 1 =>
                {
                    self.root(&args[0], coefficient)?
                }
                _ => Polynomial::atom(Atom::Apply("exp".into(), vec![one(monomial.clone())])).raised(coefficient)?,
            };
            product = product.times(&factor)?;
        }
        Ok(product)
    }

    /// `log(c Π u^k) = log c + Σ k log u`, where all factors are positive.
    fn logarithm(&self, arg: &Polynomial) -> Narrow<Polynomial> {
        let plain = |arg: &Polynomial| Polynomial::atom(Atom::Apply("log".into(), vec![arg.clone()]));
        let (content, common, rest) = arg.content();
        let all = common.0.keys().all(|atom| self.is_positive_atom(atom));
        if !all || !content.is_positive() || (rest.as_number().is_none() && self.sign(&rest) != Some(true)) {
            return Ok(plain(arg));
        }
        let mut sum = Polynomial::default();
        if !content.is_one() {
            sum.add_scaled(&plain(&Polynomial::number(content)), &Rational::one())?;
        }
        if rest.as_number().is_none() {
            sum.add_scaled(&plain(&rest), &Rational::one())?;
        }
        for (atom, exponent) in &common.0 {
            let part = match atom {
                Atom::Apply(name, args) if name.as_str() == "exp" => args[0].clone(),
                Atom::Group(inner) => plain(inner),
                _ => plain(&Polynomial::atom(atom.clone())),
            };
            sum.add_scaled(&part, exponent)?;
        }
        Ok(sum)
    }

    fn reduction(&self, reduction: &Reduction, scope: &[Binder]) -> Narrow<Polynomial> {
        let mut inner = scope.to_vec();
        let bound = reduction.index.clone().unwrap_or_else(|| bound_name(reduction.level, 0));
        inner.push(Binder { index: bound, low: reduction.low.clone(), high: reduction.high.clone() });
        let body = self.polynomial(&reduction.body, &inner)?;
        if body.level() >= reduction.level {
            return Err(TooLarge);
        }
        Ok(Polynomial::atom(Atom::Reduce(Arc::new(Reduction { body, ..reduction.clone() }))))
    }

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
    fn compared(&self, relation: Relation, difference: Polynomial) -> Narrow<Polynomial> {
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
    fn conditions(&self, monomial: &Monomial, scope: &[Binder]) -> Narrow<Polynomial> {
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
    fn in_this_case(&self, condition: &Condition) -> Option<bool> {
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
    fn put_equal(&self, monomial: Monomial, scope: &[Binder]) -> Narrow<Polynomial> {
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
    fn within(&self, place: &Integer, low: &Integer, high: &Integer, scope: &[Binder]) -> Truth {
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
    fn bounded(&self, integer: &Integer, scope: &mut Vec<Binder>) -> Integer {
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

    fn range_of(&self, atom: &IntegerAtom, scope: &[Binder]) -> Option<(Integer, Integer)> {
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
    fn implied(&self, monomial: &Monomial, distance: &Integer, scope: &[Binder]) -> bool {
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

    /// Whether some reading in a product is absent where `letter` lies beyond a bound.
    fn absent(&self, monomial: &Monomial, letter: &Name, side: Side, scope: &[Binder]) -> bool {
        monomial.0.iter().any(|(atom, exponent)| match atom {
            Atom::Read(read, _) => exponent.is_positive() && self.system.read_absent(read, letter, side, scope),
            Atom::Sum(sum) => exponent.is_positive() && self.absent(&sum.body, letter, side, &self.inside(sum, scope)),
            _ => false,
        })
    }

    fn inside(&self, sum: &Contraction, scope: &[Binder]) -> Vec<Binder> {
        let mut inner = scope.to_vec();
        inner.extend(binders(&sum.variables()));
        inner
    }

    fn sum(&self, sum: &Contraction, scope: &[Binder]) -> Narrow<Polynomial> {
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
    fn closed(
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
    fn another_way(
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

    /// Whether a value is positive (or negative) wherever it is not 0; `None` when that is not known.
    pub fn sign(&self, polynomial: &Polynomial) -> Option<bool> {
        if polynomial.is_zero() {
            return None;
        }
        if let Some((condition, holds)) = self.cases.iter().find_map(|(condition, holds)| {
            let Condition::Compare(Relation::Less, _, difference) = condition else { return None };
            let ratio = ratio(polynomial, difference)?;
            Some((ratio, *holds))
        }) {
            return Some(condition.is_positive() == holds);
        }
        let signs: Vec<Option<bool>> = polynomial
            .0
            .iter()
            .map(|(monomial, coefficient)| {
                let mut positive = coefficient.is_positive();
                for (atom, exponent) in &monomial.0 {
                    let even = exponent.is_integer() && (exponent.to_integer() % 2u32).is_zero();
                    if even || self.is_positive_atom(atom) {
                        continue;
                    }
                    positive = positive == self.sign_of(atom)?;
                }
                Some(positive)
            })
            .collect();
        if let Some(first) = signs[0]
            && signs.iter().all(|sign| *sign == Some(first))
        {
            return Some(first);
        }
        self.monotone(polynomial)
    }

    fn sign_of(&self, atom: &Atom) -> Option<bool> {
        match atom {
            Atom::Apply(name, args) if ["tanh", "erf"].contains(&name.as_str()) => self.sign(&args[0]),
            Atom::Group(sum) => self.sign(sum),
            Atom::Read(..) => {
                let alone = Polynomial::atom(atom.clone());
                self.cases.iter().find_map(|(condition, holds)| match condition {
                    Condition::Compare(Relation::Less, _, difference) => {
                        ratio(&alone, difference).map(|ratio| ratio.is_positive() == *holds)
                    }
                    _ => None,
                })
            }
            _ => None,
        }
    }

    /// `a · exp(m) − a` has the sign of `a · m`; `a · σ(m) − a/2` too.
    fn monotone(&self, polynomial: &Polynomial) -> Option<bool> {
        if polynomial.0.len() != 2 {
            return None;
        }
        let constant = polynomial.0.get(&Monomial::default())?;
        let (monomial, factor) = polynomial.0.iter().find(|(monomial, _)| !monomial.0.is_empty())?;
        let (atom, exponent) = monomial.0.iter().next().filter(|_| monomial.0.len() == 1)?;
        let Atom::Apply(name, args) = atom else { return None };
        let middle = match name.as_str() {
            "exp" => Rational::one(),
            "sigmoid" if exponent.is_one() => Rational::new(1.into(), 2.into()),
            _ => return None,
        };
        if !(constant + factor * middle).is_zero() {
            return None;
        }
        let inner = self.sign(&args[0].scaled(exponent))?;
        Some(factor.is_positive() == inner)
    }

    /// Whether a factor is positive wherever it has a value.
    pub fn is_positive_atom(&self, atom: &Atom) -> bool {
        let assumed = || {
            let alone = Polynomial::atom(atom.clone());
            self.positive.iter().any(|known| known == &alone)
        };
        match atom {
            Atom::Number(_) => true,
            Atom::Integer(atom) => matches!(atom, crate::math::integer::Atom::Name(name) if self.system.is_size(name)),
            Atom::Apply(name, _) => ["exp", "sigmoid", "softplus", "abs"].contains(&name.as_str()),
            Atom::Group(sum) | Atom::Factored(sum) => {
                sum.0.iter().all(|(monomial, coefficient)| {
                    coefficient.is_positive()
                        && monomial.0.iter().all(|(atom, exponent)| {
                            self.is_positive_atom(atom)
                                || (exponent.is_integer() && (exponent.to_integer() % 2u32).is_zero())
                        })
                }) || assumed()
            }
            Atom::Sum(sum) => sum.body.0.keys().all(|atom| self.is_positive_atom(atom)),
            Atom::Reduce(reduction) => reduction.reducer == crate::math::expression::Reducer::Softmax,
            _ => assumed(),
        }
    }
}

/// The indices that a sum runs over.
fn binders(variables: &[(Variable, Bound)]) -> Vec<Binder> {
    let one = |(variable, bound): &(Variable, Bound)| match (variable, bound) {
        (Variable::Name(index), Bound::Range(low, high)) => {
            Some(Binder { index: index.clone(), low: low.clone(), high: high.clone() })
        }
        _ => None,
    };
    variables.iter().filter_map(one).collect()
}

/// A factor `[k = e]` of a product, where `k` is a variable and `e` is free of it.
fn fixed(variables: &[(Variable, Bound)], monomial: &Monomial) -> Option<(Vec<Atom>, usize, Integer)> {
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
fn roots(monomial: &Monomial) -> (Monomial, Rational) {
    let half = Rational::new(1.into(), 2.into());
    let (mut rest, mut square, mut factor) = (Monomial::default(), Rational::one(), Rational::one());
    let mut found = 0;
    for (atom, exponent) in &monomial.0 {
        match atom {
            Atom::Number(base) if (exponent + &half).is_integer() => {
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
    let (mut top, mut bottom) = (square.numer().clone(), square.denom().clone());
    for prime in [2u32, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47] {
        let twice = num_bigint::BigInt::from(prime * prime);
        while (&top % &twice).is_zero() {
            top /= &twice;
            factor *= whole(i64::from(prime));
        }
        while (&bottom % &twice).is_zero() {
            bottom /= &twice;
            factor /= whole(i64::from(prime));
        }
    }
    let (root, under) = (top.sqrt(), bottom.sqrt());
    if &root * &root == top && &under * &under == bottom {
        return (rest, factor * Rational::new(root, under));
    }
    rest.0.insert(Atom::Number(Rational::new(top, bottom)), half);
    (rest, factor)
}

/// Two factors `[s k ≤ a]` and `[a < s k + s]` of a product: then `k = ⌊a / s⌋`.
fn pinned(variables: &[(Variable, Bound)], monomial: &Monomial) -> Option<(Vec<Atom>, usize, Integer)> {
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
fn floor(integer: &Integer, by: i64) -> Option<Integer> {
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

/// The integer expression that a polynomial is, if it is one.
pub fn as_integer(polynomial: &Polynomial) -> Option<Integer> {
    let mut sum = Integer::number(0);
    for (monomial, coefficient) in &polynomial.0 {
        let mut product =
            Integer::number(coefficient.is_integer().then(|| coefficient.to_integer().to_i64()).flatten()?);
        for (atom, exponent) in &monomial.0 {
            let Atom::Integer(atom) = atom else { return None };
            for _ in 0..natural(exponent).filter(|times| *times < 8)? {
                product = product.times(&Integer::atom(atom.clone()));
            }
        }
        sum = sum.plus(&product);
    }
    Some(sum)
}

/// `c` with `one = c · other`.
fn ratio(one: &Polynomial, other: &Polynomial) -> Option<Rational> {
    let (monomial, coefficient) = one.0.iter().next()?;
    let ratio = coefficient / other.0.get(monomial)?;
    (one == &other.scaled(&ratio)).then_some(ratio)
}
