//! How weights and biases are drawn.

use super::edits::Edits;
use super::sites::{self, Sum};
use super::view::View;
use super::{declare, refuse, walk};
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::source::Diagnostic;
use crate::math::syntax::{Expression, Written};
use std::collections::BTreeSet;

/// Schemes that need nothing else.
const SCHEMES: [&str; 5] = ["he", "xavier", "lecun", "orthogonal", "identity"];

/// Draws all weights of the step anew.
pub fn init(view: &View, edits: &mut Edits, scheme: &str) -> Result<(), Diagnostic> {
    let mut weights = weights(view);
    // What carries the state decides whether gradients are carried; how inputs are weighed stays.
    if scheme == "critical" || scheme == super::MARK {
        weights.retain(|name| view.step_weights().contains(name));
    }
    if weights.is_empty() {
        return Err(refuse("no weights are multiplied with what recurs".into())
            .hint("`init` draws the matrices W of W @ h[l-1], and those beside them in the same sums"));
    }
    let square = |name: &Name| {
        view.network.quantity(name).is_some_and(|quantity| match quantity.shape.axes() {
            [rows, columns] => rows == columns,
            _ => false,
        })
    };
    let deviation = match scheme {
        super::MARK => Some(1.0),
        "critical" => Some(view.facts.critical().map_err(|why| {
            refuse(format!("there is no critical initialisation: {why}")).hint("`init=NUMBER` sets a scale by hand")
        })?),
        number => number.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0),
    };
    if scheme == "identity" && !weights.iter().any(&square) {
        return Err(refuse("no weights of the step are square, and only a square matrix can be an identity".into()));
    }
    let draw = |name: &Name| -> Option<String> {
        if !weights.contains(name) || scheme == "identity" && !square(name) {
            return None;
        }
        Some(match (deviation, scheme) {
            (Some(_), super::MARK) => normal(view, name, super::MARK),
            (Some(number), _) => normal(view, name, &short(number)),
            (None, scheme) => scheme.to_string(),
        })
    };
    let call = scheme.contains('(') && scheme.ends_with(')');
    if deviation.is_none() && !SCHEMES.contains(&scheme) && !call {
        return Err(refuse(format!("`{scheme}` is no initialisation")).hint(format!(
            "there are {}, critical, a number, and distributions such as normal(0, 0.1)",
            SCHEMES.join(", ")
        )));
    }
    declare::draws(view, edits, &draw);
    Ok(())
}

/// `normal(0, s / sqrt(inputs))`
fn normal(view: &View, name: &Name, number: &str) -> String {
    let columns = view.network.quantity(name).and_then(|quantity| match quantity.shape.axes() {
        [rows, columns] => Some(if turned(view, name) { rows.to_string() } else { columns.to_string() }),
        _ => None,
    });
    match columns {
        Some(columns) => format!("normal(0, {number} / sqrt({columns}))"),
        None => format!("lecun({number})"),
    }
}

/// Whether weights are read turned over, so that their rows are the inputs.
fn turned(view: &View, name: &Name) -> bool {
    let mut found = false;
    for line in view.stepping() {
        walk::each(&line.body, &mut |part| {
            let Some(operands) = walk::operands(part) else { return };
            for (at, operand) in operands.iter().enumerate() {
                let transposed = matches!(operand.node, Expression::Transpose(_));
                found |= view.param(operand) == Some(name) && (transposed && at == 0 || !transposed && at > 0);
            }
        });
    }
    found
}

/// A number with four digits at most.
pub fn short(number: f64) -> String {
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// The matrices of all sums that what recurs passes through.
pub fn weights(view: &View) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    for line in view.stepping() {
        walk::each(&line.body, &mut |part| {
            let operands = view.contraction(part).unwrap_or_default();
            let params = operands.iter().filter_map(|operand| view.param(operand));
            found.extend(params.filter(|name| is_matrix(view, name)).cloned());
        });
    }
    for site in sites::sites(view) {
        // A definition that is called with weights: def layer(W, x) = tanh(W @ x).
        if site.line.is_none() {
            for line in view.stepping() {
                view.reads(&line.body, &mut |_, name| {
                    if view.role(name) == Some(&Role::Param) && is_matrix(view, name) {
                        found.insert(name.clone());
                    }
                });
            }
        }
    }
    found
}

fn is_matrix(view: &View, name: &Name) -> bool {
    view.network.quantity(name).is_some_and(|quantity| quantity.shape.axes().len() >= 2)
}

/// Sets the biases of all nonlinearities that are no gates.
pub fn bias(view: &View, edits: &mut Edits, value: &str) -> Result<(), Diagnostic> {
    let sites = sites::sites(view);
    let sums: Vec<Sum> = sites.iter().filter(|site| !site.gate).filter_map(|site| sites::sum(view, site)).collect();
    if sums.is_empty() {
        return Err(refuse("no nonlinearity takes weights times what recurs, so there is no bias to set".into()));
    }
    let any = set_bias(view, edits, &sums, value);
    if any { Ok(()) } else { Err(refuse("no pre-activation has a bias".into())) }
}

/// Sets what is added in these sums: parameters are drawn constant, numbers replaced. Whether there was any.
pub fn set_bias(view: &View, edits: &mut Edits, sums: &[Sum], value: &str) -> bool {
    let mut params = BTreeSet::new();
    let mut numbers: Vec<(bool, &Written)> = Vec::new();
    for sum in sums {
        for (minus, summand) in walk::summands(sum.written) {
            match walk::name_of(summand) {
                Some(name) if view.role(name) == Some(&Role::Param) => {
                    params.insert(name.clone());
                }
                _ if view.is_number(summand) => numbers.push((minus, summand)),
                _ => {}
            }
        }
    }
    let draw = |name: &Name| params.contains(name).then(|| format!("constant({value})"));
    declare::draws(view, edits, &draw);
    let mut done = BTreeSet::new();
    for (minus, number) in &numbers {
        // Several nonlinearities may take the same sum.
        if !done.insert(number.span.start) {
            continue;
        }
        if value == "0"
            && let Some(start) = sign_before(view, number.span.start)
        {
            edits.replace(start, view.end(&number.span), "");
            continue;
        }
        let negative = value.starts_with('-');
        let text = match (minus, negative) {
            (true, true) => value[1..].to_string(),
            (true, false) if value == "0" => value.to_string(),
            (true, false) | (false, true) => {
                format!("({})", if *minus { format!("-{value}") } else { value.to_string() })
            }
            (false, false) => value.to_string(),
        };
        edits.replace(number.span.start, view.end(&number.span), text);
    }
    !params.is_empty() || !numbers.is_empty()
}

/// Where the sign before a summand stands with the blanks before it; `None` where no sign does.
fn sign_before(view: &View, at: usize) -> Option<usize> {
    let before = view.file.source.text[..at].trim_end();
    let sign = before.strip_suffix(['+', '-', '−'])?;
    Some(sign.trim_end().len())
}
