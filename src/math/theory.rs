//! What mean-field theory says of a network: what becomes of moments and gradients over depth, where that is critical, and what a
//! finite width changes.
//!
//! Source of the view: Yang, "Tensor programs I", 2019; for perceptrons Poole et al., 2016 and Schoenholz et al., 2017.

mod step;

pub use step::{Argument, Entry, Extreme, Function, Item, Linear, Normalised, Part, Product, Step, Vector, mean_name};

use super::name::Name;

/// All that theory says of a network.
#[derive(Clone, PartialEq, Debug)]
pub struct Theory {
    /// The name of the network.
    pub network: Name,
    /// The index of the recurrence.
    pub index: Name,
    /// The state.
    pub state: Name,
    /// What is assumed, one sentence each.
    pub notes: Vec<String>,
    /// What is not told, and why, one sentence each.
    pub gaps: Vec<String>,
    /// What becomes of moments and gradients; `None` where a batch is normalised.
    pub moments: Option<Depth>,
    /// What batch normalisation does.
    pub batch: Option<Batch>,
    /// For each constant that weights are drawn with: the values at which χ is 1, in the long run.
    pub critical: Vec<(Name, Vec<f64>)>,
    /// Likewise: the values at which χ passes 1 without being 1 anywhere.
    pub jumps: Vec<(Name, Vec<Jump>)>,
    /// Singular values over many steps; `None` where the step is not plain.
    pub spectrum: Option<Spectrum>,
    /// What a finite width changes; `None` without one, or where the step is not plain.
    pub finite: Option<Finite>,
}

/// A value of a constant where the moments begin to end elsewhere, so that χ passes 1 in a jump.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Jump {
    /// The value.
    pub at: f64,
    /// χ just below it.
    pub below: f64,
    /// χ just above it.
    pub above: f64,
}

/// Moments and gradients over depth.
#[derive(Clone, PartialEq, Debug)]
pub struct Depth {
    /// The moments of the first state.
    pub start: Moments,
    /// Step by step, the first step first.
    pub curve: Vec<Layer>,
    /// What becomes of the moments.
    pub fate: Fate,
    /// The step where that ends; what it says of χ is the limit.
    pub end: Passage,
    /// E ln |φ′| there, for each function of one sum.
    pub slope_logs: Vec<f64>,
    /// Two inputs: the correlation at which they come to rest and χ_c there, or why that is not told.
    pub alike: Result<Alike, String>,
}

impl Depth {
    /// Over how many steps a difference of the mean square from its fixed point falls by e; infinite where it stays, negative where it grows.
    pub fn xi_q(&self) -> Option<f64> {
        match self.fate {
            Fate::Settles(_, factor) => Some(-1.0 / libm::log(factor)),
            _ => None,
        }
    }

    /// Over how many steps the mean square of a gradient falls by e; infinite at χ = 1, negative where it grows.
    pub fn xi_gradient(&self) -> f64 {
        // Quadrature cannot tell what is nearer to 1.
        let critical = (self.end.chi - 1.0).abs() < 1e-12;
        if critical { f64::INFINITY } else { -1.0 / libm::log(self.end.chi) }
    }

    /// Over how many steps a difference of the correlation from its rest falls by e.
    pub fn xi_c(&self) -> Option<f64> {
        self.alike.as_ref().ok().map(|alike| -1.0 / libm::log(alike.chi))
    }
}

/// Two inputs through the same weights.
#[derive(Clone, PartialEq, Debug)]
pub struct Alike {
    /// The correlation at rest, E uu′ / E u².
    pub correlation: f64,
    /// χ_c there.
    pub chi: f64,
    /// Where χ is 1 and the slope has jumps: 1 − c ≈ this / l².
    pub approach: Option<f64>,
    /// At moments that stay: for each step the correlation after it, and ln of that of gradients so far.
    pub curve: Vec<(f64, f64)>,
}

/// One step of a curve.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Layer {
    /// The value of the index.
    pub place: i64,
    /// The moments of the state after it.
    pub state: Moments,
    /// The mean square of the sum that its function takes, if there is one.
    pub q: Option<f64>,
    /// χ of the step.
    pub chi: f64,
    /// The sum of ln χ up to here: ln of the mean square of a gradient before the first step, if it is 1 after this one.
    pub log_gradient: f64,
}

/// Mean and mean square of a number that varies over entries.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Moments {
    /// Its mean.
    pub mean: f64,
    /// The mean of its square.
    pub square: f64,
}

/// What one step does to entries with given moments.
#[derive(Clone, PartialEq, Debug)]
pub struct Passage {
    /// The moments of the new state.
    pub state: Moments,
    /// χ: by what the mean square of a gradient is multiplied on its way back through the step. A gain is its square root.
    pub chi: f64,
    /// The part of χ that passes by all weights: an identity or a gate.
    pub direct: f64,
    /// The mean of that path's slope, and of the logarithm of its size.
    pub direct_mean: (f64, f64),
    /// The moments of each sum of normal numbers that a function takes, by position among the items: q is the mean square.
    pub sums: Vec<(usize, Moments)>,
    /// What each function of one sum does.
    pub functions: Vec<Slopes>,
}

/// Moments of a function φ of one normal number, and of its slope.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Slopes {
    /// The sum it takes, by position among the items; `None` for the state.
    pub of: Option<usize>,
    /// E φ.
    pub mean: f64,
    /// E φ².
    pub square: f64,
    /// E φ′.
    pub slope: f64,
    /// E φ′².
    pub slope_square: f64,
    /// E φ′⁴.
    pub slope_fourth: f64,
}

/// What becomes of the moments of the state over many steps.
#[derive(Clone, PartialEq, Debug)]
pub enum Fate {
    /// They come to rest here, with this factor by which a small difference shrinks from step to step.
    Settles(Moments, f64),
    /// All of a range are at rest: nothing changes from step to step.
    Neutral(Moments),
    /// The mean square goes to 0, in the end by this factor from step to step.
    Dies(f64),
    /// It grows without bound, in the end by this factor, or by ever less (1).
    Grows(f64),
    /// It did neither within the steps that were tried.
    Open(Moments),
}

/// What batch normalisation does in the limit of wide layers, with an epsilon of 0.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Batch {
    /// How many examples; `None` for infinitely many.
    pub count: Option<i64>,
    /// By what the mean square of a gradient grows on its way back through one step, in the long run.
    pub growth: f64,
    /// The mean square of the state.
    pub square: f64,
    /// The mean product of the states of two examples.
    pub product: f64,
}

/// Constants at which gradients neither grow nor shrink.
#[derive(Clone, PartialEq, Debug)]
pub struct Critical {
    /// The mean square of the state there.
    pub square: f64,
    /// The constants.
    pub values: Vec<(Name, f64)>,
}

/// What the slopes of a plain step, and its weights, make of the singular values of a Jacobian over many steps, in wide layers.
#[derive(Clone, PartialEq, Debug)]
pub struct Spectrum {
    /// Whether the weights are orthogonal.
    pub orthogonal: bool,
    /// Over how many steps.
    pub depth: i64,
    /// The moments of a squared singular value: m₁ to m₄.
    pub moments: [f64; 4],
    /// By how much the variance of a squared singular value grows from step to step, in units of the squared mean.
    pub variance_per_step: f64,
    /// The largest squared singular value.
    pub largest: f64,
    /// The mean of all Lyapunov exponents, nats per step; −∞ where slopes are 0.
    pub mean_exponent: f64,
}

/// What a finite width changes: of r, by what one plain step multiplies the square of a vector.
#[derive(Clone, PartialEq, Debug)]
pub struct Finite {
    /// The width.
    pub width: i64,
    /// Over how many steps.
    pub depth: i64,
    /// E φ′⁴ / (E φ′²)².
    pub flatness: f64,
    /// E ln r: a typical vector changes by half of that in a step from the state at rest, in nats.
    pub log_mean: f64,
    /// Var ln r.
    pub log_variance: f64,
    /// Whether these are exact: slopes are 0 or one other number. Else they are right to first order in 1/width.
    pub exact: bool,
    /// The largest Lyapunov exponent, nats per step: half of E ln r, and what the fluctuations of the state make of it, to first order in
    /// 1/width. `None` where they are not small at this width.
    pub largest_exponent: Option<f64>,
    /// E r.
    pub mean: f64,
    /// E r².
    pub square: f64,
    /// The probability that all slopes of a step are 0.
    pub dead: f64,
    /// Steps by width: what decides over how much gradients fluctuate.
    pub steps_by_width: f64,
    /// E r² / (E r)², over all steps.
    pub ratio: f64,
    /// For linear layers: Lyapunov exponents, largest first, nats per step.
    pub exponents: Vec<f64>,
    /// For linear layers: E tr (JJᵀ)² / N and E (tr JJᵀ / N)² over all steps.
    pub traces: Option<(f64, f64)>,
}

/// What is asked of theory.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Question {
    /// The index to go along; may be left out where only one has a recurrence.
    pub along: Option<Name>,
    /// The mean square of the first state, in place of what is drawn.
    pub start: Option<f64>,
    /// Over how many steps; what the network says, or [`DEPTH`].
    pub depth: Option<i64>,
    /// The width, for what is true of finite widths only; what the network says, or nothing.
    pub width: Option<i64>,
    /// The size of a batch that is normalised.
    pub batch: Option<i64>,
    /// The correlation of two first states; 1/2 where nothing is said.
    pub correlation: Option<f64>,
    /// How many steps from different states are worked out at most; all that are asked for where nothing is said.
    pub patience: Option<usize>,
}

/// Over how many steps, where nobody says.
pub const DEPTH: i64 = 50;

/// χ over two constants.
#[derive(Clone, PartialEq, Debug)]
pub struct Phase {
    /// The name of the network.
    pub network: Name,
    /// The constant along the columns, with its values.
    pub x: (Name, Vec<f64>),
    /// The constant along the rows, with its values.
    pub y: (Name, Vec<f64>),
    /// ln χ where the moments end: a row for each y, from the first.
    pub log_chi: Vec<Vec<f64>>,
    /// What becomes of the mean square: likewise.
    pub ends: Vec<Vec<End>>,
    /// Where χ is 1: for each y all values of x, ascending.
    pub critical: Vec<Vec<f64>>,
    /// Where it passes 1 in a jump: likewise.
    pub jumps: Vec<Vec<f64>>,
}

/// A fate in one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The mean square settles, or stays what it is.
    Settles,
    /// It goes to 0.
    Dies,
    /// It grows without bound.
    Grows,
    /// It did none of these in the steps that were tried.
    Open,
}

impl Fate {
    /// It in one word.
    pub fn word(&self) -> End {
        match self {
            Fate::Settles(..) | Fate::Neutral(_) => End::Settles,
            Fate::Dies(_) => End::Dies,
            Fate::Grows(_) => End::Grows,
            Fate::Open(_) => End::Open,
        }
    }
}
