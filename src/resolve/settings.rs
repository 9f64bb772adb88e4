//! Constants and sizes set from outside, as by `--set phi=relu`, `--set eps=1e-3`, `--set L=60`.

use super::integers;
use crate::math::name::{Name, nearest};
use crate::math::source::{Diagnostic, Outcome, Spanned, SpannedName};
use crate::math::syntax::{DeclaredRole, Expression, NetworkFile, Statement, Written};

/// Puts values for constants and sizes of `file`, in place of those that stand there. The last value of a name counts.
/// What a value may be is checked where the file is resolved; what has no such name, or cannot be set, is told here.
pub fn set(file: &mut NetworkFile, settings: &[(Written, Written)]) -> Outcome<()> {
    let errors: Vec<Diagnostic> = settings.iter().filter_map(|(name, value)| one(file, name, value).err()).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn one(file: &mut NetworkFile, left: &Written, value: &Written) -> Result<(), Diagnostic> {
    let Expression::Name(name) = &left.node else {
        return Err(Diagnostic::error("the name of a constant stands before `=`")
            .at(&left.span, "no name")
            .hint("as in `--set eps=1e-3` or `--set phi=relu`"));
    };
    let mut names: Vec<Name> = Vec::new();
    let mut other = None;
    for statement in &mut file.statements {
        match &mut statement.node {
            Statement::Declare { role: DeclaredRole::Const, items } => {
                for item in items {
                    if &item.name.node == name {
                        item.value = Some(value.clone());
                        return Ok(());
                    }
                    names.push(item.name.node.clone());
                }
            }
            Statement::Size(items) => {
                for (size, number) in items {
                    if &size.node == name {
                        *number = Some(value.clone());
                        return Ok(());
                    }
                    names.push(size.node.clone());
                }
            }
            Statement::Declare { items, .. } => {
                other = other.or_else(|| found(items.iter().map(|item| &item.name), name));
            }
            Statement::Equation(equation) | Statement::Loss(equation) => {
                other = other.or_else(|| found([&equation.target].into_iter(), name));
            }
            _ => {}
        }
    }
    if sizes_of_ranges(file).contains(name) {
        let size =
            Statement::Size(vec![(Spanned { node: name.clone(), span: left.span.clone() }, Some(value.clone()))]);
        file.statements.push(Spanned { node: size, span: left.span.clone() });
        return Ok(());
    }
    if let Some(place) = other {
        return Err(Diagnostic::error(format!("`{name}` is no constant and no size"))
            .at(&left.span, "cannot be set")
            .at(&place.span, "declared here")
            .hint("inputs and parameters are given with the data"));
    }
    let error = Diagnostic::error(format!("the network has no constant `{name}`")).at(&left.span, "cannot be set");
    Err(match nearest(name.as_str(), names.iter().map(Name::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.hint("declare it in the network: `const NAME = …`"),
        None => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            error.hint(format!("it has {}", names.join(", ")))
        }
    })
}

/// The sizes that come with an index: its capital letter, or the names in its range.
fn sizes_of_ranges(file: &NetworkFile) -> Vec<Name> {
    let mut names = Vec::new();
    for statement in &file.statements {
        let Statement::Index { indices, .. } = &statement.node else { continue };
        for (index, range) in indices {
            match range {
                None => names.push(index.node.capital()),
                Some(range) => names.extend(range.low.iter().chain([&range.high]).flat_map(integers::names)),
            }
        }
    }
    names
}

fn found<'n>(mut names: impl Iterator<Item = &'n SpannedName>, name: &Name) -> Option<SpannedName> {
    names.find(|other| &other.node == name).cloned()
}
