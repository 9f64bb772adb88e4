//! Activations → a table, a page for each with a picture, or one picture of all.

use super::jacobian::Writer;
use super::markup::{Markup, Symbol};
use super::notation::Notation;
use super::page::{Block, Inline, Page, Row};
use crate::math::activation::{Activation, Survey};
use crate::math::expression::{Mark, Term};
use crate::math::law::Book;
use crate::math::network::Role;

/// Slopes that take more columns are left to the page of the function.
const WIDEST: usize = 44;
/// Places beyond this stand for an end that is only approached.
const FAR: f64 = 25.0;

/// The table of all of them. `left_out` are functions that could not be surveyed, each with the reason.
pub fn table(all: &[Activation], left_out: &[(String, String)], book: &Book) -> Page {
    let mut page = Page { title: "Activations".into(), ..Page::default() };
    page.paragraph(vec![
        Inline::words("Each function of one number, "),
        Inline::Math(Markup::equals(Markup::same("y"), Markup::Call(Box::new(Markup::same("f")), vec![Markup::same("u")]))),
        Inline::words(
            ", with its derived slope. Steepest: the largest absolute slope. Saturates: beyond this the slope stays below \
             1 % of it. Slope 0: where no gradient passes at all. Zeros: how often y is exactly 0 when u is drawn from a \
             standard normal distribution. `nablascope activations NAME` shows one in full, with a picture.",
        ),
    ]);
    let head = ["function", "slope", "steepest", "saturates", "slope 0", "jumps", "zeros"];
    let rows = all.iter().map(|one| {
        let survey = &one.survey;
        let words = |text: String| vec![Inline::words(text)];
        vec![
            vec![Inline::Code(one.name.to_string())],
            vec![brief(slope(one, book))],
            words(steepest(survey)),
            words(saturates(survey)),
            words(dead(survey)),
            words(kinks(survey)),
            words(format!("{:.0} %", 100.0 * survey.zeros)),
        ]
    });
    page.blocks.push(Block::Table(head.map(String::from).to_vec(), rows.collect()));
    for one in all.iter().filter(|one| one.survey.kinks.iter().any(|kink| kink.jump)) {
        page.words(format!(
            "{} is not differentiable: its value jumps, and a slope of 0 says nothing of that.",
            one.name
        ));
    }
    for (name, reason) in left_out {
        page.words(format!("{name} is left out: {reason}."));
    }
    page.words("At a jump of the slope its value is a convention: relu′(0) = |·|′(0) = 0, and of equal arguments of max or min the first one counts.");
    page
}

/// A formula, or dots for one that would not fit.
fn brief(slope: Markup) -> Inline {
    let wide = super::text::columns(&super::text::text(&slope)) > WIDEST;
    if wide { Inline::words("…") } else { Inline::Math(slope) }
}

/// One of them, with how it is defined.
pub fn detail(one: &Activation, book: &Book) -> Page {
    let notation = Notation::of(&one.network, book);
    let mut page = Page { title: one.name.to_string(), ..Page::default() };
    let mut rows: Vec<Row> = Vec::new();
    for equation in &one.network.equations {
        rows.push(Row::equation(
            super::derivation::left(equation, &one.network, &notation),
            notation.formula(&equation.body),
        ));
    }
    let partial = |name| Markup::Prefix(Symbol::new("d", r"\mathrm{d}"), Box::new(Markup::same(name)));
    rows.push(Row::equation(Markup::Quotient(Box::new(partial("y")), Box::new(partial("u"))), slope(one, book)));
    page.equations(rows);
    let facts = [
        ("steepest", steepest(&one.survey)),
        ("saturates", saturates(&one.survey)),
        ("slope 0", dead(&one.survey)),
        ("jumps", kinks(&one.survey)),
        ("zeros", format!("{:.0} %", 100.0 * one.survey.zeros)),
    ];
    let rows = facts.into_iter().map(|(what, fact)| vec![vec![Inline::words(what)], vec![Inline::words(fact)]]);
    page.blocks.push(Block::Table(vec!["property".into(), "value".into()], rows.collect()));
    page
}

/// dy/du with the names of parts written out.
pub fn slope(one: &Activation, book: &Book) -> Markup {
    let Some(mut jacobian) = one.jacobian.clone() else { return Markup::same("0") };
    let network = jacobian.network.clone();
    let meaning = |term: Term| {
        let mut term = term;
        // Parts are made of earlier parts.
        for _ in 0..8 {
            let body = |part: &Term| {
                let read = part.as_read().filter(|read| read.mark == Mark::Value)?;
                let named = network.quantity(&read.quantity)?.role == Role::Named;
                let equation = network.equations_of(&read.quantity).next().filter(|_| named)?;
                Some(equation.body.clone())
            };
            let put = term.map(&mut |part| body(&part).unwrap_or(part));
            if put == term {
                break;
            }
            term = put;
        }
        term
    };
    for block in jacobian.blocks.iter_mut().chain(&mut jacobian.inner) {
        block.terms.iter_mut().for_each(|path| path.term = meaning(path.term.clone()));
    }
    let writer = Writer { jacobian: &jacobian, notation: Notation::of(&network, book) };
    jacobian.blocks.first().map_or_else(|| Markup::same("0"), |block| writer.sum(block))
}

/// A number with at most four digits behind the point.
pub fn short(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.replace('-', "−") }
}

fn steepest(survey: &Survey) -> String {
    match survey.steepest {
        None => "grows without end".into(),
        Some(point) if point.slope == 0.0 => "0".into(),
        Some(point) => {
            // Where the slope is the same all around, no place is special.
            let alike = survey.curve.iter().filter(|other| (other.slope.abs() - point.slope).abs() < 1e-9).count();
            match point.at {
                _ if alike > 8 => short(point.slope),
                at if at > FAR => format!("{} as u → ∞", short(point.slope)),
                at if at < -FAR => format!("{} as u → −∞", short(point.slope)),
                at => format!("{} at {}", short(point.slope), short(at)),
            }
        }
    }
}

fn saturates(survey: &Survey) -> String {
    let end = |place: f64| short((place * 10.0).round() / 10.0);
    match (survey.faint_below, survey.faint_above) {
        (Some(low), Some(high)) => format!("u < {}, u > {}", end(low), end(high)),
        (Some(low), None) => format!("u < {}", end(low)),
        (None, Some(high)) => format!("u > {}", end(high)),
        (None, None) => "–".into(),
    }
}

fn dead(survey: &Survey) -> String {
    let part = |(low, high): &(f64, f64)| match (low.is_finite(), high.is_finite()) {
        (false, false) => "everywhere".to_string(),
        (false, true) => format!("u < {}", short(*high)),
        (true, false) => format!("u > {}", short(*low)),
        (true, true) => format!("{} < u < {}", short(*low), short(*high)),
    };
    let parts: Vec<String> = survey.dead.iter().map(part).collect();
    match survey.kinks.as_slice() {
        [kink] if kink.jump && survey.dead.len() == 2 => "everywhere".into(),
        _ if parts.is_empty() => "–".into(),
        _ => parts.join(", "),
    }
}

fn kinks(survey: &Survey) -> String {
    let place = |kink: &crate::math::activation::Kink| {
        format!("{}{}", short(kink.at), if kink.jump { " (the value, too)" } else { "" })
    };
    let places: Vec<String> = survey.kinks.iter().map(place).collect();
    if places.is_empty() { "–".into() } else { places.join(", ") }
}
