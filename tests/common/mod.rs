//! What several tests share.
#![allow(dead_code)]

use nablascope::math::law::{Book, Chapter, Entry, Operation};
use nablascope::math::name::Name;
use nablascope::math::network::Network;
use nablascope::math::shape::Shape;
use nablascope::math::source::{Diagnostic, Outcome, Source, Span};

/// A book with operations and no laws.
pub fn operations() -> Book {
    let operation = |name: &str, parameters: &[&str], aliases: &[&str]| {
        let any = || Shape::Any(Name::new("T"));
        Entry::Operation(Operation {
            name: Name::new(name),
            aliases: aliases.iter().map(Name::new).collect(),
            parameters: parameters.iter().map(|parameter| (Name::new(parameter), any())).collect(),
            prose: String::new(),
            latex: String::new(),
            text: None,
            domain: (-1.0, 1.0),
            bound: None,
            span: Span { source: Source::new("operations", ""), start: 0, end: 0 },
        })
    };
    let mut entries: Vec<Entry> =
        ["exp", "log", "sqrt", "sin", "cos", "tanh", "softplus", "relu", "abs", "sign", "erf"]
            .iter()
            .map(|name| operation(name, &["u"], &[]))
            .collect();
    entries.push(operation("sigmoid", &["u"], &["σ"]));
    entries.push(operation("max", &["u", "v"], &[]));
    entries.push(operation("min", &["u", "v"], &[]));
    Book { chapters: vec![Chapter { number: 2, title: "Operations".into(), entries }] }
}

/// A network from a text that uses no other files.
pub fn network(text: &str) -> Outcome<(Network, Vec<Diagnostic>)> {
    let source = Source::new("wrong.net", text);
    nablascope::read_network(&source, &operations(), &|name| Err(format!("there is no file `{name}`")))
}
