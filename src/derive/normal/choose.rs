//! Conditions, and sums that are choices between two sums.

use super::atom::{Atom, Condition, Index};
use super::factor::factor;
use super::polynomial::{Monomial, Polynomial, natural};
use super::raise::{Raising, reading};
use crate::math::expression::{Op, Relation, Term};
use crate::math::integer::Integer;
use num_traits::ToPrimitive;

impl Raising<'_> {
    /// `[c] A + B` as `where(c, A + B′, B′) + …` when the whole sum is one choice.
    pub fn choice(&mut self, polynomial: &Polynomial, out: &[Index]) -> Option<Term> {
        let condition = polynomial.0.keys().find_map(Monomial::choice)?.clone();
        let (mut there, mut both, mut elsewhere) =
            (Polynomial::default(), Polynomial::default(), Polynomial::default());
        for (monomial, coefficient) in &polynomial.0 {
            if monomial.choice() == Some(&condition) {
                let mut factors = monomial.0.clone();
                factors.remove(&Atom::Chosen(condition.clone()));
                there.add(Monomial(factors), coefficient.clone());
            } else {
                both.add(monomial.clone(), coefficient.clone());
            }
        }
        // What stands on both sides moves in only where it meets its like.
        let mut outside = Polynomial::default();
        for (monomial, coefficient) in &both.0 {
            if there.0.contains_key(monomial) {
                there.add(monomial.clone(), coefficient.clone());
                elsewhere.add(monomial.clone(), coefficient.clone());
            } else {
                outside.add(monomial.clone(), coefficient.clone());
            }
        }
        let mut raised = |side: &Polynomial| self.polynomial(&factor(side).ok()?, out);
        let (there, elsewhere) = (raised(&there)?, raised(&elsewhere)?);
        let rest = if outside.is_zero() { None } else { Some(raised(&outside)?) };
        let term = self.where_(&condition, there, elsewhere, out)?;
        match rest {
            None => Some(term),
            Some(rest) => {
                let mut summands = [term, rest];
                self.hint.sort_summands(&mut summands);
                let [first, second] = summands;
                first.plus(second).ok()
            }
        }
    }

    /// `where(condition, yes, no)`
    pub fn where_(&mut self, condition: &Condition, yes: Term, no: Term, out: &[Index]) -> Option<Term> {
        // `where(not c, u, v)` reads better as `where(c, v, u)`, unless that leaves 0 for the case that is named.
        let zero = yes.as_number().is_some_and(num_traits::Zero::is_zero);
        let (condition, yes, no) =
            if zero { (condition.clone().denied(), no, yes) } else { (condition.clone(), yes, no) };
        // `−where(c, u, 0)` reads better than `where(c, −u, 0)`: in a sum it is a difference.
        let nothing = no.as_number().is_some_and(num_traits::Zero::is_zero);
        if let (true, Op::Neg, [positive]) = (nothing, yes.op(), yes.args()) {
            return Some(self.where_(&condition, positive.clone(), no, out)?.negated());
        }
        let constant = condition.free_indices().is_empty();
        let condition = self.condition(&condition, if constant { &[] } else { out })?;
        Term::new(Op::Where, vec![condition, yes, no]).ok()
    }

    /// A condition over `out`.
    pub fn condition(&mut self, condition: &Condition, out: &[Index]) -> Option<Term> {
        match condition {
            Condition::Compare(relation, left, right) => self.compare(*relation, left, right, out),
            Condition::Not(inner) => match &**inner {
                Condition::Compare(Relation::Less, left, right) => {
                    self.compare(Relation::GreaterEqual, left, right, out)
                }
                Condition::Compare(_, left, right) => self.compare(Relation::NotEqual, left, right, out),
                Condition::And(all) => {
                    let all = all.iter().map(|condition| self.condition(&condition.clone().denied(), out));
                    let all: Vec<Term> = all.collect::<Option<_>>()?;
                    all.into_iter().map(Some).reduce(|a, b| Term::new(Op::Or, vec![a?, b?]).ok())?
                }
                inner => Term::new(Op::Not, vec![self.condition(inner, out)?]).ok(),
            },
            Condition::And(all) => {
                let all: Vec<Term> =
                    all.iter().map(|condition| self.condition(condition, out)).collect::<Option<_>>()?;
                all.into_iter().map(Some).reduce(|a, b| Term::new(Op::And, vec![a?, b?]).ok())?
            }
            Condition::Letter(letter, at) => {
                Some(reading(Term::new(Op::Letter((**letter).clone()), vec![]).ok()?, at)?.term)
            }
        }
    }

    /// A comparison; a number goes to the right, as in `u > 0`.
    fn compare(&mut self, relation: Relation, left: &Polynomial, right: &Polynomial, out: &[Index]) -> Option<Term> {
        let mut side = |sum: &Polynomial| match place(sum).filter(|_| out.is_empty()) {
            Some(place) => Term::new(Op::Integer(place), vec![]).ok(),
            None => self.polynomial(&factor(sum).ok()?, out),
        };
        let (left_first, right_first) = (side(left)?, side(right)?);
        let (relation, first, second) = if left_first.as_number().is_some() {
            let turned = match relation {
                Relation::Less => Relation::Greater,
                Relation::GreaterEqual => Relation::LessEqual,
                other => other,
            };
            (turned, right_first, left_first)
        } else if matches!(relation, Relation::Equal | Relation::NotEqual)
            && self.hint.is_before(&right_first, &left_first)
        {
            // As it was written.
            (relation, right_first, left_first)
        } else {
            (relation, left_first, right_first)
        };
        Term::new(Op::Compare(relation), vec![first, second]).ok()
    }
}

/// A sum of products of indices and sizes as the one integer that it is, as subscripts are written; none for a lone number.
fn place(sum: &Polynomial) -> Option<Integer> {
    let mut whole = Integer::number(0);
    for (monomial, coefficient) in &sum.0 {
        let coefficient = Some(coefficient).filter(|value| value.is_integer())?.to_i64()?;
        let mut product = Integer::number(1);
        for (atom, exponent) in &monomial.0 {
            let Atom::Integer(atom) = atom else { return None };
            for _ in 0..natural(exponent)? {
                product = product.times(&Integer::atom(atom.clone()));
            }
        }
        whole = whole.plus(&product.scaled(coefficient));
    }
    whole.as_number().is_none().then_some(whole)
}
