//! What may help: lists of transformations, each applied, swept and weighed.

use super::diagnose::{Asked, condition, measured, sized};
use super::{Load, Reading, blame, transformed};
use crate::evaluate::Array;
use crate::math::comparison::Work;
use crate::math::derivation::Derivation;
use crate::math::diagnosis::{Blame, Cause, Condition, Remedy};
use crate::math::flow::Plan;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Sizes};
use crate::math::source::{Outcome, Source};
use crate::math::transformation::Transformation;
use crate::{compare, derive, flow, sweep};
use std::collections::{BTreeMap, BTreeSet};

/// What may help, the likely ones too where several must come together.
pub(super) fn candidates(network: &Network, plan: &Plan, causes: &[Cause], weighed: bool, tied: bool) -> Vec<String> {
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
pub(super) fn apt(change: &str, causes: &[Cause]) -> bool {
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

pub(super) fn remedy(
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
pub(super) fn cost(derivation: &Derivation, plan: &Plan, sizes: &Sizes) -> Option<(i64, f64)> {
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
pub(super) fn rank(remedies: &mut [Remedy], idle: bool) {
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
