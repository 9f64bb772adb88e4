//! Claims whose shapes can't be right, with one matrix turned over, or the factors of one product in another order: the ways
//! of reading them in which the shapes fit.

use super::draft::name_of;
use super::rewrite::rewrite;
use super::shape::Given;
use super::{Reader, Scope};
use crate::math::claim::Turned;
use crate::math::name::Name;
use crate::math::syntax::{Call, Expression, ProductOperator, Written, WrittenClaim};
use std::collections::BTreeSet;

/// More ways than this are not tried.
const MOST: usize = 200;

/// Where an equation stands: the claim itself, or one of its author's.
#[derive(Clone, Copy)]
enum Spot {
    Claim,
    Local(usize),
}

/// A changed expression, the matrix that is turned over in it, its name and whether it is transposed now, and how improbable it
/// is.
type Change = (Written, Option<(Name, bool)>, u8);

/// All ways in which the shapes of a claim fit, those first in which only one matrix is turned over.
pub fn turned(reader: &Reader, scope: &Scope) -> Vec<Turned> {
    let [claim] = scope.claims.as_slice() else { return Vec::new() };
    let mut ways: Vec<(Spot, Change)> = changes(&claim.right).into_iter().map(|one| (Spot::Claim, one)).collect();
    for (position, local) in scope.locals.iter().enumerate() {
        ways.extend(changes(&local.1).into_iter().map(|one| (Spot::Local(position), one)));
    }
    // A single matrix before a product, and a sum as a whole last.
    ways.sort_by_key(|(_, change)| change.2);
    ways.into_iter().take(MOST).filter_map(|(spot, change)| fitting(reader, scope, claim, spot, change)).collect()
}

/// The claim as it reads with a change, if its shapes fit then.
fn fitting(reader: &Reader, scope: &Scope, claim: &WrittenClaim, spot: Spot, change: Change) -> Option<Turned> {
    let (written, part, _) = change;
    let read = |scope: &Scope| {
        let group = reader.group(scope, &Given::default()).ok()?;
        group.claims.iter().all(|claim| claim.misfit.is_none()).then_some(group)
    };
    match spot {
        Spot::Claim => {
            let changed = WrittenClaim { right: written, ..claim.clone() };
            let group = read(&Scope { claims: vec![&changed], locals: scope.locals.clone() })?;
            let target = group.claims.first()?.right.clone();
            let equation = group.network.equations_of(&target).next()?.clone();
            Some(Turned { at: None, equation, part, group })
        }
        Spot::Local(position) => {
            let changed = (scope.locals[position].0.clone(), written);
            let mut locals = scope.locals.clone();
            locals[position] = &changed;
            let group = read(&Scope { claims: vec![claim], locals })?;
            let name = name_of(&changed.0)?.clone();
            // A case is another equation of the same name.
            let before = scope.locals[..position].iter().filter(|local| name_of(&local.0) == Some(&name)).count();
            let equation = group.network.equations_of(&name).nth(before)?.clone();
            Some(Turned { at: Some(name), equation, part, group })
        }
    }
}

/// An expression with one of its matrices turned over, or one of its products in another order, in all ways.
fn changes(written: &Written) -> Vec<Change> {
    let mut found = Vec::new();
    let mut number = 0;
    loop {
        let mut seen = 0;
        let mut ways: Option<Vec<Change>> = None;
        // What stands at the place of this number, and what may stand there.
        let look = &mut |part: &Written, _: &BTreeSet<Name>| {
            seen += 1;
            if seen == number + 1 {
                ways = Some(others(part));
            }
            Ok(None)
        };
        let _ = rewrite(written, &BTreeSet::new(), look);
        let Some(ways) = ways else { return found };
        for (other, part, rank) in ways {
            let mut seen = 0;
            let put = &mut |_: &Written, _: &BTreeSet<Name>| {
                seen += 1;
                Ok((seen == number + 1).then(|| other.clone()))
            };
            found.extend(rewrite(written, &BTreeSet::new(), put).ok().map(|changed| (changed, part, rank)));
        }
        number += 1;
    }
}

/// What may stand in the place of a part.
fn others(part: &Written) -> Vec<Change> {
    let name = |part: &Written| name_of(part).cloned();
    match &part.node {
        Expression::Transpose(inner) => vec![((**inner).clone(), name(inner).map(|name| (name, false)), 0)],
        Expression::Name(_) | Expression::Read(..) => {
            vec![(over(part), name(part).map(|name| (name, true)), 0)]
        }
        Expression::Call(Call { .. }) => vec![(over(part), None, 2)],
        Expression::Product(parts)
            if parts.iter().skip(1).all(|(operator, _)| *operator == ProductOperator::MatMul) =>
        {
            let factors: Vec<&Written> = parts.iter().map(|(_, factor)| factor).collect();
            let product = |factors: Vec<Written>| Written {
                node: Expression::Product(factors.into_iter().map(|one| (ProductOperator::MatMul, one)).collect()),
                span: part.span.clone(),
            };
            let turned = |one: &&Written| over(one);
            let mut found = vec![product(factors.iter().rev().map(turned).collect())];
            if let [left, right] = factors.as_slice() {
                let (left, right) = ((*left).clone(), (*right).clone());
                found.push(product(vec![right.clone(), left.clone()]));
                found.push(product(vec![right.clone(), over(&left)]));
                found.push(product(vec![over(&right), left]));
            }
            found.into_iter().map(|other| (other, None, 1)).collect()
        }
        _ => Vec::new(),
    }
}

/// A part turned over; twice is not at all.
fn over(part: &Written) -> Written {
    match &part.node {
        Expression::Transpose(inner) => (**inner).clone(),
        _ => Written { node: Expression::Transpose(Box::new(part.clone())), span: part.span.clone() },
    }
}
