//! What stands in a polynomial: looking at its indices, and renaming them.

use super::TooLarge;
use super::canonical::{bound_name, close};
use super::polynomial::multiply;
use super::polynomial::{Array, Atom, Bound, Chosen, Condition, Contraction, Index, Monomial, Polynomial, Reduction};
use crate::math::expression::Subscript;
use crate::math::integer::{self, Integer};
use crate::math::name::Name;
use num_traits::One;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// New names for indices, all at once.
#[derive(Clone, Default, Debug)]
pub struct Renaming {
    /// For axes.
    pub indices: BTreeMap<Index, Index>,
    /// For indices of the network.
    pub names: BTreeMap<Name, Integer>,
}

impl Renaming {
    /// One index for another.
    pub fn index(from: Index, to: Index) -> Self {
        Renaming { indices: BTreeMap::from([(from, to)]), names: BTreeMap::new() }
    }

    /// A name for a name.
    pub fn name(from: Name, to: &Name) -> Self {
        Renaming { indices: BTreeMap::new(), names: BTreeMap::from([(from, Integer::name(to.clone()))]) }
    }

    fn of(&self, index: Index) -> Index {
        self.indices.get(&index).copied().unwrap_or(index)
    }

    fn all(&self, indices: &[Index]) -> Vec<Index> {
        indices.iter().map(|index| self.of(*index)).collect()
    }
}

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
    /// With new names.
    pub fn renamed(&self, renaming: &Renaming) -> Result<Polynomial, TooLarge> {
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &self.0 {
            result.add_scaled(&monomial.renamed(renaming)?, coefficient)?;
        }
        Ok(result)
    }

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
    /// With new names. Roots and deltas act anew, so the result may be any polynomial.
    pub fn renamed(&self, renaming: &Renaming) -> Result<Polynomial, TooLarge> {
        let (mut simple, mut rest) = (BTreeMap::new(), Vec::new());
        for (atom, exponent) in &self.0 {
            if !renaming.touches(atom) {
                multiply(&mut simple, atom, exponent);
                continue;
            }
            match atom {
                Atom::Group(sum) => rest.push(sum.renamed(renaming)?.raised(exponent)?),
                Atom::Sum(sum) => rest.push(sum.renamed(renaming)?.raised(exponent)?),
                Atom::Integer(atom) => {
                    let value = Integer::atom(atom.clone()).substitute(&renaming.names);
                    rest.push(Polynomial::integer(&value).raised(exponent)?);
                }
                _ => multiply(&mut simple, &atom.renamed(renaming)?, exponent),
            }
        }
        rest.into_iter().try_fold(Polynomial::product(simple)?, |product, factor| product.times(&factor))
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

impl Renaming {
    fn touches(&self, atom: &Atom) -> bool {
        let mut found = false;
        atom.visit(&mut |seen| {
            found |= match seen {
                Seen::Index(index) => self.indices.contains_key(&index),
                _ if self.names.is_empty() => false,
                Seen::Integer(integer) => integer.names().iter().any(|name| self.names.contains_key(name)),
                Seen::Size(atom) => {
                    Integer::atom(atom.clone()).names().iter().any(|name| self.names.contains_key(name))
                }
            }
        });
        found
    }
}

impl Contraction {
    /// The open variables of the body.
    pub fn variables(&self) -> Vec<(Variable, Bound)> {
        let variable = |(position, bound): (usize, &Bound)| {
            let variable = match bound {
                Bound::Axis(_) => Variable::Index(Index::Bound(self.level, position)),
                Bound::Range(..) => Variable::Name(bound_name(self.level, position)),
            };
            (variable, bound.clone())
        };
        self.bounds.iter().enumerate().map(variable).collect()
    }

    fn renamed(&self, renaming: &Renaming) -> Result<Polynomial, TooLarge> {
        let mut variables = self.variables();
        for (_, bound) in &mut variables {
            *bound = bound.renamed(renaming);
        }
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &self.body.renamed(renaming)?.0 {
            result.add_scaled(&close(&variables, monomial)?, coefficient)?;
        }
        Ok(result)
    }
}

impl Bound {
    fn renamed(&self, renaming: &Renaming) -> Bound {
        match self {
            Bound::Axis(size) => Bound::Axis(size.substitute(&renaming.names)),
            Bound::Range(low, high) => Bound::Range(low.substitute(&renaming.names), high.substitute(&renaming.names)),
        }
    }
}

impl Condition {
    /// The axes it depends on, without those it binds itself.
    pub fn free_indices(&self) -> BTreeSet<Index> {
        let level = self.level();
        let mut found = BTreeSet::new();
        self.visit(&mut |seen| {
            if let Seen::Index(index) = seen
                && !matches!(index, Index::Bound(inner, _) if inner <= level)
            {
                found.insert(index);
            }
        });
        found
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

    /// With new names.
    pub fn renamed(&self, renaming: &Renaming) -> Result<Condition, TooLarge> {
        Ok(match self {
            Condition::Compare(relation, left, right) => {
                Condition::compare(*relation, left.renamed(renaming)?, right.renamed(renaming)?)
            }
            Condition::And(all) => {
                Condition::all(all.iter().map(|condition| condition.renamed(renaming)).collect::<Result<_, _>>()?)
            }
            Condition::Not(condition) => condition.renamed(renaming)?.denied(),
            Condition::Letter(letter, at) => Condition::Letter(letter.clone(), renaming.all(at)),
        })
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
        let level = self.level();
        let mut found = BTreeSet::new();
        self.visit(&mut |seen| {
            if let Seen::Index(index) = seen
                && !matches!(index, Index::Bound(inner, _) if inner <= level)
            {
                found.insert(index);
            }
        });
        found
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
            Atom::Chosen(chosen) => {
                chosen.condition.visit(visit);
                chosen.value.visit(visit);
            }
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
            Atom::Chosen(chosen) => chosen.condition.level().max(chosen.value.level()),
            Atom::Array(array) => array.args.iter().map(|(_, entries)| entries.level()).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// With new names, for atoms that stay atoms.
    fn renamed(&self, renaming: &Renaming) -> Result<Atom, TooLarge> {
        Ok(match self {
            Atom::Read(read, at) if renaming.names.is_empty() => Atom::Read(read.clone(), renaming.all(at)),
            Atom::Read(read, at) => Atom::Read(Arc::new(read.at(&renaming.names)), renaming.all(at)),
            Atom::Letter(letter, at) => Atom::Letter(letter.clone(), renaming.all(at)),
            Atom::Delta(i, j) => delta(renaming.of(*i), renaming.of(*j)),
            Atom::Apply(name, args) => {
                Atom::Apply(name.clone(), args.iter().map(|arg| arg.renamed(renaming)).collect::<Result<_, _>>()?)
            }
            Atom::Raised(pair) => Atom::Raised(Arc::new((pair.0.renamed(renaming)?, pair.1.renamed(renaming)?))),
            Atom::Reduce(reduction) => Atom::Reduce(Arc::new(Reduction {
                low: reduction.low.substitute(&renaming.names),
                high: reduction.high.substitute(&renaming.names),
                body: reduction.body.renamed(renaming)?,
                condition: reduction.condition.as_ref().map(|condition| condition.renamed(renaming)).transpose()?,
                ..(**reduction).clone()
            })),
            Atom::Chosen(chosen) => {
                let value = chosen.value.renamed(renaming)?;
                let Some((value, coefficient)) = value.single().filter(|(_, coefficient)| coefficient.is_one()) else {
                    return Err(TooLarge);
                };
                let _ = coefficient;
                Atom::Chosen(Arc::new(Chosen {
                    condition: chosen.condition.renamed(renaming)?,
                    holds: chosen.holds,
                    value: value.clone(),
                }))
            }
            Atom::Array(array) => {
                let names = Renaming { indices: BTreeMap::new(), names: renaming.names.clone() };
                let args = array.args.iter().map(|(shape, entries)| {
                    Ok((shape.substitute(&renaming.names, &BTreeMap::new()), entries.renamed(&names)?))
                });
                Atom::Array(Arc::new(Array {
                    op: array.op.clone(),
                    args: args.collect::<Result<_, TooLarge>>()?,
                    at: renaming.all(&array.at),
                }))
            }
            Atom::Factored(sum) => Atom::Factored(Arc::new(sum.renamed(renaming)?)),
            Atom::Number(_) | Atom::Integer(_) | Atom::Group(_) | Atom::Sum(_) => self.clone(),
        })
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

/// The delta of two indices, whichever comes first.
pub fn delta(i: Index, j: Index) -> Atom {
    Atom::Delta(i.min(j), i.max(j))
}
