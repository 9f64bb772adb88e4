//! Chapters to the book: letters get their payloads, laws their types.

use super::formula::{Letters, Operations, Scope, VALUE, stretched};
use crate::math::chapter::{ChapterFile, ChapterItem, WrittenLaw, WrittenLetter, WrittenOperation};
use crate::math::chapter::{WrittenCondition, WrittenPayload, WrittenSort};
use crate::math::expression::{Letter, LetterKind, Op, Term};
use crate::math::integer::Integer;
use crate::math::law::{Book, Chapter, Condition, Entry, Law, Operation, Purpose, Standing, index_letter};
use crate::math::name::Name;
use crate::math::number;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Outcome, Span};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};

/// The book that these chapters make, in their order. Errors: names that are declared twice or not at all, and laws
/// whose sides have no type, or not the same; all of them are found at once.
pub fn book(files: &[ChapterFile]) -> Outcome<Book> {
    let mut author = Author::default();
    for file in files {
        for item in &file.items {
            if let ChapterItem::Operation(operation) = item {
                author.announce(operation);
            }
        }
    }
    let chapters = files.iter().map(|file| author.chapter(file)).collect();
    if author.errors.is_empty() { Ok(Book { chapters }) } else { Err(author.errors) }
}

/// What is known so far.
#[derive(Default)]
struct Author {
    operations: Operations,
    operation_spans: BTreeMap<Name, Span>,
    laws: BTreeMap<Name, Span>,
    chapters: BTreeSet<u32>,
    errors: Vec<Diagnostic>,
}

impl Author {
    /// Operations are known in all chapters, also before their own.
    fn announce(&mut self, operation: &WrittenOperation) {
        for name in std::iter::once(&operation.name).chain(&operation.aliases) {
            if let Some(first) = self.operation_spans.insert(name.node.clone(), name.span.clone()) {
                self.errors.push(twice("operation", &name.node, &name.span, &first));
            }
            self.operations.insert(name.node.clone(), (operation.name.node.clone(), operation.parameters.len()));
        }
    }

    fn chapter(&mut self, file: &ChapterFile) -> Chapter {
        let mut chapter = Chapter { number: file.number, title: file.title.clone(), entries: Vec::new() };
        let start = Span { source: file.source.clone(), start: 0, end: 0 };
        if !self.chapters.insert(file.number) {
            self.errors
                .push(Diagnostic::error(format!("there are two chapters {}", file.number)).at(&start, "the second"));
        }
        let purpose = file.purpose.as_ref().map(|purpose| purpose.node);
        let mut letters = Letters::default();
        for item in &file.items {
            match item {
                ChapterItem::Prose(prose) => chapter.entries.push(Entry::Prose(prose.node.clone())),
                ChapterItem::Let(declared) => self.declare(declared, &mut letters),
                ChapterItem::Operation(written) => {
                    let mut own = letters.clone();
                    self.declare(&written.parameters, &mut own);
                    if let Some(operation) = self.operation(written, &own) {
                        chapter.entries.push(Entry::Operation(operation));
                    }
                    for law in &written.laws {
                        chapter.entries.extend(self.law(law, &own, purpose, file.number).map(Entry::Law));
                    }
                }
                ChapterItem::Law(law) => {
                    chapter.entries.extend(self.law(law, &letters, purpose, file.number).map(Entry::Law));
                }
            }
        }
        chapter
    }

    /// `let u : S`. A letter may be declared anew further down.
    fn declare(&mut self, declared: &[WrittenLetter], letters: &mut Letters) {
        for written in declared {
            let name = written.name.node.clone();
            if name.as_str() == VALUE {
                self.errors.push(
                    Diagnostic::error("`y` cannot be declared")
                        .at(&written.name.span, "here")
                        .hint("`y` is the value of the function on the left of a law"),
                );
                continue;
            }
            letters.terms.shift_remove(&name);
            letters.sizes.shift_remove(&name);
            letters.payloads.shift_remove(&name);
            letters.indices.shift_remove(&name);
            let none = Operations::new();
            let scope = Scope {
                letters,
                operations: &none,
                value: None,
                used: Default::default(),
                indices: Default::default(),
            };
            let shape = match &written.payload {
                WrittenPayload::Payload => {
                    letters.payloads.insert(name);
                    continue;
                }
                WrittenPayload::Size => {
                    letters.sizes.insert(name);
                    continue;
                }
                WrittenPayload::Index => {
                    letters.indices.insert(name);
                    continue;
                }
                WrittenPayload::Number => Ok(Shape::number()),
                WrittenPayload::Shape(shape) => scope.shape(shape),
                WrittenPayload::Row(shape) => scope
                    .shape(shape)
                    .map(|shape| Shape::Row(shape.axes().first().cloned().unwrap_or_else(|| Integer::number(1)))),
            };
            let kind = match written.sort {
                WrittenSort::Constant => LetterKind::Constant,
                WrittenSort::Condition => LetterKind::Condition,
                WrittenSort::Any if is_moving(&name) => LetterKind::Moving,
                WrittenSort::Any => LetterKind::Plain,
            };
            match shape {
                Ok(shape) => {
                    letters.terms.insert(name.clone(), Letter { name, shape, kind });
                }
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn operation(&mut self, written: &WrittenOperation, letters: &Letters) -> Option<Operation> {
        let name = &written.name;
        let missing = |what: &str, example: &str| {
            Diagnostic::error(format!("the operation `{}` has no `{what}` line", name.node))
                .at(&name.span, "declared here")
                .hint(format!("add `    {what}   {example}` below it"))
        };
        let (Some(latex), Some((low, high))) = (&written.latex, &written.domain) else {
            let error = match &written.latex {
                None => missing("latex", "\\operatorname{name}"),
                Some(_) => missing("domain", "−4 ≤ u ≤ 4"),
            };
            self.errors.push(error);
            return None;
        };
        let parameters = written.parameters.iter().filter_map(|parameter| {
            let letter = letters.terms.get(&parameter.name.node)?;
            Some((letter.name.clone(), letter.shape.clone()))
        });
        Some(Operation {
            name: name.node.clone(),
            aliases: written.aliases.iter().map(|alias| alias.node.clone()).collect(),
            parameters: parameters.collect(),
            prose: written.prose.clone(),
            latex: latex.clone(),
            text: written.text.clone(),
            domain: (number::to_f64(low), number::to_f64(high)),
            bound: written.bound.clone(),
            span: written.span.clone(),
        })
    }

    fn law(&mut self, written: &WrittenLaw, letters: &Letters, purpose: Option<Purpose>, chapter: u32) -> Option<Law> {
        let name = &written.name;
        if let Some(first) = self.laws.insert(name.node.clone(), name.span.clone()) {
            self.errors.push(twice("law", &name.node, &name.span, &first));
            return None;
        }
        let Some(purpose) = purpose else {
            self.errors.push(
                Diagnostic::error("the chapter does not say what its laws are for")
                    .at(&name.span, "its first law")
                    .hint("write `purpose differential`, `purpose adjoint` or `purpose algebra` below the title"),
            );
            return None;
        };
        match typed(written, letters, &self.operations, purpose, chapter) {
            Ok(law) => Some(law),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }
}

/// The law with both sides typed.
fn typed(
    written: &WrittenLaw,
    letters: &Letters,
    operations: &Operations,
    purpose: Purpose,
    chapter: u32,
) -> Result<Law, Diagnostic> {
    let mut scope = Scope { letters, operations, value: None, used: Default::default(), indices: Default::default() };
    let left = scope.term(&written.left)?;
    let on_the_left = scope.used.borrow().clone();
    let indices_on_the_left = scope.indices.borrow().clone();
    // `y` is the value of what the differential on the left is taken of.
    let inside = (left.op() == &Op::Differential).then(|| left.args()[0].clone());
    scope.value = inside.as_ref().map(|inside| inside.ty().clone());
    let right = scope.term(&written.right)?;
    let condition = |written: &WrittenCondition| match written {
        WrittenCondition::Compare(written) => scope.condition(written),
        WrittenCondition::Equal(left, right) => {
            let sides = stretched(vec![scope.term(left)?, scope.term(right)?]);
            match <[Term; 2]>::try_from(sides) {
                Ok([left, right]) if left.ty() == right.ty() => Ok(Condition::Equal(left, right)),
                _ => Err(Diagnostic::error("the two sides of a condition do not agree").at(&left.span, "here")),
            }
        }
        WrittenCondition::Index { index, present, place } => scope.index_condition(index, *present, place),
    };
    let conditions = written.conditions.iter().map(condition).collect::<Result<_, _>>()?;
    let [left, right]: [Term; 2] = match <[Term; 2]>::try_from(stretched(vec![left, right])) {
        Ok(sides) => sides,
        Err(_) => return Err(Diagnostic::error("a law has two sides").at(&written.span, "here")),
    };
    if left.ty() != right.ty() {
        return Err(Diagnostic::error(format!("the two sides of `{}` do not agree", written.name.node))
            .at(&written.left.span, left.shape().to_string())
            .at(&written.right.span, right.shape().to_string()));
    }
    if left == right {
        return Err(Diagnostic::error(format!("both sides of `{}` are the same", written.name.node))
            .at(&written.right.span, "says nothing")
            .hint("numbers are stretched, and `du` is d of u, before the sides are compared"));
    }
    let (used, indices) = (scope.used.into_inner(), scope.indices.into_inner());
    let value = used.contains_key(VALUE).then_some(inside).flatten().map(|inside| (Name::new(VALUE), inside));
    if matches!(purpose, Purpose::Differential | Purpose::Adjoint)
        && let Some(stranger) = used.keys().find(|name| !on_the_left.contains_key(*name) && name.as_str() != VALUE)
    {
        return Err(Diagnostic::error(format!("`{stranger}` stands only on the right"))
            .at(&written.right.span, "what would it be?")
            .hint("a law that is read from left to right can use only what its left side names"));
    }
    if let Some(stranger) = indices.iter().find(|index| !indices_on_the_left.contains(*index)) {
        return Err(Diagnostic::error(format!("the index `{stranger}` stands only on the right"))
            .at(&written.right.span, "over which range?")
            .hint("a law can use only those indices that its left side names"));
    }
    // In the order of declaration; `y` last.
    let mut ordered: IndexMap<Name, Letter> = letters
        .terms
        .iter()
        .filter(|(name, _)| used.contains_key(*name))
        .map(|(n, l)| (n.clone(), l.clone()))
        .collect();
    ordered.extend(used.into_iter().filter(|(name, _)| name.as_str() == VALUE));
    if written.standing == Standing::Rejected && written.failure.is_empty() {
        return Err(Diagnostic::error(format!("`{}` is rejected without a counterexample", written.name.node))
            .at(&written.span, "where does it fail?")
            .hint("add `fails at u = 0`, or `A = [0 1; 0 0]` for a matrix"));
    }
    if let (false, Some((letter, _))) = (written.standing == Standing::Rejected, written.failure.first()) {
        return Err(Diagnostic::error(format!("`{}` is no rejected law, and yet it fails", written.name.node))
            .at(&letter.span, "here")
            .hint("begin the line with `rejected`, or say `when` the law holds"));
    }
    for (letter, table) in &written.failure {
        let moved = letter.node.as_str().strip_prefix('d').and_then(|rest| ordered.get(rest));
        if ordered.get(&letter.node).or(moved).is_none() {
            return Err(Diagnostic::error(format!("the law has no letter `{}`", letter.node)).at(&letter.span, "here"));
        }
        if table.node.iter().any(|row| row.len() != table.node[0].len()) {
            return Err(Diagnostic::error("the rows of this table differ in length").at(&table.span, "here"));
        }
    }
    Ok(Law {
        name: written.name.node.clone(),
        standing: written.standing,
        purpose,
        letters: ordered,
        indices: letters.indices.iter().filter(|index| indices.contains(*index)).map(index_letter).collect(),
        left,
        right,
        value,
        conditions,
        caption: written.caption.clone().unwrap_or_else(|| written.name.node.as_str().replace('-', " ")),
        note: written.note.clone(),
        counterexample: written.failure.iter().map(|(name, table)| (name.node.clone(), table.node.clone())).collect(),
        chapter,
        span: written.span.clone(),
    })
}

/// `dX`: a d and a capital.
fn is_moving(name: &Name) -> bool {
    let mut letters = name.as_str().chars();
    letters.next() == Some('d') && letters.next().is_some_and(char::is_uppercase)
}

fn twice(what: &str, name: &Name, second: &Span, first: &Span) -> Diagnostic {
    Diagnostic::error(format!("the {what} `{name}` is there twice")).at(second, "the second").at(first, "the first")
}
