//! Calls in the formulas of the book: functions, and reductions over an index.

use super::{Scope, Typed, make, not_here, stretched};
use crate::math::expression::{Op, Reducer, Term};
use crate::math::law;
use crate::math::name::{Name, nearest};
use crate::math::shape::{Shape, Sort, Type};
use crate::math::source::{Diagnostic, Span, Spanned};
use crate::math::syntax::{Argument, Call, Expression};

/// Reductions over an index, as they are written.
const REDUCERS: [(&str, Reducer); 8] = [
    ("sum", Reducer::Sum),
    ("mean", Reducer::Mean),
    ("max", Reducer::Max),
    ("min", Reducer::Min),
    ("logsumexp", Reducer::LogSumExp),
    ("softmax", Reducer::Softmax),
    ("argmax", Reducer::ArgMax),
    ("argmin", Reducer::ArgMin),
];

impl Scope<'_> {
    pub(super) fn call(&self, call: &Call, span: &Span) -> Typed<Term> {
        let function = call.function.node.as_str();
        if !call.binders.is_empty() || call.condition.is_some() {
            let reducer = REDUCERS.iter().find(|(word, _)| *word == function);
            return match reducer {
                Some((_, reducer)) if !call.binders.is_empty() => self.reduction(*reducer, call, span),
                _ => {
                    Err(not_here("such a call", span).hint("brackets belong to reductions over an index: `sum[s](u)`"))
                }
            };
        }
        let takes = |count: usize| -> Typed<()> {
            let given = call.arguments.len();
            if given == count {
                return Ok(());
            }
            let plural = if count == 1 { "" } else { "s" };
            Err(Diagnostic::error(format!("`{function}` takes {count} argument{plural}, not {given}")).at(span, "here"))
        };
        let one = |op: Op| -> Typed<Term> {
            takes(1)?;
            make(op, self.terms(&call.arguments)?, span)
        };
        match function {
            "d" => one(Op::Differential),
            "sum" => one(Op::Total),
            "diag" => one(Op::Diag),
            "diagonal" => one(Op::Diagonal),
            "concat" => {
                takes(2)?;
                make(Op::Concat, self.terms(&call.arguments)?, span)
            }
            "slice" => {
                takes(3)?;
                let end = |argument: &Argument| match argument {
                    Argument::Term(size) => self.size(size),
                    Argument::Shape(shape) => Err(not_here("a shape", &shape.span)),
                };
                let (low, high) = (end(&call.arguments[1])?, end(&call.arguments[2])?);
                make(Op::Slice(low, high), self.terms(&call.arguments[..1])?, span)
            }
            "where" => {
                takes(3)?;
                let mut parts = self.terms(&call.arguments)?;
                let condition = parts.remove(0);
                let mut branches = stretched(parts);
                if branches.iter().all(|branch| branch.shape().is_number()) {
                    branches = branches.into_iter().map(|branch| branch.fill(condition.shape())).collect();
                }
                branches.insert(0, condition);
                make(Op::Where, branches, span)
            }
            "fill" | "reshape" => {
                takes(2)?;
                let term = self.terms(&call.arguments[..1])?.remove(0);
                let shape = match &call.arguments[1] {
                    Argument::Shape(shape) => self.shape(shape)?,
                    Argument::Term(size) => {
                        self.shape(&Spanned { node: vec![size.clone()], span: size.span.clone() })?
                    }
                };
                match function {
                    "fill" => make(Op::Fill(shape), vec![term], span),
                    _ => make(Op::Reshape(shape), vec![term], span),
                }
            }
            "count" => {
                takes(1)?;
                let index = match &call.arguments[0] {
                    Argument::Term(Spanned { node: Expression::Name(name), .. }) => self.letters.indices.get(name),
                    _ => None,
                };
                let index = index.ok_or_else(|| not_here("the count of anything but an index", span))?;
                self.indices.borrow_mut().insert(index.clone());
                make(Op::Integer(law::count(&law::index_letter(index))), Vec::new(), span)
            }
            "eye" => {
                takes(1)?;
                match &call.arguments[0] {
                    Argument::Term(size) => make(Op::Eye(self.size(size)?), Vec::new(), span),
                    Argument::Shape(shape) => Err(not_here("a shape", &shape.span)),
                }
            }
            _ => match self.operations.get(function) {
                Some((name, count)) => {
                    takes(*count)?;
                    make(Op::Apply(name.clone()), stretched(self.terms(&call.arguments)?), span)
                }
                None => {
                    let own =
                        ["sum", "diag", "diagonal", "concat", "slice", "where", "fill", "reshape", "eye", "count"];
                    let known = self.operations.keys().map(Name::as_str).chain(own);
                    let unknown = Diagnostic::error(format!("the book has no operation `{function}`"))
                        .at(&call.function.span, "unknown operation");
                    Err(match nearest(function, known) {
                        Some(near) => unknown.hint(format!("is `{near}` meant?")),
                        None => unknown.hint(format!("declare it with `operation {function}(u : S)`")),
                    })
                }
            },
        }
    }

    /// `sum[s | q](u)` and its kin.
    fn reduction(&self, reducer: Reducer, call: &Call, span: &Span) -> Typed<Term> {
        let [Argument::Term(body)] = call.arguments.as_slice() else {
            let error = Diagnostic::error("a reduction over an index takes one argument").at(span, "here");
            return Err(error.hint(format!("as in `{}[s](u)`", call.function.node)));
        };
        let mut arguments = vec![self.term(body)?];
        if let Some(written) = &call.condition {
            let condition = self.term(written)?;
            if condition.ty() != &(Type { shape: Shape::number(), sort: Sort::Condition }) {
                return Err(Diagnostic::error("after `|` stands a condition that is asked once for all entries")
                    .at(&written.span, "not such a condition")
                    .hint("declare it with `let q : condition`"));
            }
            arguments.push(condition);
        }
        for (position, binder) in call.binders.iter().enumerate().rev() {
            let index = &binder.index;
            if !self.letters.indices.contains(&index.node) {
                return Err(Diagnostic::error(format!("the index `{}` is not declared", index.node))
                    .at(&index.span, "unknown index")
                    .hint(format!("declare it with `let {} : index` above the law", index.node)));
            }
            if binder.range.is_some() || (position > 0 && call.condition.is_some()) {
                return Err(not_here("a range, or a condition over several indices,", span)
                    .hint("an index of a law stands for one with any range"));
            }
            self.indices.borrow_mut().insert(index.node.clone());
            arguments = vec![make(Op::Reduce(reducer, law::index_letter(&index.node)), arguments, span)?];
        }
        arguments.pop().ok_or_else(|| not_here("nothing", span))
    }
}
