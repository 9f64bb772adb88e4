//! What stands at the edges of the paths that carry a gradient through a step, with the gains that a sweep measured there.

use super::elements::{Edge, elements, parted};
use crate::evaluate::Array;
use crate::evaluate::draw::Drawn;
use crate::math::comparison::Member;
use crate::math::diagnosis::{Condition, Measured};
use crate::math::expression::{Op, Read};
use crate::math::flow::Sweep;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::syntax::Expression;
use crate::transform::{View, several};
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
    /// What was drawn for it.
    pub drawn: &'a Drawn,
    /// What was given and not drawn.
    pub given: &'a BTreeMap<Name, Array<f64>>,
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

/// What each kind of edge does, over the paths by their shares. `lines` are the quantities whose equations hold nonlinearities.
pub(super) fn gains(
    seen: &Seen,
    owners: &BTreeMap<String, String>,
    lines: &BTreeMap<String, (String, bool)>,
) -> BTreeMap<Edge, Load> {
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
        let mut last = None;
        for (edge, pair) in path.along.windows(2).enumerate() {
            let gain = mean(sweep.runs.iter().filter_map(|run| run.shares.get(number)?.edges.get(edge).copied()));
            if gain.is_finite() {
                let owner = owners.get(pair[0].quantity.as_str()).map(String::as_str);
                for (kind, gain) in parted(gain, &elements(seen, owner, &pair[0], &pair[1])) {
                    // The parts of one function are passed together.
                    let again = last.as_ref() == Some(&kind) && !lines.contains_key(pair[0].quantity.as_str());
                    let load = found.entry(kind.clone()).or_default();
                    load.sum += weight * gain;
                    load.passing += if again { 0.0 } else { weight };
                    last = Some(kind);
                }
            }
        }
    }
    found
}

/// The function of each quantity that is a nonlinearity or a part of one, and of no norm.
pub(super) fn owners(
    view: &View,
    parts: &Network,
    names: &BTreeMap<String, (String, bool)>,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let several = several(view);
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
        // A line that is more than the function has a value of its own, and parts that may belong to another function.
        let whole = matches!(line.body.node, Expression::Call(_));
        let mine = whole || equation.target != line.target.node && !several.contains(line.target.node.as_str());
        if let (true, Some((function, _))) = (mine, names.get(line.target.node.as_str())) {
            found.insert(equation.target.to_string(), function.clone());
        }
    }
    found
}

/// All that stands along a path.
fn kinds(seen: &Seen, owners: &BTreeMap<String, String>, along: &[Read]) -> Vec<Edge> {
    let all = along.windows(2).flat_map(|pair| {
        let owner = owners.get(pair[0].quantity.as_str()).map(String::as_str);
        elements(seen, owner, &pair[0], &pair[1])
    });
    all.map(|element| element.edge).collect()
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
        let kinds = kinds(seen, owners, &path.along);
        let gate = kinds.iter().find_map(|edge| match edge {
            Edge::Gate(name) => Some(name.clone()),
            _ => None,
        });
        let plain = kinds.iter().all(|edge| matches!(edge, Edge::Gate(_) | Edge::Factor(_)));
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

/// The state that is handed on as it is, or times a number, and the log gain of that.
pub(super) fn identities(seen: &Seen) -> Option<(String, f64)> {
    let sweep = &seen.measured.sweep;
    sweep.paths.iter().enumerate().find_map(|(number, path)| {
        let same = path.along.first()?.quantity == path.along.last()?.quantity;
        let plain = kinds(seen, &BTreeMap::new(), &path.along).iter().all(|edge| matches!(edge, Edge::Factor(_)));
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
        let plain = kinds(seen, &BTreeMap::new(), &path.along).iter().all(|edge| matches!(edge, Edge::Factor(_)));
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
