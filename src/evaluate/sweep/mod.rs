//! Sweeps: the values of a network along a recurrence, and the gradients that its *derived* gains carry back.
//!
//! Executing the gains of all equations of a step in reverse order is the transposed one-step Jacobian; no matrix is formed.

mod contract;
mod form;
mod forward;
mod graph;
mod loops;
mod lower;
mod machine;
mod matrix;
mod phase;
mod places;
mod read;
mod reduce;
mod room;
mod run;
mod spectrum;
mod supply;
mod svd;
mod tape;

use crate::evaluate::array::Array;
use crate::evaluate::draws::Draws;
use crate::evaluate::fault::Fault;
use crate::math::derivation::Derivation;
use crate::math::flow::{Exponents, Path, Plan, Run, Sweep};
use crate::math::name::Name;
use machine::{Machine, Wanted};
use rayon::prelude::*;
use run::{Ask, run_once};
use std::collections::BTreeMap;
use supply::Supply;

/// Sweeps one network. `given` are arrays that are not drawn, index axes first. `progress` is told how many places were
/// passed, there and back.
pub fn sweep(
    derivation: &Derivation,
    plan: &Plan,
    draws: &dyn Draws,
    given: &BTreeMap<Name, Array<f64>>,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Sweep, Fault> {
    let first = Machine::new(derivation, &Plan { paths: false, ..plan.clone() }, 1, NOTHING)?;
    let exponents = match plan.exponents {
        _ if plan.singular_values => first.width,
        Exponents::None => 0,
        Exponents::Leading(count) => count.min(first.width),
        Exponents::All => first.width,
    };
    let wanted = Wanted { parameters: plan.parameters, slopes: true, paths: plan.paths };
    let machine = Machine::new(derivation, plan, plan.probes.max(1) + exponents, wanted)?;
    let ask = Ask { plan, exponents, samples: plan.correlation };
    let one = |seed: &u64| -> Result<Run, Fault> {
        let supply = Supply { draws, given, seed: *seed, input_seed: *seed };
        let (mut run, samples) = run_once(&machine, ask, supply, progress)?;
        if plan.correlation {
            let other = Supply { input_seed: !*seed, ..supply };
            let (_, others) = run_once(&machine, Ask { exponents: 0, ..ask }, other, progress)?;
            run.correlation = correlations(&machine, &samples, &others);
        }
        Ok(run)
    };
    let runs: Result<Vec<Run>, Fault> = plan.seeds.par_iter().map(one).collect();
    let general = machine.phase_of.last().map(|phase| &machine.phases[*phase]);
    let paths = general.into_iter().flat_map(|phase| &phase.paths).map(|path| Path { along: path.along.clone() });
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
    if machine.without_paths {
        notes.push(match machine.phases.len() {
            0 => String::new(),
            _ => format!("paths are not followed one by one: there are more than {} of them", phase::PATHS),
        });
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

const NOTHING: Wanted = Wanted { parameters: false, slopes: false, paths: false };

/// The cosines between directions at the same places.
fn correlations(machine: &Machine<'_>, one: &[(usize, Vec<f64>)], other: &[(usize, Vec<f64>)]) -> Vec<(i64, f64)> {
    let pairs = one.iter().zip(other).filter(|((a, _), (b, _))| a == b);
    pairs.map(|((position, a), (_, b))| (machine.places[*position], matrix::dot(a, b))).collect()
}
