//! Integer expressions of sizes and indices: `t-1`, `2*H`, `D/M`, `u+a-2`, `c//R`.
//!
//! They are kept as polynomials with a canonical order, so that equal expressions are equal values.

mod spell;
mod value;

use super::name::Name;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What an integer expression is made of, besides numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Atom {
    /// A size or an index; they share one space of names.
    Name(Name),
    /// `a // b`, rounded down.
    FloorDiv(Box<Integer>, Box<Integer>),
    /// `a % b`, with the sign of `b`.
    Mod(Box<Integer>, Box<Integer>),
    /// A given integer, such as `y[n]`.
    Given(Name, Vec<Integer>),
}

/// A product of atoms with exponents; a negative exponent comes from `D/M`, which must divide.
type Monomial = BTreeMap<Atom, i32>;

/// A polynomial with whole coefficients over sizes and indices.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Integer {
    // Shared, since sizes are copied into every type.
    terms: Arc<BTreeMap<Monomial, i64>>,
}

impl Ord for Integer {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.terms, &other.terms) { Ordering::Equal } else { self.terms.cmp(&other.terms) }
    }
}

impl PartialOrd for Integer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Integer {
    /// The number `n`.
    pub fn number(n: i64) -> Self {
        let mut result = Integer::default();
        result.insert(Monomial::new(), n);
        result
    }

    /// A size or index by its name.
    pub fn name(name: impl Into<Name>) -> Self {
        Integer::atom(Atom::Name(name.into()))
    }

    /// A single atom.
    pub fn atom(atom: Atom) -> Self {
        let mut result = Integer::default();
        result.insert(Monomial::from([(atom, 1)]), 1);
        result
    }

    fn insert(&mut self, monomial: Monomial, coefficient: i64) {
        let terms = Arc::make_mut(&mut self.terms);
        let entry = terms.entry(monomial.clone()).or_insert(0);
        *entry = entry.saturating_add(coefficient);
        if *entry == 0 {
            terms.remove(&monomial);
        }
    }

    /// What was divided with its remainder, put together again: `k·(a // k) + a % k` is a.
    fn rejoined(mut self) -> Integer {
        let found = self.terms.iter().find_map(|(monomial, coefficient)| {
            let (Atom::Mod(of, by), 1) = monomial.iter().next().filter(|_| monomial.len() == 1)? else { return None };
            let times = coefficient.checked_mul(by.as_number()?)?;
            let quotient = Monomial::from([(Atom::FloorDiv(of.clone(), by.clone()), 1)]);
            (self.terms.get(&quotient) == Some(&times))
                .then(|| (monomial.clone(), *coefficient, quotient, times, (**of).clone()))
        });
        let Some((remainder, coefficient, quotient, times, of)) = found else { return self };
        self.insert(remainder, -coefficient);
        self.insert(quotient, -times);
        self.plus(&of.scaled(coefficient))
    }

    /// `self + other`.
    pub fn plus(&self, other: &Integer) -> Integer {
        let mut result = self.clone();
        for (monomial, coefficient) in other.terms.iter() {
            result.insert(monomial.clone(), *coefficient);
        }
        if result.terms.len() < 2 { result } else { result.rejoined() }
    }

    /// `self + n`.
    pub fn offset(&self, n: i64) -> Integer {
        self.plus(&Integer::number(n))
    }

    /// `factor · self`.
    pub fn scaled(&self, factor: i64) -> Integer {
        let mut result = Integer::default();
        for (monomial, coefficient) in self.terms.iter() {
            result.insert(monomial.clone(), coefficient.saturating_mul(factor));
        }
        result
    }

    /// `self − other`.
    pub fn minus(&self, other: &Integer) -> Integer {
        self.plus(&other.scaled(-1))
    }

    /// `self · other`.
    pub fn times(&self, other: &Integer) -> Integer {
        let mut result = Integer::default();
        for (left, a) in self.terms.iter() {
            for (right, b) in other.terms.iter() {
                let mut monomial = left.clone();
                for (atom, exponent) in right {
                    let sum = monomial.get(atom).copied().unwrap_or(0) + exponent;
                    if sum == 0 {
                        monomial.remove(atom);
                    } else {
                        monomial.insert(atom.clone(), sum);
                    }
                }
                result.insert(monomial, a.saturating_mul(*b));
            }
        }
        result
    }

    /// `self / other`, when `other` is one product of sizes with coefficient ±1 or divides every coefficient.
    pub fn divided(&self, other: &Integer) -> Option<Integer> {
        let (monomial, divisor) = other.terms.iter().next().filter(|_| other.terms.len() == 1)?;
        let inverse: Monomial = monomial.iter().map(|(atom, exponent)| (atom.clone(), -exponent)).collect();
        let mut result = Integer::default();
        for (top, coefficient) in self.terms.iter() {
            if coefficient % divisor != 0 {
                return None;
            }
            let one = Integer { terms: Arc::new(BTreeMap::from([(top.clone(), coefficient / divisor)])) };
            result = result.plus(&one.times(&Integer { terms: Arc::new(BTreeMap::from([(inverse.clone(), 1)])) }));
        }
        Some(result)
    }

    /// The number it is, when it holds no name.
    pub fn as_number(&self) -> Option<i64> {
        match self.terms.len() {
            0 => Some(0),
            1 => self.terms.get(&Monomial::new()).copied(),
            _ => None,
        }
    }

    /// The name it is, when it is nothing but a name.
    pub fn as_name(&self) -> Option<&Name> {
        let (monomial, coefficient) = self.terms.iter().next()?;
        let (atom, exponent) = monomial.iter().next()?;
        match atom {
            Atom::Name(name) if self.terms.len() == 1 && monomial.len() == 1 && *exponent == 1 && *coefficient == 1 => {
                Some(name)
            }
            _ => None,
        }
    }

    /// `(coefficient, rest)` with `self = coefficient · name + rest`, when it is linear in `name`.
    pub fn linear_in(&self, name: &Name) -> Option<(i64, Integer)> {
        let key = Monomial::from([(Atom::Name(name.clone()), 1)]);
        let coefficient = self.terms.get(&key).copied().unwrap_or(0);
        let mut rest = self.clone();
        Arc::make_mut(&mut rest.terms).remove(&key);
        (!rest.names().contains(name)).then_some((coefficient, rest))
    }

    /// `(a, b)` with `self = a · name + b`, where neither holds `name`; `None` when there is none.
    pub fn split_at(&self, name: &Name) -> Option<(Integer, Integer)> {
        let atom = Atom::Name(name.clone());
        let (mut with, mut without) = (Integer::default(), Integer::default());
        for (monomial, coefficient) in self.terms.iter() {
            match monomial.get(&atom) {
                None => without.insert(monomial.clone(), *coefficient),
                Some(1) => {
                    let mut rest = monomial.clone();
                    rest.remove(&atom);
                    with.insert(rest, *coefficient);
                }
                Some(_) => return None,
            }
        }
        (!with.names().contains(name) && !without.names().contains(name)).then_some((with, without))
    }

    /// `(common, rest)` with `self = common · rest`: the largest number and product of sizes that divide every summand.
    pub fn factored(&self) -> (Integer, Integer) {
        let mut monomials = self.terms.keys();
        let Some(first) = monomials.next() else { return (Integer::number(1), Integer::number(0)) };
        let mut common: Monomial = first
            .iter()
            .filter(|(_, exponent)| **exponent > 0)
            .map(|(atom, exponent)| (atom.clone(), *exponent))
            .collect();
        for monomial in monomials {
            common.retain(|atom, exponent| {
                *exponent = (*exponent).min(monomial.get(atom).copied().unwrap_or(0));
                *exponent > 0
            });
        }
        let content = self.terms.values().fold(0i64, |content, coefficient| gcd(content, *coefficient));
        let common = Integer { terms: Arc::new(BTreeMap::from([(common, content.max(1))])) };
        match self.divided(&common) {
            Some(rest) => (common, rest),
            None => (Integer::number(1), self.clone()),
        }
    }

    /// All names in it.
    pub fn names(&self) -> BTreeSet<Name> {
        let mut found = BTreeSet::new();
        for monomial in self.terms.keys() {
            for atom in monomial.keys() {
                match atom {
                    Atom::Name(name) => {
                        found.insert(name.clone());
                    }
                    Atom::FloorDiv(a, b) | Atom::Mod(a, b) => {
                        found.extend(a.names());
                        found.extend(b.names());
                    }
                    Atom::Given(_, subscripts) => {
                        for subscript in subscripts {
                            found.extend(subscript.names());
                        }
                    }
                }
            }
        }
        found
    }

    /// The coefficient and atoms of each summand, positive ones first, for those who print.
    pub fn summands(&self) -> Vec<(i64, Vec<(&Atom, i32)>)> {
        let mut found: Vec<_> = self
            .terms
            .iter()
            .map(|(monomial, coefficient)| {
                (*coefficient, monomial.iter().map(|(atom, exponent)| (atom, *exponent)).collect::<Vec<_>>())
            })
            .collect();
        // The constant comes last, as in `t − 1`; positive summands before negative ones.
        found.sort_by_key(|(coefficient, atoms)| (atoms.is_empty(), *coefficient < 0));
        found
    }
}

/// The largest number that divides both.
fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a.saturating_abs() } else { gcd(b, a.wrapping_rem(b)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_expressions_are_equal_values_and_print_as_typed() {
        let (t, h) = (Integer::name("t"), Integer::name("H"));
        assert_eq!(t.offset(-1).offset(1), t);
        assert_eq!(t.offset(-1).to_string(), "t-1");
        assert_eq!(h.scaled(2).to_string(), "2*H");
        assert_eq!(h.divided(&Integer::name("M")).expect("divides").to_string(), "H/M");
        assert_eq!(h.divided(&h), Some(Integer::number(1)));
    }

    #[test]
    fn substitution_is_simultaneous() {
        let (t, s) = (Integer::name("t"), Integer::name("s"));
        let put = BTreeMap::from([(Name::new("t"), s.clone()), (Name::new("s"), t.clone())]);
        assert_eq!(t.minus(&s).substitute(&put), s.minus(&t));
    }

    #[test]
    fn a_quotient_and_its_remainder_are_what_was_divided() {
        let (sum, by) = (Integer::name("i").offset(1), || Box::new(Integer::number(3)));
        let quotient = Integer::atom(Atom::FloorDiv(Box::new(sum.clone()), by()));
        let remainder = Integer::atom(Atom::Mod(Box::new(sum.clone()), by()));
        assert_eq!(quotient.scaled(3).plus(&remainder), sum);
        assert_eq!(remainder.scaled(2).plus(&quotient.scaled(6)).offset(-2), sum.scaled(2).offset(-2));
        assert_ne!(quotient.scaled(2).plus(&remainder), sum);
    }

    #[test]
    fn common_factors_come_out() {
        let (d, h) = (Integer::name("D"), Integer::name("H"));
        let sum = d.plus(&h).offset(1);
        let count = h.scaled(4).times(&sum);
        assert_eq!(count.factored(), (h.scaled(4), sum.clone()));
        assert_eq!(sum.factored(), (Integer::number(1), sum.clone()));
        assert_eq!(Integer::number(0).factored(), (Integer::number(1), Integer::number(0)));
        assert_eq!(count.split_at(&Name::from("D")), Some((h.scaled(4), h.times(&h).plus(&h).scaled(4))));
        assert_eq!(count.split_at(&Name::from("H")), None);
    }

    #[test]
    fn division_rounds_down() {
        let quotient = Integer::atom(Atom::FloorDiv(Box::new(Integer::name("c")), Box::new(Integer::number(2))));
        assert_eq!(quotient.value(&|_| Some(-3)), Some(-2));
    }
}
