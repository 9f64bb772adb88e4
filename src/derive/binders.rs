//! Letters for bound indices: a line should not show one letter both free and bound.

use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Network;
use std::collections::{BTreeMap, BTreeSet};

/// Letters that read well for an index, in the order in which they are tried.
const USUAL: [&str; 10] = ["m", "k", "j", "i", "r", "s", "p", "q", "l", "n"];

/// The letters of a network.
#[derive(Clone, Default, Debug)]
pub struct Letters {
    /// The declared indices with their ranges.
    indices: Vec<Binder>,
    /// Names that mean something else.
    taken: BTreeSet<Name>,
    /// The index axes of quantities: where their adjoints exist.
    axes: BTreeMap<Name, Vec<Binder>>,
}

/// The letter without the number that sets it apart from others; the same letter, where it has none.
pub fn stem(letter: &Name) -> Name {
    let spelled = letter.as_str();
    let bare = spelled.trim_end_matches(|letter: char| letter.is_ascii_digit());
    Name::from(if bare.len() < spelled.len() { bare.trim_end_matches('_') } else { bare })
}

impl Letters {
    /// The letters of `network`.
    pub fn of(network: &Network) -> Letters {
        let indices = network.indices.values().map(|index| Binder {
            index: index.name.clone(),
            low: index.low.clone(),
            high: index.high.clone(),
        });
        let names = network.quantities.keys().chain(network.sizes.keys()).chain(network.indices.keys());
        let axes = network.quantities.iter().map(|(name, quantity)| (name.clone(), quantity.axes.clone()));
        Letters { indices: indices.collect(), taken: names.cloned().collect(), axes: axes.collect() }
    }

    /// The index axes of a quantity.
    pub fn axes(&self, quantity: &Name) -> &[Binder] {
        self.axes.get(quantity).map_or(&[], Vec::as_slice)
    }

    /// A letter for an index over the range of `binder` that is none of `used`: a declared index over that range, or
    /// one of the usual letters that means nothing else here.
    pub fn pick(&self, binder: &Binder, used: &BTreeSet<Name>) -> Name {
        let same = |index: &&Binder| index.low == binder.low && index.high == binder.high;
        let declared = self.indices.iter().filter(same).map(|index| index.index.clone());
        let usual = USUAL.iter().map(|letter| Name::from(*letter)).filter(|letter| !self.taken.contains(letter));
        declared
            .chain(usual)
            .find(|letter| !used.contains(letter))
            .unwrap_or_else(|| binder.index.beside(&used.union(&self.taken).cloned().collect()))
    }

    /// The same term, with letters that read well for bound indices whose letters carry a number, such as `k_2`, which
    /// were made to keep them apart. `outside` are the names that stand free in the line or are bound around it.
    pub fn plain(&self, term: &Term, outside: &BTreeSet<Name>) -> Term {
        let rebuilt = |op: &Op, args: Vec<Term>| Term::new(op.clone(), args).unwrap_or_else(|_| term.clone());
        match term.op() {
            _ if term.args().is_empty() => term.clone(),
            Op::Reduce(reducer, binder) if *reducer != Reducer::Softmax => {
                let (mut binder, mut args) = (binder.clone(), term.args().to_vec());
                let mut used = outside.clone();
                args.iter().for_each(|arg| used.extend(arg.free_names()));
                let stem = stem(&binder.index);
                let made = stem != binder.index && !self.taken.contains(&binder.index);
                if made && (used.contains(&stem) || self.taken.contains(&stem)) {
                    let letter = self.pick(&binder, &used);
                    let put = BTreeMap::from([(binder.index.clone(), Integer::name(letter.clone()))]);
                    args = args.iter().map(|arg| arg.at(&put)).collect();
                    binder.index = letter;
                }
                let mut inside = outside.clone();
                inside.insert(binder.index.clone());
                rebuilt(&Op::Reduce(*reducer, binder), args.iter().map(|arg| self.plain(arg, &inside)).collect())
            }
            op => {
                let args: Vec<Term> = term.args().iter().map(|arg| self.plain(arg, outside)).collect();
                if args == term.args() { term.clone() } else { rebuilt(op, args) }
            }
        }
    }

    /// The same term, in which no index is bound that stands free in the line (`outside`) or is bound around it.
    pub fn apart(&self, term: &Term, outside: &BTreeSet<Name>) -> Term {
        match term.op() {
            _ if term.args().is_empty() => term.clone(),
            // The index of a softmax is free as well.
            Op::Reduce(reducer, binder) if *reducer != Reducer::Softmax => {
                let (mut binder, mut args) = (binder.clone(), term.args().to_vec());
                if outside.contains(&binder.index) {
                    let mut used = outside.clone();
                    args.iter().for_each(|arg| used.extend(arg.free_names()));
                    let letter = self.pick(&binder, &used);
                    let put = BTreeMap::from([(binder.index.clone(), Integer::name(letter.clone()))]);
                    args = args.iter().map(|arg| arg.at(&put)).collect();
                    binder.index = letter;
                }
                let mut inside = outside.clone();
                inside.insert(binder.index.clone());
                let args = args.iter().map(|arg| self.apart(arg, &inside)).collect();
                Term::new(Op::Reduce(*reducer, binder), args).unwrap_or_else(|_| term.clone())
            }
            op => {
                let args: Vec<Term> = term.args().iter().map(|arg| self.apart(arg, outside)).collect();
                if args == term.args() { term.clone() } else { Term::new(op.clone(), args).unwrap_or(term.clone()) }
            }
        }
    }
}

/// Whether two terms differ in nothing but the letters of bound indices.
pub fn same_but_for_letters(left: &Term, right: &Term) -> bool {
    let under = |left: &[Term], right: &[Term]| {
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_but_for_letters(left, right))
    };
    match (left.op(), right.op()) {
        (Op::Reduce(a, first), Op::Reduce(b, second)) if a == b && first.index != second.index => {
            if *a == Reducer::Softmax || first.low != second.low || first.high != second.high {
                return false;
            }
            // Both under a letter that stands in neither.
            let mut taken = left.free_names();
            taken.extend(right.free_names());
            taken.extend([first.index.clone(), second.index.clone()]);
            let letter = Integer::name(first.index.beside(&taken));
            let renamed = |term: &Term, index: &Name| -> Vec<Term> {
                let put = BTreeMap::from([(index.clone(), letter.clone())]);
                term.args().iter().map(|arg| arg.at(&put)).collect()
            };
            under(&renamed(left, &first.index), &renamed(right, &second.index))
        }
        (a, b) => a == b && under(left.args(), right.args()),
    }
}
