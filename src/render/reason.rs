//! Why a step is right, in words.

use super::book::condition;
use super::legend::listed;
use super::markup::Markup;
use super::notation::Notation;
use super::page::Inline;
use crate::math::derivation::{Because, Milestone, Need, Reason, Step};
use crate::math::expression::{Mark, Op, Term};
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::Network;

/// Why the step after the line `before` is right, and what it needs for that. A milestone needs what the steps beneath it
/// need, and rests on the sums that they put in.
pub fn told(before: &Term, step: &Step, network: Option<&Network>, notation: &Notation) -> Vec<Inline> {
    let mut words = match known(before, step) {
        Some((sum, value)) => vec![Inline::Math(equality(sum, value, notation))],
        None => reason(&step.reason, network, notation),
    };
    let mut found: Vec<(&Term, &Term)> = Vec::new();
    sums(before, &step.substeps, &mut found);
    for (number, (sum, value)) in found.into_iter().enumerate() {
        words.push(Inline::words(if number == 0 { ", as " } else { ", " }));
        words.push(Inline::Math(equality(sum, value, notation)));
    }
    words.extend(needs(step, network, notation));
    words
}

fn equality(left: &Term, right: &Term, notation: &Notation) -> Markup {
    Markup::equals(notation.formula(left), notation.formula(right))
}

/// The sum whose value a step puts in, and the value.
pub fn known<'t>(before: &'t Term, step: &'t Step) -> Option<(&'t Term, &'t Term)> {
    let place = step.places.first().filter(|_| step.reason == Reason::Milestone(Milestone::Known))?;
    Some((before.subterm(place)?, step.after.subterm(place)?))
}

fn sums<'t>(before: &'t Term, steps: &'t [Step], found: &mut Vec<(&'t Term, &'t Term)>) {
    let mut line = before;
    for step in steps {
        match known(line, step) {
            Some(sum) if !found.contains(&sum) => found.push(sum),
            Some(_) => {}
            None => sums(line, &step.substeps, found),
        }
        line = &step.after;
    }
}

/// `; p_n ≠ 0: a softmax is positive`
pub fn needs(step: &Step, network: Option<&Network>, notation: &Notation) -> Vec<Inline> {
    let mut words = Vec::new();
    let mut needs: Vec<&Need> = Vec::new();
    collect(step, true, &mut needs);
    // Conditions that hold for the same reasons are told together.
    let mut groups: Vec<Vec<&Need>> = Vec::new();
    for need in needs {
        match groups.iter_mut().find(|group| group[0].because == need.because) {
            Some(group) => group.push(need),
            None => groups.push(vec![need]),
        }
    }
    for (number, group) in groups.into_iter().enumerate() {
        words.push(Inline::words(if number == 0 { "; " } else { ", " }));
        words.extend(
            listed(group.iter().map(|need| condition(&need.condition, notation)).collect()).unwrap_or_default(),
        );
        for (number, because) in group[0].because.iter().enumerate() {
            words.push(Inline::words(if number == 0 { ": " } else { " and " }));
            words.extend(why(because, network, notation));
        }
    }
    words
}

/// What a step and those beneath it need. That sizes are at least 1 is said with the steps beneath only.
fn collect<'s>(step: &'s Step, own: bool, found: &mut Vec<&'s Need>) {
    for need in &step.needs {
        // One quantity may be read at several places, or under several letters.
        let same = |other: &&Need| other.because == need.because && of(other) == of(need) && of(need).is_some();
        let told = found.iter().any(|other| *other == need || same(other));
        if !told && (own || need.because != [Because::Sizes]) {
            found.push(need);
        }
    }
    step.substeps.iter().for_each(|step| collect(step, false, found));
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
            let function = notation.function(name);
            let said = notation.book().operation(name.as_str()).and_then(|operation| operation.bound.as_deref());
            let values = said.and_then(|said| said.split(',').find(|part| part.contains("value")));
            match values.and_then(|values| values.trim().split_once("value")) {
                // `0 < value < 1`
                Some((low, high)) => vec![
                    // No line ends within.
                    Inline::words(low.replace(' ', "\u{a0}")),
                    Inline::Math(Markup::Symbol(function)),
                    Inline::words(high.replace(' ', "\u{a0}")),
                ],
                None => vec![Inline::Math(Markup::Symbol(function)), Inline::words(" is positive")],
            }
        }
        Because::Shares => vec![Inline::words("a softmax is positive")],
        Because::Divisor(name) => {
            vec![
                Inline::words("the forward pass divides by "),
                Inline::Math(quantity(name, Mark::Value, network, notation)),
            ]
        }
        Because::Difference(sum) => {
            vec![Inline::words("the forward pass divides by "), Inline::Math(notation.formula(sum))]
        }
        Because::Logarithm(name) => {
            vec![
                Inline::words("the forward pass takes a logarithm with "),
                Inline::Math(quantity(name, Mark::Value, network, notation)),
            ]
        }
        Because::Squares => vec![Inline::words("a square is not negative")],
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
        Reason::Milestone(Milestone::Known) => vec![Inline::words("what the sum comes to")],
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
