//! A chapter of the book: its lines into a tree.

use crate::math::chapter::{
    ChapterFile, ChapterItem, Table, WrittenLaw, WrittenLetter, WrittenOperation, WrittenPayload, WrittenSort,
};
use crate::math::expression::Relation;
use crate::math::law::{Purpose, Standing};
use crate::math::name::Name;
use crate::math::number::{self, Rational};
use crate::math::source::{Diagnostic, Outcome, Source, Span, Spanned, SpannedName};
use crate::math::syntax::{Argument, Call, Expression, ProductOperator, Written, WrittenShape};
use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::Pair;

/// The reader that pest makes of the grammar.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/chapter.pest"]
struct Grammar;

/// A law is one line that a person can take in. The bound also keeps the reader's own recursion small.
const LONGEST_LINE: usize = 600;

/// Reads a chapter. Errors: a line that is too long, or that does not follow the grammar, with its place.
pub fn chapter(source: &Source) -> Outcome<ChapterFile> {
    short_lines(source)?;
    let mut pairs = Grammar::parse(Rule::chapter, &source.text).map_err(|error| vec![wrong(source, &error)])?;
    let Some(chapter) = pairs.next() else { return Err(vec![Diagnostic::error("the chapter is empty")]) };
    Reader { source }.chapter(chapter).map_err(|error| vec![error])
}

fn short_lines(source: &Source) -> Outcome<()> {
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        if line.len() > LONGEST_LINE {
            let span = Span { source: source.clone(), start, end: start + line.trim_end().len() };
            return Err(vec![
                Diagnostic::error(format!("this line is {} bytes long", line.len()))
                    .at(&span, format!("a line of the book has at most {LONGEST_LINE}"))
                    .hint("break the prose, or name a part of the law with a letter"),
            ]);
        }
        start += line.len();
    }
    Ok(())
}

type Read<T> = Result<T, Diagnostic>;

/// Walks the pairs that pest found.
struct Reader<'a> {
    source: &'a Source,
}

impl Reader<'_> {
    fn chapter(&self, pair: Pair<'_, Rule>) -> Read<ChapterFile> {
        let mut file = ChapterFile {
            source: self.source.clone(),
            number: 0,
            title: String::new(),
            purpose: None,
            items: Vec::new(),
        };
        for part in pair.into_inner() {
            let span = self.span(&part);
            match part.as_rule() {
                Rule::title => {
                    for piece in part.into_inner() {
                        match piece.as_rule() {
                            Rule::number => file.number = piece.as_str().parse().unwrap_or(0),
                            Rule::line => file.title = piece.as_str().trim().to_string(),
                            _ => {}
                        }
                    }
                }
                Rule::purpose => {
                    let word = part.into_inner().find(|piece| piece.as_rule() == Rule::kind_of_law);
                    let node = match word.as_ref().map(Pair::as_str) {
                        Some("differential") => Purpose::Differential,
                        Some("adjoint") => Purpose::Adjoint,
                        _ => Purpose::Algebra,
                    };
                    file.purpose = Some(Spanned { node, span });
                }
                Rule::prose => file.items.push(ChapterItem::Prose(self.prose(&part)?)),
                Rule::letters => file.items.push(ChapterItem::Let(self.letters(part))),
                Rule::operation => file.items.push(ChapterItem::Operation(self.operation(part)?)),
                Rule::law => file.items.push(ChapterItem::Law(self.law(part)?)),
                _ => {}
            }
        }
        Ok(file)
    }

    /// A paragraph. A line that looks like a law with a misspelt first word must not pass as prose.
    fn prose(&self, pair: &Pair<'_, Rule>) -> Read<Spanned<String>> {
        for line in pair.clone().into_inner() {
            let first = line.as_str().split_whitespace().next().unwrap_or_default();
            let near = ["law", "lemma", "rejected", "operation", "let", "purpose"]
                .into_iter()
                .find(|word| strsim::osa_distance(word, &first.to_lowercase()) <= 1);
            if let Some(word) = near
                && (line.as_str().contains('=') || line.as_str().contains(':'))
            {
                return Err(Diagnostic::error(format!("`{first}` begins no line of the book"))
                    .at(&self.span(&line), "this reads as prose, but looks like more")
                    .hint(format!("write `{word}`, or begin the sentence with another word")));
            }
        }
        Ok(Spanned { node: joined(pair.as_str()), span: self.span(pair) })
    }

    fn letters(&self, pair: Pair<'_, Rule>) -> Vec<WrittenLetter> {
        let letters = pair.into_inner().filter(|part| part.as_rule() == Rule::letter);
        self.shared(letters.collect())
    }

    /// A payload belongs to all letters before it in its list, back to the one before.
    fn shared(&self, pairs: Vec<Pair<'_, Rule>>) -> Vec<WrittenLetter> {
        let mut found: Vec<WrittenLetter> = Vec::new();
        let mut payload = (WrittenSort::Any, WrittenPayload::Number);
        for pair in pairs.into_iter().rev() {
            let mut name = None;
            for part in pair.into_inner() {
                match part.as_rule() {
                    Rule::name => name = Some(self.name(&part)),
                    Rule::payload => payload = self.payload(part),
                    _ => {}
                }
            }
            if let Some(name) = name {
                found.push(WrittenLetter { name, sort: payload.0, payload: payload.1.clone() });
            }
        }
        found.reverse();
        found
    }

    fn payload(&self, pair: Pair<'_, Rule>) -> (WrittenSort, WrittenPayload) {
        let (mut sort, mut payload) = (WrittenSort::Any, WrittenPayload::Number);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::constant_word => sort = WrittenSort::Constant,
                Rule::condition_word => sort = WrittenSort::Condition,
                Rule::payload_word => payload = WrittenPayload::Payload,
                Rule::size_word => payload = WrittenPayload::Size,
                Rule::row => {
                    if let Some(size) = part.into_inner().find(|piece| piece.as_rule() == Rule::name) {
                        payload = WrittenPayload::Row(self.name(&size));
                    }
                }
                Rule::shape => payload = WrittenPayload::Shape(self.shape(part)),
                _ => {}
            }
        }
        (sort, payload)
    }

    /// `M × N`
    fn shape(&self, pair: Pair<'_, Rule>) -> WrittenShape {
        let span = self.span(&pair);
        let sizes = pair.into_inner().filter(|part| part.as_rule() == Rule::size);
        let node = sizes
            .map(|size| {
                let span = self.span(&size);
                let node = match number::parse_decimal(size.as_str()) {
                    Some(value) => Expression::Number(value),
                    None => Expression::Name(Name::new(size.as_str())),
                };
                Spanned { node, span }
            })
            .collect();
        Spanned { node, span }
    }

    fn operation(&self, pair: Pair<'_, Rule>) -> Read<WrittenOperation> {
        let span = self.span(&pair);
        let mut operation = WrittenOperation {
            name: Spanned { node: Name::new(""), span: span.clone() },
            aliases: Vec::new(),
            parameters: Vec::new(),
            prose: String::new(),
            latex: None,
            text: None,
            domain: None,
            bound: None,
            laws: Vec::new(),
            span,
        };
        for part in pair.into_inner() {
            let line = |part: Pair<'_, Rule>| {
                let line = part.into_inner().find(|piece| piece.as_rule() == Rule::line);
                line.map(|line| line.as_str().trim().to_string())
            };
            match part.as_rule() {
                Rule::operation_head => {
                    let mut letters = Vec::new();
                    operation.span = self.span(&part);
                    for piece in part.into_inner() {
                        match piece.as_rule() {
                            Rule::name => operation.name = self.name(&piece),
                            Rule::letter => letters.push(piece),
                            _ => {}
                        }
                    }
                    operation.parameters = self.shared(letters);
                }
                Rule::aliases => {
                    let names = part.into_inner().filter(|piece| piece.as_rule() == Rule::name);
                    operation.aliases.extend(names.map(|name| self.name(&name)));
                }
                Rule::latex => operation.latex = line(part),
                Rule::text => operation.text = line(part),
                Rule::bound => operation.bound = line(part),
                Rule::domain => {
                    let ends = part.into_inner().filter(|piece| piece.as_rule() == Rule::signed_number);
                    let ends: Vec<Rational> = ends.map(|end| self.signed_number(end).node).collect();
                    operation.domain = ends.first().cloned().zip(ends.last().cloned());
                }
                Rule::law => operation.laws.push(self.law(part)?),
                Rule::remark => {
                    operation.prose = joined(&format!("{} {}", operation.prose, part.as_str()));
                }
                _ => {}
            }
        }
        Ok(operation)
    }

    fn law(&self, pair: Pair<'_, Rule>) -> Read<WrittenLaw> {
        let span = self.trimmed(&pair);
        let (mut standing, mut name, mut sides) = (Standing::Law, None, Vec::new());
        let (mut conditions, mut failure, mut remark) = (Vec::new(), Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::standing => {
                    standing = match part.as_str().trim() {
                        "lemma" => Standing::Lemma,
                        "rejected" => Standing::Rejected,
                        _ => Standing::Law,
                    }
                }
                Rule::law_name => name = Some(self.name(&part)),
                Rule::sum => sides.push(self.formula(part)?),
                Rule::comparison => conditions.push(self.formula(part)?),
                Rule::place => failure.extend(self.place(part)),
                Rule::line => remark = Some(part.as_str().trim().to_string()),
                _ => {}
            }
        }
        let (Some(name), Some(right), Some(left)) = (name, sides.pop(), sides.pop()) else {
            return Err(Diagnostic::error("a law has two sides").at(&span, "here"));
        };
        let (caption, note) = match remark {
            Some(remark) => match remark.split_once(';') {
                Some((caption, note)) => (Some(caption.trim().to_string()), Some(note.trim().to_string())),
                None => (Some(remark), None),
            },
            None => (None, None),
        };
        Ok(WrittenLaw { standing, name, left, right, conditions, failure, caption, note, span })
    }

    /// `A = [0 1; 0 0]`
    fn place(&self, pair: Pair<'_, Rule>) -> Option<(SpannedName, Spanned<Table>)> {
        let (mut name, mut table) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::signed_number => {
                    let number = self.signed_number(part);
                    table = Some(Spanned { node: vec![vec![number.node]], span: number.span });
                }
                Rule::table => {
                    let span = self.span(&part);
                    let rows = part.into_inner().filter(|piece| piece.as_rule() == Rule::table_row);
                    let node = rows
                        .map(|row| row.into_inner().map(|number| self.signed_number(number).node).collect())
                        .collect();
                    table = Some(Spanned { node, span });
                }
                _ => {}
            }
        }
        name.zip(table)
    }

    /// `−3/2`
    fn signed_number(&self, pair: Pair<'_, Rule>) -> Spanned<Rational> {
        let span = self.span(&pair);
        let (mut minus, mut value) = (false, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::minus => minus = true,
                Rule::number => {
                    let number = number::parse_decimal(part.as_str()).unwrap_or_else(|| number::whole(0));
                    value = Some(match value {
                        Some(top) if !number::is_zero(&number) => top / number,
                        _ => number,
                    });
                }
                _ => {}
            }
        }
        let value = value.unwrap_or_else(|| number::whole(0));
        Spanned { node: if minus { -value } else { value }, span }
    }

    /// Any formula, from a comparison down to a letter.
    fn formula(&self, pair: Pair<'_, Rule>) -> Read<Written> {
        let span = self.trimmed(&pair);
        let spanned = |node| Spanned { node, span: span.clone() };
        match pair.as_rule() {
            Rule::comparison => {
                let (mut sides, mut relations) = (Vec::new(), Vec::new());
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::relation => relations.push(relation(part.as_str())),
                        _ => sides.push(self.formula(part)?),
                    }
                }
                Ok(spanned(Expression::Chain(sides, relations)))
            }
            Rule::sum => {
                let (mut subtracted, mut summands) = (false, Vec::new());
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::plus => subtracted = false,
                        Rule::minus => subtracted = true,
                        _ => summands.push((subtracted, self.formula(part)?)),
                    }
                }
                Ok(single(summands).unwrap_or_else(|summands| spanned(Expression::Sum(summands))))
            }
            Rule::product | Rule::chain => {
                let (mut operator, mut factors) = (ProductOperator::Times, Vec::new());
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::times => operator = ProductOperator::Times,
                        Rule::divide => operator = ProductOperator::Divide,
                        Rule::dot => operator = ProductOperator::MatMul,
                        _ => factors.push((operator, self.formula(part)?)),
                    }
                }
                Ok(single(factors).unwrap_or_else(|factors| spanned(Expression::Product(factors))))
            }
            Rule::signed => {
                let parts: Vec<_> = pair.into_inner().collect();
                let minus = parts.len() > 1;
                let Some(last) = parts.into_iter().next_back() else { return Err(empty(&span)) };
                let inner = self.formula(last)?;
                Ok(if minus { spanned(Expression::Negate(Box::new(inner))) } else { inner })
            }
            Rule::power => {
                let mut parts = pair.into_inner();
                let Some(base) = parts.next() else { return Err(empty(&span)) };
                let mut result = self.formula(base)?;
                for part in parts {
                    let whole = result.span.to(&self.trimmed(&part));
                    let base = Box::new(result);
                    let number = |n| Box::new(Spanned { node: Expression::Number(number::whole(n)), span: whole.clone() });
                    let node = match part.as_rule() {
                        Rule::transpose => Expression::Transpose(base),
                        Rule::square => Expression::Power(base, number(2)),
                        Rule::cube => Expression::Power(base, number(3)),
                        Rule::inverse => Expression::Power(base, number(-1)),
                        _ => Expression::Power(base, Box::new(self.inner(part, &whole)?)),
                    };
                    result = Spanned { node, span: whole };
                }
                Ok(result)
            }
            Rule::differential => Ok(spanned(Expression::Differential(Box::new(self.inner(pair, &span)?)))),
            Rule::pair => {
                let mut sides = Vec::new();
                for part in pair.into_inner().filter(|part| part.as_rule() == Rule::sum) {
                    sides.push(self.formula(part)?);
                }
                let (Some(right), Some(left)) = (sides.pop(), sides.pop()) else { return Err(empty(&span)) };
                Ok(spanned(Expression::Pair(Box::new(left), Box::new(right))))
            }
            Rule::call => {
                let (mut function, mut arguments) = (None, Vec::new());
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::function => function = Some(self.name(&part)),
                        Rule::argument => arguments.push(self.argument(part)?),
                        _ => {}
                    }
                }
                let Some(function) = function else { return Err(empty(&span)) };
                Ok(spanned(Expression::Call(Call { function, binders: Vec::new(), condition: None, arguments })))
            }
            Rule::number => number::parse_decimal(pair.as_str())
                .map(|value| spanned(Expression::Number(value)))
                .ok_or_else(|| Diagnostic::error("this number is too long").at(&span, "here")),
            Rule::signed_number => {
                let number = self.signed_number(pair);
                Ok(Spanned { node: Expression::Number(number.node), span: number.span })
            }
            _ => Ok(spanned(Expression::Name(Name::new(pair.as_str().trim())))),
        }
    }

    /// The formula inside a group, an exponent or a differential: the only part that is no mark.
    fn inner(&self, pair: Pair<'_, Rule>, span: &Span) -> Read<Written> {
        let part = pair.into_inner().find(|part| {
            !matches!(part.as_rule(), Rule::open | Rule::close | Rule::caret | Rule::d_word)
        });
        part.map_or_else(|| Err(empty(span)), |part| self.formula(part))
    }

    fn argument(&self, pair: Pair<'_, Rule>) -> Read<Argument> {
        let span = self.trimmed(&pair);
        let Some(part) = pair.into_inner().next() else { return Err(empty(&span)) };
        Ok(match part.as_rule() {
            Rule::shape_pair => Argument::Shape(self.shape(part)),
            Rule::negation => {
                let inner = part.into_inner().find(|piece| piece.as_rule() == Rule::argument);
                match inner.map(|inner| self.argument(inner)).transpose()? {
                    Some(Argument::Term(term)) => Argument::Term(Spanned { node: Expression::Not(Box::new(term)), span }),
                    _ => return Err(empty(&span)),
                }
            }
            _ => Argument::Term(self.formula(part)?),
        })
    }

    fn name(&self, pair: &Pair<'_, Rule>) -> SpannedName {
        Spanned { node: Name::new(pair.as_str()), span: self.span(pair) }
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        Span { source: self.source.clone(), start: pair.as_span().start(), end: pair.as_span().end() }
    }

    /// The span without the blanks that follow.
    fn trimmed(&self, pair: &Pair<'_, Rule>) -> Span {
        let start = pair.as_span().start();
        Span { source: self.source.clone(), start, end: start + pair.as_str().trim_end().len() }
    }
}

/// The only element when there is one, and all of them otherwise.
fn single<T>(mut parts: Vec<(T, Written)>) -> Result<Written, Vec<(T, Written)>> {
    match parts.pop() {
        Some((_, only)) if parts.is_empty() => Ok(only),
        Some(last) => {
            parts.push(last);
            Err(parts)
        }
        None => Err(parts),
    }
}

fn empty(span: &Span) -> Diagnostic {
    Diagnostic::error("a formula is missing").at(span, "here")
}

fn relation(text: &str) -> Relation {
    match text.trim() {
        "≤" | "<=" => Relation::LessEqual,
        "≥" | ">=" => Relation::GreaterEqual,
        "≠" | "!=" => Relation::NotEqual,
        "<" => Relation::Less,
        _ => Relation::Greater,
    }
}

/// Lines of a paragraph as one.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What pest says, in words.
fn wrong(source: &Source, error: &pest::error::Error<Rule>) -> Diagnostic {
    let start = match error.location {
        InputLocation::Pos(start) | InputLocation::Span((start, _)) => start,
    };
    let next = source.text.get(start..).and_then(|rest| rest.chars().next()).filter(|next| *next != '\n');
    let span = Span { source: source.clone(), start, end: start + next.map_or(0, char::len_utf8) };
    let expected: Vec<&'static str> = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            let mut words: Vec<&'static str> = positives.iter().filter_map(in_words).collect();
            words.sort_unstable();
            words.dedup();
            words
        }
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    let found = match next {
        Some(next) => format!("`{next}` does not fit here"),
        None if start >= source.text.len() => "the chapter ends too early".to_string(),
        None => "the line ends too early".to_string(),
    };
    let label = match expected.as_slice() {
        [] => "here".to_string(),
        [only] => format!("expected {only}"),
        [more @ .., last] => format!("expected {} or {last}", more.join(", ")),
    };
    let diagnostic = Diagnostic::error(found).at(&span, label);
    match unclosed(source, start) {
        Some(bracket) => diagnostic.at(&bracket, "this bracket is not closed"),
        None => diagnostic,
    }
}

/// The innermost bracket that is open at `place`, on its line.
fn unclosed(source: &Source, place: usize) -> Option<Span> {
    let before = source.text.get(..place)?;
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    let mut open = Vec::new();
    for (offset, letter) in before[line..].char_indices() {
        match letter {
            '(' | '[' | '⟨' => open.push((line + offset, letter.len_utf8())),
            ')' | ']' | '⟩' => {
                open.pop();
            }
            _ => {}
        }
    }
    open.last().map(|(start, length)| Span { source: source.clone(), start: *start, end: start + length })
}

/// How a reader calls what the grammar expected. Marks that merely could follow are left out where a formula is due.
fn in_words(rule: &Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::title | Rule::hash => "`# Chapter 1. A title`",
        Rule::sum | Rule::product | Rule::chain | Rule::signed | Rule::power | Rule::argument | Rule::comparison => "a formula",
        Rule::call | Rule::function | Rule::differential | Rule::pair => "a formula",
        Rule::name | Rule::letter => "a name",
        Rule::number | Rule::signed_number => "a number",
        Rule::law_name => "the law's name",
        Rule::kind_of_law => "`differential`, `adjoint` or `algebra`",
        Rule::close => "`)`",
        Rule::open => "`(`",
        Rule::close_square => "`]`",
        Rule::close_angle => "`⟩`",
        Rule::comma => "`,`",
        Rule::equals => "`=`",
        Rule::relation => "a comparison",
        Rule::colon => "`:`",
        Rule::plus | Rule::minus | Rule::times | Rule::divide | Rule::dot => "an operator",
        Rule::payload | Rule::shape | Rule::size => "a payload",
        Rule::when_word => "`when`",
        Rule::dashes => "`--` and a caption",
        Rule::EOI => "the end",
        _ => return None,
    })
}
