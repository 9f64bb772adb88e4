//! A flow: how gradients move along a recurrence, measured. Data that renderers read.
//!
//! Units. Every size is a natural logarithm, so that no depth underflows: a norm is `ln ‖·‖₂`, and ln 0 = −∞ stands for what is
//! exactly 0 (dead units, lost rank). A *gain* is a ratio of norms of neighbouring steps; χ, where theory speaks of it, is
//! its square. Gains and exponents are in nats per step. A value that does not exist is `None`, never a number.
//!
//! The *state* at a place is all that the next step reads of the steps before it, one vector: for an LSTM h and c one above
//! the other. Its components are independent, so a gradient at a place is ∂L/∂(state), as the one-step Jacobian carries it.

use super::change::Change;
use super::expression::Read;
use super::name::Name;
use super::network::Sizes;

/// What is asked of one network with its numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// The recurrence that the sweep runs along.
    pub index: Name,
    /// The states that are followed; none means all that run in the direction of the first.
    pub states: Vec<Name>,
    /// All sizes, with the length of the recurrence.
    pub sizes: Sizes,
    /// One run for each. A run's numbers are a function of its seed, nothing else.
    pub seeds: Vec<u64>,
    /// What the gradient is at the last place.
    pub start: Start,
    /// How many independent gradients are carried with each seed, at least 1. They are random directions; with another start
    /// the first is that one.
    pub probes: usize,
    /// How many leading Lyapunov exponents.
    pub exponents: Exponents,
    /// Whether the singular values of the Jacobian of the last state by the first are asked for. Needs all exponents.
    pub singular_values: bool,
    /// Whether the additive paths of the one-step Jacobian are followed one by one.
    pub paths: bool,
    /// Whether the norms of parameter gradients are asked for.
    pub parameters: bool,
    /// Whether the symbolic bound of the one-step Jacobian is evaluated.
    pub bound: bool,
    /// Whether a second input is run beside the first, to correlate gradients.
    pub correlation: bool,
}

impl Plan {
    /// The norms of one random gradient along an index, for one seed, and nothing else.
    pub fn along(index: Name, sizes: Sizes) -> Self {
        Plan {
            index,
            states: Vec::new(),
            sizes,
            seeds: vec![1],
            start: Start::Random,
            probes: 1,
            exponents: Exponents::None,
            singular_values: false,
            paths: false,
            parameters: false,
            bound: false,
            correlation: false,
        }
    }
}

/// What the gradient is where it starts, at the last place of the recurrence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Start {
    /// A random direction of length 1 in the last state.
    #[default]
    Random,
    /// 1 in every entry of the last state.
    Ones,
    /// The gradient of the network's own L, at every place where it enters.
    Loss,
}

/// How many Lyapunov exponents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Exponents {
    /// None.
    #[default]
    None,
    /// So many, the largest first.
    Leading(usize),
    /// As many as the state has entries.
    All,
}

/// The whole answer of a sweep: one [`Sweep`] for each setting.
#[derive(Clone, PartialEq, Debug)]
pub struct Flow {
    /// The name of the network.
    pub network: Name,
    /// What was assumed because nobody said otherwise, one sentence each: "W is drawn from normal(0, 1/sqrt(N))".
    pub notes: Vec<String>,
    /// One for each setting, in the order asked.
    pub sweeps: Vec<Sweep>,
    /// What changed of the weights, where two files of them are compared: then sweeps are pairs, one before and one after.
    pub changes: Vec<Change>,
}

/// All runs under one setting.
#[derive(Clone, PartialEq, Debug)]
pub struct Sweep {
    /// What was varied, and this sweep's values: `sigma_w` is `1.5`. Empty when there is only one setting.
    pub setting: Vec<(String, String)>,
    /// What was asked.
    pub plan: Plan,
    /// The quantities that make up the state, `h[t]`, and `h[t-1]` too where the next step reads further back.
    pub states: Vec<Read>,
    /// How many entries the state has.
    pub width: usize,
    /// Values of the index, from the initial state to the last: L + 1 places for L steps. It falls when the recurrence
    /// runs down. All curves are over these places, unless they say otherwise.
    pub places: Vec<i64>,
    /// What the reader should know of this sweep: recurrences that run the other way and are left out, and the like.
    pub notes: Vec<String>,
    /// The additive paths of one step, if asked for.
    pub paths: Vec<Path>,
    /// One for each seed.
    pub runs: Vec<Run>,
}

/// A path through one step, from a state to a state one step before.
#[derive(Clone, PartialEq, Debug)]
pub struct Path {
    /// The readings along it, as in [`super::jacobian::Path::along`]: `h[t]`, `o[t]`, `a_o[t]`, `h[t-1]`.
    pub along: Vec<Read>,
}

/// What one seed gave.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// For each probe: `ln ‖∂L/∂state‖₂` at each place.
    pub gradient: Vec<Vec<f64>>,
    /// For the first probe: `ln ‖∂L/∂h‖₂` for each reading of the state at each place.
    pub states: Vec<Vec<f64>>,
    /// Norms of parameter gradients under the first probe.
    pub parameters: Vec<Parameter>,
    /// Statistics of the values.
    pub forward: Vec<Forward>,
    /// Lyapunov exponents over the whole range, nats per step: averages of ln |R_ii|, largest first unless they cross.
    pub exponents: Vec<f64>,
    /// ln of the singular values of ∂(last state)/∂(first state), largest first; empty if not asked for.
    pub singular_values: Vec<f64>,
    /// For each path: its share at each step, and what its parts do.
    pub shares: Vec<Share>,
    /// `ln` of the symbolic bound of ‖one-step Jacobian‖₂ at some steps: place, value.
    pub bound: Vec<(i64, f64)>,
    /// The cosine between the first gradient and the same for another input with the same parameters, at some places:
    /// place, cosine.
    pub correlation: Vec<(i64, f64)>,
    /// Where values stopped being finite. Curves end there.
    pub diverged: Option<Divergence>,
}

/// The gradient by a parameter.
#[derive(Clone, PartialEq, Debug)]
pub struct Parameter {
    /// The parameter.
    pub quantity: Name,
    /// Whether it is the same at all steps, so that their contributions add up.
    pub shared: bool,
    /// ln of the Frobenius norm of what each step contributes: of ∂L/∂W[l], or of step t's summand of ∂L/∂W. One for each
    /// step, in the order of places after the first.
    pub steps: Vec<f64>,
    /// ln of the Frobenius norm of the whole gradient: over all layers, or of the sum over all steps.
    pub whole: f64,
}

/// Statistics of a quantity's values along the index, over its entries and all its other indices.
#[derive(Clone, PartialEq, Debug)]
pub struct Forward {
    /// The quantity.
    pub quantity: Name,
    /// The mean at each place; NaN where the quantity has no value, such as an activation at the initial state.
    pub mean: Vec<f64>,
    /// The variance at each place.
    pub variance: Vec<f64>,
    /// For what is a function of one quantity, entry by entry: the share of entries whose slope is below
    /// [`SATURATED`] but not 0, at each place. Empty for others.
    pub saturated: Vec<f64>,
    /// The share of entries whose slope is exactly 0, for every other index at once (a unit that is dead for one example of
    /// a batch but alive for another is alive). Empty for what has no slope.
    pub dead: Vec<f64>,
}

/// A slope below this, and not 0, counts as saturated: a twentieth of the steepest there is at that step.
pub const SATURATED: f64 = 0.05;

/// What one path carries, under the first probe.
#[derive(Clone, PartialEq, Debug)]
pub struct Share {
    /// At each step: `⟨Δ_p, Δ⟩ / ⟨Δ, Δ⟩`, where Δ_p is what the path adds to the gradient Δ of the state before. All
    /// paths of a step add up to 1; a share is negative where a path works against the others.
    pub steps: Vec<f64>,
    /// At each step: `ln (‖Δ_p‖ / ‖δ‖)`, the path's own gain, where δ is the gradient of the state after.
    pub gain: Vec<f64>,
    /// For each edge along the path: its mean log gain in nats, whether a weight or a slope: they add up to the mean log gain from
    /// the path's first reading on. Over the steps at which something passes; −∞ where there are none.
    pub edges: Vec<f64>,
}

/// Where the forward pass left the floats.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Divergence {
    /// The value of the index.
    pub place: i64,
    /// The quantity that was first infinite or no number there.
    pub quantity: Name,
}

/// What seeds and probes have in common, place by place.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Band {
    /// The mean of the logarithms: what a typical run does.
    pub typical: Vec<f64>,
    /// ln √(mean of squares): what the average over runs does; rare large ones dominate it.
    pub mean: Vec<f64>,
    /// The smallest.
    pub low: Vec<f64>,
    /// The largest.
    pub high: Vec<f64>,
}

/// A sweep told in a few numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    /// The gradient norm relative to the one it started from, over all runs and probes.
    pub gradient: Band,
    /// The typical gain: the mean of ln ‖∂L/∂s_{t−1}‖ − ln ‖∂L/∂s_t‖ over steps, runs and probes, nats per step. NaN where
    /// gradients enter on the way, for then a ratio of norms is no gain.
    pub typical_gain: f64,
    /// ln of the gain that the mean square of the gradient has, per step: ½ ln χ.
    pub mean_gain: f64,
    /// The standard error of the typical gain over runs; `None` with a single one.
    pub error: Option<f64>,
    /// What it means.
    pub verdict: Verdict,
}

/// A gradient whose norm changes by less than this over the whole way, in nats, is carried: a factor of 10.
pub const CARRIED: f64 = std::f64::consts::LN_10;

/// What becomes of a gradient on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It shrinks by more than a factor of 10 over the whole way.
    Vanishes,
    /// It grows by more than a factor of 10.
    Explodes,
    /// It stays within a factor of 10.
    Carries,
    /// Gradients enter on the way, so the norms are those of all that entered so far, and of none alone.
    Enters,
    /// It becomes exactly 0.
    Dies,
    /// The values leave the floats before.
    Diverges,
}
