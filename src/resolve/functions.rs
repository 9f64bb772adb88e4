//! Calls: operations of the book, functions of the language, reductions over indices, definitions.

use super::collect::BUILT_IN;
use super::combine;
use super::elaborate::{Elaborator, Made, Meaning};
use super::world::World;
use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::law::{Book, Operation};
use crate::math::name::Name;
use crate::math::number;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Span};
use crate::math::syntax::{Argument, Call, Written, WrittenBinder};
use std::collections::BTreeMap;

/// The operation of the book under that name or another spelling of it.
pub fn operation<'b>(book: &'b Book, name: &Name) -> Option<&'b Operation> {
    book.operation(name.as_str()).or_else(|| {
        book.operations()
            .find(|operation| operation.aliases.iter().any(|alias| &Name::canonical(alias.as_str()) == name))
    })
}

/// Whether a name can be applied.
pub fn is_function(world: &World<'_>, name: &Name) -> bool {
    world.definitions.contains_key(name)
        || BUILT_IN.contains(&name.as_str()) && name.as_str() != "d"
        || operation(world.book, name).is_some()
}

impl Elaborator<'_, '_> {
    /// Any call.
    pub fn call(&mut self, call: &Call, span: &Span) -> Made<Term> {
        let name = &call.function.node;
        if let Some(definition) = self.world.definitions.get(name) {
            self.world.note_use(&function_key(name));
            return self.expand(definition, call, span);
        }
        let over_indices = !call.binders.is_empty() || call.condition.is_some();
        match name.as_str() {
            "sum" | "mean" | "norm" | "logsumexp" | "softmax" => return self.reduction(call, span),
            "max" | "min" if over_indices || call.arguments.len() == 1 => return self.reduction(call, span),
            _ => {}
        }
        if over_indices && is_function(self.world, name) {
            return Err(Diagnostic::error(format!("`{name}` takes no indices"))
                .at(&call.function.span, "brackets cannot follow")
                .hint(format!("write `{name}(…)`; indices belong to reductions such as `sum[t](…)`")));
        }
        match name.as_str() {
            "where" => self.choice(call, span),
            "concat" => self.concat(call, span),
            "reshape" => {
                let (first, rest) = self.arguments(call, 2, "an expression and a shape")?;
                let shape = self.shape(rest[0])?;
                let inside = self.argument(first)?;
                combine::make(Op::Reshape(shape), vec![inside], span)
            }
            "diag" => {
                let (inside, _) = self.arguments(call, 1, "a vector")?;
                let inside = self.argument(inside)?;
                combine::make(Op::Diag, vec![inside], span)
            }
            "eye" => {
                let (size, _) = self.arguments(call, 1, "a size")?;
                let shape = self.shape(size)?;
                match shape.axes() {
                    [size] => combine::make(Op::Eye(size.clone()), Vec::new(), span),
                    _ => Err(Diagnostic::error("`eye` takes one size").at(span, "more than one here")),
                }
            }
            "ones" => {
                let (shape, _) = self.arguments(call, 1, "a shape")?;
                let shape = self.shape(shape)?;
                Ok(Term::filled(1, &shape))
            }
            _ => self.entrywise(call, span),
        }
    }

    fn entrywise(&mut self, call: &Call, span: &Span) -> Made<Term> {
        let Some(operation) = operation(self.world.book, &call.function.node) else {
            return Err(self.no_function(call));
        };
        let (name, wanted) = (operation.name.clone(), operation.parameters.len());
        if call.arguments.len() != wanted {
            return Err(self.argument_count(call, wanted, None));
        }
        let mut operands = Vec::new();
        for argument in &call.arguments {
            operands.push((self.argument(argument)?, place(argument).clone()));
        }
        combine::entrywise(Op::Apply(name), operands, "put into one function", span)
    }

    fn choice(&mut self, call: &Call, span: &Span) -> Made<Term> {
        let (condition, branches) = self.arguments(call, 3, "a condition and two values")?;
        let condition = self.argument(condition)?;
        let mut operands = Vec::new();
        for branch in branches {
            operands.push((self.argument(branch)?, place(branch).clone()));
        }
        let mut operands = combine::stretched(operands, "the two branches of `where`", None)?;
        if !condition.shape().is_number() && !combine::is_unknown(&condition) {
            let shape = condition.shape().clone();
            operands = operands
                .into_iter()
                .map(|term| if term.shape().is_number() { term.fill(&shape) } else { term })
                .collect();
        }
        operands.insert(0, condition);
        combine::make(Op::Where, operands, span)
    }

    fn concat(&mut self, call: &Call, span: &Span) -> Made<Term> {
        if call.arguments.len() < 2 {
            return Err(self.argument_count(call, 2, Some("at least two payloads")));
        }
        let mut parts = Vec::new();
        for argument in &call.arguments {
            let term = self.argument(argument)?;
            // A number among vectors is a vector of one entry.
            let one = Shape::vector(Integer::number(1));
            parts.push(if term.shape().is_number() { term.fill(&one) } else { term });
        }
        combine::balanced(Op::Concat, parts, span)
    }

    /// `sum`, `mean` and so on: over indices in brackets, or over the whole payload.
    fn reduction(&mut self, call: &Call, span: &Span) -> Made<Term> {
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
            node: crate::math::syntax::Expression::Name(written.index.node.clone()),
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

    /// The one expression, or the first of several, with the number of arguments checked.
    fn arguments<'c>(&self, call: &'c Call, wanted: usize, words: &str) -> Made<(&'c Argument, Vec<&'c Argument>)> {
        match call.arguments.split_first() {
            Some((first, rest)) if rest.len() + 1 == wanted => Ok((first, rest.iter().collect())),
            _ => Err(self.argument_count(call, wanted, Some(words))),
        }
    }

    fn argument_count(&self, call: &Call, wanted: usize, words: Option<&str>) -> Diagnostic {
        let plural = if wanted == 1 { "" } else { "s" };
        let wanted = words.map_or_else(|| format!("{wanted} argument{plural}"), str::to_string);
        Diagnostic::error(format!("`{}` takes {wanted}", call.function.node))
            .at(&call.function.span, format!("called with {}", call.arguments.len()))
    }

    /// An argument that is an expression.
    pub fn argument(&mut self, argument: &Argument) -> Made<Term> {
        match argument {
            Argument::Term(written) => self.term(written),
            Argument::Shape(shape) => Err(Diagnostic::error("a shape cannot stand here")
                .at(&shape.span, "an expression was expected")
                .hint("`×` joins sizes; the products of a network are `*` and `@`")),
        }
    }

    fn shape(&mut self, argument: &Argument) -> Made<Shape> {
        let sizes = match argument {
            Argument::Term(written) => std::slice::from_ref(written),
            Argument::Shape(shape) => shape.node.as_slice(),
        };
        let sizes: Made<Vec<Integer>> = sizes.iter().map(|size| self.integer(size)).collect();
        Ok(Shape::Axes(sizes?))
    }

    fn no_function(&self, call: &Call) -> Diagnostic {
        let (name, span) = (&call.function.node, &call.function.span);
        if self.world.quantities.contains_key(name) || self.meaning(name).is_some() {
            return Diagnostic::error(format!("`{name}` is a quantity, not a function"))
                .at(span, "called like a function here")
                .hint(format!("a product is written `{name} @ …` or `{name} * …`, a reading `{name}[…]`"));
        }
        let error = Diagnostic::error(format!("unknown operation `{name}`")).at(span, "no such operation or `def`");
        let operations = self.world.book.operations().map(|operation| operation.name.as_str());
        let known = operations.chain(BUILT_IN).chain(self.world.definitions.keys().map(Name::as_str));
        match World::nearest(name.as_str(), known) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("define it: `def {name}(u) = …`; `nablascope laws` lists all operations")),
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

/// Where an argument was written.
pub fn place(argument: &Argument) -> &Span {
    match argument {
        Argument::Term(written) => &written.span,
        Argument::Shape(shape) => &shape.span,
    }
}

/// Functions and quantities have separate names; this is how a function is noted as used.
pub fn function_key(name: &Name) -> Name {
    Name::new(format!("{name}()"))
}
