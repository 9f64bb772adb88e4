//! Norms behind residual sums go in front of their branches, so that the path of the identity is clear.

use super::edits::Edits;
use super::residual::{self, Residual};
use super::view::View;
use super::{refuse, walk};
use crate::math::name::Name;
use crate::math::source::Diagnostic;
use crate::math::syntax::{Expression, Statement, Written, WrittenEquation};
use std::collections::BTreeSet;

/// Moves every norm that stands behind a residual sum.
pub fn swap(view: &View, edits: &mut Edits) -> Result<(), Diagnostic> {
    let residuals = residual::residuals(view);
    if residuals.is_empty() {
        return Err(refuse("there is no residual sum whose norm could be moved".into()).hint("`residual` adds one"));
    }
    let mut done = false;
    let mut names = BTreeSet::new();
    for residual in &residuals {
        if let Some(whole) = around(view, residual) {
            called(view, edits, residual, whole, &mut names);
            done = true;
        } else if let Some(state) = written_out(view, residual) {
            handed_before(view, edits, residual, &state)?;
            done = true;
        }
    }
    match done {
        true => Ok(()),
        false => {
            Err(refuse("no norm stands behind a residual sum".into()).at(&residuals[0].sum.span, "this sum has none"))
        }
    }
}

/// The norm that is called with a residual sum.
fn around<'a>(view: &View<'a>, residual: &Residual<'a>) -> Option<&'a Written> {
    let mut found = None;
    walk::each(&residual.line.body, &mut |part| {
        if let Expression::Call(call) = &part.node
            && view.is_norm(&call.function.node)
            && walk::arguments(call).first().is_some_and(|first| std::ptr::eq(*first, residual.sum))
        {
            found = Some(part);
        }
    });
    found
}

fn called<'a>(
    view: &View<'a>,
    edits: &mut Edits,
    residual: &Residual<'a>,
    whole: &Written,
    names: &mut BTreeSet<Name>,
) {
    let sum = &residual.sum.span;
    // `layernorm(` and `, gamma[l], beta[l], eps)` go.
    let (open, close) = ((whole.span.start, sum.start), (view.end(sum), view.end(&whole.span)));
    edits.replace(open.0, open.1, "");
    edits.replace(close.0, close.1, "");
    let text = &view.file.source.text;
    let wrap = |inner: &str| format!("{}{inner}{}", &text[open.0..open.1], &text[close.0..close.1]);
    let mut readings: Vec<&Written> = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, (_, summand)) in residual.summands.iter().enumerate() {
        if at != residual.identity {
            collect(view, summand, residual, &mut readings, &mut seen);
        }
    }
    if let [only] = readings.as_slice() {
        edits.put(
            &crate::math::source::Span { end: view.end(&only.span), ..only.span.clone() },
            wrap(view.text(&only.span)),
        );
        return;
    }
    // Read more than once: it gets a name.
    let base = residual::handed_name(residual).map_or_else(String::new, |name| name.to_string());
    let name = view.fresh(&format!("{base}hat"), names);
    names.insert(Name::canonical(&name));
    let subscripts = view.left_subscripts(residual.line);
    let left = if subscripts.is_empty() { name } else { format!("{name}[{}]", subscripts.join(",")) };
    for reading in &readings {
        edits.replace(reading.span.start, view.end(&reading.span), left.clone());
    }
    let first = view.lines.iter().find(|line| {
        readings.iter().any(|reading| line.span.start <= reading.span.start && reading.span.end <= line.span.end)
    });
    let line = first.copied().unwrap_or(residual.line);
    edits.insert(
        line.span.start,
        format!("{} = {}\n", aligned(view, &left, line), wrap(view.text(&residual.handed.span))),
    );
}

/// Readings of what is handed on, in a branch and in what its names mean.
fn collect<'a>(
    view: &View<'a>,
    written: &'a Written,
    residual: &Residual<'a>,
    found: &mut Vec<&'a Written>,
    seen: &mut BTreeSet<Name>,
) {
    let wanted = walk::name_of(residual.handed);
    let moved = view.moved(residual.handed);
    let mut meant: Vec<&'a Written> = Vec::new();
    walk::each(written, &mut |part| {
        if walk::name_of(part).is_some() && walk::name_of(part) == wanted && view.moved(part) == moved {
            found.push(part);
        } else if let Some((body, line)) = view.meaning(part)
            && view.step.contains(&line.target.node)
            && seen.insert(line.target.node.clone())
        {
            meant.push(body);
        }
    });
    for body in meant {
        collect(view, body, residual, found, seen);
    }
}

/// The state that is a norm of the sum, written out in equations.
fn written_out(view: &View, residual: &Residual) -> Option<Name> {
    let state = residual::handed_name(residual)?;
    if !view.moved(residual.handed) || state == residual.line.target.node {
        return None;
    }
    let line = view.line(&state)?;
    let sum = &residual.line.target.node;
    let mut reads = false;
    deep(view, &line.body, 8, &mut |name| reads |= name == sum);
    let mut normalises = view.normalises(&line.body);
    deep_bodies(view, &line.body, 8, &mut |body| normalises |= view.normalises(body));
    (reads && normalises).then_some(state)
}

fn deep(view: &View, written: &Written, depth: usize, look: &mut dyn FnMut(&Name)) {
    let mut meant = Vec::new();
    walk::each(written, &mut |part| {
        if let Some(name) = walk::name_of(part).filter(|_| !view.moved(part)) {
            look(name);
            meant.extend(view.meaning(part).filter(|_| depth > 0).map(|(body, _)| body));
        }
    });
    meant.into_iter().for_each(|body| deep(view, body, depth - 1, look));
}

fn deep_bodies(view: &View, written: &Written, depth: usize, look: &mut dyn FnMut(&Written)) {
    let mut meant = Vec::new();
    walk::each(written, &mut |part| meant.extend(view.meaning(part).filter(|_| depth > 0).map(|(body, _)| body)));
    for body in meant {
        look(body);
        deep_bodies(view, body, depth - 1, look);
    }
}

/// The sum itself is handed on, where its norm was; branches read the norm as before.
fn handed_before(view: &View, edits: &mut Edits, residual: &Residual, state: &Name) -> Result<(), Diagnostic> {
    let sum = &residual.line.target;
    let Expression::Read(name, _) = &residual.handed.node else {
        return Err(refuse("the state is read without its index".into()).at(&residual.handed.span, "here"));
    };
    edits.replace(name.span.start, view.end(&name.span), view.text(&sum.span));
    // The sum starts where its norm started.
    for statement in &view.file.statements {
        if let Statement::Equation(case) = &statement.node
            && &case.target.node == state
            && !view.lines.iter().any(|line| std::ptr::eq(*line, case))
        {
            let rest = &view.file.source.text[case.target.span.end..view.end(&case.span)];
            edits.insert(case.span.start, format!("{}{rest}\n", view.text(&sum.span)));
        }
    }
    Ok(())
}

/// A left side, filled up so that its sign stands under that of an equation.
pub fn aligned(view: &View, left: &str, line: &WrittenEquation) -> String {
    let text = &view.file.source.text;
    let sign = text[line.target.span.end..].find('=').map_or(0, |length| line.target.span.end + length);
    let column = text[line.span.start..sign].chars().count();
    let missing = column.saturating_sub(left.chars().count() + 1);
    format!("{left}{}", " ".repeat(missing))
}
