//! What several tests share.
#![allow(dead_code)]

use nablascope::math::law::Book;
use nablascope::math::network::Network;
use nablascope::math::source::{Diagnostic, Outcome, Source};

/// The book.
pub fn book() -> &'static Book {
    nablascope::book().expect("the book is in order; its own tests say so")
}

/// A network from a text that uses no other files.
pub fn network(text: &str) -> Outcome<(Network, Vec<Diagnostic>)> {
    with_files(text, &[])
}

/// A network from a text and the files that it may use.
pub fn with_files(text: &str, files: &[(&str, &str)]) -> Outcome<(Network, Vec<Diagnostic>)> {
    nablascope::read_network(&Source::new("wrong.net", text), book(), &|name| match files
        .iter()
        .find(|(known, _)| *known == name)
    {
        Some((known, text)) => Ok(Source::new(known, text)),
        None => Err("there is no such file".into()),
    })
}
