//! States that stay at 0 or above and that a root or a logarithm is taken of, such as the second moments of an optimizer:
//! their initial values are drawn where the network has a value.

use super::network::Resolved;
use super::reach::Starts;
use super::world::World;
use crate::math::expression::{Mark, Op, Reducer, Relation, Term};
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::number::whole;
use num_traits::Signed;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Quantities are looked through no deeper than this.
const DEPTH: usize = 24;

/// The states with an initial value that their own equations keep at 0 or above, as far as they stand under a root or a
/// logarithm.
pub fn states(world: &World<'_>, equations: &[Resolved], starts: &Starts) -> BTreeSet<Name> {
    let under = under_roots(equations);
    if !under.iter().any(|name| starts.contains_key(name)) {
        return BTreeSet::new();
    }
    let mut view = View { world, equations, kept: starts.keys().cloned().collect(), known: RefCell::default() };
    loop {
        view.known.take();
        let left: BTreeSet<Name> = view.kept.iter().filter(|name| !view.computed(name, DEPTH)).cloned().collect();
        if left.is_empty() {
            break;
        }
        view.kept.retain(|name| !left.contains(name));
    }
    view.kept.intersection(&under).cloned().collect()
}

/// The quantities that a root, a broken power or a logarithm is taken of, also by way of others. A square on the way makes
/// anything good.
fn under_roots(equations: &[Resolved]) -> BTreeSet<Name> {
    let mut open: Vec<&Term> = Vec::new();
    for equation in equations {
        equation.body.walk(&mut |term| {
            let root = match term.op() {
                Op::Apply(name) => matches!(name.as_str(), "sqrt" | "log"),
                Op::Power => term.args()[1].as_number().is_some_and(|exponent| !exponent.is_integer()),
                _ => false,
            };
            open.extend(root.then(|| &term.args()[0]));
        });
    }
    let mut found = BTreeSet::new();
    while let Some(term) = open.pop() {
        match term.op() {
            Op::Read(read) if read.mark == Mark::Value => {
                if found.insert(read.quantity.clone()) {
                    let own = equations.iter().filter(|equation| equation.target == read.quantity);
                    open.extend(own.map(|equation| &equation.body));
                }
            }
            Op::Power if is_even(&term.args()[1]) => {}
            Op::Apply(_) => {}
            _ => open.extend(term.args()),
        }
    }
    found
}

fn is_even(exponent: &Term) -> bool {
    exponent.as_number().is_some_and(|exponent| (exponent / whole(2)).is_integer())
}

struct View<'v, 'w> {
    world: &'v World<'w>,
    equations: &'v [Resolved],
    /// States that are taken to be kept at 0 or above.
    kept: BTreeSet<Name>,
    /// What was found of others; no while it is still open.
    known: RefCell<BTreeMap<Name, bool>>,
}

impl View<'_, '_> {
    /// Whether all equations of a quantity give values of 0 or above.
    fn computed(&self, name: &Name, depth: usize) -> bool {
        if let Some(known) = self.known.borrow().get(name) {
            return *known;
        }
        self.known.borrow_mut().insert(name.clone(), false);
        let mut own = self.equations.iter().filter(|equation| &equation.target == name).peekable();
        let holds = own.peek().is_some() && own.all(|equation| self.holds(&equation.body, depth));
        self.known.borrow_mut().insert(name.clone(), holds);
        holds
    }

    /// Whether a term is at 0 or above, if the states that are kept are.
    fn holds(&self, term: &Term, depth: usize) -> bool {
        let Some(deeper) = depth.checked_sub(1) else { return false };
        let args = term.args();
        let all = || args.iter().all(|arg| self.holds(arg, deeper));
        match term.op() {
            Op::Number(value) => !value.is_negative(),
            Op::Integer(_) => true,
            Op::Read(read) if read.mark != Mark::Value => false,
            Op::Read(read) => match self.world.quantities.get(&read.quantity).map(|entry| &entry.role) {
                Some(Role::Const(numbers)) => numbers.iter().all(|value| !value.is_negative()),
                // A given number is taken for a rate.
                Some(Role::Given) => read.shape.is_number() && read.subscripts.is_empty(),
                _ => self.kept.contains(&read.quantity) || self.computed(&read.quantity, deeper),
            },
            Op::Power => is_even(&args[1]) || self.holds(&args[0], deeper),
            // 1 − β, where β is at most 1.
            Op::Add => match (args[0].as_number(), args[1].op()) {
                (Some(one), Op::Neg) if *one >= whole(1) => self.below_one(&args[1].args()[0]),
                _ => all(),
            },
            Op::Mul if args[0] == args[1] => true,
            Op::Mul | Op::Div | Op::MatMul | Op::Concat => all(),
            Op::Fill(_) | Op::Total | Op::Transpose | Op::Diag | Op::Diagonal | Op::Reshape(_) | Op::Slice(..) => {
                self.holds(&args[0], deeper)
            }
            Op::Eye(_) => true,
            // Of max(u, v), one of them is enough.
            Op::Apply(name) if name.as_str() == "max" => args.iter().any(|arg| self.holds(arg, deeper)),
            Op::Apply(name) if name.as_str() == "min" => all(),
            Op::Apply(name) => matches!(name.as_str(), "exp" | "sigmoid" | "softplus" | "abs" | "relu" | "sqrt"),
            Op::Where if larger(term) => args[1..].iter().any(|arg| self.holds(arg, deeper)),
            Op::Where => args[1..].iter().all(|arg| self.holds(arg, deeper)),
            Op::Reduce(Reducer::Softmax | Reducer::ArgMax | Reducer::ArgMin, _) => true,
            Op::Reduce(Reducer::LogSumExp, _) => false,
            Op::Reduce(..) => self.holds(&args[0], deeper),
            _ => false,
        }
    }

    /// Whether a number is between 0 and 1: a rate, or a power of one.
    fn below_one(&self, term: &Term) -> bool {
        match term.op() {
            Op::Number(value) => !value.is_negative() && *value <= whole(1),
            Op::Read(read) => match self.world.quantities.get(&read.quantity).map(|entry| &entry.role) {
                Some(Role::Const(numbers)) => numbers.iter().all(|value| !value.is_negative() && *value <= whole(1)),
                Some(Role::Given) => read.shape.is_number() && read.subscripts.is_empty(),
                _ => false,
            },
            Op::Fill(_) | Op::Power => self.below_one(&term.args()[0]),
            Op::Mul => term.args().iter().all(|arg| self.below_one(arg)),
            _ => false,
        }
    }
}

/// `where(u ≥ v, u, v)`
fn larger(term: &Term) -> bool {
    let [condition, yes, no] = term.args() else { return false };
    matches!(condition.op(), Op::Compare(Relation::GreaterEqual | Relation::Greater))
        && condition.args() == [yes.clone(), no.clone()]
}
