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
use crate::math::source::{Diagnostic, Outcome, Source};
use crate::math::transformation::{Norm as Kind, Transformation};
use crate::{compare, derive, flow, sweep};
use std::collections::BTreeMap;

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
    use Transformation::{Bias, ForgetBias, Gate, Init, NoNorm, Norm, PreNorm, Residual, Scale, Skip};
    let activation = |name: &str| Transformation::Activation(name.to_string());
    let init = |scheme: &str| Init(scheme.to_string());
    let zero = || Bias("0".to_string());
    let (by_root, by_steps) = (|| Scale(root.clone()), || Scale(inverse.clone()));
    let one = || Skip("1".to_string());
    let mut list = vec![vec![activation("relu")], vec![activation("tanh")], vec![activation("gelu")]];
    if !weighed {
        list.push(vec![zero()]);
        list.extend(["critical", "orthogonal", "he", "xavier"].map(|scheme| vec![init(scheme)]));
        if tied {
            list.push(vec![init("identity")]);
        }
        if causes.iter().any(|cause| matches!(cause.kind, Blame::Dead | Blame::Saturated)) {
            list.extend(["critical", "he", "orthogonal"].map(|scheme| vec![zero(), init(scheme)]));
        }
        if causes.iter().any(|cause| cause.kind == Blame::Branch) {
            list.extend([vec![init("xavier"), by_root()], vec![init("xavier"), by_steps()]]);
        }
        list.push(vec![activation("relu"), init("critical")]);
        list.extend(["critical", "orthogonal"].map(|scheme| vec![activation("tanh"), init(scheme)]));
        list.push(vec![NoNorm, init("critical")]);
        list.extend(["1", &keep, &keeps].map(|bias| vec![ForgetBias(bias.to_string())]));
    }
    // Told why not, unless the file lacks what they draw.
    if weighed {
        list.extend([vec![init("he")], vec![zero()], vec![ForgetBias("1".to_string())]]);
    }
    list.extend([keep, keeps].map(|bias| vec![Gate(bias)]));
    list.extend([vec![Residual], vec![Residual, by_root()], vec![Residual, by_steps()]]);
    list.extend([vec![by_root()], vec![by_steps()], vec![one()], vec![one(), by_root()]]);
    list.extend([vec![PreNorm], vec![PreNorm, init("xavier")], vec![PreNorm, by_root()], vec![NoNorm]]);
    list.extend([Kind::Layer, Kind::Rms, Kind::Batch].map(|norm| vec![Norm(norm)]));
    list.push(vec![NoNorm, Residual, by_root()]);
    let told = |changes: Vec<Transformation>| changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    list.into_iter().map(told).collect()
}

/// Whether a change acts on what is to blame.
pub(super) fn apt(change: &str, causes: &[Cause]) -> bool {
    use Transformation::{Activation, Bias, ForgetBias, Gate, Init, NoNorm, PreNorm, Residual, Scale, Skip};
    let changes = Transformation::list(change).unwrap_or_default();
    let any = |wanted: fn(&Transformation) -> bool| changes.iter().any(wanted);
    // What lacks a way past its weights is helped by one, whatever else is to blame.
    let way = any(|change| matches!(change, Residual | Gate(_)));
    let lacking = way && causes.iter().any(|cause| cause.kind == Blame::NoDirectPath);
    let Some(first) = causes.first() else { return false };
    match first.kind {
        Blame::Slope | Blame::Weights | Blame::Norm | Blame::Factor if lacking => true,
        Blame::Dead | Blame::Saturated => any(|change| matches!(change, Bias(_) | Init(_) | Activation(_))),
        Blame::Slope => any(|change| matches!(change, Activation(_) | Init(_))),
        Blame::Weights | Blame::Factor => any(|change| matches!(change, Init(_))),
        Blame::Gate => any(|change| matches!(change, ForgetBias(_))),
        Blame::Branch => any(|change| matches!(change, Scale(_))),
        Blame::Skip => any(|change| matches!(change, Skip(_))),
        Blame::Norm => any(|change| matches!(change, PreNorm | NoNorm)),
        Blame::NoDirectPath => way,
    }
}

/// A change applied and measured. `None` where it changes nothing.
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
    idle(&Reading::of(source, load)?.network, &network, asked.given).map_err(|error| vec![error])?;
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

/// Refuses a change that only draws anew what is given.
fn idle(before: &Network, after: &Network, given: &BTreeMap<Name, Array<f64>>) -> Result<(), Diagnostic> {
    let lines = |network: &Network| -> Vec<_> {
        network.equations.iter().map(|equation| (equation.target.clone(), equation.body.clone())).collect()
    };
    let text = |network: &Network, name: &Name| {
        network.quantity(name).and_then(|quantity| quantity.draw.as_ref()).map(|draw| draw.text.clone())
    };
    let drawn: Vec<&Name> = after.quantities.keys().filter(|name| text(before, name) != text(after, name)).collect();
    if drawn.is_empty() || drawn.iter().any(|name| !given.contains_key(*name)) || lines(before) != lines(after) {
        return Ok(());
    }
    let names: Vec<String> = drawn.iter().map(|name| format!("`{name}`")).collect();
    let are = if names.len() == 1 { "is" } else { "are" };
    Err(Diagnostic::error(format!("{} {are} given, so how numbers are drawn changes nothing", names.join(", "))))
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

/// The best first: what mends every run, then what mends a typical one, then what does not; among those that mend, what ends within a
/// factor of 5; then what acts on the cause; then what adds fewer parameters, then fewer changes.
pub(super) fn rank(remedies: &mut [Remedy], idle: bool) {
    let key = |remedy: &Remedy| {
        let off = match remedy.condition {
            Condition::Diverging => f64::INFINITY,
            _ => remedy.measured.decades.abs(),
        };
        let off = if off.is_nan() { f64::INFINITY } else { off };
        // Whether a remedy mends only some networks that are drawn is a matter of luck.
        let mends = match (remedy.condition, remedy.measured.holds()) {
            (Condition::Healthy, true) => 0,
            (Condition::Healthy, false) => 1,
            _ => 2,
        };
        let near = if mends < 2 { libm::floor(off / NEAR) } else { off };
        let changes = remedy.change.split(',').count();
        // A way past dead units leaves them dead.
        let near = if idle && mends < 2 && !remedy.apt { near + 10.0 } else { near };
        let added = remedy.parameters.map_or(i64::MAX, |parameters| parameters.max(0));
        (mends, near, !remedy.apt, added, changes)
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
