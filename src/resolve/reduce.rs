//! Reductions: over indices, whose names they bind, or over the entries of a payload.

use super::combine;
use super::elaborate::{Elaborator, Guess, Made, Meaning, is_constant};
use super::functions::operation;
use super::integers;
use crate::math::expression::{Binder, Op, Reducer, Relation, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::{Name, nearest};
use crate::math::number;
use crate::math::shape::Sort;
use crate::math::source::{Diagnostic, Span, SpannedName};
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
            self.note_whole(name, &body, span);
            return self.whole(name, body, span);
        }
        if name == "softmax" {
            return self.shares(call, body, span);
        }
        let mut bound = Vec::new();
        for written in &call.binders {
            bound.push(self.bind(written)?);
        }
        let condition = call.condition.as_ref().map(|condition| self.condition(condition, name)).transpose();
        let inside = self.argument(body);
        for binding in bound.iter().rev() {
            self.unbind(binding);
        }
        let (condition, mut inside) = (condition?, inside?);
        let binders: Vec<Binder> = bound.into_iter().map(|binding| binding.binder).collect();
        for (binder, written) in binders.iter().zip(&call.binders) {
            self.note_idle(&binder.index, &inside, condition.as_ref(), (name, &written.index));
        }
        self.count(2 * binders.len() * (1 + condition.as_ref().map_or(0, Term::size)), span)?;
        match name {
            "norm" => {
                inside = combine::make(Op::Power, vec![inside, Term::number(number::whole(2))], span)?;
                let sum = nested(Reducer::Sum, &binders, inside, condition, span)?;
                self.apply("sqrt", sum, span)
            }
            "mean" => mean(&binders, inside, condition, span),
            "max" => nested(Reducer::Max, &binders, inside, condition, span),
            "min" => nested(Reducer::Min, &binders, inside, condition, span),
            "logsumexp" => nested(Reducer::LogSumExp, &binders, inside, condition, span),
            _ => nested(Reducer::Sum, &binders, inside, condition, span),
        }
    }

    /// What stands after `|`: it says which values take part, so it is one condition and has no gradient.
    fn condition(&mut self, written: &Written, name: &str) -> Made<Term> {
        let condition = self.term(written)?;
        if combine::is_unknown(&condition) {
            return Ok(condition);
        }
        if condition.ty().sort != Sort::Condition || !condition.shape().is_number() {
            let what = match condition.ty().sort {
                Sort::Condition => format!("one condition for each entry of {}", condition.shape()),
                _ => condition.shape().to_string(),
            };
            return Err(Diagnostic::error("after `|` stands one condition")
                .at(&written.span, format!("this is {what}"))
                .hint("compare indices, sizes or given numbers, as in `sum[s | s <= t](…)`"));
        }
        if let Some(read) = condition.reads().into_iter().find(|read| !read.constant) {
            return Err(Diagnostic::error(format!("the condition reads `{}`, which has a gradient", read.quantity))
                .at(&written.span, "a condition depends on indices, sizes and given data only")
                .hint("choose between values with `where`, as in `sum[s](where(u[s] > 0, u[s], 0))`"));
        }
        if name != "sum" && name != "norm" && self.guess == Guess::Verify && self.never(&condition) {
            return Err(Diagnostic::error(format!("nothing is left for `{name}`: its condition never holds"))
                .at(&written.span, "false for all values of the indices"));
        }
        Ok(condition)
    }

    /// Whether a condition fails for all sizes and all values of the indices in scope.
    fn never(&self, condition: &Term) -> bool {
        let side = |term: &Term| match term.op() {
            Op::Integer(integer) => Some(integer.clone()),
            Op::Number(value) => super::collect::whole(value).map(Integer::number),
            _ => None,
        };
        match (condition.op(), condition.args()) {
            (Op::And, [left, right]) => self.never(left) || self.never(right),
            (Op::Or, [left, right]) => self.never(left) && self.never(right),
            (Op::Compare(relation), [left, right]) => {
                let Some((left, right)) = side(left).zip(side(right)) else { return false };
                let Some((least, largest)) = integers::bounds(&left.minus(&right), &self.ranges) else { return false };
                let always = |value: Integer| integers::never_negative(&value, self.world) == Some(true);
                match relation {
                    Relation::Less => always(least),
                    Relation::LessEqual => always(least.offset(-1)),
                    Relation::Greater => always(largest.scaled(-1)),
                    Relation::GreaterEqual => always(largest.scaled(-1).offset(-1)),
                    Relation::Equal => always(least.offset(-1)) || always(largest.scaled(-1).offset(-1)),
                    Relation::NotEqual => left == right,
                }
            }
            _ => false,
        }
    }

    /// A warning where nothing under a reduction depends on its index: most likely a subscript was forgotten.
    fn note_idle(&self, index: &Name, body: &Term, condition: Option<&Term>, (name, written): (&str, &SpannedName)) {
        let depends = |term: &Term| combine::is_unknown(term) || term.free_names().contains(index);
        let idle = !depends(body) && !condition.is_some_and(depends) && !is_constant(body);
        if self.guess == Guess::Verify && idle {
            let letter = &written.node;
            self.world.warnings.borrow_mut().push(
                Diagnostic::warning(format!("nothing under `{name}[{letter}]` depends on `{letter}`"))
                    .at(&written.span, "all values are the same")
                    .hint(format!("is a subscript `{letter}` missing?")),
            );
        }
    }

    /// A warning where all places of an index are added up although the equation is about one of them.
    fn note_whole(&self, name: &str, body: &Term, span: &Span) {
        let Some(read) = body.as_read().filter(|_| self.guess == Guess::Verify) else { return };
        let Some(entry) = self.world.quantities.get(&read.quantity) else { return };
        let whole = entry.axes.iter().zip(&read.subscripts).find(|(axis, subscript)| {
            let here = self.ranges.iter().any(|range| range.index == axis.index);
            here && !matches!(subscript, Subscript::At(_))
        });
        if let Some((axis, _)) = whole {
            let (quantity, index) = (&read.quantity, &axis.index);
            self.world.warnings.borrow_mut().push(
                Diagnostic::warning(format!("`{name}({quantity})` is taken over all `{index}` at once"))
                    .at(span, "and over all entries")
                    .hint(format!(
                        "one place is read `{quantity}[{index}]`; if all are meant, say `{name}[{index}]({name}({quantity}[{index}]))`"
                    )),
            );
        }
    }

    /// `softmax[s](u)`: the index stays free. Over several indices at once it is `exp(u − logsumexp(u))`.
    fn shares(&mut self, call: &Call, body: &Argument, span: &Span) -> Made<Term> {
        let mut binders = Vec::new();
        for written in &call.binders {
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
            binders.push(binder);
        }
        let inside = self.argument(body)?;
        let condition = call.condition.as_ref().map(|condition| self.condition(condition, "softmax")).transpose()?;
        for (binder, written) in binders.iter().zip(&call.binders) {
            self.note_idle(&binder.index, &inside, condition.as_ref(), ("softmax", &written.index));
        }
        if let [binder] = binders.as_slice() {
            let args = std::iter::once(inside).chain(condition).collect();
            return combine::make(Op::Reduce(Reducer::Softmax, binder.clone()), args, span);
        }
        if combine::is_unknown(&inside) {
            return Ok(inside);
        }
        self.count(2 * inside.size(), span)?;
        // The bound indices get letters of their own.
        let mut put = BTreeMap::new();
        for binder in &mut binders {
            let letter = self.world.fresh(&binder.index);
            put.insert(std::mem::replace(&mut binder.index, letter.clone()), Integer::name(letter));
        }
        for binder in &mut binders {
            (binder.low, binder.high) = (binder.low.substitute(&put), binder.high.substitute(&put));
        }
        let there = condition.as_ref().map(|condition| condition.at(&put));
        let all = nested(Reducer::LogSumExp, &binders, inside.at(&put), there, span)?;
        let shifted = combine::make(Op::Add, vec![inside, combine::negated(all, span)?], span)?;
        let share = self.apply("exp", shifted, span)?;
        match condition {
            None => Ok(share),
            Some(condition) => {
                let zero = Term::filled(0, share.shape());
                combine::make(Op::Where, vec![condition, share, zero], span)
            }
        }
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
            "softmax" => self.shares_of_entries(body, span),
            "max" => self.over_entries(Reducer::Max, body, span),
            "min" => self.over_entries(Reducer::Min, body, span),
            _ => self.over_entries(Reducer::LogSumExp, body, span),
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
        self.world.bound.borrow_mut().insert(declared.clone());
        // Its own letter, unless an index in scope has it: `mean[n]` of a batch stays a mean over n.
        let index = match self.in_scope(&declared) {
            None if self.world.is_free(&declared) => declared.clone(),
            _ => {
                self.world.taken.borrow_mut().insert(declared.clone());
                self.world.fresh(&declared)
            }
        };
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
        match nearest(letter.as_str(), self.world.indices.keys().map(Name::as_str)) {
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

/// A reduction over several indices as one inside the other. An outer value takes part where any inner one does.
fn nested(reducer: Reducer, binders: &[Binder], body: Term, condition: Option<Term>, span: &Span) -> Made<Term> {
    let Some((outer, inner)) = binders.split_first() else { return Ok(body) };
    if inner.is_empty() {
        let args = std::iter::once(body).chain(condition).collect();
        return combine::make(Op::Reduce(reducer, outer.clone()), args, span);
    }
    let depends = |index: &Name| inner.iter().any(|b| b.low.names().contains(index) || b.high.names().contains(index));
    let some = match (&condition, reducer) {
        (_, Reducer::Sum) => None,
        (None, _) if !depends(&outer.index) => None,
        _ => {
            let one = Term::number(number::whole(1));
            let count = nested(Reducer::Sum, inner, one, condition.clone(), span)?;
            let none = Term::number(number::whole(0));
            Some(combine::make(Op::Compare(Relation::Greater), vec![count, none], span)?)
        }
    };
    let inside = nested(reducer, inner, body, condition, span)?;
    let args = std::iter::once(inside).chain(some).collect();
    combine::make(Op::Reduce(reducer, outer.clone()), args, span)
}

/// A mean over several indices divides by how many took part in all.
fn mean(binders: &[Binder], body: Term, condition: Option<Term>, span: &Span) -> Made<Term> {
    let depends =
        |index: &Name| binders.iter().any(|b| b.low.names().contains(index) || b.high.names().contains(index));
    if binders.len() == 1 || (condition.is_none() && !binders.iter().any(|binder| depends(&binder.index))) {
        return nested(Reducer::Mean, binders, body, condition, span);
    }
    let shape = body.shape().clone();
    let sum = nested(Reducer::Sum, binders, body, condition.clone(), span)?;
    let count = nested(Reducer::Sum, binders, Term::number(number::whole(1)), condition, span)?;
    let count = if combine::is_unknown(&sum) { count } else { count.fill(&shape) };
    combine::make(Op::Div, vec![sum, count], span)
}
