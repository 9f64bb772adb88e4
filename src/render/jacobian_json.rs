//! Jacobian → JSON, with a schema.

use super::derivation::left;
use super::jacobian::Writer;
use super::json::{Equation, Formula, Range, Step};
use super::notation::Notation;
use super::to_json::{finite, formula, range, step};
use super::verdict::{agrees, bounded};
use crate::math::expression::Read;
use crate::math::integer::Integer;
use crate::math::jacobian::{self as math, Agreement};
use crate::math::law::Book;
use schemars::JsonSchema;
use serde::Serialize;

/// What `jacobian` prints.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Jacobian {
    /// The name of the network.
    pub network: String,
    /// What moves.
    pub of: Vec<Formula>,
    /// By what.
    pub wrt: Vec<Formula>,
    /// Where all paths pass; null when all paths are followed.
    pub through: Option<Formula>,
    /// The indices that stand free in the question.
    pub ranges: Vec<Range>,
    /// The equations on the way, with pre-activations and shared parts named.
    pub forward: Vec<Equation>,
    /// Computed quantities that stand still.
    pub held: Vec<Formula>,
    /// One for each pair: the first of `of` by all of `wrt`, then the second, and so on.
    pub blocks: Vec<Block>,
    /// Jacobians on the way that terms refer to, in an order in which they can be computed.
    pub inner: Vec<Block>,
    /// How each equation on the way moves.
    pub steps: Vec<Local>,
    /// The comparison with exact derivatives; null when there was none.
    pub checked: Option<Checked>,
}

/// `∂of/∂wrt`
#[derive(Serialize, JsonSchema, Debug)]
pub struct Block {
    /// What moves.
    pub of: Formula,
    /// By what.
    pub wrt: Formula,
    /// Rows and columns; one size for a row or a column, none for a number.
    pub shape: Vec<String>,
    /// The whole formula.
    pub formula: Formula,
    /// One for each path; the formula is their sum.
    pub terms: Vec<Path>,
    /// Paths that contribute nothing, with the steps that show it.
    pub vanishing: Vec<Path>,
    /// What the spectral norm cannot exceed.
    pub bound: Formula,
    /// What the bound relies on.
    pub facts: Vec<Formula>,
}

/// What a path contributes.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Path {
    /// The quantities along it, from `of` on.
    pub along: Vec<Formula>,
    /// The product of the Jacobians of its equations, as they are.
    pub product: Formula,
    /// From the product to the term.
    pub steps: Vec<Step>,
    /// The term.
    pub term: Formula,
    /// The inner Jacobian that the term ends with, as a position in `inner`; null without one.
    pub inner: Option<usize>,
}

/// How an equation moves.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Local {
    /// What the equation computes.
    pub quantity: String,
    /// The left side.
    pub left: Formula,
    /// The differential of the right side.
    pub start: Formula,
    /// The steps, each by a law.
    pub steps: Vec<Step>,
    /// What stands beside each d in the end.
    pub slopes: Vec<Slope>,
}

/// A matrix beside a d.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Slope {
    /// What is moved.
    pub of: Formula,
    /// The Jacobian of the left side by it.
    pub matrix: Formula,
}

/// The comparison with exact derivatives.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Checked {
    /// How many blocks were compared.
    pub blocks: usize,
    /// On how many random instances.
    pub instances: usize,
    /// The largest relative error; null when it is no number.
    pub worst: Option<f64>,
    /// Whether it is rounding and nothing else.
    pub agrees: bool,
    /// The largest share of its bound that a measured norm reached; null when it is no number.
    pub share_of_bound: Option<f64>,
    /// Whether every measured norm kept to its bound.
    pub bounded: bool,
}

/// A Jacobian, with the comparison if there was one.
pub fn jacobian(jacobian: &math::Jacobian, book: &Book, agreement: Option<&Agreement>) -> Jacobian {
    let network = &jacobian.network;
    let writer = Writer { jacobian, notation: Notation::of(network, book).with_identity(network) };
    let notation = &writer.notation;
    let reads = |reads: &[Read]| reads.iter().map(|read| formula(&notation.read(read))).collect();
    let equation = |number: &usize| {
        let equation = network.equations.get(*number)?;
        Some(Equation {
            quantity: equation.target.to_string(),
            goal: false,
            left: formula(&left(equation, network, notation)),
            right: formula(&notation.formula(&equation.body)),
            ranges: equation.ranges.iter().map(range).collect(),
        })
    };
    let path = |path: &math::Path| Path {
        along: reads(&path.along),
        product: formula(&notation.formula(&path.product)),
        steps: path.steps.iter().map(|part| step(part, &[], notation)).collect(),
        term: formula(&notation.formula(&path.term)),
        inner: path.inner,
    };
    let block = |block: &math::Block| Block {
        of: formula(&notation.read(&block.of)),
        wrt: formula(&notation.read(&block.wrt)),
        shape: block.shape.axes().iter().map(Integer::to_string).collect(),
        formula: formula(&writer.sum(block)),
        terms: block.terms.iter().map(path).collect(),
        vanishing: block.vanishing.iter().map(path).collect(),
        bound: formula(&writer.bound(&block.bound)),
        facts: block.bound.facts.iter().map(|fact| formula(&writer.fact(fact))).collect(),
    };
    let local = |local: &math::Local| {
        let equation = network.equations.get(local.equation)?;
        let slope = |slope: &math::Slope| Slope {
            of: formula(&notation.read(&slope.of)),
            matrix: formula(&notation.formula(&slope.matrix)),
        };
        Some(Local {
            quantity: equation.target.to_string(),
            left: formula(&left(equation, network, notation)),
            start: formula(&notation.formula(&local.start)),
            steps: local.steps.iter().map(|part| step(part, &[], notation)).collect(),
            slopes: local.slopes.iter().map(slope).collect(),
        })
    };
    Jacobian {
        network: network.name.to_string(),
        of: reads(&jacobian.question.of),
        wrt: reads(&jacobian.question.wrt),
        through: jacobian.question.through.as_ref().map(|read| formula(&notation.read(read))),
        ranges: jacobian.ranges.iter().map(range).collect(),
        forward: jacobian.forward.iter().filter_map(equation).collect(),
        held: reads(&jacobian.held),
        blocks: jacobian.blocks.iter().map(block).collect(),
        inner: jacobian.inner.iter().map(block).collect(),
        steps: jacobian.locals.iter().filter_map(local).collect(),
        checked: agreement.map(|agreement| Checked {
            blocks: agreement.blocks,
            instances: agreement.instances,
            worst: finite(agreement.worst),
            agrees: agrees(agreement.worst),
            share_of_bound: finite(agreement.share),
            bounded: bounded(agreement.share),
        }),
    }
}
