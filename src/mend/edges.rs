//! What stands at the edges of the paths that carry a gradient through a step, with the gains that a sweep measured there.

use crate::math::comparison::Member;
use crate::math::diagnosis::{Condition, Measured};
use crate::math::expression::{Op, Read, Term};
use crate::math::flow::Sweep;
use crate::math::network::{Network, Role};
use crate::transform::View;
use std::collections::BTreeMap;

/// What blame is found in.
pub(super) struct Seen<'a> {
    /// The network with its parts named, as the sweep has it.
    pub parts: &'a Network,
    /// Its gates and direct paths.
    pub member: &'a Member,
    /// The sweep.
    pub measured: &'a Measured,
    /// What came of the gradient.
    pub condition: Condition,
}

/// What stands at an edge of a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Edge {
    Weight(String),
    /// Weights and a function at once.
    Both(String, String),
    Slope(String),
    Norm(String),
    Gate(String),
    Factor,
    Copy,
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let finite: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    finite.iter().sum::<f64>() / finite.len() as f64
}

pub(super) fn share(sweep: &Sweep, path: usize) -> f64 {
    mean(sweep.runs.iter().filter_map(|run| run.shares.get(path)).flat_map(|share| share.steps.iter().copied()))
}

/// What an edge does to a gradient.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Load {
    /// Its log gain, times how much of the gradient passes it.
    pub sum: f64,
    /// How much of the gradient passes it.
    pub passing: f64,
}

impl Load {
    /// By what it multiplies what passes.
    pub fn gain(self) -> f64 {
        libm::exp(self.sum / self.passing)
    }
}

/// What each kind of edge does, over the paths by their shares.
pub(super) fn gains(seen: &Seen, owners: &BTreeMap<String, String>) -> BTreeMap<Edge, Load> {
    let sweep = &seen.measured.sweep;
    let shares: Vec<f64> = (0..sweep.paths.len()).map(|path| share(sweep, path).max(0.0)).collect();
    let whole: f64 = shares.iter().filter(|share| share.is_finite()).sum();
    let mut found: BTreeMap<Edge, Load> = BTreeMap::new();
    for (number, path) in sweep.paths.iter().enumerate() {
        // With a gradient that is 0 no path has a share, and each counts alike.
        let weight = match whole > 0.0 {
            true => shares[number] / whole,
            false => 1.0 / sweep.paths.len() as f64,
        };
        if !weight.is_finite() || weight <= 0.0 {
            continue;
        }
        for (edge, pair) in path.along.windows(2).enumerate() {
            let gain = mean(sweep.runs.iter().filter_map(|run| run.shares.get(number)?.edges.get(edge).copied()));
            if gain.is_finite() {
                let load = found.entry(kind(seen, owners, &pair[0], &pair[1])).or_default();
                load.sum += weight * gain;
                load.passing += weight;
            }
        }
    }
    found
}

/// What stands between two readings of a path.
fn kind(seen: &Seen, owners: &BTreeMap<String, String>, from: &Read, to: &Read) -> Edge {
    let equation = seen.parts.equations_of(&from.quantity).find(|equation| !equation.is_case());
    let Some(equation) = equation else { return Edge::Copy };
    let mut above: Vec<&Term> = Vec::new();
    let mut found = None;
    ancestors(&equation.body, to, &mut above, &mut found);
    let Some(chain) = found else { return Edge::Copy };
    let owner = owners.get(from.quantity.as_str());
    let label = |function: &str| owner.cloned().unwrap_or_else(|| function.to_string());
    let param = |term: &Term| {
        let own = term
            .reads()
            .into_iter()
            .find(|read| seen.parts.quantity(&read.quantity).is_some_and(|quantity| quantity.role == Role::Param));
        own.map(|read| read.quantity.to_string())
    };
    let weights = chain.windows(2).find_map(|pair| match pair[0].op() {
        Op::MatMul => pair[0].args().iter().find(|arg| !std::ptr::eq(*arg, pair[1])).and_then(&param),
        _ => None,
    });
    let slope = |function: &str| match &weights {
        Some(weights) => Edge::Both(weights.clone(), label(function)),
        None => Edge::Slope(label(function)),
    };
    // Outermost last: what is nearest to the reading is seen first.
    let mut gate = None;
    for pair in chain.windows(2).rev() {
        let (term, inner) = (pair[0], pair[1]);
        match term.op() {
            Op::MatMul => {
                if let Some(name) = term.args().iter().find(|arg| !std::ptr::eq(*arg, inner)).and_then(&param) {
                    return Edge::Weight(name);
                }
            }
            Op::Apply(function) => return slope(function.as_str()),
            Op::Where => return slope("where"),
            // Within a function that is written out, a quotient is a part of its slope.
            Op::Div | Op::Power if owner.is_some() => return slope("its quotient"),
            Op::Div | Op::Power => return Edge::Norm(from.quantity.to_string()),
            Op::Mul => {
                let gating = seen.member.gates.iter().find(|gate| {
                    gate.passing.iter().any(|passing| passing.into == from.quantity && holds(&passing.what, to))
                });
                let factor = term.args().iter().find(|arg| !std::ptr::eq(*arg, inner));
                match (gating, factor) {
                    (Some(own), _) => {
                        let name = own.value.as_read().map(|read| read.quantity.to_string());
                        gate = Some(Edge::Gate(name.unwrap_or_default()));
                    }
                    (None, Some(factor)) if gate.is_none() => {
                        let matrix = chain.iter().any(|term| matches!(term.op(), Op::Reduce(..)));
                        gate = match param(factor) {
                            Some(name) if matrix => return Edge::Weight(name),
                            _ => Some(Edge::Factor),
                        };
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    gate.unwrap_or(Edge::Copy)
}

/// The function of each quantity that is a nonlinearity or a part of one, and of no norm.
pub(super) fn owners(
    view: &View,
    parts: &Network,
    names: &BTreeMap<String, (String, bool)>,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for equation in &parts.equations {
        let line =
            view.lines.iter().find(|line| line.span.start <= equation.span.start && equation.span.end <= line.span.end);
        let Some(line) = line.filter(|line| !view.normalises(&line.body)) else {
            // A norm inside: the function itself is the last of its parts.
            if let Some((function, _)) = names.get(equation.target.as_str())
                && matches!(equation.body.op(), Op::Apply(_))
            {
                found.insert(equation.target.to_string(), function.clone());
            }
            continue;
        };
        if let Some((function, _)) = names.get(line.target.node.as_str()) {
            found.insert(equation.target.to_string(), function.clone());
        }
    }
    found
}

/// The gate on the way of a state to itself that passes no weights, and the log gain of that way. The name is empty where the
/// gate has none.
pub(super) fn kept(seen: &Seen, owners: &BTreeMap<String, String>) -> Option<(String, f64)> {
    let sweep = &seen.measured.sweep;
    let mut best: Option<(String, f64)> = None;
    for (number, path) in sweep.paths.iter().enumerate() {
        if path.along.first()?.quantity != path.along.last()?.quantity {
            continue;
        }
        let kinds: Vec<Edge> = path.along.windows(2).map(|pair| kind(seen, owners, &pair[0], &pair[1])).collect();
        let gate = kinds.iter().find_map(|edge| match edge {
            Edge::Gate(name) => Some(name.clone()),
            _ => None,
        });
        let plain = kinds.iter().all(|edge| matches!(edge, Edge::Gate(_) | Edge::Copy | Edge::Factor));
        let Some(gate) = gate.filter(|_| plain) else { continue };
        let gain = mean(
            sweep.runs.iter().filter_map(|run| run.shares.get(number)).flat_map(|share| share.gain.iter().copied()),
        );
        // The gain of a path is measured beside what the others carry; that of its edges is its own.
        let edges = mean(
            sweep.runs.iter().filter_map(|run| run.shares.get(number)).map(|share| share.edges.iter().sum::<f64>()),
        );
        let gain = if edges.is_finite() { edges } else { gain };
        if gain.is_finite() && best.as_ref().is_none_or(|(_, known)| gain > *known) {
            best = Some((gate, gain));
        }
    }
    best
}

fn holds(term: &Term, read: &Read) -> bool {
    term.reads().into_iter().any(|own| own.quantity == read.quantity)
}

/// The terms around a reading, outermost first, and the reading last.
fn ancestors<'t>(term: &'t Term, read: &Read, above: &mut Vec<&'t Term>, found: &mut Option<Vec<&'t Term>>) {
    if found.is_some() {
        return;
    }
    above.push(term);
    match term.as_read() {
        Some(own) if own.quantity == read.quantity => *found = Some(above.clone()),
        _ => term.args().iter().for_each(|arg| ancestors(arg, read, above, found)),
    }
    above.pop();
}

/// The state that is handed on as it is, or times a number, and the log gain of that.
pub(super) fn identities(seen: &Seen) -> Option<(String, f64)> {
    let sweep = &seen.measured.sweep;
    sweep.paths.iter().enumerate().find_map(|(number, path)| {
        let same = path.along.first()?.quantity == path.along.last()?.quantity;
        let plain = path
            .along
            .windows(2)
            .all(|pair| matches!(kind(seen, &BTreeMap::new(), &pair[0], &pair[1]), Edge::Copy | Edge::Factor));
        if !same || !plain {
            return None;
        }
        let gain = mean(
            sweep.runs.iter().filter_map(|run| run.shares.get(number)).flat_map(|share| share.gain.iter().copied()),
        );
        Some((path.along.first()?.quantity.to_string(), gain))
    })
}

/// The share of the identity, and the gain of all that goes another way.
pub(super) fn shares(seen: &Seen) -> (f64, f64) {
    let sweep = &seen.measured.sweep;
    let (mut identity, mut squares) = (0.0, 0.0);
    for (number, path) in sweep.paths.iter().enumerate() {
        let plain = path
            .along
            .windows(2)
            .all(|pair| matches!(kind(seen, &BTreeMap::new(), &pair[0], &pair[1]), Edge::Copy | Edge::Factor));
        let gain = mean(
            sweep.runs.iter().filter_map(|run| run.shares.get(number)).flat_map(|share| share.gain.iter().copied()),
        );
        match plain {
            true => identity += share(sweep, number),
            false if gain.is_finite() => squares += libm::exp(2.0 * gain),
            false => {}
        }
    }
    (identity, libm::sqrt(squares))
}
