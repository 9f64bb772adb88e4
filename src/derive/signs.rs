//! What is known of the signs of forward quantities: where the forward pass has a value, its divisors are not 0, and
//! exponentials and what is made of them are positive. Sizes are at least 1.

use super::graph::{Graph, Node, Ops};
use super::jacobian::rational;
use super::matching::Bindings;
use crate::math::derivation::Because;
use crate::math::expression::{Binder, Mark, Op, Read, Reducer, Term};
use crate::math::integer::{Atom, Integer};
use crate::math::law::{Book, Condition};
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::number::{Rational, whole};
use egg::{Id, Language};
use num_traits::Signed;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Terms are looked at no deeper than this.
const DEPTH: usize = 12;

/// In a graph, a question is given up after so many others.
const CLASSES: usize = 64;

/// Quantities whose sign is known.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Signs {
    /// Those that are positive at every entry.
    pub positive: BTreeSet<Name>,
    /// Letters of a lemma that are assumed not to be negative.
    pub nonnegative: BTreeSet<Name>,
    /// Numbers of values that a lemma assumes to be positive.
    pub counted: BTreeSet<Integer>,
    /// Those by which the forward pass divides.
    pub divisors: BTreeSet<Name>,
    /// Sums by which it divides, of numbers without indices.
    pub differences: BTreeSet<Term>,
    /// Sizes, which are at least 1.
    pub sizes: BTreeSet<Name>,
    /// Those that are below 1 at every entry.
    pub below: BTreeSet<Name>,
    /// Those that are above −1 at every entry.
    pub above: BTreeSet<Name>,
    /// Those of which this is known because the forward pass takes a logarithm.
    pub logged: BTreeSet<Name>,
    /// What the book says of the values of functions.
    pub functions: Arc<Functions>,
}

/// Functions whose values stay on one side of a number, as the book says.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Functions {
    /// Below 1.
    below: BTreeSet<Name>,
    /// Above −1.
    above: BTreeSet<Name>,
}

impl Functions {
    /// From words such as `0 < value < 1`.
    fn of(book: &Book) -> Functions {
        let mut functions = Functions::default();
        for operation in book.operations() {
            let said = operation.bound.as_deref().unwrap_or_default();
            let Some((low, high)) = said.split(',').find_map(|part| part.split_once("value")) else { continue };
            let one = |text: &str| rational(text.trim_matches(['<', '≤', ' ']));
            if let Some(high_end) = one(high)
                && (high_end < whole(1) || high_end == whole(1) && high.contains('<'))
            {
                functions.below.insert(operation.name.clone());
            }
            if let Some(low_end) = one(low)
                && (low_end > whole(-1) || low_end == whole(-1) && low.contains('<'))
            {
                functions.above.insert(operation.name.clone());
            }
        }
        functions
    }
}

/// What may be known of a sign.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Positive,
    NonNegative,
    NonZero,
    /// Less than 1.
    Below,
    /// Greater than −1.
    Above,
}

impl Signs {
    /// What the equations of `network` say, and the book of functions.
    pub fn of(network: &Network, book: &Book) -> Signs {
        let sizes = network.sizes.keys().cloned().collect();
        let mut signs = Signs { sizes, functions: Arc::new(Functions::of(book)), ..Signs::default() };
        // A quantity has a sign when all its equations say so; most have one.
        let mut count: BTreeMap<&Name, usize> = BTreeMap::new();
        network.equations.iter().for_each(|equation| *count.entry(&equation.target).or_default() += 1);
        let mut open = [count.clone(), count.clone(), count];
        for equation in &network.equations {
            signs.enter_divisors(&equation.body, network);
            for (sign, open) in [Sign::Positive, Sign::Below, Sign::Above].into_iter().zip(&mut open) {
                if let Some(left) = open.get_mut(&equation.target)
                    && signs.known_of(&equation.body, sign, DEPTH)
                {
                    *left -= 1;
                    let names = match sign {
                        Sign::Below => &mut signs.below,
                        Sign::Above => &mut signs.above,
                        _ => &mut signs.positive,
                    };
                    names.extend((*left == 0).then(|| equation.target.clone()));
                }
            }
        }
        signs
    }

    /// What is known of the quantities that are renamed, under their new names. What is known of functions is
    /// the same for all.
    pub fn renamed(&self, there: &super::alike::Renaming) -> Signs {
        let among = |names: &BTreeSet<Name>| {
            there.quantities().filter(|(old, _)| names.contains(*old)).map(|(_, new)| new.clone()).collect()
        };
        let known: BTreeSet<&Name> = there.quantities().map(|(old, _)| old).collect();
        let among_them = |sum: &&Term| sum.reads().iter().all(|read| known.contains(&read.quantity));
        Signs {
            positive: among(&self.positive),
            divisors: among(&self.divisors),
            differences: self.differences.iter().filter(among_them).map(|sum| there.term(sum)).collect(),
            sizes: there.sizes().collect(),
            below: among(&self.below),
            above: among(&self.above),
            logged: among(&self.logged),
            ..Signs::default()
        }
    }

    /// With the sizes of `other` and what it knows of functions as well.
    pub fn with_sizes(&self, other: &Signs) -> Signs {
        let sizes = self.sizes.union(&other.sizes).cloned().collect();
        Signs { sizes, functions: other.functions.clone(), ..self.clone() }
    }

    fn enter_divisors(&mut self, term: &Term, network: &Network) {
        // Below a choice or a condition, a divisor may be met at some entries only.
        let passes = |binder: &Binder| self.counts(&binder.high.minus(&binder.low).offset(1));
        match term.op() {
            Op::Where => return,
            Op::Reduce(_, binder) if term.args().len() > 1 || !passes(binder) => return,
            _ => {}
        }
        if let (Op::Div, [_, below]) = (term.op(), term.args()) {
            let mut open = vec![below];
            while let Some(below) = open.pop() {
                match below.op() {
                    Op::Fill(_) | Op::Neg | Op::Mul => open.extend(below.args()),
                    // A sum of numbers that are the same everywhere: `1 − p`.
                    Op::Add if below.reads().iter().all(|read| read.subscripts.is_empty()) => {
                        self.differences.insert((*below).clone());
                    }
                    Op::Read(read) if reads_all(read, network) => {
                        self.divisors.insert(read.quantity.clone());
                    }
                    _ => {}
                }
            }
        }
        if let (Op::Apply(name), [of]) = (term.op(), term.args())
            && name.as_str() == "log"
        {
            self.enter_logarithm(of, network);
        }
        term.args().iter().for_each(|arg| self.enter_divisors(arg, network));
    }

    /// Where log(u), log(1 − u) or log(1 + u) has a value, u is positive, below 1, or above −1.
    fn enter_logarithm(&mut self, term: &Term, network: &Network) {
        let whole_read = |term: &Term| term.as_read().filter(|read| reads_all(read, network)).cloned();
        let (read, names) = match (term.op(), term.args()) {
            (Op::Read(_), _) => (whole_read(term), &mut self.positive),
            (Op::Add, [number, rest]) if number.as_number().is_some_and(|value| *value <= whole(1)) => {
                match rest.op() {
                    Op::Neg => (whole_read(&rest.args()[0]), &mut self.below),
                    _ => (whole_read(rest), &mut self.above),
                }
            }
            _ => return,
        };
        if let Some(read) = read.filter(|read| read.mark == Mark::Value) {
            names.insert(read.quantity.clone());
            self.logged.insert(read.quantity);
        }
    }

    /// Whether the term is positive at every entry, whatever the data are.
    pub fn is_positive(&self, term: &Term) -> bool {
        self.known_of(term, Sign::Positive, DEPTH)
    }

    /// Whether the term is 0 nowhere, where the forward pass has a value.
    pub fn is_nonzero(&self, term: &Term) -> bool {
        self.known_of(term, Sign::NonZero, DEPTH)
    }

    fn known_of(&self, term: &Term, sign: Sign, depth: usize) -> bool {
        let args = term.args();
        let number = |arg: usize| args[arg].as_number().cloned();
        depth > 0 && sign == Sign::NonZero && self.differences.contains(term)
            || depth > 0
                && self.known(term.op(), args.len(), sign, &number, &|arg, sign| {
                    self.known_of(&args[arg], sign, depth - 1)
                })
    }

    /// Whether an operation has a sign, when `of` tells whether its arguments have one, and `number` what they are.
    fn known(
        &self,
        op: &Op,
        args: usize,
        sign: Sign,
        number: &dyn Fn(usize) -> Option<Rational>,
        of: &dyn Fn(usize, Sign) -> bool,
    ) -> bool {
        let all = |sign| (0..args).all(|arg| of(arg, sign));
        let positive = || match op {
            Op::Number(value) => value.is_positive(),
            Op::Integer(integer) => self.counts(integer),
            Op::Read(read) => read.mark == Mark::Value && self.positive.contains(&read.quantity),
            Op::Letter(letter) => self.positive.contains(&letter.name),
            Op::Fill(_) | Op::Total | Op::Transpose | Op::Power | Op::Diagonal | Op::Reshape(_) => {
                of(0, Sign::Positive)
            }
            Op::Add => {
                of(0, Sign::Positive) && of(1, Sign::NonNegative)
                    || of(1, Sign::Positive) && of(0, Sign::NonNegative)
                    // 1 − u, where u is below 1.
                    || number(0).is_some_and(|value| value >= whole(1)) && of(1, Sign::Above)
                    || number(1).is_some_and(|value| value >= whole(1)) && of(0, Sign::Above)
            }
            Op::Mul | Op::Div | Op::MatMul | Op::Concat => all(Sign::Positive),
            Op::Where => of(1, Sign::Positive) && of(2, Sign::Positive),
            // Shares are positive, unless a condition takes some out.
            Op::Reduce(Reducer::Softmax, _) => args == 1,
            Op::Apply(name) => match name.as_str() {
                "exp" | "sigmoid" | "softplus" => true,
                "sqrt" => of(0, Sign::Positive),
                _ => false,
            },
            // A mean is taken of something; a sum may have no summands.
            Op::Reduce(Reducer::Sum, binder) if args == 1 => {
                self.counts(&binder.high.minus(&binder.low).offset(1)) && of(0, Sign::Positive)
            }
            Op::Reduce(Reducer::Mean | Reducer::Max | Reducer::Min, _) => of(0, Sign::Positive),
            _ => false,
        };
        match sign {
            Sign::Positive => positive(),
            Sign::NonNegative => match op {
                Op::Number(value) => !value.is_negative(),
                Op::Letter(letter) if self.nonnegative.contains(&letter.name) => true,
                Op::Power if number(1).is_some_and(|exponent| (exponent / whole(2)).is_integer()) => true,
                Op::Power | Op::Fill(_) | Op::Total | Op::Transpose | Op::Diagonal | Op::Reshape(_) => {
                    of(0, Sign::NonNegative)
                }
                Op::Add | Op::Mul | Op::Div | Op::MatMul | Op::Concat => all(Sign::NonNegative),
                Op::Apply(name) => matches!(name.as_str(), "abs" | "relu" | "sqrt") || positive(),
                Op::Reduce(Reducer::Sum | Reducer::Mean | Reducer::Max | Reducer::Min, _) => of(0, Sign::NonNegative),
                _ => positive(),
            },
            Sign::Below => match op {
                Op::Number(value) => *value < whole(1),
                Op::Neg => of(0, Sign::Above),
                Op::Read(read) => read.mark == Mark::Value && self.below.contains(&read.quantity),
                Op::Apply(name) => self.functions.below.contains(name),
                Op::Fill(_) | Op::Transpose | Op::Diagonal | Op::Reshape(_) => of(0, Sign::Below),
                Op::Power if number(1) == Some(whole(2)) => of(0, Sign::Below) && of(0, Sign::Above),
                // Between −1 and 1, as its factors are.
                Op::Mul => all(Sign::Below) && all(Sign::Above),
                _ => false,
            },
            Sign::Above => match op {
                Op::Number(value) => *value > whole(-1),
                Op::Neg => of(0, Sign::Below),
                Op::Read(read) if read.mark == Mark::Value && self.above.contains(&read.quantity) => true,
                Op::Apply(name) if self.functions.above.contains(name) => true,
                Op::Fill(_) | Op::Transpose | Op::Diagonal | Op::Reshape(_) => of(0, Sign::Above),
                _ => self.known(op, args, Sign::NonNegative, number, of),
            },
            Sign::NonZero => match op {
                Op::Number(value) => value != &whole(0),
                Op::Read(read) if read.mark == Mark::Value && self.divisors.contains(&read.quantity) => true,
                Op::Letter(letter) if self.divisors.contains(&letter.name) => true,
                Op::Fill(_) | Op::Neg | Op::Power | Op::Transpose => of(0, Sign::NonZero),
                Op::Mul | Op::Div => all(Sign::NonZero),
                _ => positive(),
            },
        }
    }

    /// Whether the integer is a sum of products of sizes with positive coefficients.
    fn counts(&self, integer: &Integer) -> bool {
        let summands = integer.summands();
        let size = |atom: &Atom| matches!(atom, Atom::Name(name) if self.sizes.contains(name));
        self.counted.contains(integer)
            || !summands.is_empty()
                && summands
                    .iter()
                    .all(|(coefficient, atoms)| *coefficient > 0 && atoms.iter().all(|(atom, _)| size(atom)))
    }

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

    /// Whether a condition of a law holds for the term that its letter stands for.
    pub fn meets(&self, condition: &Condition, term: &Term) -> bool {
        match condition {
            Condition::NonZero(_) => self.is_nonzero(term),
            Condition::Positive(_) => self.is_positive(term),
            Condition::NonNegative(_) => self.known_of(term, Sign::NonNegative, DEPTH),
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
        let sign = match condition {
            Condition::NonZero(_) => Sign::NonZero,
            Condition::Positive(_) => Sign::Positive,
            Condition::NonNegative(_) => Sign::NonNegative,
            _ => return false,
        };
        Look { signs: self, graph, ops, seen: RefCell::default() }.class(class, sign, DEPTH)
    }
}

/// One question about a class.
struct Look<'a> {
    signs: &'a Signs,
    graph: &'a Graph,
    ops: &'a Ops,
    /// What was asked already, with the answer; no while it is still open.
    seen: RefCell<BTreeMap<(Id, Sign), bool>>,
}

impl Look<'_> {
    fn class(&self, class: Id, sign: Sign, depth: usize) -> bool {
        let key = (self.graph.find(class), sign);
        if let Some(answer) = self.seen.borrow().get(&key) {
            return *answer;
        }
        if depth == 0 || self.seen.borrow().len() > CLASSES {
            return false;
        }
        self.seen.borrow_mut().insert(key, false);
        let node = |node: &Node| {
            let args = node.children();
            let number = |arg: usize| self.graph[args[arg]].data.number.clone();
            let of = |arg: usize, sign: Sign| self.class(args[arg], sign, depth - 1);
            self.signs.known(self.ops.of(node), args.len(), sign, &number, &of)
        };
        let answer = self.graph[class].nodes.iter().take(16).any(node);
        self.seen.borrow_mut().insert(key, answer);
        answer
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
