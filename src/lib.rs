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

pub mod activations;
pub mod book;
mod check;
pub mod cli;
pub mod compare;
pub mod derive;
pub mod evaluate;
pub mod flow;
pub mod gallery;
pub mod math;
pub mod parse;
pub mod render;
pub mod resolve;
mod theorist;
mod uses;

pub use check::agree;
pub use check::equality::{Equality, prove};

use evaluate::Array;
use evaluate::draw::Drawn;
use math::claim::Claims;
use math::derivation::{Derivation, Verdict};
use math::expression::Read;
use math::finding::Findings;
use math::flow::{Plan, Run, Sweep};
use math::jacobian::{Agreement, Jacobian, Question};
use math::law::Book;
use math::name::Name;
use math::network::Network;
use math::source::{Diagnostic, Outcome, Source};
use std::collections::BTreeMap;
use std::sync::OnceLock;

pub use theorist::Theorist;

/// On how many random instances a derivation is compared with the judge.
pub const INSTANCES: usize = 8;

/// The book of laws, read once. An error tells what is wrong in a chapter, and where.
pub fn book() -> Outcome<&'static Book> {
    static BOOK: OnceLock<Outcome<Book>> = OnceLock::new();
    BOOK.get_or_init(book::book).as_ref().map_err(Clone::clone)
}

/// The proof of a lemma of the book, line by line; `None` for laws, which are tested instead.
pub fn proof(book: &Book, name: &str) -> Option<Vec<math::derivation::Step>> {
    let lemma = book.law(name).filter(|law| law.standing == math::law::Standing::Lemma)?;
    derive::prove(lemma, book, derive::Options::default())
}

/// Reads a network: parses it and the files it uses, which `load` finds by the name after `use`, and resolves it.
/// Warnings stand beside the network.
pub fn read_network(
    source: &Source,
    book: &Book,
    load: &dyn Fn(&str) -> Result<Source, String>,
) -> Outcome<(Network, Vec<Diagnostic>)> {
    read_network_with(source, &[], book, load)
}

/// The same with constants and sizes set from outside: `phi=relu`, `eps=1e-3`, `L=60`.
pub fn read_network_with(
    source: &Source,
    settings: &[String],
    book: &Book,
    load: &dyn Fn(&str) -> Result<Source, String>,
) -> Outcome<(Network, Vec<Diagnostic>)> {
    let mut file = parse::network(source)?;
    let settings: Outcome<Vec<_>> = settings.iter().map(|setting| parse::setting(setting)).collect();
    resolve::set(&mut file, &settings?)?;
    let used = uses::used(&file, load)?;
    let (network, mut warnings) = resolve::network(&file, &used, book)?;
    warnings.extend(check::set_aside(&file));
    Ok((network, warnings))
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

/// The Jacobian that `question` asks for. Its readings are of the network with its parts named, [`parts_named`].
pub fn jacobian(parts: &Network, question: &Question) -> Outcome<Jacobian> {
    derive::jacobian(parts, book()?, question, derive::Options::default())
}

/// The network in which pre-activations and shared parts have names: what a question about a Jacobian is asked of.
pub fn parts_named(network: &Network) -> Network {
    derive::parts_named(network)
}

/// A reading such as `h[t-1]`, of a network.
pub fn reading(network: &Network, source: &Source, range: std::ops::Range<usize>) -> Outcome<Read> {
    let written = parse::expression::expression(source, range, parse::expression::Dialect::Network)?;
    resolve::reading(network, &written).map_err(|error| vec![error])
}

/// What was found out about the claims of a network's file and of another, and warnings about the network. An error tells
/// why they cannot be checked.
pub fn check(
    source: &Source,
    claims: Option<&Source>,
    settings: &[String],
    load: &dyn Fn(&str) -> Result<Source, String>,
) -> Outcome<(Findings, Vec<Diagnostic>)> {
    let (claims, warnings) = read_claims(source, claims, settings, load)?;
    Ok((check::check(&claims, book()?)?, warnings))
}

/// The claims of a network's file and of another, and warnings about the network.
pub fn read_claims(
    source: &Source,
    claims: Option<&Source>,
    settings: &[String],
    load: &dyn Fn(&str) -> Result<Source, String>,
) -> Outcome<(Claims, Vec<Diagnostic>)> {
    let book = book()?;
    let mut file = parse::network(source)?;
    if let Some(claims) = claims {
        check::join(&mut file, parse::network(claims)?)?;
    }
    let settings: Outcome<Vec<_>> = settings.iter().map(|setting| parse::setting(setting)).collect();
    resolve::set(&mut file, &settings?)?;
    let used = uses::used(&file, load)?;
    let (base, warnings) = resolve::network(&file, &used, book)?;
    Ok((resolve::claims(&file, &used, book, &base)?, warnings))
}

/// Compares a Jacobian with exact derivatives of `network`, on random instances. Where it speaks of named parts, they
/// are asked of the network in which they have names.
pub fn agreement(network: &Network, jacobian: &Jacobian) -> Outcome<Agreement> {
    let question = &jacobian.question;
    let mut reads = question.of.iter().chain(&question.wrt).chain(&question.through);
    let asked = if reads.all(|read| network.quantity(&read.quantity).is_some()) { network } else { &jacobian.network };
    evaluate::jacobian::agreement(asked, jacobian, INSTANCES).map_err(|fault| vec![fault])
}

/// What mean-field theory says of `network`, by quadrature on its own functions and their derived slopes. Fails, with the place and
/// the reason, where theory does not apply.
pub fn theory(network: &Network, question: &math::theory::Question) -> Outcome<math::theory::Theory> {
    flow::theory::theory(network, &Theorist::new(network), question)
}

/// Sweeps a derived network: draws what is not `given`, runs it forward, and carries gradients back through the derived Jacobians.
/// `progress` is told how many places were passed, each there and back.
pub fn sweep(
    derivation: &Derivation,
    plan: &Plan,
    given: &BTreeMap<Name, Array<f64>>,
    progress: &(dyn Fn(usize) + Sync),
) -> Outcome<Sweep> {
    sweep_telling(derivation, plan, given, progress, &|_| Ok(()))
}

/// The same, telling `done` of each run as soon as it is over, in no order; an error of `done` ends the sweep.
pub fn sweep_telling(
    derivation: &Derivation,
    plan: &Plan,
    given: &BTreeMap<Name, Array<f64>>,
    progress: &(dyn Fn(usize) + Sync),
    done: &(dyn Fn(&Run) -> Result<(), Diagnostic> + Sync),
) -> Outcome<Sweep> {
    let draws = Drawn::new(&derivation.network, &plan.sizes).map_err(|fault| vec![fault])?;
    let one = |fault| vec![fault];
    let (jacobian, why) = match plan.bound {
        false => (None, None),
        true => match evaluate::sweep::question(derivation, plan).map_err(one)? {
            Ok(question) => (Some(jacobian(&derivation.network, &question)?), None),
            Err(why) => (None, Some(why)),
        },
    };
    let mut sweep =
        evaluate::sweep::sweep(derivation, plan, &draws, given, jacobian.as_ref(), progress, done).map_err(one)?;
    sweep.notes.extend(why.map(String::from));
    sweep.notes.splice(0..0, flow::draws(&derivation.network, given.keys()));
    Ok(sweep)
}

/// χ over values of two constants, with the line where it is 1.
pub fn phase(
    network: &Network,
    question: &math::theory::Question,
    x: (&Name, Vec<f64>),
    y: (&Name, Vec<f64>),
) -> Outcome<math::theory::Phase> {
    flow::theory::phase(network, &Theorist::new(network), question, x, y)
}
