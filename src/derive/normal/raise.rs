//! From a polynomial back to matrix notation.

use super::atom::{Array, Atom, Index};
use super::factor::factor;
use super::look::Seen;
use super::lower::axes;
use super::order::Hint;
use super::polynomial::{Monomial, Polynomial};
use super::rename::Renaming;
use crate::math::expression::{Binder, Op, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number::{Rational, fraction};
use crate::math::shape::Shape;
use num_traits::{One, Signed};
use std::collections::{BTreeMap, BTreeSet};

/// A term of this payload with this polynomial; `None` when it cannot be written with columns, rows and matrices.
pub fn raise(polynomial: &Polynomial, shape: &Shape) -> Option<Term> {
    raise_like(polynomial, shape, &Hint::default())
}

/// As [`raise`], with factors and summands in the order of the hint.
pub fn raise_like(polynomial: &Polynomial, shape: &Shape, hint: &Hint) -> Option<Term> {
    raise_factored(&factor(polynomial).ok()?, shape, hint)
}

/// As [`raise_like`], of a polynomial that is factored already.
pub fn raise_factored(factored: &Polynomial, shape: &Shape, hint: &Hint) -> Option<Term> {
    let mut raising = Raising { sizes: BTreeMap::new(), hint, used: free_names(factored) };
    let term = raising.array(factored, shape)?;
    (term.shape() == shape).then_some(term)
}

/// The indices and sizes of the network that stand free.
fn free_names(polynomial: &Polynomial) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    polynomial.visit(&mut |seen| match seen {
        Seen::Integer(integer) => found.extend(integer.names()),
        Seen::Size(atom) => found.extend(Integer::atom(atom.clone()).names()),
        Seen::Index(_) => {}
    });
    // The names of bound indices begin with a sign that no letter has.
    found.retain(|name| !name.as_str().starts_with('%'));
    found
}

/// A product without products inside that were factored apart.
fn flat(monomial: &Monomial) -> Monomial {
    let mut factors = BTreeMap::new();
    for (atom, exponent) in &monomial.0 {
        match atom {
            Atom::Factored(sum) if exponent.is_one() && sum.single().is_some_and(|(_, number)| number.is_one()) => {
                if let Some((inner, _)) = sum.single() {
                    flat(inner).0.iter().for_each(|(atom, own)| super::polynomial::multiply(&mut factors, atom, own));
                }
            }
            _ => super::polynomial::multiply(&mut factors, atom, exponent),
        }
    }
    Monomial(factors)
}

/// A factor as a term over the axes `at`.
#[derive(Clone, Debug)]
pub struct Factor {
    /// A number, a column or a matrix (or an array whose axes are exactly `at`).
    pub term: Term,
    /// Its axes.
    pub at: Vec<Index>,
    /// Whether it stands in the denominator.
    pub below: bool,
}

/// The calculation: sizes of the indices in sight, and index names in use.
pub struct Raising<'a> {
    pub(super) sizes: BTreeMap<Index, Integer>,
    pub(super) hint: &'a Hint,
    pub(super) used: BTreeSet<Name>,
}

impl Raising<'_> {
    /// The payload of entries over `out`.
    pub fn shape(&self, out: &[Index]) -> Option<Shape> {
        let sizes: Vec<Integer> = out.iter().map(|index| self.sizes.get(index).cloned()).collect::<Option<_>>()?;
        if let [size] = sizes.as_slice()
            && let Some(letter) = size.as_name().and_then(|name| name.as_str().strip_prefix('#'))
        {
            return Some(Shape::Any(Name::new(letter)));
        }
        Some(Shape::Axes(sizes))
    }

    fn array(&mut self, factored: &Polynomial, shape: &Shape) -> Option<Term> {
        let out: Vec<Index> = (0..axes(shape).len()).map(Index::Axis).collect();
        self.sizes.extend(out.iter().copied().zip(axes(shape)));
        let column = self.polynomial(factored, &out)?;
        if matches!(shape, Shape::Row(_)) { column.transposed().ok() } else { Some(column) }
    }

    /// The sum as a term over `out`; it is written as it stands.
    pub fn polynomial(&mut self, polynomial: &Polynomial, out: &[Index]) -> Option<Term> {
        if polynomial.is_zero() {
            return Some(Term::filled(0, &self.shape(out)?));
        }
        if let Some(term) = self.choice(polynomial, out) {
            return Some(term);
        }
        let mut summands = Vec::new();
        for (monomial, coefficient) in &polynomial.0 {
            let bare = self.monomial(monomial, &coefficient.abs(), out)?;
            summands.push(if coefficient.is_negative() { bare.negated() } else { bare });
        }
        self.hint.sort_summands(&mut summands);
        summands.into_iter().map(Some).reduce(|sum, next| sum?.plus(next?).ok())?
    }

    fn monomial(&mut self, monomial: &Monomial, coefficient: &Rational, out: &[Index]) -> Option<Term> {
        let mut factors = Vec::new();
        if !coefficient.is_one() {
            factors.push(Factor { term: Term::number(coefficient.clone()), at: Vec::new(), below: false });
        }
        factors.extend(self.factors(monomial)?);
        self.assemble(factors, out)
    }

    /// All factors of a product as terms.
    pub fn factors(&mut self, monomial: &Monomial) -> Option<Vec<Factor>> {
        let mut found = Vec::new();
        let monomial = flat(monomial);
        let mut rest = monomial.0.clone();
        // A sum over an axis divided by its size is a mean, written as one factor.
        for (atom, exponent) in &monomial.0 {
            let Atom::Sum(sum) = atom else { continue };
            let count = sum.count();
            let Some(count) = count.filter(|_| exponent.is_one()) else { continue };
            if count.is_empty()
                || !count.iter().all(|(size, times)| rest.get(size).is_some_and(|under| -under >= *times))
            {
                continue;
            }
            if let Some(mean) = self.mean(sum) {
                rest.remove(atom);
                count.iter().for_each(|(size, times)| super::polynomial::multiply(&mut rest, size, times));
                found.push(mean);
            }
        }
        // A value that exists only where a condition holds must stay under the condition.
        if let Some(condition) = monomial.choice().cloned() {
            let (risky, safe) = rest.into_iter().partition(|(atom, exponent)| !atom.is_total(exponent));
            rest = safe;
            if !Monomial(risky.clone()).0.is_empty() {
                rest.remove(&Atom::Chosen(condition.clone()));
                let mut out: BTreeSet<Index> = condition.free_indices();
                out.extend(risky.keys().flat_map(Atom::free_indices));
                let out: Vec<Index> = out.into_iter().collect();
                let value = self.monomial(&Monomial(risky), &Rational::one(), &out)?;
                let zero = Term::filled(0, value.shape());
                found.push(Factor { term: self.where_(&condition, value, zero, &out)?, at: out, below: false });
            }
        }
        found.extend(super::roots::joined(&mut rest));
        for (atom, exponent) in &rest {
            for factor in self.atom(atom)? {
                found.push(self.to_the(factor, exponent)?);
            }
        }
        Some(found)
    }

    fn to_the(&self, factor: Factor, exponent: &Rational) -> Option<Factor> {
        let size = exponent.abs();
        let term = if size.is_one() {
            factor.term
        } else if size == fraction(1, 2) {
            Term::new(Op::Apply(Name::new("sqrt")), vec![factor.term]).ok()?
        } else {
            Term::new(Op::Power, vec![factor.term, Term::number(size)]).ok()?
        };
        Some(Factor { term, at: factor.at, below: factor.below != exponent.is_negative() })
    }

    fn atom(&mut self, atom: &Atom) -> Option<Vec<Factor>> {
        let one = |term: Term, at: Vec<Index>| Some(vec![Factor { term, at, below: false }]);
        let out: Vec<Index> = atom.free_indices().into_iter().collect();
        match atom {
            Atom::Number(value) => one(Term::number(value.clone()), out),
            Atom::Integer(atom) => one(Term::new(Op::Integer(Integer::atom(atom.clone())), vec![]).ok()?, out),
            Atom::Read(read, at) => Some(vec![reading(Term::read((**read).clone()), at)?]),
            Atom::Letter(letter, at) => {
                Some(vec![reading(Term::new(Op::Letter((**letter).clone()), vec![]).ok()?, at)?])
            }
            Atom::Delta(i, j) => one(Term::new(Op::Eye(self.sizes.get(i)?.clone()), vec![]).ok()?, vec![*i, *j]),
            Atom::Apply(name, args) => {
                let args = args.iter().map(|arg| self.polynomial(&factor(arg).ok()?, &out));
                let made = Term::new(Op::Apply(name.clone()), args.collect::<Option<_>>()?).ok()?;
                one(self.hint.as_it_stood(made), out)
            }
            Atom::Raised(pair) => {
                let base = self.polynomial(&factor(&pair.0).ok()?, &out)?;
                let exponent = self.polynomial(&factor(&pair.1).ok()?, &[])?;
                one(Term::new(Op::Power, vec![base, exponent]).ok()?, out)
            }
            // Not factored: factors of a denominator are inverted one by one, and a root of a product is not split.
            Atom::Group(sum) => one(self.polynomial(sum, &out)?, out),
            Atom::Factored(sum) => match sum.single() {
                Some((monomial, coefficient)) if coefficient.is_one() => self.factors(monomial),
                _ => one(self.polynomial(sum, &out)?, out),
            },
            Atom::Sum(sum) => self.contraction(sum),
            Atom::Reduce(reduction) => {
                let (name, body, condition) = match &reduction.index {
                    Some(name) => (name.clone(), reduction.body.clone(), reduction.condition.clone()),
                    None => {
                        let name = self.letter(&reduction.low, &reduction.high);
                        let renaming = Renaming::name(super::canonical::bound_name(reduction.level, 0), &name);
                        let condition = reduction.condition.as_ref().map(|condition| condition.renamed(&renaming).ok());
                        (name, reduction.body.renamed(&renaming).ok()?, condition.map_or(Some(None), |c| c.map(Some))?)
                    }
                };
                let mut args = vec![self.polynomial(&factor(&body).ok()?, &out)?];
                if let Some(condition) = condition {
                    args.push(self.condition(&condition, &[])?);
                }
                self.used.remove(&name);
                let binder = Binder { index: name, low: reduction.low.clone(), high: reduction.high.clone() };
                one(Term::new(Op::Reduce(reduction.reducer, binder), args).ok()?, out)
            }
            Atom::Chosen(condition) => {
                let shape = self.shape(&out)?;
                one(self.where_(condition, Term::filled(1, &shape), Term::filled(0, &shape), &out)?, out)
            }
            Atom::Array(array) => Some(vec![self.whole(array)?]),
        }
    }

    /// An operation on whole arrays; its arguments have axes of their own.
    fn whole(&mut self, array: &Array) -> Option<Factor> {
        let mut inner = Raising { sizes: BTreeMap::new(), hint: self.hint, used: self.used.clone() };
        let args = array.args.iter().map(|(shape, entries)| {
            inner.sizes.clear();
            inner.array(&factor(entries).ok()?, shape)
        });
        let args = args.collect::<Option<Vec<_>>>()?;
        reading(Term::new(array.op.clone(), args).ok()?, &array.at)
    }

    /// A letter for a bound index: one the original term had for the same range, or a new one. It is none that is free in
    /// the term or bound around this place.
    pub fn letter(&mut self, low: &Integer, high: &Integer) -> Name {
        let known = self.hint.binders.iter().filter(|binder| &binder.low == low && &binder.high == high);
        let known = known.map(|binder| binder.index.clone()).find(|name| !self.used.contains(name));
        let name = known.unwrap_or_else(|| {
            let mut used = self.used.clone();
            used.extend(self.hint.binders.iter().map(|binder| binder.index.clone()));
            let binder = Binder { index: Name::new("k"), low: low.clone(), high: high.clone() };
            self.hint.letters.pick(&binder, &used)
        });
        self.used.insert(name.clone());
        name
    }
}

/// A whole array read at indices: `M[i,i]` is its diagonal, a row is turned into a column.
pub fn reading(term: Term, at: &[Index]) -> Option<Factor> {
    let factor = |term, at: &[Index]| Some(Factor { term, at: at.to_vec(), below: false });
    match (term.shape(), at) {
        (Shape::Row(_), _) => factor(term.transposed().ok()?, at),
        (_, [i, j]) if i == j => factor(Term::new(Op::Diagonal, vec![term]).ok()?, &at[..1]),
        (_, at) if at.iter().collect::<BTreeSet<_>>().len() == at.len() => factor(term, at),
        _ => None,
    }
}
