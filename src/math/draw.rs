//! How a sweep draws a quantity: the distribution after `~`, or the one that a quantity gets where nothing is written.

use super::expression::Term;
use super::source::Span;

/// A distribution for the entries of a quantity, and where it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct Draw {
    /// The distribution. Its arguments are numbers made of sizes, indices and constants.
    pub distribution: Distribution,
    /// As written, such as `he(1.2)`; for a default as it would be written.
    pub text: String,
    /// Where it was written; `None` for a default.
    pub span: Option<Span>,
}

/// What entries are drawn from. Schemes by name (`xavier`, `he`, `lecun`) are normal or uniform with the fans put in.
#[derive(Clone, PartialEq, Debug)]
pub enum Distribution {
    /// Independent normal entries.
    Normal {
        /// Their mean.
        mean: Term,
        /// Their standard deviation, 0 or more.
        deviation: Term,
    },
    /// Independent entries, uniform between two numbers.
    Uniform {
        /// The smaller one.
        low: Term,
        /// The larger one.
        high: Term,
    },
    /// `gain · Q`, where Q has orthonormal columns, or rows where these are fewer, and is uniform among all such
    /// matrices (Haar). Axes after the first count as one.
    Orthogonal {
        /// The factor before Q.
        gain: Term,
    },
    /// `gain` on the main diagonal, 0 elsewhere.
    Identity {
        /// The number on the diagonal.
        gain: Term,
    },
    /// The same number everywhere.
    Constant {
        /// The number.
        value: Term,
    },
}

impl Draw {
    /// Whether nothing was written and the default was taken.
    pub fn is_default(&self) -> bool {
        self.span.is_none()
    }

    /// For readers: as written, with a note where it is a default.
    pub fn told(&self) -> String {
        if self.is_default() { format!("{} (default)", self.text) } else { self.text.clone() }
    }
}

impl Distribution {
    /// The numbers it depends on, in the order of its arguments.
    pub fn arguments(&self) -> Vec<&Term> {
        match self {
            Distribution::Normal { mean, deviation } => vec![mean, deviation],
            Distribution::Uniform { low, high } => vec![low, high],
            Distribution::Orthogonal { gain } | Distribution::Identity { gain } => vec![gain],
            Distribution::Constant { value } => vec![value],
        }
    }
}
