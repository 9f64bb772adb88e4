//! Diagnosis → Page: the verdict, why, what helps and at what cost.

use super::cause::reason;
use super::decades::{digits, percent, signed};
use super::flow::{self, arrows, number};
use super::notation::Notation;
use super::page::{Block, Inline, Page};
use super::signal;
use crate::math::diagnosis::{Blame, Condition, Diagnosis, Expected, Remedy};
use crate::math::flow::Verdict;
use crate::math::law::Book;
use std::collections::BTreeSet;

/// How many remedies a picture shows beside the network as it is.
const SHOWN: usize = 3;

/// The whole diagnosis. `net` is how the network was asked for.
pub fn page(diagnosis: &Diagnosis, net: &str, book: &Book) -> Page {
    let notation = Notation::of(&diagnosis.parts, book);
    let mut page = Page { title: format!("{}: diagnosis", diagnosis.network), ..Page::default() };
    page.heading(1, "Verdict");
    page.note(&verdict(diagnosis));
    if let Some((path, share)) = &diagnosis.path
        && path.along.len() > 1
        && share.is_finite()
    {
        let much = match *share {
            share if share > 1.05 => {
                format!(": {}, of which {} are taken away on other ways.", percent(share), percent(share - 1.0))
            }
            share => format!(", {}.", percent(share)),
        };
        page.paragraph(vec![
            Inline::words("Most of it passes a step by "),
            Inline::Math(arrows(path, &notation)),
            Inline::words(much),
        ]);
    }
    for other in &diagnosis.others {
        page.note(&format!(
            "Along `{}`, swept apart, a gradient {}: a norm gain of {} per step, {} decades over {} steps. `--along {}` diagnoses it.",
            other.index,
            match other.condition {
                Condition::Healthy => "is carried",
                Condition::Vanishing => "vanishes",
                Condition::Exploding => "explodes",
                Condition::Dead => "becomes exactly 0",
                Condition::Diverging => "has no values",
            },
            number(other.gain),
            signed(other.decades),
            other.steps,
            other.index
        ));
    }
    if !diagnosis.causes.is_empty() {
        page.heading(1, "Cause");
        if diagnosis.measured.sweep.paths.is_empty() && diagnosis.condition == Condition::Vanishing {
            page.words(
                "Which path carries the gradient was not measured, so gates and units are judged by their values.",
            );
        }
        for (position, cause) in diagnosis.causes.iter().enumerate() {
            let lead = if position == 0 { "" } else { "Also: " };
            page.note(&format!("{lead}{}", reason(cause, diagnosis)));
        }
    }
    remedies(&mut page, diagnosis, net);
    signal::left(&mut page, diagnosis);
    beside(&mut page, diagnosis);
    refused(&mut page, diagnosis);
    page.heading(1, "What was assumed");
    let plan = &diagnosis.measured.sweep.plan;
    let sizes: Vec<String> = plan.sizes.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let what = match diagnosis.weighed {
        true => "runs with the parameters that were given",
        false => "random networks",
    };
    page.words(format!(
        "{} {what}, {}; one random gradient each, followed from the last step to the first. Remedies have the same seeds.",
        plan.seeds.len(),
        sizes.join(", ")
    ));
    diagnosis.notes.iter().for_each(|note| page.note(note));
    page
}

pub(super) fn steps(diagnosis: &Diagnosis) -> usize {
    diagnosis.measured.sweep.places.len().saturating_sub(1)
}

/// The verdict in a sentence or two, with the numbers behind it.
pub fn verdict(diagnosis: &Diagnosis) -> String {
    let measured = &diagnosis.measured;
    let (gain, chi, decades) = (measured.gain(), measured.chi(), measured.decades);
    let steps = steps(diagnosis);
    let numbers = format!("a norm gain of {} per step along `{}`, χ = {}", number(gain), diagnosis.index, number(chi));
    let mut text = match diagnosis.condition {
        Condition::Healthy => format!(
            "Healthy: the gradient is carried. It has {numbers}; {steps} steps change it by {} decades, which is less than a factor of 10.",
            signed(decades)
        ),
        Condition::Vanishing => {
            format!("The gradient vanishes: {numbers}; {steps} steps lose {} decades.", digits(-decades))
        }
        Condition::Exploding => {
            format!("The gradient explodes: {numbers}; {steps} steps add {} decades.", digits(decades))
        }
        Condition::Dead if decades.is_finite() && measured.summary.verdict != Verdict::Dies => format!(
            "Units are dead. What passes, passes beside them: {numbers}; {steps} steps change the gradient by {} decades, and the units learn nothing.",
            signed(decades)
        ),
        Condition::Dead => format!(
            "The gradient is dead: within {steps} steps it becomes exactly 0{}.",
            match measured.decades {
                decades if decades.is_finite() => " in some runs",
                _ => "",
            }
        ),
        Condition::Diverging => {
            let place = measured.sweep.runs.iter().filter_map(|run| run.diverged.as_ref()).next();
            let place = place.map_or_else(String::new, |own| {
                format!(": `{}` is no finite number at {} = {}", own.quantity, diagnosis.index, own.place)
            });
            match place.is_empty() {
                true => "The gradient is no finite number: it leaves the range of floats on the way back.".to_string(),
                false => format!("The values leave the range of floats on the way forward{place}."),
            }
        }
    };
    let xi = -1.0 / (2.0 * measured.summary.mean_gain);
    if matches!(diagnosis.condition, Condition::Vanishing | Condition::Exploding) && xi.is_finite() {
        let what = if xi > 0.0 { "shrinks" } else { "grows" };
        text.push_str(&format!(" Its mean square {what} by e in {} steps (ξ).", scale(xi.abs())));
    }
    if let Ok(expected) = &diagnosis.theory {
        text.push_str(&theory(expected));
    }
    let told = diagnosis.causes.iter().any(|cause| matches!(cause.kind, Blame::Saturated | Blame::Dead));
    if let (Some((function, share)), false) = (&diagnosis.flat, told) {
        text.push_str(&format!(
            " Yet `{function}` is flat at {} of all places: units that hardly learn.",
            percent(*share)
        ));
    }
    if let (Some(stretch), true) = (&diagnosis.stretch, diagnosis.condition != Condition::Healthy) {
        text.push_str(&format!(
            " Most of it, {:.0} %, lies between {} = {} and {}.",
            100.0 * stretch.share,
            diagnosis.index,
            stretch.from,
            stretch.to
        ));
    }
    text
}

fn remedies(page: &mut Page, diagnosis: &Diagnosis, net: &str) {
    if diagnosis.remedies.is_empty() {
        match diagnosis.condition {
            Condition::Healthy => page.note("Nothing needs mending. `--with` measures a change all the same."),
            _ => {
                page.heading(1, "Remedies");
                page.words("None of those that were tried fits this network; why not is told below.");
            }
        }
        return;
    }
    page.heading(1, "Remedies");
    page.words(
        "Each was applied to the network's text and measured by the same sweep. What keeps the gradient within a factor of 10 mends it; what does \
         so in every run stands first. Of those that end within a factor of 5, what acts on the cause comes first, then what adds fewer \
         parameters, then fewer changes. The last columns say what is added: parameters, and operations of a step there and back for one \
         example.",
    );
    let rows = diagnosis.remedies.iter().map(row).collect();
    let head = ["--with", "mends", "gain per step", "decades", "worst run", "parameters", "operations"];
    page.blocks.push(Block::Table(head.map(String::from).to_vec(), rows));
    match diagnosis.remedies.iter().find(|remedy| remedy.condition == Condition::Healthy) {
        Some(best) => {
            let quote = if best.change.contains(['(', '*', ' ']) { "'" } else { "" };
            page.note(&format!(
                "To apply the first: `nablascope transform {net} --with {quote}{}{quote} -o mended.net`",
                best.change
            ));
        }
        None => page.words("None of them mends it by itself; several may together."),
    }
}

fn row(remedy: &Remedy) -> Vec<Vec<Inline>> {
    let words = |text: String| vec![Inline::Words(text)];
    let parameters = match remedy.parameters {
        None => "–".to_string(),
        Some(0) => "0".to_string(),
        Some(more) if more > 0 => format!("+{more}"),
        Some(less) => format!("−{}", -less),
    };
    let operations = remedy.operations.map_or("–".to_string(), |ratio| {
        let percent = (100.0 * (ratio - 1.0)).round();
        match () {
            () if percent == 0.0 => "0 %".to_string(),
            () if percent > 0.0 => format!("+{percent:.0} %"),
            () => format!("−{:.0} %", -percent),
        }
    });
    let mends = match remedy.condition {
        Condition::Healthy if remedy.measured.holds() => "yes",
        Condition::Healthy => "typically",
        Condition::Vanishing => "no, vanishes",
        Condition::Exploding => "no, explodes",
        Condition::Dead => "no, dead",
        Condition::Diverging => "no, diverges",
    };
    vec![
        vec![Inline::Code(remedy.change.clone())],
        words(mends.to_string()),
        words(number(remedy.measured.gain())),
        words(signed(remedy.measured.decades)),
        words(signed(remedy.measured.worst)),
        words(parameters),
        words(operations),
    ]
}

/// The curves of the network as it is and of the best remedies.
fn beside(page: &mut Page, diagnosis: &Diagnosis) {
    let mends = diagnosis.remedies.iter().take(SHOWN);
    let mut sweeps = vec![diagnosis.measured.sweep.clone()];
    let mut summaries = vec![diagnosis.measured.summary.clone()];
    sweeps[0].setting = vec![("with".to_string(), "nothing".to_string())];
    for remedy in mends {
        let mut sweep = remedy.measured.sweep.clone();
        sweep.setting = vec![("with".to_string(), remedy.change.clone())];
        sweeps.push(sweep);
        summaries.push(remedy.measured.summary.clone());
    }
    page.heading(1, "The gradient along the way back");
    flow::side_by_side(page, sweeps, &summaries);
}

/// What theory expects, in a sentence.
fn theory(expected: &Expected) -> String {
    let end = match expected.end {
        end if (end - 1.0).abs() < 1e-9 => "χ = 1, critical,".to_string(),
        end if end <= 0.0 => "χ = 0".to_string(),
        end => format!("χ = {}, ξ = {}", number(end), scale(expected.xi.abs())),
    };
    match expected.over {
        Some(over) if (over - expected.end).abs() < 1e-4 => {
            format!(" Mean-field theory expects {}.", end.trim_end_matches(','))
        }
        Some(over) => {
            format!(" Mean-field theory expects χ = {} over these steps, and {end} in the long run.", number(over))
        }
        None => {
            let only = if expected.normalised { ", with an ε of 0" } else { "" };
            format!(" Mean-field theory expects {end} in the long run of wide layers{only}.")
        }
    }
}

/// A number of steps: one that is small needs more digits.
fn scale(steps: f64) -> String {
    if (1.0..1e5).contains(&steps) { digits(steps) } else { number(steps) }
}

/// What does not fit, a reason for each word.
fn refused(page: &mut Page, diagnosis: &Diagnosis) {
    let mut seen = BTreeSet::new();
    let single: Vec<_> = diagnosis
        .refused
        .iter()
        .filter(|(change, _)| !change.contains(','))
        .filter(|(change, _)| seen.insert(change.split('=').next().unwrap_or_default().to_string()))
        .collect();
    if single.is_empty() {
        return;
    }
    page.heading(1, "What does not fit this network");
    let code = |text: &str| {
        let mut parts = Vec::new();
        for (number, part) in text.split('`').enumerate() {
            parts.push(if number % 2 == 1 { Inline::Code(part.to_string()) } else { Inline::words(part) });
        }
        parts
    };
    let rows = single.into_iter().map(|(change, why)| vec![vec![Inline::Code(change.clone())], code(why)]).collect();
    page.blocks.push(Block::Table(["--with", "why not"].map(String::from).to_vec(), rows));
}
