//! Two networks side by side: the equations of the second become the author's own of a claim about the first.

use super::rewrite::rewrite;
use crate::math::name::Name;
use crate::math::number;
use crate::math::source::{Diagnostic, Outcome, Spanned, SpannedName};
use crate::math::syntax::{
    DeclaredRole, Expression, NetworkFile, Statement, SubscriptForm, Written, WrittenClaim, WrittenEquation,
    WrittenSubscript,
};
use std::collections::{BTreeMap, BTreeSet};

/// The file of the first network with one claim for each of its `outputs`: that the second computes the same. What both
/// declare under one name is the same data.
pub fn side_by_side(one: &NetworkFile, other: &NetworkFile, outputs: &[Name]) -> Outcome<NetworkFile> {
    let mut joined = NetworkFile { statements: Vec::new(), ..one.clone() };
    let kept = |statement: &&Spanned<Statement>| !matches!(statement.node, Statement::Claim(_));
    joined.statements.extend(one.statements.iter().filter(kept).cloned());
    let known = declared(one);
    let equations: Vec<&WrittenEquation> = other
        .statements
        .iter()
        .filter_map(|statement| match &statement.node {
            Statement::Equation(equation) | Statement::Loss(equation) => Some(equation),
            _ => None,
        })
        .collect();
    let names: BTreeMap<Name, Name> = equations
        .iter()
        .map(|equation| (equation.target.node.clone(), Name::new(format!("{}_2", equation.target.node))))
        .collect();
    let mut errors = Vec::new();
    for output in outputs.iter().filter(|output| !names.contains_key(*output)) {
        errors.push(
            Diagnostic::error("these networks compute different things")
                .at(
                    &other.name.as_ref().map_or_else(|| joined.statements[0].span.clone(), |name| name.span.clone()),
                    format!("computes no `{output}`"),
                )
                .hint("networks are compared output by output, by name"),
        );
    }
    let mut starts = Vec::new();
    for statement in &other.statements {
        match add(statement, &known, &mut joined) {
            Ok(states) => starts.extend(states),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut locals: Vec<(Written, Written)> = Vec::new();
    for equation in &equations {
        let left = reading(&equation.target, &names, &equation.subscripts);
        locals.push((left, renamed(&equation.body, &names).map_err(|error| vec![error])?));
    }
    for state in starts {
        if let Some(start) = start(&state, &equations, &names) {
            locals.push(start);
        }
    }
    for output in outputs {
        let Some(equation) = equations.iter().find(|equation| &equation.target.node == output) else { continue };
        let letters = |place: &&WrittenSubscript| match &place.what {
            SubscriptForm::At(at) => matches!(at.node, Expression::Name(_)),
            _ => false,
        };
        let places: Vec<WrittenSubscript> = equation.subscripts.iter().filter(letters).cloned().collect();
        let left = reading(&equation.target, &BTreeMap::new(), &places);
        let right = reading(&equation.target, &names, &places);
        let name = equation.target.clone();
        let claim = WrittenClaim { name, left, right, assumptions: Vec::new(), locals: std::mem::take(&mut locals) };
        joined.statements.push(Spanned { node: Statement::Claim(claim), span: equation.span.clone() });
    }
    Ok(joined)
}

/// All names that a file declares.
fn declared(file: &NetworkFile) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    for statement in &file.statements {
        match &statement.node {
            Statement::Size(sizes) => names.extend(sizes.iter().map(|(name, _)| name.node.clone())),
            Statement::Index { indices, .. } => names.extend(indices.iter().map(|(name, _)| name.node.clone())),
            Statement::Declare { items, .. } => names.extend(items.iter().map(|item| item.name.node.clone())),
            Statement::Def(definition) => {
                names.insert(definition.name.node.clone());
            }
            _ => {}
        }
    }
    names
}

/// Adds what the first network does not declare; gives the states that both have.
fn add(
    statement: &Spanned<Statement>,
    known: &BTreeSet<Name>,
    joined: &mut NetworkFile,
) -> Result<Vec<SpannedName>, Diagnostic> {
    let new = |name: &SpannedName| !known.contains(&name.node);
    let node = match &statement.node {
        Statement::Size(sizes) => Statement::Size(sizes.iter().filter(|(name, _)| new(name)).cloned().collect()),
        Statement::Index { recurrent, indices } => Statement::Index {
            recurrent: *recurrent,
            indices: indices.iter().filter(|(name, _)| new(name)).cloned().collect(),
        },
        Statement::Declare { role: DeclaredRole::State, items } => {
            if let Some(item) = items.iter().find(|item| new(&item.name)) {
                return Err(Diagnostic::error("these networks are given different data")
                    .at(&item.name.span, "a state that the other does not have")
                    .hint("two networks are compared on the same data, by name"));
            }
            return Ok(items.iter().map(|item| item.name.clone()).collect());
        }
        Statement::Declare { role, items } => {
            Statement::Declare { role: *role, items: items.iter().filter(|item| new(&item.name)).cloned().collect() }
        }
        Statement::Def(definition) if new(&definition.name) => statement.node.clone(),
        Statement::Use(_) => statement.node.clone(),
        _ => return Ok(Vec::new()),
    };
    let empty = match &node {
        Statement::Size(sizes) => sizes.is_empty(),
        Statement::Index { indices, .. } => indices.is_empty(),
        Statement::Declare { items, .. } => items.is_empty(),
        _ => false,
    };
    if !empty {
        joined.statements.push(Spanned { node, span: statement.span.clone() });
    }
    Ok(Vec::new())
}

/// `h_2[0] = h[0]`: both start from the same value, if the second network says nothing else.
fn start(
    state: &SpannedName,
    equations: &[&WrittenEquation],
    names: &BTreeMap<Name, Name>,
) -> Option<(Written, Written)> {
    let mut own = equations.iter().filter(|equation| equation.target.node == state.node);
    let (equation, None) = (own.next()?, own.next()) else { return None };
    let [place] = equation.subscripts.as_slice() else { return None };
    let zero = Written { node: Expression::Number(number::whole(0)), span: place.span.clone() };
    let place = WrittenSubscript { what: SubscriptForm::At(zero), ..place.clone() };
    let left = reading(&equation.target, names, std::slice::from_ref(&place));
    Some((left, reading(&equation.target, &BTreeMap::new(), &[place])))
}

fn reading(target: &SpannedName, names: &BTreeMap<Name, Name>, places: &[WrittenSubscript]) -> Written {
    let name = names.get(&target.node).cloned().unwrap_or_else(|| target.node.clone());
    let node = match places {
        [] => Expression::Name(name),
        _ => Expression::Read(Spanned { node: name, span: target.span.clone() }, places.to_vec()),
    };
    Written { node, span: target.span.clone() }
}

fn renamed(written: &Written, names: &BTreeMap<Name, Name>) -> Result<Written, Diagnostic> {
    let change = &mut |part: &Written, bound: &BTreeSet<Name>| {
        let other = |name: &Name| names.get(name).filter(|_| !bound.contains(name)).cloned();
        Ok(match &part.node {
            Expression::Name(name) => {
                other(name).map(|name| Written { node: Expression::Name(name), span: part.span.clone() })
            }
            Expression::Read(name, places) if other(&name.node).is_some() => {
                let mut inner = Vec::new();
                for place in places {
                    inner.push(super::rewrite::subscript(place, &mut |part| renamed(part, names))?);
                }
                let name =
                    Spanned { node: other(&name.node).unwrap_or_else(|| name.node.clone()), span: name.span.clone() };
                Some(Written { node: Expression::Read(name, inner), span: part.span.clone() })
            }
            _ => None,
        })
    };
    rewrite(written, &BTreeSet::new(), change)
}
