//! Flow → JSON, with a schema.

use super::json::Formula;
use super::notation::Notation;
use super::to_json::formula;
use crate::math::flow as math;
use crate::math::law::Book;
use crate::math::network::Network;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `sweep` prints. Logarithms are natural; gains and exponents are in nats per step.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Flow {
    /// The name of the network.
    pub network: String,
    /// What was assumed because nobody said otherwise.
    pub notes: Vec<String>,
    /// One for each setting.
    pub sweeps: Vec<Sweep>,
    /// What changed of the weights, where two files of them are compared: then sweeps are pairs, one before and one after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// A parameter before and after.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Change {
    /// Its name.
    pub parameter: String,
    /// Its Frobenius norm, before and after.
    pub norm: [Number; 2],
    /// The Frobenius norm of the difference.
    pub moved: Number,
    /// The same in units of the norm before.
    pub relative: Number,
    /// The cosine between before and after.
    pub cosine: Number,
    /// The singular values of each matrix.
    pub spectra: Vec<Spectrum>,
}

/// The singular values of a matrix, largest first.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Spectrum {
    /// Its positions along its indices, counted from 1.
    pub at: Vec<i64>,
    /// Before.
    pub before: Vec<Number>,
    /// After.
    pub after: Vec<Number>,
}

/// A number, or what JSON has no number for: "-inf" is the logarithm of exactly 0, "inf" too large, null no value.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq)]
#[serde(untagged)]
pub enum Number {
    /// A finite number.
    Finite(f64),
    /// An infinite one.
    Infinite(Infinite),
    /// No value.
    None,
}

/// What is no finite number.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Infinite {
    /// The logarithm of 0.
    #[serde(rename = "-inf")]
    Negative,
    /// Too large.
    #[serde(rename = "inf")]
    Positive,
}

/// All runs under one setting.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Sweep {
    /// What varies, and its values here.
    pub setting: Vec<Value>,
    /// What should be known.
    pub notes: Vec<String>,
    /// The recurrence.
    pub index: String,
    /// All sizes.
    pub sizes: Vec<Size>,
    /// What makes up the state.
    pub states: Vec<Formula>,
    /// How many entries the state has.
    pub width: usize,
    /// Values of the index, from the initial state on. Curves are over these.
    pub places: Vec<i64>,
    /// The sweep in a few numbers.
    pub summary: Summary,
    /// The additive paths of one step.
    pub paths: Vec<Formula>,
    /// One for each seed.
    pub runs: Vec<Run>,
}

/// A name with a value.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Value {
    /// The name.
    pub name: String,
    /// Its value as it was written.
    pub value: String,
}

/// A size.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Size {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: i64,
}

/// The sweep in a few numbers.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Summary {
    /// "vanishes", "explodes", "carries", "enters", "dies" or "diverges".
    pub verdict: Verdict,
    /// Mean log gain, nats per step; null where gradients enter on the way.
    pub typical_gain: Number,
    /// Its standard error over runs.
    pub error: Option<Number>,
    /// ½ ln χ of the mean square, nats per step.
    pub mean_gain: Number,
    /// ln of the gradient norm relative to its start, over runs and probes.
    pub gradient: Band,
}

/// What becomes of the gradient.
#[derive(Serialize, JsonSchema, Debug, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It shrinks by more than a factor of 10 over the whole way.
    Vanishes,
    /// It grows by more than a factor of 10.
    Explodes,
    /// It stays within a factor of 10.
    Carries,
    /// Gradients enter on the way, so none is followed alone.
    Enters,
    /// It becomes exactly 0.
    Dies,
    /// The values leave the floats.
    Diverges,
}

/// A band over runs and probes; one entry for each place.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Band {
    /// The mean of logarithms.
    pub typical: Vec<Number>,
    /// ln of the root of the mean square.
    pub mean: Vec<Number>,
    /// The smallest.
    pub low: Vec<Number>,
    /// The largest.
    pub high: Vec<Number>,
}

/// What one seed gave.
#[derive(Serialize, Deserialize, JsonSchema, Debug)]
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// For each probe: ln of the gradient norm at each place.
    pub gradient: Vec<Vec<Number>>,
    /// For each part of the state: the same under the first probe.
    pub states: Vec<Vec<Number>>,
    /// Gradients by parameters.
    pub parameters: Vec<Parameter>,
    /// Statistics of values.
    pub forward: Vec<Forward>,
    /// Lyapunov exponents.
    pub exponents: Vec<Number>,
    /// ln of the singular values of the Jacobian of the last state by the first.
    pub singular_values: Vec<Number>,
    /// For each path: what it carries.
    pub shares: Vec<Share>,
    /// ln of the symbolic norm bound of one step, at some places.
    pub bound: Vec<Point>,
    /// The cosine of gradients between two inputs, at some places.
    pub correlation: Vec<Point>,
    /// Where values stopped being finite.
    pub diverged: Option<Divergence>,
}

/// A value at a place.
#[derive(Serialize, Deserialize, JsonSchema, Debug)]
pub struct Point {
    /// The value of the index.
    pub place: i64,
    /// The value there.
    pub value: Number,
}

/// The gradient by a parameter.
#[derive(Serialize, Deserialize, JsonSchema, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Whether all steps share it.
    pub shared: bool,
    /// ln of the norm of each step's contribution, in the order of the places after the first.
    pub steps: Vec<Number>,
    /// ln of the norm of the whole gradient.
    pub whole: Number,
}

/// Statistics of a quantity's values at each place.
#[derive(Serialize, Deserialize, JsonSchema, Debug)]
pub struct Forward {
    /// Its name.
    pub name: String,
    /// The mean.
    pub mean: Vec<Number>,
    /// The variance.
    pub variance: Vec<Number>,
    /// The share of saturated entries; empty for what is no function of one quantity.
    pub saturated: Vec<Number>,
    /// The share of dead units; empty for what is no function of one quantity.
    pub dead: Vec<Number>,
}

/// What a path carries under the first probe.
#[derive(Serialize, Deserialize, JsonSchema, Debug)]
pub struct Share {
    /// Its share of the gradient at each step; all paths add up to 1.
    pub steps: Vec<Number>,
    /// ln of its own gain at each step.
    pub gain: Vec<Number>,
    /// The mean log gain of each edge along it.
    pub edges: Vec<Number>,
}

/// Where values stopped being finite.
#[derive(Serialize, Deserialize, JsonSchema, Debug)]
pub struct Divergence {
    /// The value of the index.
    pub place: i64,
    /// The quantity.
    pub quantity: String,
}

/// The JSON of a flow.
pub fn flow(flow: &math::Flow, network: &Network, summaries: &[math::Summary], book: &Book) -> Flow {
    let notation = Notation::of(network, book);
    let sweeps = flow.sweeps.iter().zip(summaries).map(|(own, summary)| sweep(own, summary, &notation));
    Flow {
        network: flow.network.to_string(),
        notes: flow.notes.clone(),
        sweeps: sweeps.collect(),
        changes: flow.changes.iter().map(change).collect(),
    }
}

fn change(own: &crate::math::change::Change) -> Change {
    let spectrum = |spectrum: &crate::math::change::Spectrum| Spectrum {
        at: spectrum.at.clone(),
        before: numbers(&spectrum.values[0]),
        after: numbers(&spectrum.values[1]),
    };
    Change {
        parameter: own.parameter.to_string(),
        norm: [number(&own.norm[0]), number(&own.norm[1])],
        moved: number(&own.moved),
        relative: number(&own.relative()),
        cosine: number(&own.cosine),
        spectra: own.spectra.iter().map(spectrum).collect(),
    }
}

fn sweep(own: &math::Sweep, summary: &math::Summary, notation: &Notation<'_>) -> Sweep {
    let value = |(name, value): &(String, String)| Value { name: name.clone(), value: value.clone() };
    let size = |(name, value): (&crate::math::name::Name, &i64)| Size { name: name.to_string(), value: *value };
    Sweep {
        setting: own.setting.iter().map(value).collect(),
        notes: own.notes.clone(),
        index: own.plan.index.to_string(),
        sizes: own.plan.sizes.iter().map(size).collect(),
        states: own.states.iter().map(|read| formula(&notation.read(read))).collect(),
        width: own.width,
        places: own.places.clone(),
        summary: Summary {
            verdict: match summary.verdict {
                math::Verdict::Vanishes => Verdict::Vanishes,
                math::Verdict::Explodes => Verdict::Explodes,
                math::Verdict::Carries => Verdict::Carries,
                math::Verdict::Enters => Verdict::Enters,
                math::Verdict::Dies => Verdict::Dies,
                math::Verdict::Diverges => Verdict::Diverges,
            },
            typical_gain: number(&summary.typical_gain),
            error: summary.error.as_ref().map(number),
            mean_gain: number(&summary.mean_gain),
            gradient: Band {
                typical: numbers(&summary.gradient.typical),
                mean: numbers(&summary.gradient.mean),
                low: numbers(&summary.gradient.low),
                high: numbers(&summary.gradient.high),
            },
        },
        paths: own.paths.iter().map(|path| formula(&super::flow::arrows(path, notation))).collect(),
        runs: own.runs.iter().map(run).collect(),
    }
}

/// What one seed gave, as JSON.
pub fn run(own: &math::Run) -> Run {
    let point = |(place, value): &(i64, f64)| Point { place: *place, value: number(value) };
    Run {
        seed: own.seed,
        gradient: own.gradient.iter().map(|curve| numbers(curve)).collect(),
        states: own.states.iter().map(|curve| numbers(curve)).collect(),
        parameters: own
            .parameters
            .iter()
            .map(|own| Parameter {
                name: own.quantity.to_string(),
                shared: own.shared,
                steps: numbers(&own.steps),
                whole: number(&own.whole),
            })
            .collect(),
        forward: own
            .forward
            .iter()
            .map(|own| Forward {
                name: own.quantity.to_string(),
                mean: numbers(&own.mean),
                variance: numbers(&own.variance),
                saturated: numbers(&own.saturated),
                dead: numbers(&own.dead),
            })
            .collect(),
        exponents: numbers(&own.exponents),
        singular_values: numbers(&own.singular_values),
        shares: own
            .shares
            .iter()
            .map(|own| Share { steps: numbers(&own.steps), gain: numbers(&own.gain), edges: numbers(&own.edges) })
            .collect(),
        bound: own.bound.iter().map(point).collect(),
        correlation: own.correlation.iter().map(point).collect(),
        diverged: own.diverged.as_ref().map(|own| Divergence { place: own.place, quantity: own.quantity.to_string() }),
    }
}

/// A number as JSON has it.
pub(super) fn number(value: &f64) -> Number {
    match *value {
        value if value.is_finite() => Number::Finite(value),
        f64::NEG_INFINITY => Number::Infinite(Infinite::Negative),
        f64::INFINITY => Number::Infinite(Infinite::Positive),
        _ => Number::None,
    }
}

/// A list of them.
pub(super) fn numbers(values: &[f64]) -> Vec<Number> {
    values.iter().map(number).collect()
}
