//! What the norm of a Jacobian cannot exceed, by what the book says of slopes and values.

use super::super::normal::cost;
use super::super::range::{Truth, within};
use super::super::simplify::regrouped;
use super::functions::{Function, known};
use super::linear::Linear;
use super::paths::equation_at;
use super::product::Tidied;
use crate::math::expression::{Binder, Op, Read, Term};
use crate::math::jacobian::{Bound, Fact, Limit, Size};
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::number::Rational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Products of sums are bounded summand by summand up to this many.
const SUMMANDS: usize = 24;
/// Values are followed through this many equations.
const DEPTH: usize = 4;

/// What the book says of its functions, for one network.
pub struct Bounds<'a> {
    network: &'a Network,
    ranges: &'a [Binder],
    functions: Vec<Function<'a>>,
}

/// Where values lie, and why.
struct Interval {
    low: Rational,
    high: Rational,
    facts: Vec<Fact>,
}

impl<'a> Bounds<'a> {
    /// For a network and the indices of a question.
    pub fn new(network: &'a Network, book: &'a Book, ranges: &'a [Binder]) -> Self {
        Bounds { network, ranges, functions: known(book) }
    }

    /// The bound of a sum of products, some of which go on with an inner Jacobian.
    pub fn of_sum(&self, all: &[(Tidied, Option<usize>)]) -> Bound {
        let mut bound = Bound::default();
        for (tidied, inner) in all {
            let (limits, facts) = self.best(tidied);
            for mut limit in limits {
                limit.factors.extend(inner.map(Size::Inner));
                limit.factors.sort();
                match bound.summands.iter_mut().find(|other| other.factors == limit.factors) {
                    Some(like) => like.number += limit.number,
                    None => bound.summands.push(limit),
                }
            }
            facts.into_iter().for_each(|fact| {
                if !bound.facts.contains(&fact) {
                    bound.facts.push(fact);
                }
            });
        }
        bound
    }

    /// The bound of the form that has the shorter one; of equal ones the first.
    fn best(&self, tidied: &Tidied) -> (Vec<Limit>, Vec<Fact>) {
        let bounded = |linear: &Linear| {
            // What is summed over is bounded as a whole.
            if !tidied.sums.is_empty() {
                let sum = linear.term().map(|term| term.summed(&tidied.sums));
                return (sum.map(|sum| one(Size::Spectral(sum))).into_iter().collect(), Vec::new());
            }
            let mut facts = Vec::new();
            (self.product(linear, &mut facts), facts)
        };
        let length = |limits: &[Limit]| -> usize { limits.iter().flat_map(|limit| &limit.factors).map(length).sum() };
        let all = tidied.linears.iter().map(bounded);
        all.min_by_key(|(limits, _)| length(limits)).unwrap_or_default()
    }

    /// Between which numbers the book says that the values of a function lie.
    pub fn values(&self, name: &Name) -> Option<(Rational, Rational)> {
        self.functions.iter().find(|function| function.name == name)?.values.clone()
    }

    fn product(&self, linear: &Linear, facts: &mut Vec<Fact>) -> Vec<Limit> {
        let mut all = vec![Limit { number: Rational::one(), factors: Vec::new() }];
        for factor in &linear.numbers {
            all = times(&all, &[self.entries(factor, facts)]);
        }
        for factor in &linear.factors {
            let more = self.matrix(factor, facts);
            all = match all.len() * more.len() > SUMMANDS {
                false => times(&all, &more),
                true => times(&all, &[one(Size::Spectral(factor.clone()))]),
            };
        }
        all
    }

    /// The spectral norm of a matrix, or the length of a column or row.
    fn matrix(&self, term: &Term, facts: &mut Vec<Fact>) -> Vec<Limit> {
        if term.shape().axes().len() == 1 {
            let column = if matches!(term.op(), Op::Transpose) { &term.args()[0] } else { term };
            return vec![one(Size::Length(column.clone()))];
        }
        match (term.op(), term.args()) {
            (Op::Diag, [entries]) => vec![self.entries(entries, facts)],
            (Op::Eye(_), _) => vec![Limit { number: Rational::one(), factors: Vec::new() }],
            (Op::Neg | Op::Transpose, [inner]) => self.matrix(inner, facts),
            (Op::Add, _) => term.summands().into_iter().flat_map(|summand| self.matrix(summand, facts)).collect(),
            (Op::MatMul, [left, right]) if left.shape().axes().len() == 2 && right.shape().axes().len() == 2 => {
                let (left, right) = (self.matrix(left, facts), self.matrix(right, facts));
                if left.len() * right.len() > SUMMANDS {
                    return vec![one(Size::Spectral(term.clone()))];
                }
                times(&left, &right)
            }
            // The identity above or below zeros.
            (Op::Concat, [first, second]) => {
                let zero = |term: &Term| term.as_number().is_some_and(Zero::is_zero);
                match (zero(first), zero(second)) {
                    (true, _) => self.matrix(second, facts),
                    (_, true) => self.matrix(first, facts),
                    _ => vec![one(Size::Spectral(term.clone()))],
                }
            }
            _ => vec![one(Size::Spectral(term.clone()))],
        }
    }

    /// The largest absolute value of an entry.
    fn entries(&self, term: &Term, facts: &mut Vec<Fact>) -> Limit {
        let mut number = Rational::one();
        let mut left: Vec<Term> = term.factors().into_iter().cloned().collect();
        while let Some((fact, most, used)) = self.slope_in(&left) {
            number *= most;
            facts.push(fact);
            used.into_iter().rev().for_each(|position| {
                left.remove(position);
            });
        }
        let mut open: Vec<Term> = Vec::new();
        for factor in left {
            match self.interval(&factor, DEPTH) {
                Some(interval) => {
                    number *= interval.low.abs().max(interval.high.abs());
                    facts.extend(interval.facts);
                }
                None => open.push(factor),
            }
        }
        let open = open.into_iter().map(Some).reduce(|product, next| product?.times(next?).ok()).flatten();
        Limit { number, factors: open.map(Size::Largest).into_iter().collect() }
    }

    /// A slope among the factors, and at which positions its own factors stand.
    fn slope_in(&self, factors: &[Term]) -> Option<(Fact, Rational, Vec<usize>)> {
        for (name, argument, value) in factors.iter().flat_map(|factor| self.applications(factor)) {
            let function = self.functions.iter().find(|function| *function.name == name)?;
            let Some((most, slope)) = &function.slope else { continue };
            let Some(wanted) = slope.at(&argument, &value) else { continue };
            let mut used: Vec<usize> = Vec::new();
            for wanted in &wanted {
                let found = (0..factors.len())
                    .find(|position| !used.contains(position) && regrouped(&factors[*position]) == regrouped(wanted));
                used.extend(found);
            }
            if used.len() == wanted.len() {
                used.sort_unstable();
                return Some((Fact::Slope { operation: name, argument, most: most.clone() }, most.clone(), used));
            }
        }
        None
    }

    /// The functions a term may be the slope of: those that are applied in it, those whose values it reads, and all
    /// at the arguments that a condition in it compares.
    fn applications(&self, term: &Term) -> Vec<(Name, Term, Term)> {
        let mut found = Vec::new();
        term.walk(&mut |part| match (part.op(), part.args()) {
            (Op::Apply(name), [argument]) => {
                found.push((name.clone(), argument.clone(), part.clone()));
                found.extend(self.all_at(argument));
            }
            (Op::Compare(_), [argument, _]) => found.extend(self.all_at(argument)),
            (Op::Read(read), _) => {
                if let Some(body) = self.body(read)
                    && let (Op::Apply(name), [argument]) = (body.op(), body.args())
                {
                    found.push((name.clone(), argument.clone(), part.clone()));
                }
            }
            _ => {}
        });
        found.retain(|(name, _, _)| self.functions.iter().any(|function| function.name == name));
        found
    }

    /// Every function at this argument.
    fn all_at(&self, argument: &Term) -> Vec<(Name, Term, Term)> {
        let apply = |function: &Function| {
            let value = Term::new(Op::Apply(function.name.clone()), vec![argument.clone()]).ok()?;
            Some((function.name.clone(), argument.clone(), value))
        };
        self.functions.iter().filter_map(apply).collect()
    }

    /// The right side of the equation of a reading, where it is the same for all values of the indices.
    pub fn body(&self, read: &Read) -> Option<Term> {
        let found = equation_at(self.network, read, self.ranges).ok()?;
        let holds = found.equation.ranges.iter().all(|range| {
            found
                .put
                .get(&range.index)
                .is_some_and(|place| within(place, &range.low, &range.high, self.ranges) == Truth::Always)
        });
        holds.then(|| found.equation.body.at(&found.put))
    }

    fn interval(&self, term: &Term, depth: usize) -> Option<Interval> {
        let plain = |low: Rational, high: Rational, facts| Some(Interval { low, high, facts });
        if let Some(value) = term.as_number() {
            return plain(value.clone(), value.clone(), Vec::new());
        }
        let arg = |position: usize| self.interval(&term.args()[position], depth);
        match term.op() {
            Op::Fill(_) => arg(0),
            Op::Neg => arg(0).map(|inner| Interval { low: -inner.high, high: -inner.low, facts: inner.facts }),
            Op::Add => {
                let (a, b) = (arg(0)?, arg(1)?);
                plain(a.low + b.low, a.high + b.high, [a.facts, b.facts].concat())
            }
            Op::Mul => {
                let (a, b) = (arg(0)?, arg(1)?);
                let ends = [&a.low * &b.low, &a.low * &b.high, &a.high * &b.low, &a.high * &b.high];
                let (low, high) = (ends.iter().min()?.clone(), ends.iter().max()?.clone());
                plain(low, high, [a.facts, b.facts].concat())
            }
            Op::Power => {
                let exponent = term.args()[1].as_number().filter(|value| value.is_integer())?.to_i32()?;
                let inner = arg(0).filter(|_| (1..=8).contains(&exponent))?;
                let (low, high) = (inner.low.pow(exponent), inner.high.pow(exponent));
                match exponent % 2 == 0 {
                    false => plain(low, high, inner.facts),
                    true if inner.low.is_negative() && inner.high.is_positive() => {
                        plain(Rational::zero(), low.max(high), inner.facts)
                    }
                    true => plain(low.clone().min(high.clone()), low.max(high), inner.facts),
                }
            }
            Op::Where => {
                let (a, b) = (arg(1)?, arg(2)?);
                plain(a.low.min(b.low), a.high.max(b.high), [a.facts, b.facts].concat())
            }
            Op::Apply(name) => self.value(name, term),
            Op::Read(read) if depth > 0 => {
                let body = self.body(read)?;
                match body.op() {
                    Op::Apply(name) => self.value(name, term),
                    _ => self.interval(&body, depth - 1),
                }
            }
            _ => None,
        }
    }

    /// Where the book says that the values of a function lie; `value` is such a value.
    fn value(&self, name: &Name, value: &Term) -> Option<Interval> {
        let function = self.functions.iter().find(|function| function.name == name)?;
        let (low, high) = function.values.clone()?;
        let fact = Fact::Value { operation: name.clone(), value: value.clone(), low: low.clone(), high: high.clone() };
        Some(Interval { low, high, facts: vec![fact] })
    }
}

/// How long a size is for a reader.
fn length(size: &Size) -> usize {
    match size {
        Size::Spectral(term) | Size::Largest(term) | Size::Length(term) => cost(term),
        Size::Inner(_) => 1,
    }
}

fn one(size: Size) -> Limit {
    Limit { number: Rational::one(), factors: vec![size] }
}

fn times(left: &[Limit], right: &[Limit]) -> Vec<Limit> {
    let product = |a: &Limit, b: &Limit| Limit {
        number: &a.number * &b.number,
        factors: [a.factors.as_slice(), &b.factors].concat(),
    };
    left.iter().flat_map(|a| right.iter().map(move |b| product(a, b))).collect()
}
