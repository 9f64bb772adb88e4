//! Looking at the indices of a polynomial.

use super::atom::{Atom, Bound, Condition, Index};
use super::polynomial::{Monomial, Polynomial, natural};
use crate::math::expression::{Read, Subscript};
use crate::math::integer::{self, Integer};
use crate::math::name::Name;
use crate::math::number::Rational;
use std::collections::BTreeSet;

/// An index to be summed over, while it is open.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Variable {
    /// An axis.
    Index(Index),
    /// An index of the network.
    Name(Name),
}

/// What a visit meets.
pub enum Seen<'a> {
    /// An index of an entry.
    Index(Index),
    /// An integer expression.
    Integer(&'a Integer),
    /// An integer used as a number.
    Size(&'a integer::Atom),
}

impl Polynomial {
    /// Calls `visit` on every index in it, bound ones too.
    pub fn visit(&self, visit: &mut dyn FnMut(Seen)) {
        self.0.keys().for_each(|monomial| monomial.visit(visit));
    }

    /// The highest level of a contraction in it.
    pub fn level(&self) -> usize {
        self.0.keys().map(Monomial::level).max().unwrap_or(0)
    }
}

impl Monomial {
    /// Calls `visit` on every reading in it.
    pub fn visit_reads(&self, visit: &mut dyn FnMut(&Read)) {
        fn enter(polynomial: &Polynomial, visit: &mut dyn FnMut(&Read)) {
            polynomial.0.keys().for_each(|monomial| monomial.visit_reads(visit));
        }
        for atom in self.0.keys() {
            match atom {
                Atom::Read(read, _) => visit(read),
                Atom::Apply(_, args) => args.iter().for_each(|arg| enter(arg, visit)),
                Atom::Raised(pair) => {
                    enter(&pair.0, visit);
                    enter(&pair.1, visit);
                }
                Atom::Group(sum) | Atom::Factored(sum) => enter(sum, visit),
                Atom::Sum(sum) => sum.body.visit_reads(visit),
                Atom::Reduce(reduction) => enter(&reduction.body, visit),
                _ => {}
            }
        }
    }

    /// Calls `visit` on every index in it, bound ones too.
    pub fn visit(&self, visit: &mut dyn FnMut(Seen)) {
        self.0.keys().for_each(|atom| atom.visit(visit));
    }

    /// The highest level of a contraction in it.
    pub fn level(&self) -> usize {
        self.0.keys().map(Atom::level).max().unwrap_or(0)
    }

    /// The axes it depends on, without those it binds itself.
    pub fn free_indices(&self) -> BTreeSet<Index> {
        self.0.keys().flat_map(Atom::free_indices).collect()
    }
}

/// The indices that `visit` shows and that are bound at no level up to `level`.
fn free(level: usize, visit: impl FnOnce(&mut dyn FnMut(Seen))) -> BTreeSet<Index> {
    let mut found = BTreeSet::new();
    visit(&mut |seen| {
        if let Seen::Index(index) = seen
            && !matches!(index, Index::Bound(inner, _) if inner <= level)
        {
            found.insert(index);
        }
    });
    found
}

impl Condition {
    /// The axes it depends on, without those it binds itself.
    pub fn free_indices(&self) -> BTreeSet<Index> {
        free(self.level(), |visit| self.visit(visit))
    }

    fn visit(&self, visit: &mut dyn FnMut(Seen)) {
        match self {
            Condition::Compare(_, left, right) => {
                left.visit(visit);
                right.visit(visit);
            }
            Condition::And(all) => all.iter().for_each(|condition| condition.visit(visit)),
            Condition::Not(condition) => condition.visit(visit),
            Condition::Letter(_, at) => at.iter().for_each(|index| visit(Seen::Index(*index))),
        }
    }

    /// The highest level of a contraction in it.
    pub fn level(&self) -> usize {
        match self {
            Condition::Compare(_, left, right) => left.level().max(right.level()),
            Condition::And(all) => all.iter().map(Condition::level).max().unwrap_or(0),
            Condition::Not(condition) => condition.level(),
            Condition::Letter(..) => 0,
        }
    }
}

impl Atom {
    /// Whether a product that holds it may need more than adding exponents.
    pub fn is_special(&self) -> bool {
        matches!(self, Atom::Delta(..) | Atom::Number(_) | Atom::Group(_) | Atom::Chosen(_))
    }

    /// Whether `index` stands in it.
    pub fn mentions(&self, index: Index) -> bool {
        let mut found = false;
        self.visit(&mut |seen| found |= matches!(seen, Seen::Index(other) if other == index));
        found
    }

    /// Whether it has a value wherever its leaves have one.
    pub fn is_total(&self, exponent: &Rational) -> bool {
        let all = |monomial: &Monomial| monomial.0.iter().all(|(atom, exponent)| atom.is_total(exponent));
        natural(exponent).is_some()
            && match self {
                Atom::Integer(_) | Atom::Read(..) | Atom::Letter(..) | Atom::Delta(..) | Atom::Chosen(_) => true,
                Atom::Group(sum) | Atom::Factored(sum) => sum.0.keys().all(all),
                Atom::Sum(sum) => all(&sum.body),
                _ => false,
            }
    }

    /// Whether `variable` stands in it.
    pub fn depends(&self, variable: &Variable) -> bool {
        let Variable::Name(name) = variable else {
            return matches!(variable, Variable::Index(index) if self.mentions(*index));
        };
        let mut found = false;
        self.visit(&mut |seen| {
            found |= match seen {
                Seen::Integer(integer) => integer.names().contains(name),
                Seen::Size(atom) => Integer::atom(atom.clone()).names().contains(name),
                Seen::Index(_) => false,
            }
        });
        found
    }

    /// The axes it depends on, without those it binds itself.
    pub fn free_indices(&self) -> BTreeSet<Index> {
        free(self.level(), |visit| self.visit(visit))
    }

    /// Calls `visit` on every index in it, bound ones too.
    pub fn visit(&self, visit: &mut dyn FnMut(Seen)) {
        match self {
            Atom::Number(_) => {}
            Atom::Integer(atom) => visit(Seen::Size(atom)),
            Atom::Read(read, at) => {
                for subscript in &read.subscripts {
                    match subscript {
                        Subscript::At(place) => visit(Seen::Integer(place)),
                        Subscript::Range(low, high) => {
                            visit(Seen::Integer(low));
                            visit(Seen::Integer(high));
                        }
                        Subscript::All => {}
                    }
                }
                at.iter().for_each(|index| visit(Seen::Index(*index)));
            }
            Atom::Letter(_, at) => at.iter().for_each(|index| visit(Seen::Index(*index))),
            Atom::Delta(i, j) => {
                visit(Seen::Index(*i));
                visit(Seen::Index(*j));
            }
            Atom::Apply(_, args) => args.iter().for_each(|arg| arg.visit(visit)),
            Atom::Raised(pair) => {
                pair.0.visit(visit);
                pair.1.visit(visit);
            }
            Atom::Group(sum) | Atom::Factored(sum) => sum.visit(visit),
            Atom::Sum(sum) => {
                sum.bounds.iter().for_each(|bound| bound.visit(visit));
                sum.body.visit(visit);
            }
            Atom::Reduce(reduction) => {
                visit(Seen::Integer(&reduction.low));
                visit(Seen::Integer(&reduction.high));
                reduction.body.visit(visit);
                reduction.condition.iter().for_each(|condition| condition.visit(visit));
            }
            Atom::Chosen(condition) => condition.visit(visit),
            Atom::Array(array) => {
                // The arguments have axes of their own, which only look like those around them.
                for (_, entries) in &array.args {
                    entries.visit(&mut |seen| match seen {
                        Seen::Index(_) => {}
                        other => visit(other),
                    });
                }
                array.at.iter().for_each(|index| visit(Seen::Index(*index)));
            }
        }
    }

    /// The highest level of a contraction in it, itself included.
    pub fn level(&self) -> usize {
        match self {
            Atom::Apply(_, args) => args.iter().map(Polynomial::level).max().unwrap_or(0),
            Atom::Raised(pair) => pair.0.level().max(pair.1.level()),
            Atom::Group(sum) | Atom::Factored(sum) => sum.level(),
            Atom::Sum(sum) => sum.level,
            Atom::Reduce(reduction) => reduction.level,
            Atom::Chosen(condition) => condition.level(),
            Atom::Array(array) => array.args.iter().map(|(_, entries)| entries.level()).max().unwrap_or(0),
            _ => 0,
        }
    }
}

impl Bound {
    fn visit(&self, visit: &mut dyn FnMut(Seen)) {
        match self {
            Bound::Axis(size) => visit(Seen::Integer(size)),
            Bound::Range(low, high) => {
                visit(Seen::Integer(low));
                visit(Seen::Integer(high));
            }
        }
    }
}
