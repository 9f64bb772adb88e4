//! Definitions: a call is replaced by the body, with terms for parameters.
//!
//! Parameters stand for terms and not for text, so that nothing is captured by accident: an index bound in the body
//! has a name of its own. Only an index parameter reaches into the arguments, since it stands for an index of the caller.

use super::combine;
use super::elaborate::{Elaborator, Frame, Guess, Made, Meaning};
use super::functions::place;
use super::world::World;
use crate::math::expression::Term;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Span, SpannedName};
use crate::math::syntax::{
    Argument, Call, Definition, Expression, SubscriptForm, Written, WrittenEquation, WrittenShape,
};
use std::collections::{BTreeMap, BTreeSet};

/// How many definitions may be at work inside one another.
const DEEPEST_CALLS: usize = 32;

impl Elaborator<'_, '_> {
    /// Writes a definition out at a call.
    pub fn expand(&mut self, definition: &Definition, call: &Call, span: &Span) -> Made<Term> {
        let name = &definition.name.node;
        self.fits(definition, call)?;
        if self.calls.len() >= DEEPEST_CALLS || self.calls.iter().any(|(other, _)| other == name) {
            // Definitions that call themselves were told before; this is a long chain.
            return Err(Diagnostic::error(format!("definitions call each other more than {DEEPEST_CALLS} deep"))
                .at(span, format!("the call of `{name}` is one too many"))
                .hint("give inner parts a name in equations of the network"));
        }
        let mut frame = Frame::default();
        let free_before = self.ranges.len();
        for (parameter, binder) in definition.indices.iter().zip(&call.binders) {
            let index = self.index_argument(&binder.index)?;
            frame.names.insert(parameter.node.clone(), Meaning::Index(index));
        }
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            let before = self.nodes;
            let integer = match argument {
                Argument::Term(written) => self.integer(written).ok(),
                Argument::Shape(_) => None,
            };
            arguments.push((self.argument(argument)?, self.nodes - before, place(argument), integer));
        }
        for ((parameter, shape), (term, nodes, place, integer)) in definition.parameters.iter().zip(arguments) {
            frame.integers.extend(integer.map(|integer| (parameter.node.clone(), integer)));
            if let Some(shape) = shape {
                name_sizes(&mut frame, parameter, shape, &term, place, self)?;
            }
            frame.names.insert(parameter.node.clone(), Meaning::Value(term, nodes));
        }
        self.frames.push(frame);
        self.calls.push((name.clone(), span.clone()));
        let result = self.body(definition);
        self.calls.pop();
        self.frames.pop();
        // An index that was only lent to the call must be bound by it.
        let lent: Vec<Name> = self.ranges.drain(free_before..).map(|range| range.index).collect();
        if let Some(frame) = self.frames.first_mut() {
            lent.iter().for_each(|index| drop(frame.names.remove(index)));
        }
        let term = result.map_err(|error| told_at_call(error, name, span, self.calls.is_empty()))?;
        match lent.into_iter().find(|index| term.free_names().contains(index)) {
            Some(index) => Err(Diagnostic::error(format!("the index `{index}` is not bound here"))
                .at(span, format!("`{name}` leaves it free, and it does not stand on the left side"))),
            None => Ok(term),
        }
    }

    fn fits(&self, definition: &Definition, call: &Call) -> Made<()> {
        let name = &definition.name;
        let (wanted, found) = (definition.parameters.len(), call.arguments.len());
        if wanted != found {
            return Err(Diagnostic::error(format!("`{}` takes {wanted} argument{}", name.node, plural(wanted)))
                .at(&call.function.span, format!("called with {found}"))
                .at(&name.span, "defined here"));
        }
        let (wanted, found) = (definition.indices.len(), call.binders.len());
        let extra = call.binders.iter().find(|binder| binder.range.is_some()).map(|binder| &binder.index.span);
        let extra = extra.or(call.condition.as_ref().map(|condition| &condition.span));
        if let Some(place) = extra {
            return Err(Diagnostic::error(format!("`{}` takes indices only", name.node))
                .at(place, "ranges and conditions belong to reductions"));
        }
        if wanted != found {
            let error = Diagnostic::error(format!(
                "`{}` takes {wanted} ind{}",
                name.node,
                if wanted == 1 { "ex" } else { "ices" }
            ))
            .at(&call.function.span, format!("called with {found}"))
            .at(&name.span, "defined here");
            let letters: Vec<&str> = definition.indices.iter().map(|index| index.node.as_str()).collect();
            return Err(if letters.is_empty() {
                error.hint(format!("write `{}(…)`", name.node))
            } else {
                error.hint(format!("write `{}[{}](…)` with indices of yours", name.node, letters.join(", ")))
            });
        }
        Ok(())
    }

    /// An index handed to a definition: one in scope, or a declared one that the definition will bind.
    fn index_argument(&mut self, index: &SpannedName) -> Made<Integer> {
        if let Some(Meaning::Index(value)) = self.meaning(&index.node) {
            return Ok(value.clone());
        }
        match self.world.binder(&index.node) {
            Some(binder) => {
                self.world.note_use(&index.node);
                self.ranges.push(binder);
                let value = Integer::name(index.node.clone());
                if let Some(frame) = self.frames.first_mut() {
                    frame.names.insert(index.node.clone(), Meaning::Index(value.clone()));
                }
                Ok(value)
            }
            None => Err(Diagnostic::error(format!("`{}` is not an index", index.node))
                .at(&index.span, "must be an index")
                .hint(format!("declare it: `over {} : N`", index.node))),
        }
    }

    fn body(&mut self, definition: &Definition) -> Made<Term> {
        for local in &definition.locals {
            self.local(local)?;
        }
        self.term(&definition.body)
    }

    fn local(&mut self, local: &WrittenEquation) -> Made<()> {
        let name = &local.target;
        let frame = self.frames.len() - 1;
        if self.frames[frame].names.contains_key(&name.node) {
            return Err(
                Diagnostic::error(format!("`{}` is defined twice", name.node)).at(&name.span, "defined again here")
            );
        }
        let mut letters = Vec::new();
        let mut added = Vec::new();
        for subscript in &local.subscripts {
            let SubscriptForm::At(Written { node: Expression::Name(letter), .. }) = &subscript.what else {
                return Err(Diagnostic::error("cases are not possible in a local equation")
                    .at(&subscript.span, "must be an index"));
            };
            if let Some(Meaning::Index(value)) = self.meaning(letter).cloned() {
                // An index parameter stays what it is: the local quantity varies with it in any case.
                letters.extend(value.as_name().cloned());
                continue;
            }
            let Some(binder) = self.world.binder(letter) else {
                return Err(
                    Diagnostic::error(format!("`{letter}` is not an index")).at(&subscript.span, "must be an index")
                );
            };
            let index = self.world.fresh(letter);
            self.frames[frame].names.insert(letter.clone(), Meaning::Index(Integer::name(index.clone())));
            self.ranges.push(crate::math::expression::Binder { index: index.clone(), ..binder });
            letters.push(index);
            added.push(letter.clone());
        }
        let before = self.nodes;
        let term = self.term(&local.body);
        for letter in added {
            self.ranges.pop();
            self.frames[frame].names.remove(&letter);
        }
        let (term, nodes) = (term?, self.nodes - before);
        let meaning =
            if letters.is_empty() { Meaning::Value(term, nodes) } else { Meaning::Array(letters, term, nodes) };
        self.frames[frame].names.insert(name.node.clone(), meaning);
        Ok(())
    }
}

/// A shape after a parameter names its sizes: new names become sizes, known ones must agree.
fn name_sizes(
    frame: &mut Frame,
    parameter: &SpannedName,
    shape: &WrittenShape,
    term: &Term,
    place: &Span,
    elaborator: &Elaborator<'_, '_>,
) -> Made<()> {
    if combine::is_unknown(term) {
        return if elaborator.guess == Guess::Verify {
            Err(Diagnostic::error("the payload of this argument is not known").at(place, "unknown"))
        } else {
            // The body cannot be looked at before the sizes are known.
            Err(Diagnostic::error("unknown payload"))
        };
    }
    let found = term.shape().clone();
    let wrong = || {
        Diagnostic::error(format!("the parameter `{}` does not fit", parameter.node))
            .at(place, format!("this is {found}"))
            .at(&shape.span, "declared so")
    };
    let Shape::Axes(axes) = &found else { return Err(wrong()) };
    if axes.len() != shape.node.len() {
        return Err(wrong());
    }
    for (written, size) in shape.node.iter().zip(axes) {
        match &written.node {
            Expression::Name(name) => match frame.names.get(name) {
                Some(Meaning::Size(known)) if known != size => return Err(wrong()),
                Some(_) => {}
                None => {
                    frame.names.insert(name.clone(), Meaning::Size(size.clone()));
                }
            },
            _ => {
                let value = super::integers::integer(written, &mut |leaf| match &leaf.node {
                    Expression::Name(name) => match frame.names.get(name) {
                        Some(Meaning::Size(known)) => Ok(known.clone()),
                        _ => elaborator.world.size(name).ok_or_else(wrong),
                    },
                    _ => Err(wrong()),
                })?;
                if &value != size {
                    return Err(wrong());
                }
            }
        }
    }
    Ok(())
}

/// A mistake in a body is told at the call in the network, too; a body in another text comes second.
fn told_at_call(mut error: Diagnostic, name: &Name, span: &Span, outermost: bool) -> Diagnostic {
    let label = format!("in this call of `{name}`");
    let elsewhere = error.labels.first().is_none_or(|(place, _)| place.source != span.source);
    if elsewhere {
        error.labels.insert(0, (span.clone(), label));
    } else if outermost && error.labels.iter().all(|(place, _)| place != span) {
        error.labels.push((span.clone(), label));
    }
    error
}

/// Definitions that call themselves, directly or through others.
pub fn circular(world: &World<'_>) -> Vec<Diagnostic> {
    let calls: BTreeMap<&Name, Vec<SpannedName>> =
        world.definitions.iter().map(|(name, definition)| (name, called(definition))).collect();
    let (mut done, mut errors) = (BTreeSet::new(), Vec::new());
    for start in world.definitions.keys() {
        // Depth first with a stack of its own: the path, and how far each of its calls was looked at.
        let mut path: Vec<(&Name, usize)> = vec![(start, 0)];
        while let Some((name, position)) = path.last_mut() {
            let next = calls.get(*name).and_then(|list| list.get(*position));
            *position += 1;
            let Some(next) = next else {
                done.insert((*name).clone());
                path.pop();
                continue;
            };
            let Some((target, _)) = calls.get_key_value(&next.node) else { continue };
            if let Some(from) = path.iter().position(|(name, _)| name == target) {
                errors.push(circle(&path[from..], &calls));
                done.extend(path.iter().map(|(name, _)| (*name).clone()));
                break;
            }
            if !done.contains(*target) {
                path.push((target, 0));
            }
        }
    }
    errors
}

fn circle(path: &[(&Name, usize)], calls: &BTreeMap<&Name, Vec<SpannedName>>) -> Diagnostic {
    let names: Vec<&str> = path.iter().map(|(name, _)| name.as_str()).collect();
    let mut error = Diagnostic::error(match names.as_slice() {
        [name] => format!("`{name}` calls itself"),
        [first, rest @ ..] => format!("`{first}` calls itself through `{}`", rest.join("`, `")),
        [] => "a definition calls itself".into(),
    });
    for (name, position) in path {
        if let Some(call) = calls.get(*name).and_then(|list| list.get(position - 1)) {
            error = error.at(&call.span, format!("`{name}` calls `{}` here", call.node));
        }
    }
    error.hint("a `def` is an abbreviation; a repetition is a recurrence: `along t`, `h[t] = f(h[t-1])`")
}

fn called(definition: &Definition) -> Vec<SpannedName> {
    let mut found = Vec::new();
    for body in definition.locals.iter().map(|local| &local.body).chain([&definition.body]) {
        walk(body, &mut |part| {
            if let Expression::Call(call) = &part.node {
                found.push(call.function.clone());
            }
        });
    }
    found
}

/// Calls `visit` on every part of an expression, subscripts aside.
pub fn walk<'e>(written: &'e Written, visit: &mut dyn FnMut(&'e Written)) {
    visit(written);
    match &written.node {
        Expression::Call(call) => {
            for argument in &call.arguments {
                match argument {
                    Argument::Term(part) => walk(part, visit),
                    Argument::Shape(shape) => shape.node.iter().for_each(|part| walk(part, visit)),
                }
            }
            call.condition.iter().for_each(|part| walk(part, visit));
        }
        Expression::Negate(part) | Expression::Not(part) | Expression::Transpose(part) => walk(part, visit),
        Expression::Sum(parts) => parts.iter().for_each(|(_, part)| walk(part, visit)),
        Expression::Product(parts) => parts.iter().for_each(|(_, part)| walk(part, visit)),
        Expression::Power(base, exponent) => {
            walk(base, visit);
            walk(exponent, visit);
        }
        Expression::Chain(parts, _) | Expression::And(parts) | Expression::Or(parts) | Expression::List(parts) => {
            parts.iter().for_each(|part| walk(part, visit));
        }
        _ => {}
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
