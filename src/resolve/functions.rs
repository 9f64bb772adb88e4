//! Calls: operations of the book, functions of the language, reductions over indices, definitions.

use super::collect::BUILT_IN;
use super::combine;
use super::elaborate::{Elaborator, Made};
use super::world::World;
use crate::math::expression::{Op, Term};
use crate::math::integer::Integer;
use crate::math::law::{Book, Operation};
use crate::math::name::{Name, nearest};
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Span, SpannedName};
use crate::math::syntax::{Argument, Call};

/// The operation of the book under that name or another spelling of it.
pub fn operation<'b>(book: &'b Book, name: &Name) -> Option<&'b Operation> {
    book.operation(name.as_str()).or_else(|| {
        book.operations()
            .find(|operation| operation.aliases.iter().any(|alias| &Name::canonical(alias.as_str()) == name))
    })
}

/// Checks every constant whose value is a name: it must be a function.
pub fn constants(world: &World<'_>) -> Vec<Result<(), Diagnostic>> {
    let check = |(name, function): (&Name, &SpannedName)| {
        let place = world.places.get(name).unwrap_or(&function.span);
        if BUILT_IN.contains(&name.as_str()) || operation(world.book, name).is_some() {
            return Err(Diagnostic::error(format!("`{name}` is an operation already"))
                .at(place, "cannot be defined again")
                .hint(format!("choose another name, such as `my_{name}`")));
        }
        let mut way = vec![name];
        while let Some(next) = world.functions.get(*way.last().unwrap_or(&name)) {
            if way.contains(&&next.node) {
                return Err(
                    Diagnostic::error(format!("`{name}` is defined by itself")).at(&function.span, "names itself")
                );
            }
            way.push(&next.node);
        }
        if is_function(world, &function.node) {
            return Ok(());
        }
        let error = match world.places.contains_key(&function.node) {
            true => Diagnostic::error(format!("`{}` is no function", function.node)),
            false => Diagnostic::error(format!("unknown function `{}`", function.node)),
        };
        let error = error.at(&function.span, "a constant is a number, a list of numbers, or a function");
        Err(match nearest(function.node.as_str(), all(world)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("a function is an operation of the book or a `def`"),
        })
    };
    world.functions.iter().map(check).collect()
}

/// The names of all functions.
fn all<'w>(world: &'w World<'_>) -> impl Iterator<Item = &'w str> {
    let operations = world.book.operations().map(|operation| operation.name.as_str());
    let own = world.definitions.keys().chain(world.functions.keys()).map(Name::as_str);
    operations.chain(BUILT_IN).chain(own)
}

/// Whether a name can be applied.
pub fn is_function(world: &World<'_>, name: &Name) -> bool {
    world.functions.contains_key(name)
        || world.definitions.contains_key(name)
        || BUILT_IN.contains(&name.as_str()) && name.as_str() != "d"
        || operation(world.book, name).is_some()
}

impl Elaborator<'_, '_> {
    /// Any call.
    pub fn call(&mut self, call: &Call, span: &Span) -> Made<Term> {
        let named;
        let call = match self.world.function(&call.function.node) {
            function if function == &call.function.node => call,
            function => {
                let function = SpannedName { node: function.clone(), span: call.function.span.clone() };
                named = Call { function, ..call.clone() };
                &named
            }
        };
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

    /// The one expression, or the first of several, with the number of arguments checked.
    pub fn arguments<'c>(&self, call: &'c Call, wanted: usize, words: &str) -> Made<(&'c Argument, Vec<&'c Argument>)> {
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
        match nearest(name.as_str(), all(self.world)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("define it: `def {name}(u) = …`; `nablascope laws` lists all operations")),
        }
    }
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
