//! What nothing reads any more is taken out.

use super::declare;
use super::edits::Edits;
use super::view::View;
use super::walk;
use crate::math::name::Name;
use crate::math::syntax::{Declaration, DeclaredRole, Statement, SubscriptForm};
use std::collections::BTreeSet;

/// All names that something in the file reads, or that it gives as an output.
pub fn used(view: &View) -> BTreeSet<Name> {
    let mut found: BTreeSet<Name> = view.network.results().into_iter().collect();
    let mut read = |written| view.reads(written, &mut |_, name| _ = found.insert(name.clone()));
    let mut outputs = Vec::new();
    for statement in &view.file.statements {
        match &statement.node {
            Statement::Equation(equation) | Statement::Loss(equation) => read(&equation.body),
            Statement::Def(definition) => {
                read(&definition.body);
                definition.locals.iter().for_each(|local| read(&local.body));
            }
            Statement::Declare { items, .. } => {
                items.iter().filter_map(|item| item.draw.as_ref()).for_each(&mut read);
            }
            Statement::Output(names) => outputs.extend(names.iter().map(|name| name.node.clone())),
            _ => {}
        }
    }
    // Functions by the name of a constant, and given integers among subscripts.
    for statement in &view.file.statements {
        let (Statement::Equation(equation) | Statement::Loss(equation)) = &statement.node else { continue };
        walk::each(&equation.body, &mut |part| match &part.node {
            crate::math::syntax::Expression::Call(call) => _ = found.insert(call.function.node.clone()),
            crate::math::syntax::Expression::Read(_, subscripts) => {
                for subscript in subscripts {
                    if let SubscriptForm::At(place) = &subscript.what {
                        walk::each(place, &mut |part| found.extend(walk::name_of(part).cloned()));
                    }
                }
            }
            _ => {}
        });
    }
    found.extend(outputs);
    found
}

/// The text without parameters, constants and equations that were used before and are not now. `None` when there are none.
pub fn pruned(view: &View, before: &BTreeSet<Name>, results: &BTreeSet<Name>) -> Option<String> {
    let now = read_now(view);
    let gone = |name: &Name| before.contains(name) && !now.contains(name) && !results.contains(name);
    let mut edits = Edits::default();
    for statement in &view.file.statements {
        match &statement.node {
            Statement::Equation(equation) if gone(&equation.target.node) => erase(view, &mut edits, &statement.span),
            Statement::Declare { role: DeclaredRole::Param | DeclaredRole::Const, items } => {
                let kept: Vec<&Declaration> = items.iter().filter(|item| !gone(&item.name.node)).collect();
                if kept.is_empty() {
                    erase(view, &mut edits, &statement.span);
                } else if kept.len() < items.len() {
                    let start = items[0].name.span.start;
                    edits.replace(start, view.end(&statement.span), listed(view, &kept));
                }
            }
            _ => {}
        }
    }
    if edits.is_empty() { None } else { edits.apply(&view.file.source.text) }
}

/// What is read now, without counting results that nobody declared.
fn read_now(view: &View) -> BTreeSet<Name> {
    let results: BTreeSet<Name> = view.network.results().into_iter().collect();
    let declared = view.file.statements.iter().any(|statement| matches!(statement.node, Statement::Output(_)));
    let mut found = used(view);
    if !declared {
        let mut read = BTreeSet::new();
        for statement in &view.file.statements {
            if let Statement::Equation(equation) | Statement::Loss(equation) = &statement.node {
                view.reads(&equation.body, &mut |_, name| _ = read.insert(name.clone()));
            }
        }
        found.retain(|name| !results.contains(name) || read.contains(name));
    }
    found
}

/// Declarations once more, shapes and draws behind the last that has them.
fn listed(view: &View, items: &[&Declaration]) -> String {
    let tails: Vec<(String, Option<String>, Option<String>)> = items
        .iter()
        .map(|item| {
            let (shape, draw) = declare::tail(view, item);
            (shape, draw, item.value.as_ref().map(|value| view.text(&value.span).to_string()))
        })
        .collect();
    let mut text = String::new();
    for (number, (item, tail)) in items.iter().zip(&tails).enumerate() {
        text.push_str(&declare::head(view, item));
        if tails.get(number + 1) != Some(tail) || tail.2.is_some() {
            text.push_str(&tail.0);
            if let Some(draw) = &tail.1 {
                text.push_str(&format!(" ~ {draw}"));
            }
            if let Some(value) = &tail.2 {
                text.push_str(&format!(" = {value}"));
            }
        }
        if number + 1 < items.len() {
            text.push_str(", ");
        }
    }
    text
}

/// Takes a statement out, with its line if it stands there alone.
fn erase(view: &View, edits: &mut Edits, span: &crate::math::source::Span) {
    let text = &view.file.source.text;
    let (start, end) = (span.start, view.end(span));
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let alone = text[line..start].trim().is_empty() && view.ends_line(end);
    if !alone {
        return edits.replace(start, end, "");
    }
    edits.replace(line, (view.line_end(end) + 1).min(text.len()), "");
}
