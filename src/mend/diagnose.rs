//! What is wrong with a network's gradients, why, and which transformation helps.

use super::blame::{self, Seen};
use super::{Load, Reading, transformed};
use crate::evaluate::Array;
use crate::math::comparison::Work;
use crate::math::derivation::Derivation;
use crate::math::diagnosis::{Blame, Bounds, Cause, Condition, Diagnosis, HEALTHY, Measured, Remedy, Stretch};
use crate::math::flow::{Plan, Verdict};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Sizes};
use crate::math::source::{Outcome, Source};
use crate::math::theory::Question;
use crate::math::transformation::Transformation;
use crate::{compare, derive, flow, sweep, theory};
use std::collections::{BTreeMap, BTreeSet};
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
    let network = sized(&reading.network, asked.sizes);
    let chosen = flow::ask(&network, asked.along).map_err(|error| vec![error])?;
    let plan =
        Plan { seeds: asked.seeds.clone(), paths: true, parameters: true, ..Plan::along(chosen.index, chosen.sizes) };
    let derivation = derive(&network, &[])?;
    let swept = sweep(&derivation, &plan, asked.given, &|_| {})?;
    let mut notes = chosen.notes;
    notes.extend(swept.notes.clone());
    let measured = measured(swept);
    let (dead, tied) =
        reading.with(load, |view| (blame::dead_share(view, &measured.sweep), crate::transform::is_tied(view)))?;
    let condition = condition(&measured, dead);
    let expected = expected(&network, &plan, &measured, !asked.given.is_empty());
    let member = compare::member(&network, Some(&plan.index))?;
    let seen = Seen { parts: &derivation.network, member: &member, measured: &measured, condition };
    let causes = match condition {
        Condition::Healthy => Vec::new(),
        _ => reading.with(load, |view| blame::causes(view, &seen))?,
    };
    let mut remedies = Vec::new();
    let mut refused = Vec::new();
    if condition != Condition::Healthy || asked.remedies.is_some() {
        let weighed = network.quantities.values().any(|quantity| {
            quantity.role == crate::math::network::Role::Param && asked.given.contains_key(&quantity.name)
        });
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
                Err(errors) => {
                    let why = errors.first().map_or(String::new(), |error| error.message.clone());
                    let why = why.split_once(" cannot be applied: ").map_or(why.clone(), |(_, why)| why.to_string());
                    refused.push((change.clone(), why));
                }
            }
        }
        let idle = matches!(causes.first(), Some(cause) if cause.kind == Blame::Dead);
        rank(&mut remedies, idle);
    }
    let path = blame::main_path(&measured.sweep);
    Ok(Diagnosis {
        network: network.name.clone(),
        index: plan.index.clone(),
        notes,
        condition,
        theory: expected,
        stretch: stretch(&measured),
        causes,
        path,
        remedies,
        refused,
        bounds: (condition != Condition::Healthy).then(|| bounds(&measured)),
        measured,
        parts: derivation.network,
    })
}

/// A network with the sizes that arrays say.
fn sized(network: &Network, sizes: &Sizes) -> Network {
    let mut network = network.clone();
    for (name, value) in sizes {
        network.sizes.entry(name.clone()).or_insert(None).get_or_insert(*value);
    }
    network
}

fn measured(sweep: crate::math::flow::Sweep) -> Measured {
    let summary = flow::summary(&sweep);
    let decades = summary.gradient.typical.first().copied().unwrap_or(f64::NAN) / LN_10;
    Measured { sweep, summary, decades }
}

/// Units from this share on are dead as a whole; half of all is what a rectifier does.
const DEAD: f64 = 0.95;

/// What becomes of a gradient over the whole way; `dead` is the share of units that pass nothing.
fn condition(measured: &Measured, dead: f64) -> Condition {
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
fn expected(network: &Network, plan: &Plan, measured: &Measured, given: bool) -> Result<(f64, f64), String> {
    if given {
        return Err("numbers were given, not drawn".to_string());
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
        (Some(depth), _) => Ok((depth.end.chi, depth.xi_gradient())),
        (None, Some(batch)) => Ok((batch.growth, -1.0 / libm::log(batch.growth))),
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

/// What clipping by the norm and truncation do.
fn bounds(measured: &Measured) -> Bounds {
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
    let steps = curve.iter().rev().position(|value| value.abs() > LN_10).unwrap_or(curve.len());
    Bounds { update: wholes.iter().sum::<f64>() / wholes.len().max(1) as f64 / LN_10, steps }
}

/// What may help, the likely ones too where several must come together.
fn candidates(network: &Network, plan: &Plan, causes: &[Cause], weighed: bool, tied: bool) -> Vec<String> {
    let length = network.indices.get(&plan.index).and_then(|index| index.high.as_name().cloned());
    let steps = length.as_ref().and_then(|name| plan.sizes.get(name)).copied().unwrap_or(50).max(2) as f64;
    let root =
        length.as_ref().map_or_else(|| format!("{:.3}", 1.0 / libm::sqrt(steps)), |name| format!("1/sqrt({name})"));
    let inverse = length.as_ref().map_or_else(|| format!("{:.4}", 1.0 / steps), |name| format!("1/{name}"));
    // A gate that keeps 1 − 1/T of its state forgets by e over T steps: Tallec & Ollivier, "Can recurrent neural networks warp
    // time?", ICLR 2018.
    let keep = format!("{:.1}", libm::log(steps));
    let keeps = format!("{:.1}", libm::log(steps) + 1.5);
    let mut list: Vec<String> = ["relu", "tanh", "gelu"].map(String::from).to_vec();
    if !weighed {
        list.extend(["bias=0", "init=critical", "init=orthogonal", "init=he", "init=xavier"].map(String::from));
        if tied {
            list.push("init=identity".to_string());
        }
        if causes.iter().any(|cause| matches!(cause.kind, Blame::Dead | Blame::Saturated)) {
            list.extend(["bias=0,init=critical", "bias=0,init=he", "bias=0,init=orthogonal"].map(String::from));
        }
        list.extend(
            ["relu,init=critical", "tanh,init=critical", "tanh,init=orthogonal", "nonorm,init=critical"]
                .map(String::from),
        );
        list.push("forget_bias=1".to_string());
        list.extend([format!("forget_bias={keep}"), format!("forget_bias={keeps}")]);
    }
    list.extend([format!("gate={keep}"), format!("gate={keeps}")]);
    list.extend(["residual".to_string(), format!("residual,scale={root}"), format!("residual,scale={inverse}")]);
    list.extend([format!("scale={root}"), format!("scale={inverse}"), "skip=1".to_string()]);
    list.extend(["prenorm", "prenorm,init=xavier", "nonorm", "layernorm", "rmsnorm", "batchnorm"].map(String::from));
    list.push(format!("prenorm,scale={root}"));
    list.push(format!("skip=1,scale={root}"));
    list.push(format!("nonorm,residual,scale={root}"));
    list
}

/// Whether a change acts on what is to blame.
fn apt(change: &str, causes: &[Cause]) -> bool {
    let words: BTreeSet<&str> = change.split(',').filter_map(|one| one.split('=').next()).collect();
    let any = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let activation = words.iter().any(|word| matches!(Transformation::read(word), Ok(Transformation::Activation(_))));
    // What lacks a way past its weights is helped by one, whatever else is to blame.
    let lacking = causes.iter().any(|cause| cause.kind == Blame::NoDirectPath) && any(&["residual", "gate"]);
    let Some(first) = causes.first() else { return false };
    match first.kind {
        Blame::Slope | Blame::Weights | Blame::Norm if lacking => true,
        Blame::Dead | Blame::Saturated => any(&["bias", "init"]) || activation,
        Blame::Slope => activation || any(&["init"]),
        Blame::Weights => any(&["init"]),
        Blame::Gate => any(&["forget_bias"]),
        Blame::Branch => any(&["scale"]),
        Blame::Skip => any(&["skip"]),
        Blame::Norm => any(&["prenorm", "nonorm"]),
        Blame::NoDirectPath => any(&["residual", "gate"]),
    }
}

fn remedy(
    source: &Source,
    change: &str,
    asked: &Asked,
    plan: &Plan,
    before: Option<(i64, f64)>,
    load: Load,
) -> Outcome<Option<Remedy>> {
    let changes = Transformation::list(change).map_err(|error| vec![error])?;
    let new = transformed(source, &[], &changes, load)?;
    if new.text == source.text {
        return Ok(None);
    }
    let reading = Reading::of(&new, load)?;
    let network = sized(&reading.network, asked.sizes);
    let chosen = flow::ask(&network, Some(&plan.index)).map_err(|error| vec![error])?;
    let sizes: Sizes = chosen
        .sizes
        .into_iter()
        .map(|(name, number)| (name.clone(), plan.sizes.get(&name).copied().unwrap_or(number)))
        .collect();
    let own = Plan { seeds: plan.seeds.clone(), ..Plan::along(plan.index.clone(), sizes) };
    let given: BTreeMap<Name, Array<f64>> = asked
        .given
        .iter()
        .filter(|(name, _)| network.quantity(name).is_some())
        .map(|(name, array)| (name.clone(), array.clone()))
        .collect();
    let derivation = derive(&network, &[])?;
    let swept = sweep(&derivation, &own, &given, &|_| {})?;
    let measured = measured(swept);
    // Of one example, where a batch is new.
    let mut single = own.sizes.clone();
    for (name, number) in &mut single {
        if !plan.sizes.contains_key(name) {
            *number = 1;
        }
    }
    let after = cost(&derivation, &own, &single);
    let dead = reading.with(load, |view| blame::dead_share(view, &measured.sweep))?;
    let condition = condition(&measured, dead);
    Ok(Some(Remedy {
        change: change.to_string(),
        apt: false,
        condition,
        measured,
        parameters: before.zip(after).map(|(before, after)| after.0 - before.0),
        operations: before.zip(after).map(|(before, after)| after.1 / before.1),
    }))
}

/// Parameters, and operations of a step there and back.
fn cost(derivation: &Derivation, plan: &Plan, sizes: &Sizes) -> Option<(i64, f64)> {
    let network = &derivation.network;
    let value = |integer: &Integer| integer.value(&|name| sizes.get(name).copied());
    let each = |work: &Work| match work {
        Work::Steps { each, .. } => value(each),
        Work::All(all) => value(all),
    };
    let length = network.indices.get(&plan.index).and_then(|index| index.high.as_name());
    let (forward, backward) = compare::work(derivation, length);
    Some((value(&network.parameters())?, (each(&forward)? + each(&backward)?).max(1) as f64))
}

/// Remedies that end within a factor of 5 are alike: other seeds would exchange them.
const NEAR: f64 = 0.7;

/// The best first: what mends stands before what does not; among those, what ends within a factor of 5; then what acts on the
/// cause; then what adds fewer parameters, then fewer changes.
fn rank(remedies: &mut [Remedy], idle: bool) {
    let key = |remedy: &Remedy| {
        let off = match remedy.condition {
            Condition::Diverging => f64::INFINITY,
            _ => remedy.measured.decades.abs(),
        };
        let off = if off.is_nan() { f64::INFINITY } else { off };
        let mends = remedy.condition == Condition::Healthy;
        let near = if mends { libm::floor(off / NEAR) } else { off };
        let changes = remedy.change.split(',').count();
        // A way past dead units leaves them dead.
        let near = if idle && mends && !remedy.apt { near + 10.0 } else { near };
        (!mends, near, !remedy.apt, remedy.parameters.unwrap_or(i64::MAX), changes)
    };
    remedies.sort_by(|one, other| {
        let (one, other) = (key(one), key(other));
        one.0
            .cmp(&other.0)
            .then(one.1.total_cmp(&other.1))
            .then(one.2.cmp(&other.2))
            .then(one.3.cmp(&other.3))
            .then(one.4.cmp(&other.4))
    });
}
