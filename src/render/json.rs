//! Derivations, verdicts, networks and the book as JSON, with a schema. Formulas stand as text and as LaTeX.

pub use super::jacobian_json::{Jacobian, jacobian};
pub use super::to_json::{derivation, laws, network, verdict, verdicts};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A formula in two notations.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Formula {
    /// In Unicode text.
    pub text: String,
    /// In LaTeX math.
    pub latex: String,
}

/// The values that an index runs through, both ends included, in the network language.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Range {
    /// The index.
    pub index: String,
    /// The first value.
    pub low: String,
    /// The last value.
    pub high: String,
}

/// `left = right`, for all values of the indices.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Equation {
    /// The quantity whose value, adjoint or gradient it gives.
    pub quantity: String,
    /// Whether it is a gradient that was asked for; false for forward equations and for adjoints on the way.
    pub goal: bool,
    /// The left side.
    pub left: Formula,
    /// The right side.
    pub right: Formula,
    /// For which values of which indices.
    pub ranges: Vec<Range>,
}

/// What `derive` prints.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Derivation {
    /// The name of the network.
    pub network: String,
    /// What its file says about it.
    pub comment: Vec<String>,
    /// Whose gradients were asked for.
    pub goals: Vec<String>,
    /// The forward equations, with pre-activations and shared parts named.
    pub forward: Vec<Equation>,
    /// The backward equations in an order in which they can be computed.
    pub backward: Vec<Equation>,
    /// Adjoints that were put into others.
    pub dropped: Vec<Equation>,
    /// The calculations.
    pub steps: Vec<Chain>,
    /// Conditions that steps relied on.
    pub assumptions: Vec<String>,
    /// The comparison with the judge; null when there was none.
    pub checked: Option<Verdict>,
}

/// A calculation.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Chain {
    /// What it is about: `forward` (an equation was differentiated), `backward` or `dropped` (a line was simplified).
    pub about: &'static str,
    /// The position in the list of that name.
    pub position: usize,
    /// The first line.
    pub start: Formula,
    /// The steps; the last one is the result.
    pub steps: Vec<Step>,
    /// What is read off: whose adjoint gains what.
    pub gains: Vec<Gain>,
}

/// A step of a calculation.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Step {
    /// `law`, `definition`, `substitution`, `collect`, `simplify` or `algebra`.
    pub reason: &'static str,
    /// The law's name in the book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
    /// Whether the law was read from right to left, or the definition folded.
    pub reversed: bool,
    /// The quantity whose definition or adjoint was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// The reason in words.
    pub caption: String,
    /// Where: argument positions from the outside in.
    pub places: Vec<Vec<usize>>,
    /// The line after the step.
    pub after: Formula,
    /// Finer steps.
    pub substeps: Vec<Step>,
}

/// An adjoint gains a term.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Gain {
    /// The adjoint.
    pub of: Formula,
    /// The term.
    pub term: Formula,
}

/// The judge's verdict.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Verdict {
    /// The name of the network.
    pub network: String,
    /// How many random instances were compared.
    pub instances: usize,
    /// The largest relative error of each gradient; null when it is no number.
    pub errors: BTreeMap<String, Option<f64>>,
    /// The largest of them.
    pub worst: Option<f64>,
    /// Whether all of them are rounding and nothing else.
    pub agrees: bool,
}

/// What `verify` prints.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Verdicts {
    /// One verdict for each network.
    pub networks: Vec<Verdict>,
    /// Whether all agree.
    pub agrees: bool,
}

/// What `show` prints.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Shown {
    /// The name of the network.
    pub network: String,
    /// What its file says about it.
    pub comment: Vec<String>,
    /// Sizes, with their numbers where the file gives them.
    pub sizes: BTreeMap<String, Option<i64>>,
    /// Declared indices.
    pub indices: Vec<Range>,
    /// All quantities.
    pub quantities: Vec<Quantity>,
    /// The equations.
    pub equations: Vec<Equation>,
    /// The quantities whose upstream gradient is given.
    pub outputs: Vec<String>,
    /// The loss.
    pub loss: Option<String>,
}

/// A quantity.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Quantity {
    /// Its name.
    pub name: String,
    /// `input`, `parameter`, `initial value`, `given, no gradient`, `constant`, `computed` or `named part`.
    pub role: &'static str,
    /// Index axes.
    pub axes: Vec<Range>,
    /// Sizes of the payload; empty for a number.
    pub shape: Vec<String>,
    /// How a sweep draws it.
    pub draw: Option<String>,
    /// Whether nothing was written and the default was taken.
    pub draw_is_default: bool,
}

/// What `laws` prints.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Laws {
    /// The chapters.
    pub chapters: Vec<Chapter>,
}

/// A chapter of the book.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Chapter {
    /// Its number.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// Its prose.
    pub prose: Vec<String>,
    /// Functions applied entry by entry.
    pub operations: Vec<Operation>,
    /// Its laws.
    pub laws: Vec<Law>,
}

/// A function of the book.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// Other spellings.
    pub aliases: Vec<String>,
    /// What it is.
    pub prose: String,
    /// From where tests draw arguments.
    pub domain: (f64, f64),
    /// A bound of its slope.
    pub bound: Option<String>,
}

/// A law of the book.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Law {
    /// Its name.
    pub name: String,
    /// `law`, `lemma` or `rejected`.
    pub standing: &'static str,
    /// What it says.
    pub formula: Formula,
    /// What must hold.
    pub conditions: Vec<Formula>,
    /// How a step that uses it is captioned.
    pub caption: String,
    /// Where it comes from, or why it was rejected.
    pub note: Option<String>,
}
