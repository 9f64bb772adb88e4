//! Expressions as they were written, part by part.

use crate::math::syntax::{Argument, Call, Expression, ProductOperator, Written};

/// The parts of an expression, without subscripts.
pub fn parts(written: &Written) -> Vec<&Written> {
    match &written.node {
        Expression::Number(_) | Expression::Name(_) | Expression::Read(..) => Vec::new(),
        Expression::Call(call) => arguments(call),
        Expression::Negate(inner)
        | Expression::Transpose(inner)
        | Expression::Not(inner)
        | Expression::Differential(inner) => vec![inner],
        Expression::Sum(summands) => summands.iter().map(|(_, summand)| summand).collect(),
        Expression::Product(factors) => factors.iter().map(|(_, factor)| factor).collect(),
        Expression::Power(left, right) | Expression::Pair(left, right) => vec![left, right],
        Expression::Chain(operands, _)
        | Expression::And(operands)
        | Expression::Or(operands)
        | Expression::List(operands) => operands.iter().collect(),
        Expression::Derivative { of, by } => of.iter().map(|of| &**of).chain([&**by]).collect(),
    }
}

/// The expressions among the arguments of a call, and its condition.
pub fn arguments(call: &Call) -> Vec<&Written> {
    let terms = call.arguments.iter().filter_map(|argument| match argument {
        Argument::Term(term) => Some(term),
        Argument::Shape(_) => None,
    });
    terms.chain(call.condition.as_deref()).collect()
}

/// Calls `look` with an expression and all its parts, outermost first.
pub fn each<'w>(written: &'w Written, look: &mut dyn FnMut(&'w Written)) {
    look(written);
    parts(written).into_iter().for_each(|part| each(part, look));
}

/// The summands, each with whether it is subtracted; a single one when it is no sum. Sums in brackets are taken apart too.
pub fn summands(written: &Written) -> Vec<(bool, &Written)> {
    match &written.node {
        Expression::Sum(all) => all
            .iter()
            .flat_map(|(minus, summand)| summands(summand).into_iter().map(move |(inner, one)| (inner != *minus, one)))
            .collect(),
        Expression::Negate(inner) => summands(inner).into_iter().map(|(minus, one)| (!minus, one)).collect(),
        _ => vec![(false, written)],
    }
}

/// The factors of a product by `*` and `/`, each with its operator; the expression itself when it is none.
pub fn factors(written: &Written) -> Vec<(ProductOperator, &Written)> {
    match &written.node {
        Expression::Product(all) if all.iter().skip(1).all(|(operator, _)| entrywise(*operator)) => all
            .iter()
            .enumerate()
            .flat_map(|(number, (operator, factor))| {
                let operator = if number == 0 { ProductOperator::Times } else { *operator };
                match operator {
                    ProductOperator::Times => factors(factor),
                    _ => vec![(operator, factor)],
                }
            })
            .collect(),
        _ => vec![(ProductOperator::Times, written)],
    }
}

fn entrywise(operator: ProductOperator) -> bool {
    matches!(operator, ProductOperator::Times | ProductOperator::Divide)
}

/// The operands of a matrix product.
pub fn operands(written: &Written) -> Option<Vec<&Written>> {
    match &written.node {
        Expression::Product(all) if all.iter().skip(1).any(|(operator, _)| *operator == ProductOperator::MatMul) => {
            Some(all.iter().map(|(_, operand)| operand).collect())
        }
        _ => None,
    }
}

/// `g` of `1 - g`.
pub fn complement(written: &Written) -> Option<&Written> {
    let Expression::Sum(summands) = &written.node else { return None };
    match summands.as_slice() {
        [(false, one), (true, inner)] if is_one(one) => Some(inner),
        _ => None,
    }
}

fn is_one(written: &Written) -> bool {
    matches!(&written.node, Expression::Number(number) if *number == crate::math::number::whole(1))
}

/// The name that is read, with or without subscripts.
pub fn name_of(written: &Written) -> Option<&crate::math::name::Name> {
    match &written.node {
        Expression::Name(name) => Some(name),
        Expression::Read(name, _) => Some(&name.node),
        _ => None,
    }
}
