//! The scale of weights at which gradients are carried: by theory where it applies, and measured elsewhere.

use super::{Load, Reading};
use crate::math::flow::Plan;
use crate::math::name::Name;
use crate::math::network::{Network, Sizes};
use crate::math::source::{Diagnostic, Source};
use crate::math::syntax::NetworkFile;
use crate::math::theory::Question;
use crate::math::transformation::Transformation;
use crate::{derive, flow, sweep, theory, transform};
use std::collections::BTreeMap;

/// How many steps theory may take from the first state.
const PATIENCE: usize = 2_000;
/// A measurement takes no more steps and no more entries than this.
const MOST: i64 = 32;
/// Scales that are tried: powers of two from the first to the last.
const SCALES: std::ops::RangeInclusive<i32> = -3..=3;
/// How often a scale is bisected.
const HALVED: usize = 8;

/// What multiplies 1 / sqrt(inputs) where gradients neither grow nor shrink, or why there is no such scale.
pub(super) fn critical(file: &NetworkFile, network: &Network, load: Load) -> Result<f64, String> {
    let own = Reading { file: file.clone(), network: network.clone() };
    let (plain, text) = own
        .with(load, |view| {
            let change = Transformation::Init(transform::MARK.to_string());
            (transform::is_plain(view), transform::apply(view, &change))
        })
        .map_err(first)?;
    let text = text.map_err(|error| error.message)?;
    let marked = |scale: f64| {
        let text = format!("{text}\nconst {} = {scale:.6}\n", transform::MARK);
        Reading::of(&Source::new("critical.net", text), load).map_err(first)
    };
    // Functions of gates and norms take several sums each, over which quadrature is long.
    if plain {
        let question = Question { depth: Some(2), patience: Some(PATIENCE), ..Question::default() };
        if let Ok(told) = theory(&marked(1.0)?.network, &question) {
            let mark = Name::new(transform::MARK);
            let values =
                told.critical.iter().filter(|(constant, _)| constant == &mark).flat_map(|(_, values)| values.clone());
            // Where χ only jumps past 1, that is as near as a scale gets.
            let jumps = told.jumps.iter().filter(|(constant, _)| constant == &mark).flat_map(|(_, jumps)| jumps);
            if let Some(value) = values.chain(jumps.map(|jump| jump.at)).find(|value| value.is_finite() && *value > 0.0)
            {
                return Ok(value);
            }
        }
    }
    measured(&|scale| gain(&marked(scale)?))
}

/// The first scale at which a gain turns from shrinking to growing.
fn measured(gain: &dyn Fn(f64) -> Result<f64, String>) -> Result<f64, String> {
    let mut last: Option<f64> = None;
    for power in SCALES {
        let scale = libm::exp2(f64::from(power));
        let found = gain(scale)?;
        match last {
            Some(low) if found >= 0.0 => {
                let (mut low, mut high) = (low, scale);
                for _ in 0..HALVED {
                    let middle = libm::sqrt(low * high);
                    if gain(middle)? < 0.0 { low = middle } else { high = middle }
                }
                return Ok(libm::sqrt(low * high));
            }
            _ => last = (found < 0.0).then_some(scale),
        }
    }
    Err("at no scale from 1/8 to 8 do gradients turn from shrinking to growing".to_string())
}

/// The typical gain per step of a small network, in nats.
fn gain(reading: &Reading) -> Result<f64, String> {
    let network = &reading.network;
    let asked = flow::ask(network, None).map_err(|error| error.message)?;
    let small = |(name, number): (Name, i64)| match network.sizes.get(&name) {
        Some(Some(_)) => (name, number),
        _ => (name, number.min(MOST)),
    };
    let sizes: Sizes = asked.sizes.into_iter().map(small).collect();
    let plan = Plan { seeds: vec![1, 2], ..Plan::along(asked.index, sizes) };
    let derivation = derive(network, &[]).map_err(first)?;
    let swept = sweep(&derivation, &plan, &BTreeMap::new(), &|_| {}).map_err(first)?;
    // What dies or leaves the floats is told by its sign.
    let gain = flow::summary(&swept).typical_gain;
    Ok(if gain.is_nan() { f64::INFINITY } else { gain })
}

fn first(errors: Vec<Diagnostic>) -> String {
    errors.first().map_or(String::new(), |error| error.message.clone())
}
