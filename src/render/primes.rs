//! Primes on bound indices: a line shows no letter both free and bound.

use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

/// No name of a network has it.
pub const PRIME: char = '′';

/// The term with a prime on every bound index whose letter stands for something around it: `Σ_k′ p_{n,k′}` where `k` is an
/// index of the equation. The index of a softmax is free and bound by its meaning, and stays.
pub fn primed(term: &Term, around: &BTreeSet<Name>) -> Term {
    if term.args().is_empty() {
        return term.clone();
    }
    let (mut op, mut args, mut inside) = (term.op().clone(), term.args().to_vec(), around.clone());
    if let Op::Reduce(reducer, binder) = &mut op
        && *reducer != Reducer::Softmax
    {
        if around.contains(&binder.index) {
            let mut taken = around.clone();
            args.iter().for_each(|arg| taken.extend(arg.free_names()));
            let mut letter = binder.index.clone();
            while taken.contains(&letter) {
                letter = Name::from(format!("{letter}{PRIME}"));
            }
            let put = BTreeMap::from([(binder.index.clone(), Integer::name(letter.clone()))]);
            args = args.iter().map(|arg| arg.at(&put)).collect();
            *binder = Binder { index: letter, ..binder.clone() };
        }
        inside.insert(binder.index.clone());
    }
    let args = args.iter().map(|arg| primed(arg, &inside)).collect();
    Term::new(op, args).unwrap_or_else(|_| term.clone())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{op, read, size};
    use super::*;
    use crate::math::expression::Mark;
    use crate::math::shape::Shape;

    #[test]
    fn bound_letters_that_stand_free_around_them_get_primes() {
        let at = |index: &str| read(Mark::Value, "p", &[size(index)], Shape::number());
        let sum = |index: &str, body: &Term| {
            let binder = Binder { index: index.into(), low: Integer::number(1), high: size("K") };
            op(Op::Reduce(Reducer::Sum, binder), &[body])
        };
        let line = op(Op::Mul, &[&at("k"), &sum("k", &op(Op::Mul, &[&at("k"), &sum("k", &at("k"))]))]);
        let around = BTreeSet::from([Name::from("k")]);
        let found = primed(&line, &around);
        let expected = op(Op::Mul, &[&at("k"), &sum("k′", &op(Op::Mul, &[&at("k′"), &sum("k′′", &at("k′′"))]))]);
        assert_eq!(found, expected);
        assert_eq!(primed(&line.args()[0], &around), line.args()[0]);
    }
}
