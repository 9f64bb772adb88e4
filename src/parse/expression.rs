//! Expressions on their own: laws, claims on the command line, tests.

use super::fault;
use super::grammar::{Grammar, Rule};
use super::reader::Reader;
use super::scan;
use crate::math::source::{Diagnostic, Outcome, Source, Span};
use crate::math::syntax::{Written, WrittenShape};
use pest::Parser;
use pest::iterators::Pair;
use std::ops::Range;

/// Who writes. Networks and laws share a grammar; a few signs differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// `·` is entrywise, `dA/dB` is a derivative, there is no `d u` and no `⟨G, u⟩`.
    Network,
    /// `·` is the matrix product, `d u` and `d(u)` are differentials, `⟨G, u⟩` is an inner product, `du` is a name.
    Law,
}

/// The expression that fills `range` of the text; spans count from the start of the whole text.
pub fn expression(source: &Source, range: Range<usize>, dialect: Dialect) -> Outcome<Written> {
    let (reader, pair) = parse(source, range, dialect, Rule::whole_expression)?;
    reader.written(first(pair, Rule::expression)).map_err(one)
}

/// `left = right`.
pub fn equation(source: &Source, range: Range<usize>, dialect: Dialect) -> Outcome<(Written, Written)> {
    let (reader, pair) = parse(source, range, dialect, Rule::whole_equation)?;
    let mut sides = pair.into_inner().filter(|part| part.as_rule() == Rule::expression);
    let left = reader.written(sides.next().expect("the rule has a left side")).map_err(one)?;
    let right = reader.written(sides.next().expect("the rule has a right side")).map_err(one)?;
    Ok((left, right))
}

/// `eps=1e-3`, as it stands on a command line.
pub fn setting(text: &str) -> Outcome<(Written, Written)> {
    let source = Source::new("--set", text);
    scan::text(&source).map_err(one)?;
    if !text.contains('=') {
        let place = Span { source: source.clone(), start: 0, end: text.len() };
        return Err(one(Diagnostic::error("a setting is a name and a value")
            .at(&place, "no `=` in it")
            .hint("as in `--set eps=1e-3` or `--set phi=relu`")));
    }
    equation(&source, 0..text.len(), Dialect::Network)
}

/// `H × D`
pub fn shape(source: &Source, range: Range<usize>) -> Outcome<WrittenShape> {
    let (reader, pair) = parse(source, range, Dialect::Law, Rule::whole_shape)?;
    reader.shape(first(pair, Rule::shape)).map_err(one)
}

fn parse<'a>(
    source: &'a Source,
    range: Range<usize>,
    dialect: Dialect,
    rule: Rule,
) -> Outcome<(Reader<'a>, Pair<'a, Rule>)> {
    scan::brackets(source, range.clone()).map_err(one)?;
    let reader = Reader { source, offset: range.start, dialect };
    let text = source.text.get(range).unwrap_or_default();
    match Grammar::parse(rule, text) {
        Ok(mut pairs) => Ok((reader, pairs.next().expect("an entry rule gives one pair"))),
        Err(error) => Err(one(fault::explain(&error, &reader))),
    }
}

fn first(pair: Pair<'_, Rule>, rule: Rule) -> Pair<'_, Rule> {
    pair.into_inner().find(|part| part.as_rule() == rule).expect("the rule holds such a part")
}

fn one(diagnostic: Diagnostic) -> Vec<Diagnostic> {
    vec![diagnostic]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::syntax::Expression;

    fn read(text: &str, dialect: Dialect) -> Outcome<Written> {
        expression(&Source::new("test", text), 0..text.len(), dialect)
    }

    #[test]
    fn laws_speak_of_differentials_and_pairs() {
        for text in [
            "d tanh(u)",
            "d(u + v)",
            "(1 − y²) ⊙ du",
            "⟨G, A · dX⟩",
            "⟨Aᵀ · G, dX⟩",
            "u⁻¹ · v",
            "d u",
            "p ⊙ (dx − ⟨p, dx⟩)",
            "-exp(-u^2) * du",
            "u^(c-1)",
            "2/√pi",
        ] {
            let result = read(text, Dialect::Law);
            assert_eq!(result.is_ok(), !text.contains('√'), "{text}: {result:?}");
        }
        let Ok(law) = read("A · dX ⊙ v", Dialect::Law) else { panic!("it parses") };
        let Expression::Product(parts) = law.node else { panic!("a product") };
        assert_eq!(parts.len(), 2, "the matrix product binds tighter");
        let Ok(network) = read("A · dX ⊙ v", Dialect::Network) else { panic!("it parses") };
        let Expression::Product(parts) = network.node else { panic!("a product") };
        assert_eq!(parts.len(), 3, "in a network `·` works entry by entry");
    }

    #[test]
    fn derivatives_are_written_without_blanks() {
        let Ok(claim) = read("-dL/dU^T + δW[t] * dL / dx + ∂L/∂h[t-1]", Dialect::Network) else {
            panic!("it parses")
        };
        let Expression::Sum(parts) = claim.node else { panic!("a sum") };
        assert!(
            matches!(&parts[0].1.node, Expression::Negate(inside) if matches!(&inside.node, Expression::Transpose(_)))
        );
        assert!(matches!(&parts[1].1.node, Expression::Product(factors) if factors.len() == 3));
        assert!(matches!(&parts[2].1.node, Expression::Derivative { of: Some(_), .. }));
    }

    #[test]
    fn long_chains_and_deep_nests_do_not_overflow() {
        let sum = vec!["x"; 50_000].join("+");
        assert!(read(&sum, Dialect::Network).is_ok());
        for text in ["-".repeat(50_000) + "x", "not ".repeat(50_000) + "x", "x".to_string() + &"^T".repeat(50_000)] {
            assert!(read(&text, Dialect::Network).is_ok());
        }
        let fits = "(".repeat(scan::DEEPEST_NESTING) + "x" + &")".repeat(scan::DEEPEST_NESTING);
        assert!(read(&fits, Dialect::Network).is_ok());
        let broken = "f(".repeat(60) + "$" + &")".repeat(60);
        assert!(read(&broken, Dialect::Network).is_err());
        let broken = "d x[d x[".repeat(30) + "$" + &"]]".repeat(30);
        assert!(read(&broken, Dialect::Law).is_err());
        let deep = "(".repeat(100_000) + &")".repeat(100_000);
        assert!(read(&deep, Dialect::Network).is_err());
    }
}
