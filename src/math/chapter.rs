//! A chapter of the book as it was written, before letters and types are known. `parse` makes it, `resolve` reads it.

use super::law::{Purpose, Standing};
use super::number::Rational;
use super::source::{Source, Span, Spanned, SpannedName};
use super::syntax::{Written, WrittenShape};

/// A chapter file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChapterFile {
    /// The text it was read from.
    pub source: Source,
    /// `2`
    pub number: u32,
    /// `Elementary functions`
    pub title: String,
    /// What its laws are for; declared once, before the first law.
    pub purpose: Option<Spanned<Purpose>>,
    /// All further items, in order.
    pub items: Vec<ChapterItem>,
}

/// A part of a chapter file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChapterItem {
    /// A paragraph.
    Prose(Spanned<String>),
    /// `let u, v : S`. Letters hold until the end of the chapter, or until they are declared anew.
    Let(Vec<WrittenLetter>),
    /// `operation tanh(u : S)` with the indented lines below it.
    Operation(WrittenOperation),
    /// `law`, `lemma` or `rejected`.
    Law(WrittenLaw),
}

/// `u : S`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenLetter {
    /// The letter.
    pub name: SpannedName,
    /// Whether `constant` or `condition` stands before the payload.
    pub sort: WrittenSort,
    /// What it ranges over.
    pub payload: WrittenPayload,
}

/// The word before a payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WrittenSort {
    /// No word.
    Any,
    /// `constant`
    Constant,
    /// `condition`
    Condition,
}

/// What a letter ranges over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WrittenPayload {
    /// `number`, or nothing after `constant` or `condition`.
    Number,
    /// `payload`: the letter itself stands for payloads.
    Payload,
    /// `size`: the letter itself stands for sizes.
    Size,
    /// `index`: the letter itself stands for indices, each with its range.
    Index,
    /// `row N`
    Row(WrittenShape),
    /// `M × N`, `N`, or the letter of a payload, `S`.
    Shape(WrittenShape),
}

/// `operation tanh(u : S)` with what is said of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenOperation {
    /// The function.
    pub name: SpannedName,
    /// Other spellings.
    pub aliases: Vec<SpannedName>,
    /// Its parameters.
    pub parameters: Vec<WrittenLetter>,
    /// What it is, for readers.
    pub prose: String,
    /// After `latex`.
    pub latex: Option<String>,
    /// After `text`.
    pub text: Option<String>,
    /// After `domain`: the two ends.
    pub domain: Option<(Rational, Rational)>,
    /// After `bound`.
    pub bound: Option<String>,
    /// The laws of its slope.
    pub laws: Vec<WrittenLaw>,
    /// The whole operation.
    pub span: Span,
}

/// `law name   left = right   when …   fails at …   -- caption; note`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenLaw {
    /// `law`, `lemma` or `rejected`.
    pub standing: Standing,
    /// What it is called.
    pub name: SpannedName,
    /// The left side.
    pub left: Written,
    /// The right side.
    pub right: Written,
    /// After `when`.
    pub conditions: Vec<WrittenCondition>,
    /// After `fails at`: the counterexample of a rejected law.
    pub failure: Vec<(SpannedName, Spanned<Table>)>,
    /// After `--`, up to the first semicolon.
    pub caption: Option<String>,
    /// After that semicolon.
    pub note: Option<String>,
    /// The whole line.
    pub span: Span,
}

/// A condition after `when`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WrittenCondition {
    /// `u > 0`
    Compare(Written),
    /// `sum[s](t) = 1`
    Equal(Written, Written),
    /// `s not in g`, `s in equation`
    Index {
        /// The index letter.
        index: SpannedName,
        /// Whether it is there.
        present: bool,
        /// A letter, or `equation`.
        place: SpannedName,
    },
}

/// Numbers in rows; a single number is a table of one entry.
pub type Table = Vec<Vec<Rational>>;
