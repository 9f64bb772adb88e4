//! The steps that are made of the same equations, as instructions.

use super::bound::BoundCode;
use super::tape::Instruction;
use crate::math::expression::Read;
use crate::math::name::Name;

/// The code of some steps.
#[derive(Debug, Default)]
pub(super) struct Phase {
    /// From the values of the steps before to those of this one.
    pub forward: Vec<Instruction>,
    /// From the gradient by this state to that by the one before: the transposed one-step Jacobian.
    pub backward: Vec<Instruction>,
    /// From the gradients by what leads to the loss at this step to that by this state.
    pub outward: Vec<Instruction>,
    /// Gradients by parameters, as this step contributes to them.
    pub parameters: Vec<Contribution>,
    /// Slopes of activations.
    pub slopes: Vec<Slope>,
    /// The additive paths of the step.
    pub paths: Vec<PathCode>,
    /// The symbolic norm bound of the step.
    pub bound: Option<BoundCode>,
    /// The buffers of leaves that are read.
    pub leaves: Vec<usize>,
}

impl Phase {
    /// Whether its code reads a block of a leaf.
    pub(super) fn reads_leaf(&self, buffer: usize) -> bool {
        self.leaves.contains(&buffer)
    }

    /// Finds out which of some buffers its code reads.
    pub(super) fn note_leaves(&mut self, leaves: &[usize]) {
        let mut all: Vec<&Instruction> = self.forward.iter().chain(&self.backward).chain(&self.outward).collect();
        all.extend(self.bound.iter().flat_map(|bound| &bound.code));
        all.extend(self.parameters.iter().flat_map(|contribution| &contribution.code));
        all.extend(self.slopes.iter().flat_map(|slope| &slope.code));
        all.extend(self.paths.iter().flat_map(|path| &path.code));
        let read = |buffer: &&usize| all.iter().any(|instruction| instruction.reads(**buffer));
        let found = leaves.iter().filter(read).copied().collect();
        self.leaves = found;
    }
}

/// What a step contributes to the gradient by a parameter.
#[derive(Debug)]
pub(super) struct Contribution {
    pub quantity: Name,
    /// Whether other steps contribute to the same.
    pub shared: bool,
    pub code: Vec<Instruction>,
    pub value: Value,
}

/// Where a contribution lies.
#[derive(Debug)]
pub(super) enum Value {
    /// In a buffer.
    Whole(usize),
    /// It is `a bᵀ`, which need not be written out.
    Outer { a: usize, b: usize },
}

/// The slope of an activation at all its entries.
#[derive(Debug)]
pub(super) struct Slope {
    /// What is computed by the activation.
    pub quantity: Name,
    pub code: Vec<Instruction>,
    /// The slopes: other indices first, then the entries of a unit.
    pub buffer: usize,
    /// How many entries one value of the other indices has.
    pub units: usize,
}

/// A path through the step.
#[derive(Debug)]
pub(super) struct PathCode {
    /// Its number among the paths of all steps.
    pub number: usize,
    pub along: Vec<Read>,
    /// The slot where it ends.
    pub end: (Name, i64),
    pub code: Vec<Instruction>,
    /// One buffer for each reading along it: what arrives there.
    pub buffers: Vec<usize>,
}
