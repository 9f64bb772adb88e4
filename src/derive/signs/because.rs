//! Why a sign is known.

use super::{DEPTH, Sign, Signs};
use crate::math::derivation::Because;
use crate::math::expression::{Op, Reducer, Term};
use crate::math::network::Network;
use crate::math::number::whole;
use std::collections::BTreeSet;

impl Signs {
    /// Why the sign of a term is known: what it is made of.
    pub fn because(&self, term: &Term, network: Option<&Network>) -> BTreeSet<Because> {
        let mut found = BTreeSet::new();
        self.collect_because(term, network, false, &mut found, DEPTH);
        found
    }

    /// Behind a minus it matters how large a square can be, and not that it is one.
    fn collect_because(
        &self,
        term: &Term,
        network: Option<&Network>,
        minus: bool,
        found: &mut BTreeSet<Because>,
        depth: usize,
    ) {
        let reason = match term.op() {
            _ if depth == 0 => None,
            Op::Integer(_) => Some(Because::Sizes),
            Op::Letter(_) => Some(Because::Assumed),
            Op::Add if self.differences.contains(term) => Some(Because::Difference(term.clone())),
            Op::Reduce(Reducer::Softmax, _) => Some(Because::Shares),
            Op::Apply(name)
                if self.known_of(term, Sign::NonZero, 1)
                    || self.functions.below.contains(name)
                    || self.functions.above.contains(name) =>
            {
                Some(Because::Values(name.clone()))
            }
            Op::Read(read)
                if [&self.positive, &self.below, &self.above].iter().any(|names| names.contains(&read.quantity)) =>
            {
                let before = found.len();
                let equation = network.and_then(|network| network.equations_of(&read.quantity).next());
                if let Some(equation) = equation {
                    self.collect_because(&equation.body, network, minus, found, depth - 1);
                }
                (found.len() == before && self.logged.contains(&read.quantity))
                    .then(|| Because::Logarithm(read.quantity.clone()))
            }
            Op::Read(read) if self.divisors.contains(&read.quantity) => Some(Because::Divisor(read.quantity.clone())),
            Op::Power
                if !minus
                    && term.args()[1].as_number().is_some_and(|exponent| (exponent / whole(2)).is_integer())
                    && !self.known_of(&term.args()[0], Sign::NonZero, DEPTH) =>
            {
                Some(Because::Squares)
            }
            Op::Power => return self.collect_because(&term.args()[0], network, minus, found, depth - 1),
            op => {
                let minus = minus != matches!(op, Op::Neg);
                return term.args().iter().for_each(|arg| self.collect_because(arg, network, minus, found, depth - 1));
            }
        };
        found.extend(reason);
    }
}
