//! Integers put for the indices of a term, and the names that it depends on.

use super::{Binder, Op, Read, Reducer, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

impl Term {
    /// that is put in gets another letter.
    pub fn at(&self, put: &BTreeMap<Name, Integer>) -> Term {
        if put.is_empty() {
            return self.clone();
        }
        match self.op() {
            Op::Integer(integer) => Term::typed(Op::Integer(integer.substitute(put)), Vec::new()),
            Op::Read(read) => Term::read(read.at(put)),
            Op::Reduce(reducer, binder) => self.bound_at(*reducer, binder, put),
            _ if self.args().is_empty() => self.clone(),
            op => Term::typed(op.clone(), self.args().iter().map(|arg| arg.at(put)).collect()),
        }
    }

    fn bound_at(&self, reducer: Reducer, binder: &Binder, put: &BTreeMap<Name, Integer>) -> Term {
        let mut binder =
            Binder { index: binder.index.clone(), low: binder.low.substitute(put), high: binder.high.substitute(put) };
        let mut inside = put.clone();
        match (reducer, inside.remove(&binder.index)) {
            // The index of a softmax stands free as well: what is put for it says which share is read.
            (Reducer::Softmax, Some(place)) => match place.as_name() {
                Some(letter) if !inside.values().any(|value| value.names().contains(letter)) => {
                    inside.insert(binder.index.clone(), place.clone());
                    binder.index = letter.clone();
                }
                _ => return self.share_at(&binder, &inside, place),
            },
            (Reducer::Softmax, None) => {}
            _ if inside.values().any(|value| value.names().contains(&binder.index)) => {
                let mut taken: BTreeSet<Name> = inside.values().flat_map(Integer::names).collect();
                taken.extend(self.args().iter().flat_map(Term::free_names));
                let letter = binder.index.beside(&taken);
                inside.insert(binder.index.clone(), Integer::name(letter.clone()));
                binder.index = letter;
            }
            _ => {}
        }
        let args = self.args().iter().map(|arg| arg.at(&inside)).collect();
        Term::typed(Op::Reduce(reducer, binder), args)
    }

    /// `softmax[i](u)` at a place that is no index: `exp(u − logsumexp[i](u))` with `u` at that place, and 0 where the
    /// condition does not hold there.
    fn share_at(&self, binder: &Binder, put: &BTreeMap<Name, Integer>, place: Integer) -> Term {
        let mut there = put.clone();
        there.insert(binder.index.clone(), place);
        let all = Term::typed(Op::Reduce(Reducer::LogSumExp, binder.clone()), self.args().to_vec()).at(put);
        let shifted = Term::typed(Op::Add, vec![self.args()[0].at(&there), all.negated()]);
        let share = Term::typed(Op::Apply(Name::from("exp")), vec![shifted]);
        match self.args().get(1) {
            None => share,
            Some(condition) => {
                let zero = Term::filled(0, share.shape());
                Term::typed(Op::Where, vec![condition.at(&there), share, zero])
            }
        }
    }

    /// The indices (and sizes) it depends on that it does not bind itself.
    pub fn free_names(&self) -> BTreeSet<Name> {
        let mut found = BTreeSet::new();
        self.collect_free(&mut found);
        found
    }

    fn collect_free(&self, found: &mut BTreeSet<Name>) {
        match self.op() {
            Op::Integer(integer) => found.extend(integer.names()),
            Op::Slice(low, high) => {
                found.extend(low.names());
                found.extend(high.names());
            }
            Op::Read(read) => {
                for subscript in &read.subscripts {
                    match subscript {
                        Subscript::At(place) => found.extend(place.names()),
                        Subscript::Range(low, high) => {
                            found.extend(low.names());
                            found.extend(high.names());
                        }
                        Subscript::All => {}
                    }
                }
            }
            Op::Reduce(reducer, binder) => {
                let mut inside = BTreeSet::new();
                self.args().iter().for_each(|arg| arg.collect_free(&mut inside));
                if *reducer != Reducer::Softmax {
                    inside.remove(&binder.index);
                }
                found.extend(inside);
                found.extend(binder.low.names());
                found.extend(binder.high.names());
                return;
            }
            _ => {}
        }
        self.args().iter().for_each(|arg| arg.collect_free(found));
    }
}

impl Binder {
    /// The same binder with integers put for the indices and sizes in its range.
    pub fn at(&self, put: &BTreeMap<Name, Integer>) -> Binder {
        Binder { index: self.index.clone(), low: self.low.substitute(put), high: self.high.substitute(put) }
    }
}

impl Read {
    /// The same reading with integers put for indices.
    pub fn at(&self, put: &BTreeMap<Name, Integer>) -> Read {
        let mut read = self.clone();
        for subscript in &mut read.subscripts {
            *subscript = match subscript {
                Subscript::At(place) => Subscript::At(place.substitute(put)),
                Subscript::Range(low, high) => Subscript::Range(low.substitute(put), high.substitute(put)),
                Subscript::All => Subscript::All,
            };
        }
        read
    }
}
