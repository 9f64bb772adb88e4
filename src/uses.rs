//! The files that a network uses for their definitions.

use crate::gallery;
use crate::math::source::{Diagnostic, Outcome, Source, Span};
use crate::math::syntax::{NetworkFile, Statement};
use crate::parse;

/// All files that `file` uses, directly or through others, each after those that it uses itself; the library last.
/// `load` finds a text by the name that stands after `use`.
pub fn used(file: &NetworkFile, load: &dyn Fn(&str) -> Result<Source, String>) -> Outcome<Vec<NetworkFile>> {
    let mut used = Vec::new();
    follow(file, load, &mut vec![file.source.name.to_string()], &mut used)?;
    used.push(parse::network(&gallery::library())?);
    Ok(used)
}

/// The deepest chain of files that use each other.
const DEEPEST_USE: usize = 32;

/// Parses the files that `file` uses, and those that they use. `open` holds the files on the way here.
fn follow(
    file: &NetworkFile,
    load: &dyn Fn(&str) -> Result<Source, String>,
    open: &mut Vec<String>,
    used: &mut Vec<NetworkFile>,
) -> Outcome<()> {
    for statement in &file.statements {
        let Statement::Use(path) = &statement.node else { continue };
        let wrong = |message: String| Diagnostic::error(message).at(&path.span, "used here");
        if path.node.trim().is_empty() {
            return Err(vec![wrong("`use` needs a file name".into()).hint("as in `use \"blocks.net\"`")]);
        }
        if let Some(from) = open.iter().position(|name| name == &path.node) {
            let way = [&open[from..], std::slice::from_ref(&path.node)].concat().join("` uses `");
            return Err(vec![
                wrong(format!("files use each other in a circle: `{way}`"))
                    .hint("put the definitions that both need into a third file"),
            ]);
        }
        if used.iter().any(|known| *known.source.name == *path.node) {
            continue;
        }
        if open.len() >= DEEPEST_USE || used.len() >= 1000 {
            return Err(vec![wrong(format!("files use each other more than {DEEPEST_USE} deep"))]);
        }
        let source = load(&path.node).map_err(|reason| {
            vec![
                wrong(format!("`{}` cannot be read: {reason}", path.node))
                    .hint("the name counts from the folder of the network"),
            ]
        })?;
        let next = parse::network(&source)?;
        only_definitions(&next, &path.span)?;
        open.push(path.node.clone());
        follow(&next, load, open, used)?;
        open.pop();
        used.push(next);
    }
    Ok(())
}

/// A used file brings definitions; whatever else it holds would be lost without a word.
fn only_definitions(file: &NetworkFile, place: &Span) -> Outcome<()> {
    let other =
        file.statements.iter().find(|statement| !matches!(statement.node, Statement::Def(_) | Statement::Use(_)));
    match other {
        // A whole network may be used for its definitions.
        Some(_) if file.name.is_some() => Ok(()),
        Some(statement) => Err(vec![
            Diagnostic::error("a file without `network` holds definitions only")
                .at(&statement.span, "neither `def` nor `use`")
                .at(place, "used here"),
        ]),
        None => Ok(()),
    }
}
