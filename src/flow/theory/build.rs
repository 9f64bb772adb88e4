//! How functions of a step are put together: each is a small network over vectors of points.

use crate::math::expression::{Mark, Op, Read, Relation, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantities, Quantity, Role};
use crate::math::number;
use crate::math::shape::{Shape, Sort};
use crate::math::source::Span;
use crate::math::theory::{Argument, Entry, Function, Linear, Part};
use indexmap::IndexMap;
use num_traits::{ToPrimitive, Zero};
use std::collections::{BTreeMap, BTreeSet};

/// The size that says at how many points a function is evaluated.
pub const POINTS: &str = "points";

/// What a function computes.
pub const RESULT: &str = "y";

/// The whole number `n`.
pub fn whole(n: i64) -> Term {
    Term::number(number::whole(n))
}

/// Whether a term is this whole number.
pub fn is_whole(term: &Term, n: i64) -> bool {
    term.as_number() == Some(&number::whole(n))
}

/// `op(args)`, without factors 1 and summands 0, and worked out where all are written as numbers: `−1` has to be known as such, for
/// a sum such as `exp(u) − 1` is evaluated without cancellation where it is recognised. For arguments that fit.
pub fn apply(op: Op, args: Vec<Term>) -> Term {
    if let Some(value) = worked_out(&op, &args) {
        return Term::number(value);
    }
    match (&op, args.as_slice()) {
        (Op::Mul, [one, other]) if is_whole(one, 1) && one.shape().is_number() => return other.clone(),
        (Op::Mul | Op::Div, [one, other]) if is_whole(other, 1) && other.shape().is_number() => return one.clone(),
        (Op::Add, [one, other]) if is_whole(one, 0) && one.shape().is_number() => return other.clone(),
        (Op::Add, [one, other]) if is_whole(other, 0) && other.shape().is_number() => return one.clone(),
        _ => {}
    }
    Term::new(op, args).unwrap_or_else(|_| whole(0))
}

/// The exact value of arithmetic on literals, unless it is too long to keep.
fn worked_out(op: &Op, args: &[Term]) -> Option<number::Rational> {
    const LONG: u64 = 2048;
    let literal = |arg: &Term| match arg.op() {
        Op::Number(value) => Some(value.clone()),
        _ => None,
    };
    let value = match (op, args) {
        (Op::Neg, [one]) => -literal(one)?,
        (Op::Add, [one, other]) => literal(one)? + literal(other)?,
        (Op::Mul, [one, other]) => literal(one)? * literal(other)?,
        (Op::Div, [one, other]) => {
            let other = literal(other).filter(|other| !other.is_zero())?;
            literal(one)? / other
        }
        _ => return None,
    };
    (value.numer().bits() + value.denom().bits() < LONG).then_some(value)
}

/// A part of a sum, alone.
pub fn part(part: Part) -> Entry {
    Entry::Linear(Linear { parts: BTreeMap::from([(part, whole(1))]), offset: whole(0) })
}

/// The sum of sums.
pub fn added(one: &Linear, other: &Linear) -> Linear {
    let mut parts = one.parts.clone();
    for (part, coefficient) in &other.parts {
        let sum = match parts.remove(part) {
            Some(before) => apply(Op::Add, vec![before, coefficient.clone()]),
            None => coefficient.clone(),
        };
        parts.insert(*part, sum);
    }
    Linear { parts, offset: apply(Op::Add, vec![one.offset.clone(), other.offset.clone()]) }
}

/// A sum times a number.
pub fn scaled(sum: &Linear, factor: &Term) -> Linear {
    let times =
        |term: &Term| if is_whole(term, 0) { term.clone() } else { apply(Op::Mul, vec![factor.clone(), term.clone()]) };
    Linear { parts: sum.parts.iter().map(|(part, term)| (*part, times(term))).collect(), offset: times(&sum.offset) }
}

/// A number by its name.
pub fn number_named(name: &Name) -> Term {
    reading(name, Shape::number(), true)
}

fn reading(name: &Name, shape: Shape, constant: bool) -> Term {
    let quantity = name.clone();
    Term::read(Read { quantity, mark: Mark::Value, subscripts: Vec::new(), shape, constant, padded: false })
}

fn points() -> Shape {
    Shape::vector(Integer::name(POINTS))
}

/// An argument as a vector of points.
pub fn argument(argument: Argument) -> Term {
    reading(&argument_name(argument), points(), false)
}

fn argument_name(argument: Argument) -> Name {
    match argument {
        Argument::State => Name::new("before"),
        Argument::Item(item) => Name::new(format!("sum_{item}")),
    }
}

/// The numbers that functions of a step depend on, each under a name of its own.
#[derive(Default)]
pub struct Numbers(Vec<Term>);

impl Numbers {
    /// A number at every point.
    pub fn stretched(&mut self, number: &Term) -> Term {
        if let Some(value) = number.as_number() {
            return Term::number(value.clone()).fill(&points());
        }
        if number.ty().sort == Sort::Condition {
            let chosen = apply(Op::Where, vec![number.clone(), whole(1), whole(0)]);
            let half = Term::number(number::fraction(1, 2)).fill(&points());
            return apply(Op::Compare(Relation::Greater), vec![self.named(&chosen).fill(&points()), half]);
        }
        self.named(number).fill(&points())
    }

    /// A number that stays one.
    pub fn plain(&mut self, number: &Term) -> Term {
        if number.as_number().is_some() { number.clone() } else { self.named(number) }
    }

    fn named(&mut self, number: &Term) -> Term {
        let position = self.0.iter().position(|known| known == number).unwrap_or_else(|| {
            self.0.push(number.clone());
            self.0.len() - 1
        });
        number_named(&Name::new(format!("number_{position}")))
    }

    /// The function whose right side is `body`. `place` is where the network that it belongs to was written.
    pub fn function(&self, network: &Network, place: &Span, body: Term) -> Function {
        let reads: BTreeSet<&Name> = body.reads().into_iter().map(|read| &read.quantity).collect();
        let mut quantities = Quantities::default();
        let mut put = |name: &Name, role: Role, shape: Shape| {
            let quantity = Quantity {
                name: name.clone(),
                role,
                axes: Vec::new(),
                shape,
                shown: None,
                draw: None,
                span: place.clone(),
            };
            quantities.insert(name.clone(), quantity);
        };
        let (mut arguments, mut numbers) = (Vec::new(), Vec::new());
        for name in &reads {
            let numbered = |prefix: &str| name.as_str().strip_prefix(prefix)?.parse::<usize>().ok();
            if let Some(item) = numbered("sum_") {
                arguments.push((Argument::Item(item), (*name).clone()));
            } else if let Some(number) = numbered("number_").and_then(|position| self.0.get(position)) {
                numbers.push((number.clone(), (*name).clone()));
                put(name, Role::Given, Shape::number());
                continue;
            } else {
                arguments.push((Argument::State, (*name).clone()));
            }
            put(name, Role::Input, points());
        }
        let result = Name::new(RESULT);
        put(&result, Role::Computed, points());
        let degree = degree(&body, &argument_name(Argument::State));
        let at_most = |most: usize| degree.is_some_and(|degree| degree <= most);
        let (affine, quadratic) = (at_most(1), at_most(2));
        let equation =
            Equation { target: result.clone(), at: Vec::new(), ranges: Vec::new(), body, span: place.clone() };
        let network = Network {
            name: network.name.clone(),
            comment: Vec::new(),
            sizes: IndexMap::from([(Name::new(POINTS), None)]),
            indices: IndexMap::new(),
            quantities,
            equations: vec![equation],
            outputs: vec![result],
            loss: None,
            source: network.source.clone(),
        };
        arguments.sort();
        Function { network, arguments, numbers, affine, quadratic }
    }
}

/// The degree of a term as a polynomial in one quantity; `None` where it is none.
fn degree(term: &Term, name: &Name) -> Option<usize> {
    let args = term.args();
    match term.op() {
        Op::Read(read) => Some(usize::from(&read.quantity == name)),
        Op::Add => Some(degree(&args[0], name)?.max(degree(&args[1], name)?)),
        Op::Mul => Some(degree(&args[0], name)? + degree(&args[1], name)?),
        Op::Neg | Op::Fill(_) => degree(&args[0], name),
        Op::Power if degree(&args[1], name) == Some(0) && degree(&args[0], name) != Some(0) => {
            let exponent = args[1].as_number().filter(|exponent| exponent.is_integer())?.to_usize()?;
            degree(&args[0], name)?.checked_mul(exponent)
        }
        Op::Div if degree(&args[1], name) == Some(0) => degree(&args[0], name),
        _ => args.iter().all(|arg| degree(arg, name) == Some(0)).then_some(0),
    }
}

/// `number ⊙ vector`, where the number is stretched already.
pub fn times(number: Term, vector: Term) -> Term {
    if is_whole(&number, 1) { vector } else { apply(Op::Mul, vec![number, vector]) }
}

/// The right side of a function.
pub fn body(function: &Function) -> Term {
    function.network.equations[0].body.clone()
}
