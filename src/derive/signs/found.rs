//! What the equations of a network and the book of functions say of signs.

use super::{DEPTH, Sign, Signs};
use crate::derive::jacobian::rational;
use crate::math::expression::{Binder, Mark, Op, Read, Term};
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::number::whole;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

    fn enter_divisors(&mut self, term: &Term, network: &Network) {
        // Below a choice, a condition or a part of a range, a divisor may be met at some entries only.
        let passes = |binder: &Binder| {
            let index = network.indices.get(&binder.index);
            index.is_some_and(|index| index.low == binder.low && index.high == binder.high)
                && self.counts(&binder.high.minus(&binder.low).offset(1))
        };
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

/// Functions whose values stay on one side of a number, as the book says.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Functions {
    /// Below 1.
    pub(super) below: BTreeSet<Name>,
    /// Above −1.
    pub(super) above: BTreeSet<Name>,
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
