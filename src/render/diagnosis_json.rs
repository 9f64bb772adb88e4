//! Diagnosis → JSON, with a schema.

use super::cause::reason;
use super::diagnosis::verdict;
use super::to_json::finite;
use crate::math::diagnosis as math;
use schemars::JsonSchema;
use serde::Serialize;

/// What `diagnose` prints. A gain is a ratio of norms, per step; decades are powers of ten over the whole way. A number that is not
/// finite is null.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Diagnosis {
    /// The name of the network.
    pub network: String,
    /// The recurrence.
    pub along: String,
    /// How many steps it takes.
    pub steps: usize,
    /// `healthy`, `vanishing`, `exploding`, `dead` or `diverging`.
    pub verdict: &'static str,
    /// The verdict in words.
    pub told: String,
    /// What was measured.
    pub measured: Measured,
    /// χ as mean-field theory expects it in the long run.
    pub theory_chi: Option<f64>,
    /// χ as it expects it over the steps of this sweep; null where it tells of the long run only.
    pub theory_chi_over_these_steps: Option<f64>,
    /// Why theory says nothing; null when it does.
    pub no_theory: Option<String>,
    /// The part of the way where most of it happens; null when it is no small part.
    pub stretch: Option<Stretch>,
    /// The share of places where a function is flat, if that is more than half of them; null otherwise.
    pub flat: Option<Flat>,
    /// What a sweep along each other recurrence shows.
    pub other_recurrences: Vec<Other>,
    /// Why, the one to blame first; none for what is healthy.
    pub causes: Vec<Cause>,
    /// What was tried, the best first.
    pub remedies: Vec<Remedy>,
    /// What could not be applied.
    pub refused: Vec<Refused>,
    /// What clipping, truncation and weight decay do; null for what neither vanishes nor explodes.
    pub bounds: Option<Bounds>,
    /// What was assumed.
    pub notes: Vec<String>,
}

/// Numbers of a sweep.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Measured {
    /// The typical gain per step.
    pub gain: Option<f64>,
    /// By what the mean square is multiplied in each step.
    pub chi: Option<f64>,
    /// log₁₀ of the typical norm at the first place, relative to the last.
    pub decades: Option<f64>,
    /// The same in the run where it is farthest from 0.
    pub worst_decades: Option<f64>,
}

/// A recurrence beside the one that was asked for.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Other {
    /// Its index.
    pub along: String,
    /// How many steps it was followed.
    pub steps: usize,
    /// As for the whole.
    pub verdict: &'static str,
    /// The typical gain per step.
    pub gain: Option<f64>,
    /// log₁₀ of the typical norm at the first place, relative to the last.
    pub decades: Option<f64>,
}

/// A function that is flat at many places.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Flat {
    /// The function.
    pub function: String,
    /// The share of all places.
    pub share: f64,
}

/// A part of the way.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Stretch {
    /// Its first place.
    pub from: i64,
    /// Its last place.
    pub to: i64,
    /// Which share of the decades lies in it.
    pub share: f64,
}

/// A reason.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Cause {
    /// `dead units`, `saturated units`, `slope`, `weights`, `gate`, `branch`, `identity`, `norm`, `factor` or `no direct path`.
    pub kind: &'static str,
    /// The function, parameter, gate or state.
    pub what: String,
    /// By what it multiplies the gradient that passes it; null where it is no factor.
    pub gain: Option<f64>,
    /// How much of the gradient passes it in one step: 1 if all does, more if that passes it several times; null where paths are
    /// not followed, and its gain is the size of its values.
    pub passing: Option<f64>,
    /// What the gain was measured in one with, such as a function around weights; null where it is by itself.
    pub with: Option<String>,
    /// A share of units, the largest slope, the gain of a branch, or what a gate leaves over the whole way; null for other kinds.
    pub number: Option<f64>,
    /// In words.
    pub told: String,
}

/// A change that was applied and measured.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Remedy {
    /// As `transform --with` takes it.
    pub with: String,
    /// Whether the gradient of a typical run then stays within a factor of 10.
    pub mends: bool,
    /// Whether it does so in every run.
    pub in_every_run: bool,
    /// Whether it acts on the first cause.
    pub acts_on_cause: bool,
    /// The verdict after it.
    pub verdict: &'static str,
    /// What was measured after it.
    pub measured: Measured,
    /// How many parameters are added.
    pub parameters: Option<i64>,
    /// Operations of a step there and back, as a multiple of what they were.
    pub operations: Option<f64>,
}

/// A change that does not fit.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Refused {
    /// As `transform --with` takes it.
    pub with: String,
    /// Why not.
    pub why: String,
}

/// What leaves the signal as it is.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Bounds {
    /// log₁₀ of the norm of all parameter gradients: clipping at 1 multiplies by ten to the minus this where it is positive.
    pub update_decades: Option<f64>,
    /// Over so many steps the gradient stays within a factor of 10: what truncation there keeps.
    pub steps_within_ten: usize,
    /// What a penalty λ/2 · ‖W‖² on all weight matrices does, with λ = 0.01.
    pub weight_decay: Decay,
}

/// What weight decay does.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Decay {
    /// log₁₀ of the norm of all weight matrices together, λ times which is added to their gradient; null where there are none.
    pub weights_decades: Option<f64>,
    /// The typical gain per step with `weight_decay=0.01` applied; null where it is refused.
    pub gain: Option<f64>,
    /// Why it is refused; null where it is not.
    pub refused: Option<String>,
    /// What smaller weights do, as decay makes them in time; null where there is nothing to measure.
    pub smaller: Option<Smaller>,
}

/// The network with smaller weights.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Smaller {
    /// By what all weight matrices are multiplied; decay by itself multiplies them by (1 − η λ)^n in n updates.
    pub factor: f64,
    /// log₁₀ of the typical norm at the first place then, relative to the last.
    pub decades: Option<f64>,
}

/// A diagnosis.
pub fn diagnosis(diagnosis: &math::Diagnosis) -> Diagnosis {
    let measured = |own: &math::Measured| Measured {
        gain: finite(own.gain()),
        chi: finite(own.chi()),
        decades: finite(own.decades),
        worst_decades: finite(own.worst),
    };
    Diagnosis {
        network: diagnosis.network.to_string(),
        along: diagnosis.index.to_string(),
        steps: diagnosis.measured.sweep.places.len().saturating_sub(1),
        verdict: diagnosis.condition.word(),
        told: verdict(diagnosis),
        measured: measured(&diagnosis.measured),
        theory_chi: diagnosis.theory.as_ref().ok().and_then(|own| finite(own.end)),
        theory_chi_over_these_steps: diagnosis.theory.as_ref().ok().and_then(|own| own.over).and_then(finite),
        no_theory: diagnosis.theory.as_ref().err().cloned(),
        stretch: diagnosis.stretch.map(|own| Stretch { from: own.from, to: own.to, share: own.share }),
        flat: diagnosis.flat.clone().map(|(function, share)| Flat { function, share }),
        other_recurrences: diagnosis
            .others
            .iter()
            .map(|other| Other {
                along: other.index.to_string(),
                steps: other.steps,
                verdict: other.condition.word(),
                gain: finite(other.gain),
                decades: finite(other.decades),
            })
            .collect(),
        causes: diagnosis
            .causes
            .iter()
            .map(|cause| Cause {
                kind: cause.kind.word(),
                what: cause.what.clone(),
                gain: finite(cause.gain),
                passing: cause.passing,
                with: cause.with.clone(),
                number: finite(cause.number),
                told: reason(cause, diagnosis),
            })
            .collect(),
        remedies: diagnosis
            .remedies
            .iter()
            .map(|remedy| Remedy {
                with: remedy.change.clone(),
                mends: remedy.condition == math::Condition::Healthy,
                in_every_run: remedy.measured.holds(),
                acts_on_cause: remedy.apt,
                verdict: remedy.condition.word(),
                measured: measured(&remedy.measured),
                parameters: remedy.parameters,
                operations: remedy.operations.and_then(finite),
            })
            .collect(),
        refused: diagnosis.refused.iter().map(|(with, why)| Refused { with: with.clone(), why: why.clone() }).collect(),
        bounds: diagnosis.bounds.as_ref().map(|own| Bounds {
            update_decades: finite(own.update),
            steps_within_ten: own.steps,
            weight_decay: decay(&own.decay),
        }),
        notes: diagnosis.notes.clone(),
    }
}

fn decay(own: &math::Decay) -> Decay {
    Decay {
        weights_decades: finite(own.weights),
        gain: own.applied.as_ref().ok().and_then(|gain| finite(libm::exp(*gain))),
        refused: own.applied.as_ref().err().cloned(),
        smaller: own.shrunk.map(|own| Smaller { factor: own.factor, decades: finite(own.decades) }),
    }
}
