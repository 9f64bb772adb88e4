//! What was found out about claims: a page and JSON.

use super::Steps;
use super::markup::{Markup, Symbol};
use super::notation::Notation;
use super::page::{Inline, Page, Row};
use crate::math::expression::{Mark, Op, Read, Subscript, Term};
use crate::math::finding::{Blame, Counterexample, Finding, Findings, Kind, Standing};
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::{Network, Quantity};
use crate::math::shape::Shape;
use std::collections::BTreeMap;

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

/// How the terms of a finding are shown.
pub struct Showing<'b> {
    network: Network,
    notation: Notation<'b>,
}

impl<'b> Showing<'b> {
    /// For one finding.
    pub fn of(finding: &Finding, book: &'b Book) -> Showing<'b> {
        // Without the sides of claims.
        let mut network = finding.network.clone();
        network.quantities.retain(|name, _| !name.as_str().contains('·') && !name.as_str().starts_with('∂'));
        Showing { notation: Notation::of(&network, book), network }
    }

    /// A term; derivatives of the loss are δ.
    pub fn formula(&self, term: &Term) -> Markup {
        self.notation.formula(&self.readable(term))
    }

    /// A left side; derivatives of the loss are ∂L/∂.
    pub fn gradient(&self, term: &Term) -> Markup {
        if let Some(quotient) = term.as_read().and_then(|read| self.quotient(read)) {
            return quotient;
        }
        let term = self.readable(term);
        match term.as_read() {
            Some(read) if read.mark == Mark::Adjoint => self.notation.gradient(read),
            _ => self.notation.formula(&term),
        }
    }

    /// What the derivatives are of.
    fn loss(&self) -> Name {
        self.network.loss.clone().unwrap_or_else(|| "L".into())
    }

    /// `∂h_t/∂h_{t−1}`, of what is no loss.
    fn quotient(&self, read: &Read) -> Option<Markup> {
        let (of, by) = read.quantity.as_str().strip_prefix('∂')?.split_once("/∂")?;
        let loss = self.loss();
        let of = self.network.quantity(&Name::new(of)).filter(|_| of != loss.as_str())?;
        let by = self.network.quantity(&Name::new(by))?;
        // Index axes of both stand before the entries of both.
        let mut subscripts = read.subscripts.iter().cloned();
        let mut take = |count: usize| -> Vec<Subscript> { subscripts.by_ref().take(count).collect() };
        let (mut own, mut other) = (take(of.axes.len()), take(by.axes.len()));
        own.extend(take(of.shape.axes().len()));
        other.extend(take(by.shape.axes().len()));
        // Letters of entries are chosen for both at once.
        let letters = self.letters(&Term::read(read.clone()));
        let partial = |quantity: &Quantity, subscripts: Vec<Subscript>| {
            let part = Term::read(Read { subscripts, ..quantity.read(Mark::Value) });
            let inner = self.notation.formula(&self.readable(&part.at(&letters)));
            Box::new(Markup::Prefix(Symbol::new("∂", r"\partial "), Box::new(inner)))
        };
        Some(Markup::Quotient(partial(of, own), partial(by, other)))
    }

    /// Whether a term shows a derivative.
    fn has_adjoint(&self, term: &Term) -> bool {
        self.readable(term).reads().iter().any(|read| read.mark != Mark::Value)
    }

    /// Derivatives and upstream gradients look like those of derivations, and entries are numbered by letters.
    fn readable(&self, term: &Term) -> Term {
        let network = &self.network;
        let loss = network.loss.clone().unwrap_or_else(|| "L".into());
        let derivative = |name: &Name| {
            let (of, by) = name.as_str().strip_prefix('∂')?.split_once("/∂")?;
            (of == loss.as_str()).then(|| Name::new(by))
        };
        let upstream = |name: &Name| {
            let output = Name::new(name.as_str().strip_prefix("G_")?);
            (network.loss.is_none() && network.outputs.contains(&output)).then_some(output)
        };
        let term = term.map(&mut |part| {
            // Rows are columns that were turned, twice where an author turned a matrix.
            if *part.op() == Op::Transpose && *part.args()[0].op() == Op::Transpose {
                return part.args()[0].args()[0].clone();
            }
            let Op::Read(read) = part.op() else { return part };
            if let Some(quantity) = derivative(&read.quantity) {
                return Term::read(Read { quantity, mark: Mark::Adjoint, ..read.clone() });
            }
            match upstream(&read.quantity) {
                Some(quantity) => Term::read(Read { quantity, mark: Mark::Upstream, ..read.clone() }),
                None => part,
            }
        });
        term.at(&self.letters(&term))
    }

    /// Letters that number entries.
    fn letters(&self, term: &Term) -> BTreeMap<Name, Integer> {
        let network = &self.network;
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
        put
    }
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

/// What the author's names stand for, and why: once for all claims.
fn names(proved: &[&Finding], book: &Book, steps: Steps, page: &mut Page) {
    let mut told: Vec<(Markup, Markup)> = Vec::new();
    let (mut rows, mut chains, mut along) = (Vec::new(), Vec::new(), Vec::new());
    let mut values = true;
    for finding in proved {
        let showing = Showing::of(finding, book);
        for stand in &finding.proof.stands {
            let (left, right) = (showing.formula(&stand.left), showing.formula(&stand.right));
            if told.contains(&(left.clone(), right.clone())) {
                continue;
            }
            told.push((left.clone(), right.clone()));
            let why = match &stand.along {
                Some(letter) => format!("by induction along {letter}"),
                None => "by its equation".to_string(),
            };
            let value = !showing.has_adjoint(&stand.right);
            values &= value;
            along.extend(stand.along.clone().map(|letter| (letter, value)).filter(|one| !along.contains(one)));
            let why = Some(vec![Inline::words(why)]);
            rows.push(Row { caption: why, ..Row::equation(left, right.clone()) });
            for equation in &stand.equations {
                let mut chain =
                    vec![Row::equation(showing.formula(&equation.left), showing.formula(&equation.written))];
                if equation.meant != equation.written {
                    let why = "names as what they stand for, one step on by induction";
                    let why = if stand.along.is_some() { why } else { "names as what they stand for" };
                    chain.push(Row::step(showing.formula(&equation.meant), vec![Inline::words(why)]));
                }
                let line = if value { "the network's own equation" } else { "the derived line" };
                let why = vec![Inline::words(format!("{line}; both have one normal form"))];
                chain.push(Row::step(right.clone(), why));
                chains.push(chain);
            }
        }
    }
    if rows.is_empty() {
        return;
    }
    page.heading(1, "The author's names");
    let loss = proved.first().map_or("L".into(), |finding| Showing::of(finding, book).loss());
    page.words(match values {
        true => "They stand for these values of the network:".to_string(),
        false => format!("They stand for these derivatives, where δv = ∂{loss}/∂v through every path:"),
    });
    page.equations(rows);
    for (letter, value) in along {
        if value {
            page.words(format!(
                "Induction along {letter}, forwards: they start alike. If they hold at {letter} − 1, their equations give \
                 them at {letter}."
            ));
            continue;
        }
        page.words(format!(
            "Induction along {letter}, backwards: past the end all of them are 0 on both sides. If they hold at {letter} + 1, \
             their equations give them at {letter}."
        ));
    }
    if steps == Steps::Full {
        chains.into_iter().for_each(|chain| page.equations(chain));
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// What is wrong, and what would be right.
fn mistake(blame: &Blame, showing: &Showing, page: &mut Page) {
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
    if value != 0.0 && (value.abs() < 1e-3 || value.abs() >= 1e5) {
        format!("{value:.4e}")
    } else {
        format!("{value:.5}")
    }
}
