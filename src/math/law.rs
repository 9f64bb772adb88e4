//! The book: what is true, in chapters that a person can read.

use super::expression::{Binder, Letter, Term};
use super::integer::Integer;
use super::name::Name;
use super::number::Rational;
use super::shape::Shape;
use super::source::Span;
use indexmap::IndexMap;

/// All chapters, in order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Book {
    /// The chapters.
    pub chapters: Vec<Chapter>,
}

/// A chapter: prose, operations, laws, lemmas and rejected laws, in the order of the file.
#[derive(Clone, PartialEq, Debug)]
pub struct Chapter {
    /// `2`
    pub number: u32,
    /// `Elementary functions`
    pub title: String,
    /// What it holds.
    pub entries: Vec<Entry>,
}

/// A part of a chapter.
#[derive(Clone, PartialEq, Debug)]
pub enum Entry {
    /// A paragraph.
    Prose(String),
    /// An operation.
    Operation(Operation),
    /// A law, a lemma or a rejected law.
    Law(Law),
}

/// A primitive: a function applied entry by entry. It has a kernel in `evaluate` and a slope law in the book.
#[derive(Clone, PartialEq, Debug)]
pub struct Operation {
    /// `tanh`
    pub name: Name,
    /// Other spellings, such as `σ`.
    pub aliases: Vec<Name>,
    /// Parameters with their payloads.
    pub parameters: Vec<(Name, Shape)>,
    /// What it is, for readers.
    pub prose: String,
    /// How LaTeX writes it, such as `\tanh`.
    pub latex: String,
    /// How text writes it, such as `σ`; its name when absent.
    pub text: Option<String>,
    /// From where random tests draw arguments.
    pub domain: (f64, f64),
    /// A bound of the slope, as written, such as `|slope| ≤ 1`.
    pub bound: Option<String>,
    /// Where it was declared.
    pub span: Span,
}

/// An equality between two terms over letters.
#[derive(Clone, PartialEq, Debug)]
pub struct Law {
    /// `tanh-rule`
    pub name: Name,
    /// How it came to be believed, and whether it may be used.
    pub standing: Standing,
    /// What part of a derivation may use it.
    pub purpose: Purpose,
    /// The letters, in order of declaration.
    pub letters: IndexMap<Name, Letter>,
    /// The index letters with their ranges, in order of declaration. A letter of a term may depend on every index, unless
    /// a condition says otherwise.
    pub indices: Vec<Binder>,
    /// The left side.
    pub left: Term,
    /// The right side.
    pub right: Term,
    /// A letter that stands for the value of the function on the left, `y`: forward activations are reused through it.
    pub value: Option<(Name, Term)>,
    /// What must hold, after `when`.
    pub conditions: Vec<Condition>,
    /// How a step that uses it is captioned: `sigmoid rule`.
    pub caption: String,
    /// Where it comes from, or why it was rejected.
    pub note: Option<String>,
    /// Where a rejected law fails: letters, and their differentials (`du`), with numbers in rows.
    pub counterexample: Vec<(Name, Vec<Vec<Rational>>)>,
    /// The chapter it stands in.
    pub chapter: u32,
    /// Where it was written.
    pub span: Span,
}

impl Law {
    /// What a step is called that reads it left to right, or right to left: `multiply out | take out the common factor` has
    /// a name for each way, and `factors change places |` one for both.
    pub fn told(&self, reversed: bool) -> String {
        match (self.caption.split_once('|'), reversed) {
            _ if self.caption.is_empty() => self.name.as_str().replace('-', " "),
            (Some((_, back)), true) if !back.trim().is_empty() => back.trim().to_string(),
            (Some((there, _)), _) => there.trim().to_string(),
            (None, true) => format!("{}, read backwards", self.caption),
            (None, false) => self.caption.clone(),
        }
    }
}

/// How a law came to be believed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Standing {
    /// Tested on random instances.
    Law,
    /// Proved from laws.
    Lemma,
    /// False; kept with its counterexample.
    Rejected,
}

/// What part of a derivation uses a law.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Purpose {
    /// Read left to right while differentiating.
    Differential,
    /// Read left to right while carrying factors across the inner product.
    Adjoint,
    /// Read both ways while simplifying.
    Algebra,
    /// For readers: proved or tested like all others, and used by no derivation.
    Reading,
}

/// What must hold for a law to be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// `u ≠ 0`
    NonZero(Term),
    /// `u > 0`
    Positive(Term),
    /// `u ≥ 0`
    NonNegative(Term),
    /// `s not in g`: the letter `g` stands for a term that does not depend on the index `s`.
    Absent(Name, Name),
    /// `sum[s](t) = 1`
    Equal(Term, Term),
    /// `s in equation`: the index `s` is one of the indices of the equation at hand, over which ⟨ , ⟩ sums.
    Within(Name),
    /// `s not in equation`: it is none of them.
    Outside(Name),
}

/// The range of an index letter of a law: it stands for any range, so both of its ends are letters too.
pub fn index_letter(index: &Name) -> Binder {
    let end = |which: &str| Integer::name(format!("{index}.{which}"));
    Binder { index: index.clone(), low: end("first"), high: end("last") }
}

/// How many values an index takes.
pub fn count(binder: &Binder) -> Integer {
    binder.high.minus(&binder.low).offset(1)
}

/// The index letter whose number of values this is, if it is one: `count(s)` in a law.
pub fn counted(size: &Integer) -> Option<Name> {
    let index = size.names().iter().find_map(|name| name.as_str().strip_suffix(".last").map(Name::from))?;
    (count(&index_letter(&index)) == *size).then_some(index)
}

impl Book {
    /// All operations, in order.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.entries().filter_map(|entry| match entry {
            Entry::Operation(operation) => Some(operation),
            _ => None,
        })
    }

    /// The operation called `name`, by name or alias.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations().find(|operation| {
            operation.name.as_str() == name || operation.aliases.iter().any(|alias| alias.as_str() == name)
        })
    }

    /// All laws, lemmas and rejected laws, in order.
    pub fn laws(&self) -> impl Iterator<Item = &Law> {
        self.entries().filter_map(|entry| match entry {
            Entry::Law(law) => Some(law),
            _ => None,
        })
    }

    /// The law called `name`.
    pub fn law(&self, name: &str) -> Option<&Law> {
        self.laws().find(|law| law.name.as_str() == name)
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.chapters.iter().flat_map(|chapter| &chapter.entries)
    }
}
