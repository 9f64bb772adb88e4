//! What was found out about claims: a page and JSON.

use super::json::Formula;
use super::markup::Markup;
use super::notation::Notation;
use super::page::{Inline, Page, Row};
use super::to_json::{finite, formula};
use crate::math::expression::{Mark, Op, Read, Term};
use crate::math::finding::{Blame, Counterexample, Finding, Findings, Kind, Standing};
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::shape::Shape;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The claims of a file, one after the other.
pub fn page(findings: &Findings, book: &Book) -> Page {
    let mut page = Page { title: findings.base.name.to_string(), ..Page::default() };
    for finding in &findings.findings {
        one(finding, book, &mut page);
    }
    page.heading(1, "Summary");
    page.words(summary(findings));
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

/// What a reader is shown of a network: without the sides of claims.
fn shown(network: &Network) -> Network {
    let mut shown = network.clone();
    shown.quantities.retain(|name, _| !name.as_str().contains('·') && !name.as_str().starts_with('∂'));
    shown
}

/// Derivatives look like derivatives, and entries are numbered by letters.
fn readable(term: &Term, network: &Network) -> Term {
    let loss = network.loss.clone().unwrap_or_else(|| "L".into());
    let derivative = |name: &Name| {
        let (of, by) = name.as_str().strip_prefix('∂')?.split_once("/∂")?;
        (of == loss.as_str()).then(|| Name::new(by))
    };
    let term = term.map(&mut |part| {
        // Rows are columns that were turned, twice where an author turned a matrix.
        if *part.op() == Op::Transpose && *part.args()[0].op() == Op::Transpose {
            return part.args()[0].args()[0].clone();
        }
        let Op::Read(read) = part.op() else { return part };
        match derivative(&read.quantity) {
            Some(quantity) => Term::read(Read { quantity, mark: Mark::Adjoint, ..read.clone() }),
            None => part,
        }
    });
    let taken = |letter: &str| network.indices.contains_key(letter) || network.quantities.contains_key(letter);
    let mut spare = ["i", "j", "k", "m", "p", "q", "r", "a", "b", "e"].iter().filter(|letter| !taken(letter));
    let mut put: BTreeMap<Name, Integer> = BTreeMap::new();
    for name in term.free_names() {
        if name.as_str().starts_with('‹')
            && let Some(letter) = spare.next()
        {
            put.insert(name, Integer::name(*letter));
        }
    }
    term.at(&put)
}

fn one(finding: &Finding, book: &Book, page: &mut Page) {
    let network = shown(&finding.network);
    let notation = Notation::of(&network, book);
    let formula = |term: &Term| notation.formula(&readable(term, &network));
    let gradient = |term: &Term| {
        let term = readable(term, &network);
        match term.as_read() {
            Some(read) if read.mark == Mark::Adjoint => notation.gradient(read),
            _ => notation.formula(&term),
        }
    };
    let verdict = match finding.standing {
        Standing::Proved => "proved",
        Standing::ProvedRounded => "proved up to the rounding of typed constants",
        Standing::Unknown => "unknown",
        Standing::Refuted => "REFUTED",
    };
    page.heading(1, format!("{}: {verdict}", finding.claim));
    page.paragraph(vec![Inline::Code(finding.written.clone())]);
    if !finding.assumptions.is_empty() {
        page.words(format!("Assumed: {}.", finding.assumptions.join(", ")));
    }
    match finding.standing {
        Standing::Refuted => {
            if let Some(blame) = &finding.blame {
                refuted(blame, &formula, &gradient, page);
            }
            if let Some(found) = &finding.counterexample {
                page.words(counterexample(found));
            }
        }
        Standing::Proved | Standing::ProvedRounded => proved(finding, &formula, page),
        Standing::Unknown => {
            if finding.samples > 0 {
                page.words(format!(
                    "Both sides agree on {} random instances, which is no proof.",
                    finding.samples
                ));
            }
            if let Some(open) = &finding.open {
                page.words(format!("{}.", capital(&open.reason)));
                if let Some(residual) = &open.residual {
                    page.words("What is left of the difference, by entries:");
                    page.equations(vec![Row::equation(Markup::same("0"), formula(residual))]);
                }
            }
        }
    }
}

/// How a term is shown.
type Show<'s> = dyn Fn(&Term) -> Markup + 's;

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

fn refuted(blame: &Blame, formula: &Show, gradient: &Show, page: &mut Page) {
    let place = match &blame.at {
        Some(name) => format!("The equation of `{name}` is wrong, given all others"),
        None => "This equation is wrong".to_string(),
    };
    if let Some(before) = &blame.before {
        let name = blame.at.as_ref().map_or_else(|| "it".to_string(), |name| format!("`{name}`"));
        page.words(format!("It follows from the mistake in the equation of {name}, told at {before}."));
        return;
    }
    page.words(format!("{place}: {}.", what(blame)));
    if blame.at.is_some() {
        page.paragraph(vec![Inline::words("As written: "), Inline::Code(blame.written.clone())]);
    }
    if let Some((found, wanted)) = &blame.shapes {
        page.words(shapes(found.as_ref(), wanted.as_ref(), blame.said.as_deref()));
    }
    match (&blame.wrong, &blame.right) {
        (Some(wrong), Some(right)) if blame.kind != Kind::Other => page.paragraph(vec![
            Inline::words("Instead of "),
            Inline::Math(formula(wrong)),
            Inline::words(" it should be "),
            Inline::Math(formula(right)),
            Inline::words("."),
        ]),
        (Some(wrong), None) => page.paragraph(vec![
            Inline::words("Too many: "),
            Inline::Math(formula(wrong)),
            Inline::words("."),
        ]),
        (None, Some(right)) if blame.corrected.as_ref().is_none_or(|(_, whole)| whole != right) => {
            page.paragraph(vec![Inline::words("Missing: "), Inline::Math(formula(right)), Inline::words(".")]);
        }
        _ => {}
    }
    if let Some((left, right)) = &blame.corrected {
        page.words("Correct is");
        let left = if blame.at.is_none() { gradient(left) } else { formula(left) };
        page.equations(vec![Row::equation(left, formula(right))]);
        if !blame.also.is_empty() {
            page.words("where δv = ∂L/∂v through every path, and a term whose index leaves its range is 0:");
            page.equations(blame.also.iter().map(|(left, right)| Row::equation(formula(left), formula(right))).collect());
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

fn what(blame: &Blame) -> String {
    match blame.kind {
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
        Kind::Other => "it differs in more than one place",
    }
    .to_string()
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

fn counterexample(found: &Counterexample) -> String {
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
    if value != 0.0 && (value.abs() < 1e-3 || value.abs() >= 1e5) { format!("{value:.4e}") } else { format!("{value:.5}") }
}

fn proved(finding: &Finding, formula: &Show, page: &mut Page) {
    let proof = &finding.proof;
    let rows: Vec<Row> = proof
        .stands
        .iter()
        .map(|stand| {
            let why = match &stand.along {
                Some(letter) => format!("backwards: past the end both are 0; equal at {letter} + 1, so equal at {letter}"),
                None => "by its equation".to_string(),
            };
            Row { caption: Some(vec![Inline::words(why)]), ..Row::equation(formula(&stand.left), formula(&stand.right)) }
        })
        .collect();
    if !rows.is_empty() {
        page.words("The author's names stand for");
        page.equations(rows);
    }
    let mut how = vec!["the normal form".to_string()];
    if !proof.definitions.is_empty() {
        let names: Vec<&str> = proof.definitions.iter().map(Name::as_str).collect();
        how.push(format!("the equations of {}", names.join(", ")));
    }
    if !proof.laws.is_empty() {
        how.push(format!("the laws {}", proof.laws.join(", ")));
    }
    if proof.cases {
        how.push("cases told apart, off the kinks".to_string());
    }
    if finding.standing == Standing::ProvedRounded {
        how = vec!["the normal form; the typed constants are the exact ones, rounded".to_string()];
    }
    page.words(format!("By {}. Both sides agree on {} random instances.", how.join("; "), finding.samples));
}

/// What `check` and `prove` print.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Checked {
    /// The name of the network.
    pub network: String,
    /// One for each claim, in the order of the file.
    pub claims: Vec<Judged>,
}

/// What was found out about a claim.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Judged {
    /// What the claim is called.
    pub name: String,
    /// `proved`, `refuted` or `unknown`.
    pub verdict: &'static str,
    /// Whether it holds only up to the rounding of constants that were typed with few digits.
    pub up_to_rounding: bool,
    /// The claim as written.
    pub claim: String,
    /// What it assumes.
    pub assumptions: Vec<String>,
    /// On how many random instances both sides were compared.
    pub samples: usize,
    /// For a refuted claim: which equation is wrong, and how.
    pub blame: Option<Blamed>,
    /// For a refuted claim: an entry at which the sides differ.
    pub counterexample: Option<Counter>,
    /// For a proved claim: how.
    pub proof: Option<Proved>,
    /// For an unknown claim: why.
    pub open: Option<Left>,
}

/// Which equation is wrong, and how.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Blamed {
    /// The author's name whose equation is wrong; null for the claim itself.
    pub at: Option<String>,
    /// The equation as written.
    pub equation: String,
    /// `missing term`, `wrong sign`, `wrong index` and so on.
    pub kind: &'static str,
    /// The part that is wrong.
    pub wrong_term: Option<Formula>,
    /// What it should be, or what is missing.
    pub correct_term: Option<Formula>,
    /// The equation as it should be.
    pub corrected: Option<Corrected>,
    /// What the derivatives in it are, where the author has no names for them.
    #[serde(rename = "where")]
    pub where_: Vec<Corrected>,
    /// The shape that the equation has, and the one it must have.
    pub shape: Option<String>,
    /// The shape that is needed.
    pub needed_shape: Option<String>,
    /// The entry of the equation itself: what it gives, the others as they should be, and what is right.
    pub entry: Option<Counter>,
    /// The claim at which the same mistake was told.
    pub told_at: Option<String>,
}

/// `left = right`
#[derive(Serialize, JsonSchema, Debug)]
pub struct Corrected {
    /// The left side.
    pub left: Formula,
    /// The right side.
    pub right: Formula,
}

/// An entry at which two sides differ.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Counter {
    /// The sizes of the instance.
    pub sizes: BTreeMap<String, i64>,
    /// The entry: values of the indices, then entries counted from 1.
    pub at: Vec<i64>,
    /// What is claimed; null when it is no number.
    pub claimed: Option<f64>,
    /// What is true.
    pub actual: Option<f64>,
}

/// How a claim was proved.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Proved {
    /// What the author's names stand for.
    pub stands: Vec<Corrected>,
    /// Quantities of the network whose equations were put in.
    pub definitions: Vec<String>,
    /// Laws beside the algebra of sums and products.
    pub laws: Vec<String>,
}

/// What is left open.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Left {
    /// Why.
    pub reason: String,
    /// What is left of the difference.
    pub residual: Option<Formula>,
}

/// The findings as JSON.
pub fn json(findings: &Findings, book: &Book) -> Checked {
    let claims = findings.findings.iter().map(|finding| judged(finding, book)).collect();
    Checked { network: findings.base.name.to_string(), claims }
}

fn judged(finding: &Finding, book: &Book) -> Judged {
    let network = shown(&finding.network);
    let notation = Notation::of(&network, book);
    let formula = |term: &Term| formula(&notation.formula(&readable(term, &network)));
    let pair = |(left, right): &(Term, Term)| Corrected { left: formula(left), right: formula(right) };
    let refuted = finding.standing == Standing::Refuted;
    let blame = finding.blame.as_ref().filter(|_| refuted).map(|blame| Blamed {
        at: blame.at.as_ref().map(Name::to_string),
        equation: blame.written.clone(),
        kind: blame.kind.words(),
        wrong_term: blame.wrong.as_ref().map(&formula),
        correct_term: blame.right.as_ref().map(&formula),
        corrected: blame.corrected.as_ref().map(pair),
        where_: blame.also.iter().map(pair).collect(),
        shape: blame.shapes.as_ref().and_then(|(found, _)| found.as_ref()).map(Shape::to_string),
        needed_shape: blame.shapes.as_ref().and_then(|(_, wanted)| wanted.as_ref()).map(Shape::to_string),
        entry: blame.entry.as_ref().map(|(at, claimed, actual)| Counter {
            sizes: BTreeMap::new(),
            at: at.clone(),
            claimed: finite(*claimed),
            actual: finite(*actual),
        }),
        told_at: blame.before.as_ref().map(Name::to_string),
    });
    let counterexample = finding.counterexample.as_ref().filter(|_| refuted).map(|found| Counter {
        sizes: found.sizes.iter().map(|(name, size)| (name.to_string(), *size)).collect(),
        at: found.at.clone(),
        claimed: finite(found.claimed),
        actual: finite(found.actual),
    });
    let proof = matches!(finding.standing, Standing::Proved | Standing::ProvedRounded).then(|| Proved {
        stands: finding.proof.stands.iter().map(|one| pair(&(one.left.clone(), one.right.clone()))).collect(),
        definitions: finding.proof.definitions.iter().map(Name::to_string).collect(),
        laws: finding.proof.laws.clone(),
    });
    let open = finding.open.as_ref().filter(|_| finding.standing == Standing::Unknown);
    Judged {
        name: finding.claim.to_string(),
        verdict: finding.standing.word(),
        up_to_rounding: finding.standing == Standing::ProvedRounded,
        claim: finding.written.clone(),
        assumptions: finding.assumptions.clone(),
        samples: finding.samples,
        blame,
        counterexample,
        proof,
        open: open.map(|open| Left {
            reason: open.reason.clone(),
            residual: open.residual.as_ref().map(&formula),
        }),
    }
}
