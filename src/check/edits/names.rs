//! One name, function or path for another.

use super::vocabulary::Vocabulary;
use crate::check::bench::Bench;
use crate::math::expression::{Op, Read, Term};
use crate::math::finding::Kind;

/// A part of another equation for a name or a number.
pub fn parts(bench: &Bench, old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    // What an author has a name for is looked at in the equation of that name.
    let open = |read: &Read| !bench.is_author(&read.quantity);
    if !old.as_read().is_some_and(open) && old.as_number().is_none() {
        return Vec::new();
    }
    let fits = |term: &&Term| term.shape() == old.shape();
    let readings = words.readings.iter().filter(|_| old.as_number().is_some());
    readings.chain(&words.parts).filter(fits).map(|term| (Kind::WrongFactor, term.clone())).collect()
}

/// Another name.
pub fn other_names(old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    let (Some(read), false) = (old.as_read(), old.shape().is_number() && old.args().len() > 1) else {
        return Vec::new();
    };
    words
        .readings
        .iter()
        .filter(|term| {
            term.shape() == old.shape() && term.as_read().is_some_and(|other| other.quantity != read.quantity)
        })
        .map(|term| (Kind::WrongName, term.clone()))
        .collect()
}

/// The value of a function for its argument: of those that the network and the author use.
pub fn functions(bench: &Bench, body: &Term, old: &Term) -> Vec<(Kind, Term)> {
    if matches!(old.op(), Op::Number(_) | Op::Fill(_) | Op::Transpose | Op::Apply(_) | Op::Power | Op::Neg) {
        return Vec::new();
    }
    let mut known: Vec<Op> = Vec::new();
    let bodies = bench.group.network.equations.iter().map(|equation| &equation.body);
    for term in bodies.chain([body]) {
        term.walk(&mut |part| {
            if matches!(part.op(), Op::Apply(_)) && part.args().len() == 1 && !known.contains(part.op()) {
                known.push(part.op().clone());
            }
        });
    }
    known
        .into_iter()
        .filter_map(|op| Term::new(op, vec![old.clone()]).ok())
        .map(|new| (Kind::WrongFactor, new))
        .collect()
}

/// The derivative through every path for what comes from above alone.
pub fn paths(old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    if old.as_read().is_none() {
        return Vec::new();
    }
    let whole = words.paths.iter().filter(|term| term.shape() == old.shape());
    whole.map(|term| (Kind::MissingTerm, term.clone())).collect()
}
