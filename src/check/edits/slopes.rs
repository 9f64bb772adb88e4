//! Values of functions for their slopes, and the other way round.

use super::two;
use crate::math::expression::{Op, Relation, Term};
use crate::math::finding::Kind;
use crate::math::number;

/// A value for its slope, and the other way round.
pub fn slopes(old: &Term) -> Vec<(Kind, Term)> {
    if old.as_number().is_some() || matches!(old.op(), Op::Compare(_) | Op::Integer(_)) {
        return Vec::new();
    }
    let one = Term::filled(1, old.shape());
    let less = |term: Term| match (term.op(), term.args()) {
        // 1 − (1 − z) is z.
        (Op::Add, [first, second]) if *first == one && *second.op() == Op::Neg => Some(second.args()[0].clone()),
        _ => one.clone().plus(term.negated()).ok(),
    };
    let square = |term: &Term| two(Op::Power, term.clone(), Term::number(number::whole(2)));
    let mut found: Vec<(Kind, Term)> = Vec::new();
    found.extend(less(old.clone()).map(|term| (Kind::WrongFactor, term)));
    let mut add = |term: Option<Term>| found.extend(term.map(|term| (Kind::Slope, term)));
    add(less(old.clone()).and_then(|rest| old.clone().times(rest).ok()));
    add(square(old).and_then(less));
    let positive = |term: &Term| {
        let zero = Term::filled(0, term.shape());
        let above = two(Op::Compare(Relation::Greater), term.clone(), zero.clone())?;
        Term::new(Op::Where, vec![above, Term::filled(1, term.shape()), zero]).ok()
    };
    if old.as_read().is_some() {
        add(positive(old));
    }
    if let Op::Apply(_) = old.op()
        && let [u] = old.args()
    {
        add(positive(u));
        add(Term::new(Op::Apply("sign".into()), vec![u.clone()]).ok());
        // The function of a value that is the function already.
        add(less(u.clone()).and_then(|rest| u.clone().times(rest).ok()));
        add(square(u).and_then(less));
        add(Some(u.clone()));
        let again = |power: Option<Term>| power.and_then(less);
        add(again(square(old)));
    }
    if let Op::Power = old.op() {
        // (1 − u)² for 1 − u².
        let base = &old.args()[0];
        if let [first, second] = base.args()
            && *base.op() == Op::Add
        {
            let inner = if matches!(second.op(), Op::Neg) { &second.args()[0] } else { second };
            add(square(inner).and_then(|square| first.clone().plus(square.negated()).ok()));
        }
    }
    found
}
