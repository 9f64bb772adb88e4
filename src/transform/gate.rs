//! Gates: one is added, or its bias is set.

use super::edits::Edits;
use super::norm::{bracketed, own_indices, weights};
use super::prenorm::aligned;
use super::sites::{self, Site};
use super::text::spelled;
use super::view::View;
use super::{declare, draws, refuse, walk};
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::source::Diagnostic;
use crate::math::syntax::{ProductOperator, Written};
use std::collections::BTreeSet;

/// Sets the bias of each gate that multiplies a previous state on its way past all weights.
pub fn forget_bias(view: &View, edits: &mut Edits, value: &str) -> Result<(), Diagnostic> {
    let found = keeping(view);
    if found.is_empty() {
        return Err(refuse("no gate multiplies a previous state".into())
            .hint("a gate has values between 0 and 1; `gate` adds one"));
    }
    let number: f64 =
        value.parse().map_err(|_| refuse(format!("`{value}` is no number")).hint("as in forget_bias=1"))?;
    let mut statements = Vec::new();
    let mut names = BTreeSet::new();
    for (site, keeps) in &found {
        let value = if *keeps { value.to_string() } else { draws::short(-number) };
        let Some(sum) = sites::sum(view, site) else {
            return Err(refuse("the gate takes no weights times what recurs".into()).at(&site.call.span, "this gate"));
        };
        if draws::set_bias(view, edits, &[sum], &value) {
            continue;
        }
        // It has none: it gets one.
        let Some(shape) = view.shape(site.argument) else {
            return Err(refuse("the gate's size is not known".into()).at(&site.argument.span, "this sum"));
        };
        let label = site.line.filter(|line| std::ptr::eq(&raw const line.body, site.call));
        let label = label.map_or("b_gate".to_string(), |line| format!("b_{}", line.target.node));
        let name = view.fresh(&label, &names);
        names.insert(Name::canonical(&name));
        let indices = weights(view, &sum).map_or_else(Vec::new, |name| own_indices(view, name));
        let brackets = if indices.is_empty() { String::new() } else { format!("[{}]", indices.join(",")) };
        edits.insert(view.end(&sum.written.span), format!(" + {name}{brackets}"));
        statements.push(format!("param {name}{brackets} : {} ~ constant({value})", spelled(&shape)));
    }
    declare::add(view, edits, &statements);
    Ok(())
}

/// The gates that multiply a previous state by themselves (true) or by what they leave of 1 (false), entry by entry.
pub fn keeping<'a>(view: &View<'a>) -> Vec<(Site<'a>, bool)> {
    let mut wanted: Vec<(Place, bool)> = Vec::new();
    for line in view.stepping().filter(|line| view.states.contains(&line.target.node)) {
        look(view, &line.body, &mut wanted, 6);
    }
    let all = sites::sites(view).into_iter().filter(|site| site.gate);
    all.filter_map(|site| {
        let own = wanted.iter().find(|(place, _)| match place {
            Place::Call(start) => *start == site.call.span.start,
            Place::Name(name) => site.line.is_some_and(|line| {
                let body = walk::complement(&line.body).unwrap_or(&line.body);
                &line.target.node == name && std::ptr::eq(body, site.call)
            }),
        })?;
        // `keep = 1 - sigmoid(a)` turns it over.
        let turned =
            site.line.is_some_and(|line| matches!(own.0, Place::Name(_)) && walk::complement(&line.body).is_some());
        Some((site, own.1 != turned))
    })
    .collect()
}

/// Where a gate is read: the call itself, or the quantity that it is.
enum Place {
    Call(usize),
    Name(Name),
}

fn look(view: &View, written: &Written, found: &mut Vec<(Place, bool)>, depth: usize) {
    for (_, summand) in walk::summands(written) {
        let factors = walk::factors(summand);
        let previous =
            factors.iter().any(|(operator, factor)| *operator == ProductOperator::Times && view.is_previous(factor));
        if !previous {
            // `kept = f * c[t-1]` with a name of its own.
            for (operator, factor) in factors {
                if let (ProductOperator::Times, Some((body, line)), true) = (operator, view.meaning(factor), depth > 0)
                    && view.step.contains(&line.target.node)
                {
                    look(view, body, found, depth - 1);
                }
            }
            continue;
        }
        for (_, factor) in factors.iter().filter(|(_, factor)| !view.is_previous(factor)) {
            let (inner, keeps) = walk::complement(factor).map_or((*factor, true), |inner| (inner, false));
            match walk::name_of(inner) {
                Some(name) => {
                    // `keep = 1 - z`, with `z = sigmoid(a)`.
                    let body = view.meaning(inner).and_then(|(body, _)| walk::complement(body));
                    match body.and_then(walk::name_of) {
                        Some(other) => found.push((Place::Name(other.clone()), !keeps)),
                        None => found.push((Place::Name(name.clone()), keeps)),
                    }
                }
                None => found.push((Place::Call(inner.span.start), keeps)),
            }
        }
    }
}

/// Puts a gate between the previous state and the new one, with weights of its own like those of the pre-activation.
pub fn add(view: &View, edits: &mut Edits, value: &str) -> Result<(), Diagnostic> {
    if let Some(state) = view.handed_on().first() {
        return Err(refuse(format!("`{state}` is handed on already, by a gate or an identity")));
    }
    let mut lines = view.states.iter().filter_map(|state| Some((state, view.line(state)?)));
    let (Some((state, line)), None) = (lines.next(), lines.next()) else {
        return Err(refuse("a gate is added to one state, and there are several, or none".into()));
    };
    let site = sites::sites(view).into_iter().filter(|site| !site.gate).find_map(|site| {
        let sum = sites::sum(view, &site)?;
        Some((site, sum))
    });
    let Some((site, sum)) = site else {
        return Err(refuse("there is no pre-activation whose weights the gate could be given".into()));
    };
    let size = view.network.quantity(state).map(|quantity| quantity.shape.clone());
    if view.shape(site.argument) != size {
        return Err(
            refuse(format!("the pre-activation is not shaped like `{state}`")).at(&sum.written.span, "this sum")
        );
    }
    let Some(before) = view.before(state, line) else {
        return Err(refuse(format!("`{state}` is not read at the step before")));
    };
    let mut names = BTreeSet::new();
    let letter = ["z", "g", "k"].into_iter().find(|letter| &view.fresh(letter, &names) == letter);
    let letter = letter.map_or_else(|| view.fresh("z", &names), str::to_string);
    names.insert(Name::canonical(&letter));
    // The sum again, with parameters of its own.
    let (start, end) = (sum.written.span.start, view.end(&sum.written.span));
    let mut copy = Edits::default();
    let mut params: Vec<(Name, String)> = Vec::new();
    let mut biased = false;
    for (_, summand) in walk::summands(sum.written) {
        biased |= walk::name_of(summand).is_some_and(|name| view.role(name) == Some(&Role::Param));
    }
    walk::each(sum.written, &mut |part| {
        let Some(name) = walk::name_of(part).filter(|name| view.role(name) == Some(&Role::Param)) else { return };
        let new = match params.iter().find(|(known, _)| known == name) {
            Some((_, new)) => new.clone(),
            None => {
                let new = view.fresh(&format!("{name}_{letter}"), &names);
                names.insert(Name::canonical(&new));
                params.push((name.clone(), new.clone()));
                new
            }
        };
        let length =
            view.file.source.text[part.span.start..].find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        let length = length.unwrap_or(0).min(part.span.end - part.span.start).max(1);
        copy.replace(part.span.start - start, part.span.start - start + length, new);
    });
    let text = &view.file.source.text[start..end];
    let Some(mut argument) = copy.apply(text) else {
        return Err(refuse("the pre-activation cannot be copied".into()).at(&sum.written.span, "this sum"));
    };
    if argument.starts_with('(') && text.starts_with('(') && sum.written.span.start == start && text.ends_with(')') {
        argument = argument.trim_start_matches('(').trim_end_matches(')').to_string();
    }
    let indices = weights(view, &sum).map_or_else(Vec::new, |name| own_indices(view, name));
    let brackets = if indices.is_empty() { String::new() } else { format!("[{}]", indices.join(",")) };
    let mut declared: Vec<String> = params
        .iter()
        .filter_map(|(old, new)| {
            let (_, item) = view.declared(old)?;
            let (shape, draw) = declare::tail(view, item);
            let is_bias = view.network.quantity(old).is_some_and(|quantity| quantity.shape.axes().len() < 2);
            let draw = if is_bias { Some(format!("constant({value})")) } else { draw };
            let head = declare::head(view, item).replacen(view.text(&item.name.span), new, 1);
            Some(format!("{head}{shape}{}", draw.map_or(String::new(), |draw| format!(" ~ {draw}"))))
        })
        .collect();
    if !biased {
        let name = view.fresh(&format!("b_{letter}"), &names);
        argument = format!("{argument} + {name}{brackets}");
        let shape = size.map_or(String::new(), |shape| format!(" : {}", spelled(&shape)));
        declared.push(format!("{name}{brackets}{shape} ~ constant({value})"));
    }
    declare::add(view, edits, &[format!("param {}", declared.join(", "))]);
    let gate = |subscripts: &[String]| match subscripts.is_empty() {
        true => letter.clone(),
        false => format!("{letter}[{}]", subscripts.join(",")),
    };
    let left = gate(&view.left_subscripts(sum.line));
    edits.insert(
        sum.line.span.start.min(line.span.start),
        format!("{} = sigmoid({argument})\n", aligned(view, &left, line)),
    );
    let own = gate(&view.left_subscripts(line));
    let body = bracketed(view, &line.body);
    edits.replace(line.body.span.start, view.end(&line.body.span), format!("{own} * {before} + (1 - {own}) * {body}"));
    Ok(())
}
