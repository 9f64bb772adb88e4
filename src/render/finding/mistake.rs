//! What is wrong with an equation, in words.

use super::{Showing, capital};
use crate::math::expression::Term;
use crate::math::finding::{Blame, Counterexample, Kind};
use crate::math::name::Name;
use crate::math::shape::Shape;
use crate::render::page::{Inline, Page, Row};

/// What is wrong, and what would be right.
pub(super) fn mistake(blame: &Blame, showing: &Showing, page: &mut Page) {
    let formula = |term: &Term| showing.formula(term);
    let gradient = |term: &Term| showing.gradient(term);
    if blame.kind == Kind::Other && blame.at.is_none() && blame.corrected.is_none() {
        page.words(match &blame.said {
            Some(said) => format!("The sides differ; {said}."),
            None => "The sides differ.".to_string(),
        });
        return;
    }
    let place = match &blame.at {
        Some(name) => format!("The equation of `{name}` is wrong, given all others"),
        None => "This equation is wrong".to_string(),
    };
    page.words(format!("{place}: {}.", what(blame)));
    if blame.at.is_some() {
        page.paragraph(vec![Inline::words("As written: "), Inline::Code(blame.written.clone())]);
    }
    if let Some((found, wanted)) = &blame.shapes {
        page.words(shapes(found.as_ref(), wanted.as_ref(), blame.said.as_deref()));
    }
    let own = std::iter::once((blame.kind, &blame.wrong, &blame.right));
    for (kind, wrong, right) in own.chain(blame.more.iter().map(|slip| (slip.kind, &slip.wrong, &slip.right))) {
        match (wrong, right) {
            (Some(wrong), Some(right)) if kind != Kind::Other => page.paragraph(vec![
                Inline::words("Instead of "),
                Inline::Math(formula(wrong)),
                Inline::words(" it should be "),
                Inline::Math(formula(right)),
                Inline::words("."),
            ]),
            (Some(wrong), None) => {
                page.paragraph(vec![Inline::words("Too many: "), Inline::Math(formula(wrong)), Inline::words(".")]);
            }
            (None, Some(right)) if blame.corrected.as_ref().is_none_or(|(_, whole)| whole != right) => {
                page.paragraph(vec![Inline::words("Missing: "), Inline::Math(formula(right)), Inline::words(".")]);
            }
            _ => {}
        }
    }
    if blame.kind == Kind::Other && !blame.suspects.is_empty() {
        page.words(suspects(&blame.suspects));
    }
    if let Some((left, right)) = &blame.corrected {
        let numbered = left.free_names().iter().any(|name| name.as_str().starts_with('‹'));
        page.words(if numbered { "Correct is, entry by entry," } else { "Correct is" });
        let between = left.as_read().is_some_and(|read| showing.quotient(read).is_some());
        let left = if blame.at.is_none() { gradient(left) } else { formula(left) };
        page.equations(vec![Row::equation(left, formula(right))]);
        if between {
            page.words(
                "It is the derivative through every path, those through other states as well. To speak of one path alone, \
                 differentiate by an input of its own.",
            );
        }
        if !blame.also.is_empty() {
            page.words(format!(
                "where δv = ∂{}/∂v through every path, and a term whose index leaves its range is 0:",
                showing.loss()
            ));
            page.equations(
                blame.also.iter().map(|(left, right)| Row::equation(formula(left), formula(right))).collect(),
            );
        }
    }
    if let Some((at, claimed, actual)) = &blame.entry {
        page.words(format!(
            "With all others as they should be, entry {} of it gives {} where {} is right.",
            entry(at),
            number(*claimed),
            number(*actual)
        ));
    }
}

/// The mistakes in words.
pub fn what(blame: &Blame) -> String {
    let all: Vec<&str> =
        std::iter::once(blame.kind).chain(blame.more.iter().map(|slip| slip.kind)).map(words).collect();
    all.join(", and ")
}

/// A kind of mistake in words.
pub fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::MissingTerm => "a term is missing",
        Kind::ExtraTerm => "a term is too many",
        Kind::MissingFactor => "a factor is missing",
        Kind::ExtraFactor => "a factor is too many",
        Kind::WrongFactor => "a factor is wrong",
        Kind::Slope => "a function stands where its slope, or its value, should",
        Kind::WrongIndex => "an index is off",
        Kind::Transposed => "a matrix is turned the wrong way",
        Kind::Sign => "a sign is wrong",
        Kind::WrongName => "one name stands for another",
        Kind::Swapped => "two names have changed places",
        Kind::MissingSum => "a sum over an index is missing",
        Kind::Brackets => "brackets are missing or stand elsewhere",
        Kind::Operator => "an operator is wrong",
        Kind::Shape => "its shape can't be right",
        Kind::Other => "neither one small change of it nor two make it right",
    }
}

/// Names whose equations may be wrong instead.
fn suspects(names: &[Name]) -> String {
    let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "It rests on {}, which {} no derivative or value that is known here; if this equation is what was meant, the \
         mistake is there.",
        listed.join(", "),
        if names.len() == 1 { "is" } else { "are" }
    )
}

fn shapes(found: Option<&Shape>, wanted: Option<&Shape>, said: Option<&str>) -> String {
    match (found, wanted) {
        (Some(found), Some(wanted)) => format!("It gives {found}, but {wanted} is needed."),
        (None, Some(wanted)) => match said {
            Some(said) => format!("{}; {wanted} is needed.", capital(said)),
            None => format!("It must be {wanted}."),
        },
        _ => said.map_or_else(|| "The shapes do not fit.".into(), |said| format!("{}.", capital(said))),
    }
}

pub(super) fn counterexample(found: &Counterexample) -> String {
    let sizes: Vec<String> = found.sizes.iter().map(|(name, size)| format!("{name} = {size}")).collect();
    let sizes = if sizes.is_empty() { String::new() } else { format!("With {}: ", sizes.join(", ")) };
    let place = if found.at.is_empty() { String::new() } else { format!("entry {} of ", entry(&found.at)) };
    let data: Vec<String> = found
        .data
        .iter()
        .map(|(name, entries)| {
            let numbers: Vec<String> = entries.iter().map(|entry| number(*entry)).collect();
            let list = numbers.join(", ");
            if entries.len() == 1 { format!("{name} = {list}") } else { format!("{name} = ({list})") }
        })
        .collect();
    let data = if data.is_empty() { String::new() } else { format!(" for {}", data.join(", ")) };
    format!(
        "{sizes}{place}the left side is {}, the right side gives {}{data}.",
        number(found.actual),
        number(found.claimed)
    )
}

fn entry(at: &[i64]) -> String {
    let places: Vec<String> = at.iter().map(i64::to_string).collect();
    format!("({})", places.join(", "))
}

fn number(value: f64) -> String {
    if value != 0.0 && (value.abs() < 1e-3 || value.abs() >= 1e5) {
        format!("{value:.4e}")
    } else {
        format!("{value:.5}")
    }
}
