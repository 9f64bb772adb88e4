//! What is to blame: the edges of the paths that carry the gradient, each known by what stands there, with the gain that the sweep
//! measured on it.

use super::edges::{Edge, Load, Seen, gains, identities, kept, mean, owners, share, shares};
use crate::math::diagnosis::{Blame, Cause, Condition};
use crate::math::flow::{Path, Sweep};
use crate::transform::{View, keeping_text, nonlinearities};
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
    for (edge, load) in gains(seen, &owners) {
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
        let own = edges.entry(edge).or_default();
        own.sum += load.sum;
        own.passing += load.passing;
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
        passing: 1.0,
        number,
    };
    let at_edge = |kind: Blame, what: String, load: Load, number: f64| Cause {
        kind,
        what,
        gain: load.gain(),
        passing: load.passing,
        number,
    };
    let named = |edge: &Edge| match edge {
        Edge::Weight(name) | Edge::Both(name, _) | Edge::Slope(name) | Edge::Norm(name) | Edge::Gate(name) => {
            name.clone()
        }
        Edge::Factor | Edge::Copy => String::new(),
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
    let first = |wanted: fn(&Edge) -> bool, kind: Blame, number: f64| {
        most(wanted).map(|(edge, load)| at_edge(kind, named(&edge), load, number))
    };
    let is_norm: fn(&Edge) -> bool = |edge| matches!(edge, Edge::Norm(_));
    let is_slope: fn(&Edge) -> bool = |edge| matches!(edge, Edge::Slope(_));
    let is_weight: fn(&Edge) -> bool = |edge| matches!(edge, Edge::Weight(_));
    let is_gate: fn(&Edge) -> bool = |edge| matches!(edge, Edge::Gate(_));
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
            found.push(cause(Blame::Gate, label, gain, libm::exp(gain * (steps - 1.0))));
        }
        if norm < -FAULT && norm < 0.5 * total && norm < slope {
            found.extend(first(is_norm, Blame::Norm, f64::NAN));
        }
        if let Some((name, share, _)) = saturated.filter(|unit| unit.1 > MANY && slope < -FAULT && slope < weight) {
            let load = edges.get(&Edge::Slope(name.clone())).copied().unwrap_or(Load { sum: slope, passing: 1.0 });
            found.push(at_edge(Blame::Saturated, name, load, share));
        }
        let flat = first(is_slope, Blame::Slope, steepest(view, &edges, grows)).filter(|_| slope < -FAULT);
        let small = first(is_weight, Blame::Weights, f64::NAN).filter(|_| weight < -FAULT);
        // Other gates, such as those at the end of a cell.
        let shut =
            first(is_gate, Blame::Gate, f64::NAN).filter(|_| found.iter().all(|cause| cause.kind != Blame::Gate));
        let mut rest: Vec<Cause> =
            flat.into_iter().chain(small).chain(shut).filter(|cause| cause.gain < 1.0 - FAULT).collect();
        // What takes most of the whole gradient comes first.
        let taken = |cause: &Cause| cause.passing * libm::log(cause.gain);
        rest.sort_by(|one, other| taken(one).total_cmp(&taken(other)));
        found.extend(rest);
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

/// The largest slope of the function to blame.
fn steepest(view: &View, edges: &BTreeMap<Edge, Load>, grows: bool) -> f64 {
    let signed = |gain: f64| if grows { gain } else { -gain };
    let slopes = edges.iter().filter_map(|(edge, load)| match edge {
        Edge::Slope(name) => Some((name, load.sum)),
        _ => None,
    });
    let Some((name, _)) = slopes.max_by(|one, other| signed(one.1).total_cmp(&signed(other.1))) else {
        return f64::NAN;
    };
    view.facts.steepest(&format!("{name}(u)")).unwrap_or(f64::NAN)
}
