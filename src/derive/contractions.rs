//! Sums that the forward pass has computed already: where `c = Σ_s α_s · k_s` is known, a line that holds the sum says c.

use super::definitions::{Definition, is_contraction, values};
use super::normal;
use super::range::{Truth, within};
use crate::math::expression::{Binder, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::BTreeMap;

/// `term` with the defined name wherever its sum stands; nothing when it stands nowhere.
pub fn folded(definition: &Definition, term: &Term, ranges: &[Binder]) -> Option<Term> {
    if !is_contraction(&definition.body) {
        return None;
    }
    let put = Folding { definition }.fold(term, &mut ranges.to_vec());
    (&put != term).then_some(put)
}

struct Folding<'d> {
    definition: &'d Definition,
}

impl Folding<'_> {
    fn fold(&self, term: &Term, scope: &mut Vec<Binder>) -> Term {
        if let Some(name) = self.name_of(term, scope) {
            return name;
        }
        if term.args().is_empty() {
            return term.clone();
        }
        let depth = scope.len();
        if let Op::Reduce(_, binder) = term.op() {
            scope.push(binder.clone());
        }
        let args: Vec<Term> = term.args().iter().map(|arg| self.fold(arg, scope)).collect();
        scope.truncate(depth);
        if args == term.args() { term.clone() } else { Term::new(term.op().clone(), args).unwrap_or(term.clone()) }
    }

    /// The defined name, at the places at which its sum is this term.
    fn name_of(&self, term: &Term, scope: &[Binder]) -> Option<Term> {
        let body = &self.definition.body;
        let alike = std::mem::discriminant(body.op()) == std::mem::discriminant(term.op());
        if !alike || body.shape() != term.shape() || !is_contraction(term) {
            return None;
        }
        let pattern = values(body).next()?;
        let candidates = values(term).filter(|read| read.quantity == pattern.quantity);
        candidates.into_iter().find_map(|read| {
            let put = self.places(pattern, read, scope)?;
            (normal::equal(&body.at(&put), term) == Some(true))
                .then(|| Term::read(self.definition.name.clone()).at(&put))
        })
    }

    /// What the indices of the definition are where its reading `pattern` is the reading `read`, within their ranges.
    fn places(&self, pattern: &Read, read: &Read, scope: &[Binder]) -> Option<BTreeMap<Name, Integer>> {
        let mut put = BTreeMap::new();
        for (own, there) in pattern.subscripts.iter().zip(&read.subscripts) {
            let (Subscript::At(own), Subscript::At(place)) = (own, there) else { continue };
            let solved = self.definition.ranges.iter().find_map(|range| {
                let (coefficient, rest) = own.linear_in(&range.index)?;
                (coefficient == 1 && rest.as_number().is_some()).then(|| (range, place.minus(&rest)))
            });
            if let Some((range, value)) = solved {
                if within(&value, &range.low, &range.high, scope) != Truth::Always {
                    return None;
                }
                put.insert(range.index.clone(), value);
            }
        }
        (put.len() == self.definition.ranges.len()).then_some(put)
    }
}
