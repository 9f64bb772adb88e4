//! What is known to be positive or negative.

use super::Canon;
use super::sums::ratio;
use crate::derive::normal::atom::{Atom, Condition};
use crate::derive::normal::polynomial::{Monomial, Polynomial};
use crate::math::expression::Relation;
use crate::math::number::Rational;
use num_traits::{One, Signed, Zero};

impl Canon<'_> {
    /// Whether a value is positive (or negative) wherever it is not 0; `None` when that is not known.
    pub fn sign(&self, polynomial: &Polynomial) -> Option<bool> {
        if polynomial.is_zero() {
            return None;
        }
        if let Some((condition, holds)) = self.cases.iter().find_map(|(condition, holds)| {
            let Condition::Compare(Relation::Less, _, difference) = condition else { return None };
            let ratio = ratio(polynomial, difference)?;
            Some((ratio, *holds))
        }) {
            return Some(condition.is_positive() == holds);
        }
        let signs: Vec<Option<bool>> = polynomial
            .0
            .iter()
            .map(|(monomial, coefficient)| {
                let mut positive = coefficient.is_positive();
                for (atom, exponent) in &monomial.0 {
                    let even = exponent.is_integer() && (exponent.to_integer() % 2u32).is_zero();
                    if even || self.is_positive_atom(atom) {
                        continue;
                    }
                    positive = positive == self.sign_of(atom)?;
                }
                Some(positive)
            })
            .collect();
        if let Some(first) = signs[0]
            && signs.iter().all(|sign| *sign == Some(first))
        {
            return Some(first);
        }
        self.monotone(polynomial)
    }

    pub(super) fn sign_of(&self, atom: &Atom) -> Option<bool> {
        match atom {
            Atom::Apply(name, args) if ["tanh", "erf"].contains(&name.as_str()) => self.sign(&args[0]),
            Atom::Group(sum) => self.sign(sum),
            Atom::Read(..) => {
                let alone = Polynomial::atom(atom.clone());
                self.cases.iter().find_map(|(condition, holds)| match condition {
                    Condition::Compare(Relation::Less, _, difference) => {
                        ratio(&alone, difference).map(|ratio| ratio.is_positive() == *holds)
                    }
                    _ => None,
                })
            }
            _ => None,
        }
    }

    /// `a · exp(m) − a` has the sign of `a · m`; `a · σ(m) − a/2` too.
    pub(super) fn monotone(&self, polynomial: &Polynomial) -> Option<bool> {
        if polynomial.0.len() != 2 {
            return None;
        }
        let constant = polynomial.0.get(&Monomial::default())?;
        let (monomial, factor) = polynomial.0.iter().find(|(monomial, _)| !monomial.0.is_empty())?;
        let (atom, exponent) = monomial.0.iter().next().filter(|_| monomial.0.len() == 1)?;
        let Atom::Apply(name, args) = atom else { return None };
        let middle = match name.as_str() {
            "exp" => Rational::one(),
            "sigmoid" if exponent.is_one() => Rational::new(1.into(), 2.into()),
            _ => return None,
        };
        if !(constant + factor * middle).is_zero() {
            return None;
        }
        let inner = self.sign(&args[0].scaled(exponent))?;
        Some(factor.is_positive() == inner)
    }

    /// Whether a factor is positive wherever it has a value.
    pub fn is_positive_atom(&self, atom: &Atom) -> bool {
        let assumed = || {
            let alone = Polynomial::atom(atom.clone());
            self.positive.iter().any(|known| known == &alone)
        };
        match atom {
            Atom::Number(_) => true,
            Atom::Integer(atom) => matches!(atom, crate::math::integer::Atom::Name(name) if self.system.is_size(name)),
            Atom::Apply(name, _) => ["exp", "sigmoid", "softplus", "abs"].contains(&name.as_str()),
            Atom::Group(sum) | Atom::Factored(sum) => {
                sum.0.iter().all(|(monomial, coefficient)| {
                    coefficient.is_positive()
                        && monomial.0.iter().all(|(atom, exponent)| {
                            self.is_positive_atom(atom)
                                || (exponent.is_integer() && (exponent.to_integer() % 2u32).is_zero())
                        })
                }) || assumed()
            }
            Atom::Sum(sum) => sum.body.0.keys().all(|atom| self.is_positive_atom(atom)),
            Atom::Reduce(reduction) => reduction.reducer == crate::math::expression::Reducer::Softmax,
            _ => assumed(),
        }
    }
}
