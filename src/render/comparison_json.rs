//! Networks side by side → JSON, with a schema.

use super::comparison::factored;
use super::json::{Equation, Formula};
use super::notation::Notation;
use super::to_json::{equations, finite, formula};
use crate::math::comparison::{self as math, Member, Work};
use crate::math::expression::Term;
use crate::math::flow::Verdict;
use crate::math::integer::Integer;
use crate::math::law::Book;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What `compare` prints.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Comparison {
    /// The networks, in the order asked.
    pub networks: Vec<Network>,
    /// What was assumed for sweeps.
    pub notes: Vec<String>,
}

/// One network.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Network {
    /// Its name.
    pub network: String,
    /// Its equations, as they were written.
    pub equations: Vec<Equation>,
    /// The recurrence that steps are taken along; null when nothing recurs.
    pub along: Option<String>,
    /// How many numbers are learned.
    pub parameters: Count,
    /// Values between 0 and 1 that multiply, entry by entry, what passes.
    pub gates: Vec<Gate>,
    /// Operations of the forward pass.
    pub forward: Operations,
    /// Operations of the backward pass, given the values of the forward pass.
    pub backward: Operations,
    /// What each state hands back to itself one step before, through no matrix.
    pub direct: Vec<Direct>,
    /// Why that cannot be told; null when it can.
    pub no_direct: Option<String>,
    /// How many steps lie between outputs and inputs.
    pub distances: Vec<Distance>,
    /// Why that cannot be told; null when it can.
    pub no_distances: Option<String>,
    /// From which distributions a sweep drew what nobody gave, each with the names.
    pub drawn: BTreeMap<String, Vec<String>>,
    /// What a sweep measured; null when none was asked for, or possible.
    pub flow: Option<Flow>,
    /// Why there is no sweep although one was asked for.
    pub no_flow: Option<String>,
}

/// A number as a formula in the sizes.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Count {
    /// As the network language writes it, as a sum.
    pub source: String,
    /// With common factors taken out.
    pub formula: Formula,
}

/// A gate.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Gate {
    /// The value g.
    pub value: Formula,
    /// What it multiplies.
    pub passing: Vec<Passing>,
}

/// What passes a gate.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Passing {
    /// g or 1 − g.
    pub factor: Formula,
    /// What is multiplied.
    pub what: Formula,
    /// The quantity whose equation says so.
    pub into: String,
}

/// How many scalar operations.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Operations {
    /// For each step; null when nothing recurs or the work is no multiple of the steps.
    pub each: Option<Count>,
    /// Besides the steps; all when `each` is null.
    pub once: Count,
}

/// What a state hands back directly.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Direct {
    /// The state.
    pub state: Formula,
    /// The same one step before.
    pub before: Formula,
    /// One for each path; none when every path passes through a matrix.
    pub terms: Vec<Formula>,
    /// How many paths there are besides.
    pub others: usize,
}

/// How far an output is from an input.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Distance {
    /// The output.
    pub of: Formula,
    /// The input.
    pub from: Formula,
    /// The steps of recurrences on the shortest way.
    pub steps: Count,
}

/// What a sweep measured.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Flow {
    /// Over how many steps.
    pub steps: usize,
    /// How many random networks.
    pub seeds: usize,
    /// The mean log gain in nats per step; null when it is not finite.
    pub typical_gain: Option<f64>,
    /// Its standard error over seeds.
    pub error: Option<f64>,
    /// ½ ln χ: the log gain of the root mean square.
    pub mean_gain: Option<f64>,
    /// `vanishes`, `explodes`, `carries`, `dies` or `diverges`.
    pub verdict: &'static str,
}

/// A comparison.
pub fn comparison(comparison: &math::Comparison, book: &Book) -> Comparison {
    Comparison {
        networks: comparison.members.iter().map(|member| network(member, book)).collect(),
        notes: comparison.notes.clone(),
    }
}

fn network(member: &Member, book: &Book) -> Network {
    let written = Notation::of(&member.network, book);
    let parts = Notation::of(&member.parts, book).with_identity(&member.parts);
    let term = |term: &Term| formula(&parts.formula(term));
    let count = |count: &Integer| Count { source: count.to_string(), formula: formula(&factored(count, &written)) };
    let work = |work: &Work| match work {
        Work::Steps { each, once } => Operations { each: Some(count(each)), once: count(once) },
        Work::All(all) => Operations { each: None, once: count(all) },
    };
    let gate = |gate: &math::Gate| Gate {
        value: term(&gate.value),
        passing: gate
            .passing
            .iter()
            .map(|passing| Passing {
                factor: term(&passing.factor),
                what: term(&passing.what),
                into: passing.into.to_string(),
            })
            .collect(),
    };
    let direct = |direct: &math::Direct| Direct {
        state: formula(&parts.read(&direct.state)),
        before: formula(&parts.read(&direct.before)),
        terms: direct.terms.iter().map(term).collect(),
        others: direct.others,
    };
    let distance = |distance: &math::Distance| Distance {
        of: formula(&written.read(&distance.of)),
        from: formula(&written.read(&distance.from)),
        steps: count(&distance.steps),
    };
    let flow = match &member.flow {
        Some(Ok((sweep, summary))) => Some(Flow {
            steps: sweep.places.len().saturating_sub(1),
            seeds: sweep.runs.len(),
            typical_gain: finite(summary.typical_gain),
            error: summary.error.and_then(finite),
            mean_gain: finite(summary.mean_gain),
            verdict: match summary.verdict {
                Verdict::Vanishes => "vanishes",
                Verdict::Explodes => "explodes",
                Verdict::Carries => "carries",
                Verdict::Enters => "enters",
                Verdict::Dies => "dies",
                Verdict::Diverges => "diverges",
            },
        }),
        _ => None,
    };
    Network {
        network: member.network.name.to_string(),
        equations: equations(&member.network, &written),
        along: member.index.as_ref().map(ToString::to_string),
        parameters: count(&member.parameters),
        gates: member.gates.iter().map(gate).collect(),
        forward: work(&member.forward),
        backward: work(&member.backward),
        direct: member.direct.iter().flatten().map(direct).collect(),
        no_direct: member.direct.as_ref().err().cloned(),
        distances: member.distances.iter().flatten().map(distance).collect(),
        no_distances: member.distances.as_ref().err().cloned(),
        flow,
        drawn: member
            .drawn
            .iter()
            .map(|(text, names)| (text.clone(), names.iter().map(ToString::to_string).collect()))
            .collect(),
        no_flow: member.flow.as_ref().and_then(|flow| flow.as_ref().err().cloned()),
    }
}
