//! What normalises: quotients by statistics of values, written out or in a definition.

use super::view::View;
use super::walk;
use crate::math::name::Name;
use crate::math::syntax::{Expression, ProductOperator, Written};

impl View<'_> {
    /// Whether something is divided by statistics of values: a normalisation, written out or by a definition.
    pub fn normalises(&self, written: &Written) -> bool {
        let mut found = false;
        walk::each(written, &mut |part| match &part.node {
            Expression::Product(factors) => {
                let below = factors.iter().filter(|(operator, _)| *operator == ProductOperator::Divide);
                found |= below.into_iter().any(|(_, factor)| self.is_scale(factor));
            }
            Expression::Call(call) => found |= self.is_norm(&call.function.node),
            _ => {}
        });
        found
    }

    /// Whether it is a root of a mean or a sum over values, or a norm: what a normalisation divides by.
    pub fn is_scale(&self, written: &Written) -> bool {
        let (mut root, mut mean) = (false, false);
        self.statistics(written, 6, &mut root, &mut mean);
        root && mean
    }

    /// Whether it is made of a mean over values.
    pub fn is_mean(&self, written: &Written) -> bool {
        let (mut root, mut mean) = (false, false);
        self.statistics(written, 6, &mut root, &mut mean);
        mean
    }

    fn statistics(&self, written: &Written, depth: usize, root: &mut bool, mean: &mut bool) {
        let mut meant = Vec::new();
        walk::each(written, &mut |part| {
            match &part.node {
                Expression::Call(call) => match call.function.node.as_str() {
                    "mean" | "sum" => *mean = true,
                    "norm" => (*root, *mean) = (true, true),
                    "sqrt" => *root = true,
                    _ => {}
                },
                Expression::Power(..) => *root = true,
                _ => {}
            }
            meant.extend(self.meaning(part).filter(|_| depth > 0).map(|(body, _)| body));
        });
        meant.into_iter().for_each(|body| self.statistics(body, depth - 1, root, mean));
    }

    /// Whether a definition normalises its first parameter: it divides by a root of a mean, or by a norm.
    pub fn is_norm(&self, function: &Name) -> bool {
        let Some(definition) = self.facts.definition(function) else { return false };
        let (mut divides, mut root, mut mean) = (false, false, false);
        let bodies = std::iter::once(&definition.body).chain(definition.locals.iter().map(|local| &local.body));
        for body in bodies {
            walk::each(body, &mut |part| match &part.node {
                Expression::Product(all) => {
                    divides |= all.iter().any(|(operator, _)| *operator == ProductOperator::Divide);
                }
                Expression::Power(..) => root = true,
                Expression::Call(call) => {
                    root |= call.function.node.as_str() == "sqrt";
                    mean |= call.function.node.as_str() == "mean";
                }
                _ => {}
            });
        }
        divides && root && mean && !definition.parameters.is_empty()
    }
}
