//! Statements that were put to the test → Page.

use super::flow::number;
use super::page::{Block, Inline, Page};
use crate::math::statement::{Case, Found, Tested, Verdict};

/// The page. `typed` makes of the words of a command what one types.
pub fn page(tested: &[Tested], typed: &dyn Fn(&[String]) -> String) -> Page {
    let mut page = Page { title: "Claims about gradients, tested".to_string(), ..Page::default() };
    page.note(INTRODUCTION);
    page.note(VERDICTS);
    if tested.len() > 1 {
        let row = |one: &Tested| vec![vec![Inline::words(&one.statement.says)], vec![Inline::words(word(one))]];
        page.blocks
            .push(Block::Table(vec!["what people say".into(), "verdict".into()], tested.iter().map(row).collect()));
    }
    let mut section = "";
    for one in tested {
        if one.statement.section != section {
            section = &one.statement.section;
            page.heading(1, section);
        }
        statement(&mut page, one, typed);
    }
    page
}

const INTRODUCTION: &str = "What textbooks and interview notes say about gradients, and what becomes of it when it is put to the test. Each \
    verdict is produced by the commands that stand beneath it, not written down: `nablascope claims` runs them again.";
const VERDICTS: &str = "Proved: it holds by algebra, for all sizes and numbers. Measured: it holds in all cases that were run. \
    True if: it holds wherever a condition is met, and fails where it is not. False: there is a case where it fails. Outside our \
    scope: nothing here can tell. A gain is ln of the ratio of gradient norms over one step back, the mean over seeds; χ is what \
    theory says of its square, not as a logarithm.";

fn statement(page: &mut Page, one: &Tested, typed: &dyn Fn(&[String]) -> String) {
    page.heading(2, format!("“{}”", one.statement.says));
    page.note(&format!("{}: {}. {}", one.statement.name, word(one), one.statement.because));
    if !one.as_expected() {
        page.words(format!("This is not what was expected: {}.", told(&one.statement.expected)));
    }
    let conditional = one.statement.cases.iter().any(|case| !case.met);
    for (case, found) in one.statement.cases.iter().zip(&one.cases) {
        let condition = match (conditional, case.met) {
            (false, _) => "",
            (true, true) => "Where it is so. ",
            (true, false) => "Where it is not so. ",
        };
        page.note(&format!("{condition}{} {}", case.about, outcome(case, found)));
        for run in &case.runs {
            let name = if case.runs.len() > 1 { format!("{}: ", run.name) } else { String::new() };
            page.paragraph(vec![Inline::words(name), Inline::Code(typed(&run.words))]);
        }
    }
}

/// `As said, gain(a) < 0: gain(a) is −0.2.`
fn outcome(case: &Case, found: &Found) -> String {
    let (truths, numbers): (Vec<_>, Vec<_>) = found.numbers.iter().partition(|(asked, _)| is_truth(asked));
    let mut parts: Vec<String> =
        numbers.iter().map(|(asked, value)| format!("`{asked}` is {}", short(*value))).collect();
    parts.extend(truths.iter().map(|(asked, value)| {
        let (function, _) = asked.split_once('(').unwrap_or((asked, ""));
        match (function, *value == 1.0) {
            ("proved", true) => "proved".to_string(),
            ("proved", false) | ("refuted", true) => "refuted by numbers".to_string(),
            ("refuted", false) => "proved".to_string(),
            (_, holds) => format!("`{asked}` is {}", if holds { "true" } else { "false" }),
        }
    }));
    let said = if found.holds { "As said" } else { "Not as said" };
    // Of an equality the command says what is asked.
    let asked = match numbers.is_empty() {
        true => String::new(),
        false => format!(", `{}`", case.holds.span.text().split_whitespace().collect::<Vec<_>>().join(" ")),
    };
    format!("{said}{asked}: {}.", parts.join(", "))
}

/// A number: what rounding leaves of 0 is 0, and a whole number has no digits after the point.
fn short(value: f64) -> String {
    match value {
        value if value.abs() < ROUNDING => "0".to_string(),
        value if value.fract() == 0.0 && value.abs() < 1e6 => format!("{value:.0}").replace('-', "−"),
        value => number(value),
    }
}

/// What is smaller has no digit that could be trusted.
const ROUNDING: f64 = 1e-12;

/// Whether a measure is a condition rather than a number.
fn is_truth(asked: &str) -> bool {
    ["proved(", "refuted(", "fewer(", "same(", "diverged("].iter().any(|name| asked.starts_with(name))
}

/// The verdict in words.
pub fn word(one: &Tested) -> String {
    match &one.verdict {
        Ok(verdict) => told(verdict),
        Err(reason) => format!("no verdict ({reason})"),
    }
}

/// A verdict in words.
pub fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Proved => "proved".to_string(),
        Verdict::Measured => "measured".to_string(),
        Verdict::If(condition) => format!("true if {condition}"),
        Verdict::False => "false".to_string(),
        Verdict::Outside => "outside our scope".to_string(),
    }
}
