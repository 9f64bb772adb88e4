//! Constants and sizes that are set from outside are written into the text.

use super::edits::Edits;
use crate::math::name::Name;
use crate::math::syntax::{DeclaredRole, NetworkFile, Statement};

/// The text with these values in it. Names that the file does not have are left to who resolves it.
pub fn fix(file: &NetworkFile, settings: &[(String, String)]) -> Option<String> {
    let mut edits = Edits::default();
    for (name, value) in settings {
        one(file, &Name::canonical(name), value, &mut edits);
    }
    edits.apply(&file.source.text)
}

fn one(file: &NetworkFile, name: &Name, value: &str, edits: &mut Edits) {
    for statement in &file.statements {
        match &statement.node {
            Statement::Declare { role: DeclaredRole::Const, items } => {
                if let Some(item) = items.iter().find(|item| &item.name.node == name) {
                    return match &item.value {
                        Some(old) => edits.put(&old.span, value),
                        None => edits.insert(item.name.span.end, format!(" = {value}")),
                    };
                }
            }
            Statement::Size(items) => {
                if let Some((size, number)) = items.iter().find(|(size, _)| &size.node == name) {
                    return match number {
                        Some(old) => edits.put(&old.span, value),
                        None => edits.insert(size.span.end, format!(" = {value}")),
                    };
                }
            }
            _ => {}
        }
    }
    // A size that comes with an index.
    let first = file.statements.iter().find(|statement| matches!(statement.node, Statement::Index { .. }));
    if let Some(first) = first {
        edits.insert(first.span.start, format!("size {name} = {value}\n"));
    }
}
