//! Diagnostics as a person reads them: place, reason, hint. The only user of miette.

use crate::math::source::{Diagnostic, Severity, Source};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents,
};
use std::fmt;
use textwrap::{WordSeparator, WordSplitter};

/// A line longer than this is cut around the place that is meant.
const LONGEST_LINE: usize = 160;

/// The message with its source, for a terminal of `width` columns.
pub fn render(diagnostic: &Diagnostic, width: usize, colour: bool) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    // Lines end at blanks only: a path or a formula that is cut can be neither copied nor searched for.
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width)
        .with_links(false)
        .with_context_lines(1)
        .with_break_words(false)
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation);
    let mut out = String::new();
    match handler.render_report(&mut out, &Adapter::new(diagnostic)) {
        // Trailing blanks come from empty lines of source text.
        Ok(()) => out.lines().map(|line| line.trim_end().to_string() + "\n").collect(),
        Err(_) => format!("{}\n", diagnostic.message),
    }
}

/// What miette asks for. Labels in other texts than the first become reports of their own below it.
#[derive(Debug)]
struct Adapter {
    message: String,
    severity: miette::Severity,
    hint: Option<String>,
    excerpt: Option<Excerpt>,
    labels: Vec<(usize, usize, String)>,
    others: Vec<Adapter>,
}

impl Adapter {
    fn new(diagnostic: &Diagnostic) -> Self {
        let bare = |message: &str, severity| Adapter {
            message: message.to_string(),
            severity,
            hint: None,
            excerpt: None,
            labels: Vec::new(),
            others: Vec::new(),
        };
        let severity = match diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        };
        let mut first = bare(&diagnostic.message, severity);
        first.hint.clone_from(&diagnostic.hint);
        // An empty text has no line that could be shown.
        let Some((main, _)) = diagnostic.labels.first().filter(|(span, _)| !span.source.text.trim().is_empty()) else {
            return first;
        };
        let (own, others): (Vec<_>, Vec<_>) =
            diagnostic.labels.iter().partition(|(span, _)| span.source == main.source);
        let labels: Vec<(usize, usize, &str)> =
            own.iter().map(|(span, label)| (span.start, span.end, label.as_str())).collect();
        first.place(&main.source, &labels);
        first.others = others
            .into_iter()
            .map(|(span, label)| {
                let mut other = bare(label, miette::Severity::Advice);
                other.place(&span.source, &[(span.start, span.end, "")]);
                other
            })
            .collect();
        first
    }

    fn place(&mut self, source: &Source, labels: &[(usize, usize, &str)]) {
        let (excerpt, moved) = Excerpt::of(source, labels.first().map_or(0, |label| label.0));
        let limit = excerpt.text.len();
        let label = |(start, end, label): &(usize, usize, &str)| {
            let (start, end) = (moved(*start).min(limit), moved(*end).min(limit));
            (start, end.saturating_sub(start), (*label).to_string())
        };
        self.labels = labels.iter().map(label).collect();
        self.excerpt = Some(excerpt);
    }
}

impl fmt::Display for Adapter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Adapter {}

impl miette::Diagnostic for Adapter {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.labels.iter().map(|(start, length, label)| {
            LabeledSpan::new((!label.is_empty()).then(|| label.clone()), *start, *length)
        });
        Some(Box::new(labels))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        let others = self.others.iter().map(|other| other as &dyn miette::Diagnostic);
        (!self.others.is_empty()).then(|| Box::new(others) as Box<dyn Iterator<Item = &dyn miette::Diagnostic>>)
    }
}

/// The text, or, where a line is too long to print, a piece of that line.
#[derive(Debug)]
struct Excerpt {
    name: String,
    text: String,
    /// Where the piece begins: lines and columns before it.
    before: (usize, usize),
}

impl Excerpt {
    /// The excerpt around byte `place`, and where its bytes went.
    fn of(source: &Source, place: usize) -> (Excerpt, impl Fn(usize) -> usize) {
        // A place past the end is shown behind the last word.
        let text = source.text.trim_end();
        let mut place = place.min(text.len());
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        let start = text[..place].rfind('\n').map_or(0, |end| end + 1);
        let end = text[place..].find('\n').map_or(text.len(), |end| place + end);
        let whole = text.lines().all(|line| line.len() <= LONGEST_LINE);
        let (from, to) = if whole {
            (0, text.len())
        } else {
            let back =
                text[start..place].char_indices().rev().nth(LONGEST_LINE / 2).map_or(start, |(at, _)| start + at);
            let on = text[place..end].char_indices().nth(LONGEST_LINE / 2).map_or(end, |(at, _)| place + at);
            (back, on)
        };
        let before =
            if whole { (0, 0) } else { (text[..start].matches('\n').count(), text[start..from].chars().count()) };
        let excerpt = Excerpt { name: source.name.to_string(), text: format!("{}\n", &text[from..to]), before };
        (excerpt, move |byte: usize| byte.clamp(from, to) - from)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line() + self.before.0,
            inner.column() + if inner.line() == 0 { self.before.1 } else { 0 },
            inner.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::source::Span;

    fn shown(text: &str, start: usize, end: usize) -> String {
        let source = Source::new("cell.net", text);
        let diagnostic = Diagnostic::error("there is no quantity `q`")
            .at(&Span { source, start, end }, "not defined")
            .hint("did you mean `p`?");
        render(&diagnostic, 80, false)
    }

    #[test]
    fn place_reason_and_hint_are_told() {
        let shown = shown("network n\np = q\n", 14, 15);
        for part in ["there is no quantity `q`", "cell.net:2:5", "not defined", "did you mean `p`?"] {
            assert!(shown.contains(part), "{part} is missing in\n{shown}");
        }
    }

    #[test]
    fn a_line_of_megabytes_is_cut_around_the_place() {
        let text = format!("network n\n{} + q + {}", "p".repeat(3_000_000), "p".repeat(3_000_000));
        let at = text.find('q').unwrap_or_default();
        let shown = shown(&text, at, at + 1);
        assert!(shown.len() < 2_000 && shown.contains("cell.net:2:3000004"), "{shown}");
    }

    #[test]
    fn a_place_past_the_end_does_not_panic() {
        assert!(shown("é", 1, 99).contains("no quantity"));
        assert!(shown("", 0, 0).contains("no quantity"));
    }
}
