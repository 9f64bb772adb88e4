//! What was found out about claims: a page and JSON.

mod mistake;
mod names;
mod showing;

pub use mistake::{what, words};
pub use showing::Showing;

use super::Steps;
use super::markup::Markup;
use super::page::{Inline, Page, Row};
use crate::math::finding::{Finding, Findings, Standing};
use crate::math::law::Book;
use crate::math::name::Name;
use mistake::{counterexample, mistake};
use names::names;

/// The claims of a file: what is wrong, what is open, what is proved, and what the author's names stand for.
pub fn page(findings: &Findings, book: &Book, steps: Steps) -> Page {
    let mut page = Page { title: findings.base.name.to_string(), ..Page::default() };
    page.words(summary(findings));
    let of = |standings: &'static [Standing]| {
        findings.findings.iter().filter(|finding| standings.contains(&finding.standing)).collect::<Vec<_>>()
    };
    for finding in of(&[Standing::Refuted]) {
        let first = finding.blame.as_ref().is_none_or(|blame| blame.before.is_none());
        if first {
            refuted(finding, findings, book, steps, &mut page);
        }
    }
    for finding in of(&[Standing::Unknown]) {
        unknown(finding, book, &mut page);
    }
    let proved = of(&[Standing::Proved, Standing::ProvedRounded]);
    if !proved.is_empty() {
        page.heading(1, "Proved");
        let samples = proved.iter().map(|finding| finding.samples).min().unwrap_or(0);
        page.words(format!(
            "Both sides of each have one normal form wherever they have values, and agree on {samples} random instances{}.",
            if steps == Steps::None { "" } else { "; what else was needed stands beneath" }
        ));
        for finding in &proved {
            told_proved(finding, book, steps, &mut page);
        }
    }
    if steps != Steps::None {
        names(&proved, book, steps, &mut page);
    }
    page
}

/// `13 claims: 12 proved, 1 refuted`
pub fn summary(findings: &Findings) -> String {
    let count = |standing: Standing| findings.findings.iter().filter(|finding| finding.standing == standing).count();
    let all = findings.findings.len();
    let mut parts = Vec::new();
    for (standing, word) in [
        (Standing::Proved, "proved"),
        (Standing::ProvedRounded, "proved up to the rounding of typed constants"),
        (Standing::Refuted, "refuted"),
        (Standing::Unknown, "unknown"),
    ] {
        if count(standing) > 0 {
            parts.push(format!("{} {word}", count(standing)));
        }
    }
    format!("{all} claim{}: {}.", if all == 1 { "" } else { "s" }, parts.join(", "))
}

/// `dU: dL/dU = …`, as it was written.
fn as_written(finding: &Finding, page: &mut Page) {
    page.paragraph(vec![Inline::Code(finding.written.clone())]);
    if !finding.assumptions.is_empty() {
        page.words(format!("Assumed: {}.", finding.assumptions.join(", ")));
    }
}

fn refuted(finding: &Finding, findings: &Findings, book: &Book, steps: Steps, page: &mut Page) {
    page.heading(1, format!("{}: refuted", finding.claim));
    as_written(finding, page);
    if let Some(blame) = &finding.blame {
        mistake(blame, &Showing::of(finding, book), page);
    }
    if let Some(found) = &finding.counterexample {
        page.words(counterexample(found));
    }
    let same: Vec<&Finding> = findings
        .findings
        .iter()
        .filter(|other| other.blame.as_ref().is_some_and(|blame| blame.before.as_ref() == Some(&finding.claim)))
        .filter(|other| other.standing == Standing::Refuted)
        .collect();
    if !same.is_empty() && steps != Steps::None {
        let names: Vec<String> = same.iter().map(|other| other.claim.to_string()).collect();
        page.words(format!("The same mistake makes wrong: {}.", names.join(", ")));
    }
}

fn unknown(finding: &Finding, book: &Book, page: &mut Page) {
    page.heading(1, format!("{}: unknown", finding.claim));
    as_written(finding, page);
    if finding.samples > 0 {
        page.words(format!("Both sides agree on {} random instances, which is no proof.", finding.samples));
    }
    if let Some(open) = &finding.open {
        page.words(format!("{}.", capital(&open.reason)));
        if let Some(residual) = &open.residual {
            page.words("What is left of the difference, by entries:");
            page.equations(vec![Row::equation(Markup::same("0"), Showing::of(finding, book).formula(residual))]);
        }
    }
}

/// A proved claim and, on demand, how it comes about.
fn told_proved(finding: &Finding, book: &Book, steps: Steps, page: &mut Page) {
    as_written(finding, page);
    if steps == Steps::None {
        return;
    }
    let showing = Showing::of(finding, book);
    if steps == Steps::Full
        && let Some(claim) = &finding.proof.claim
    {
        let mut rows = vec![Row::equation(showing.gradient(&claim.left), showing.formula(&claim.written))];
        if claim.meant != claim.written {
            rows.push(Row::step(showing.formula(&claim.meant), vec![Inline::words("names as what they stand for")]));
        }
        page.equations(rows);
    }
    if let Some(needed) = needed(finding) {
        page.words(needed);
    }
}

/// What a proof needed beside the algebra of sums and products.
fn needed(finding: &Finding) -> Option<String> {
    let proof = &finding.proof;
    let mut needed = Vec::new();
    if finding.standing == Standing::ProvedRounded {
        needed.push("only up to the rounding of typed constants, which are taken for the exact ones".to_string());
    }
    if !proof.definitions.is_empty() {
        let names: Vec<&str> = proof.definitions.iter().map(Name::as_str).collect();
        needed.push(format!("with the equations of {} put in", names.join(", ")));
    }
    if !proof.laws.is_empty() {
        needed.push(format!("by {}", proof.laws.join(", ")));
    }
    if proof.cases {
        needed.push("case by case, off the kinks".to_string());
    }
    if proof.zero {
        needed.push("both sides are 0 everywhere".to_string());
    }
    (!needed.is_empty()).then(|| format!("{}.", capital(&needed.join("; "))))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
