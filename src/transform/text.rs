//! The text of a view: stretches without comments, new names, readings and shapes as they would be written.

use super::view::View;
use super::walk;
use crate::math::name::Name;
use crate::math::shape::Shape;
use crate::math::source::Span;
use crate::math::syntax::{Expression, Statement, Written, WrittenEquation};
use std::collections::BTreeSet;

impl<'a> View<'a> {
    /// The text of a span, without comments behind it.
    pub fn text(&self, span: &Span) -> &'a str {
        self.file.source.text.get(span.start..self.end(span)).unwrap_or_default()
    }

    /// Where a span ends, without blanks and comments that it took along.
    pub fn end(&self, span: &Span) -> usize {
        let bytes = self.file.source.text.as_bytes();
        let mut end = span.end;
        while end > span.start && (!self.code[end - 1] || bytes[end - 1].is_ascii_whitespace()) {
            end -= 1;
        }
        end
    }

    /// The end of the line of a place, where a comment ends too.
    pub fn line_end(&self, at: usize) -> usize {
        let text = &self.file.source.text;
        text[at..].find('\n').map_or(text.len(), |length| at + length)
    }

    /// Whether a place is followed by nothing but blanks and a comment on its line.
    pub fn ends_line(&self, at: usize) -> bool {
        let bytes = self.file.source.text.as_bytes();
        (at..self.line_end(at)).all(|place| !self.code[place] || bytes[place].is_ascii_whitespace())
    }

    /// `name`, or the first of `name2`, `name3`, … that is free.
    pub fn fresh(&self, name: &str, also: &BTreeSet<Name>) -> String {
        let mut taken: BTreeSet<Name> = self.network.quantities.keys().cloned().collect();
        taken.extend(self.network.sizes.keys().cloned());
        taken.extend(self.network.indices.keys().cloned());
        taken.extend(self.file.statements.iter().flat_map(|statement| match &statement.node {
            Statement::Declare { items, .. } => items.iter().map(|item| item.name.node.clone()).collect(),
            Statement::Def(definition) => vec![definition.name.node.clone()],
            _ => Vec::new(),
        }));
        taken.extend(also.iter().cloned());
        let wanted = Name::canonical(name);
        if taken.contains(&wanted) { wanted.beside(&taken).to_string() } else { name.to_string() }
    }

    /// The subscripts on the left of an equation, as they are written; empty without any.
    pub fn left_subscripts(&self, line: &WrittenEquation) -> Vec<String> {
        line.subscripts.iter().map(|subscript| self.text(&subscript.span).to_string()).collect()
    }

    /// How a state is read one step before, where an equation with these subscripts stands.
    pub fn before(&self, state: &Name, line: &WrittenEquation) -> Option<String> {
        // Another reading shows which way the recurrence runs, and how far.
        let mut shift: Option<String> = None;
        for other in &self.lines {
            walk::each(&other.body, &mut |part| {
                if shift.is_none() && walk::name_of(part) == Some(state) {
                    shift = self.moves(part).map(|subscript| self.text(&subscript.span).to_string());
                    if let (Some(text), Expression::Read(_, subscripts)) = (&shift, &part.node) {
                        let at = subscripts.iter().position(|one| self.text(&one.span) == text);
                        shift = at.map(|at| format!("{at} {text}"));
                    }
                }
            });
        }
        let shift = shift?;
        let (at, text) = shift.split_once(' ')?;
        let mut subscripts = self.left_subscripts(line);
        *subscripts.get_mut(at.parse::<usize>().ok()?)? = text.to_string();
        Some(format!("{}[{}]", self.text(&line.target.span), subscripts.join(",")))
    }

    /// How many indices a quantity is written with.
    pub fn arity(&self, name: &Name) -> usize {
        match (self.declared(name), self.lines.iter().find(|line| &line.target.node == name)) {
            (_, Some(line)) => line.subscripts.len(),
            (Some((_, item)), None) => item.subscripts.len(),
            (None, None) => 0,
        }
    }

    /// The shape of a part of an equation: of the quantity that it becomes when parts get names, or of the one that it reads.
    pub fn shape(&self, written: &Written) -> Option<Shape> {
        if let Some(name) = walk::name_of(written) {
            let quantity = self.network.quantity(name)?;
            let subscripts = match &written.node {
                Expression::Read(_, subscripts) => subscripts.len(),
                _ => 0,
            };
            return (subscripts == self.arity(name)).then(|| quantity.shape.clone());
        }
        // A sum has the shape of its weights' outputs, where what they multiply is a vector.
        walk::summands(written).into_iter().find_map(|(_, summand)| {
            let operands = walk::operands(summand)?;
            let [left, right] = operands.as_slice() else { return None };
            let (weights, turned, other) = match (self.param(left), self.param(right)) {
                (Some(name), None) => (name, matches!(left.node, Expression::Transpose(_)), *right),
                (None, Some(name)) => (name, !matches!(right.node, Expression::Transpose(_)), *left),
                _ => return None,
            };
            let quantity = self.network.quantity(weights)?;
            let [rows, columns] = quantity.shape.axes() else { return None };
            let mut vector = true;
            self.reads(other, &mut |part, name| {
                let read = self.network.quantity(name).filter(|quantity| quantity.role.has_gradient());
                vector &= read.is_none() || self.shape(part).is_some_and(|shape| shape.axes().len() == 1);
            });
            vector.then(|| Shape::Axes([if turned { columns.clone() } else { rows.clone() }].into()))
        })
    }
}

/// A shape as a declaration says it.
pub fn spelled(shape: &Shape) -> String {
    shape.axes().iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ")
}

/// For each byte of a text whether it stands outside of comments.
pub(super) fn code(text: &str) -> Vec<bool> {
    let (mut comment, mut quoted) = (false, false);
    text.bytes()
        .map(|byte| {
            match byte {
                b'\n' => (comment, quoted) = (false, false),
                b'"' if !comment => quoted = !quoted,
                b'#' if !quoted => comment = true,
                _ => {}
            }
            !comment
        })
        .collect()
}
