//! Derivations, verdicts, networks and the book as JSON, with a schema. Formulas stand as text and as LaTeX.

use super::book::{condition, equality};
use super::derivation::{caption_of, left, line_left, line_right};
use super::latex::latex;
use super::markup::Markup;
use super::network::role;
use super::notation::Notation;
use super::text::text;
use super::verdict::agrees;
use crate::math::derivation as math;
use crate::math::derivation::{Milestone, Reason, Subject};
use crate::math::expression::{Binder, Mark};
use crate::math::integer::Integer;
use crate::math::law::{Book, Entry, Standing};
use crate::math::network::Network;
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

fn formula(markup: &Markup) -> Formula {
    Formula { text: text(markup), latex: latex(markup).trim_end().to_string() }
}

fn range(binder: &Binder) -> Range {
    Range { index: binder.index.to_string(), low: binder.low.to_string(), high: binder.high.to_string() }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// A derivation, with its verdict if there is one.
pub fn derivation(derivation: &math::Derivation, book: &Book, verdict: Option<&math::Verdict>) -> Derivation {
    let network = &derivation.network;
    let notation = Notation::of(network, book);
    let lines = |lines: &[math::Line]| {
        let line = |line: &math::Line| Equation {
            quantity: line.left.quantity.to_string(),
            goal: line.goal,
            left: formula(&line_left(line, &notation)),
            right: formula(&line_right(line, &notation)),
            ranges: line.ranges.iter().map(range).collect(),
        };
        lines.iter().map(line).collect()
    };
    Derivation {
        network: network.name.to_string(),
        comment: network.comment.clone(),
        goals: derivation.goals.iter().map(ToString::to_string).collect(),
        forward: equations(network, &notation),
        backward: lines(&derivation.backward),
        dropped: lines(&derivation.dropped),
        steps: derivation.chains.iter().map(|part| chain(part, &notation)).collect(),
        assumptions: derivation.assumptions.clone(),
        checked: verdict.map(|verdict| self::verdict(network, verdict)),
    }
}

fn equations(network: &Network, notation: &Notation) -> Vec<Equation> {
    let equation = |equation: &crate::math::network::Equation| Equation {
        quantity: equation.target.to_string(),
        goal: false,
        left: formula(&left(equation, network, notation)),
        right: formula(&notation.formula(&equation.body)),
        ranges: equation.ranges.iter().map(range).collect(),
    };
    network.equations.iter().map(equation).collect()
}

fn chain(chain: &math::Chain, notation: &Notation) -> Chain {
    let (about, position) = match chain.subject {
        Subject::Equation(position) => ("forward", position),
        Subject::Line(position) => ("backward", position),
        Subject::Dropped(position) => ("dropped", position),
    };
    let gain = |gain: &math::Gain| {
        let mut of = gain.of.clone();
        of.mark = Mark::Adjoint;
        Gain { of: formula(&notation.read(&of)), term: formula(&notation.formula(&gain.term)) }
    };
    Chain {
        about,
        position,
        start: formula(&notation.formula(&chain.start)),
        steps: chain.steps.iter().map(|part| step(part, notation)).collect(),
        gains: chain.gains.iter().map(gain).collect(),
    }
}

fn step(step: &math::Step, notation: &Notation) -> Step {
    let (reason, law, reversed, quantity, caption) = match &step.reason {
        Reason::Law { name, reversed } => {
            ("law", Some(name.to_string()), *reversed, None, caption_of(notation.book(), name))
        }
        Reason::Definition { quantity, folded } => {
            ("definition", None, *folded, Some(quantity.to_string()), format!("definition of {quantity}"))
        }
        Reason::Substitution { adjoint } => {
            let caption = format!("put in {}", text(&notation.read(adjoint)));
            ("substitution", None, false, Some(adjoint.quantity.to_string()), caption)
        }
        Reason::Milestone(Milestone::Collect) => ("collect", None, false, None, "add up all contributions".into()),
        Reason::Milestone(Milestone::Simplify) => ("simplify", None, false, None, "simplify".into()),
        Reason::Algebra => ("algebra", None, false, None, "algebra".into()),
    };
    Step {
        reason,
        law,
        reversed,
        quantity,
        caption,
        places: step.places.clone(),
        after: formula(&notation.formula(&step.after)),
        substeps: step.substeps.iter().map(|part| self::step(part, notation)).collect(),
    }
}

/// A verdict.
pub fn verdict(network: &Network, verdict: &math::Verdict) -> Verdict {
    Verdict {
        network: network.name.to_string(),
        instances: verdict.instances,
        errors: verdict.errors.iter().map(|(name, error)| (name.to_string(), finite(*error))).collect(),
        worst: finite(verdict.worst),
        agrees: agrees(verdict.worst),
    }
}

/// Several verdicts.
pub fn verdicts(networks: Vec<Verdict>) -> Verdicts {
    let agrees = networks.iter().all(|verdict| verdict.agrees);
    Verdicts { networks, agrees }
}

/// A network.
pub fn network(network: &Network, book: &Book) -> Shown {
    let notation = Notation::of(network, book);
    let index = |index: &crate::math::network::Index| Range {
        index: index.name.to_string(),
        low: index.low.to_string(),
        high: index.high.to_string(),
    };
    let quantity = |quantity: &crate::math::network::Quantity| Quantity {
        name: quantity.name.to_string(),
        role: role(&quantity.role),
        axes: quantity.axes.iter().map(range).collect(),
        shape: quantity.shape.axes().iter().map(Integer::to_string).collect(),
        draw: quantity.draw.clone(),
    };
    Shown {
        network: network.name.to_string(),
        comment: network.comment.clone(),
        sizes: network.sizes.iter().map(|(name, number)| (name.to_string(), *number)).collect(),
        indices: network.indices.values().map(index).collect(),
        quantities: network.quantities.values().map(quantity).collect(),
        equations: equations(network, &notation),
        outputs: network.outputs.iter().map(ToString::to_string).collect(),
        loss: network.loss.as_ref().map(ToString::to_string),
    }
}

/// The book, or the part of it that is called `only`.
pub fn laws(book: &Book, only: Option<&str>) -> Laws {
    let notation = Notation::of_book(book);
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    let chapters = book.chapters.iter().map(|chapter| {
        let mut shown = Chapter {
            number: chapter.number,
            title: chapter.title.clone(),
            prose: vec![],
            operations: vec![],
            laws: vec![],
        };
        for entry in &chapter.entries {
            match entry {
                Entry::Prose(prose) if only.is_none() => shown.prose.push(prose.clone()),
                Entry::Operation(operation) if wanted(operation.name.as_str()) => shown.operations.push(Operation {
                    name: operation.name.to_string(),
                    aliases: operation.aliases.iter().map(ToString::to_string).collect(),
                    prose: operation.prose.clone(),
                    domain: operation.domain,
                    bound: operation.bound.clone(),
                }),
                Entry::Law(law) if wanted(law.name.as_str()) => shown.laws.push(Law {
                    name: law.name.to_string(),
                    standing: match law.standing {
                        Standing::Law => "law",
                        Standing::Lemma => "lemma",
                        Standing::Rejected => "rejected",
                    },
                    formula: formula(&equality(law, &notation)),
                    conditions: law.conditions.iter().map(|when| formula(&condition(when, &notation))).collect(),
                    caption: law.caption.clone(),
                    note: law.note.clone(),
                }),
                _ => {}
            }
        }
        shown
    });
    Laws {
        chapters: chapters
            .filter(|part| only.is_none() || !part.laws.is_empty() || !part.operations.is_empty())
            .collect(),
    }
}
