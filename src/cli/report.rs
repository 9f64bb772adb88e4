//! Diagnostics as a person reads them: the message, the lines with the places marked, and the hint.

use crate::math::source::{Diagnostic, Severity, Source, Span};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource};
use std::fmt;

/// A diagnostic, drawn at most `width` columns wide. Places in other texts than that of the first follow below.
pub fn render(diagnostic: &Diagnostic, width: usize, colour: bool) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_context_lines(1).with_links(false);
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = handler.render_report(&mut out, &Report::of(diagnostic));
    // Trailing blanks come from empty lines of source text.
    out.lines().map(|line| line.trim_end().to_string() + "\n").collect()
}

/// The shape in which miette wants it.
#[derive(Debug)]
struct Report {
    inner: MietteDiagnostic,
    source: Option<NamedSource<String>>,
    related: Vec<Report>,
}

impl Report {
    fn of(diagnostic: &Diagnostic) -> Self {
        let severity = match diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        };
        let mut inner = MietteDiagnostic::new(diagnostic.message.clone()).with_severity(severity);
        if let Some(hint) = &diagnostic.hint {
            inner = inner.with_help(hint.clone());
        }
        // An empty text has no line that could be shown.
        let Some((first, _)) = diagnostic.labels.first().filter(|(span, _)| !span.source.text.trim().is_empty()) else {
            return Report { inner, source: None, related: Vec::new() };
        };
        let here = |source: &Source| source == &first.source;
        let (own, others): (Vec<_>, Vec<_>) = diagnostic.labels.iter().partition(|(span, _)| here(&span.source));
        inner.labels = Some(
            own.into_iter()
                .map(|(span, words)| label(span, Some(words.clone()).filter(|words| !words.is_empty())))
                .collect(),
        );
        let related = others
            .into_iter()
            .map(|(span, words)| {
                let label = LabeledSpan::new(None, span.start, span.end.saturating_sub(span.start));
                let inner =
                    MietteDiagnostic::new(words.clone()).with_severity(miette::Severity::Advice).with_label(label);
                Report { inner, source: Some(named(&span.source)), related: Vec::new() }
            })
            .collect();
        Report { inner, source: Some(named(&first.source)), related }
    }
}

/// A place; one past the end of the text is drawn behind its last word.
fn label(span: &Span, words: Option<String>) -> LabeledSpan {
    let end = span.source.text.trim_end().len();
    if span.start >= end {
        return LabeledSpan::new(words, end, 0);
    }
    LabeledSpan::new(words, span.start, span.end.saturating_sub(span.start))
}

/// The text ends in a line break, so that a place behind its last word can be drawn.
fn named(source: &Source) -> NamedSource<String> {
    NamedSource::new(&source.name, format!("{}\n", source.text.trim_end()))
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, out)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn severity(&self) -> Option<miette::Severity> {
        self.inner.severity
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.inner.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.inner.labels.as_ref().map(|labels| Box::new(labels.iter().cloned()) as Box<dyn Iterator<Item = _>>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|source| source as &dyn miette::SourceCode)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|report| report as &dyn miette::Diagnostic)))
    }
}
