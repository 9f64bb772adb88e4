//! Norms are taken out.

use super::edits::Edits;
use super::view::View;
use super::{refuse, walk};
use crate::math::source::Diagnostic;
use crate::math::syntax::{Expression, ProductOperator, Written};

/// Puts what is normalised in place of every norm of the step.
pub fn remove(view: &View, edits: &mut Edits) -> Result<(), Diagnostic> {
    for line in view.stepping() {
        visit(view, edits, &line.body, true);
    }
    match edits.is_empty() {
        true => Err(refuse("there is no norm to take out".into())),
        false => Ok(()),
    }
}

/// `free` says that a sum needs no brackets where `written` stands.
fn visit(view: &View, edits: &mut Edits, written: &Written, free: bool) {
    match &written.node {
        Expression::Call(call) if view.is_norm(&call.function.node) => {
            let Some(first) = walk::arguments(call).first().copied() else { return };
            let brackets = !free && matches!(first.node, Expression::Sum(_) | Expression::Negate(_));
            edits.replace(written.span.start, first.span.start, if brackets { "(" } else { "" });
            edits.replace(view.end(&first.span), view.end(&written.span), if brackets { ")" } else { "" });
            visit(view, edits, first, true);
        }
        Expression::Call(call) => walk::arguments(call).into_iter().for_each(|part| visit(view, edits, part, true)),
        Expression::Product(factors) => {
            let divides =
                factors.windows(2).find(|pair| pair[1].0 == ProductOperator::Divide && view.is_scale(&pair[1].1));
            let Some([(_, above), (_, below)]) = divides else {
                return factors.iter().for_each(|(_, factor)| visit(view, edits, factor, false));
            };
            edits.replace(view.end(&above.span), view.end(&below.span), "");
            // What is centred stays what it was.
            if let Expression::Sum(summands) = &above.node
                && let [(false, kept), (true, mean)] = summands.as_slice()
                && view.is_mean(mean)
            {
                edits.replace(above.span.start, view.end(&above.span), view.text(&kept.span));
            }
        }
        _ => walk::parts(written)
            .into_iter()
            .for_each(|part| visit(view, edits, part, matches!(written.node, Expression::Sum(_)))),
    }
}
