//! Functions whose values are known, and roots and exponentials of products.

use super::{Canon, Narrow, one};
use crate::derive::normal::atom::Atom;
use crate::derive::normal::polynomial::{Monomial, Polynomial};
use crate::math::name::Name;
use crate::math::number::{Rational, whole};
use num_traits::{One, Signed, Zero};
use std::collections::{BTreeMap, BTreeSet};

impl Canon<'_> {
    /// A sum to a broken exponent: denominators in it are cleared, and positive factors are taken out.
    pub(super) fn root(&self, sum: &Polynomial, exponent: &Rational) -> Narrow<Polynomial> {
        if exponent.is_integer() {
            return sum.raised(exponent);
        }
        let mut outside = Polynomial::number(Rational::one());
        let mut inside = sum.clone();
        let below: BTreeSet<Atom> = sum
            .0
            .keys()
            .flat_map(|monomial| monomial.0.iter())
            .filter(|(atom, times)| times.is_negative() && !matches!(atom, Atom::Integer(_)))
            .map(|(atom, _)| atom.clone())
            .collect();
        for atom in below {
            let least = sum.0.keys().filter_map(|monomial| monomial.0.get(&atom)).min().cloned();
            let Some(least) = least.filter(|least| least.is_negative()) else { continue };
            let times = -least;
            let even = times.is_integer() && (times.to_integer() % 2u32).is_zero();
            if !even && !self.is_positive_atom(&atom) {
                continue;
            }
            let factor = one(Monomial(BTreeMap::from([(atom.clone(), times.clone())])));
            inside = inside.times(&factor)?;
            outside = outside.times(&self.absolute(&atom, &(-&times * exponent))?)?;
        }
        let (content, common, rest) = inside.content();
        // A sign stays inside.
        let (content, rest) = if content.is_negative() { (-content, rest.scaled(&whole(-1))) } else { (content, rest) };
        if content.is_positive() && !inside.0.is_empty() {
            let mut kept = Monomial::default();
            for (atom, times) in &common.0 {
                let even = times.is_integer() && (times.to_integer() % 2u32).is_zero();
                if self.is_positive_atom(atom) || even {
                    outside = outside.times(&self.absolute(atom, &(times * exponent))?)?;
                } else {
                    kept.0.insert(atom.clone(), times.clone());
                }
            }
            inside = rest.times(&one(kept))?.scaled(&content);
        }
        outside.times(&inside.raised(exponent)?)
    }

    /// `|atom|^exponent`
    pub(super) fn absolute(&self, atom: &Atom, exponent: &Rational) -> Narrow<Polynomial> {
        if self.is_positive_atom(atom) || (exponent.is_integer() && (exponent.to_integer() % 2u32).is_zero()) {
            return one(Monomial(BTreeMap::from([(atom.clone(), Rational::one())]))).raised(exponent);
        }
        Polynomial::atom(Atom::Apply("abs".into(), vec![Polynomial::atom(atom.clone())])).raised(exponent)
    }

    /// A function of polynomials, by its identities.
    pub(super) fn function(&self, name: &Name, args: Vec<Polynomial>) -> Narrow<Polynomial> {
        let plain = |args: Vec<Polynomial>| Polynomial::atom(Atom::Apply(name.clone(), args));
        let [arg] = args.as_slice() else { return Ok(plain(args)) };
        let negative = arg.0.values().next().is_some_and(|leading| leading.is_negative());
        let turned = || arg.scaled(&whole(-1));
        match name.as_str() {
            "exp" => self.exponential(arg),
            "log" if self.exponentials => self.logarithm(arg),
            "sigmoid" if negative => {
                let mut rest = Polynomial::number(Rational::one());
                rest.add_scaled(&plain(vec![turned()]), &whole(-1))?;
                Ok(rest)
            }
            "tanh" | "sin" | "erf" if negative => Ok(plain(vec![turned()]).scaled(&whole(-1))),
            "tanh" | "sin" | "erf" if arg.is_zero() => Ok(Polynomial::default()),
            "cos" | "abs" if negative => self.function(name, vec![turned()]),
            "abs" if self.sign(arg) == Some(true) => Ok(arg.clone()),
            _ => Ok(plain(args)),
        }
    }

    /// `exp(Σ c m) = Π exp(m)^c`
    pub(super) fn exponential(&self, arg: &Polynomial) -> Narrow<Polynomial> {
        let mut product = Polynomial::number(Rational::one());
        for (monomial, coefficient) in &arg.0 {
            let mut atoms = monomial.0.iter();
            let factor = match (atoms.next(), atoms.next()) {
                // exp(c log u) is u^c.
                (Some((Atom::Apply(name, args), exponent)), None)
                    if name.as_str() == "log" && exponent.is_one() && args.len() == 1 =>
                {
                    self.root(&args[0], coefficient)?
                }
                _ => Polynomial::atom(Atom::Apply("exp".into(), vec![one(monomial.clone())])).raised(coefficient)?,
            };
            product = product.times(&factor)?;
        }
        Ok(product)
    }

    /// `log(c Π u^k) = log c + Σ k log u`, where all factors are positive.
    pub(super) fn logarithm(&self, arg: &Polynomial) -> Narrow<Polynomial> {
        let plain = |arg: &Polynomial| Polynomial::atom(Atom::Apply("log".into(), vec![arg.clone()]));
        let (content, common, rest) = arg.content();
        let all = common.0.keys().all(|atom| self.is_positive_atom(atom));
        if !all || !content.is_positive() || (rest.as_number().is_none() && self.sign(&rest) != Some(true)) {
            return Ok(plain(arg));
        }
        let mut sum = Polynomial::default();
        if !content.is_one() {
            sum.add_scaled(&plain(&Polynomial::number(content)), &Rational::one())?;
        }
        if rest.as_number().is_none() {
            sum.add_scaled(&plain(&rest), &Rational::one())?;
        }
        for (atom, exponent) in &common.0 {
            let part = match atom {
                Atom::Apply(name, args) if name.as_str() == "exp" => args[0].clone(),
                Atom::Group(inner) => plain(inner),
                _ => plain(&Polynomial::atom(atom.clone())),
            };
            sum.add_scaled(&part, exponent)?;
        }
        Ok(sum)
    }
}
