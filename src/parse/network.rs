//! Network files to statements.

use super::expression::Dialect;
use super::fault;
use super::grammar::{Grammar, Rule};
use super::reader::{Reader, only};
use super::scan;
use crate::math::expression::Relation;
use crate::math::source::{Diagnostic, Outcome, Source, Span, Spanned, SpannedName};
use crate::math::syntax::{
    Declaration, DeclaredRole, Definition, Expression, NetworkFile, Statement, Written, WrittenClaim, WrittenEquation,
    WrittenShape,
};
use pest::Parser;
use pest::iterators::Pair;

type Read<T> = Result<T, Diagnostic>;

/// Reads a whole file. A syntax error ends it; mistakes within statements are collected.
pub fn network(source: &Source) -> Outcome<NetworkFile> {
    scan::text(source).map_err(|error| vec![error])?;
    let reader = Reader { source, offset: 0, dialect: Dialect::Network };
    let file = match Grammar::parse(Rule::network_file, &source.text) {
        Ok(mut pairs) => pairs.next().expect("an entry rule gives one pair"),
        Err(error) => return Err(vec![fault::explain(&error, &reader)]),
    };
    let (mut name, mut statements, mut errors) = (None, Vec::new(), Vec::new());
    for part in file.into_inner() {
        match part.as_rule() {
            Rule::header => name = Some(reader.name(&only(part, Rule::name))),
            Rule::statement => match reader.statement(part) {
                Ok(statement) => statements.push(statement),
                Err(error) => errors.push(error),
            },
            _ => {}
        }
    }
    if name.is_none() && statements.is_empty() && errors.is_empty() {
        errors.push(empty(source));
    }
    let comment = comment(&source.text);
    if errors.is_empty() { Ok(NetworkFile { source: source.clone(), comment, name, statements }) } else { Err(errors) }
}

fn empty(source: &Source) -> Diagnostic {
    let what = if source.text.trim().is_empty() { "is empty" } else { "holds nothing but comments" };
    let reason = format!("`{}` {what}", source.name);
    let end = source.text.trim_end().len();
    Diagnostic::error(reason)
        .at(&Span { source: source.clone(), start: end, end }, "a network was expected, or claims")
        .hint(
            "begin with `network NAME`, or `claim NAME: A = B`; `nablascope show NAME` prints a network of the gallery",
        )
}

/// The comment lines above the first statement.
fn comment(text: &str) -> Vec<String> {
    text.trim_start_matches('\u{FEFF}')
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take_while(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim().to_string())
        .collect()
}

impl Reader<'_> {
    fn statement(&self, pair: Pair<'_, Rule>) -> Read<Spanned<Statement>> {
        let span = self.span(&pair);
        let part = pair.into_inner().next().expect("a statement is one of its kinds");
        let node = match part.as_rule() {
            Rule::use_file => {
                let text = only(part, Rule::text);
                let path = text.as_str().trim_matches('"').to_string();
                Statement::Use(Spanned { node: path, span: self.span(&text) })
            }
            Rule::sizes => Statement::Size(self.many(part, Rule::size_item, |reader, item| {
                let mut parts = Parts::of(item);
                let name = reader.name(&parts.take(Rule::name));
                Ok((name, parts.try_take(Rule::sum).map(|value| reader.written(value)).transpose()?))
            })?),
            Rule::indices => {
                let recurrent = part.as_str().starts_with("along");
                let mut indices = self.many(part, Rule::index_item, |reader, item| {
                    let mut parts = Parts::of(item);
                    let name = reader.name(&parts.take(Rule::name));
                    Ok((name, parts.try_take(Rule::range).map(|range| reader.range(range)).transpose()?))
                })?;
                share(&mut indices, |item| &mut item.1);
                Statement::Index { recurrent, indices }
            }
            Rule::declarations => self.declarations(part)?,
            Rule::outputs => {
                Statement::Output(part.into_inner().filter(is(Rule::name)).map(|name| self.name(&name)).collect())
            }
            Rule::definition => Statement::Def(self.definition(part)?),
            Rule::loss => Statement::Loss(self.equation(only(part, Rule::equation))?),
            Rule::equation => Statement::Equation(self.equation(part)?),
            Rule::claim => Statement::Claim(self.claim(part)?),
            other => unreachable!("{other:?} is no statement"),
        };
        Ok(Spanned { node, span })
    }

    fn declarations(&self, pair: Pair<'_, Rule>) -> Read<Statement> {
        let role = match pair.as_str() {
            text if text.starts_with("input") => DeclaredRole::Input,
            text if text.starts_with("param") => DeclaredRole::Param,
            text if text.starts_with("state") => DeclaredRole::State,
            _ => DeclaredRole::Const,
        };
        let mut items = self.many(pair, Rule::declaration, |reader, item| {
            let mut parts = Parts::of(item);
            Ok(Declaration {
                name: reader.name(&parts.take(Rule::name)),
                subscripts: parts
                    .try_take(Rule::bracket)
                    .map(|bracket| reader.subscripts(bracket))
                    .transpose()?
                    .unwrap_or_default(),
                shape: parts.try_take(Rule::shape).map(|shape| reader.shape(shape)).transpose()?,
                draw: parts.try_take(Rule::applied).map(|draw| reader.written(draw)).transpose()?,
                value: parts.try_take(Rule::expression).map(|value| reader.written(value)).transpose()?,
            })
        })?;
        // A name with a value of its own, `const eps = 1e-5`, ends the stretch that a later shape belongs to.
        for stretch in items.split_inclusive_mut(|item: &Declaration| item.value.is_some()) {
            let shaped: Vec<bool> = stretch.iter().map(|item| item.shape.is_some()).collect();
            share(stretch, |item| &mut item.shape);
            // A draw reaches as far back as the shape it stands behind.
            let mut last = None;
            for (item, shaped) in stretch.iter_mut().zip(shaped).rev() {
                match &item.draw {
                    Some(own) => last = Some(own.clone()),
                    None if shaped => last = None,
                    None => item.draw.clone_from(&last),
                }
            }
        }
        Ok(Statement::Declare { role, items })
    }

    fn definition(&self, pair: Pair<'_, Rule>) -> Read<Definition> {
        let mut parts = Parts::of(pair);
        let name = self.name(&parts.take(Rule::name));
        let indices = parts.try_take(Rule::def_indices).map_or_else(Vec::new, |list| {
            list.into_inner().filter(is(Rule::name)).map(|name| self.name(&name)).collect()
        });
        let mut parameters = self.many(parts.take(Rule::parameters), Rule::parameter, |reader, parameter| {
            let mut parts = Parts::of(parameter);
            let name = reader.name(&parts.take(Rule::name));
            Ok((name, parts.try_take(Rule::shape).map(|shape| reader.shape(shape)).transpose()?))
        })?;
        share::<(SpannedName, Option<WrittenShape>), _>(&mut parameters, |parameter| &mut parameter.1);
        let body = self.written(parts.take(Rule::expression))?;
        let locals = match parts.try_take(Rule::locals) {
            Some(locals) => self.many(locals, Rule::equation, |reader, equation| reader.equation(equation))?,
            None => Vec::new(),
        };
        Ok(Definition { name, indices, parameters, body, locals })
    }

    fn equation(&self, pair: Pair<'_, Rule>) -> Read<WrittenEquation> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        Ok(WrittenEquation {
            target: self.name(&parts.take(Rule::name)),
            subscripts: parts
                .try_take(Rule::bracket)
                .map(|bracket| self.subscripts(bracket))
                .transpose()?
                .unwrap_or_default(),
            body: self.written(parts.take(Rule::expression))?,
            span,
        })
    }

    fn claim(&self, pair: Pair<'_, Rule>) -> Read<WrittenClaim> {
        let mut parts = Parts::of(pair);
        let name = self.name(&parts.take(Rule::name));
        let left = self.written(parts.take(Rule::expression))?;
        let right = self.written(parts.take(Rule::expression))?;
        let assumptions = match parts.try_take(Rule::assumptions) {
            Some(list) => self.many(list, Rule::assumption, |reader, assumption| reader.assumption(assumption))?,
            None => Vec::new(),
        };
        let locals = match parts.try_take(Rule::claim_locals) {
            Some(list) => self.many(list, Rule::claim_local, |reader, local| {
                let mut parts = Parts::of(local);
                Ok((reader.written(parts.take(Rule::sum))?, reader.written(parts.take(Rule::expression))?))
            })?,
            None => Vec::new(),
        };
        Ok(WrittenClaim { name, left, right, assumptions, locals })
    }

    /// `a > 0`, or `eps = 0`, which is the comparison `eps == 0`.
    fn assumption(&self, pair: Pair<'_, Rule>) -> Read<Written> {
        let span = self.span(&pair);
        let mut sides = self.many(pair, Rule::expression, |reader, side| reader.written(side))?;
        Ok(match sides.len() {
            1 => sides.remove(0),
            _ => Spanned { node: Expression::Chain(sides, vec![Relation::Equal]), span },
        })
    }

    fn many<T>(
        &self,
        pair: Pair<'_, Rule>,
        rule: Rule,
        read: impl Fn(&Self, Pair<'_, Rule>) -> Read<T>,
    ) -> Read<Vec<T>> {
        pair.into_inner().filter(is(rule)).map(|part| read(self, part)).collect()
    }
}

/// What belongs to a name belongs to all names before it in the list, back to the one before that has its own.
fn share<I, T: Clone>(items: &mut [I], part: impl Fn(&mut I) -> &mut Option<T>) {
    let mut last: Option<T> = None;
    for item in items.iter_mut().rev() {
        let place = part(item);
        match place {
            Some(own) => last = Some(own.clone()),
            None => place.clone_from(&last),
        }
    }
}

fn is(rule: Rule) -> impl Fn(&Pair<'_, Rule>) -> bool {
    move |pair| pair.as_rule() == rule
}

/// The parts of a pair, taken out in order by their rules.
struct Parts<'a>(Vec<Option<Pair<'a, Rule>>>);

impl<'a> Parts<'a> {
    fn of(pair: Pair<'a, Rule>) -> Self {
        Parts(pair.into_inner().map(Some).collect())
    }

    fn try_take(&mut self, rule: Rule) -> Option<Pair<'a, Rule>> {
        self.0.iter_mut().find(|part| part.as_ref().is_some_and(|pair| pair.as_rule() == rule))?.take()
    }

    fn take(&mut self, rule: Rule) -> Pair<'a, Rule> {
        self.try_take(rule).expect("the rule holds such a part")
    }
}
