//! Products: `@` is grouped before `*`, and `dA/dB` without blanks is a derivative.

use super::expression::Dialect;
use super::grammar::Rule;
use super::reader::{Read, Reader};
use crate::math::name::Name;
use crate::math::source::{Span, Spanned};
use crate::math::syntax::{Expression, ProductOperator, Written};
use pest::iterators::Pair;

/// An operand of a product before `@` and `*` are told apart.
struct Factor {
    operator: ProductOperator,
    negated: bool,
    node: Written,
}

impl Reader<'_> {
    /// A product: `@` grouped before `*`, `dA/dB` without blanks made a derivative.
    pub fn product(&self, pair: Pair<'_, Rule>) -> Read<Written> {
        let mut factors: Vec<Factor> = Vec::new();
        let mut operator = ProductOperator::Times;
        for part in pair.into_inner() {
            if part.as_rule() == Rule::product_operator {
                operator = match part.as_str() {
                    "/" => ProductOperator::Divide,
                    "//" => ProductOperator::FloorDivide,
                    "%" => ProductOperator::Remainder,
                    "@" => ProductOperator::MatMul,
                    "·" if self.dialect == Dialect::Law => ProductOperator::MatMul,
                    _ => ProductOperator::Times,
                };
                continue;
            }
            let (mut negated, mut node) = (false, None);
            let start = self.span(&part);
            for piece in part.into_inner() {
                match piece.as_rule() {
                    Rule::minus => negated = !negated,
                    _ => node = Some(self.postfix(piece)?),
                }
            }
            let node = node.expect("a factor holds something");
            let factor = Factor { operator, negated, node };
            match factors.last_mut() {
                Some(top) if self.is_derivative(top, &factor, &start) => differentiate(top, factor),
                _ => factors.push(factor),
            }
        }
        Ok(group(factors))
    }

    /// Whether `dA` and `/dB` stand together without blanks.
    fn is_derivative(&self, top: &Factor, bottom: &Factor, bottom_start: &Span) -> bool {
        self.dialect == Dialect::Network
            && bottom.operator == ProductOperator::Divide
            && !bottom.negated
            && top.node.span.end + 1 == bottom_start.start
            && moving(&top.node)
            && moving(base(&bottom.node))
    }
}

/// `@` binds tighter than the other operators of a product: runs of it become operands of the rest.
fn group(factors: Vec<Factor>) -> Written {
    let mut runs: Vec<(ProductOperator, Vec<(ProductOperator, Written)>)> = Vec::new();
    for Factor { operator, negated, node } in factors {
        let node = if negated { negate(node) } else { node };
        match runs.last_mut() {
            Some((_, run)) if operator == ProductOperator::MatMul => run.push((operator, node)),
            _ => runs.push((operator, vec![(ProductOperator::MatMul, node)])),
        }
    }
    flat(runs.into_iter().map(|(operator, run)| (operator, flat(run))).collect())
}

fn flat(mut operands: Vec<(ProductOperator, Written)>) -> Written {
    if operands.len() == 1 {
        return operands.remove(0).1;
    }
    let span = operands[0].1.span.to(&operands[operands.len() - 1].1.span);
    Spanned { node: Expression::Product(operands), span }
}

/// Puts a minus before `node`; the span reaches back to the sign.
fn negate(node: Written) -> Written {
    let before = node.span.source.text.get(..node.span.start).unwrap_or_default();
    let start = before.rfind(['-', '−']).unwrap_or(node.span.start);
    let span = Span { start, ..node.span.clone() };
    Spanned { node: Expression::Negate(Box::new(node)), span }
}

/// `dA` or `∂A`, as a whole or read at subscripts.
fn moving(node: &Written) -> bool {
    let text = node.span.text();
    match &node.node {
        Expression::Name(name) => name.as_str().len() > 1 && name.as_str().starts_with('d'),
        Expression::Read(name, _) => name.node.as_str().len() > 1 && name.node.as_str().starts_with('d'),
        Expression::Derivative { of: None, .. } => text.starts_with('∂'),
        _ => false,
    }
}

/// What a transpose or power stands on.
fn base(node: &Written) -> &Written {
    match &node.node {
        Expression::Transpose(inside) | Expression::Power(inside, _) => base(inside),
        _ => node,
    }
}

/// Makes `top` the derivative of itself by `bottom`; a transpose or power of `bottom` becomes one of the derivative.
fn differentiate(top: &mut Factor, bottom: Factor) {
    let Spanned { node, span } = bottom.node;
    let whole = top.node.span.to(&span);
    match node {
        Expression::Transpose(inside) => {
            differentiate(top, Factor { node: *inside, ..bottom });
            let inside = Box::new(top.node.clone());
            top.node = Spanned { node: Expression::Transpose(inside), span: whole };
        }
        Expression::Power(inside, exponent) => {
            differentiate(top, Factor { node: *inside, ..bottom });
            let inside = Box::new(top.node.clone());
            top.node = Spanned { node: Expression::Power(inside, exponent), span: whole };
        }
        node => {
            let of = Some(Box::new(unmarked(top.node.clone())));
            let by = Box::new(unmarked(Spanned { node, span }));
            top.node = Spanned { node: Expression::Derivative { of, by }, span: whole };
        }
    }
}

/// `dA` without its `d`.
fn unmarked(node: Written) -> Written {
    let Spanned { node, span } = node;
    let rest = Span { start: span.start + 1, ..span.clone() };
    let strip = |name: &Name| Name::new(name.as_str().strip_prefix('d').unwrap_or(name.as_str()));
    match node {
        Expression::Name(name) => Spanned { node: Expression::Name(strip(&name)), span: rest },
        Expression::Read(name, subscripts) => {
            let place = Span { start: name.span.start + 1, ..name.span.clone() };
            let name = Spanned { node: strip(&name.node), span: place };
            Spanned { node: Expression::Read(name, subscripts), span: rest }
        }
        Expression::Derivative { of: None, by } => *by,
        node => Spanned { node, span },
    }
}
