//! Letters for what the file does not name: parts of equations, entries of payloads, bound indices.

use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Network;
use std::collections::{BTreeMap, BTreeSet};

/// Letters that indices are usually written with.
const INDICES: [&str; 9] = ["i", "j", "k", "m", "r", "l", "p", "q", "s"];

/// Whether a name means nothing in the network.
pub fn is_unused(network: &Network, name: &Name) -> bool {
    !network.quantities.contains_key(name)
        && !network.sizes.contains_key(name)
        && !network.indices.contains_key(name)
        && !network.quantities.values().any(|quantity| quantity.axes.iter().any(|axis| &axis.index == name))
}

/// `a_f` for the pre-activation of `f`, `u_f` for other parts; another letter, then a number, when that is taken.
pub fn part_name(network: &Network, taken: &BTreeSet<Name>, target: &Name, stem: &str) -> Name {
    let free = |name: &Name| !taken.contains(name) && is_unused(network, name);
    // A letter that already means something else would mislead.
    let others = ["z", "s", "q", "p"].into_iter().filter(|letter| free(&Name::from(*letter)));
    let letters = std::iter::once(stem).chain(others).map(str::to_string);
    let numbered = (2..=u32::MAX).map(|n| format!("{stem}{n}"));
    letters
        .chain(numbered)
        .map(|letter| Name::from(format!("{letter}_{target}")))
        .find(free)
        .unwrap_or_else(|| target.clone())
}

/// A letter for an index from `low` to `high` that is not `taken`: a declared index of that range, or else a letter
/// that means nothing in the network.
pub fn index_letter(network: &Network, taken: &BTreeSet<Name>, low: &Integer, high: &Integer) -> Name {
    let declared = network.indices.values().filter(|index| &index.low == low && &index.high == high);
    let usual = INDICES.iter().map(|letter| Name::from(*letter)).filter(|name| is_unused(network, name));
    declared
        .map(|index| index.name.clone())
        .chain(usual)
        .find(|name| !taken.contains(name))
        .unwrap_or_else(|| Name::from("i").beside(&network.quantities.keys().chain(taken).cloned().collect()))
}

/// The term with every bound index under a letter that stands for nothing else around it. The index of a softmax,
/// which is free and bound, stays.
pub fn apart(network: &Network, term: &Term, taken: &BTreeSet<Name>) -> Term {
    let Op::Reduce(reducer, binder) = term.op() else {
        let args = term.args().iter().map(|arg| apart(network, arg, taken)).collect::<Vec<_>>();
        return if args == term.args() { term.clone() } else { rebuilt(term, term.op().clone(), args) };
    };
    let mut inside = taken.clone();
    let mut binder = binder.clone();
    let mut args = term.args().to_vec();
    if *reducer != Reducer::Softmax && taken.contains(&binder.index) {
        inside.extend(args.iter().flat_map(Term::free_names));
        let letter = index_letter(network, &inside, &binder.low, &binder.high);
        let put = BTreeMap::from([(binder.index.clone(), Integer::name(letter.clone()))]);
        args = args.iter().map(|arg| arg.at(&put)).collect();
        binder = Binder { index: letter, ..binder };
    }
    inside.insert(binder.index.clone());
    let args = args.iter().map(|arg| apart(network, arg, &inside)).collect();
    rebuilt(term, Op::Reduce(*reducer, binder), args)
}

/// The same operation on arguments of the same types.
fn rebuilt(term: &Term, op: Op, args: Vec<Term>) -> Term {
    Term::new(op, args).unwrap_or_else(|_| term.clone())
}
