//! Changes of a text, all at places of the old one.

use crate::math::source::Span;

/// Replacements of stretches of a text; what is inserted replaces nothing.
#[derive(Debug, Default)]
pub struct Edits {
    changes: Vec<(usize, usize, String)>,
}

impl Edits {
    /// Puts `text` for what stands from `start` to `end`.
    pub fn replace(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.changes.push((start, end, text.into()));
    }

    /// Puts `text` for a span.
    pub fn put(&mut self, span: &Span, text: impl Into<String>) {
        self.replace(span.start, span.end, text);
    }

    /// Puts `text` at a place. Of several at one place the first comes first.
    pub fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at, at, text);
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The new text. `None` when two changes meet, which is a fault of who made them.
    pub fn apply(mut self, text: &str) -> Option<String> {
        self.changes.sort_by_key(|(start, end, _)| (*start, *end));
        let (mut new, mut at) = (String::with_capacity(text.len()), 0);
        for (start, end, put) in &self.changes {
            new.push_str(text.get(at..*start)?);
            new.push_str(put);
            at = *end;
        }
        new.push_str(text.get(at..)?);
        Some(new)
    }
}
