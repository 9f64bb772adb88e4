//! Sums that are multiples of one another: in `x * sigmoid(beta * x)` and `where(x > 0, x, 0.1 * x)` a function takes one sum and not two.

use super::build;
use crate::math::expression::{Op, Term};
use crate::math::theory::{Item, Linear};
use std::collections::BTreeSet;

/// A sum as `factor · base + offset`.
pub struct Multiple {
    /// What the base is multiplied by.
    pub factor: Term,
    /// What is added.
    pub offset: Term,
}

/// `sum` as a multiple of `base`, where that can be seen from how they are written.
pub fn multiple(sum: &Linear, base: &Linear) -> Option<Multiple> {
    let mut factor: Option<Term> = None;
    if !sum.parts.keys().eq(base.parts.keys()) {
        return None;
    }
    for (one, other) in sum.parts.values().zip(base.parts.values()) {
        let found = quotient(one, other)?;
        if factor.get_or_insert_with(|| found.clone()) != &found {
            return None;
        }
    }
    let factor = factor?;
    let taken = build::scaled(base, &factor).offset;
    let offset = if taken == sum.offset {
        build::whole(0)
    } else {
        build::apply(Op::Add, vec![sum.offset.clone(), build::apply(Op::Neg, vec![taken])])
    };
    Some(Multiple { factor, offset })
}

/// The sums that others among the items are multiples of, each as simple as it can be written. A sum that is scaled by a literal and
/// moved, as in `0.2 * u + 0.5`, is one of `u` even where it stands alone: the scale belongs to the function.
pub fn bases(items: &[Item]) -> Vec<Linear> {
    let sums: Vec<&Linear> = items
        .iter()
        .filter_map(|item| match item {
            Item::Sum(sum) => Some(sum),
            _ => None,
        })
        .collect();
    let mut candidates: Vec<Linear> = sums.iter().flat_map(|sum| [Some((*sum).clone()), bare(sum)]).flatten().collect();
    candidates.sort_by_key(length);
    let (mut found, mut covered) = (Vec::new(), BTreeSet::new());
    for candidate in candidates {
        let more: Vec<usize> = (0..sums.len())
            .filter(|sum| !covered.contains(sum) && multiple(sums[*sum], &candidate).is_some())
            .collect();
        let moved = |sum: &usize| {
            let written = |coefficient: &Term| coefficient.as_number().is_some() && !build::is_whole(coefficient, 1);
            !build::is_whole(&sums[*sum].offset, 0) && sums[*sum].parts.values().all(written)
        };
        if more.len() > 1 || more.iter().any(moved) {
            covered.extend(more);
            found.push(candidate);
        }
    }
    found
}

/// A sum whose parts all have the same coefficient, without it.
fn bare(sum: &Linear) -> Option<Linear> {
    let first = sum.parts.values().next()?;
    let same = sum.parts.values().all(|coefficient| coefficient == first);
    let parts = sum.parts.keys().map(|part| (*part, build::whole(1))).collect();
    same.then(|| Linear { parts, offset: build::whole(0) })
}

/// How much there is to write.
fn length(sum: &Linear) -> usize {
    let idle = |one: &&Term, whole: i64| !build::is_whole(one, whole);
    let parts: usize = sum.parts.values().filter(|part| idle(part, 1)).map(nodes).sum();
    parts + [&sum.offset].into_iter().filter(|offset| idle(offset, 0)).map(nodes).sum::<usize>()
}

fn nodes(term: &Term) -> usize {
    1 + term.args().iter().map(nodes).sum::<usize>()
}

/// `one / other`, where the one is written as a multiple of the other.
fn quotient(one: &Term, other: &Term) -> Option<Term> {
    if one == other {
        return Some(build::whole(1));
    }
    if build::is_whole(other, 1) {
        return Some(one.clone());
    }
    match (one.op(), one.args()) {
        (Op::Mul, [left, right]) if right == other => Some(left.clone()),
        (Op::Mul, [left, right]) if left == other => Some(right.clone()),
        (Op::Number(_), _) if matches!(other.op(), Op::Number(_)) && !build::is_whole(other, 0) => {
            Some(build::apply(Op::Div, vec![one.clone(), other.clone()]))
        }
        _ => None,
    }
}
