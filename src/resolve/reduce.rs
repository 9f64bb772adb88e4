//! Reductions: over indices, whose names they bind, or over the entries of a payload.

use super::combine;
use super::elaborate::{Elaborator, Made, Meaning};
use super::functions::operation;
use super::world::World;
use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number;
use crate::math::source::{Diagnostic, Span};
use crate::math::syntax::{Argument, Call, Expression, Written, WrittenBinder};
use std::collections::BTreeMap;

impl Elaborator<'_, '_> {
    /// `sum`, `mean` and so on: over indices in brackets, or over the whole payload.
    pub fn reduction(&mut self, call: &Call, span: &Span) -> Made<Term> {
        let name = call.function.node.as_str();
        let (body, _) = self.arguments(call, 1, "one expression")?;
        if call.binders.is_empty() {
            if let Some(condition) = &call.condition {
                return Err(Diagnostic::error("a condition needs an index").at(&condition.span, "no index before `|`"));
            }
            let body = self.argument(body)?;
            return self.whole(name, body, span);
        }
        if name == "softmax" {
            return self.shares(call, body, span);
        }
        if name != "sum" && call.condition.is_some() && call.binders.len() > 1 {
            return Err(not_yet(span, "a condition over several indices at once", "reduce over one index at a time"));
        }
        let mut bound = Vec::new();
        for written in &call.binders {
            bound.push(self.bind(written)?);
        }
        let condition = call.condition.as_ref().map(|condition| self.term(condition)).transpose();
        let inside = self.argument(body);
        for binding in bound.iter().rev() {
            self.unbind(binding);
        }
        let (condition, mut inside) = (condition?, inside?);
        let squared = name == "norm";
        if squared {
            inside = combine::make(Op::Power, vec![inside, Term::number(number::whole(2))], span)?;
        }
        let reducer = match name {
            "mean" => Reducer::Mean,
            "max" => Reducer::Max,
            "min" => Reducer::Min,
            "logsumexp" => Reducer::LogSumExp,
            _ => Reducer::Sum,
        };
        let mut condition = condition;
        for binding in bound.into_iter().rev() {
            let mut args = vec![inside];
            args.extend(condition.take());
            inside = combine::make(Op::Reduce(reducer, binding.binder), args, span)?;
        }
        if squared { self.apply("sqrt", inside, span) } else { Ok(inside) }
    }

    /// `softmax[s](u)`: the index stays free.
    fn shares(&mut self, call: &Call, body: &Argument, span: &Span) -> Made<Term> {
        let [written] = call.binders.as_slice() else {
            return Err(not_yet(
                span,
                "softmax over several indices at once",
                "give the two indices one of their product",
            ));
        };
        let index = self.integer(&Written {
            node: Expression::Name(written.index.node.clone()),
            span: written.index.span.clone(),
        })?;
        let range = index.as_name().and_then(|name| self.in_scope(name));
        let Some(binder) = range.filter(|_| written.range.is_none()) else {
            return Err(Diagnostic::error("`softmax` keeps its index, which must be free here")
                .at(&written.index.span, "not an index of the left side")
                .hint("write the index on the left side, without a range in the brackets"));
        };
        let mut args = vec![self.argument(body)?];
        if let Some(condition) = &call.condition {
            args.push(self.term(condition)?);
        }
        combine::make(Op::Reduce(Reducer::Softmax, binder), args, span)
    }

    /// A reduction of all entries of a payload.
    fn whole(&mut self, name: &str, body: Term, span: &Span) -> Made<Term> {
        let unknown = combine::is_unknown(&body);
        let count = body.shape().count();
        match name {
            "sum" => combine::make(Op::Total, vec![body], span),
            "mean" => {
                let total = combine::make(Op::Total, vec![body], span)?;
                combine::make(Op::Div, vec![total, combine::integer(count)], span)
            }
            "norm" => {
                if unknown {
                    return Ok(Term::number(number::whole(0)));
                }
                let square = combine::make(Op::Power, vec![body, Term::number(number::whole(2))], span)?;
                let total = combine::make(Op::Total, vec![square], span)?;
                self.apply("sqrt", total, span)
            }
            "softmax" if unknown => Ok(body),
            "softmax" if body.shape().axes().len() == 1 => {
                let shape = body.shape().clone();
                let exponential = self.apply("exp", body, span)?;
                let total = combine::make(Op::Total, vec![exponential.clone()], span)?;
                self.count(exponential.size(), span)?;
                combine::make(Op::Div, vec![exponential, total.fill(&shape)], span)
            }
            _ => Err(not_yet(
                span,
                &format!("`{name}` over the entries of a payload"),
                &format!("write the axis as an index and reduce over it: `{name}[i](…)`"),
            )),
        }
    }

    /// An operation of the book that the language itself needs.
    fn apply(&mut self, name: &str, term: Term, span: &Span) -> Made<Term> {
        match operation(self.world.book, &Name::new(name)) {
            Some(operation) => combine::make(Op::Apply(operation.name.clone()), vec![term], span),
            None => Err(Diagnostic::error(format!("the book has no operation `{name}`")).at(span, "needed here")),
        }
    }

    /// Brings the index of a reduction into scope under a name of its own.
    fn bind(&mut self, written: &WrittenBinder) -> Made<Binding> {
        let letter = &written.index.node;
        // An index parameter of a definition stands for an index of the caller.
        let own = self.frames.last().filter(|_| self.frames.len() > 1).and_then(|frame| frame.names.get(letter));
        let outer = match own {
            Some(Meaning::Index(value)) => value.as_name().cloned(),
            _ => None,
        };
        let declared = outer.clone().unwrap_or_else(|| letter.clone());
        let (low, high) = match &written.range {
            Some(range) => {
                let low = range.low.as_ref().map(|low| self.integer(low)).transpose()?;
                (low.unwrap_or_else(|| Integer::number(1)), self.integer(&range.high)?)
            }
            None => match self.world.binder(&declared).or_else(|| self.in_scope(&declared)) {
                Some(binder) => {
                    self.world.note_use(&declared);
                    (binder.low, binder.high)
                }
                None => return Err(self.no_range(written)),
            },
        };
        let index = self.world.fresh(&declared);
        let binder = Binder { index: index.clone(), low, high };
        self.ranges.push(binder.clone());
        let Some(frame) = self.frames.last_mut() else { return Ok(Binding { before: BTreeMap::new(), binder }) };
        let before = frame.names.clone();
        if let Some(outer) = outer {
            // Arguments bring the caller's index along, and the reduction binds it there, too.
            let put = BTreeMap::from([(outer, Integer::name(index.clone()))]);
            for meaning in frame.names.values_mut() {
                if let Meaning::Value(term, _) | Meaning::Array(_, term, _) = meaning {
                    *term = term.at(&put);
                }
            }
        }
        frame.names.insert(letter.clone(), Meaning::Index(Integer::name(index)));
        Ok(Binding { before, binder })
    }

    fn in_scope(&self, index: &Name) -> Option<Binder> {
        self.ranges.iter().rev().find(|range| &range.index == index).cloned()
    }

    fn unbind(&mut self, binding: &Binding) {
        self.ranges.pop();
        if let Some(frame) = self.frames.last_mut() {
            frame.names.clone_from(&binding.before);
        }
    }

    fn no_range(&self, written: &WrittenBinder) -> Diagnostic {
        let letter = &written.index.node;
        let error = Diagnostic::error(format!("the index `{letter}` has no range"))
            .at(&written.index.span, "not declared with `along` or `over`");
        match World::nearest(letter.as_str(), self.world.indices.keys().map(Name::as_str)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("declare `over {letter} : N`, or bring the range along: `[{letter} : N]`")),
        }
    }
}

/// An index that a reduction has bound, and what names meant before.
struct Binding {
    before: BTreeMap<Name, Meaning>,
    binder: Binder,
}

/// What the engine cannot do yet.
fn not_yet(span: &Span, what: &str, hint: &str) -> Diagnostic {
    Diagnostic::error(format!("{what} is not supported yet")).at(span, "not yet").hint(hint)
}
