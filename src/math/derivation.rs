//! A derivation: data that renderers, exporters and the checker read. The last line of a chain is the answer.

use super::expression::{Binder, Read, Term};
use super::law::Condition;
use super::name::Name;
use super::network::Network;
use std::collections::BTreeMap;

/// The backward pass of a network, with how it was found.
#[derive(Clone, PartialEq, Debug)]
pub struct Derivation {
    /// The network with every pre-activation and shared part named: its equations are the forward lines.
    pub network: Network,
    /// Which gradients were asked for.
    pub goals: Vec<Name>,
    /// The backward equations, in an order in which they can be computed: one line per adjoint and gradient.
    pub backward: Vec<Line>,
    /// Adjoints that were put into others because a name for them would not have earned its place.
    pub dropped: Vec<Line>,
    /// Step by step: how each equation was differentiated, then how each line was collected and simplified.
    pub chains: Vec<Chain>,
    /// Conditions that steps relied on, as a reader would state them.
    pub assumptions: Vec<String>,
}

/// `δv[at] = Σ_{sums} right`, for all values of the indices in `ranges`. Terms past the end of a range are 0.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// The adjoint on the left. For a goal it is the gradient ∂L/∂v.
    pub left: Read,
    /// The indices that stand free on the left, with the values for which the line holds.
    pub ranges: Vec<Binder>,
    /// The parts of the right side, added up: usually one. Parts differ in the indices they are summed over.
    pub parts: Vec<Part>,
    /// Whether it is a gradient that was asked for (printed as ∂L/∂v) or an adjoint on the way (δv).
    pub goal: bool,
    /// Which loop computes it: lines of one group wait for each other around a circle of steps, so they stand in one
    /// loop over their indices; a line that waits for no circle has a group of its own.
    pub group: usize,
}

/// One summand of a line: `Σ_{sums} term`.
#[derive(Clone, PartialEq, Debug)]
pub struct Part {
    /// Indices summed over, outermost first.
    pub sums: Vec<Binder>,
    /// What is summed.
    pub term: Term,
}

/// A calculation: a start, and steps that each rewrite the line before.
#[derive(Clone, PartialEq, Debug)]
pub struct Chain {
    /// What the calculation is about.
    pub subject: Subject,
    /// The first line.
    pub start: Term,
    /// The steps. The `after` of the last one is the end.
    pub steps: Vec<Step>,
    /// What is read off at the end: which adjoint gains what.
    pub gains: Vec<Gain>,
}

/// What a chain is about: one chain at most.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Subject {
    /// Differentiating the equation at this position of the network.
    Equation(usize),
    /// Collecting and simplifying the line at this position of `backward`.
    Line(usize),
    /// Collecting and simplifying the line at this position of `dropped`.
    Dropped(usize),
}

/// `δu[…]` gains a term.
#[derive(Clone, PartialEq, Debug)]
pub struct Gain {
    /// Whose adjoint: the reading as it stands in the equation, `h[t-1]`.
    pub of: Read,
    /// What it gains, at the indices of the equation and those in `sums`.
    pub term: Term,
    /// Indices of reductions around the reading: the gain is summed over them as well.
    pub sums: Vec<Binder>,
}

/// One step: a law applied at one or several places at once.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// The justification.
    pub reason: Reason,
    /// Where it was applied, as argument positions from the outside in; places do not overlap.
    pub places: Vec<Vec<usize>>,
    /// The whole line after the step.
    pub after: Term,
    /// The finer steps between the line before and this one, if this one is a milestone.
    pub substeps: Vec<Step>,
    /// What the law asks for, and why it holds here. Conditions on numbers and on indices can be seen, and are left out.
    pub needs: Vec<Need>,
}

/// A condition of a law, with terms for its letters, and why it holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Need {
    /// The condition.
    pub condition: Condition,
    /// Why it holds.
    pub because: Vec<Because>,
}

/// Why a term is positive, or at least not 0.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Because {
    /// All values of this operation of the book are positive, or lie on one side of what they are compared with.
    Values(Name),
    /// Shares are positive.
    Shares,
    /// The forward pass divides by this quantity.
    Divisor(Name),
    /// The forward pass divides by this sum.
    Difference(Term),
    /// The forward pass takes a logarithm of this quantity, or of 1 more or less.
    Logarithm(Name),
    /// Squares are not negative.
    Squares,
    /// Sizes are at least 1.
    Sizes,
    /// A lemma assumes it.
    Assumed,
}

impl Step {
    /// A step without finer ones.
    pub fn new(reason: Reason, places: Vec<Vec<usize>>, after: Term) -> Self {
        Step { reason, places, after, substeps: Vec::new(), needs: Vec::new() }
    }
}

/// Why a step is right.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// A law of the book, left to right or right to left.
    Law {
        /// Its name.
        name: Name,
        /// Whether it was read right to left.
        reversed: bool,
    },
    /// The definition of a quantity, `v = …`, used from right to left (`folded`) or left to right.
    Definition {
        /// The quantity.
        quantity: Name,
        /// Whether the right side became the name.
        folded: bool,
    },
    /// An adjoint was replaced by what its own line says.
    Substitution {
        /// The left side of that line.
        adjoint: Read,
    },
    /// Summands and factors changed places and brackets; nothing else changed.
    Order,
    /// Bound indices got other letters; nothing else changed.
    Letters,
    /// A milestone whose substeps explain it.
    Milestone(Milestone),
    /// What a lemma assumes.
    Assumption,
    /// Decided by the normal form; no explanation was found within the budget.
    Algebra,
}

/// The visible moves of a simplification.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Milestone {
    /// Contributions from all equations were added up.
    Collect,
    /// Like terms were combined and common factors taken out.
    Simplify,
    /// A sum of forward values was put for what it comes to.
    Known,
}

/// How a derivation was compared with the judge.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// How many gradients were compared.
    pub gradients: usize,
    /// On how many random instances.
    pub instances: usize,
    /// The largest relative error, and the gradient that has it.
    pub worst: f64,
    /// The gradient with the largest error.
    pub worst_at: Option<Name>,
    /// The largest relative error of each gradient.
    pub errors: BTreeMap<Name, f64>,
}

impl Chain {
    /// The last line.
    pub fn end(&self) -> &Term {
        self.steps.last().map_or(&self.start, |step| &step.after)
    }
}

impl Part {
    /// The part as one term, with its sums written out.
    pub fn summed(&self) -> Term {
        self.term.clone().summed(&self.sums)
    }
}

impl Gain {
    /// What is gained as one term, with its sums written out.
    pub fn summed(&self) -> Term {
        self.term.clone().summed(&self.sums)
    }
}
