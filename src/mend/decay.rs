//! What weight decay does: to the signal nothing while weights are what they are, and what smaller weights would do is measured.

use super::diagnose::measured;
use super::{Asked, Load, Reading, transformed};
use crate::evaluate::Array;
use crate::evaluate::draw::Drawn;
use crate::evaluate::draws::Draws;
use crate::math::derivation::Derivation;
use crate::math::diagnosis::{Decay, HEALTHY, LAMBDA, Measured, Shrunk};
use crate::math::flow::Plan;
use crate::math::name::Name;
use crate::math::network::{Network, Role};
use crate::math::source::{Outcome, Source};
use crate::math::transformation::Transformation;
use crate::{derive, evaluate, sweep};
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::LN_10;

/// Weights are made no smaller than this.
const SMALLEST: f64 = 0.25;
/// How often the size of weights is bisected.
const HALVED: usize = 8;

/// What a penalty on the squares of all weight matrices does to a network that was swept.
pub(super) fn decay(
    source: &Source,
    derivation: &Derivation,
    plan: &Plan,
    asked: &Asked,
    before: &Measured,
    load: Load,
) -> Outcome<Decay> {
    let network = &derivation.network;
    let matrices: BTreeSet<Name> = matrices(network);
    let plain = Plan { seeds: plan.seeds.clone(), ..Plan::along(plan.index.clone(), plan.sizes.clone()) };
    let change = Transformation::WeightDecay(LAMBDA.to_string());
    let with_penalty = || -> Outcome<f64> {
        let new = transformed(source, &[], &[change], load)?;
        let network = super::diagnose::sized(&Reading::of(&new, load)?.network, asked.sizes);
        let swept = sweep(&derive(&network, &[])?, &plain, asked.given, &|_| {})?;
        Ok(measured(swept).summary.typical_gain)
    };
    let applied = with_penalty().map_err(|errors| super::why(&errors));
    let drawn = Drawn::new(network, &plain.sizes).map_err(|fault| vec![fault])?;
    let shrunk = match matrices.is_empty() {
        true => None,
        false => shrunk(before.decades, &|factor| {
            let draws = Smaller { drawn: &drawn, matrices: &matrices, factor };
            let given = asked.given.iter().map(|(name, array)| {
                let by = if matrices.contains(name) { factor } else { 1.0 };
                let data = array.data.iter().map(|number| by * number).collect();
                (name.clone(), Array { dims: array.dims.clone(), data })
            });
            let given = given.collect();
            let run = evaluate::sweep::sweep(derivation, &plain, &draws, &given, None, &|_| {}, &|_| Ok(()));
            Ok(measured(run.map_err(|fault| vec![fault])?).decades)
        })?,
    };
    let norms = plan.seeds.iter().map(|seed| norm(&drawn, &matrices, asked.given, *seed));
    let norms: Vec<f64> = norms.collect();
    let weights = norms.iter().sum::<f64>() / norms.len().max(1) as f64 / LN_10;
    Ok(Decay { weights, applied, shrunk })
}

/// The matrices that a penalty is put on.
fn matrices(network: &Network) -> BTreeSet<Name> {
    let all = network.quantities.values().filter(|quantity| quantity.role == Role::Param);
    all.filter(|quantity| quantity.shape.axes().len() >= 2).map(|quantity| quantity.name.clone()).collect()
}

/// By what weights must be multiplied for a gradient that explodes to be carried, found by bisection; a gradient that vanishes is
/// measured at half of them.
fn shrunk(before: f64, decades: &dyn Fn(f64) -> Outcome<f64>) -> Outcome<Option<Shrunk>> {
    // One that becomes 0, or leaves the floats on the way forward, has no size that could be bisected.
    if !before.is_finite() {
        return Ok(None);
    }
    if before < 0.0 {
        return Ok(Some(Shrunk { factor: 0.5, decades: decades(0.5)? }));
    }
    let (mut low, mut high) = (SMALLEST, 1.0);
    let least = decades(low)?;
    if least >= -HEALTHY {
        return Ok(Some(Shrunk { factor: low, decades: least }));
    }
    for _ in 0..HALVED {
        let middle = libm::sqrt(low * high);
        let found = decades(middle)?;
        if found.abs() <= HEALTHY {
            return Ok(Some(Shrunk { factor: middle, decades: found }));
        }
        if found < 0.0 { low = middle } else { high = middle }
    }
    Ok(Some(Shrunk { factor: low, decades: decades(low)? }))
}

/// ln of the norm of all matrices together under a seed; no number where they have no room.
fn norm(drawn: &Drawn, matrices: &BTreeSet<Name>, given: &BTreeMap<Name, Array<f64>>, seed: u64) -> f64 {
    let square = |data: &[f64]| data.iter().map(|number| number * number).sum::<f64>();
    let sum = matrices.iter().map(|name| match (given.get(name), drawn.sampler(name)) {
        (Some(array), _) => square(&array.data),
        (None, Some(sampler)) => sampler.array(seed).map_or(f64::NAN, |array| square(&array.data)),
        (None, None) => f64::NAN,
    });
    0.5 * libm::log(sum.sum::<f64>())
}

/// Draws with the matrices multiplied by a number.
struct Smaller<'a> {
    drawn: &'a Drawn,
    matrices: &'a BTreeSet<Name>,
    factor: f64,
}

impl Draws for Smaller<'_> {
    fn fill(&self, quantity: &Name, seed: u64, at: &[i64], into: &mut [f64]) {
        self.drawn.fill(quantity, seed, at, into);
        if self.matrices.contains(quantity) {
            into.iter_mut().for_each(|number| *number *= self.factor);
        }
    }
}
