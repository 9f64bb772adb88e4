//! Sweeps: the values of a network along a recurrence, and the gradients that its *derived* gains carry back.
//!
//! Executing the gains of all equations of a step in reverse order is the transposed one-step Jacobian; no matrix is formed.

mod apply;
mod bound;
mod contract;
mod form;
mod forward;
mod graph;
mod loops;
mod loss;
mod lower;
mod machine;
mod make;
mod masked;
mod matrix;
mod order;
mod paths;
mod phase;
mod places;
mod qr;
mod reach;
mod read;
mod reduce;
mod room;
mod run;
mod scope;
mod spectrum;
mod supply;
mod svd;
mod tape;

use crate::evaluate::array::Array;
use crate::evaluate::draws::Draws;
use crate::evaluate::fault::Fault;
use crate::math::derivation::Derivation;
use crate::math::expression::Read;
use crate::math::flow::{Exponents, Path, Plan, Run, Sweep};
use crate::math::integer::Integer;
use crate::math::jacobian::{Jacobian, Question};
use crate::math::name::Name;
use machine::{Machine, Wanted};
use rayon::prelude::*;
use run::{Ask, run_once};
use std::collections::BTreeMap;
use supply::Supply;

/// Sweeps one network. `given` are arrays that are not drawn, index axes first. `progress` is told how many places were
/// passed, there and back, and `done` of each run as soon as it is over, in no order; it may stop the sweep. `jacobian` is the
/// symbolic one of one step, for its bound.
pub fn sweep(
    derivation: &Derivation,
    plan: &Plan,
    draws: &dyn Draws,
    given: &BTreeMap<Name, Array<f64>>,
    jacobian: Option<&Jacobian>,
    progress: &(dyn Fn(usize) + Sync),
    done: &(dyn Fn(&Run) -> Result<(), Fault> + Sync),
) -> Result<Sweep, Fault> {
    let first = Machine::new(derivation, plan, 1, NOTHING)?;
    let exponents = match plan.exponents {
        _ if plan.singular_values => first.width,
        Exponents::None => 0,
        Exponents::Leading(count) => count.min(first.width),
        Exponents::All => first.width,
    };
    let wanted = Wanted { parameters: plan.parameters, slopes: true, paths: plan.paths, bound: jacobian };
    let machine = Machine::new(derivation, plan, plan.probes.max(1) + exponents, wanted)?;
    bounded(&machine, plan)?;
    let ask = Ask { plan, exponents, samples: plan.correlation };
    let one = |seed: &u64| -> Result<Run, Fault> {
        let supply = Supply { draws, given, seed: *seed, input_seed: *seed };
        let (mut run, samples) = run_once(&machine, ask, supply, progress)?;
        if plan.correlation {
            let other = Supply { input_seed: !*seed, ..supply };
            let (_, others) = run_once(&machine, Ask { exponents: 0, ..ask }, other, progress)?;
            run.correlation = correlations(&machine, &samples, &others);
        }
        done(&run)?;
        Ok(run)
    };
    // Among the workers even where there is one seed only: from outside, each product would be handed in and waited for.
    let runs: Result<Vec<Run>, Fault> = rayon::scope(|_| plan.seeds.par_iter().map(one).collect());
    let paths = machine.paths.iter().map(|along| Path { along: along.clone() });
    let mut notes = Vec::new();
    if let Exponents::Leading(count) = plan.exponents
        && count > machine.width
    {
        notes.push(format!("the state has {} entries, so there are as many exponents, not {count}", machine.width));
    }
    if !machine.graph.left_out.is_empty() {
        let names: Vec<String> = machine.graph.left_out.iter().map(|name| format!("`{name}`")).collect();
        notes.push(format!("left out, because nothing that is followed needs them: {}", names.join(", ")));
    }
    if let Some(why) = &machine.without_paths {
        notes.push(format!("Paths are not followed one by one: {why}."));
    }
    Ok(Sweep {
        setting: Vec::new(),
        plan: plan.clone(),
        states: machine.states(),
        width: machine.width,
        places: machine.places[machine.origin..].to_vec(),
        notes,
        paths: paths.collect(),
        runs: runs?,
    })
}

/// How many numbers all curves together may have: 2 GiB of floats.
const NUMBERS: usize = 1 << 28;

/// Refuses what would fill the memory with curves.
fn bounded(machine: &Machine<'_>, plan: &Plan) -> Result<(), Fault> {
    let (statistics, states, paths) = (4 * machine.values.len(), machine.states().len(), 3 * machine.paths.len());
    let parameters = if plan.parameters { machine.network.learned().count() } else { 0 };
    let curves = plan.probes + states + statistics + paths + parameters;
    let numbers = machine.places.len().saturating_mul(curves).saturating_mul(plan.seeds.len());
    if numbers <= NUMBERS {
        return Ok(());
    }
    let (places, seeds) = (machine.places.len(), plan.seeds.len());
    Err(Fault::error(format!(
        "{curves} curves over {places} places, for {seeds} seeds, are more than {NUMBERS} numbers"
    ))
    .hint("ask for fewer steps or seeds"))
}

/// What a question about one step asks: how the states move with those of the step before. Or why there is no such question.
pub fn question(derivation: &Derivation, plan: &Plan) -> Result<Result<Question, &'static str>, Fault> {
    let machine = Machine::new(derivation, plan, 1, NOTHING)?;
    let states = machine.states();
    if machine.carried.iter().any(|(_, ring)| ring.len() > 2) {
        return Ok(Err("no symbolic bound: a step reads further back than one step"));
    }
    if states.iter().any(|read| read.subscripts.len() > 1) {
        return Ok(Err("no symbolic bound: the state has an index of its own, along which a step may mix it"));
    }
    let before = |read: &Read| {
        let earlier = Integer::name(plan.index.clone()).offset(-machine.graph.direction);
        read.at(&BTreeMap::from([(plan.index.clone(), earlier)]))
    };
    Ok(Ok(Question { wrt: states.iter().map(before).collect(), of: states, through: None }))
}

const NOTHING: Wanted<'static> = Wanted { parameters: false, slopes: false, paths: false, bound: None };

/// The cosines between directions at the same places.
fn correlations(machine: &Machine<'_>, one: &[(usize, Vec<f64>)], other: &[(usize, Vec<f64>)]) -> Vec<(i64, f64)> {
    let pairs = one.iter().zip(other).filter(|((a, _), (b, _))| a == b);
    pairs.map(|((position, a), (_, b))| (machine.places[*position], matrix::dot(a, b))).collect()
}
