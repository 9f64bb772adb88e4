//! A shape belongs to all names before it in its list: who forgets that is told so where shapes disagree.

use crate::math::source::Diagnostic;
use crate::math::syntax::{Declaration, NetworkFile, Statement};

/// The errors, with a word on a name that has its shape from another one, where a payload is not what it should be.
pub fn explained(file: &NetworkFile, errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
    errors.into_iter().map(|error| with_hint(file, error)).collect()
}

fn with_hint(file: &NetworkFile, mut error: Diagnostic) -> Diagnostic {
    let disagrees =
        |(_, label): &(_, String)| label.starts_with("this is a vector") || label.starts_with("this is a matrix");
    if !error.labels.iter().any(disagrees) {
        return error;
    }
    let named = |item: &Declaration| {
        let words = error.labels.iter().flat_map(|(span, _)| words(span.text()));
        words.into_iter().any(|word| word == item.name.span.text())
    };
    let lent = lent(file);
    let Some((item, owner)) = lent.iter().find(|(item, _)| named(item)).or(lent.first()) else { return error };
    let (name, owner) = (item.name.span.text(), owner.name.span.text());
    let told = format!(
        "`{name}` has the shape of `{owner}`, since a shape belongs to all names before it in its list; a number is declared \
         in a list of its own or at the end"
    );
    error.hint = Some(match error.hint.take() {
        Some(hint) => format!("{hint}; {told}"),
        None => told,
    });
    error
}

fn words(text: &str) -> Vec<&str> {
    text.split(|letter| !crate::math::name::goes_on(letter)).collect()
}

/// Names that have the shape of another one and look as if they should not: one has indices and the other has none, or one
/// begins with a capital letter and the other does not.
fn lent(file: &NetworkFile) -> Vec<(&Declaration, &Declaration)> {
    let mut found = Vec::new();
    for statement in &file.statements {
        let Statement::Declare { items, .. } = &statement.node else { continue };
        for (position, item) in items.iter().enumerate() {
            let Some(shape) = &item.shape else { continue };
            let same = |other: &&Declaration| other.shape.as_ref().is_some_and(|other| other.span == shape.span);
            let Some(owner) = items[position + 1..].iter().filter(same).last() else { continue };
            let capital = |item: &Declaration| item.name.span.text().starts_with(char::is_uppercase);
            let indexed = |item: &Declaration| !item.subscripts.is_empty();
            if capital(item) != capital(owner) || indexed(item) != indexed(owner) {
                found.push((item, owner));
            }
        }
    }
    found
}
