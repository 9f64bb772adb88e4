//! Letters for what the file does not name: parts of equations, entries of payloads, bound indices. A line should not
//! show one letter both free and bound.

use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::name::{Name, PARTS};
use crate::math::network::{Network, Role};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Letters that read well for what is summed over, in the order in which they are tried.
const SUMMED: [&str; 10] = ["m", "k", "j", "i", "r", "s", "p", "q", "l", "n"];
/// Letters that read well for entries.
const ENTRIES: [&str; 9] = ["i", "j", "k", "m", "r", "l", "p", "q", "s"];

/// The first letter that is not `used`: a declared one, or one of the `usual` ones that means nothing else.
fn first_free(
    declared: impl Iterator<Item = Name>,
    usual: &[&str],
    means_nothing: impl Fn(&Name) -> bool,
    used: &BTreeSet<Name>,
) -> Option<Name> {
    let usual = usual.iter().map(|letter| Name::from(*letter)).filter(means_nothing);
    declared.chain(usual).find(|letter| !used.contains(letter))
}

/// The letters of a network. Cheap to clone.
#[derive(Clone, Default, Debug)]
pub struct Letters(Arc<Known>);

#[derive(Default, Debug)]
struct Known {
    /// The declared indices with their ranges.
    indices: Vec<Binder>,
    /// Names that mean something else.
    taken: FxHashSet<Name>,
    /// The index axes of quantities: where their adjoints exist.
    axes: FxHashMap<Name, Vec<Binder>>,
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
        first_free(declared, &SUMMED, |letter| !self.0.taken.contains(letter), used)
            .unwrap_or_else(|| binder.index.beside(&used.iter().chain(&self.0.taken).cloned().collect()))
    }

    /// The same term, with letters that read well for bound indices whose letters carry a number, such as `k_2`, which
    /// were made to keep them apart. `outside` are the names that stand free in the line or are bound around it.
    pub fn plain(&self, term: &Term, outside: &BTreeSet<Name>) -> Term {
        let rebuilt = |op: &Op, args: Vec<Term>| Term::new(op.clone(), args).unwrap_or_else(|_| term.clone());
        match term.op() {
            _ if !term.binds() => term.clone(),
            Op::Reduce(reducer, binder) if *reducer != Reducer::Softmax => {
                let (mut binder, mut args) = (binder.clone(), term.args().to_vec());
                let mut used = outside.clone();
                args.iter().for_each(|arg| used.extend(arg.free_names()));
                let stem = stem(&binder.index);
                let made = stem != binder.index && !self.0.taken.contains(&binder.index);
                if made && (used.contains(&stem) || self.0.taken.contains(&stem)) {
                    (binder, args) = self.under_another_letter(binder, &args, &used);
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

    /// A bound index and what it binds, under a letter that is none of `used`.
    fn under_another_letter(&self, binder: Binder, args: &[Term], used: &BTreeSet<Name>) -> (Binder, Vec<Term>) {
        let letter = self.pick(&binder, used);
        let put = BTreeMap::from([(binder.index.clone(), Integer::name(letter.clone()))]);
        (Binder { index: letter, ..binder }, args.iter().map(|arg| arg.at(&put)).collect())
    }

    /// The same term, in which no index is bound that stands free in the line (`outside`) or is bound around it.
    pub fn apart(&self, term: &Term, outside: &BTreeSet<Name>) -> Term {
        match term.op() {
            _ if !term.binds() => term.clone(),
            // The index of a softmax is free as well.
            Op::Reduce(reducer, binder) if *reducer != Reducer::Softmax => {
                let (mut binder, mut args) = (binder.clone(), term.args().to_vec());
                if outside.contains(&binder.index) {
                    let mut used = outside.clone();
                    args.iter().for_each(|arg| used.extend(arg.free_names()));
                    (binder, args) = self.under_another_letter(binder, &args, &used);
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

/// Whether a name means nothing in the network.
pub fn is_unused(network: &Network, name: &Name) -> bool {
    !network.quantities.contains_key(name)
        && !network.sizes.contains_key(name)
        && !network.indices.contains_key(name)
        && !network.quantities.values().any(|quantity| quantity.axes.iter().any(|axis| &axis.index == name))
}

/// All names that mean something in the network, for who asks about many.
pub fn used(network: &Network) -> FxHashSet<Name> {
    let axes = network.quantities.values().flat_map(|quantity| &quantity.axes).map(|axis| &axis.index);
    let names = network.quantities.keys().chain(network.sizes.keys()).chain(network.indices.keys());
    names.chain(axes).cloned().collect()
}

/// The letters that names of the file begin with: `W` of `W_f`, `h` of `h0`.
pub fn begun(network: &Network) -> BTreeSet<Name> {
    let own =
        network.quantities.values().filter(|quantity| quantity.role != Role::Named).map(|quantity| &quantity.name);
    let names = own.chain(network.sizes.keys()).chain(network.indices.keys());
    let letter = |name: &Name| Name::from(name.as_str().split(|next: char| !next.is_alphabetic()).next().unwrap_or(""));
    names.map(letter).collect()
}

/// `a_f` for the pre-activation of `f`, `u_f` for other parts; another letter where the file has `begun` names with that
/// one, which would mislead; then a number, when that is not `free`.
pub fn part_name(free: &dyn Fn(&Name) -> bool, begun: &BTreeSet<Name>, target: &Name, stem: &str) -> Name {
    let letters = std::iter::once(stem).chain(PARTS).filter(|letter| !begun.contains(*letter));
    let letters = letters.chain([stem]).map(str::to_string);
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
    first_free(declared.map(|index| index.name.clone()), &ENTRIES, |name| is_unused(network, name), taken)
        .unwrap_or_else(|| Name::from("i").beside(&network.quantities.keys().chain(taken).cloned().collect()))
}

/// The term with every bound index under a letter that stands for nothing else around it: the letter it was written
/// with, if that can be. The index of a softmax, which is free and bound, stays.
pub fn apart(network: &Network, term: &Term, taken: &BTreeSet<Name>) -> Term {
    if !term.binds() {
        return term.clone();
    }
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
