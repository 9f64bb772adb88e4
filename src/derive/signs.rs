//! What is known of the signs of forward quantities: where the forward pass has a value, its divisors are not 0, and
//! exponentials and what is made of them are positive. Sizes are at least 1.

use super::graph::{Graph, Node, Ops};
use super::matching::Bindings;
use crate::math::expression::{Mark, Op, Read, Reducer, Term};
use crate::math::integer::{Atom, Integer};
use crate::math::law::Condition;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::number::whole;
use egg::{Id, Language};
use num_traits::Signed;
use std::collections::{BTreeMap, BTreeSet};

/// Terms are looked at no deeper than this.
const DEPTH: usize = 12;

/// Quantities whose sign is known.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Signs {
    /// Those that are positive at every entry.
    pub positive: BTreeSet<Name>,
    /// Those by which the forward pass divides.
    pub divisors: BTreeSet<Name>,
    /// Sizes, which are at least 1.
    pub sizes: BTreeSet<Name>,
}

impl Signs {
    /// What the equations of `network` say.
    pub fn of(network: &Network) -> Signs {
        let mut signs = Signs { sizes: network.sizes.keys().cloned().collect(), ..Signs::default() };
        // A quantity is positive when all its equations say so; most have one.
        let mut open: BTreeMap<&Name, usize> = BTreeMap::new();
        network.equations.iter().for_each(|equation| *open.entry(&equation.target).or_default() += 1);
        for equation in &network.equations {
            signs.enter_divisors(&equation.body, network);
            if signs.is_positive(&equation.body)
                && let Some(left) = open.get_mut(&equation.target)
            {
                *left -= 1;
                if *left == 0 {
                    signs.positive.insert(equation.target.clone());
                }
            }
        }
        signs
    }

    /// What is known of the quantities that are renamed, under their new names.
    pub fn renamed(&self, there: &super::alike::Renaming) -> Signs {
        let among = |names: &BTreeSet<Name>| {
            there.quantities().filter(|(old, _)| names.contains(*old)).map(|(_, new)| new.clone()).collect()
        };
        Signs { positive: among(&self.positive), divisors: among(&self.divisors), sizes: there.sizes().collect() }
    }

    /// With the sizes of `other` as well.
    pub fn with_sizes(&self, other: &Signs) -> Signs {
        Signs { sizes: self.sizes.union(&other.sizes).cloned().collect(), ..self.clone() }
    }

    fn enter_divisors(&mut self, term: &Term, network: &Network) {
        // Below a choice or a reduction, a divisor may be met at some entries only.
        if matches!(term.op(), Op::Where | Op::Reduce(..)) {
            return;
        }
        if let (Op::Div, [_, below]) = (term.op(), term.args()) {
            let mut open = vec![below];
            while let Some(below) = open.pop() {
                match below.op() {
                    Op::Fill(_) | Op::Neg | Op::Mul => open.extend(below.args()),
                    Op::Read(read) if reads_all(read, network) => {
                        self.divisors.insert(read.quantity.clone());
                    }
                    _ => {}
                }
            }
        }
        term.args().iter().for_each(|arg| self.enter_divisors(arg, network));
    }

    /// Whether the term is positive at every entry, whatever the data are.
    pub fn is_positive(&self, term: &Term) -> bool {
        self.positive_to(term, DEPTH)
    }

    fn positive_to(&self, term: &Term, depth: usize) -> bool {
        let args = term.args();
        depth > 0 && self.positive_op(term.op(), args.len(), &|arg| self.positive_to(&args[arg], depth - 1))
    }

    /// Whether the term is 0 nowhere, where the forward pass has a value.
    pub fn is_nonzero(&self, term: &Term) -> bool {
        let args = term.args();
        self.is_positive(term) || self.nonzero_op(term.op(), args.len(), &|arg| self.is_nonzero(&args[arg]))
    }

    fn positive_op(&self, op: &Op, args: usize, is_positive: &dyn Fn(usize) -> bool) -> bool {
        match op {
            Op::Number(value) => value.is_positive(),
            Op::Integer(integer) => self.counts(integer),
            Op::Read(read) => read.mark == Mark::Value && self.positive.contains(&read.quantity),
            Op::Fill(_) | Op::Total | Op::Transpose | Op::Power | Op::Diagonal | Op::Reshape(_) => is_positive(0),
            Op::Add | Op::Mul | Op::Div | Op::MatMul | Op::Concat => (0..args).all(is_positive),
            Op::Where => is_positive(1) && is_positive(2),
            // Shares are positive, unless a condition takes some out.
            Op::Reduce(Reducer::Softmax, _) => args == 1,
            Op::Apply(name) => match name.as_str() {
                "exp" | "sigmoid" | "softplus" => true,
                "sqrt" => is_positive(0),
                _ => false,
            },
            _ => false,
        }
    }

    fn nonzero_op(&self, op: &Op, args: usize, is_nonzero: &dyn Fn(usize) -> bool) -> bool {
        match op {
            Op::Number(value) => value != &whole(0),
            Op::Read(read) => read.mark == Mark::Value && self.divisors.contains(&read.quantity),
            Op::Fill(_) | Op::Neg | Op::Power | Op::Transpose => is_nonzero(0),
            Op::Mul | Op::Div => (0..args).all(is_nonzero),
            _ => false,
        }
    }

    /// Whether the integer is a sum of products of sizes with positive coefficients.
    fn counts(&self, integer: &Integer) -> bool {
        let summands = integer.summands();
        let size = |atom: &Atom| matches!(atom, Atom::Name(name) if self.sizes.contains(name));
        !summands.is_empty()
            && summands.iter().all(|(coefficient, atoms)| *coefficient > 0 && atoms.iter().all(|(atom, _)| size(atom)))
    }

    /// Whether a condition of a law holds for the term that its letter stands for.
    pub fn meets(&self, condition: &Condition, term: &Term) -> bool {
        match condition {
            Condition::NonZero(_) => self.is_nonzero(term),
            Condition::Positive(_) | Condition::NonNegative(_) => self.is_positive(term),
            _ => false,
        }
    }

    /// The same, for what the letters of the law are bound to.
    pub fn meets_bound(&self, condition: &Condition, bindings: &Bindings) -> bool {
        let (Condition::NonZero(term) | Condition::Positive(term) | Condition::NonNegative(term)) = condition else {
            return false;
        };
        bindings.instantiate(term).is_some_and(|term| self.meets(condition, &term))
    }

    /// The same for a class of a graph.
    pub fn meets_class(&self, condition: &Condition, graph: &Graph, class: Id, ops: &Ops) -> bool {
        match condition {
            Condition::NonZero(_) => self.class(graph, class, ops, false, 4),
            Condition::Positive(_) | Condition::NonNegative(_) => self.class(graph, class, ops, true, 4),
            _ => false,
        }
    }

    fn class(&self, graph: &Graph, class: Id, ops: &Ops, positive: bool, depth: usize) -> bool {
        let node = |node: &Node| {
            let args = node.children();
            let op = ops.of(node);
            self.positive_op(op, args.len(), &|arg| self.class(graph, args[arg], ops, true, depth - 1))
                || !positive
                    && self.nonzero_op(op, args.len(), &|arg| self.class(graph, args[arg], ops, false, depth - 1))
        };
        depth > 0 && graph[class].nodes.iter().take(16).any(node)
    }
}

/// Whether the reading goes through all places of its quantity, as the equation goes through its indices.
fn reads_all(read: &Read, network: &Network) -> bool {
    let (Some(places), Some(quantity)) = (read.places(), network.quantity(&read.quantity)) else { return false };
    places.len() == quantity.axes.len()
        && places.iter().zip(&quantity.axes).all(|(place, axis)| {
            place.as_name().is_some_and(|name| {
                let index = network.indices.get(name);
                index.is_some_and(|index| index.low == axis.low && index.high == axis.high)
            })
        })
}
