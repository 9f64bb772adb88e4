//! Where the nonlinearities of a step stand, which of them are gates, and what goes into them.

use super::view::View;
use super::walk;
use crate::math::name::Name;
use crate::math::source::SpannedName;
use crate::math::syntax::{Expression, ProductOperator, Statement, Written, WrittenEquation};
use std::collections::BTreeSet;

/// A function applied entry by entry.
pub struct Site<'a> {
    /// The whole call.
    pub call: &'a Written,
    /// The function as it is called.
    pub function: &'a SpannedName,
    /// What varies among its arguments.
    pub argument: &'a Written,
    /// Whether it has no other argument.
    pub alone: bool,
    /// The equation it stands in; none within a definition.
    pub line: Option<&'a WrittenEquation>,
    /// Whether its values lie between 0 and 1 and multiply what passes.
    pub gate: bool,
}

/// A sum that goes into a nonlinearity.
#[derive(Clone, Copy)]
pub struct Sum<'a> {
    /// The sum, or a single summand.
    pub written: &'a Written,
    /// The equation it stands in.
    pub line: &'a WrittenEquation,
    /// Whether a normalisation lies between it and the nonlinearity.
    pub normalised: bool,
}

/// All nonlinearities of the step, in the order of the file.
pub fn sites<'a>(view: &View<'a>) -> Vec<Site<'a>> {
    let gating = Gating::of(view);
    let mut found = Vec::new();
    let mut called = BTreeSet::new();
    for line in view.stepping() {
        within(view, &line.body, Some(line), &gating, &mut called, &mut found);
    }
    for statement in &view.file.statements {
        if let Statement::Def(definition) = &statement.node
            && called.contains(&definition.name.node)
        {
            let mut inner = BTreeSet::new();
            within(view, &definition.body, None, &gating, &mut inner, &mut found);
            for local in &definition.locals {
                within(view, &local.body, None, &gating, &mut inner, &mut found);
            }
        }
    }
    found
}

fn within<'a>(
    view: &View<'a>,
    written: &'a Written,
    line: Option<&'a WrittenEquation>,
    gating: &Gating,
    called: &mut BTreeSet<Name>,
    found: &mut Vec<Site<'a>>,
) {
    if let Expression::Call(call) = &written.node {
        match site(view, written, line, gating) {
            Some(site) => found.push(site),
            None if !view.is_norm(&call.function.node) => {
                called.insert(call.function.node.clone());
            }
            None => {}
        }
    }
    // What a normalisation divides by is no place for another function.
    for part in walk::parts(written) {
        within(view, part, line, gating, called, found);
    }
}

fn site<'a>(
    view: &View<'a>,
    written: &'a Written,
    line: Option<&'a WrittenEquation>,
    gating: &Gating,
) -> Option<Site<'a>> {
    let Expression::Call(call) = &written.node else { return None };
    if !call.binders.is_empty() || call.condition.is_some() {
        return None;
    }
    let arguments = walk::arguments(call);
    if arguments.len() != call.arguments.len() {
        return None;
    }
    let mut varying = arguments.iter().filter(|argument| !view.is_number(argument));
    let argument = *varying.next()?;
    if varying.next().is_some() || line.is_some() && !view.carries(argument) {
        return None;
    }
    let spelled = |one: &&Written| match std::ptr::eq(*one, argument) {
        true => "u".to_string(),
        false => view.text(&one.span).to_string(),
    };
    let function = &call.function;
    let template =
        format!("{}({})", function.span.text(), arguments.iter().map(spelled).collect::<Vec<_>>().join(", "));
    let nature = view.facts.nature(&template)?;
    if !nature.activation {
        return None;
    }
    let gate = nature.unit && line.is_some_and(|line| gating.holds(view, written, line));
    Some(Site { call: written, function, argument, alone: arguments.len() == 1, line, gate })
}

/// What multiplies something that passes.
struct Gating {
    /// Where a call does so itself.
    places: BTreeSet<(usize, usize)>,
    /// Quantities that do.
    names: BTreeSet<Name>,
}

impl Gating {
    fn of(view: &View) -> Self {
        let mut gating = Gating { places: BTreeSet::new(), names: BTreeSet::new() };
        for line in &view.lines {
            walk::each(&line.body, &mut |part| {
                let factors = walk::factors(part);
                for (position, (operator, factor)) in factors.iter().enumerate() {
                    let passes = factors
                        .iter()
                        .enumerate()
                        .any(|(other, (_, factor))| other != position && moving(view, factor));
                    if *operator == ProductOperator::Times && passes {
                        gating.mark(factor);
                    }
                }
            });
        }
        // `keep = 1 - z` hands the mark on.
        for _ in 0..4 {
            for line in &view.lines {
                if gating.names.contains(&line.target.node) {
                    gating.mark(&line.body);
                }
            }
        }
        gating
    }

    fn mark(&mut self, written: &Written) {
        let written = walk::complement(written).unwrap_or(written);
        match walk::name_of(written) {
            Some(name) => {
                self.names.insert(name.clone());
            }
            None => {
                self.places.insert((written.span.start, written.span.end));
            }
        }
    }

    fn holds(&self, view: &View, call: &Written, line: &WrittenEquation) -> bool {
        let body = walk::complement(&line.body).unwrap_or(&line.body);
        self.places.contains(&(call.span.start, call.span.end))
            || std::ptr::eq(body, call)
                && self.names.contains(&line.target.node)
                && !view.states.contains(&line.target.node)
    }
}

/// Whether a gradient may flow into it that is no parameter's alone.
fn moving(view: &View, written: &Written) -> bool {
    let mut found = false;
    view.reads(written, &mut |_, name| {
        let role = view.role(name);
        found |= role.is_some_and(|role| role.is_computed() || *role == crate::math::network::Role::Input);
    });
    found
}

/// The sum that goes into a nonlinearity, through names and normalisations.
pub fn sum<'a>(view: &View<'a>, site: &Site<'a>) -> Option<Sum<'a>> {
    let start = Sum { written: site.argument, line: site.line?, normalised: false };
    follow(view, start, 8)
}

fn follow<'a>(view: &View<'a>, at: Sum<'a>, depth: usize) -> Option<Sum<'a>> {
    if depth == 0 {
        return None;
    }
    let summands = walk::summands(at.written);
    if summands.iter().any(|(_, summand)| weighs(view, summand)) {
        return Some(at);
    }
    let normalised = at.normalised || view.normalises(at.written);
    if let Expression::Call(call) = &at.written.node
        && view.is_norm(&call.function.node)
    {
        let first = *walk::arguments(call).first()?;
        return follow(view, Sum { written: first, normalised: true, ..at }, depth - 1);
    }
    if let Some((body, line)) = view.meaning(at.written) {
        let carries = view.step.contains(&line.target.node);
        return if carries { follow(view, Sum { written: body, line, normalised }, depth - 1) } else { None };
    }
    summands.iter().flat_map(|(_, summand)| walk::factors(summand)).find_map(|(operator, factor)| {
        let inner = operator == ProductOperator::Times && !std::ptr::eq(factor, at.written) && view.carries(factor);
        if inner { follow(view, Sum { written: factor, normalised, ..at }, depth - 1) } else { None }
    })
}

/// Whether a summand is weights times what is carried, perhaps with a factor.
fn weighs<'a>(view: &View<'a>, summand: &'a Written) -> bool {
    view.weighs(summand) || walk::factors(summand).iter().any(|(_, factor)| view.weighs(factor))
}
