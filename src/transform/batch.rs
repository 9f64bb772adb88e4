//! A network of one example becomes one of a batch: an index for the examples goes to all that differs between them.

use super::edits::Edits;
use super::view::View;
use super::{refuse, walk};
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::source::Diagnostic;
use crate::math::syntax::{DeclaredRole, Expression, Statement, Written, WrittenSubscript};
use std::collections::BTreeSet;

/// The text with an index of a batch.
pub fn add(view: &View) -> Result<String, Diagnostic> {
    let mut edits = Edits::default();
    let index = view.fresh("n", &BTreeSet::new());
    let size = view.fresh("B", &BTreeSet::from([Name::canonical(&index)]));
    let varying = varying(view);
    let text = &view.file.source.text;
    for statement in &view.file.statements {
        match &statement.node {
            Statement::Declare { role, items } if *role != DeclaredRole::Param => {
                for item in items.iter().filter(|item| varying.contains(&item.name.node)) {
                    behind(
                        view,
                        &mut edits,
                        view.end(&item.name.span),
                        &item.subscripts,
                        item.subscripts.len(),
                        &index,
                    );
                }
            }
            Statement::Equation(equation) => {
                if varying.contains(&equation.target.node) {
                    let (at, all) = (view.end(&equation.target.span), &equation.subscripts);
                    behind(view, &mut edits, at, all, all.len(), &index);
                }
                readings(view, &mut edits, &equation.body, &varying, &index)?;
            }
            Statement::Loss(equation) => {
                let mut depends = false;
                view.reads(&equation.body, &mut |_, name| depends |= varying.contains(name));
                if depends {
                    edits.insert(equation.body.span.start, format!("mean[{index}]("));
                    readings(view, &mut edits, &equation.body, &varying, &index)?;
                    edits.insert(view.end(&equation.body.span), ")");
                }
            }
            Statement::Def(definition) => {
                let mut read = None;
                walk::each(&definition.body, &mut |part| {
                    let own =
                        |name: &&Name| definition.parameters.iter().all(|(parameter, _)| &parameter.node != *name);
                    read = read.or_else(|| walk::name_of(part).filter(|name| varying.contains(*name)).filter(own));
                });
                if let Some(name) = read {
                    return Err(refuse(format!("a batch needs an index, and a definition reads `{name}` by name"))
                        .at(&definition.body.span, "in this definition")
                        .hint("hand it over as a parameter"));
                }
            }
            _ => {}
        }
    }
    let last = view.file.statements.iter().rfind(|statement| matches!(statement.node, Statement::Index { .. }));
    let Some(last) = last else {
        return Err(refuse("there is no index beside which the one of a batch could stand".to_string()));
    };
    let end = view.end(&last.span);
    edits.insert(end, format!("\nover {index} : {size}"));
    edits.apply(text).ok_or_else(|| refuse("two places of this change overlap, which is a fault of nablascope".into()))
}

/// What differs between examples: inputs, given arrays, states that start from a value of their own, and all that is made of them.
fn varying(view: &View) -> BTreeSet<Name> {
    let mut found: BTreeSet<Name> = BTreeSet::new();
    for quantity in view.network.quantities.values() {
        match &quantity.role {
            Role::Input => _ = found.insert(quantity.name.clone()),
            Role::Given if !quantity.axes.is_empty() => _ = found.insert(quantity.name.clone()),
            Role::Initial => {
                let state = quantity.shown.as_ref().map(|shown| shown.quantity.clone());
                found.extend(state);
            }
            _ => {}
        }
    }
    loop {
        let before = found.len();
        for statement in &view.file.statements {
            let Statement::Equation(equation) = &statement.node else { continue };
            let mut depends = false;
            view.reads(&equation.body, &mut |_, name| depends |= found.contains(name));
            if depends {
                found.insert(equation.target.node.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Puts the index after the first `count` subscripts of a name that ends at `at`.
fn behind(view: &View, edits: &mut Edits, at: usize, subscripts: &[WrittenSubscript], count: usize, index: &str) {
    match (count.checked_sub(1).and_then(|last| subscripts.get(last)), subscripts.first()) {
        (Some(last), _) => edits.insert(view.end(&last.span), format!(",{index}")),
        (None, Some(first)) => edits.insert(first.span.start, format!("{index},")),
        (None, None) => edits.insert(at, format!("[{index}]")),
    }
}

fn readings(
    view: &View,
    edits: &mut Edits,
    body: &Written,
    varying: &BTreeSet<Name>,
    index: &str,
) -> Result<(), Diagnostic> {
    let mut fault = None;
    walk::each(body, &mut |part| {
        let Some(name) = walk::name_of(part).filter(|name| varying.contains(*name)) else { return };
        let arity = view.arity(name);
        let subscripts: &[WrittenSubscript] = match &part.node {
            Expression::Read(_, subscripts) => subscripts,
            _ => &[],
        };
        if subscripts.len() < arity {
            let reason = format!("a batch needs an index, and `{name}` is read along an index axis as a whole");
            fault = Some(refuse(reason).at(&part.span, "here"));
            return;
        }
        let at = match &part.node {
            Expression::Read(name, _) => view.end(&name.span),
            _ => view.end(&part.span),
        };
        behind(view, edits, at, subscripts, arity, index);
    });
    fault.map_or(Ok(()), Err)
}
