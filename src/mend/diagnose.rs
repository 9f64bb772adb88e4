//! What is wrong with a network's gradients, why, and which transformation helps.

use super::decay::decay;
use super::edges::Seen;
use super::remedies::{apt, candidates, cost, rank, remedy};
use super::{Load, Reading, blame};
use crate::evaluate::Array;
use crate::evaluate::draw::Drawn;
use crate::math::derivation::Derivation;
use crate::math::diagnosis::{Blame, Bounds, Condition, Decay, Diagnosis, Expected, HEALTHY, Measured, Other, Stretch};
use crate::math::flow::{Plan, Verdict};
use crate::math::name::Name;
use crate::math::network::{Network, Role, Sizes};
use crate::math::source::{Outcome, Source};
use crate::math::theory::Question;
use crate::math::transformation::Transformation;
use crate::{compare, derive, flow, sweep, theory};
use std::collections::BTreeMap;
use std::f64::consts::LN_10;

/// How many steps theory may take: what a sweep of this length shows needs no more.
const PATIENCE: usize = 10_000;

/// What is asked of a diagnosis.
pub struct Asked<'a> {
    /// The recurrence.
    pub along: Option<&'a Name>,
    /// The seeds of every sweep.
    pub seeds: Vec<u64>,
    /// Arrays that are not drawn.
    pub given: &'a BTreeMap<Name, Array<f64>>,
    /// Sizes that the arrays say.
    pub sizes: &'a Sizes,
    /// What to try, in place of what nablascope would.
    pub remedies: Option<Vec<String>>,
}

/// The diagnosis of a text whose constants and sizes are set. `progress` is told how many of how many networks were swept.
pub fn diagnose(source: &Source, asked: &Asked, load: Load, progress: &dyn Fn(usize, usize)) -> Outcome<Diagnosis> {
    let reading = Reading::of(source, load)?;
    // A word that is misspelt is told before anything is measured; what does not fit is an answer.
    for remedy in asked.remedies.iter().flatten() {
        let changes = Transformation::list(remedy).map_err(|error| vec![error])?;
        for change in changes {
            if let Transformation::Activation(name) = change {
                reading.with(load, |view| crate::transform::known(view, &name))?.map_err(|error| vec![error])?;
            }
        }
    }
    let network = sized(&reading.network, asked.sizes);
    let chosen = flow::ask(&network, asked.along).map_err(|error| vec![error])?;
    let plan =
        Plan { seeds: asked.seeds.clone(), paths: true, parameters: true, ..Plan::along(chosen.index, chosen.sizes) };
    let derivation = derive(&network, &[])?;
    let swept = sweep(&derivation, &plan, asked.given, &|_| {})?;
    let mut notes = chosen.notes;
    notes.extend(swept.notes.clone());
    let measured = measured(swept);
    let (dead, flat, tied) = reading.with(load, |view| {
        let sweep = &measured.sweep;
        (blame::dead_share(view, sweep), blame::flat(view, sweep), crate::transform::is_tied(view))
    })?;
    let condition = condition(&measured, dead);
    let expected = expected(&network, &plan, &measured, !asked.given.is_empty());
    let member = compare::member(&network, Some(&plan.index))?;
    let drawn = Drawn::new(&derivation.network, &plan.sizes).map_err(|fault| vec![fault])?;
    let seen = Seen {
        parts: &derivation.network,
        member: &member,
        measured: &measured,
        condition,
        drawn: &drawn,
        given: asked.given,
    };
    let causes = match condition {
        Condition::Healthy => Vec::new(),
        _ => reading.with(load, |view| blame::causes(view, &seen))?,
    };
    let mut remedies = Vec::new();
    let mut refused = Vec::new();
    let weighed = network
        .quantities
        .values()
        .any(|quantity| quantity.role == Role::Param && asked.given.contains_key(&quantity.name));
    if condition != Condition::Healthy || asked.remedies.is_some() {
        let list = match &asked.remedies {
            Some(list) => list.clone(),
            None => candidates(&network, &plan, &causes, weighed, tied),
        };
        let before = cost(&derivation, &plan, &plan.sizes);
        for (number, change) in list.iter().enumerate() {
            progress(number, list.len());
            match remedy(source, change, asked, &plan, before, load) {
                Ok(Some(mut found)) => {
                    found.apt = apt(change, &causes);
                    remedies.push(found);
                }
                Ok(None) => {}
                Err(errors) => refused.push((change.clone(), super::why(&errors))),
            }
        }
        let idle = matches!(causes.first(), Some(cause) if cause.kind == Blame::Dead);
        rank(&mut remedies, idle);
    }
    let path = blame::main_path(&measured.sweep);
    let others = others(&network, &derivation, &plan, asked)?;
    let bounds = match condition {
        Condition::Vanishing | Condition::Exploding => {
            let decay = decay(source, &derivation, &plan, asked, &measured, load)?;
            Some(bounds(&measured, decay))
        }
        _ => None,
    };
    Ok(Diagnosis {
        network: network.name.clone(),
        index: plan.index.clone(),
        weighed,
        notes,
        condition,
        theory: expected,
        stretch: stretch(&measured),
        others,
        causes,
        flat,
        path,
        remedies,
        refused,
        bounds,
        measured,
        parts: derivation.network,
    })
}

/// What becomes of a gradient along the recurrences that nobody asked for.
fn others(network: &Network, derivation: &Derivation, plan: &Plan, asked: &Asked) -> Outcome<Vec<Other>> {
    let indices = network.indices.values().filter(|index| index.recurrent && index.name != plan.index);
    let mut found = Vec::new();
    for index in indices {
        // One that cannot be swept is no reason to say nothing of the one that was.
        let Ok(chosen) = flow::ask(network, Some(&index.name)) else { continue };
        let mut own = Plan { seeds: plan.seeds.clone(), ..Plan::along(chosen.index, chosen.sizes) };
        own.sizes.extend(plan.sizes.clone());
        let Ok(swept) = sweep(derivation, &own, asked.given, &|_| {}) else { continue };
        let measured = measured(swept);
        found.push(Other {
            index: index.name.clone(),
            steps: measured.sweep.places.len().saturating_sub(1),
            condition: condition(&measured, 0.0),
            gain: measured.gain(),
            decades: measured.decades,
        });
    }
    Ok(found)
}

/// A network with the sizes that arrays say.
pub(super) fn sized(network: &Network, sizes: &Sizes) -> Network {
    let mut network = network.clone();
    for (name, value) in sizes {
        network.sizes.entry(name.clone()).or_insert(None).get_or_insert(*value);
    }
    network
}

pub(super) fn measured(sweep: crate::math::flow::Sweep) -> Measured {
    let summary = flow::summary(&sweep);
    let decades = summary.gradient.typical.first().copied().unwrap_or(f64::NAN) / LN_10;
    let change = |curve: &Vec<f64>| Some((curve.first()? - curve.last()?) / LN_10);
    let each = sweep.runs.iter().map(|run| match run.diverged {
        Some(_) => f64::INFINITY,
        None => run.gradient.first().and_then(change).unwrap_or(f64::NAN),
    });
    let worst = each.max_by(|one, other| one.abs().total_cmp(&other.abs())).unwrap_or(f64::NAN);
    Measured { sweep, summary, decades, worst }
}

/// Units from this share on are dead as a whole; half of all is what a rectifier does.
const DEAD: f64 = 0.95;

/// What becomes of a gradient over the whole way; `dead` is the share of units that pass nothing.
pub(super) fn condition(measured: &Measured, dead: f64) -> Condition {
    match measured.summary.verdict {
        Verdict::Diverges => Condition::Diverging,
        Verdict::Dies => Condition::Dead,
        // It may be carried beside them, but they learn nothing.
        _ if dead > DEAD => Condition::Dead,
        // In most runs it is 0.
        _ if measured.decades == f64::NEG_INFINITY => Condition::Dead,
        _ if measured.decades < -HEALTHY => Condition::Vanishing,
        _ if measured.decades > HEALTHY => Condition::Exploding,
        _ => Condition::Healthy,
    }
}

/// χ and ξ by theory, or why it does not apply.
fn expected(network: &Network, plan: &Plan, measured: &Measured, given: bool) -> Result<Expected, String> {
    if given {
        return Err("numbers were given, not drawn".to_string());
    }
    if measured.sweep.states.len() != 1 {
        return Err("it speaks of one state, and this step has several".to_string());
    }
    let question = Question {
        along: Some(plan.index.clone()),
        depth: Some(measured.sweep.places.len().saturating_sub(1) as i64).filter(|steps| *steps > 0),
        patience: Some(PATIENCE),
        ..Question::default()
    };
    let told = theory(&sized(network, &plan.sizes), &question)
        .map_err(|errors| errors.first().map_or(String::new(), |first| first.message.clone()))?;
    match (&told.moments, &told.batch) {
        (Some(depth), _) => {
            // Only a curve over all steps says what the sweep should see.
            let steps = measured.sweep.places.len().saturating_sub(1);
            let last = steps.checked_sub(1).and_then(|last| depth.curve.get(last));
            let over = last.map(|layer| libm::exp(layer.log_gradient / steps as f64));
            Ok(Expected { over, end: depth.end.chi, xi: depth.xi_gradient(), normalised: false })
        }
        (None, Some(batch)) => {
            let xi = -1.0 / libm::log(batch.growth);
            Ok(Expected { over: None, end: batch.growth, xi, normalised: true })
        }
        (None, None) => Err("theory has no moments to tell of".to_string()),
    }
}

/// The shortest part of the way with four fifths of all decades, where it is much shorter than the way.
fn stretch(measured: &Measured) -> Option<Stretch> {
    let curve = &measured.summary.gradient.typical;
    let places = &measured.sweep.places;
    let whole = curve.first().copied().filter(|whole| whole.is_finite() && whole.abs() > LN_10)?;
    let steps = curve.len().checked_sub(1).filter(|steps| *steps >= 10)?;
    let offset = places.len().checked_sub(curve.len())?;
    let sign = whole.signum();
    for length in 1..=steps / 2 {
        let best = (0..=steps - length).max_by(|one, other| {
            let inside = |at: &usize| sign * (curve[*at] - curve[at + length]);
            inside(one).total_cmp(&inside(other))
        })?;
        let share = (curve[best] - curve[best + length]) / whole;
        if share >= 0.8 {
            return Some(Stretch { from: places[offset + best], to: places[offset + best + length], share });
        }
    }
    None
}

/// What clipping by the norm and truncation do, beside weight decay.
fn bounds(measured: &Measured, decay: Decay) -> Bounds {
    let wholes = measured.sweep.runs.iter().map(|run| {
        let largest = run.parameters.iter().map(|one| one.whole).fold(f64::NEG_INFINITY, f64::max);
        if !largest.is_finite() {
            return largest;
        }
        let sum: f64 = run.parameters.iter().map(|one| libm::exp(2.0 * (one.whole - largest))).sum();
        largest + 0.5 * libm::log(sum)
    });
    let wholes: Vec<f64> = wholes.collect();
    let curve = &measured.summary.gradient.typical;
    // The step before the first one that is too far.
    let steps = curve.iter().rev().position(|value| value.abs() > LN_10).unwrap_or(curve.len()).saturating_sub(1);
    Bounds { update: wholes.iter().sum::<f64>() / wholes.len().max(1) as f64 / LN_10, steps, decay }
}
