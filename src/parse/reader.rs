//! Pairs of the expression grammar to trees.
//!
//! Recursion follows brackets only, whose nesting `scan` has bounded; chains of operators are loops.

use super::expression::Dialect;
use super::grammar::Rule;
use crate::math::expression::Relation;
use crate::math::name::Name;
use crate::math::number::{self, Rational};
use crate::math::source::{Diagnostic, Source, Span, Spanned, SpannedName};
use crate::math::syntax::{
    Argument, Call, Expression, SubscriptForm, Written, WrittenBinder, WrittenRange, WrittenShape, WrittenSubscript,
};
use pest::iterators::Pair;

/// What conversions need to know.
pub struct Reader<'a> {
    /// The whole text.
    pub source: &'a Source,
    /// Where in it the parsed text starts.
    pub offset: usize,
    /// Who writes.
    pub dialect: Dialect,
}

/// A tree, or what is wrong.
pub type Read<T> = Result<T, Diagnostic>;

impl Reader<'_> {
    /// The span of a pair, in the whole text, without blanks that the rule may have swallowed at its end.
    pub fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let (span, text) = (pair.as_span(), pair.as_str());
        let length = text.trim_end().len();
        self.stretch(span.start(), span.start() + length)
    }

    /// The span between two places of the parsed text.
    pub fn stretch(&self, start: usize, end: usize) -> Span {
        Span { source: self.source.clone(), start: start + self.offset, end: end + self.offset }
    }

    /// A name in its canonical spelling.
    pub fn name(&self, pair: &Pair<'_, Rule>) -> SpannedName {
        Spanned { node: Name::canonical(pair.as_str()), span: self.span(pair) }
    }

    /// Any of the rules from `expression` down to `primary`.
    pub fn written(&self, pair: Pair<'_, Rule>) -> Read<Written> {
        let span = self.span(&pair);
        let node = match pair.as_rule() {
            Rule::expression => return self.listed(pair, Rule::conjunction, Expression::Or),
            Rule::conjunction => return self.listed(pair, Rule::negation, Expression::And),
            Rule::negation => return self.negation(pair),
            Rule::comparison => return self.comparison(pair),
            Rule::sum => return self.sum(pair),
            Rule::product => return self.product(pair),
            Rule::postfix => return self.postfix(pair),
            Rule::primary => return self.written(inner(pair)),
            Rule::number => Expression::Number(self.number(&pair)?),
            Rule::applied => return self.applied(pair),
            Rule::marked => {
                let by = pair.into_inner().nth(1).expect("a mark stands before a name");
                Expression::Derivative { of: None, by: Box::new(self.applied(by)?) }
            }
            // The span keeps the parentheses: `resolve` asks whether a product was put in some.
            Rule::group => return Ok(Spanned { span, ..self.written(only(pair, Rule::expression))? }),
            Rule::list => Expression::List(self.each(pair, Rule::expression)?),
            Rule::pairing => {
                let mut sides = self.each(pair, Rule::expression)?;
                let right = sides.pop().expect("a pair has two sides");
                let left = sides.pop().expect("a pair has two sides");
                if self.dialect == Dialect::Network {
                    return Err(Diagnostic::error("an inner product in angle brackets belongs to the book of laws")
                        .at(&span, "not part of a network")
                        .hint("write `u^T @ v` for vectors, `sum(u * v)` in general"));
                }
                Expression::Pair(Box::new(left), Box::new(right))
            }
            Rule::differential => {
                if self.dialect == Dialect::Network {
                    return Err(Diagnostic::error("two expressions stand side by side")
                        .at(&span, "after `d` an operator is missing, or a line break")
                        .hint("a quantity named `d` is legal; begin the next statement on a new line"));
                }
                Expression::Differential(Box::new(self.postfix(only(pair, Rule::postfix))?))
            }
            other => unreachable!("{other:?} is no expression"),
        };
        Ok(Spanned { node, span })
    }

    /// `H × D`
    pub fn shape(&self, pair: Pair<'_, Rule>) -> Read<WrittenShape> {
        let span = self.span(&pair);
        Ok(Spanned { node: self.each(pair, Rule::sum)?, span })
    }

    /// `N` or `0..K-1`
    pub fn range(&self, pair: Pair<'_, Rule>) -> Read<WrittenRange> {
        let mut bounds = self.each(pair, Rule::sum)?;
        let high = bounds.pop().expect("a range has an end");
        Ok(WrittenRange { low: bounds.pop(), high })
    }

    /// What stands in `[ ]` after a name, when it is a reading; a condition after `|` is an error there.
    pub fn subscripts(&self, pair: Pair<'_, Rule>) -> Read<Vec<WrittenSubscript>> {
        let mut found = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::slot => found.push(self.subscript(part)?),
                Rule::bar => {
                    return Err(Diagnostic::error("a condition cannot stand among subscripts")
                        .at(&self.span(&part), "conditions belong to reductions")
                        .hint("as in `sum[s | s <= t](u[s])`; choose a value with `where(condition, u, v)`"));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    fn subscript(&self, slot: Pair<'_, Rule>) -> Read<WrittenSubscript> {
        let span = self.span(&slot);
        let (mut bounds, mut padded, mut what) = (Vec::new(), None, None);
        for part in slot.into_inner() {
            match part.as_rule() {
                Rule::whole => what = Some(SubscriptForm::All),
                Rule::sum => bounds.push(self.written(part)?),
                Rule::colon => {
                    return Err(Diagnostic::error("a range with `:` cannot stand among subscripts")
                        .at(&self.span(&part), "`:` declares the range of an index")
                        .hint("write `a..b` to read several entries, `:` alone to read the whole axis"));
                }
                Rule::padding => padded = Some(self.padding(part)?),
                _ => {}
            }
        }
        let what = what.unwrap_or_else(|| {
            let last = bounds.pop().expect("a slot holds something");
            match bounds.pop() {
                Some(low) => SubscriptForm::Range(low, last),
                None => SubscriptForm::At(last),
            }
        });
        Ok(WrittenSubscript { what, padded, span })
    }

    fn padding(&self, pair: Pair<'_, Rule>) -> Read<Span> {
        let span = self.span(&pair);
        let Some(number) = pair.into_inner().find(|part| part.as_rule() == Rule::number) else { return Ok(span) };
        let value = self.number(&number)?;
        if number::is_zero(&value) {
            return Ok(span);
        }
        Err(Diagnostic::error("past the end a reading can only be 0")
            .at(&span, "only `else 0` is possible")
            .hint("choose another value with `where(condition, u, v)`"))
    }

    fn number(&self, pair: &Pair<'_, Rule>) -> Read<Rational> {
        number::parse_decimal(pair.as_str()).ok_or_else(|| {
            Diagnostic::error("this number cannot be represented")
                .at(&self.span(pair), "too long, or its exponent is beyond ±400")
                .hint("a floating-point number lies between 1e-308 and 1e308")
        })
    }

    fn each(&self, pair: Pair<'_, Rule>, rule: Rule) -> Read<Vec<Written>> {
        pair.into_inner().filter(|part| part.as_rule() == rule).map(|part| self.written(part)).collect()
    }

    /// A flat list of operands; one operand is itself.
    fn listed(&self, pair: Pair<'_, Rule>, rule: Rule, make: fn(Vec<Written>) -> Expression) -> Read<Written> {
        let span = self.span(&pair);
        let mut parts = self.each(pair, rule)?;
        Ok(if parts.len() == 1 { parts.remove(0) } else { Spanned { node: make(parts), span } })
    }

    fn negation(&self, pair: Pair<'_, Rule>) -> Read<Written> {
        let span = self.span(&pair);
        let mut odd = false;
        let mut node = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::not_word => odd = !odd,
                _ => node = Some(self.written(part)?),
            }
        }
        let node = node.expect("`not` stands before something");
        Ok(if odd { Spanned { node: Expression::Not(Box::new(node)), span } } else { node })
    }

    fn comparison(&self, pair: Pair<'_, Rule>) -> Read<Written> {
        let span = self.span(&pair);
        let (mut operands, mut relations) = (Vec::new(), Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::relation => relations.push(match part.as_str() {
                    "==" => Relation::Equal,
                    "!=" | "≠" => Relation::NotEqual,
                    "<" => Relation::Less,
                    "<=" | "≤" => Relation::LessEqual,
                    ">" => Relation::Greater,
                    _ => Relation::GreaterEqual,
                }),
                _ => operands.push(self.written(part)?),
            }
        }
        Ok(if relations.is_empty() {
            operands.remove(0)
        } else {
            Spanned { node: Expression::Chain(operands, relations), span }
        })
    }

    fn sum(&self, pair: Pair<'_, Rule>) -> Read<Written> {
        let span = self.span(&pair);
        let (mut summands, mut subtracted) = (Vec::new(), false);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::plus => subtracted = false,
                Rule::minus => subtracted = true,
                _ => summands.push((subtracted, self.written(part)?)),
            }
        }
        Ok(if summands.len() == 1 { summands.remove(0).1 } else { Spanned { node: Expression::Sum(summands), span } })
    }

    /// A base with transposes and a power.
    pub fn postfix(&self, pair: Pair<'_, Rule>) -> Read<Written> {
        let whole = self.span(&pair);
        let mut parts = pair.into_inner();
        let mut result = self.written(parts.next().expect("a postfix has a base"))?;
        let (start, mut powers) = (result.span.clone(), 0);
        for part in parts {
            let here = self.span(&part);
            let span = Span { end: here.end, ..start.clone() };
            if part.as_rule() == Rule::transpose {
                result = match result {
                    // Two transposes cancel, so that a long chain of them is not deep.
                    Spanned { node: Expression::Transpose(inside), .. } if inside.span == start => *inside,
                    other => Spanned { node: Expression::Transpose(Box::new(other)), span },
                };
                continue;
            }
            powers += 1;
            if powers > 1 {
                return Err(Diagnostic::error("a power of a power needs parentheses")
                    .at(&here, "the second exponent")
                    .at(&whole, "reads either way")
                    .hint("write `(a^b)^c` or `a^(b*c)`, or `a^(b^c)`"));
            }
            let exponent = match part.as_rule() {
                Rule::superscript => superscript(part.as_str(), &here),
                _ => self.exponent(part)?,
            };
            result = Spanned { node: Expression::Power(Box::new(result), Box::new(exponent)), span };
        }
        Ok(result)
    }

    fn exponent(&self, pair: Pair<'_, Rule>) -> Read<Written> {
        let (mut negated, mut node, mut first) = (false, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::caret => {}
                Rule::minus => {
                    negated = true;
                    first = Some(self.span(&part));
                }
                _ => node = Some(self.written(part)?),
            }
        }
        let node = node.expect("a power has an exponent");
        Ok(match first.filter(|_| negated) {
            Some(minus) => Spanned { span: minus.to(&node.span), node: Expression::Negate(Box::new(node)) },
            None => node,
        })
    }

    /// A name, a reading or a call.
    fn applied(&self, pair: Pair<'_, Rule>) -> Read<Written> {
        let span = self.span(&pair);
        let (mut name, mut bracket, mut arguments) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::bracket => bracket = Some(part),
                _ => arguments = Some(part),
            }
        }
        let name = name.expect("it starts with a name");
        let node = match (bracket, arguments) {
            (None, None) => Expression::Name(name.node),
            (Some(bracket), None) => Expression::Read(name, self.subscripts(bracket)?),
            (bracket, Some(arguments)) => return self.call(name, bracket, arguments, span),
        };
        Ok(Spanned { node, span })
    }

    fn call(
        &self,
        mut function: SpannedName,
        bracket: Option<Pair<'_, Rule>>,
        arguments: Pair<'_, Rule>,
        span: Span,
    ) -> Read<Written> {
        if function.span.text() == "Σ" {
            function.node = Name::new("sum");
        }
        let (mut binders, mut condition) = (Vec::new(), None);
        for part in bracket.into_iter().flat_map(Pair::into_inner) {
            match part.as_rule() {
                Rule::slot => binders.push(self.binder(part)?),
                Rule::expression => condition = Some(Box::new(self.written(part)?)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        for part in arguments.into_inner().filter(|part| part.as_rule() == Rule::argument) {
            let place = self.span(&part);
            let mut sizes = self.each(part, Rule::expression)?;
            found.push(if sizes.len() == 1 {
                Argument::Term(sizes.remove(0))
            } else {
                Argument::Shape(Spanned { node: sizes, span: place })
            });
        }
        if self.dialect == Dialect::Law
            && function.node.as_str() == "d"
            && binders.is_empty()
            && found.len() == 1
            && let Some(Argument::Term(_)) = found.first()
        {
            let Some(Argument::Term(inside)) = found.pop() else { unreachable!("it was just seen") };
            return Ok(Spanned { node: Expression::Differential(Box::new(inside)), span });
        }
        let call = Call { function, binders, condition, arguments: found };
        Ok(Spanned { node: Expression::Call(call), span })
    }

    fn binder(&self, slot: Pair<'_, Rule>) -> Read<WrittenBinder> {
        let span = self.span(&slot);
        let wrong = |what: &str| {
            Err(Diagnostic::error("brackets before `(` hold indices")
                .at(&span, what.to_string())
                .hint("as in `sum[s](…)`, `sum[a : 3](…)`, `sum[s | s <= t](…)`"))
        };
        let (mut index, mut range) = (None, None);
        for part in slot.into_inner() {
            match part.as_rule() {
                Rule::sum => match self.written(part)? {
                    Spanned { node: Expression::Name(name), span } if index.is_none() => {
                        index = Some(Spanned { node: name, span });
                    }
                    _ => return wrong("not the name of an index"),
                },
                Rule::range => range = Some(self.range(part)?),
                Rule::padding => return wrong("`else` belongs to readings"),
                Rule::whole => return wrong("not the name of an index"),
                _ => {}
            }
        }
        Ok(WrittenBinder { index: index.expect("a slot holds something"), range })
    }
}

/// `²`, `⁻¹`
fn superscript(text: &str, span: &Span) -> Written {
    let digits: String =
        text.chars().filter_map(|c| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|d| d == c)).map(|d| d.to_string()).collect();
    let value = number::parse_decimal(&digits).unwrap_or_else(|| number::whole(0));
    let node = Spanned { node: Expression::Number(value), span: span.clone() };
    if text.starts_with('⁻') {
        Spanned { node: Expression::Negate(Box::new(node)), span: span.clone() }
    } else {
        node
    }
}

/// The only part of a pair.
fn inner(pair: Pair<'_, Rule>) -> Pair<'_, Rule> {
    pair.into_inner().next().expect("the rule holds one part")
}

/// The part of a pair with that rule.
pub fn only(pair: Pair<'_, Rule>, rule: Rule) -> Pair<'_, Rule> {
    pair.into_inner().find(|part| part.as_rule() == rule).expect("the rule holds such a part")
}
