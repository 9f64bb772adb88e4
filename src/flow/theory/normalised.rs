//! Batch normalisation, found by its form: a sum less its mean over a batch, by the root of the mean of its square.

use super::build;
use super::entries::Entries;
use super::structure::{general, shift};
use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number;
use crate::math::source::Diagnostic;
use crate::math::theory::{Argument, Entry, Item, Linear, Normalised, Part};
use std::collections::BTreeMap;

impl Entries<'_> {
    /// Whether what stands below a fraction may be that of a normalisation over a batch: somewhere in it a mean over an index is
    /// taken.
    pub(super) fn over_a_batch(&self, term: &Term) -> bool {
        let mut found = false;
        self.inlined(term, 0).walk(&mut |part| found |= matches!(part.op(), Op::Reduce(Reducer::Mean, _)));
        found
    }

    /// The normalised entry. Fails where the quotient has another form, or what is normalised is no product with fresh weights.
    pub(super) fn normalised(&mut self, term: &Term) -> Result<Entry, Diagnostic> {
        let whole = self.inlined(term, 0);
        let other = || {
            self.refused("a mean over an index is taken")
                .hint("of batches it knows `(a - mean[n](a)) / sqrt(mean[n]((a - mean[n](a))^2) + eps)`, or `batchnorm[n](…)`")
        };
        let (top, bottom) = (&whole.args()[0], &whole.args()[1]);
        // `gain * (a - mean) / root` is read from the left.
        let (factors, centred): (Vec<&Term>, Vec<&Term>) =
            top.factors().into_iter().partition(|factor| centre(factor).is_none());
        let [centred] = centred.as_slice() else { return Err(other()) };
        let (binder, rest) = centre(centred).ok_or_else(other)?;
        if !is_deviation(bottom, centred, &binder) {
            return Err(other());
        }
        let mut product = None;
        for summand in rest {
            if !summand.free_names().contains(&binder.index) {
                // What is the same for the whole batch goes with the mean.
                continue;
            }
            match (self.entry(summand)?, product) {
                (Entry::Linear(Linear { parts, .. }), None) => match parts.iter().next() {
                    Some((Part::Item(item), _)) if parts.len() == 1 => product = Some(*item),
                    _ => return Err(self.refused("what is normalised is no product of weights with the state")),
                },
                _ => return Err(self.refused("what is normalised is no product of weights with the state")),
            }
        }
        let product = product.ok_or_else(|| self.refused("what is normalised does not depend on the batch"))?;
        let state = matches!(&self.items[product], Item::Product(product)
            if matches!(&product.argument, Entry::Linear(sum) if sum.parts.keys().eq([&Part::State])));
        if !state {
            return Err(self.refused("what is normalised is no product of weights with the state alone"));
        }
        let count = binder.high.minus(&binder.low).offset(1);
        let item = self.item(Item::Normalised(Normalised { product, count }));
        let mut entry = self.of_body(build::argument(Argument::Item(item)));
        for factor in factors {
            let factor = self.entry(factor)?;
            entry = self.arithmetic(&Op::Mul, vec![factor, entry])?;
        }
        Ok(entry)
    }

    /// A term with the equations of this step written out.
    fn inlined(&self, term: &Term, depth: usize) -> Term {
        term.map(&mut |part| {
            let Op::Read(read) = part.op() else { return part };
            let computed = self.network.quantity(&read.quantity).is_some_and(|quantity| quantity.role.is_computed());
            if !computed
                || depth > 40
                || read.quantity == self.state
                || shift(self.network, read, &self.index).unwrap_or(0) != 0
            {
                return part;
            }
            let (Some(equation), Some(places)) = (general(self.network, &read.quantity, &self.index), read.places())
            else {
                return part;
            };
            let mut put: BTreeMap<Name, Integer> = BTreeMap::new();
            for (left, place) in equation.at.iter().zip(places) {
                if let Some(index) = left.as_name() {
                    put.insert(index.clone(), place.clone());
                }
            }
            let body = self.inlined(&equation.body.at(&put), depth + 1);
            if body.shape() == part.shape() { body } else { part }
        })
    }
}

/// Of `a − mean[n](a)`: the index, and the summands of a.
fn centre(term: &Term) -> Option<(Binder, Vec<&Term>)> {
    let summands = term.summands();
    let mean = |summand: &&Term| -> Option<(Binder, Term)> {
        let Op::Neg = summand.op() else { return None };
        let inside = unfilled(&summand.args()[0]);
        match inside.op() {
            Op::Reduce(Reducer::Mean, binder) if inside.args().len() == 1 => {
                Some((binder.clone(), inside.args()[0].clone()))
            }
            _ => None,
        }
    };
    let position = summands.iter().position(|summand| mean(summand).is_some())?;
    let (binder, body) = mean(&summands[position])?;
    let mut rest: Vec<&Term> = summands;
    rest.remove(position);
    // The index that stands free outside is the one that differs.
    let outside: Vec<Name> = rest.iter().flat_map(|summand| summand.free_names()).collect();
    let free = outside.iter().find(|letter| same(&body, &binder.index, letter, &rest))?.clone();
    Some((Binder { index: free, ..binder }, rest))
}

/// Whether `body` with `letter` for its bound index is the sum of `rest`.
fn same(body: &Term, bound: &Name, letter: &Name, rest: &[&Term]) -> bool {
    let moved = body.at(&BTreeMap::from([(bound.clone(), Integer::name(letter.clone()))]));
    let (mut one, mut other) = (moved.summands(), rest.to_vec());
    one.sort();
    other.sort();
    one == other
}

fn unfilled(term: &Term) -> &Term {
    if let Op::Fill(_) = term.op() { unfilled(&term.args()[0]) } else { term }
}

/// Whether a term is `sqrt(mean[n](centred²) + eps)`.
fn is_deviation(term: &Term, centred: &Term, binder: &Binder) -> bool {
    let root = unfilled(term);
    let Op::Apply(name) = root.op() else { return false };
    if name.as_str() != "sqrt" {
        return false;
    }
    let mut means = 0;
    for summand in root.args()[0].summands() {
        let inside = unfilled(summand);
        match inside.op() {
            Op::Reduce(Reducer::Mean, bound) if inside.args().len() == 1 => {
                let put = BTreeMap::from([(bound.index.clone(), Integer::name(binder.index.clone()))]);
                let body = inside.args()[0].at(&put);
                let square = match body.op() {
                    Op::Power => {
                        body.args()[1].as_number() == Some(&number::whole(2)) && like(&body.args()[0], centred)
                    }
                    Op::Mul => body.args().iter().all(|factor| like(factor, centred)),
                    _ => false,
                };
                if !square {
                    return false;
                }
                means += 1;
            }
            // Epsilon, which does not vary.
            _ if inside.reads().iter().all(|read| read.constant) => {}
            _ => return false,
        }
    }
    means == 1
}

/// Whether two sums have the same summands, up to the names of bound indices.
fn like(one: &Term, other: &Term) -> bool {
    match (centre(one), centre(other)) {
        (Some((_, one)), Some((_, other))) => {
            let (mut one, mut other) = (one, other);
            one.sort();
            other.sort();
            one == other
        }
        _ => false,
    }
}
