//! What a function of one number does: slope, bound, where it is flat. Data that renderers read.

use super::jacobian::Jacobian;
use super::name::Name;
use super::network::Network;

/// A function of one number that works entry by entry.
#[derive(Clone, PartialEq, Debug)]
pub struct Activation {
    /// Its name.
    pub name: Name,
    /// The network `y = f(u)`.
    pub network: Network,
    /// dy/du, derived; `None` where nothing moves.
    pub jacobian: Option<Jacobian>,
    /// What was measured.
    pub survey: Survey,
}

/// What the values of a function and of its derived slope show.
#[derive(Clone, PartialEq, Debug)]
pub struct Survey {
    /// The curve around 0, from left to right.
    pub curve: Vec<Point>,
    /// The largest absolute slope, and where; `None` where it grows without end.
    pub steepest: Option<Point>,
    /// Left of this the slope stays below [`FAINT`] of the largest.
    pub faint_below: Option<f64>,
    /// Right of this it does.
    pub faint_above: Option<f64>,
    /// Where the slope is exactly 0: intervals, whose ends may be infinite.
    pub dead: Vec<(f64, f64)>,
    /// Where the slope jumps.
    pub kinks: Vec<Kink>,
    /// How often the value is exactly 0 when u is drawn from a standard normal distribution.
    pub zeros: f64,
}

/// A slope below this share of the largest counts as saturated.
pub const FAINT: f64 = 0.01;

/// A place on a curve.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// The argument.
    pub at: f64,
    /// The value.
    pub value: f64,
    /// The slope.
    pub slope: f64,
}

/// A place where the slope jumps, and the value too if there is no slope that could tell of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Kink {
    /// Where.
    pub at: f64,
    /// Whether the value jumps: then the function is not differentiable, and its slope says nothing of the jump.
    pub jump: bool,
}
