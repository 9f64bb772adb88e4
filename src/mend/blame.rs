//! What is to blame: the edges of the paths that carry the gradient, each known by what stands there, with the gain that the sweep
//! measured on it.

use crate::math::comparison::Member;
use crate::math::diagnosis::{Blame, Cause, Condition, Measured};
use crate::math::expression::{Op, Read, Term};
use crate::math::flow::{Path, Sweep};
use crate::math::network::{Network, Role};
use crate::transform::{View, keeping_text, nonlinearities};
use std::collections::BTreeMap;

/// Units count as many from this share on.
const MANY: f64 = 0.3;
/// Gains nearer to 1 than this many nats are no fault.
const FAULT: f64 = 0.01;

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
enum Edge {
    Weight(String),
    /// Weights and a function at once.
    Both(String, String),
    Slope(String),
    Norm(String),
    Gate(String),
    Factor,
    Copy,
}

/// The causes, the one to blame first.
pub(super) fn causes(view: &View, seen: &Seen) -> Vec<Cause> {
    let sweep = &seen.measured.sweep;
    let names = nonlinearities(view);
    let owners = owners(view, seen.parts, &names);
    let total = seen.measured.summary.typical_gain;
    let mut found = Vec::new();
    let direct = seen.member.direct.iter().flatten().any(|direct| !direct.terms.is_empty());
    let identity = direct && identities(seen).is_some();
    let units = units(sweep, &names);
    let (dead, saturated) = (worst(&units, |unit| unit.2), worst(&units, |unit| unit.1));
    let grows = matches!(seen.condition, Condition::Exploding | Condition::Diverging);
    let mut edges: BTreeMap<Edge, f64> = BTreeMap::new();
    for (edge, gain) in gains(seen, &owners) {
        // Of weights and a function at one edge the function is to blame where it is flat.
        let edge = match edge {
            Edge::Both(weights, function) => {
                let flat = saturated.as_ref().is_some_and(|unit| unit.1 > MANY);
                let steepest = view.facts.steepest(&format!("{function}(u)"));
                match !grows && (flat || steepest.is_some_and(|slope| slope < 0.6)) {
                    true => Edge::Slope(function),
                    false => Edge::Weight(weights),
                }
            }
            other => other,
        };
        *edges.entry(edge).or_default() += gain;
    }
    let sum =
        |wanted: fn(&Edge) -> bool| edges.iter().filter(|(edge, _)| wanted(edge)).map(|(_, gain)| gain).sum::<f64>();
    let most = |wanted: fn(&Edge) -> bool| {
        let own = edges.iter().filter(|(edge, _)| wanted(edge));
        let signed = |gain: f64| if grows { gain } else { -gain };
        own.max_by(|one, other| signed(*one.1).total_cmp(&signed(*other.1))).map(|(edge, gain)| (edge.clone(), *gain))
    };
    let cause = |kind: Blame, what: String, gain: f64, number: f64| Cause { kind, what, gain: libm::exp(gain), number };
    let named = |edge: &Edge| match edge {
        Edge::Weight(name) | Edge::Both(name, _) | Edge::Slope(name) | Edge::Norm(name) | Edge::Gate(name) => {
            name.clone()
        }
        Edge::Factor | Edge::Copy => String::new(),
    };
    // Units that pass nothing.
    if let Some((name, _, share)) = dead.filter(|unit| !grows && (unit.2 > 0.6 || seen.condition == Condition::Dead)) {
        found.push(Cause { kind: Blame::Dead, what: name, gain: f64::NAN, number: share });
    }
    let (norm, slope, weight) = (
        sum(|edge| matches!(edge, Edge::Norm(_))),
        sum(|edge| matches!(edge, Edge::Slope(_))),
        sum(|edge| matches!(edge, Edge::Weight(_))),
    );
    let first = |wanted: fn(&Edge) -> bool, kind: Blame, number: f64| {
        most(wanted).map(|(edge, gain)| cause(kind, named(&edge), gain, number))
    };
    let is_norm: fn(&Edge) -> bool = |edge| matches!(edge, Edge::Norm(_));
    let is_slope: fn(&Edge) -> bool = |edge| matches!(edge, Edge::Slope(_));
    let is_weight: fn(&Edge) -> bool = |edge| matches!(edge, Edge::Weight(_));
    let (own, branch) = shares(seen);
    if grows {
        if identity {
            if let Some((state, gain)) = identities(seen).filter(|(_, gain)| *gain > FAULT && *gain > 0.5 * total) {
                found.push(cause(Blame::Skip, state, gain, f64::NAN));
            }
            // Next to an identity that grows by itself a small branch is innocent.
            if found.is_empty() || branch > 0.3 {
                let state = identities(seen).map_or_else(String::new, |(state, _)| state);
                found.push(cause(Blame::Branch, state, total, branch));
            }
        } else if norm > FAULT && norm > 0.5 * total {
            found.extend(first(is_norm, Blame::Norm, f64::NAN));
        }
        if weight > FAULT && !identity {
            found.extend(first(is_weight, Blame::Weights, f64::NAN));
        }
        if slope > FAULT && !identity {
            found.extend(first(is_slope, Blame::Slope, steepest(view, &edges, grows)));
        }
    } else {
        if let Some((state, gain)) = identities(seen).filter(|(_, gain)| identity && *gain < -FAULT) {
            found.push(cause(Blame::Skip, state, gain, own));
        }
        // A gate that lets half a decade or more of the state fade on the way, whoever carries the rest.
        let steps = sweep.places.len() as f64;
        if let Some((gate, gain)) =
            kept(seen, &owners).filter(|(_, gain)| *gain * steps < -0.5 * std::f64::consts::LN_10)
        {
            let label = match gate.is_empty() {
                true => keeping_text(view).unwrap_or_else(|| "of the state".to_string()),
                false => gate,
            };
            found.push(cause(Blame::Gate, label, gain, f64::NAN));
        }
        if norm < -FAULT && norm < 0.5 * total && norm < slope {
            found.extend(first(is_norm, Blame::Norm, f64::NAN));
        }
        if let Some((name, share, _)) = saturated.filter(|unit| unit.1 > MANY && slope < -FAULT && slope < weight) {
            found.push(Cause { kind: Blame::Saturated, what: name, gain: libm::exp(slope), number: share });
        }
        let flat = first(is_slope, Blame::Slope, steepest(view, &edges, grows)).filter(|_| slope < -FAULT);
        let small = first(is_weight, Blame::Weights, f64::NAN).filter(|_| weight < -FAULT);
        match slope <= weight {
            true => found.extend(flat.into_iter().chain(small)),
            false => found.extend(small.into_iter().chain(flat)),
        }
    }
    if !direct {
        let state = sweep.states.first().map_or_else(String::new, |read| read.quantity.to_string());
        found.push(Cause { kind: Blame::NoDirectPath, what: state, gain: f64::NAN, number: f64::NAN });
    }
    found
}

/// The path with the largest share, and that share.
pub(super) fn main_path(sweep: &Sweep) -> Option<(Path, f64)> {
    let shares: Vec<f64> = (0..sweep.paths.len()).map(|path| share(sweep, path)).collect();
    let best =
        (0..shares.len()).filter(|path| shares[*path].is_finite()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]))?;
    Some((sweep.paths[best].clone(), shares[best]))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let finite: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    finite.iter().sum::<f64>() / finite.len() as f64
}

fn share(sweep: &Sweep, path: usize) -> f64 {
    mean(sweep.runs.iter().filter_map(|run| run.shares.get(path)).flat_map(|share| share.steps.iter().copied()))
}

/// The mean log gain at each kind of edge, over the paths by their shares.
fn gains(seen: &Seen, owners: &BTreeMap<String, String>) -> BTreeMap<Edge, f64> {
    let sweep = &seen.measured.sweep;
    let shares: Vec<f64> = (0..sweep.paths.len()).map(|path| share(sweep, path).max(0.0)).collect();
    let whole: f64 = shares.iter().filter(|share| share.is_finite()).sum();
    let mut found: BTreeMap<Edge, f64> = BTreeMap::new();
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
                *found.entry(kind(seen, owners, &pair[0], &pair[1])).or_default() += weight * gain;
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
fn owners(view: &View, parts: &Network, names: &BTreeMap<String, (String, bool)>) -> BTreeMap<String, String> {
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
fn kept(seen: &Seen, owners: &BTreeMap<String, String>) -> Option<(String, f64)> {
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
fn identities(seen: &Seen) -> Option<(String, f64)> {
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
fn shares(seen: &Seen) -> (f64, f64) {
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

/// The largest share of dead units among the nonlinearities that are no gates.
pub(super) fn dead_share(view: &View, sweep: &Sweep) -> f64 {
    units(sweep, &nonlinearities(view)).iter().map(|unit| unit.2).fold(0.0, f64::max)
}

/// For each nonlinearity its name, and the shares of saturated and of dead units, over places and runs.
fn units(sweep: &Sweep, names: &BTreeMap<String, (String, bool)>) -> Vec<(String, f64, f64)> {
    let Some(first) = sweep.runs.first() else { return Vec::new() };
    let mut found = Vec::new();
    for (number, forward) in first.forward.iter().enumerate() {
        // Gates may be shut; that is no fault of a unit.
        let Some((label, gate)) = names.get(forward.quantity.as_str()) else { continue };
        if *gate {
            continue;
        }
        let all = || sweep.runs.iter().filter_map(move |run| run.forward.get(number));
        let saturated = mean(all().flat_map(|own| own.saturated.iter().copied()));
        let dead = mean(all().flat_map(|own| own.dead.iter().copied()));
        found.push((
            label.clone(),
            if saturated.is_nan() { 0.0 } else { saturated },
            if dead.is_nan() { 0.0 } else { dead },
        ));
    }
    found
}

fn worst(units: &[(String, f64, f64)], by: fn(&(String, f64, f64)) -> f64) -> Option<(String, f64, f64)> {
    units.iter().max_by(|one, other| by(one).total_cmp(&by(other))).cloned()
}

/// The largest slope of the function to blame.
fn steepest(view: &View, edges: &BTreeMap<Edge, f64>, grows: bool) -> f64 {
    let signed = |gain: f64| if grows { gain } else { -gain };
    let slopes = edges.iter().filter_map(|(edge, gain)| match edge {
        Edge::Slope(name) => Some((name, *gain)),
        _ => None,
    });
    let Some((name, _)) = slopes.max_by(|one, other| signed(one.1).total_cmp(&signed(other.1))) else {
        return f64::NAN;
    };
    view.facts.steepest(&format!("{name}(u)")).unwrap_or(f64::NAN)
}
