//! Identity paths: added, and scaled.

use super::edits::Edits;
use super::refuse;
use super::view::View;
use super::walk;
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::source::Diagnostic;
use crate::math::syntax::{Expression, ProductOperator, Written, WrittenEquation};

/// A sum of something that is handed on and a branch that transforms it.
pub struct Residual<'a> {
    /// The whole sum.
    pub sum: &'a Written,
    /// The summands as they stand, each with whether it is subtracted.
    pub summands: &'a [(bool, Written)],
    /// The position of what is handed on.
    pub identity: usize,
    /// What is handed on, without its factor.
    pub handed: &'a Written,
    /// The equation.
    pub line: &'a WrittenEquation,
    /// The product of the sum with numbers, or its quotient by some, where it stands in one.
    pub outer: Option<&'a Written>,
}

/// Adds the previous state to the new one.
pub fn add(view: &View, edits: &mut Edits) -> Result<(), Diagnostic> {
    if view.states.is_empty() {
        return beside_inputs(view, edits);
    }
    if let Some(state) = view.handed_on().first() {
        let place = view.line(state).map(|line| line.span.clone());
        let error =
            refuse(format!("`{state}` is handed on already: a path without a matrix leads to it from the step before"));
        return Err(match place {
            Some(span) => error.at(&span, "an identity or a gate stands here"),
            None => error,
        });
    }
    if let Some(known) = residuals(view).first() {
        return Err(refuse("the step has an identity path already, inside a norm".to_string())
            .at(&known.sum.span, "this sum")
            .hint("`prenorm` takes the norm from its way"));
    }
    let mut done = false;
    for state in &view.states {
        let Some(line) = view.line(state).filter(|line| view.carries(&line.body)) else { continue };
        let Some(before) = view.before(state, line) else { continue };
        let start = line.body.span.start;
        match view.text(&line.body.span).chars().next() {
            Some(minus @ ('-' | '−')) => {
                edits.replace(start, start + minus.len_utf8(), format!("{before} - "));
            }
            _ => edits.insert(start, format!("{before} + ")),
        }
        done = true;
    }
    if done { Ok(()) } else { Err(refuse("no equation of a state holds at all steps".to_string())) }
}

/// Without a recurrence: an input is added to what is shaped like it.
fn beside_inputs(view: &View, edits: &mut Edits) -> Result<(), Diagnostic> {
    let network = view.network;
    let inputs: Vec<_> = network.quantities.values().filter(|quantity| quantity.role == Role::Input).collect();
    let results = network.results();
    for line in view.stepping().filter(|line| results.contains(&line.target.node)) {
        let Some(quantity) = network.quantity(&line.target.node) else { continue };
        let alike = inputs.iter().find(|input| input.axes == quantity.axes && input.shape == quantity.shape);
        let Some(input) = alike else { continue };
        if !residuals(view).is_empty() {
            return Err(refuse(format!("`{}` has an identity path already", quantity.name)).at(&line.span, "here"));
        }
        let subscripts = view.left_subscripts(line);
        let brackets = if subscripts.is_empty() { String::new() } else { format!("[{}]", subscripts.join(",")) };
        edits.insert(line.body.span.start, format!("{}{brackets} + ", input.name));
        return Ok(());
    }
    let shapes = |names: &mut dyn Iterator<Item = &crate::math::network::Quantity>| {
        names.map(|quantity| format!("`{}` is {}", quantity.name, quantity.shape)).collect::<Vec<_>>().join(", ")
    };
    let outputs = shapes(&mut results.iter().filter_map(|name| network.quantity(name)));
    Err(refuse(format!(
        "nothing recurs, and no output is shaped like an input: {outputs}, {}",
        shapes(&mut inputs.into_iter())
    )))
}

/// All sums of an identity and a branch in the step.
pub fn residuals<'a>(view: &View<'a>) -> Vec<Residual<'a>> {
    let mut found = Vec::new();
    for line in view.stepping() {
        visit(view, line, &line.body, &mut found);
    }
    found
}

fn visit<'a>(view: &View<'a>, line: &'a WrittenEquation, written: &'a Written, found: &mut Vec<Residual<'a>>) {
    match &written.node {
        Expression::Sum(summands) => {
            let is_handed = |summand: &'a Written| handed(view, summand);
            let branch = |other: usize| {
                summands.iter().enumerate().any(|(at, (_, summand))| at != other && weighed(view, summand, 8))
            };
            let place = summands.iter().enumerate().find_map(|(at, (minus, summand))| {
                let handed = is_handed(summand).filter(|_| !minus && branch(at))?;
                Some((at, handed))
            });
            if let Some((identity, handed)) = place {
                found.push(Residual { sum: written, summands, identity, handed, line, outer: None });
            }
        }
        // Numbers around it, which the identity has as a factor too.
        Expression::Product(_) => {
            let factors = walk::factors(written);
            let mut others = factors.iter().filter(|(_, factor)| !view.is_number(factor));
            if let (Some((ProductOperator::Times, inner)), None) = (others.next(), others.next())
                && !std::ptr::eq(*inner, written)
            {
                let from = found.len();
                visit(view, line, inner, found);
                found[from..].iter_mut().for_each(|residual| residual.outer = Some(written));
            }
        }
        // A norm around the sum, with its gain and its shift.
        Expression::Call(call) if view.is_norm(&call.function.node) => {
            walk::arguments(call).into_iter().for_each(|part| visit(view, line, part, found));
        }
        _ => {}
    }
}

/// A reading of what the recurrence carries, perhaps times a number, or over one.
fn handed<'a>(view: &View<'a>, summand: &'a Written) -> Option<&'a Written> {
    let factors = walk::factors(summand);
    let mut others = factors.iter().filter(|(_, factor)| !view.is_number(factor));
    let (operator, one) = others.next()?;
    let alone = others.next().is_none() && *operator == ProductOperator::Times;
    let name = walk::name_of(one)?;
    let carried = view.step.contains(name) || view.states.is_empty() && view.role(name) == Some(&Role::Input);
    // A name for a branch is no identity.
    let branch = view.meaning(one).is_some_and(|(body, _)| !view.states.contains(name) && is_linear(view, body, 6));
    (alone && carried && !branch).then_some(*one)
}

/// Whether a value is weights times something at its outside, without a nonlinearity or a norm around it.
fn is_linear(view: &View, written: &Written, depth: usize) -> bool {
    depth > 0
        && walk::summands(written).iter().any(|(_, summand)| {
            walk::factors(summand).iter().any(|(_, factor)| {
                let product = view.contraction(factor).is_some();
                let meant = view.meaning(factor).is_some_and(|(body, _)| is_linear(view, body, depth - 1));
                product || meant
            })
        })
}

/// Whether weights act on what is carried anywhere in it, also through names.
pub fn weighed(view: &View, written: &Written, depth: usize) -> bool {
    let mut found = false;
    walk::each(written, &mut |part| {
        found |= view.contraction(part).is_some() && view.carries(part);
        if let (false, Some((body, line)), true) = (found, view.meaning(part), depth > 0) {
            found |= view.step.contains(&line.target.node) && weighed(view, body, depth - 1);
        }
    });
    found
}

/// Sets the factor of every branch.
pub fn scale(view: &View, edits: &mut Edits, value: &str) -> Result<(), Diagnostic> {
    let all = some(view)?;
    for residual in &all {
        let branch: Vec<_> = residual.summands.iter().enumerate().filter(|(at, _)| *at != residual.identity).collect();
        if let [(_, (_, only))] = branch.as_slice() {
            set_factor(view, edits, only, value, false);
            continue;
        }
        // Several summands get brackets, unless they have them under a factor of their own.
        let first = branch.iter().map(|(at, _)| *at).min().unwrap_or(0);
        let (before, after) = residual.summands.split_at(residual.identity);
        let rest: Vec<(bool, Written)> = before.iter().chain(&after[1..]).cloned().collect();
        let identity = view.text(&residual.summands[residual.identity].1.span);
        let branch = factored(&format!("({})", signed_text(view, &rest)), value);
        let whole =
            if first > residual.identity { format!("{identity} + {branch}") } else { format!("{branch} + {identity}") };
        let (start, end) = (residual.sum.span.start, view.end(&residual.sum.span));
        let bracketed = view.file.source.text[start..].starts_with('(');
        edits.replace(start, end, if bracketed { format!("({whole})") } else { whole });
    }
    Ok(())
}

/// Sets the factor of every identity.
pub fn skip(view: &View, edits: &mut Edits, value: &str) -> Result<(), Diagnostic> {
    for residual in some(view)? {
        let identity = &residual.summands[residual.identity].1;
        let Some(outer) = residual.outer else {
            set_factor(view, edits, identity, value, true);
            continue;
        };
        // The numbers around the sum stay with the branch.
        let branch: Vec<(bool, Written)> = residual
            .summands
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != residual.identity)
            .map(|(_, own)| own.clone())
            .collect();
        let whole = view.text(&outer.span).to_string();
        let (start, end) =
            (residual.sum.span.start - outer.span.start, view.end(&residual.sum.span) - outer.span.start);
        let bracketed = format!("({})", signed_text(view, &branch));
        let inner = match whole[..start].ends_with('(') && whole[end..].starts_with(')') {
            true => format!("{}{bracketed}{}", &whole[..start - 1], &whole[end + 1..]),
            false => format!("{}{bracketed}{}", &whole[..start], &whole[end..]),
        };
        let handed = factor_text(view, identity, value, true);
        edits.replace(outer.span.start, view.end(&outer.span), format!("{handed} + {inner}"));
    }
    Ok(())
}

/// Summands with their signs.
fn signed_text(view: &View, summands: &[(bool, Written)]) -> String {
    let mut text = String::new();
    for (number, (minus, summand)) in summands.iter().enumerate() {
        let sign = match (number, minus) {
            (0, false) => "",
            (0, true) => "-",
            (_, false) => " + ",
            (_, true) => " - ",
        };
        text.push_str(sign);
        text.push_str(view.text(&summand.span));
    }
    text
}

fn some<'a>(view: &View<'a>) -> Result<Vec<Residual<'a>>, Diagnostic> {
    let all = residuals(view);
    match all.is_empty() {
        true => Err(refuse("there is no residual sum: no state is added to a branch that transforms it".to_string())
            .hint("`residual` adds one")),
        false => Ok(all),
    }
}

/// `value * summand`, in place of the numbers that it is multiplied with or divided by.
fn set_factor(view: &View, edits: &mut Edits, summand: &Written, value: &str, drop_one: bool) {
    edits.replace(summand.span.start, view.end(&summand.span), factor_text(view, summand, value, drop_one));
}

fn factor_text(view: &View, summand: &Written, value: &str, drop_one: bool) -> String {
    let factors = walk::factors(summand);
    let kept: Vec<_> = factors.iter().filter(|(_, factor)| !view.is_number(factor)).collect();
    let mut text = String::new();
    for (number, (operator, factor)) in kept.iter().enumerate() {
        match (number, operator) {
            (0, ProductOperator::Times) => {}
            (0, _) => text.push_str("1 / "),
            (_, ProductOperator::Divide) => text.push_str(" / "),
            _ => text.push_str(" * "),
        }
        text.push_str(view.text(&factor.span));
    }
    let one = drop_one && value == "1";
    if one { text } else { factored(&text, value) }
}

/// `value * text`, or `text / b` for `1/b`.
fn factored(text: &str, value: &str) -> String {
    let below = value.strip_prefix("1/").or_else(|| value.strip_prefix("1 / ")).map(str::trim);
    match below {
        Some(below) if !below.contains(['*', '/', '+', '-']) || below.ends_with(')') && below.starts_with("sqrt(") => {
            format!("{text} / {below}")
        }
        _ if value.parse::<f64>().is_ok() || value.chars().all(|letter| letter.is_alphanumeric() || letter == '_') => {
            format!("{value} * {text}")
        }
        _ => format!("({value}) * {text}"),
    }
}

/// The quantity that a residual hands on.
pub fn handed_name(residual: &Residual) -> Option<Name> {
    walk::name_of(residual.handed).cloned()
}
