//! What is to blame: the edges of the paths that carry the gradient, each known by what stands there, with the gain that the sweep
//! measured on it.

use super::edges::{Load, Seen, gains, identities, kept, mean, owners, share, shares};
use super::elements::Edge;
use super::magnitude::magnitude;
use crate::math::diagnosis::{Blame, Cause, Condition};
use crate::math::flow::{Path, Sweep};
use crate::transform::{View, has_number, keeping_text, nonlinearities};
use std::collections::BTreeMap;

/// Units count as many from this share on.
const MANY: f64 = 0.3;
/// Gains nearer to 1 than this many nats are no fault.
const FAULT: f64 = 0.01;

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
    let mut edges: BTreeMap<Edge, Load> = BTreeMap::new();
    let mut with: BTreeMap<Edge, String> = BTreeMap::new();
    for (edge, load) in gains(seen, &owners, &names) {
        // Of weights and a function at one edge the function is to blame where it is flat.
        let edge = match edge {
            Edge::Both(weights, function) => {
                let flat = saturated.as_ref().is_some_and(|unit| unit.1 > MANY);
                let steepest = view.facts.steepest(&format!("{function}(u)"));
                let (edge, other) = match !grows && (flat || steepest.is_some_and(|slope| slope < 0.6)) {
                    true => (Edge::Slope(function), weights),
                    false => (Edge::Weight(weights), function),
                };
                with.insert(edge.clone(), other);
                edge
            }
            other => other,
        };
        // A function that is measured in one with weights is passed once, whatever else of it is an edge by itself.
        let together = with.contains_key(&edge);
        let own = edges.entry(edge).or_default();
        own.sum += load.sum;
        own.passing = if together { own.passing.max(load.passing) } else { own.passing + load.passing };
    }
    let sum = |wanted: fn(&Edge) -> bool| {
        edges.iter().filter(|(edge, _)| wanted(edge)).map(|(_, load)| load.sum).sum::<f64>()
    };
    let most = |wanted: fn(&Edge) -> bool| {
        let own = edges.iter().filter(|(edge, _)| wanted(edge));
        let signed = |gain: f64| if grows { gain } else { -gain };
        own.max_by(|one, other| signed(one.1.sum).total_cmp(&signed(other.1.sum)))
            .map(|(edge, load)| (edge.clone(), *load))
    };
    let cause = |kind: Blame, what: String, gain: f64, number: f64| Cause {
        kind,
        what,
        gain: libm::exp(gain),
        passing: Some(1.0),
        number,
        with: None,
    };
    // Units that pass nothing.
    if let Some((name, _, share)) = dead.filter(|unit| !grows && (unit.2 > 0.6 || seen.condition == Condition::Dead)) {
        found.push(cause(Blame::Dead, name, f64::NAN, share));
    }
    let (norm, slope, weight) = (
        sum(|edge| matches!(edge, Edge::Norm(_))),
        sum(|edge| matches!(edge, Edge::Slope(_))),
        sum(|edge| matches!(edge, Edge::Weight(_))),
    );
    let norms = || most(|edge| matches!(edge, Edge::Norm(_))).and_then(|(edge, load)| at_edge(view, &edge, load));
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
        } else {
            if norm > FAULT && norm > 0.5 * total {
                found.extend(norms());
            }
            found.extend(rest(view, &edges, &with, grows, norm));
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
            found.push(cause(Blame::Gate, label, gain, libm::exp(gain * (steps - 1.0))));
        }
        if norm < -FAULT && norm < 0.5 * total && norm < slope {
            found.extend(norms());
        }
        if let Some((name, share, _)) = saturated.filter(|unit| unit.1 > MANY && slope < -FAULT && slope < weight) {
            let load = edges.get(&Edge::Slope(name.clone())).copied().unwrap_or(Load { sum: slope, passing: 1.0 });
            let (gain, passing) = (load.gain(), Some(load.passing));
            found.push(Cause { kind: Blame::Saturated, what: name, gain, passing, number: share, with: None });
        }
        if sweep.paths.is_empty() {
            found.extend(by_values(seen, &units));
        }
        // Other gates, such as those at the end of a cell, are told where none is on the way of a state.
        let gated = found.iter().any(|cause| cause.kind == Blame::Gate);
        let flat: Vec<String> = found
            .iter()
            .filter(|cause| matches!(cause.kind, Blame::Saturated | Blame::Dead))
            .map(|cause| cause.what.clone())
            .collect();
        let skipped = found.iter().any(|cause| cause.kind == Blame::Skip);
        // A number that nobody wrote in a step belongs to a function that is written out elsewhere.
        let written = has_number(view);
        let told = |cause: &Cause| match cause.kind {
            Blame::Gate => gated,
            Blame::Factor => skipped || !written && cause.what.parse::<f64>().is_ok(),
            Blame::Slope => flat.contains(&cause.what),
            _ => false,
        };
        let more: Vec<Cause> =
            rest(view, &edges, &with, grows, norm).into_iter().filter(|cause| !told(cause)).collect();
        found.extend(more);
    }
    if !direct {
        let state = sweep.states.first().map_or_else(String::new, |read| read.quantity.to_string());
        found.push(cause(Blame::NoDirectPath, state, f64::NAN, f64::NAN));
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

/// The largest share of dead units among the nonlinearities that are no gates.
pub(super) fn dead_share(view: &View, sweep: &Sweep) -> f64 {
    units(sweep, &nonlinearities(view)).iter().map(|unit| unit.2).fold(0.0, f64::max)
}

/// The nonlinearity with the largest share of places where it is flat, if that is more than half.
pub(super) fn flat(view: &View, sweep: &Sweep) -> Option<(String, f64)> {
    let found = worst(&units(sweep, &nonlinearities(view)), |unit| unit.1)?;
    (found.1 > 0.5).then_some((found.0, found.1))
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

/// Edges that less than this of a gradient passes are not told.
const LITTLE: f64 = 0.05;
/// So many edges are told at most, and none that does less than a fifth of what the first does.
const TOLD: usize = 4;

/// What takes most of a gradient, or adds most to it: weights, slopes, gates and factors, the first one first. `norm` is what the norms
/// do: a gain of a norm that its division makes up for is innocent. `with` says what is measured in one with an edge.
fn rest(
    view: &View,
    edges: &BTreeMap<Edge, Load>,
    with: &BTreeMap<Edge, String>,
    grows: bool,
    norm: f64,
) -> Vec<Cause> {
    let signed = |gain: f64| if grows { gain } else { -gain };
    let done = |edge: &Edge, load: &Load| match edge {
        Edge::Factor(_) if norm.signum() != load.sum.signum() => signed(load.sum + norm),
        _ => signed(load.sum),
    };
    let mut all: Vec<(f64, Cause)> = edges
        .iter()
        .filter(|(edge, load)| load.passing >= LITTLE && done(edge, load) > FAULT && signed(load.gain() - 1.0) > FAULT)
        .filter_map(|(edge, load)| {
            let cause = Cause { with: with.get(edge).cloned(), ..at_edge(view, edge, *load)? };
            Some((done(edge, load), cause))
        })
        .filter(|(_, cause)| cause.kind != Blame::Norm)
        .collect();
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    let least = all.first().map_or(0.0, |(first, _)| 0.2 * first);
    all.into_iter().filter(|(done, _)| *done >= least).take(TOLD).map(|(_, cause)| cause).collect()
}

/// Gates and units judged by their values, where no path says what passes them: the gates that are farthest shut first.
fn by_values(seen: &Seen, units: &[(String, f64, f64)]) -> Vec<Cause> {
    let mut shut: Vec<(f64, String)> = Vec::new();
    for gate in &seen.member.gates {
        let Some(name) = gate.value.as_read().map(|read| read.quantity.to_string()) else { continue };
        let sizes = gate.passing.iter().filter_map(|passing| magnitude(seen, &passing.factor));
        if let Some(least) = sizes.min_by(f64::total_cmp).filter(|size| *size < -FAULT) {
            shut.push((least, name));
        }
    }
    shut.sort_by(|one, other| one.0.total_cmp(&other.0));
    let cause = |kind, what, gain, number| Cause { kind, what, gain, passing: None, number, with: None };
    let gates = shut.into_iter().take(TOLD).map(|(size, name)| cause(Blame::Gate, name, libm::exp(size), f64::NAN));
    let flat = worst(units, |unit| unit.1).filter(|unit| unit.1 > MANY);
    flat.map(|(name, share, _)| cause(Blame::Saturated, name, f64::NAN, share)).into_iter().chain(gates).collect()
}

/// What stands at an edge, as a cause.
fn at_edge(view: &View, edge: &Edge, load: Load) -> Option<Cause> {
    let (kind, what, number) = match edge {
        Edge::Weight(name) | Edge::Both(name, _) => (Blame::Weights, name.clone(), f64::NAN),
        Edge::Slope(name) => {
            (Blame::Slope, name.clone(), view.facts.steepest(&format!("{name}(u)")).unwrap_or(f64::NAN))
        }
        Edge::Norm(name) => (Blame::Norm, name.clone(), f64::NAN),
        Edge::Gate(name) => (Blame::Gate, name.clone(), f64::NAN),
        Edge::Factor(name) => (Blame::Factor, name.clone(), f64::NAN),
        Edge::Copy => return None,
    };
    Some(Cause { kind, what, gain: load.gain(), passing: Some(load.passing), number, with: None })
}
