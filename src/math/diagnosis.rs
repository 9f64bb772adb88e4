//! A diagnosis: what is wrong with a network's gradients, why, and what helps, with the numbers behind it. Data that renderers
//! read.

use super::flow::{Summary, Sweep};
use super::name::Name;
use super::network::Network;

/// All that was found out.
#[derive(Clone, PartialEq, Debug)]
pub struct Diagnosis {
    /// The name of the network.
    pub network: Name,
    /// It with its parts named, as paths speak of them.
    pub parts: Network,
    /// The recurrence.
    pub index: Name,
    /// Whether parameters were given and not drawn.
    pub weighed: bool,
    /// What was assumed, one sentence each.
    pub notes: Vec<String>,
    /// The verdict.
    pub condition: Condition,
    /// The network as it is.
    pub measured: Measured,
    /// What mean-field theory expects, or why it says nothing.
    pub theory: Result<Expected, String>,
    /// Where most of it happens, if that is a part of the way.
    pub stretch: Option<Stretch>,
    /// What a sweep along each other recurrence shows.
    pub others: Vec<Other>,
    /// Why, the one to blame first. Empty for what is healthy.
    pub causes: Vec<Cause>,
    /// A function that is flat at more than half of all places, with their share; told of healthy networks too.
    pub flat: Option<(String, f64)>,
    /// The path that carries most, from one step to the one before, with its share.
    pub path: Option<(super::flow::Path, f64)>,
    /// What was tried, the best first.
    pub remedies: Vec<Remedy>,
    /// What could not be applied, each with the reason.
    pub refused: Vec<(String, String)>,
    /// What clipping, truncation and weight decay do, which leave the signal as it is.
    pub bounds: Option<Bounds>,
}

/// What mean-field theory expects of wide networks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Expected {
    /// χ per step over the steps of the sweep, from the first state on; `None` where only the long run is known.
    pub over: Option<f64>,
    /// χ in the long run; with batch normalisation, for an ε of 0.
    pub end: f64,
    /// The depth scale ξ of gradients in the long run.
    pub xi: f64,
    /// Whether a batch is normalised.
    pub normalised: bool,
}

/// What becomes of a gradient over the whole way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// It stays within a factor of 10.
    Healthy,
    /// It shrinks by more.
    Vanishing,
    /// It grows by more.
    Exploding,
    /// It becomes exactly 0.
    Dead,
    /// Values leave the floats on the way forward.
    Diverging,
}

/// A sweep with what it says.
#[derive(Clone, PartialEq, Debug)]
pub struct Measured {
    /// The sweep.
    pub sweep: Sweep,
    /// Its summary.
    pub summary: Summary,
    /// log₁₀ of the typical gradient norm at the first place, if it is 1 at the last.
    pub decades: f64,
    /// The same in the run where it is farthest from 0.
    pub worst: f64,
}

/// A recurrence beside the one that was asked for.
#[derive(Clone, PartialEq, Debug)]
pub struct Other {
    /// Its index.
    pub index: Name,
    /// How many steps it was followed.
    pub steps: usize,
    /// What becomes of a gradient along it.
    pub condition: Condition,
    /// The gain per step, as a ratio of norms.
    pub gain: f64,
    /// As in [`Measured`].
    pub decades: f64,
}

/// A part of the way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stretch {
    /// Its first place.
    pub from: i64,
    /// Its last place.
    pub to: i64,
    /// Which share of the decades lies in it.
    pub share: f64,
}

/// A reason.
#[derive(Clone, PartialEq, Debug)]
pub struct Cause {
    /// What kind of thing is to blame.
    pub kind: Blame,
    /// Its name: of a function, a parameter, a gate, or a state.
    pub what: String,
    /// By what it multiplies the norm of a gradient that passes it; NaN where that is no factor.
    pub gain: f64,
    /// How much of the gradient passes it in one step: 1 if all does, more if that passes it several times. `None` where paths are not
    /// followed, and its gain is the size of its values.
    pub passing: Option<f64>,
    /// What else the kind needs: a share of units, a bound of the slope, how large a branch is beside the identity.
    pub number: f64,
    /// What the gain was measured in one with: a function around weights, or weights in a function.
    pub with: Option<String>,
}

/// What can be to blame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Blame {
    /// Units whose slope is exactly 0: `number` is their share.
    Dead,
    /// Units where a function is flat: `number` is their share.
    Saturated,
    /// The slope of a function: `number` is the largest it can be.
    Slope,
    /// Weights.
    Weights,
    /// A gate. On the way of a state past all weights, `number` is what it leaves of a gradient over the whole way.
    Gate,
    /// A residual branch that is too large: `number` is its gain.
    Branch,
    /// The factor of the identity.
    Skip,
    /// A norm that the gradient passes.
    Norm,
    /// A number, a parameter or another value that multiplies what passes entry by entry, and is no gate.
    Factor,
    /// No path leads past weights and functions.
    NoDirectPath,
}

/// A change that was applied and measured.
#[derive(Clone, PartialEq, Debug)]
pub struct Remedy {
    /// The transformations, as `transform --with` takes them.
    pub change: String,
    /// Whether it acts on what is to blame.
    pub apt: bool,
    /// The network after it.
    pub measured: Measured,
    /// What comes of the gradient.
    pub condition: Condition,
    /// How many parameters more, at the sizes of the sweep.
    pub parameters: Option<i64>,
    /// Operations of a step there and back, for one example, as a multiple of what they were.
    pub operations: Option<f64>,
}

/// What leaves the signal as it is.
#[derive(Clone, PartialEq, Debug)]
pub struct Bounds {
    /// log₁₀ of the norm of all parameter gradients together.
    pub update: f64,
    /// Over so many steps the gradient stays within a factor of 10.
    pub steps: usize,
    /// What weight decay does.
    pub decay: Decay,
}

/// What a penalty λ/2 ‖W‖² does, over all weight matrices W.
#[derive(Clone, PartialEq, Debug)]
pub struct Decay {
    /// log₁₀ of the norm of all weight matrices together: the penalty adds λ times them to their gradient. NaN where there are none.
    pub weights: f64,
    /// The typical gain in nats per step after the penalty was added to the loss, or why it could not be.
    pub applied: Result<f64, String>,
    /// What smaller weights do. `None` where there are no matrices, or there is no gradient to measure.
    pub shrunk: Option<Shrunk>,
}

/// The network with all weight matrices multiplied by one number.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shrunk {
    /// That number.
    pub factor: f64,
    /// log₁₀ of the typical gradient norm at the first place then, relative to the last.
    pub decades: f64,
}

/// How many decades a healthy gradient may change by over the whole way.
pub const HEALTHY: f64 = super::flow::CARRIED / std::f64::consts::LN_10;

/// The λ of the weight decay that is measured.
pub const LAMBDA: f64 = 0.01;

impl Measured {
    /// Whether the gradient stays within a factor of 10 in every run.
    pub fn holds(&self) -> bool {
        self.worst.abs() <= HEALTHY
    }

    /// The gain per step, as a ratio of norms.
    pub fn gain(&self) -> f64 {
        libm::exp(self.summary.typical_gain)
    }

    /// χ as it was measured: the gain per step of the mean square.
    pub fn chi(&self) -> f64 {
        libm::exp(2.0 * self.summary.mean_gain)
    }
}

impl Condition {
    /// In a word, as programs read it.
    pub fn word(self) -> &'static str {
        match self {
            Condition::Healthy => "healthy",
            Condition::Vanishing => "vanishing",
            Condition::Exploding => "exploding",
            Condition::Dead => "dead",
            Condition::Diverging => "diverging",
        }
    }
}

impl Blame {
    /// In a word, as programs read it.
    pub fn word(self) -> &'static str {
        match self {
            Blame::Dead => "dead units",
            Blame::Saturated => "saturated units",
            Blame::Slope => "slope",
            Blame::Weights => "weights",
            Blame::Gate => "gate",
            Blame::Branch => "branch",
            Blame::Skip => "identity",
            Blame::Norm => "norm",
            Blame::Factor => "factor",
            Blame::NoDirectPath => "no direct path",
        }
    }
}
