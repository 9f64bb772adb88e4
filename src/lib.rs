//! nablascope: symbolic derivation and gradient analysis of neural networks.
//!
//! The pipeline on one page. A network is written as a textbook writes it, a set of equations over indices:
//!
//! 1. [`parse`] reads the text into trees, [`resolve`] turns trees into a [`Network`](math::network::Network), and the
//!    chapters of `derivations/` into the [`Book`] of laws;
//! 2. [`derive`](mod@derive) finds the backward pass and tells, step by step, which law it used;
//! 3. [`evaluate`] computes values and gradients, and judges the derivation without ever seeing a law;
//! 4. [`render`] writes the page.
//!
//! `ARCHITECTURE.md` walks through one derivation; `cli` is the only part that touches files and the terminal.

pub mod book;
pub mod cli;
pub mod derive;
pub mod evaluate;
pub mod gallery;
pub mod math;
pub mod parse;
pub mod render;
pub mod resolve;

use math::derivation::{Derivation, Verdict};
use math::law::Book;
use math::name::Name;
use math::network::Network;
use math::source::{Diagnostic, Outcome, Source};
use math::syntax::{NetworkFile, Statement};
use std::sync::OnceLock;

/// On how many random instances a derivation is compared with the judge.
pub const INSTANCES: usize = 8;

/// The book of laws, read once. An error tells what is wrong in a chapter, and where.
pub fn book() -> Outcome<&'static Book> {
    static BOOK: OnceLock<Outcome<Book>> = OnceLock::new();
    BOOK.get_or_init(book::book).as_ref().map_err(Clone::clone)
}

/// The backward pass of `network`. `goals` are the quantities whose gradient is asked for; none means all inputs,
/// parameters and initial values.
pub fn derive(network: &Network, goals: &[Name]) -> Outcome<Derivation> {
    let all: Vec<Name> = network.learned().map(|quantity| quantity.name.clone()).collect();
    let goals = if goals.is_empty() { &all } else { goals };
    derive::derive(network, book()?, goals, derive::Options::default())
}

/// The judge's verdict on a derivation: a random direction for each gradient, or every entry.
pub fn verdict(network: &Network, derivation: &Derivation, entrywise: bool) -> Outcome<Verdict> {
    let mode = if entrywise { evaluate::Mode::Entrywise } else { evaluate::Mode::Directional };
    evaluate::verdict(network, derivation, INSTANCES, mode).map_err(|fault| vec![fault])
}

/// Reads a network: parses it and the files it uses, which `load` finds, and resolves it; with warnings.
pub fn read_network(
    source: &Source,
    book: &Book,
    load: &dyn Fn(&str) -> Result<Source, String>,
) -> Outcome<(Network, Vec<Diagnostic>)> {
    let file = parse::network(source)?;
    let mut used = Vec::new();
    let mut open = vec![source.name.to_string()];
    follow(&file, load, &mut open, &mut used)?;
    used.push(parse::network(&gallery::library())?);
    resolve::network(&file, &used, book)
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
            let way = [&open[from..], &[path.node.clone()]].concat().join("` uses `");
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
                    .hint("the name counts from the file that uses it"),
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
fn only_definitions(file: &NetworkFile, place: &math::source::Span) -> Outcome<()> {
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
