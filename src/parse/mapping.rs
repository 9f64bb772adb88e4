//! Mappings of weight files to lines.

use super::expression::Dialect;
use super::fault;
use super::grammar::{Grammar, Rule};
use super::reader::{Reader, only};
use super::scan;
use crate::math::mapping::{Blocks, Line, Mapping, Numbers, Pattern, Term};
use crate::math::name::Name;
use crate::math::source::{Diagnostic, Outcome, Source, Span, Spanned};
use pest::Parser;
use pest::iterators::Pair;

/// What a line looks like.
const LINE: &str = "a line is `W = tensor`, or `[W_i; W_f] = tensor` for blocks one below the other";

/// Reads a whole file. A syntax error ends it; other mistakes are collected.
pub fn mapping(source: &Source) -> Outcome<Mapping> {
    scan::text(source).map_err(|error| vec![error])?;
    let reader = Reader { source, offset: 0, dialect: Dialect::Network };
    let file = match Grammar::parse(Rule::mapping_file, &source.text) {
        Ok(mut pairs) => pairs.next().expect("an entry rule gives one pair"),
        Err(error) => return Err(vec![fault::explain(&error, &reader).hint(LINE)]),
    };
    let (mut lines, mut errors) = (Vec::new(), Vec::new());
    for part in file.into_inner().filter(|part| part.as_rule() == Rule::mapping_line) {
        match line(&reader, part) {
            Ok(line) => lines.push(line),
            Err(error) => errors.push(error),
        }
    }
    if lines.is_empty() && errors.is_empty() {
        let end = source.text.trim_end().len();
        errors.push(
            Diagnostic::error(format!("`{}` maps nothing", source.name))
                .at(&Span { source: source.clone(), start: end, end }, "a line was expected")
                .hint(LINE),
        );
    }
    if errors.is_empty() { Ok(Mapping { lines }) } else { Err(errors) }
}

fn line(reader: &Reader<'_>, pair: Pair<'_, Rule>) -> Result<Line, Diagnostic> {
    let span = reader.span(&pair);
    let (mut cut, mut terms, mut negative) = (None, Vec::new(), false);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::blocks => cut = Some(blocks(reader, part)),
            Rule::minus => negative = true,
            Rule::plus => negative = false,
            Rule::held => terms.push(Term { negative, ..term(reader, part)? }),
            _ => {}
        }
    }
    let line = Line { blocks: cut.expect("a line begins with blocks"), terms, span };
    agree(&line)?;
    Ok(line)
}

/// The pieces of a line have one index, and it stands in the names of all its tensors.
fn agree(line: &Line) -> Result<(), Diagnostic> {
    let numbers: Vec<Option<&Name>> =
        line.terms.iter().map(|term| term.tensor.node.number.as_ref().map(|(numbers, _)| &numbers.index)).collect();
    for (place, index) in line.blocks.indices() {
        if place.node.as_str() == "_" && index.is_none() {
            continue;
        }
        for (term, number) in line.terms.iter().zip(&numbers) {
            if index == *number {
                continue;
            }
            let error = Diagnostic::error(match (index, number) {
                (Some(index), None) => format!("no tensor of this line has a number `{{{index}}}`"),
                (None, Some(number)) => format!("`{}` has no index `{number}`", place.node),
                _ => "the numbers of this line have different names".to_string(),
            });
            return Err(error
                .at(&place.span, "the pieces")
                .at(&term.tensor.span, "the tensor")
                .hint("as in `W[l] = layers.{l}.weight`"));
        }
    }
    Ok(())
}

/// Recursion follows brackets, whose nesting `scan` has bounded.
fn blocks(reader: &Reader<'_>, pair: Pair<'_, Rule>) -> Blocks {
    let span = reader.span(&pair);
    let inside = pair.into_inner().next().expect("blocks are packed, or a place");
    if inside.as_rule() == Rule::place {
        let index = inside.clone().into_inner().find(|part| part.as_rule() == Rule::pieces);
        let index = index.map(|part| reader.name(&only(part, Rule::name)).node);
        return Blocks::Place(reader.name(&only(inside, Rule::name)), index);
    }
    let beside = inside.clone().into_inner().any(|part| part.as_rule() == Rule::comma);
    let parts = inside.into_inner().filter(|part| part.as_rule() == Rule::blocks);
    let parts = parts.map(|part| blocks(reader, part)).collect();
    if beside { Blocks::Beside(parts, span) } else { Blocks::Below(parts, span) }
}

fn term(reader: &Reader<'_>, pair: Pair<'_, Rule>) -> Result<Term, Diagnostic> {
    let transposed = pair.clone().into_inner().any(|part| part.as_rule() == Rule::transpose);
    let tensor = pair.into_inner().next().expect("a tensor has a name");
    let span = reader.span(&tensor);
    let text = tensor.as_str().trim();
    let node = match tensor.as_rule() {
        // What stands in quotes is taken as it is.
        Rule::text => Pattern { before: text.trim_matches('"').to_string(), number: None },
        _ => pattern(text).ok_or_else(|| {
            Diagnostic::error("this is no name of a tensor")
                .at(&span, "`{` and `}` hold one index")
                .hint("write `layers.{l}.weight`, or `layers.{l:1..11}.weight` for some of them")
        })?,
    };
    Ok(Term { negative: false, transposed, tensor: Spanned { node, span } })
}

/// `layers.{l:1..11}.weight`
fn pattern(text: &str) -> Option<Pattern> {
    let Some((before, rest)) = text.split_once('{') else {
        let plain = !text.contains(['}', ':']);
        return plain.then(|| Pattern { before: text.to_string(), number: None });
    };
    let (inside, after) = rest.split_once('}')?;
    if after.contains(['{', '}', ':']) || before.contains(['}', ':']) {
        return None;
    }
    let (index, range) = match inside.split_once(':') {
        Some((index, range)) => {
            let (low, high) = range.split_once("..")?;
            (index, Some((low.parse().ok()?, high.parse().ok()?)))
        }
        None => (inside, None),
    };
    let named =
        index.starts_with(|c: char| c.is_alphabetic()) && index.chars().all(|c| c.is_alphanumeric() || c == '_');
    let numbers = Numbers { index: Name::canonical(index), range };
    named.then(|| Pattern { before: before.to_string(), number: Some((numbers, after.to_string())) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let read =
            mapping(&Source::new("a", "# PyTorch\n[[A; _], [B; C]] = cell.w + v^T\nW[l] = a.{l:1..3}.w\nd = -\"x y\""));
        let lines = read.expect("a mapping").lines;
        assert_eq!(lines.len(), 3);
        let Blocks::Beside(halves, _) = &lines[0].blocks else { panic!("{lines:?}") };
        assert!(matches!(&halves[0], Blocks::Below(parts, _) if parts.len() == 2));
        assert!(lines[0].terms[1].transposed && !lines[0].terms[0].transposed);
        assert_eq!(lines[1].terms[0].tensor.node.number.as_ref().expect("a number").0.range, Some((1, 3)));
        assert_eq!((lines[2].terms[0].negative, lines[2].terms[0].tensor.node.before.as_str()), (true, "x y"));
    }

    #[test]
    fn what_is_no_mapping_is_refused() {
        for text in
            ["", "W =", "W = a{b", "W = a.{l}.w", "W[l] = a.w", "[A; B, C] = w", "W[l] = a.{l:3}.w", "W[l] = {l}.{l}"]
        {
            assert!(mapping(&Source::new("a", text)).is_err(), "{text}");
        }
    }
}
