//! What is checked before parsing, by a loop: size, characters, brackets. It protects the recursive parser, and it
//! can point at the bracket that was never closed, where a parser would point at the end of the file.

use crate::math::source::{Diagnostic, Outcome, Source, Span};
use std::ops::Range;

/// The largest text that is read.
pub const LARGEST_TEXT: usize = 4 << 20;

/// How deep brackets may be nested.
pub const DEEPEST_NESTING: usize = 64;

/// A text from the bytes of a file, or why it is no text.
pub fn source(name: &str, bytes: &[u8]) -> Outcome<Source> {
    if bytes.len() > LARGEST_TEXT {
        return Err(vec![too_large(name, bytes.len()).at(&whole(&Source::new(name, "")), "")]);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let shown = Source::new(name, tail(good));
            let place = Span { start: shown.text.len(), end: shown.text.len(), source: shown };
            Err(vec![
                Diagnostic::error("this is no text: a network is written in UTF-8")
                    .at(&place, format!("byte {} is not valid here", error.valid_up_to()))
                    .hint("is it a binary file, or text in another encoding?"),
            ])
        }
    }
}

/// Checks a whole text.
pub fn text(source: &Source) -> Result<(), Diagnostic> {
    if source.text.len() > LARGEST_TEXT {
        // The text itself is not shown: a single line may be all of it.
        return Err(too_large(&source.name, source.text.len()).at(&whole(&Source::new(&source.name, "")), ""));
    }
    if let Some((start, found)) = source.text.char_indices().find(|(_, c)| is_binary(*c)) {
        let shown = Source::new(&source.name, tail(&source.text[..start]));
        let place = Span { start: shown.text.len(), end: shown.text.len(), source: shown };
        return Err(Diagnostic::error("this is no text: it holds a control character")
            .at(&place, format!("U+{:04X} follows, at byte {start}", found as u32))
            .hint("is it a binary file?"));
    }
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let blank = line.len() - line.trim_start().len();
        if line[blank..].starts_with("//") {
            let place = Span { source: source.clone(), start: start + blank, end: start + blank + 2 };
            return Err(
                Diagnostic::error("a comment begins with `#`").at(&place, "this is an operator, and begins no line")
            );
        }
        start += line.len();
    }
    brackets(source, 0..source.text.len())
}

/// Checks that brackets are closed in order and not nested too deep.
pub fn brackets(source: &Source, range: Range<usize>) -> Result<(), Diagnostic> {
    let text = source.text.get(range.clone()).unwrap_or_default();
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut characters = text.char_indices();
    let span = |at: usize, c: char| Span {
        source: source.clone(),
        start: range.start + at,
        end: range.start + at + c.len_utf8(),
    };
    while let Some((at, c)) = characters.next() {
        match c {
            '#' => {
                characters.by_ref().find(|(_, c)| *c == '\n');
            }
            '"' => {
                characters.by_ref().find(|(_, c)| *c == '"' || *c == '\n');
            }
            '(' | '[' | '⟨' => {
                if open.len() == DEEPEST_NESTING {
                    return Err(Diagnostic::error(format!("brackets are nested more than {DEEPEST_NESTING} deep"))
                        .at(&span(at, c), "one too many")
                        .hint("give the inner part a name in an equation of its own"));
                }
                open.push((at, c));
            }
            ')' | ']' | '⟩' => match open.pop() {
                Some((_, opener)) if closer(opener) == c => {}
                Some((place, opener)) => {
                    return Err(Diagnostic::error(format!("`{opener}` is closed by `{c}`"))
                        .at(&span(at, c), format!("expected `{}`", closer(opener)))
                        .at(&span(place, opener), "opened here"));
                }
                None => {
                    return Err(Diagnostic::error(format!("`{c}` closes nothing"))
                        .at(&span(at, c), format!("no `{}` is open here", opener(c)))
                        .hint("remove it, or open it before"));
                }
            },
            _ => {}
        }
    }
    match open.pop() {
        None => Ok(()),
        Some((at, opener)) => Err(Diagnostic::error(format!("`{opener}` is never closed"))
            .at(&span(at, opener), "opened here")
            .hint(format!("add the missing `{}`", closer(opener)))),
    }
}

fn too_large(name: &str, bytes: usize) -> Diagnostic {
    Diagnostic::error(format!(
        "`{name}` is too large: {:.1} MB, and at most {} MB are read",
        bytes as f64 / f64::from(1 << 20),
        LARGEST_TEXT >> 20
    ))
    .hint("a network file holds equations; numbers belong to the data")
}

fn whole(source: &Source) -> Span {
    Span { source: source.clone(), start: 0, end: 0 }
}

/// The last line of `text`, shortened from the left.
fn tail(text: &str) -> String {
    let line = text.rsplit('\n').next().unwrap_or_default();
    let skip = line.chars().count().saturating_sub(60);
    line.chars().skip(skip).collect()
}

fn is_binary(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || c == '\u{FFFD}'
}

fn closer(opener: char) -> char {
    match opener {
        '(' => ')',
        '[' => ']',
        _ => '⟩',
    }
}

fn opener(closer: char) -> char {
    match closer {
        ')' => '(',
        ']' => '[',
        _ => '⟨',
    }
}
