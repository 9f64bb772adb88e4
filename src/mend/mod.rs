//! Networks mended: a transformation is applied to a text, and the text read again. A sentence of verbs that is too long for
//! `lib.rs`.

mod blame;
mod critical;
mod decay;
mod diagnose;
mod edges;
mod elements;
mod facts;
mod magnitude;
mod remedies;

pub use diagnose::{Asked, diagnose};

use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::{Diagnostic, Outcome, Source};
use crate::math::syntax::NetworkFile;
use crate::math::transformation::{Norm, Transformation};
use crate::{book, parse, read_network, transform};
use facts::Known;
use std::collections::BTreeSet;

/// How files are found that a network uses.
pub type Load<'a> = &'a dyn Fn(&str) -> Result<Source, String>;

/// The text of a network after some transformations, one after the other, with settings written into it first.
pub fn transformed(source: &Source, settings: &[String], changes: &[Transformation], load: Load) -> Outcome<Source> {
    let mut source = settled(source, settings, load)?;
    for change in changes {
        source = once(&source, change, load)?;
    }
    Ok(source)
}

/// The text with constants and sizes set.
pub fn settled(source: &Source, settings: &[String], load: Load) -> Outcome<Source> {
    if settings.is_empty() {
        read_network(source, book()?, load)?;
        return Ok(source.clone());
    }
    // What is wrong with a setting is told where it was typed.
    crate::read_network_with(source, settings, book()?, load)?;
    let file = parse::network(source)?;
    let pairs: Vec<(String, String)> = settings
        .iter()
        .filter_map(|setting| setting.split_once('='))
        .map(|(name, value)| (name.trim().to_string(), value.trim().to_string()))
        .collect();
    let mut last: Vec<(String, String)> = Vec::new();
    for (name, value) in pairs {
        last.retain(|(known, _)| known != &name);
        last.push((name, value));
    }
    let text = transform::fix(&file, &last).ok_or_else(|| vec![Diagnostic::error("these settings overlap")])?;
    let source = Source::new(&source.name, text);
    read_network(&source, book()?, load)?;
    Ok(source)
}

fn once(source: &Source, change: &Transformation, load: Load) -> Outcome<Source> {
    let said = |diagnostic: Diagnostic| {
        vec![Diagnostic { message: format!("`{change}` cannot be applied: {}", diagnostic.message), ..diagnostic }]
    };
    let mut source = source.clone();
    let mut read = Reading::of(&source, load)?;
    if *change == Transformation::Norm(Norm::Batch) {
        let batched = read.with(load, transform::with_batch)?;
        if let Some(text) = batched.transpose().map_err(said)? {
            source = Source::new(&source.name, text);
            read = Reading::of(&source, load).map_err(|errors| broken(change, errors))?;
        }
    }
    let (text, before, results) = read
        .with(load, |view| {
            let results: BTreeSet<Name> = view.network.results().into_iter().collect();
            transform::apply(view, change).map(|text| (text, transform::used(view), results))
        })?
        .map_err(said)?;
    let mut source = Source::new(&source.name, text);
    let mut read = Reading::of(&source, load).map_err(|errors| broken(change, errors))?;
    // One that is gone may have been the only one to read another.
    while let Some(text) = read.with(load, |view| transform::pruned(view, &before, &results))? {
        source = Source::new(&source.name, text);
        read = Reading::of(&source, load).map_err(|errors| broken(change, errors))?;
    }
    Ok(source)
}

/// Why a change could not be applied, without the words that say so.
fn why(errors: &[Diagnostic]) -> String {
    let message = errors.first().map_or(String::new(), |error| error.message.clone());
    message.split_once(" cannot be applied: ").map_or(message.clone(), |(_, why)| why.to_string())
}

/// A text that cannot be read any more is told as what it is.
fn broken(change: &Transformation, errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let said = |error: Diagnostic| Diagnostic {
        message: format!("`{change}` does not fit this network: after it, {}", error.message),
        ..error
    };
    errors.into_iter().map(said).collect()
}

/// A text as it was read.
pub(crate) struct Reading {
    pub(crate) file: NetworkFile,
    pub(crate) network: Network,
}

impl Reading {
    pub(crate) fn of(source: &Source, load: Load) -> Outcome<Reading> {
        let (network, _) = read_network(source, book()?, load)?;
        Ok(Reading { file: parse::network(source)?, network })
    }

    /// What is said of its structure.
    pub(crate) fn with<T>(&self, load: Load, say: impl FnOnce(&transform::View) -> T) -> Outcome<T> {
        let known = Known::of(&self.file, &self.network, load)?;
        Ok(say(&transform::View::new(&self.file, &self.network, &known)))
    }
}
