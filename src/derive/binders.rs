//! Letters for bound indices: a line should not show one letter both free and bound.

use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Network;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Letters that read well for an index, in the order in which they are tried.
const USUAL: [&str; 10] = ["m", "k", "j", "i", "r", "s", "p", "q", "l", "n"];

/// The letters of a network. Cheap to clone.
#[derive(Clone, Default, Debug)]
pub struct Letters(Arc<Known>);

#[derive(Default, Debug)]
struct Known {
    /// The declared indices with their ranges.
    indices: Vec<Binder>,
    /// Names that mean something else.
    taken: BTreeSet<Name>,
    /// The index axes of quantities: where their adjoints exist.
    axes: BTreeMap<Name, Vec<Binder>>,
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
        let (indices, taken) = (indices.collect(), names.cloned().collect());
        Letters(Arc::new(Known { indices, taken, axes: axes.collect() }))
    }

    /// The index axes of a quantity.
    pub fn axes(&self, quantity: &Name) -> &[Binder] {
        self.0.axes.get(quantity).map_or(&[], Vec::as_slice)
    }

    /// A letter for an index over the range of `binder` that is none of `used`: a declared index over that range, or
    /// one of the usual letters that means nothing else here.
    pub fn pick(&self, binder: &Binder, used: &BTreeSet<Name>) -> Name {
        let same = |index: &&Binder| index.low == binder.low && index.high == binder.high;
        let declared = self.0.indices.iter().filter(same).map(|index| index.index.clone());
        let usual = USUAL.iter().map(|letter| Name::from(*letter)).filter(|letter| !self.0.taken.contains(letter));
        declared
            .chain(usual)
            .find(|letter| !used.contains(letter))
            .unwrap_or_else(|| binder.index.beside(&used.union(&self.0.taken).cloned().collect()))
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
