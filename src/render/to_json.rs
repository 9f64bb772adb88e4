//! Nouns → JSON.

use super::book::{condition, equality};
use super::derivation::{left, ranges, right};
use super::json::{
    Chain, Chapter, Derivation, Equation, Formula, Gain, Law, Laws, Operation, Quantity, Range, Shown, Step, Verdict,
    Verdicts,
};
use super::latex::latex;
use super::lines::{line_left, line_right};
use super::markup::Markup;
use super::network::role;
use super::notation::Notation;
use super::reason::caption_of;
use super::text::text;
use super::verdict::agrees;
use crate::math::derivation as math;
use crate::math::derivation::{Milestone, Reason, Subject};
use crate::math::draw::Draw;
use crate::math::expression::{Binder, Mark};
use crate::math::integer::Integer;
use crate::math::law::{Book, Entry, Standing};
use crate::math::network::Network;

pub(super) fn formula(markup: &Markup) -> Formula {
    Formula { text: text(markup), latex: latex(markup).trim_end().to_string() }
}

pub(super) fn range(binder: &Binder) -> Range {
    Range { index: binder.index.to_string(), low: binder.low.to_string(), high: binder.high.to_string() }
}

pub(super) fn finite(value: f64) -> Option<f64> {
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
        steps: derivation.chains.iter().map(|part| chain(part, network, &notation)).collect(),
        assumptions: derivation.assumptions.clone(),
        checked: verdict.map(|verdict| self::verdict(network, verdict)),
    }
}

pub(super) fn equations(network: &Network, notation: &Notation) -> Vec<Equation> {
    let equation = |equation: &crate::math::network::Equation| Equation {
        quantity: equation.target.to_string(),
        goal: false,
        left: formula(&left(equation, network, notation)),
        right: formula(&right(equation, notation)),
        ranges: equation.ranges.iter().map(range).collect(),
    };
    network.equations.iter().map(equation).collect()
}

fn chain(chain: &math::Chain, network: &Network, notation: &Notation) -> Chain {
    let around = ranges(chain, network);
    let (about, position) = match chain.subject {
        Subject::Equation(position) => ("forward", position),
        Subject::Line(position) => ("backward", position),
        Subject::Dropped(position) => ("dropped", position),
    };
    let gain = |gain: &math::Gain| {
        let mut of = gain.of.clone();
        of.mark = Mark::Adjoint;
        Gain { of: formula(&notation.read(&of)), term: formula(&notation.within(around, &gain.summed())) }
    };
    Chain {
        about,
        position,
        start: formula(&notation.within(around, &chain.start)),
        steps: chain.steps.iter().map(|part| step(part, around, notation)).collect(),
        gains: chain.gains.iter().map(gain).collect(),
    }
}

pub(super) fn step(step: &math::Step, around: &[Binder], notation: &Notation) -> Step {
    let (reason, law, reversed, quantity, caption) = match &step.reason {
        Reason::Law { name, reversed } => {
            ("law", Some(name.to_string()), *reversed, None, caption_of(notation.book(), name, *reversed))
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
        Reason::Milestone(Milestone::Known) => ("known", None, false, None, "what the sum comes to".into()),
        Reason::Assumption => ("assumption", None, false, None, "as assumed".into()),
        Reason::Order => ("order", None, false, None, "summands and factors change places".into()),
        Reason::Letters => ("letters", None, false, None, "another letter for the bound index".into()),
        Reason::Algebra => ("algebra", None, false, None, "algebra".into()),
    };
    Step {
        reason,
        law,
        reversed,
        quantity,
        caption,
        places: step.places.clone(),
        after: formula(&notation.within(around, &step.after)),
        substeps: step.substeps.iter().map(|part| self::step(part, around, notation)).collect(),
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
        draw: quantity.draw.as_ref().map(|draw| draw.text.clone()),
        draw_is_default: quantity.draw.as_ref().is_some_and(Draw::is_default),
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
