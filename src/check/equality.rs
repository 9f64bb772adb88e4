//! One equality, with or without a network: it becomes a claim of a file, which is checked.

use crate::gallery;
use crate::math::finding::Findings;
use crate::math::source::{Diagnostic, Outcome, Source, Span};
use crate::parse::{self, expression::Dialect};
use std::collections::BTreeSet;

/// An equality as it was typed.
pub struct Equality<'t> {
    /// `A = B`
    pub text: &'t str,
    /// `A : M × N, x : N`
    pub given: &'t Option<String>,
    /// `a > 0`, …
    pub assumed: &'t [String],
}

/// More ways to read undeclared names are not tried.
const READINGS: usize = 400;

/// What the claim of an equality is called.
const NAME: &str = "equality";

/// Proves or refutes an equality. Without a network its names are declared as it says, or as makes sense: numbers first, then
/// vectors and matrices of one size.
pub fn prove(
    equality: &Equality,
    network: Option<&Source>,
    settings: &[String],
    load: &dyn Fn(&str) -> Result<Source, String>,
) -> Outcome<Findings> {
    let typed = Source::new("equality", equality.text);
    let (left, right) = parse::expression::equation(&typed, 0..equality.text.len(), Dialect::Network)?;
    let assumed =
        if equality.assumed.is_empty() { String::new() } else { format!(" when {}", equality.assumed.join(", ")) };
    let claim = Source::new("equality", format!("claim {NAME}: {}{assumed}\n", equality.text));
    if let Some(network) = network {
        let source = Source::new(&*network.name, without_claims(network)?);
        return crate::check(&source, Some(&claim), settings, load).map(|(findings, _)| findings);
    }
    let networks = [left.span.text().trim(), right.span.text().trim()].map(gallery::network);
    if let [Some(one), Some(other)] = &networks
        && equality.given.is_none()
    {
        return super::networks::compare(one, other, load);
    }
    if let Some(place) = crate::resolve::derivative(&[&left, &right]) {
        return Err(vec![
            Diagnostic::error("a derivative is of something that a network computes")
                .at(&place, "no network is given")
                .hint("name one: `--in NET`"),
        ]);
    }
    let names = crate::resolve::unknown_names(&[&left, &right], crate::book()?);
    let mut first = None;
    for declared in declarations(equality.given.as_deref(), &names, &typed)? {
        let source = Source::new("declarations", format!("network prove\n{declared}"));
        match crate::check(&source, Some(&claim), settings, load) {
            Ok((findings, _)) => {
                let fits = |finding: &crate::math::finding::Finding| {
                    finding.blame.as_ref().is_none_or(|blame| blame.kind != crate::math::finding::Kind::Shape)
                };
                if findings.findings.iter().all(fits) {
                    return Ok(findings);
                }
                first.get_or_insert(Ok(findings));
            }
            Err(errors) => {
                first.get_or_insert(Err(errors));
            }
        }
    }
    first.unwrap_or_else(|| {
        let place = Span { source: typed.clone(), start: 0, end: typed.text.len() };
        Err(vec![Diagnostic::error("this equality has no meaning").at(&place, "no shapes fit its names")])
    })
}

/// The text of a network, its claims left out: only what is asked is answered.
fn without_claims(network: &Source) -> Outcome<String> {
    let file = parse::network(network)?;
    let mut text = String::new();
    let mut from = 0;
    for statement in &file.statements {
        if matches!(statement.node, crate::math::syntax::Statement::Claim(_)) {
            text.push_str(network.text.get(from..statement.span.start).unwrap_or_default());
            from = statement.span.end;
        }
    }
    text.push_str(network.text.get(from..).unwrap_or_default());
    Ok(text)
}

/// Declarations of the names of an equality, the simplest first.
fn declarations(given: Option<&str>, names: &[String], typed: &Source) -> Outcome<Vec<String>> {
    // A network computes something; what it computes is not asked about.
    let output = "nothing_ = 0 * one_\ninput one_\n";
    if let Some(given) = given {
        let words: BTreeSet<&str> = given
            .split(',')
            .filter_map(|part| part.split_once(':'))
            .flat_map(|(_, shape)| shape.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
            .filter(|word| word.starts_with(|letter: char| letter.is_alphabetic()) && *word != "by")
            .collect();
        let sizes: Vec<&str> = words.into_iter().collect();
        let sizes = if sizes.is_empty() { String::new() } else { format!("size {}\n", sizes.join(", ")) };
        return Ok(vec![format!("{sizes}input {given}\n{output}")]);
    }
    if names.len() > 12 {
        let place = Span { source: typed.clone(), start: 0, end: typed.text.len() };
        return Err(vec![
            Diagnostic::error("there are too many names whose shapes are not known")
                .at(&place, format!("{} of them", names.len()))
                .hint("declare them: `--given 'A : M × N, x : N'`"),
        ]);
    }
    let shapes = ["", " : N", " : N × N"];
    let mut found: Vec<(usize, String)> = Vec::new();
    for number in 0..3usize.saturating_pow(names.len() as u32).min(READINGS * 3) {
        let (mut rest, mut weight) = (number, 0);
        let mut declared = Vec::new();
        for name in names {
            let shape = rest % 3;
            rest /= 3;
            weight += shape;
            declared.push(format!("input {name}{}\n", shapes[shape]));
        }
        let sizes = if weight > 0 { "size N\n" } else { "" };
        found.push((weight, format!("{sizes}{}{output}", declared.concat())));
    }
    found.sort_by_key(|(weight, _)| *weight);
    Ok(found.into_iter().take(READINGS).map(|(_, declared)| declared).collect())
}
