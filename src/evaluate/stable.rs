//! Sums that cancel where a function saturates, and what to compute instead.
//!
//! Backward lines print `f ⊙ (1 − f)` and `1 − g²` with the values of the forward pass. Evaluated as printed they lose
//! all digits where `f` is near 1. So `1 − y` is recognised wherever `y` is a function with a complement, or a
//! quantity defined by one, and computed from the argument of that function.

use super::kernels::{Complement, Kernel};
use crate::math::expression::{Mark, Op, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network};
use crate::math::number;
use num_traits::{One, Signed};
use std::collections::BTreeMap;

/// How many definitions are followed from a name to a function.
const HOPS: usize = 8;

/// What quantities are, for those that one equation defines at plain indices.
#[derive(Debug, Default)]
pub(super) struct Definitions<'a> {
    equations: BTreeMap<&'a Name, &'a Equation>,
}

/// One summand of a flat sum.
#[derive(Debug)]
pub(super) struct Summand {
    /// Whether it is subtracted.
    pub minus: bool,
    /// The summand; or the argument `a`, when a complement is to be computed.
    pub term: Term,
    /// The function and complement to be computed of `term`.
    pub complement: Option<(Kernel, Complement)>,
}

impl<'a> Definitions<'a> {
    /// The definitions of a network.
    pub(super) fn of(network: &'a Network) -> Definitions<'a> {
        let mut equations: BTreeMap<&Name, Option<&Equation>> = BTreeMap::new();
        for equation in &network.equations {
            equations.entry(&equation.target).and_modify(|only| *only = None).or_insert(Some(equation));
        }
        let equations = equations
            .into_iter()
            .filter_map(|(name, equation)| equation.map(|equation| (name, equation)))
            .filter(|(_, equation)| equation.at.iter().all(|place| place.as_name().is_some()))
            .collect();
        Definitions { equations }
    }

    /// `(f, a)` when `term` is `f(a)`, looked at through definitions.
    fn function(&self, term: &Term) -> Option<(Kernel, Term)> {
        let mut term = term.clone();
        for _ in 0..HOPS {
            term = match term.op() {
                Op::Apply(name) if term.args().len() == 1 => {
                    return Some((Kernel::named(name.as_str())?, term.args()[0].clone()));
                }
                Op::Read(read) if read.mark == Mark::Value && !read.padded => {
                    let equation = self.equations.get(&read.quantity)?;
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
                    put.retain(|index, place| place.as_name() != Some(index));
                    equation.body.at(&put)
                }
                _ => return None,
            };
        }
        None
    }

    /// The complement of `y`, given whether its sign is that of the 1 beside it.
    fn complement(&self, term: &Term, same_sign: bool) -> Option<(Kernel, Complement, Term)> {
        let known = |kernel: Kernel, which: Complement| kernel.complement(which, 0.0).is_some();
        let linear = if same_sign { Complement::Plus } else { Complement::Minus };
        if let Some((kernel, argument)) = self.function(term).filter(|(kernel, _)| known(*kernel, linear)) {
            return Some((kernel, linear, argument));
        }
        let (kernel, argument) = self.function(squared(term)?)?;
        (!same_sign && known(kernel, Complement::MinusSquare)).then_some((kernel, Complement::MinusSquare, argument))
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
    let is_one = |summand: &Summand| summand.complement.is_none() && unit(&summand.term).is_some();
    let mut from = 0;
    while let Some(offset) = found[from..].iter().position(is_one) {
        let one = from + offset;
        let minus = found[one].minus != (unit(&found[one].term) == Some(-1));
        let partner = (0..found.len()).filter(|position| *position != one).find_map(|position| {
            let other = &found[position];
            let complement = match other.complement {
                None => definitions.complement(&other.term, other.minus == minus),
                Some(_) => None,
            };
            complement.map(|complement| (position, complement))
        });
        from = one + 1;
        if let Some((position, (kernel, which, argument))) = partner {
            found[position] = Summand { minus, term: argument, complement: Some((kernel, which)) };
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
            _ => found.push(Summand { minus, term: term.clone(), complement: None }),
        }
    }
    found
}
