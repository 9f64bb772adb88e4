//! What stands in a polynomial: looking at its indices, and renaming them.

use super::TooLarge;
use super::atom::{Array, Atom, Bound, Condition, Contraction, Index, Reduction};
use super::canonical::{bound_name, close};
use super::look::{Seen, Variable};
use super::polynomial::{Monomial, Polynomial, multiply};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::BTreeMap;
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

impl Polynomial {
    /// With new names.
    pub fn renamed(&self, renaming: &Renaming) -> Result<Polynomial, TooLarge> {
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &self.0 {
            result.add_scaled(&monomial.renamed(renaming)?, coefficient)?;
        }
        Ok(result)
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
            Atom::Chosen(condition) => Atom::Chosen(Arc::new(condition.renamed(renaming)?)),
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

/// The delta of two indices, whichever comes first.
pub fn delta(i: Index, j: Index) -> Atom {
    Atom::Delta(i.min(j), i.max(j))
}
