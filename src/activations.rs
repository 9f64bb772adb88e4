//! All functions of one number that a network may call, surveyed.

use crate::math::activation::Activation;
use crate::math::jacobian::Question;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::source::{Diagnostic, Outcome, Source};
use crate::math::syntax::{NetworkFile, Statement};
use crate::{derive, evaluate, gallery, jacobian, parse, parts_named, read_network, reading};

/// Functions that were surveyed, and those that could not be, each with the reason.
pub struct Surveyed {
    /// Those that were.
    pub activations: Vec<Activation>,
    /// Those that could not be.
    pub left_out: Vec<(String, String)>,
}

/// The functions of one number that the book and the library have, and those of the definitions in `own`.
pub fn names(book: &Book, own: &[NetworkFile]) -> Outcome<Vec<Name>> {
    let operations = book.operations().filter(|operation| operation.parameters.len() == 1);
    let mut found: Vec<Name> = operations.map(|operation| operation.name.clone()).collect();
    let library = parse::network(&gallery::library())?;
    for statement in own.iter().chain([&library]).flat_map(|file| &file.statements) {
        if let Statement::Def(definition) = &statement.node
            && definition.indices.is_empty()
            && definition.parameters.len() == 1
            && definition.parameters[0].1.is_none()
        {
            found.push(definition.name.node.clone());
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Surveys these functions. `uses` is the name of a file with definitions, which `load` finds. A function that is asked for
/// and does not exist is an error.
pub fn survey(
    names: &[Name],
    uses: Option<&str>,
    book: &Book,
    load: &dyn Fn(&str) -> Result<Source, String>,
) -> Outcome<Surveyed> {
    let mut surveyed = Surveyed { activations: Vec::new(), left_out: Vec::new() };
    for name in names {
        match one(name, uses, book, load) {
            Ok(activation) => surveyed.activations.push(activation),
            Err(Reason::Wrong(errors)) => return Err(errors),
            Err(Reason::NoFiniteValue(reason)) => surveyed.left_out.push((name.to_string(), reason)),
        }
    }
    Ok(surveyed)
}

/// Why a function is not surveyed.
enum Reason {
    Wrong(Vec<Diagnostic>),
    NoFiniteValue(String),
}

fn one(
    name: &Name,
    uses: Option<&str>,
    book: &Book,
    load: &dyn Fn(&str) -> Result<Source, String>,
) -> Result<Activation, Reason> {
    let uses = uses.map_or(String::new(), |file| format!("use \"{file}\"\n"));
    // The same network twice: for one number, which prints best, and for many, which are surveyed at once.
    let text = |index: &str, at: &str| format!("network {name}\n{uses}{index}input u{at}\ny{at} = {name}(u{at})\n");
    let network =
        |text: String| read_network(&Source::new(format!("{name}.net"), text), book, load).map_err(Reason::Wrong);
    let (single, _) = network(text("", ""))?;
    let (many, _) = network(text("over n : N\n", "[n]"))?;
    let parts = parts_named(&single);
    let read = |of: &str| {
        let source = Source::new("question", of);
        reading(&parts, &source, 0..of.len()).map_err(Reason::Wrong)
    };
    let question = Question { of: vec![read("y")?], wrt: vec![read("u")?], through: None };
    let derivation = derive(&many, &[]).map_err(Reason::Wrong)?;
    let survey =
        evaluate::activation::survey(&derivation).map_err(|fault| Reason::NoFiniteValue(fault.message.clone()))?;
    let slope = match jacobian(&parts, &question) {
        Ok(slope) => Some(slope),
        // What is flat everywhere has no path.
        Err(_) if survey.steepest.is_some_and(|point| point.slope == 0.0) => None,
        Err(errors) => return Err(Reason::Wrong(errors)),
    };
    Ok(Activation { name: name.clone(), network: single, jacobian: slope, survey })
}
