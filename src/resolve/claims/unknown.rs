//! Names that nobody declared.

use super::rewrite::rewrite;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::source::Span;
use crate::math::syntax::{Expression, Written};
use crate::resolve::functions::operation;
use std::collections::BTreeSet;

/// The names in these expressions that are not bound in them, are no functions and no number that everyone knows, in order of
/// appearance.
pub fn unknown_names(written: &[&Written], book: &Book) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in written {
        let look = &mut |part: &Written, bound: &BTreeSet<Name>| {
            let name = match &part.node {
                Expression::Name(name) => Some(name),
                Expression::Read(name, _) => Some(&name.node),
                _ => None,
            };
            if let Some(name) = name
                && !bound.contains(name)
                && name.as_str() != "pi"
                && operation(book, name).is_none()
                && !found.iter().any(|known| known == name.as_str())
            {
                found.push(name.to_string());
            }
            Ok(None)
        };
        let _ = rewrite(part, &BTreeSet::new(), look);
    }
    found
}

/// The first derivative in these expressions.
pub fn derivative(written: &[&Written]) -> Option<Span> {
    let mut found = None;
    for part in written {
        let look = &mut |part: &Written, _: &BTreeSet<Name>| {
            if let Expression::Derivative { .. } = &part.node {
                found.get_or_insert_with(|| part.span.clone());
            }
            Ok(None)
        };
        let _ = rewrite(part, &BTreeSet::new(), look);
    }
    found
}
