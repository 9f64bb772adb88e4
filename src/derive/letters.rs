//! Letters for what the file does not name: parts of equations, entries of payloads, bound indices.

use super::binders::stem;
use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Role};
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
    // A letter that already means something else, or begins a name of the network, would mislead.
    let begins = |letter: &str, name: &Name| {
        let rest = name.as_str().strip_prefix(letter);
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphabetic()))
    };
    let own =
        network.quantities.values().filter(|quantity| quantity.role != Role::Named).map(|quantity| &quantity.name);
    let own: Vec<&Name> = own.chain(network.sizes.keys()).chain(network.indices.keys()).collect();
    let unused = |letter: &&str| !own.iter().any(|name| begins(letter, name));
    let others = ["z", "s", "q", "p", "e", "r", "w", "v"];
    let letters = std::iter::once(stem).chain(others).filter(unused).chain([stem]).map(str::to_string);
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

/// The term with every bound index under a letter that stands for nothing else around it: the letter it was written
/// with, if that can be. The index of a softmax, which is free and bound, stays.
pub fn apart(network: &Network, term: &Term, taken: &BTreeSet<Name>) -> Term {
    let Op::Reduce(reducer, binder) = term.op() else {
        let args = term.args().iter().map(|arg| apart(network, arg, taken)).collect::<Vec<_>>();
        return if args == term.args() { term.clone() } else { rebuilt(term, term.op().clone(), args) };
    };
    let mut inside = taken.clone();
    let mut binder = binder.clone();
    let mut args = term.args().to_vec();
    if *reducer != Reducer::Softmax {
        let mut around = taken.clone();
        around.extend(args.iter().flat_map(Term::free_names).filter(|name| *name != binder.index));
        let letter = written(network, &around, &binder);
        if letter != binder.index {
            let put = BTreeMap::from([(binder.index.clone(), Integer::name(letter.clone()))]);
            args = args.iter().map(|arg| arg.at(&put)).collect();
            binder = Binder { index: letter, ..binder };
        }
    }
    inside.insert(binder.index.clone());
    let args = args.iter().map(|arg| apart(network, arg, &inside)).collect();
    rebuilt(term, Op::Reduce(*reducer, binder), args)
}

/// A part with its free indices, as an equation of its own would write it: every index under the letter it was written
/// with, where that can be.
pub fn lettered(network: &Network, ranges: &[Binder], part: &Term) -> (Vec<Binder>, Term) {
    let mut taken: BTreeSet<Name> = ranges.iter().map(|range| range.index.clone()).collect();
    let mut put = BTreeMap::new();
    let mut named: Vec<Binder> = Vec::new();
    for range in ranges {
        taken.remove(&range.index);
        let letter = written(network, &taken, range);
        taken.insert(letter.clone());
        if letter != range.index {
            put.insert(range.index.clone(), Integer::name(letter.clone()));
        }
        named.push(Binder { index: letter, ..range.clone() });
    }
    let named: Vec<Binder> = named.iter().map(|range| range.at(&put)).collect();
    let part = apart(network, &part.at(&put), &taken);
    (named, part)
}

/// The letter that a bound index was written with, without the number that set it apart from others of that letter; or
/// another one, where that letter is taken.
fn written(network: &Network, taken: &BTreeSet<Name>, binder: &Binder) -> Name {
    let stem = stem(&binder.index);
    let means_another = network.quantities.contains_key(&stem) || network.sizes.contains_key(&stem);
    if stem.as_str().is_empty() || taken.contains(&stem) || means_another {
        if taken.contains(&binder.index) {
            return index_letter(network, taken, &binder.low, &binder.high);
        }
        let declared = network
            .indices
            .values()
            .find(|index| index.low == binder.low && index.high == binder.high && !taken.contains(&index.name));
        return declared.map_or_else(|| binder.index.clone(), |index| index.name.clone());
    }
    stem
}

/// The same operation on arguments of the same types.
fn rebuilt(term: &Term, op: Op, args: Vec<Term>) -> Term {
    Term::new(op, args).unwrap_or_else(|_| term.clone())
}
