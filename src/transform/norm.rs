//! Pre-activations are normalised.

use super::edits::Edits;
use super::sites::{self, Site, Sum};
use super::text::spelled;
use super::view::View;
use super::{declare, refuse, walk};
use crate::math::name::Name;
use crate::math::source::Diagnostic;
use crate::math::syntax::{Expression, Written};
use crate::math::transformation::Norm;
use std::collections::BTreeSet;

/// Normalises what goes into each nonlinearity that is no gate.
pub fn add(view: &View, edits: &mut Edits, norm: Norm) -> Result<(), Diagnostic> {
    let all = places(view)?;
    let several = all.len() > 1;
    let mut names = BTreeSet::new();
    let mut statements = Vec::new();
    let mut constants = Vec::new();
    let epsilon = declare::epsilon(view, &mut constants);
    for (site, sum) in &all {
        let argument = site.argument;
        let shape = view.shape(argument).filter(|shape| shape.axes().len() == 1);
        let Some(shape) = shape else {
            return Err(refuse("a norm of this kind takes vectors".to_string())
                .at(&argument.span, "this is no vector")
                .hint("write the entries as one vector, or the norm by hand"));
        };
        let weights = weights(view, sum);
        let indices = weights.map_or_else(Vec::new, |name| own_indices(view, name));
        let brackets = if indices.is_empty() { String::new() } else { format!("[{}]", indices.join(",")) };
        let suffix = match (several, walk::name_of(argument), site.line) {
            (false, ..) => String::new(),
            (true, Some(name), _) => format!("_{name}"),
            (true, None, Some(line)) => format!("_{}", line.target.node),
            (true, None, None) => String::new(),
        };
        let gain = view.fresh(&format!("gamma{suffix}"), &names);
        names.insert(Name::canonical(&gain));
        let shift = view.fresh(&format!("beta{suffix}"), &names);
        names.insert(Name::canonical(&shift));
        let function = norm.function();
        let (call, more, declared) = match norm {
            Norm::Rms => (function.to_string(), format!("{gain}{brackets}, {epsilon}"), format!("{gain}{brackets}")),
            _ => {
                let batch = match norm {
                    Norm::Batch => format!("[{}]", batch_index(view, site, sum).unwrap_or_default()),
                    _ => String::new(),
                };
                (
                    format!("{function}{batch}"),
                    format!("{gain}{brackets}, {shift}{brackets}, {epsilon}"),
                    format!("{gain}{brackets}, {shift}{brackets}"),
                )
            }
        };
        edits.insert(argument.span.start, format!("{call}("));
        edits.insert(view.end(&argument.span), format!(", {more})"));
        statements.push(format!("param {declared} : {}", spelled(&shape)));
    }
    statements.append(&mut constants);
    declare::add(view, edits, &statements);
    Ok(())
}

/// Whether batch normalisation finds no index of a batch.
pub fn lacks_batch(view: &View) -> bool {
    places(view).is_ok_and(|all| all.iter().any(|(site, sum)| batch_index(view, site, sum).is_none()))
}

/// The nonlinearities whose pre-activation is to be normalised.
fn places<'a>(view: &View<'a>) -> Result<Vec<(Site<'a>, Sum<'a>)>, Diagnostic> {
    let all = sites::sites(view);
    let plain: Vec<_> = all.into_iter().filter(|site| !site.gate).collect();
    let hidden = plain.iter().any(|site| site.line.is_none());
    let sums: Vec<_> = plain.into_iter().filter_map(|site| sites::sum(view, &site).map(|sum| (site, sum))).collect();
    if sums.is_empty() {
        return Err(match hidden {
            true => refuse("the pre-activations stand in a definition".to_string())
                .hint("write the layer as equations of the network"),
            false => refuse("there is no pre-activation: no nonlinearity takes weights times what recurs".to_string()),
        });
    }
    let (done, open): (Vec<_>, Vec<_>) = sums.into_iter().partition(|(_, sum)| sum.normalised);
    match open.is_empty() {
        true => Err(refuse("pre-activations are normalised already".to_string())
            .at(&done[0].0.argument.span, "this one, for example")
            .hint("`nonorm` takes norms out")),
        false => Ok(open),
    }
}

/// The weights of a sum.
pub fn weights<'a>(view: &View<'a>, sum: &Sum<'a>) -> Option<&'a Name> {
    let mut found = None;
    for (_, summand) in walk::summands(sum.written) {
        walk::each(summand, &mut |part| {
            if found.is_none() && view.weighs(part) {
                let operands = view.contraction(part).unwrap_or_default();
                found = operands.into_iter().find_map(|operand| view.param(operand));
            }
        });
    }
    found
}

/// The indices that a quantity is declared with.
pub fn own_indices(view: &View, name: &Name) -> Vec<String> {
    view.declared(name).map_or_else(Vec::new, |(_, item)| {
        item.subscripts.iter().map(|subscript| view.text(&subscript.span).to_string()).collect()
    })
}

/// An index of the pre-activation without recurrence that its weights lack: the examples.
fn batch_index(view: &View, site: &Site, sum: &Sum) -> Option<String> {
    let line = site.line?;
    let weights = weights(view, sum).map_or_else(Vec::new, |name| own_indices(view, name));
    let read: Vec<String> = match &site.argument.node {
        Expression::Read(_, subscripts) => {
            subscripts.iter().map(|subscript| view.text(&subscript.span).to_string()).collect()
        }
        _ => view.left_subscripts(line),
    };
    read.into_iter().find(|index| {
        let known = view.network.indices.get(&Name::canonical(index));
        known.is_some_and(|known| !known.recurrent) && !weights.contains(index)
    })
}

/// The text of an expression in brackets where it is a sum.
pub fn bracketed(view: &View, written: &Written) -> String {
    let text = view.text(&written.span);
    match &written.node {
        Expression::Sum(_) | Expression::Negate(_) | Expression::Chain(..) if !text.starts_with('(') => {
            format!("({text})")
        }
        _ => text.to_string(),
    }
}
