//! Book → Page: all chapters, or one law or operation in detail.

use super::markup::{Binding, Markup, Symbol};
use super::names::Spelling;
use super::notation::Notation;
use super::page::{Block, Inline, Page, Row};
use super::reason::{caption_of, needs, reason};
use crate::math::derivation::{Reason, Step};
use crate::math::expression::{LetterKind, Op, Term};
use crate::math::law::{Book, Condition, Entry, Law, Operation, Purpose, Standing};
use crate::math::name::Name;
use crate::math::number;
use crate::math::shape::Shape;

/// The whole book.
pub fn page(book: &Book) -> Page {
    let notation = Notation::of_book(book);
    let mut page = Page { title: "The book of laws".into(), ..Page::default() };
    for chapter in &book.chapters {
        page.heading(1, format!("Chapter {}. {}", chapter.number, chapter.title));
        let mut laws: Vec<Vec<Vec<Inline>>> = Vec::new();
        for entry in &chapter.entries {
            if let Entry::Law(law) = entry {
                laws.push(row(law, &notation));
                continue;
            }
            table(&mut page, &mut laws);
            match entry {
                Entry::Prose(prose) => page.words(prose.clone()),
                Entry::Operation(operation) => page.paragraph(introduction(operation, &notation)),
                Entry::Law(_) => {}
            }
        }
        table(&mut page, &mut laws);
    }
    page
}

/// One law or operation by its name, a lemma with its `proof`; `None` when the book has neither.
pub fn detail(book: &Book, name: &str, proof: Option<&[Step]>) -> Option<Page> {
    let notation = Notation::of_book(book);
    if let Some(law) = book.law(name) {
        return Some(law_page(law, proof, &notation));
    }
    book.operation(name).map(|operation| operation_page(operation, &notation))
}

/// The names that [`detail`] knows.
pub fn names(book: &Book) -> Vec<String> {
    let laws = book.laws().map(|law| law.name.to_string());
    laws.chain(book.operations().map(|operation| operation.name.to_string())).collect()
}

/// The two sides. Brackets and stretching are shown where the law is about them.
fn sides(law: &Law, notation: &Notation) -> (Markup, Markup) {
    let both = |notation: &Notation| (notation.formula(&law.left), notation.formula(&law.right));
    let book = || Notation::of_book(notation.book());
    if stretched(&law.left) != stretched(&law.right) {
        return both(&book().with_fills());
    }
    let ways = [both(notation), both(&book().with_groups()), both(&book().with_fills())];
    let shown = ways.into_iter().find(|(left, right)| left != right);
    shown.unwrap_or_else(|| both(&book().with_fills().with_groups()))
}

/// How many terms other than numerals are stretched, and do not merely multiply.
fn stretched(term: &Term) -> usize {
    let mut found = 0;
    term.walk(&mut |part| {
        let bare = |arg: &&Term| matches!(arg.op(), Op::Fill(_)) && arg.as_number().is_none();
        if !matches!(part.op(), Op::Mul | Op::Div | Op::Compare(_)) {
            found += part.args().iter().filter(bare).count();
        }
    });
    found
}

/// `left = right`
pub fn equality(law: &Law, notation: &Notation) -> Markup {
    let (left, right) = sides(law, notation);
    Markup::equals(left, right)
}

/// `u ≠ 0`, `s not in g`
pub fn condition(condition: &Condition, notation: &Notation) -> Markup {
    let about = |index: &Name, words: &str, what: Markup| {
        let sign = Symbol::new(words, format!(r"\text{{ {words} }}"));
        Markup::Relation(vec![notation.name(index), what], vec![sign], Binding::Compare)
    };
    let equation = || Markup::symbol("the equation at hand", r"\text{the equation at hand}");
    let (term, sign) = match condition {
        Condition::NonZero(term) => (term, Symbol::new("≠", r"\ne")),
        Condition::Positive(term) => (term, Symbol::same(">")),
        Condition::NonNegative(term) => (term, Symbol::new("≥", r"\ge")),
        Condition::Equal(left, right) => return Markup::equals(notation.formula(left), notation.formula(right)),
        Condition::Absent(index, letter) => return about(index, "not in", notation.name(letter)),
        Condition::Within(index) => return about(index, "is an index of", equation()),
        Condition::Outside(index) => return about(index, "is no index of", equation()),
    };
    Markup::Relation(vec![notation.formula(term), Markup::same("0")], vec![sign], Binding::Compare)
}

fn table(page: &mut Page, laws: &mut Vec<Vec<Vec<Inline>>>) {
    if !laws.is_empty() {
        page.blocks.push(Block::Table(vec![String::new(); 3], std::mem::take(laws)));
    }
}

/// Name, equality, and what is to be said of it.
fn row(law: &Law, notation: &Notation) -> Vec<Vec<Inline>> {
    let mut said = match law.standing {
        Standing::Law => vec![],
        Standing::Lemma => vec![Inline::words("lemma: ")],
        Standing::Rejected => vec![Inline::words("REJECTED: ")],
    };
    said.push(Inline::words(both_ways(law)));
    for (position, when) in law.conditions.iter().enumerate() {
        said.push(Inline::words(if position == 0 { ", when " } else { " and " }));
        said.push(Inline::Math(condition(when, notation)));
    }
    vec![vec![Inline::Code(law.name.to_string())], vec![Inline::Math(equality(law, notation))], said]
}

/// The names of a law, for both ways if they differ.
fn both_ways(law: &Law) -> String {
    match law.caption.split_once('|') {
        Some((there, back)) if !back.trim().is_empty() => format!("{}, backwards: {}", there.trim(), back.trim()),
        Some((there, _)) => there.trim().to_string(),
        None => law.caption.clone(),
    }
}

fn introduction(operation: &Operation, notation: &Notation) -> Vec<Inline> {
    let signature = signature(operation);
    let arguments = operation.parameters.iter().map(|(name, _)| notation.name(name)).collect();
    let formula = notation.call(&operation.name, arguments);
    let mut parts = Vec::new();
    if super::text::text(&formula) != signature {
        parts.extend([Inline::Code(signature), Inline::words(", written ")]);
    }
    parts.extend([Inline::Math(formula), Inline::words(format!(". {}", operation.prose))]);
    if let Some(bound) = &operation.bound {
        parts.push(Inline::words(format!(" Bound: {bound}.")));
    }
    parts
}

fn signature(operation: &Operation) -> String {
    let parameters: Vec<&str> = operation.parameters.iter().map(|(name, _)| name.as_str()).collect();
    format!("{}({})", operation.name, parameters.join(", "))
}

fn operation_page(operation: &Operation, notation: &Notation) -> Page {
    let mut page = Page { title: operation.name.to_string(), ..Page::default() };
    page.paragraph(introduction(operation, notation));
    if !operation.aliases.is_empty() {
        let aliases: Vec<&str> = operation.aliases.iter().map(Name::as_str).collect();
        page.words(format!("Also written {}.", aliases.join(", ")));
    }
    let (low, high) = operation.domain;
    page.words(format!("Tested on arguments from {low} to {high}.").replace('-', "−"));
    let mentions = |law: &&Law| {
        let mut found = false;
        law.left.walk(&mut |term| {
            found |= matches!(term.op(), crate::math::expression::Op::Apply(name) if *name == operation.name);
        });
        found
    };
    let laws: Vec<_> = notation.book().laws().filter(mentions).map(|law| row(law, notation)).collect();
    if !laws.is_empty() {
        page.heading(1, "Laws");
        page.blocks.push(Block::Table(vec![String::new(); 3], laws));
    }
    page
}

fn law_page(law: &Law, proof: Option<&[Step]>, notation: &Notation) -> Page {
    let mut page = Page { title: law.name.to_string(), ..Page::default() };
    let (left, right) = sides(law, notation);
    page.equations(vec![Row::equation(left, right)]);
    if let Some((name, value)) = &law.value {
        let value = Markup::equals(notation.name(name), notation.formula(value));
        page.paragraph(vec![Inline::Math(value), Inline::words(", the value already computed.")]);
    }
    for when in &law.conditions {
        page.paragraph(vec![Inline::words("When "), Inline::Math(condition(when, notation)), Inline::words(".")]);
    }
    let chapter = notation.book().chapters.iter().find(|chapter| chapter.number == law.chapter);
    let title = chapter.map_or(String::new(), |chapter| format!(", {}", chapter.title));
    page.words(format!("{}. Chapter {}{title}.", sentence(&both_ways(law)), law.chapter));
    let standing = match law.standing {
        Standing::Law => "A law: tested on random instances.",
        Standing::Lemma => "A lemma: proved from laws.",
        Standing::Rejected => "Rejected: it is false, and kept with its counterexample.",
    };
    let purpose = match law.purpose {
        Purpose::Differential => " Used from left to right while differentiating.",
        Purpose::Adjoint => " Used from left to right while factors are carried across the inner product.",
        Purpose::Algebra => " Used both ways while simplifying.",
        Purpose::Reading => " For readers: no derivation rests on it.",
    };
    let used = law.standing != Standing::Rejected;
    page.words(format!("{standing}{}", if used { purpose } else { "" }));
    if let Some(note) = &law.note {
        page.words(sentence(note) + ".");
    }
    if !law.counterexample.is_empty() {
        let values: Vec<String> = law.counterexample.iter().map(|(name, rows)| counter(name, rows)).collect();
        page.words(format!("It fails at {}.", values.join(", ")));
    }
    if let Some(proof) = proof {
        page.heading(1, "Proof");
        page.equations(told(law, proof, notation));
    }
    if !law.letters.is_empty() || !law.indices.is_empty() {
        page.heading(1, "Letters");
        let rows = law.letters.values().map(|letter| {
            let kind = match letter.kind {
                LetterKind::Plain => "any term without a differential",
                LetterKind::Moving => "a term that holds a differential and is linear in it",
                LetterKind::Constant => "a term without gradient",
                LetterKind::Condition => "a condition",
            };
            vec![
                vec![Inline::Math(notation.letter(letter))],
                payload(&letter.shape, notation),
                vec![Inline::words(kind)],
            ]
        });
        let indices = law.indices.iter().map(|binder| {
            let shown = Inline::Math(notation.name(&binder.index));
            vec![vec![shown], vec![Inline::words("a number")], vec![Inline::words("an index with any range")]]
        });
        let rows = rows.chain(indices);
        page.blocks.push(Block::Table(["letter", "payload", "stands for"].map(String::from).to_vec(), rows.collect()));
    }
    page
}

/// A proof line by line. What looks alike, since only its grouping changed, is told once.
fn told(law: &Law, proof: &[Step], notation: &Notation) -> Vec<Row> {
    let mut rows = vec![Row::start(notation.formula(&law.left))];
    for step in proof {
        let mut caption = match &step.reason {
            Reason::Law { name, reversed } => {
                vec![
                    Inline::words(format!("{} (", caption_of(notation.book(), name, *reversed))),
                    Inline::Code(name.to_string()),
                    Inline::words(")"),
                ]
            }
            Reason::Definition { quantity, .. } => {
                vec![Inline::words("what "), Inline::Math(notation.name(quantity)), Inline::words(" stands for")]
            }
            other => reason(other, None, notation),
        };
        caption.extend(needs(step, None, notation));
        let row = Row::step(notation.formula(&step.after), caption);
        if rows.last().is_some_and(|last: &Row| last.right == row.right) {
            continue;
        }
        rows.push(row);
    }
    rows
}

/// `u = 1`, `A = [1, 2; 3, 4]`
fn counter(name: &Name, rows: &[Vec<number::Rational>]) -> String {
    let spelled: Vec<String> =
        rows.iter().map(|row| row.iter().map(number::spell).collect::<Vec<_>>().join(", ")).collect();
    match rows {
        [row] if row.len() == 1 => format!("{name} = {}", spelled[0]),
        _ => format!("{name} = [{}]", spelled.join("; ")),
    }
}

/// What a payload is, in words with sizes as formulas.
pub fn payload(shape: &Shape, notation: &Notation) -> Vec<Inline> {
    let sizes = Inline::Math(notation.shape(shape));
    match shape {
        Shape::Any(letter) => {
            vec![Inline::words("any payload "), Inline::Math(Spelling::of(letter.as_str()).markup(false))]
        }
        Shape::Row(size) => vec![Inline::words("a row of "), Inline::Math(notation.integer(size))],
        Shape::Axes(axes) if axes.is_empty() => vec![Inline::words("a number")],
        Shape::Axes(axes) if axes.len() == 1 => vec![Inline::words("a vector of "), sizes],
        Shape::Axes(axes) if axes.len() == 2 => vec![Inline::words("a matrix of "), sizes],
        Shape::Axes(_) => vec![Inline::words("an array of "), sizes],
    }
}

/// With a capital.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
