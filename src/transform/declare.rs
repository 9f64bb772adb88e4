//! Declarations: new ones, and how quantities are drawn.

use super::edits::Edits;
use super::view::View;
use crate::math::name::Name;
use crate::math::syntax::{Declaration, DeclaredRole, Statement};

/// New statements after the last declaration of parameters, or of anything.
pub fn add(view: &View, edits: &mut Edits, statements: &[String]) {
    if statements.is_empty() {
        return;
    }
    let last = |wanted: fn(&Statement) -> bool| view.file.statements.iter().rfind(|statement| wanted(&statement.node));
    let place = last(|node| matches!(node, Statement::Declare { role: DeclaredRole::Param, .. }))
        .or_else(|| last(|node| matches!(node, Statement::Declare { .. })))
        .or_else(|| last(|node| matches!(node, Statement::Index { .. } | Statement::Size(_))));
    // A network without any declaration begins with its name.
    let end = place.map(|statement| view.end(&statement.span));
    let end = end.or_else(|| view.file.name.as_ref().map(|name| view.end(&name.span))).unwrap_or(0);
    let text = statements.join("\n");
    match view.ends_line(end) {
        true => edits.insert(view.line_end(end), format!("\n{text}")),
        false => edits.insert(end, format!("\n{text}\n")),
    }
}

/// A statement of the constant that an equation adds to a variance, if none stands there that could serve: its name.
pub fn epsilon(view: &View, statements: &mut Vec<String>) -> String {
    let known = view.file.statements.iter().find_map(|statement| match &statement.node {
        Statement::Declare { role: DeclaredRole::Const, items } => items
            .iter()
            .find(|item| ["eps", "epsilon"].contains(&item.name.node.as_str()) && item.value.is_some())
            .map(|item| view.text(&item.name.span).to_string()),
        _ => None,
    });
    known.unwrap_or_else(|| {
        let name = view.fresh("eps", &Default::default());
        statements.push(format!("const {name} = 1e-5"));
        name
    })
}

/// Writes how some parameters are drawn; `draw` is asked for each. What shares a declaration with others and differs from them
/// gets one of its own.
pub fn draws(view: &View, edits: &mut Edits, draw: &dyn Fn(&Name) -> Option<String>) {
    for statement in &view.file.statements {
        let Statement::Declare { role: DeclaredRole::Param, items } = &statement.node else { continue };
        for group in groups(items) {
            let wanted: Vec<Option<String>> = group.iter().map(|item| draw(&item.name.node)).collect();
            if wanted.iter().all(Option::is_none) {
                continue;
            }
            let (first, last) = (&group[0], &group[group.len() - 1]);
            let old = last.draw.as_ref().map(|draw| view.text(&draw.span).to_string());
            let new: Vec<Option<String>> = wanted.into_iter().map(|wanted| wanted.or_else(|| old.clone())).collect();
            let alike = new.iter().all(|one| one == &new[0]);
            let end = last.draw.as_ref().map(|draw| view.end(&draw.span));
            if let (true, Some(draw)) = (alike, &new[0]) {
                // All of them: only the distribution changes.
                match (&last.draw, end) {
                    (Some(written), Some(end)) => edits.replace(written.span.start, end, draw.clone()),
                    _ => edits.insert(declared_end(view, last), format!(" ~ {draw}")),
                }
                continue;
            }
            let shape = last.shape.as_ref().map_or(String::new(), |shape| format!(" : {}", view.text(&shape.span)));
            let mut text = String::new();
            for (number, (item, draw)) in group.iter().zip(&new).enumerate() {
                let next = new.get(number + 1);
                text.push_str(&head(view, item));
                // A shape and a draw belong to all names before them, so the last of a stretch says both.
                if next != Some(draw) {
                    text.push_str(&shape);
                    if let Some(draw) = draw {
                        text.push_str(&format!(" ~ {draw}"));
                    }
                }
                if next.is_some() {
                    text.push_str(", ");
                }
            }
            let end = end.unwrap_or_else(|| declared_end(view, last));
            edits.replace(first.name.span.start, end, text);
        }
    }
}

/// The name of a declaration with its indices.
pub fn head(view: &View, item: &Declaration) -> String {
    let subscripts: Vec<&str> = item.subscripts.iter().map(|subscript| view.text(&subscript.span)).collect();
    let name = view.text(&item.name.span);
    if subscripts.is_empty() { name.to_string() } else { format!("{name}[{}]", subscripts.join(",")) }
}

/// Where a declaration ends that has no draw.
fn declared_end(view: &View, item: &Declaration) -> usize {
    let last = match (&item.shape, item.subscripts.last()) {
        (Some(shape), _) if shape.span.start > item.name.span.start => return view.end(&shape.span),
        (_, Some(subscript)) => view.end(&subscript.span),
        _ => return view.end(&item.name.span),
    };
    let text = &view.file.source.text;
    text[last..].find(']').map_or(last, |length| last + length + 1)
}

/// Stretches of a declaration that share one shape and one draw, as they are written.
fn groups(items: &[Declaration]) -> Vec<&[Declaration]> {
    let (mut found, mut start) = (Vec::new(), 0);
    for (at, item) in items.iter().enumerate() {
        let next = items.get(at + 1).map_or(usize::MAX, |next| next.name.span.start);
        // What is written with this very name, rather than shared from a later one.
        let own = |start: usize| start > item.name.span.start && start < next;
        let shaped = item.shape.as_ref().is_some_and(|shape| own(shape.span.start));
        let drawn = item.draw.as_ref().is_some_and(|draw| own(draw.span.start));
        if shaped || drawn || at + 1 == items.len() {
            found.push(&items[start..=at]);
            start = at + 1;
        }
    }
    found
}

/// The shape and the draw of a declaration, as they are written.
pub fn tail(view: &View, item: &Declaration) -> (String, Option<String>) {
    let shape = item.shape.as_ref().map_or(String::new(), |shape| format!(" : {}", view.text(&shape.span)));
    (shape, item.draw.as_ref().map(|draw| view.text(&draw.span).to_string()))
}
