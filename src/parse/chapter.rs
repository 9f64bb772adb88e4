//! A chapter of the book: its lines to a tree. Formulas are handed on to the reader of expressions.

use super::expression::{self, Dialect};
use super::fault;
use super::grammar::{Grammar, Rule};
use super::reader::{Reader, only};
use super::scan;
use crate::math::chapter::{
    ChapterFile, ChapterItem, Table, WrittenCondition, WrittenLaw, WrittenLetter, WrittenOperation, WrittenPayload,
    WrittenSort,
};
use crate::math::law::{Purpose, Standing};
use crate::math::number::{self, Rational};
use crate::math::source::{Diagnostic, Outcome, Source, Span, Spanned, SpannedName};
use crate::math::syntax::{Written, WrittenShape};
use pest::Parser;
use pest::iterators::Pair;

/// Reads a chapter. Errors: text that is no text, or a line that does not follow the grammar; several lines may be
/// wrong at once.
pub fn chapter(source: &Source) -> Outcome<ChapterFile> {
    scan::text(source).map_err(|error| vec![error])?;
    let reader = Reader { source, offset: 0, dialect: Dialect::Law };
    let pairs = Grammar::parse(Rule::chapter_file, &source.text);
    let file = match pairs {
        Ok(mut pairs) => pairs.next().expect("an entry rule gives one pair"),
        Err(error) => return Err(vec![fault::explain(&error, &reader)]),
    };
    let mut chapter = Chapter { reader, errors: Vec::new() };
    let result = chapter.file(file);
    if chapter.errors.is_empty() { Ok(result) } else { Err(chapter.errors) }
}

/// Walks the lines that pest found, and collects what is wrong.
struct Chapter<'a> {
    reader: Reader<'a>,
    errors: Vec<Diagnostic>,
}

impl Chapter<'_> {
    fn file(&mut self, pair: Pair<'_, Rule>) -> ChapterFile {
        let source = self.reader.source.clone();
        let mut file = ChapterFile { source, number: 0, title: String::new(), purpose: None, items: Vec::new() };
        for part in pair.into_inner() {
            let span = self.reader.span(&part);
            match part.as_rule() {
                Rule::chapter_title => {
                    file.title = text(&part, Rule::rest).unwrap_or_default();
                    file.number = text(&part, Rule::chapter_number).and_then(|n| n.parse().ok()).unwrap_or_default();
                }
                Rule::purpose_line => {
                    let node = match text(&part, Rule::law_purpose).as_deref() {
                        Some("differential") => Purpose::Differential,
                        Some("adjoint") => Purpose::Adjoint,
                        Some("reading") => Purpose::Reading,
                        _ => Purpose::Algebra,
                    };
                    file.purpose = Some(Spanned { node, span });
                }
                Rule::prose => {
                    self.check_prose(&part);
                    file.items.push(ChapterItem::Prose(Spanned { node: joined(part.as_str()), span }));
                }
                Rule::letters_line => {
                    let letters = self.letters(only(part, Rule::letters));
                    file.items.push(ChapterItem::Let(letters));
                }
                Rule::operation => {
                    let operation = self.operation(part);
                    file.items.push(ChapterItem::Operation(operation));
                }
                Rule::law_line => file.items.extend(self.law(part).map(ChapterItem::Law)),
                _ => {}
            }
        }
        file
    }

    /// A line that looks like a law with a misspelt first word must not pass as prose.
    fn check_prose(&mut self, pair: &Pair<'_, Rule>) {
        for line in pair.clone().into_inner() {
            let first = line.as_str().split_whitespace().next().unwrap_or_default();
            let near = ["law", "lemma", "rejected", "operation", "let", "purpose"]
                .into_iter()
                .find(|word| strsim::osa_distance(word, &first.to_lowercase()) <= 1);
            if let (Some(word), true) = (near, line.as_str().contains(['=', ':'])) {
                self.errors.push(
                    Diagnostic::error(format!("`{first}` begins no line of the book"))
                        .at(&self.reader.span(&line), "this would be prose, but looks like more")
                        .hint(format!("write `{word}`, or begin the sentence with another word")),
                );
            }
        }
    }

    /// A payload belongs to all letters before it in its list, back to the one before.
    fn letters(&mut self, pair: Pair<'_, Rule>) -> Vec<WrittenLetter> {
        let mut found: Vec<WrittenLetter> = Vec::new();
        let mut payload = None;
        let pairs: Vec<_> = pair.into_inner().filter(|part| part.as_rule() == Rule::letter).collect();
        for pair in pairs.into_iter().rev() {
            let name = self.reader.name(&only(pair.clone(), Rule::name));
            if let Some(part) = pair.into_inner().find(|part| part.as_rule() == Rule::payload) {
                payload = self.payload(part);
            }
            match &payload {
                Some((sort, payload)) => found.push(WrittenLetter { name, sort: *sort, payload: payload.clone() }),
                None => self.errors.push(
                    Diagnostic::error(format!("the letter `{}` has no payload", name.node))
                        .at(&name.span, "declared here")
                        .hint(format!("write `let {} : number`, or another payload", name.node)),
                ),
            }
        }
        found.reverse();
        found
    }

    fn payload(&mut self, pair: Pair<'_, Rule>) -> Option<(WrittenSort, WrittenPayload)> {
        let (mut sort, mut payload) = (WrittenSort::Any, WrittenPayload::Number);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::letter_sort if part.as_str() == "constant" => sort = WrittenSort::Constant,
                Rule::letter_sort if part.as_str() == "condition" => sort = WrittenSort::Condition,
                Rule::payload_word => payload = WrittenPayload::Payload,
                Rule::size_letter_word => payload = WrittenPayload::Size,
                Rule::index_letter_word => payload = WrittenPayload::Index,
                Rule::row_payload => payload = WrittenPayload::Row(self.shape(&only(part, Rule::letter_shape))?),
                Rule::letter_shape => payload = WrittenPayload::Shape(self.shape(&part)?),
                _ => {}
            }
        }
        Some((sort, payload))
    }

    fn operation(&mut self, pair: Pair<'_, Rule>) -> WrittenOperation {
        let mut parts = pair.into_inner();
        let head = parts.next().expect("an operation has a first line");
        let span = self.reader.span(&head);
        let name = self.reader.name(&only(head.clone(), Rule::name));
        let parameters = self.letters(only(head, Rule::letters));
        let mut operation = WrittenOperation {
            name,
            aliases: Vec::new(),
            parameters,
            prose: String::new(),
            latex: None,
            text: None,
            domain: None,
            bound: None,
            laws: Vec::new(),
            span,
        };
        for part in parts {
            match part.as_rule() {
                Rule::fact => self.fact(part, &mut operation),
                Rule::law_line => operation.laws.extend(self.law(part)),
                Rule::remark => operation.prose = joined(&format!("{} {}", operation.prose, part.as_str())),
                _ => {}
            }
        }
        operation
    }

    fn fact(&mut self, pair: Pair<'_, Rule>, operation: &mut WrittenOperation) {
        let span = self.reader.span(&pair);
        let value = text(&pair, Rule::rest).unwrap_or_default();
        match text(&pair, Rule::fact_name).as_deref() {
            Some("also") => operation.aliases.extend(
                value
                    .split(',')
                    .map(|name| Spanned { node: crate::math::name::Name::canonical(name.trim()), span: span.clone() }),
            ),
            Some("latex") => operation.latex = Some(value),
            Some("text") => operation.text = Some(value),
            Some("bound") => operation.bound = Some(value),
            _ => match interval(&value) {
                Some(domain) => operation.domain = Some(domain),
                None => self.errors.push(
                    Diagnostic::error("this is no interval")
                        .at(&span, "from where do random tests draw the arguments?")
                        .hint("write `domain −4 ≤ u ≤ 4`, or `<` for an end that is left out"),
                ),
            },
        }
    }

    fn law(&mut self, pair: Pair<'_, Rule>) -> Option<WrittenLaw> {
        let span = self.reader.span(&pair);
        let standing = match text(&pair, Rule::standing).as_deref() {
            Some("lemma") => Standing::Lemma,
            Some("rejected") => Standing::Rejected,
            _ => Standing::Law,
        };
        let (mut name, mut sides, mut conditions, mut failure) = (None, Vec::new(), Vec::new(), Vec::new());
        let (mut caption, mut note) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::law_name => name = Some(self.name(&part)),
                Rule::law_left | Rule::law_right if part.as_str().trim().is_empty() => {}
                Rule::law_left | Rule::law_right => sides.push(self.formula(&part)?),
                Rule::law_when => {
                    for condition in part.into_inner() {
                        match condition.as_rule() {
                            Rule::law_condition => {
                                conditions.push(WrittenCondition::Compare(self.formula(&condition)?));
                            }
                            Rule::law_equal => {
                                let right = only(condition.clone(), Rule::law_condition);
                                let left = self.formula(&only(condition, Rule::law_equal_left))?;
                                conditions.push(WrittenCondition::Equal(left, self.formula(&right)?));
                            }
                            Rule::law_index => conditions.push(self.index_condition(condition)),
                            _ => {}
                        }
                    }
                }
                Rule::law_fails => {
                    let places = part.into_inner().filter(|part| part.as_rule() == Rule::law_place);
                    failure = places.map(|place| self.place(place)).collect();
                }
                Rule::law_caption => {
                    let remark = text(&part, Rule::rest).unwrap_or_default();
                    let (before, after) = remark.split_once(';').unwrap_or((&remark, ""));
                    caption = Some(before.trim().to_string());
                    note = Some(after.trim().to_string()).filter(|note| !note.is_empty());
                }
                _ => {}
            }
        }
        let name = name?;
        let [left, right] = match <[Written; 2]>::try_from(sides) {
            Ok(sides) => sides,
            Err(_) => {
                let error = Diagnostic::error(format!("`{}` is no equation", name.node));
                self.errors.push(
                    error.at(&span, "a law has two sides").hint("write `left = right`, with blanks around the `=`"),
                );
                return None;
            }
        };
        Some(WrittenLaw { standing, name, left, right, conditions, failure, caption, note, span })
    }

    /// `s not in g`
    fn index_condition(&self, pair: Pair<'_, Rule>) -> WrittenCondition {
        let present = pair.clone().into_inner().any(|part| part.as_rule() == Rule::law_in);
        let mut names = pair.into_inner().filter(|part| part.as_rule() == Rule::name);
        let mut next = || self.reader.name(&names.next().expect("the rule holds two names"));
        WrittenCondition::Index { index: next(), present, place: next() }
    }

    /// `A = [0 1; 0 0]`
    fn place(&self, pair: Pair<'_, Rule>) -> (SpannedName, Spanned<Table>) {
        let name = self.reader.name(&only(pair.clone(), Rule::name));
        let value = pair.into_inner().last().expect("a value follows the name");
        let span = self.reader.span(&value);
        let node = match value.as_rule() {
            Rule::table => value
                .into_inner()
                .filter(|part| part.as_rule() == Rule::table_row)
                .map(|row| row.into_inner().map(|entry| entry_of(&entry)).collect())
                .collect(),
            _ => vec![vec![entry_of(&value)]],
        };
        (name, Spanned { node, span })
    }

    fn name(&self, pair: &Pair<'_, Rule>) -> SpannedName {
        Spanned { node: pair.as_str().into(), span: self.reader.span(pair) }
    }

    fn formula(&mut self, pair: &Pair<'_, Rule>) -> Option<Written> {
        let Span { source, start, end } = self.reader.span(pair);
        expression::expression(&source, start..end, Dialect::Law).map_err(|errors| self.errors.extend(errors)).ok()
    }

    fn shape(&mut self, pair: &Pair<'_, Rule>) -> Option<WrittenShape> {
        let Span { source, start, end } = self.reader.span(pair);
        expression::shape(&source, start..end).map_err(|errors| self.errors.extend(errors)).ok()
    }
}

/// The text of the part with that rule.
fn text(pair: &Pair<'_, Rule>, rule: Rule) -> Option<String> {
    pair.clone().into_inner().find(|part| part.as_rule() == rule).map(|part| part.as_str().trim().to_string())
}

/// Lines of a paragraph as one.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn entry_of(pair: &Pair<'_, Rule>) -> Rational {
    signed(pair.as_str()).unwrap_or_else(|| number::whole(0))
}

fn signed(text: &str) -> Option<Rational> {
    match text.trim().strip_prefix(['-', '−']) {
        Some(positive) => number::parse_decimal(positive).map(|value| -value),
        None => number::parse_decimal(text.trim()),
    }
}

/// `−4 ≤ u ≤ 4`: the first and the last part between the comparisons.
fn interval(text: &str) -> Option<(Rational, Rational)> {
    let parts: Vec<&str> = text.split(['≤', '<']).map(|part| part.trim_start_matches('=')).collect();
    let [low, _, high] = parts.as_slice() else { return None };
    Some((signed(low)?, signed(high)?)).filter(|(low, high)| low < high)
}
