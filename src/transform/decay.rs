//! A penalty on the squares of the weights.

use super::edits::Edits;
use super::view::View;
use super::{norm, refuse};
use crate::math::network::Role;
use crate::math::source::Diagnostic;
use crate::math::syntax::Statement;

/// Adds the penalty to the loss.
pub fn add(view: &View, edits: &mut Edits, value: &str) -> Result<(), Diagnostic> {
    let loss = view.file.statements.iter().find_map(|statement| match &statement.node {
        Statement::Loss(loss) => Some(loss),
        _ => None,
    });
    let Some(loss) = loss else {
        return Err(refuse("a penalty belongs to a loss, and this network has none".into()).hint(
            "write `loss L = …`; what a penalty does to a gradient by itself is to add a multiple of the weights",
        ));
    };
    let matrices = view.network.quantities.values().filter(|quantity| quantity.role == Role::Param);
    let squares: Vec<String> = matrices
        .filter(|quantity| quantity.shape.axes().len() >= 2)
        .map(|quantity| {
            let indices = norm::own_indices(view, &quantity.name);
            match indices.is_empty() {
                true => format!("sum({}^2)", quantity.name),
                false => format!("sum[{0}](sum({1}[{0}]^2))", indices.join(","), quantity.name),
            }
        })
        .collect();
    let penalty = match squares.as_slice() {
        [] => return Err(refuse("there is no weight matrix to put a penalty on".into())),
        [one] => one.clone(),
        several => format!("({})", several.join(" + ")),
    };
    edits.insert(view.end(&loss.body.span), format!(" + {value} / 2 * {penalty}"));
    Ok(())
}
