//! What an edge of a path is made of: weights, a slope, a norm, gates and factors, and how a gain that was measured on all of them
//! together is parted among them.

use super::edges::Seen;
use super::magnitude::magnitude;
use crate::math::expression::{Op, Read, Term};
use crate::math::network::Role;
use crate::math::number;

/// What stands at an edge of a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Edge {
    Weight(String),
    /// Weights and a function at once.
    Both(String, String),
    Slope(String),
    Norm(String),
    Gate(String),
    Factor(String),
    Copy,
}

/// A part of an edge.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub edge: Edge,
    /// Its log gain, if that is known without a gradient.
    known: Option<f64>,
    /// How hard it is to know: numbers are known exactly, gates and other factors by their values, the rest not at all.
    rank: u8,
}

const HARD: u8 = 2;
const BY_VALUE: u8 = 1;
const EXACT: u8 = 0;

/// What stands between two readings of a path, the innermost first. `owner` is the function that the first of them belongs to.
pub(super) fn elements(seen: &Seen, owner: Option<&str>, from: &Read, to: &Read) -> Vec<Element> {
    let equation = seen.parts.equations_of(&from.quantity).find(|equation| !equation.is_case());
    let Some(chain) = equation.and_then(|equation| chain(&equation.body, to)) else { return Vec::new() };
    let mut found = Vec::new();
    let hard = |edge: Edge| Element { edge, known: None, rank: HARD };
    let label = |function: &str| owner.unwrap_or(function).to_string();
    for pair in chain.windows(2).rev() {
        let (term, inner) = (pair[0], pair[1]);
        let others = || term.args().iter().filter(|arg| !std::ptr::eq(*arg, inner));
        match (term.op(), owner) {
            // Within a function that is written out, factors and quotients are parts of its slope.
            (Op::Mul | Op::Div | Op::Power, Some(function))
                if !chain.iter().any(|term| matches!(term.op(), Op::Reduce(..))) =>
            {
                found.push(hard(Edge::Slope(function.to_string())));
                continue;
            }
            _ => {}
        }
        match term.op() {
            Op::MatMul => {
                let own =
                    |other: &Term| param(seen, other).or_else(|| Some(other.reads().first()?.quantity.to_string()));
                for other in others() {
                    match (other.op(), own(other)) {
                        (Op::Diag, _) => found.push(multiplied(seen, from, to, other)),
                        (_, Some(name)) => found.push(hard(Edge::Weight(name))),
                        (_, None) => {}
                    }
                }
            }
            Op::Apply(function) => found.push(hard(Edge::Slope(label(function.as_str())))),
            Op::Where => found.push(hard(Edge::Slope(label("where")))),
            Op::Div if std::ptr::eq(inner, &term.args()[0]) && is_fixed(seen, &term.args()[1]) => {
                let below = &term.args()[1];
                found.push(factor(seen, below, -1.0));
            }
            Op::Power if is_power(term, &chain) => {
                let exponent = term.args()[1].as_number().map_or_else(String::new, ToString::to_string);
                found.push(hard(Edge::Slope(label(&format!("u^{exponent}")))));
            }
            Op::Div | Op::Power => found.push(hard(Edge::Norm(from.quantity.to_string()))),
            Op::Mul => {
                let summed = chain.iter().any(|term| matches!(term.op(), Op::Reduce(..)));
                for other in others() {
                    let own = multiplied(seen, from, to, other);
                    found.push(match (&own.edge, param(seen, other)) {
                        (Edge::Factor(_), Some(name)) if summed => hard(Edge::Weight(name)),
                        _ if summed => Element { known: None, ..own },
                        _ => own,
                    });
                }
            }
            _ => {}
        }
    }
    found
}

/// A gain that was measured on an edge, parted: what is known by itself gets what it has, and the rest is done by what is hard to know.
pub(super) fn parted(gain: f64, elements: &[Element]) -> Vec<(Edge, f64)> {
    let Some(top) = elements.iter().map(|element| element.rank).max() else { return vec![(Edge::Copy, gain)] };
    let heads: Vec<&Element> = elements.iter().filter(|element| element.rank == top).collect();
    let weights = heads.iter().find_map(|element| match &element.edge {
        Edge::Weight(name) => Some(name),
        _ => None,
    });
    let slope = heads.iter().find_map(|element| match &element.edge {
        Edge::Slope(name) => Some(name),
        _ => None,
    });
    let head = match (weights, slope) {
        (Some(weights), Some(function)) => Edge::Both(weights.clone(), function.clone()),
        _ => heads[0].edge.clone(),
    };
    let aside = |element: &&Element| !std::ptr::eq(*element, heads[0]) && element.rank < HARD;
    let mut found: Vec<(Edge, f64)> = elements
        .iter()
        .filter(aside)
        .filter_map(|element| Some((element.edge.clone(), element.known.filter(|known| known.is_finite())?)))
        .collect();
    let rest = gain - found.iter().map(|(_, known)| known).sum::<f64>();
    found.push((head, rest));
    found
}

/// A factor beside a reading: a gate, if that is what it is.
fn multiplied(seen: &Seen, from: &Read, to: &Read, other: &Term) -> Element {
    match gate(seen, from, to) {
        Some(name) => Element { edge: Edge::Gate(name), known: magnitude(seen, other), rank: BY_VALUE },
        None => factor(seen, other, 1.0),
    }
}

/// A factor, or what stands below a fraction line.
fn factor(seen: &Seen, term: &Term, sign: f64) -> Element {
    let known = magnitude(seen, term).map(|known| sign * known);
    let rank = if is_number(seen, term) { EXACT } else { BY_VALUE };
    Element { edge: Edge::Factor(label(term, known)), known, rank }
}

/// What a factor is called: a name, a function of one, or its value.
fn label(term: &Term, known: Option<f64>) -> String {
    let name = term.reads().first().map(|read| read.quantity.to_string());
    match (term.op(), name, known) {
        (Op::Fill(_) | Op::Neg, ..) => label(&term.args()[0], known),
        (Op::Apply(function), Some(name), _) => format!("{function}({name})"),
        (_, Some(name), _) => name,
        (_, None, Some(known)) => format!("{:.4}", libm::exp(known)),
        (_, None, None) => "of the step".to_string(),
    }
}

fn param(seen: &Seen, term: &Term) -> Option<String> {
    let role = |read: &&Read| seen.parts.quantity(&read.quantity).map(|quantity| &quantity.role);
    let own = term.reads().into_iter().find(|read| role(read) == Some(&Role::Param));
    own.map(|read| read.quantity.to_string())
}

/// Whether it is a power of what comes in, entry by entry, such as a square. One that divides, is a root, or belongs to a spread is part
/// of a norm.
fn is_power(term: &Term, chain: &[&Term]) -> bool {
    let grows = term.args()[1].as_number().is_some_and(|exponent| number::to_f64(exponent) >= 1.0);
    grows && !chain.iter().any(|term| matches!(term.op(), Op::Reduce(..) | Op::Total))
}

/// Whether only constants stand in it.
fn is_number(seen: &Seen, term: &Term) -> bool {
    term.reads()
        .iter()
        .all(|read| seen.parts.quantity(&read.quantity).is_some_and(|own| matches!(own.role, Role::Const(_))))
}

/// Whether nothing in it is computed.
fn is_fixed(seen: &Seen, term: &Term) -> bool {
    term.reads().iter().all(|read| seen.parts.quantity(&read.quantity).is_some_and(|own| !own.role.is_computed()))
}

/// The gate that a reading passes on its way into an equation; without a name where it has none.
fn gate(seen: &Seen, from: &Read, to: &Read) -> Option<String> {
    let holds = |term: &Term| term.reads().into_iter().any(|own| own.quantity == to.quantity);
    let own = seen.member.gates.iter().find(|gate| {
        let mut ways = gate.passing.iter();
        !holds(&gate.value) && ways.any(|passing| passing.into == from.quantity && holds(&passing.what))
    })?;
    Some(own.value.as_read().map_or_else(String::new, |read| read.quantity.to_string()))
}

/// The terms around a reading, outermost first, and the reading last. The same reading is preferred to another of its quantity.
fn chain<'t>(body: &'t Term, read: &Read) -> Option<Vec<&'t Term>> {
    let same = |own: &Read| own == read;
    let alike = |own: &Read| own.quantity == read.quantity;
    let mut found = None;
    ancestors(body, &same, &mut Vec::new(), &mut found);
    if found.is_none() {
        ancestors(body, &alike, &mut Vec::new(), &mut found);
    }
    found
}

fn ancestors<'t>(
    term: &'t Term,
    wanted: &dyn Fn(&Read) -> bool,
    above: &mut Vec<&'t Term>,
    found: &mut Option<Vec<&'t Term>>,
) {
    if found.is_some() {
        return;
    }
    above.push(term);
    match term.as_read() {
        Some(own) if wanted(own) => *found = Some(above.clone()),
        _ => term.args().iter().for_each(|arg| ancestors(arg, wanted, above, found)),
    }
    above.pop();
}
