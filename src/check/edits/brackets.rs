//! Brackets elsewhere, and other operators.

use super::{chain, two};
use crate::math::expression::{Op, Term};
use crate::math::finding::Kind;

/// Brackets elsewhere.
pub fn brackets(old: &Term) -> Vec<(Kind, Term)> {
    let mut found = Vec::new();
    let mut add = |term: Option<Term>| found.extend(term.map(|term| (Kind::Brackets, term)));
    if *old.op() == Op::Add {
        let summands: Vec<Term> = old.summands().into_iter().cloned().collect();
        // a + b / c for (a + b) / c, and a + b · c for (a + b) · c, with as many summands as there are.
        for (position, part) in summands.iter().enumerate() {
            let (inner, negative) = if matches!(part.op(), Op::Neg) { (&part.args()[0], true) } else { (part, false) };
            for (op, first, second) in splits(inner) {
                let first = if negative { first.negated() } else { first };
                for from in 0..=position {
                    // The last summand holds what should reach over all of them.
                    let to = position + 1;
                    if to - from >= 2 {
                        let mut group = summands.clone();
                        group[position] = first.clone();
                        let outside: Vec<Term> = group[..from].iter().chain(&group[to..]).cloned().collect();
                        let whole = chain(Op::Add, group[from..to].to_vec())
                            .and_then(|sum| two(op.clone(), sum, second.clone()));
                        add(whole.and_then(|whole| chain(Op::Add, outside.into_iter().chain([whole]).collect())));
                    }
                }
            }
        }
    }
    if *old.op() == Op::Mul || *old.op() == Op::Div {
        let (left, right) = (&old.args()[0], &old.args()[1]);
        // (a + b) · c for a + b · c.
        if *left.op() == Op::Add {
            let [a, b] = left.args() else { return found };
            add(two(old.op().clone(), b.clone(), right.clone()).and_then(|product| a.clone().plus(product).ok()));
        }
        // a / b · c for a / (b · c).
        if *left.op() == Op::Div && *old.op() == Op::Mul {
            add(two(Op::Mul, left.args()[1].clone(), right.clone())
                .and_then(|below| two(Op::Div, left.args()[0].clone(), below)));
        }
    }
    found
}

/// All ways to see a term as a product or quotient of two.
fn splits(term: &Term) -> Vec<(Op, Term, Term)> {
    match term.op() {
        Op::Div => vec![(Op::Div, term.args()[0].clone(), term.args()[1].clone())],
        Op::Mul => {
            let factors: Vec<Term> = term.factors().into_iter().cloned().collect();
            (1..factors.len())
                .filter_map(|at| {
                    Some((Op::Mul, chain(Op::Mul, factors[..at].to_vec())?, chain(Op::Mul, factors[at..].to_vec())?))
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Another operator.
pub fn operators(old: &Term) -> Vec<(Kind, Term)> {
    let args = || (old.args()[0].clone(), old.args()[1].clone());
    let make = |op: Op| {
        let (left, right) = args();
        two(op, left, right)
    };
    let found = match old.op() {
        Op::Add => vec![make(Op::Mul)],
        Op::Mul => vec![make(Op::Add), make(Op::Div), {
            let (left, right) = args();
            left.plus(right.negated()).ok()
        }],
        Op::Div => vec![make(Op::Mul)],
        _ => Vec::new(),
    };
    found.into_iter().flatten().map(|term| (Kind::Operator, term)).collect()
}
