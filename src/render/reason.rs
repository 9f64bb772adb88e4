//! Why a step is right, in words.

use super::book::condition;
use super::markup::Markup;
use super::notation::Notation;
use super::page::Inline;
use crate::math::derivation::{Because, Milestone, Need, Reason, Step};
use crate::math::expression::{Mark, Op};
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::Network;

/// Why a step is right, and what it needs for that. A milestone needs what the steps beneath it need.
pub fn told(step: &Step, network: Option<&Network>, notation: &Notation) -> Vec<Inline> {
    let mut words = reason(&step.reason, network, notation);
    words.extend(needs(step, network, notation));
    words
}

/// `; p_n ≠ 0: a softmax is positive`
pub fn needs(step: &Step, network: Option<&Network>, notation: &Notation) -> Vec<Inline> {
    let mut words = Vec::new();
    let mut needs: Vec<&Need> = Vec::new();
    collect(step, &mut needs);
    for (number, need) in needs.into_iter().enumerate() {
        words.push(Inline::words(if number == 0 { "; " } else { ", " }));
        words.push(Inline::Math(condition(&need.condition, notation)));
        let mut because = need.because.iter().map(|because| why(because, network, notation));
        if let Some(first) = because.next() {
            words.push(Inline::words(": "));
            words.extend(first);
            because.for_each(|more| {
                words.push(Inline::words(" and "));
                words.extend(more);
            });
        }
    }
    words
}

/// What a step and those beneath it need. That sizes are at least 1 is said with the steps beneath only.
fn collect<'s>(step: &'s Step, found: &mut Vec<&'s Need>) {
    for need in &step.needs {
        found.extend((!found.contains(&need)).then_some(need));
    }
    let mut beneath = Vec::new();
    step.substeps.iter().for_each(|step| collect(step, &mut beneath));
    for need in beneath {
        // The letters of bound indices may differ beneath.
        let same = |other: &&Need| other.because == need.because && of(other) == of(need);
        if need.because != [Because::Sizes] && !found.iter().any(|other| same(other)) {
            found.push(need);
        }
    }
}

/// The quantity whose sign is asked for, if it is a single one.
fn of(need: &Need) -> Option<Name> {
    use crate::math::law::Condition::{NonNegative, NonZero, Positive};
    let (NonZero(term) | Positive(term) | NonNegative(term)) = &need.condition else { return None };
    let mut term = term;
    while let Op::Fill(_) = term.op() {
        term = &term.args()[0];
    }
    term.as_read().map(|read| read.quantity.clone())
}

fn why(because: &Because, network: Option<&Network>, notation: &Notation) -> Vec<Inline> {
    match because {
        Because::Values(name) => {
            let function = Markup::Symbol(notation.function(name));
            vec![Inline::Math(function), Inline::words(" is positive")]
        }
        Because::Shares => vec![Inline::words("a softmax is positive")],
        Because::Divisor(name) => {
            vec![
                Inline::words("the forward pass divides by "),
                Inline::Math(quantity(name, Mark::Value, network, notation)),
            ]
        }
        Because::Sizes => vec![Inline::words("sizes are at least 1")],
        Because::Assumed => vec![Inline::words("as assumed")],
    }
}

fn quantity(name: &Name, mark: Mark, network: Option<&Network>, notation: &Notation) -> Markup {
    match network.and_then(|network| network.quantity(name)) {
        Some(quantity) => notation.read(&quantity.read(mark)),
        None => notation.name(name),
    }
}

/// Why a step is right.
pub fn reason(reason: &Reason, network: Option<&Network>, notation: &Notation) -> Vec<Inline> {
    match reason {
        Reason::Law { name, reversed } => {
            vec![Inline::words(caption_of(notation.book(), name, *reversed))]
        }
        Reason::Definition { quantity: name, .. } => {
            vec![Inline::words("definition of "), Inline::Math(quantity(name, Mark::Value, network, notation))]
        }
        Reason::Substitution { adjoint } => {
            vec![Inline::words("put in "), Inline::Math(notation.read(adjoint))]
        }
        Reason::Milestone(Milestone::Collect) => vec![Inline::words("add up all contributions")],
        Reason::Milestone(Milestone::Simplify) => vec![Inline::words("simplify")],
        Reason::Assumption => vec![Inline::words("as assumed")],
        Reason::Order => vec![Inline::words("summands and factors change places")],
        Reason::Letters => vec![Inline::words("another letter for the bound index")],
        Reason::Algebra => vec![Inline::words("algebra")],
    }
}

/// How a law is called in a step.
pub fn caption_of(book: &Book, name: &Name, reversed: bool) -> String {
    book.law(name.as_str()).map_or_else(|| name.as_str().replace('-', " "), |law| law.told(reversed))
}
