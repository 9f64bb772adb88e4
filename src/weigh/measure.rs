//! What can be measured in an answer: functions of the language of conditions.

use crate::math::comparison::Member;
use crate::math::finding::Standing;
use crate::math::flow::{Forward, Run, Summary, Sweep, Verdict};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::statement::Answer;
use crate::math::theory::Theory;
use std::f64::consts::LN_10;

/// An argument after the name of a run.
#[derive(Clone, PartialEq, Debug)]
pub enum Argument {
    /// The name of a quantity, or `first`, `last`.
    Name(Name),
    /// A number.
    Number(f64),
}

/// A number, and whether it is shown for all sizes and numbers rather than measured.
pub struct Measured {
    /// The number; for a condition 0 or 1.
    pub value: f64,
    /// Whether it is exact.
    pub exact: bool,
}

/// What is there to be measured, for messages.
const SWEEP: &str = "a sweep has gain(a), error(a), decades(a), diverged(a), direct(a), parameter(a, W), step(a, W, place), \
    and mean, rms, dead, saturated of (a, quantity, place)";
const THEORY: &str = "theory has chi(a), growth(a), decay(a)";
const PROOF: &str = "an equality has proved(a), refuted(a)";
const COMPARISON: &str = "a comparison has fewer(a, i, j), same(a, i, j), distance(a, i, input, size)";

/// The measure of that name.
pub fn measure(name: &str, answer: &Answer, arguments: &[Argument]) -> Result<Measured, String> {
    let measured = |value: f64| Measured { value, exact: false };
    let exact = |holds: bool| Measured { value: f64::from(u8::from(holds)), exact: true };
    match answer {
        Answer::Flow(flow, summaries) => match (flow.sweeps.as_slice(), summaries.as_slice()) {
            ([sweep], [summary]) => of_sweep(name, sweep, summary, arguments).map(measured),
            _ => Err("a run has one setting; give each a run of its own".to_string()),
        },
        Answer::Theory(theory) => of_theory(name, theory, arguments).map(measured),
        Answer::Standing(standing) => match (name, arguments, standing) {
            ("proved" | "refuted", [], Standing::Unknown) => Err("it is neither proved nor refuted".to_string()),
            ("proved", [], standing) => Ok(exact(*standing != Standing::Refuted)),
            ("refuted", [], standing) => Ok(exact(*standing == Standing::Refuted)),
            _ => Err(PROOF.to_string()),
        },
        Answer::Members(members) => of_members(name, members, arguments),
    }
}

fn of_sweep(name: &str, sweep: &Sweep, summary: &Summary, arguments: &[Argument]) -> Result<f64, String> {
    let at = |quantity: &Name, place: &Argument, value: &dyn Fn(&Forward) -> Vec<f64>| {
        let found = sweep.runs.iter().map(|run| run.forward.iter().find(|own| own.quantity == *quantity).map(value));
        let curves = found.collect::<Option<Vec<_>>>().ok_or_else(|| {
            let known = sweep.runs.first().map(|run| &run.forward).into_iter().flatten();
            let known: Vec<String> = known.map(|own| own.quantity.to_string()).collect();
            format!("there are no values of `{quantity}`, but of {}", known.join(", "))
        })?;
        over_seeds(curves.iter().map(|curve| position(sweep, place).and_then(|at| curve.get(at).copied())))
    };
    let parameter = |quantity: &Name, value: &dyn Fn(&crate::math::flow::Parameter) -> Option<f64>| {
        let own = |run: &Run| run.parameters.iter().find(|own| own.quantity == *quantity).and_then(value);
        over_seeds(sweep.runs.iter().map(own))
    };
    let rooted = |own: &Forward| own.mean.iter().zip(&own.variance).map(|(m, v)| libm::sqrt(m * m + v)).collect();
    match (name, arguments) {
        ("gain", []) => Ok(summary.typical_gain),
        ("error", []) => summary.error.ok_or_else(|| "one run has no error".to_string()),
        ("decades", []) => Ok(summary.gradient.typical.first().copied().unwrap_or(f64::NAN) / LN_10),
        ("diverged", []) => Ok(f64::from(u8::from(summary.verdict == Verdict::Diverges))),
        ("direct", []) => direct(sweep),
        ("parameter", [Argument::Name(of)]) => parameter(of, &|own| Some(own.whole)),
        ("step", [Argument::Name(of), place]) => {
            let at = position(sweep, place).and_then(|at| at.checked_sub(1));
            parameter(of, &|own| own.steps.get(at?).copied())
        }
        ("mean", [Argument::Name(of), place]) => at(of, place, &|own| own.mean.clone()),
        ("rms", [Argument::Name(of), place]) => at(of, place, &rooted),
        ("dead", [Argument::Name(of), place]) => at(of, place, &|own| own.dead.clone()),
        ("saturated", [Argument::Name(of), place]) => at(of, place, &|own| own.saturated.clone()),
        _ => Err(SWEEP.to_string()),
    }
}

/// Where a place stands among all.
fn position(sweep: &Sweep, place: &Argument) -> Option<usize> {
    match place {
        Argument::Name(name) if name.as_str() == "first" => Some(0),
        Argument::Name(name) if name.as_str() == "last" => sweep.places.len().checked_sub(1),
        Argument::Name(_) => None,
        Argument::Number(value) => sweep.places.iter().position(|own| *own as f64 == *value),
    }
}

/// The mean over seeds of what all of them have.
fn over_seeds(values: impl Iterator<Item = Option<f64>>) -> Result<f64, String> {
    let values = values.collect::<Option<Vec<f64>>>().filter(|values| !values.is_empty());
    let mean = values.map(|values| values.iter().sum::<f64>() / values.len() as f64);
    mean.filter(|mean| !mean.is_nan())
        .ok_or_else(|| "there is no such number; is the place right, and was it asked for?".into())
}

/// The share that comes along paths from a state straight to the same one step before.
fn direct(sweep: &Sweep) -> Result<f64, String> {
    let own = sweep
        .paths
        .iter()
        .enumerate()
        .filter(|(_, path)| path.along.len() == 2 && path.along[0].quantity == path.along[1].quantity);
    let mut total = 0.0;
    for (path, _) in own {
        let steps = sweep.runs.iter().filter_map(|run| run.shares.get(path)).flat_map(|share| share.steps.iter());
        let steps: Vec<f64> = steps.copied().filter(|share| !share.is_nan()).collect();
        total += steps.iter().sum::<f64>() / steps.len() as f64;
    }
    match sweep.paths.is_empty() || f64::is_nan(total) {
        true => Err("the sweep has no paths: give `--paths`".to_string()),
        false => Ok(total),
    }
}

fn of_theory(name: &str, theory: &Theory, arguments: &[Argument]) -> Result<f64, String> {
    let none = || "theory does not tell it of this network".to_string();
    match (name, arguments) {
        ("chi", []) => theory.moments.as_ref().map(|depth| depth.end.chi).ok_or_else(none),
        ("growth", []) => theory.batch.map(|batch| batch.growth).ok_or_else(none),
        ("decay", []) => theory.finite.as_ref().and_then(|finite| finite.largest_exponent).ok_or_else(none),
        _ => Err(THEORY.to_string()),
    }
}

fn of_members(name: &str, members: &[Member], arguments: &[Argument]) -> Result<Measured, String> {
    let member = |number: &f64| {
        let at = (number.fract() == 0.0 && *number >= 1.0).then_some(*number as usize - 1);
        at.and_then(|at| members.get(at)).ok_or_else(|| format!("there is no network {number} in this comparison"))
    };
    let exact = |holds: bool| Ok(Measured { value: f64::from(u8::from(holds)), exact: true });
    match (name, arguments) {
        ("fewer" | "same", [Argument::Number(one), Argument::Number(other)]) => {
            // Sizes are at least 1: a polynomial whose coefficients are all negative is negative.
            let difference = member(one)?.parameters.minus(&member(other)?.parameters);
            let same = difference == Integer::number(0);
            let less = !same && difference.summands().iter().all(|(factor, _)| *factor < 0);
            let more = !same && difference.summands().iter().all(|(factor, _)| *factor > 0);
            match name {
                "same" => exact(same),
                _ if !same && !less && !more => Err("which has fewer parameters depends on the sizes".to_string()),
                _ => exact(less),
            }
        }
        ("distance", [Argument::Number(one), Argument::Name(input), Argument::Number(size)]) => {
            let member = member(one)?;
            let distances = member.distances.as_ref().map_err(Clone::clone)?;
            let from = distances.iter().find(|distance| distance.from.quantity == *input);
            let from = from.ok_or_else(|| format!("no way leads to an input `{input}`"))?;
            // The farthest place: the first of all indices, in a network of this size.
            let index = |name: &Name| member.network.indices.contains_key(name);
            let value = |name: &Name| Some(if index(name) { 1 } else { *size as i64 });
            let steps = from.steps.value(&value).ok_or_else(|| "the way has no length".to_string())?;
            Ok(Measured { value: steps as f64, exact: false })
        }
        _ => Err(COMPARISON.to_string()),
    }
}
