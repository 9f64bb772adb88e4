//! Written expressions rebuilt: parts are replaced, indices moved. Bound letters stay what they are.

use crate::math::name::Name;
use crate::math::source::Diagnostic;
use crate::math::syntax::{
    Argument, Call, Expression, ProductOperator, SubscriptForm, Written, WrittenBinder, WrittenRange, WrittenSubscript,
};
use std::collections::BTreeSet;

/// What stands in place of a part: `None` means the part itself, with its own parts looked at.
pub type Change<'c> = dyn FnMut(&Written, &BTreeSet<Name>) -> Result<Option<Written>, Diagnostic> + 'c;

/// The expression with parts replaced, the outermost first. `bound` are the letters that calls around it bind.
pub fn rewrite(written: &Written, bound: &BTreeSet<Name>, change: &mut Change) -> Result<Written, Diagnostic> {
    if let Some(other) = change(written, bound)? {
        return Ok(other);
    }
    let mut one = |part: &Written| rewrite(part, bound, change);
    let node = match &written.node {
        Expression::Number(_) | Expression::Name(_) => written.node.clone(),
        Expression::Read(name, places) => Expression::Read(
            name.clone(),
            places.iter().map(|place| subscript(place, &mut one)).collect::<Result<_, _>>()?,
        ),
        Expression::Call(call) => return self::call(written, call, bound, change),
        Expression::Negate(part) => Expression::Negate(Box::new(one(part)?)),
        Expression::Not(part) => Expression::Not(Box::new(one(part)?)),
        Expression::Transpose(part) => Expression::Transpose(Box::new(one(part)?)),
        Expression::Differential(part) => Expression::Differential(Box::new(one(part)?)),
        Expression::Sum(parts) => Expression::Sum(
            parts.iter().map(|(minus, part)| Ok((*minus, one(part)?))).collect::<Result<_, Diagnostic>>()?,
        ),
        Expression::Product(parts) => {
            let part = |(operator, part): &(ProductOperator, Written)| Ok((*operator, one(part)?));
            Expression::Product(parts.iter().map(part).collect::<Result<_, Diagnostic>>()?)
        }
        Expression::Power(base, exponent) => Expression::Power(Box::new(one(base)?), Box::new(one(exponent)?)),
        Expression::Pair(left, right) => Expression::Pair(Box::new(one(left)?), Box::new(one(right)?)),
        Expression::Chain(parts, relations) => Expression::Chain(all(parts, &mut one)?, relations.clone()),
        Expression::And(parts) => Expression::And(all(parts, &mut one)?),
        Expression::Or(parts) => Expression::Or(all(parts, &mut one)?),
        Expression::List(parts) => Expression::List(all(parts, &mut one)?),
        Expression::Derivative { of, by } => Expression::Derivative {
            of: of.as_ref().map(|of| one(of).map(Box::new)).transpose()?,
            by: Box::new(one(by)?),
        },
    };
    Ok(Written { node, span: written.span.clone() })
}

type One<'o> = dyn FnMut(&Written) -> Result<Written, Diagnostic> + 'o;

fn all(parts: &[Written], one: &mut One) -> Result<Vec<Written>, Diagnostic> {
    parts.iter().map(one).collect()
}

/// A subscript with its parts replaced.
pub fn subscript(place: &WrittenSubscript, one: &mut One) -> Result<WrittenSubscript, Diagnostic> {
    let what = match &place.what {
        SubscriptForm::At(at) => SubscriptForm::At(one(at)?),
        SubscriptForm::All => SubscriptForm::All,
        SubscriptForm::Range(low, high) => SubscriptForm::Range(one(low)?, one(high)?),
    };
    Ok(WrittenSubscript { what, ..place.clone() })
}

fn call(written: &Written, call: &Call, bound: &BTreeSet<Name>, change: &mut Change) -> Result<Written, Diagnostic> {
    let mut binders = Vec::new();
    for binder in &call.binders {
        let range = match &binder.range {
            Some(range) => Some(WrittenRange {
                low: range.low.as_ref().map(|low| rewrite(low, bound, change)).transpose()?,
                high: rewrite(&range.high, bound, change)?,
            }),
            None => None,
        };
        binders.push(WrittenBinder { index: binder.index.clone(), range });
    }
    let mut inside = bound.clone();
    if binds(call) {
        inside.extend(call.binders.iter().map(|binder| binder.index.node.clone()));
    }
    let condition = match &call.condition {
        Some(condition) => Some(Box::new(rewrite(condition, &inside, change)?)),
        None => None,
    };
    let mut arguments = Vec::new();
    for argument in &call.arguments {
        arguments.push(match argument {
            Argument::Term(term) => Argument::Term(rewrite(term, &inside, change)?),
            Argument::Shape(shape) => Argument::Shape(shape.clone()),
        });
    }
    let call = Call { function: call.function.clone(), binders, condition, arguments };
    Ok(Written { node: Expression::Call(call), span: written.span.clone() })
}

/// Whether the letters in the brackets of a call mean nothing outside it. Those of a softmax and of a definition stand free.
fn binds(call: &Call) -> bool {
    ["sum", "mean", "max", "min", "norm", "logsumexp"].contains(&call.function.node.as_str())
}

/// The letters among `indices` that stand free in an expression, in order of appearance.
pub fn free_letters(written: &Written, indices: &dyn Fn(&Name) -> bool, found: &mut Vec<Name>) {
    let look = &mut |part: &Written, bound: &BTreeSet<Name>| {
        if let Expression::Name(name) = &part.node
            && indices(name)
            && !bound.contains(name)
            && !found.contains(name)
        {
            found.push(name.clone());
        }
        if let Expression::Call(call) = &part.node
            && !binds(call)
        {
            for binder in call.binders.iter().map(|binder| &binder.index.node) {
                if indices(binder) && !bound.contains(binder) && !found.contains(binder) {
                    found.push(binder.clone());
                }
            }
        }
        Ok(None)
    };
    // Nothing is changed, so nothing can go wrong.
    let _ = rewrite(written, &BTreeSet::new(), look);
}

/// The expression with `offset` added to every free `letter`.
pub fn shifted(written: &Written, letter: &Name, offset: i64) -> Result<Written, Diagnostic> {
    let change = &mut |part: &Written, bound: &BTreeSet<Name>| match &part.node {
        Expression::Name(name) if name == letter && !bound.contains(name) => {
            let step =
                Written { node: Expression::Number(crate::math::number::whole(offset.abs())), span: part.span.clone() };
            let sum = Expression::Sum(vec![(false, part.clone()), (offset < 0, step)]);
            Ok(Some(Written { node: sum, span: part.span.clone() }))
        }
        // A letter in brackets cannot be moved.
        Expression::Call(call) if !binds(call) && call.binders.iter().any(|binder| &binder.index.node == letter) => {
            Err(Diagnostic::error(format!("`{letter}` stands in brackets here, and one step off on the left"))
                .at(&part.span, "cannot be moved by a step")
                .hint(format!("write the equation for `{letter}` itself")))
        }
        _ => Ok(None),
    };
    rewrite(written, &BTreeSet::new(), change)
}
