//! Networks side by side: a sentence of verbs that is too long for `lib.rs`.

use crate::math::comparison::{Direct, Member, Work};
use crate::math::derivation::Derivation;
use crate::math::expression::{Mark, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::jacobian::{Question, place_along};
use crate::math::name::Name;
use crate::math::network::{Network, Quantity, Role};
use crate::math::operations::Counter;
use crate::math::source::Outcome;
use crate::{book, derive, flow, jacobian, parts_named};
use std::collections::BTreeMap;

/// What there is to say of one network beside others. `along` is the recurrence to take steps along; the first if none is said.
pub fn member(network: &Network, along: Option<&Name>) -> Outcome<Member> {
    let book = book()?;
    let derivation = derive(network, &[])?;
    let recurrent = |name: &Name| network.indices.get(name).is_some_and(|index| index.recurrent);
    let first = || network.indices.values().find(|index| index.recurrent).map(|index| &index.name);
    let index = along.filter(|name| recurrent(name)).or_else(first).cloned();
    let length = index.as_ref().and_then(|index| network.indices.get(index)?.high.as_name().cloned());
    let (forward, backward) = work(&derivation, length.as_ref());
    let parts = parts_named(network);
    let direct = direct(&parts, index.as_ref());
    Ok(Member {
        gates: derive::gates(&parts, book),
        parameters: network.parameters(),
        forward,
        backward,
        direct,
        distances: flow::distances(network),
        drawn: BTreeMap::new(),
        flow: None,
        network: network.clone(),
        parts,
        index,
    })
}

/// Operations of the forward and of the backward pass, along a recurrence of `length` steps.
pub fn work(derivation: &Derivation, length: Option<&Name>) -> (Work, Work) {
    let mut counter = Counter::default();
    let nothing = || Integer::number(0);
    let forward =
        derivation.network.equations.iter().fold(nothing(), |total, equation| total.plus(&counter.equation(equation)));
    let backward = derivation.backward.iter().fold(nothing(), |total, line| total.plus(&counter.line(line)));
    (Work::along(forward, length), Work::along(backward, length))
}

/// What each state hands on to itself without a matrix; where nothing recurs, what inputs hand on to outputs of their shape.
fn direct(parts: &Network, index: Option<&Name>) -> Result<Vec<Direct>, String> {
    let pairs = match index {
        Some(index) => states(parts, index),
        None => blocks(parts),
    };
    if pairs.is_empty() {
        return Err(match index {
            Some(index) => format!("no step along {index} reads the one before"),
            None => "nothing recurs, and no output is shaped like an input".to_string(),
        });
    }
    pairs
        .into_iter()
        .map(|(state, before)| {
            let question = Question { of: vec![state.clone()], wrt: vec![before.clone()], through: None };
            let found = jacobian(parts, &question)
                .map_err(|errors| errors.first().map_or(String::new(), |first| first.message.clone()))?;
            let mut terms = Vec::new();
            let mut others = 0;
            for path in found.blocks.iter().flat_map(|block| &block.terms) {
                match path.inner.is_none() && is_diagonal(&path.term) {
                    true => terms.push(path.term.clone()),
                    false => others += 1,
                }
            }
            Ok(Direct { state, before, terms, others })
        })
        .collect()
}

/// What a step reads of itself one step before: each with its place before.
fn states(parts: &Network, index: &Name) -> Vec<(Read, Read)> {
    let mut found: Vec<(Read, Read)> = Vec::new();
    for equation in parts.equations.iter().filter(|equation| !equation.is_case()) {
        for read in equation.body.reads().into_iter().filter(|read| read.mark == Mark::Value && !read.constant) {
            let Some(quantity) = parts.quantity(&read.quantity).filter(|quantity| quantity.role.is_computed()) else {
                continue;
            };
            let back = place_along(parts, read, index)
                .and_then(|place| Integer::name(index.clone()).minus(&place).as_number());
            let Some(back) = back.filter(|back| back.abs() == 1) else { continue };
            let state = quantity.read(Mark::Value);
            let before = state.at(&BTreeMap::from([(index.clone(), Integer::name(index.clone()).offset(-back))]));
            if state.subscripts.iter().all(|place| matches!(place, Subscript::At(_)))
                && !found.contains(&(state.clone(), before.clone()))
            {
                found.push((state, before));
            }
        }
    }
    found
}

/// Outputs and inputs that are shaped alike: what would be stacked in a deep network.
fn blocks(parts: &Network) -> Vec<(Read, Read)> {
    let outputs = parts.results().into_iter().filter_map(|name| parts.quantity(&name).cloned());
    let inputs: Vec<_> = parts.quantities.values().filter(|quantity| quantity.role == Role::Input).collect();
    let beside = |output: Quantity| {
        let alike = inputs.iter().filter(|input| input.axes == output.axes && input.shape == output.shape);
        alike.map(|input| (output.read(Mark::Value), input.read(Mark::Value))).collect::<Vec<_>>()
    };
    outputs.flat_map(beside).collect()
}

/// Whether a Jacobian acts on each entry by itself, or is of a number by a number without inner products.
fn is_diagonal(term: &Term) -> bool {
    if term.shape().is_number() {
        return !term.binds() && !holds_product(term);
    }
    match (term.op(), term.args()) {
        (Op::Eye(_) | Op::Diag, _) => true,
        (Op::Neg | Op::Transpose, [inner]) => is_diagonal(inner),
        (Op::Add | Op::MatMul, [left, right]) => is_diagonal(left) && is_diagonal(right),
        (Op::Mul, [left, right]) => is_diagonal(left) && scales(right) || scales(left) && is_diagonal(right),
        _ => false,
    }
}

/// A number, stretched over a matrix.
fn scales(term: &Term) -> bool {
    matches!(term.op(), Op::Fill(_))
}

fn holds_product(term: &Term) -> bool {
    let mut found = false;
    term.walk(&mut |part| found |= matches!(part.op(), Op::MatMul));
    found
}
