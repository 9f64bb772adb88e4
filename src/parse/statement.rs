//! Statements about gradients: lines that begin with a word, and go on in lines that are indented further.
//!
//! ```text
//! section Depth
//!
//! statement deeper-is-worse
//! says      The deeper a network, the more its gradient vanishes.
//! verdict   true if a step makes gradients smaller
//! because   …
//! case      Weights that are too small.
//! run a     sweep mlp_deep --set sigma_w=0.8
//! holds     gain(a) < 0
//! otherwise Weights that keep lengths.
//! run a     sweep mlp_deep --set sigma_w=1.1
//! holds     gain(a) < 0
//! ```

use super::expression::{Dialect, expression};
use super::scan;
use crate::math::source::{Diagnostic, Outcome, Source, Span};
use crate::math::statement::{Case, Run, Statement, Verdict};
use crate::math::syntax::Written;
use std::ops::Range;

const WORDS: [&str; 8] = ["section", "statement", "says", "verdict", "because", "case", "otherwise", "run"];

/// A line with all that goes on beneath it.
struct Item<'s> {
    word: &'s str,
    /// Where the rest of the words stand.
    range: Range<usize>,
    span: Span,
}

/// A case as far as it is read.
struct Draft<'i, 's> {
    head: &'i Item<'s>,
    runs: Vec<Run>,
    holds: Option<Written>,
}

/// Reads a whole file.
pub fn statements(source: &Source) -> Outcome<Vec<Statement>> {
    scan::text(source).map_err(|error| vec![error])?;
    let (mut found, mut section) = (Vec::new(), String::new());
    let mut items = items(source)?.into_iter().peekable();
    while let Some(item) = items.next() {
        match item.word {
            "section" => section = text(source, &item),
            "statement" => {
                let mut own = Vec::new();
                while let Some(next) = items.next_if(|next| !["section", "statement"].contains(&next.word)) {
                    own.push(next);
                }
                found.push(statement(source, &item, own, &section)?);
            }
            word => return Err(vec![wrong(&item, format!("`{word}` belongs to a statement")).hint(FORM)]),
        }
    }
    let mut names: Vec<(&str, &Span)> = found.iter().map(|one| (one.name.as_str(), &one.span)).collect();
    names.sort_by_key(|(name, span)| (*name, span.start));
    if let Some(pair) = names.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(vec![
            Diagnostic::error(format!("there are two statements called `{}`", pair[1].0)).at(pair[1].1, "the second"),
        ]);
    }
    Ok(found)
}

const FORM: &str = "a statement is `statement NAME` with lines `says`, `verdict`, `because`, and cases: `case` (or `otherwise`), `run NAME COMMAND`, `holds CONDITION`";

fn items(source: &Source) -> Outcome<Vec<Item<'_>>> {
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let (begin, length) = (start, line.trim_end().len());
        start += line.len();
        let content = line.trim_start();
        if content.trim_end().is_empty() || content.starts_with('#') {
            continue;
        }
        let at = begin + line.len() - content.len();
        let word = content.split_whitespace().next().unwrap_or_default();
        let span = |end: usize| Span { source: source.clone(), start: at, end };
        if line.starts_with([' ', '\t']) {
            let Some(last) = items.last_mut() else {
                return Err(vec![
                    Diagnostic::error("a line that goes on, but nothing before it")
                        .at(&span(at + word.len()), "")
                        .hint(FORM),
                ]);
            };
            last.range.end = begin + length;
        } else if WORDS.contains(&word) || word == "holds" {
            let word_end = at + word.len();
            items.push(Item {
                word: &source.text[at..word_end],
                range: word_end..begin + length,
                span: span(word_end),
            });
        } else {
            return Err(vec![
                Diagnostic::error(format!("no line begins with `{word}`")).at(&span(at + word.len()), "").hint(FORM),
            ]);
        }
    }
    Ok(items)
}

fn statement(source: &Source, head: &Item<'_>, items: Vec<Item<'_>>, section: &str) -> Outcome<Statement> {
    let name = text(source, head);
    if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') {
        return Err(vec![wrong(head, "a statement has a name of letters, digits and `-`".into())]);
    }
    let (mut says, mut verdict, mut because) = (None, None, None);
    let mut cases: Vec<Draft<'_, '_>> = Vec::new();
    for item in &items {
        let homeless = || vec![wrong(item, format!("`{}` belongs to a case", item.word)).hint(FORM)];
        match item.word {
            "says" => says = Some(text(source, item)),
            "because" => because = Some(text(source, item)),
            "verdict" => verdict = Some(self::verdict(source, item)?),
            "case" | "otherwise" => cases.push(Draft { head: item, runs: Vec::new(), holds: None }),
            "run" => cases.last_mut().ok_or_else(homeless)?.runs.push(run(source, item)?),
            _ => {
                let case = cases.last_mut().ok_or_else(homeless)?;
                case.holds = Some(expression(source, item.range.clone(), Dialect::Network)?);
            }
        }
    }
    let missing = |what: &str| vec![wrong(head, format!("`{name}` has no `{what}`")).hint(FORM)];
    let case = |Draft { head, runs, holds }: Draft<'_, '_>| match holds {
        Some(holds) => Ok(Case { about: text(source, head), met: head.word == "case", runs, holds }),
        None => Err(vec![wrong(head, "a case needs `holds`".into()).hint(FORM)]),
    };
    Ok(Statement {
        section: section.to_string(),
        says: says.ok_or_else(|| missing("says"))?,
        expected: verdict.ok_or_else(|| missing("verdict"))?,
        because: because.ok_or_else(|| missing("because"))?,
        cases: cases.into_iter().map(case).collect::<Outcome<_>>()?,
        span: head.span.clone(),
        name,
    })
}

fn verdict(source: &Source, item: &Item<'_>) -> Outcome<Verdict> {
    match text(source, item).as_str() {
        "proved" => Ok(Verdict::Proved),
        "measured" => Ok(Verdict::Measured),
        "false" => Ok(Verdict::False),
        "outside our scope" => Ok(Verdict::Outside),
        other => match other.strip_prefix("true if ") {
            Some(condition) => Ok(Verdict::If(condition.to_string())),
            None => Err(vec![
                wrong(item, format!("`{other}` is no verdict"))
                    .hint("it is proved, measured, true if …, false, or outside our scope"),
            ]),
        },
    }
}

fn run(source: &Source, item: &Item<'_>) -> Outcome<Run> {
    let mut words = words(&source.text[item.range.clone()])
        .ok_or_else(|| vec![wrong(item, "a quotation has no end".into())])?
        .into_iter();
    let name = words.next().filter(|name| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_'));
    let (Some(name), words) = (name, words.collect::<Vec<_>>()) else {
        return Err(vec![wrong(item, "a run has a name, then a command".into()).hint("as in `run a sweep rnn`")]);
    };
    Ok(Run { name, words, span: item.span.clone() })
}

/// Words as a shell takes them, with single quotation marks; `None` where one is missing.
fn words(text: &str) -> Option<Vec<String>> {
    let (mut found, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for letter in text.chars() {
        match letter {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            letter if letter.is_whitespace() && !quoted => found.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    found.extend(word);
    (!quoted).then_some(found)
}

/// The words of an item, with one blank between them.
fn text(source: &Source, item: &Item<'_>) -> String {
    let lines = source.text[item.range.clone()].lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

fn wrong(item: &Item<'_>, message: String) -> Diagnostic {
    Diagnostic::error(message).at(&item.span, "")
}
