//! What a claim assumes.

use crate::derive::claims::system::System;
use crate::derive::normal::TooLarge;
use crate::derive::normal::atom::Atom;
use crate::derive::normal::lower;
use crate::derive::normal::polynomial::Polynomial;
use crate::derive::normal::rename::Renaming;
use crate::math::claim::Claim;
use crate::math::expression::{Binder, Read, Relation, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number::{Rational, whole};
use std::collections::BTreeMap;

/// What a claim assumes, as normal forms.
#[derive(Clone, Default)]
pub struct Assumed {
    /// These are positive.
    pub(super) positive: Vec<Polynomial>,
    /// These atoms have these values; the letters stand for any index.
    values: Vec<(Atom, Polynomial, Vec<Name>)>,
    /// These quantities are these numbers, wherever they are read.
    numbers: BTreeMap<Name, Rational>,
}

impl Assumed {
    /// The assumptions of a claim.
    pub fn of(system: &System, claim: &Claim) -> Assumed {
        let mut assumed = Assumed::default();
        for assumption in &claim.assumptions {
            let side = |name: &Name| {
                let definitions = system.definitions(name);
                definitions.first().cloned()
            };
            let (Some(left), Some(right)) = (side(&assumption.left), side(&assumption.right)) else { continue };
            let (right, ranges, left) = (right.under(&left), left.ranges, left.body);
            let everywhere =
                |read: &&Read| read.places().is_some_and(|places| places.iter().all(|place| place.as_name().is_some()));
            if assumption.relation == Relation::Equal
                && let (Some(read), Some(value)) = (left.as_read().filter(everywhere), right.as_number())
            {
                assumed.numbers.insert(read.quantity.clone(), value.clone());
                continue;
            }
            let (left, right) = match assumption.relation {
                Relation::Less | Relation::LessEqual => (right, left),
                _ => (left, right),
            };
            let (Ok(left), Ok(right)) = (lower(&left), lower(&right)) else { continue };
            match assumption.relation {
                Relation::Equal => {
                    let single = left.single().and_then(|(monomial, coefficient)| {
                        let (atom, exponent) = monomial.0.iter().next().filter(|_| monomial.0.len() == 1)?;
                        num_traits::One::is_one(exponent).then(|| (atom.clone(), coefficient.recip()))
                    });
                    if let Some((atom, scale)) = single {
                        let letters = ranges.iter().map(|range| range.index.clone()).collect();
                        assumed.values.push((atom, right.scaled(&scale), letters));
                    }
                }
                Relation::NotEqual => {}
                _ => {
                    let mut difference = left;
                    if difference.add_scaled(&right, &whole(-1)).is_ok() {
                        assumed.positive.push(difference);
                    }
                }
            }
        }
        assumed
    }

    /// Numbers put in for quantities that are assumed to be these.
    pub(super) fn with_numbers(&self, term: &Term) -> Term {
        if self.numbers.is_empty() {
            return term.clone();
        }
        term.map(&mut |part| match part.as_read().and_then(|read| self.numbers.get(&read.quantity)) {
            Some(value) => Term::number(value.clone()).fill(part.shape()),
            None => part,
        })
    }

    /// Values put in for what is assumed to have them.
    pub(super) fn put(&self, polynomial: &Polynomial, scope: &[Binder]) -> Result<Polynomial, TooLarge> {
        if self.values.is_empty() {
            return Ok(polynomial.clone());
        }
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &polynomial.0 {
            let mut product = Polynomial::number(coefficient.clone());
            for (atom, exponent) in &monomial.0 {
                let value = self.value(atom, scope)?.unwrap_or_else(|| Polynomial::atom(atom.clone()));
                product = product.times(&value.raised(exponent)?)?;
            }
            result.add_scaled(&product, &whole(1))?;
        }
        Ok(result)
    }

    pub(super) fn value(&self, atom: &Atom, scope: &[Binder]) -> Result<Option<Polynomial>, TooLarge> {
        for (known, value, letters) in &self.values {
            let mut puts: Vec<BTreeMap<Name, Integer>> = vec![BTreeMap::new()];
            for letter in letters {
                let names = scope.iter().map(|range| &range.index);
                puts = names
                    .flat_map(|name| {
                        puts.iter().map(move |put| {
                            let mut put = put.clone();
                            put.insert(letter.clone(), Integer::name(name.clone()));
                            put
                        })
                    })
                    .collect();
            }
            for names in puts {
                let put = Renaming { indices: BTreeMap::new(), names };
                if Polynomial::atom(known.clone()).renamed(&put)? == Polynomial::atom(atom.clone()) {
                    return value.renamed(&put).map(Some);
                }
            }
        }
        Ok(None)
    }
}
