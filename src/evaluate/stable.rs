//! Sums that cancel where a function saturates, and what to compute instead.
//!
//! Backward lines print `f ⊙ (1 − f)` and `1 − g²` with the values of the forward pass. Evaluated as printed they lose
//! all digits where `f` is near 1. So `1 − y` is recognised wherever `y` is a function with a complement, or a
//! quantity defined by one, and computed from the argument of that function.

use super::kernels::{Complement, Kernel};
use crate::math::expression::{Binder, Mark, Op, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network};
use crate::math::number;
use num_traits::{One, Signed};
use std::collections::{BTreeMap, BTreeSet};

/// How many definitions are followed from a name to a function.
const HOPS: usize = 8;

/// What quantities are, for those that one equation defines at plain indices; they may have cases beside it.
#[derive(Debug, Default)]
pub(super) struct Definitions<'a> {
    /// The equation, and whether there are cases.
    equations: BTreeMap<&'a Name, (&'a Equation, bool)>,
}

/// One summand of a flat sum.
#[derive(Debug)]
pub(super) struct Summand {
    /// Whether it is subtracted.
    pub minus: bool,
    /// The summand; or `y`, when it is `1 − y` or its kin.
    pub term: Term,
    /// How to compute `1 − y` or its kin.
    pub instead: Option<Instead>,
}

/// `1 − y`, `1 + y` or `1 − z²` (then `y` is z²), computed from the argument of a function.
#[derive(Debug)]
pub(super) struct Instead {
    /// The function.
    pub kernel: Kernel,
    /// Which complement.
    pub which: Complement,
    /// The argument of the function.
    pub argument: Term,
    /// Where the definitions that led to the function hold; elsewhere a case holds, and the sum is computed as it stands.
    pub guards: Vec<(Integer, Binder)>,
}

/// A function, its argument, and where the definitions that led to it hold.
type Function = (Kernel, Term, Vec<(Integer, Binder)>);

impl<'a> Definitions<'a> {
    /// The definitions of a network.
    pub(super) fn of(network: &'a Network) -> Definitions<'a> {
        let mut equations: BTreeMap<&Name, (Option<&Equation>, usize, usize)> = BTreeMap::new();
        for equation in &network.equations {
            let (general, generals, all) = equations.entry(&equation.target).or_default();
            *all += 1;
            if equation.at.iter().all(|place| place.as_name().is_some()) {
                *general = Some(equation);
                *generals += 1;
            }
        }
        let only = |(name, (general, generals, all))| match generals {
            1 => Some((name, (general?, all > 1))),
            _ => None,
        };
        let equations = equations.into_iter().filter_map(only).collect();
        Definitions { equations }
    }

    /// The same without these quantities.
    pub(super) fn without(mut self, names: &BTreeSet<Name>) -> Definitions<'a> {
        self.equations.retain(|name, _| !names.contains(*name));
        self
    }

    /// `(f, a)` when `term` is `f(a)`, looked at through definitions.
    fn function(&self, term: &Term) -> Option<Function> {
        let (mut term, mut guards) = (term.clone(), Vec::new());
        for _ in 0..HOPS {
            term = match term.op() {
                Op::Apply(name) if term.args().len() == 1 => {
                    return Some((Kernel::named(name.as_str())?, term.args()[0].clone(), guards));
                }
                Op::Read(read) if read.mark == Mark::Value && !read.padded => {
                    let (equation, has_cases) = self.equations.get(&read.quantity)?;
                    if read.subscripts.len() != equation.at.len() {
                        return None;
                    }
                    let mut put: BTreeMap<Name, Integer> = BTreeMap::new();
                    for (index, subscript) in equation.at.iter().zip(&read.subscripts) {
                        match (index.as_name(), subscript) {
                            (Some(index), Subscript::At(place)) => put.insert(index.clone(), place.clone()),
                            _ => return None,
                        };
                    }
                    if *has_cases {
                        let guard = |range: &Binder| Some((put.get(&range.index)?.clone(), range.clone()));
                        guards.extend(equation.ranges.iter().filter_map(guard));
                    }
                    put.retain(|index, place| place.as_name() != Some(index));
                    equation.body.at(&put)
                }
                _ => return None,
            };
        }
        None
    }

    /// How to compute `1 − y`, or `1 + y` when both have the same sign.
    fn instead(&self, term: &Term, same_sign: bool) -> Option<Instead> {
        let known = |kernel: Kernel, which: Complement| kernel.complement(which, 0.0).is_some();
        let linear = if same_sign { Complement::Plus } else { Complement::Minus };
        let found = |(kernel, argument, guards): Function, which| {
            known(kernel, which).then_some(Instead { kernel, which, argument, guards })
        };
        match self.function(term).and_then(|function| found(function, linear)) {
            None if !same_sign => found(self.function(squared(term)?)?, Complement::MinusSquare),
            instead => instead,
        }
    }
}

/// `y`, when the term is `y²`.
fn squared(term: &Term) -> Option<&Term> {
    match (term.op(), term.args()) {
        (Op::Mul, [left, right]) if left == right => Some(left),
        (Op::Power, [base, exponent]) => (exponent.as_number()? == &number::whole(2)).then_some(base),
        _ => None,
    }
}

/// The summands of `term`, with 1 and what cancels against it made one.
pub(super) fn summands(term: &Term, definitions: &Definitions<'_>) -> Vec<Summand> {
    let mut found = flat(term);
    let mut from = 0;
    while let Some(offset) = found[from..].iter().position(|summand| unit(&summand.term).is_some()) {
        let one = from + offset;
        let minus = found[one].minus != (unit(&found[one].term) == Some(-1));
        let partner = (0..found.len()).filter(|position| *position != one).find_map(|position| {
            let other = &found[position];
            match other.instead {
                None => definitions.instead(&other.term, other.minus == minus).map(|instead| (position, instead)),
                Some(_) => None,
            }
        });
        from = one + 1;
        if let Some((position, instead)) = partner {
            found[position].minus = minus;
            found[position].instead = Some(instead);
            found.remove(one);
            from = one;
        }
    }
    found
}

/// 1 or −1, if the term is that number.
fn unit(term: &Term) -> Option<i8> {
    let value = term.as_number()?;
    value.abs().is_one().then(|| if value.is_negative() { -1 } else { 1 })
}

/// The summands, through sums and signs. With a stack of its own: a sum may have thousands of them.
fn flat(term: &Term) -> Vec<Summand> {
    let (mut found, mut open) = (Vec::new(), vec![(term, false)]);
    while let Some((term, minus)) = open.pop() {
        match term.op() {
            Op::Add => open.extend(term.args().iter().rev().map(|arg| (arg, minus))),
            Op::Neg => open.push((&term.args()[0], !minus)),
            _ => found.push(Summand { minus, term: term.clone(), instead: None }),
        }
    }
    found
}
