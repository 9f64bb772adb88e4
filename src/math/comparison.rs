//! Networks side by side: what they compute, how many numbers they learn, how much they take, and what passes straight
//! through a step. Data that renderers read.

use super::expression::{Read, Term};
use super::flow::{Summary, Sweep};
use super::integer::Integer;
use super::name::Name;
use super::network::Network;
use std::collections::BTreeMap;

/// Networks side by side.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// One for each network, in the order asked.
    pub members: Vec<Member>,
    /// What was assumed for sweeps, one sentence each.
    pub notes: Vec<String>,
}

/// One network of a comparison.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    /// As it was written.
    pub network: Network,
    /// With its parts named: gates and paths speak of these.
    pub parts: Network,
    /// The recurrence that steps are taken along; none when nothing recurs.
    pub index: Option<Name>,
    /// How many numbers are learned.
    pub parameters: Integer,
    /// Its gates.
    pub gates: Vec<Gate>,
    /// Operations of the forward pass.
    pub forward: Work,
    /// Operations of the backward pass, given the values of the forward pass: all gradients that `derive` gives.
    pub backward: Work,
    /// What passes from a state to the next without a matrix; or why that cannot be told.
    pub direct: Result<Vec<Direct>, String>,
    /// How many steps lie between outputs and inputs; or why that cannot be told.
    pub distances: Result<Vec<Distance>, String>,
    /// From which distributions a sweep drew what nobody gave, each with the names.
    pub drawn: BTreeMap<String, Vec<Name>>,
    /// What a sweep measured, if asked for; or why there is none.
    pub flow: Option<Result<(Sweep, Summary), String>>,
}

/// A value between 0 and 1 that multiplies, entry by entry, what passes through it.
#[derive(Clone, PartialEq, Debug)]
pub struct Gate {
    /// The value g.
    pub value: Term,
    /// What it multiplies.
    pub passing: Vec<Passing>,
}

/// What passes a gate.
#[derive(Clone, PartialEq, Debug)]
pub struct Passing {
    /// g or 1 − g.
    pub factor: Term,
    /// What is multiplied by it.
    pub what: Term,
    /// The quantity whose equation says so.
    pub into: Name,
}

/// How many operations, as formulas in the sizes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Work {
    /// So many for each step, and so many once: together `each · steps + once`.
    Steps {
        /// For each step along the recurrence.
        each: Integer,
        /// Besides.
        once: Integer,
    },
    /// So many in all, where nothing recurs or the work is no multiple of the steps.
    All(Integer),
}

/// What a state hands on to itself, one step later, without a matrix.
#[derive(Clone, PartialEq, Debug)]
pub struct Direct {
    /// The state.
    pub state: Read,
    /// The same one step before.
    pub before: Read,
    /// Its own paths: diagonal matrices, the identity, or numbers. None when every path passes through a matrix.
    pub terms: Vec<Term>,
    /// How many paths there are besides.
    pub others: usize,
}

/// How many steps of recurrences lie on the shortest way from an output back to an input.
#[derive(Clone, PartialEq, Debug)]
pub struct Distance {
    /// The output, at its indices.
    pub of: Read,
    /// The input, at indices of its own.
    pub from: Read,
    /// The number of steps, as a formula in these indices and in sizes.
    pub steps: Integer,
}

/// Which places of an input one place of an output depends on.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// The output, at its indices.
    pub of: Read,
    /// The input.
    pub input: Name,
    /// How many places along each of its axes, indices first.
    pub reach: Reach,
}

/// How far a receptive field reaches.
#[derive(Clone, PartialEq, Debug)]
pub enum Reach {
    /// So many places along each axis.
    Places(Vec<Integer>),
    /// As far as the recurrence along this index runs.
    Recurrence(Name),
    /// No formula tells, for this reason.
    Untold(String),
}

impl Work {
    /// The work of all steps together, taken apart along a recurrence of `length` steps.
    pub fn along(total: Integer, length: Option<&Name>) -> Work {
        match length.and_then(|length| total.split_at(length)) {
            Some((each, once)) if each != Integer::number(0) => Work::Steps { each, once },
            _ => Work::All(total),
        }
    }
}
