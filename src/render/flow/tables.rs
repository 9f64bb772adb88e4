//! Numbers of a flow in tables. All of them are in the CSV and JSON.

use super::words::minus;
use super::{arrows, count, mean, number, percent, relative};
use crate::math::flow::{Band, Flow, Forward, Run, Summary, Sweep, Verdict};
use crate::render::notation::Notation;
use crate::render::page::{Block, Inline, Page};
use std::f64::consts::LN_10;

/// At how many places curves are told in numbers.
const PLACES: usize = 9;
/// How many exponents or singular values are printed one by one.
const FEW: usize = 8;
/// How many seeds have a row of their own.
const SEEDS: usize = 8;
/// At how many places, where each setting has a line.
const FEWER: usize = 7;

fn cells(texts: impl IntoIterator<Item = String>) -> Vec<Vec<Inline>> {
    texts.into_iter().map(|text| vec![Inline::words(text)]).collect()
}

fn head(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_string()).collect()
}

/// A line for each setting.
pub fn settings(flow: &Flow, summaries: &[Summary]) -> Block {
    let names = flow.sweeps.first().map(|sweep| sweep.setting.iter().map(|(name, _)| name.clone()));
    let mut titles: Vec<String> = names.into_iter().flatten().collect();
    titles.extend(head(&["the gradient", "gain per step, ln", "±", "½ ln χ", "over all steps, decades"]));
    let row = |(sweep, summary): (&Sweep, &Summary)| {
        let word = match summary.verdict {
            Verdict::Vanishes => "vanishes",
            Verdict::Explodes => "explodes",
            Verdict::Carries => "is carried",
            Verdict::Enters => "enters on the way",
            Verdict::Dies => "dies",
            Verdict::Diverges => "has no values",
        };
        let reached = summary.gradient.typical.first().copied().unwrap_or(f64::NAN);
        let values = sweep.setting.iter().map(|(_, value)| value.replace('-', "−"));
        cells(values.chain([
            word.to_string(),
            number(summary.typical_gain),
            summary.error.map_or("–".into(), number),
            number(summary.mean_gain),
            number(if summary.verdict == Verdict::Enters { f64::NAN } else { reached / LN_10 }),
        ]))
    };
    Block::Table(titles, flow.sweeps.iter().zip(summaries).map(row).collect())
}

/// At most so many positions, spread over a curve, ends included.
fn spread(length: usize, most: usize) -> Vec<usize> {
    let most = most.min(length);
    let mut found: Vec<usize> = (0..most).map(|number| number * (length - 1) / (most - 1).max(1)).collect();
    found.dedup();
    found
}

/// The gradient norm at some places.
pub fn gradient(sweep: &Sweep) -> Block {
    let curves = relative(sweep);
    let band = Band::over(&curves.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let length = band.typical.len().min(sweep.places.len());
    let mut titles = vec![sweep.plan.index.to_string()];
    titles.extend(head(&["typical, ln", "root mean square, ln", "lowest, ln", "highest, ln", "typical, decades"]));
    let row = |at: usize| {
        let logs = [band.typical[at], band.mean[at], band.low[at], band.high[at], band.typical[at] / LN_10];
        cells(std::iter::once(minus(sweep.places[at])).chain(logs.map(number)))
    };
    Block::Table(titles, spread(length, PLACES).into_iter().map(row).collect())
}

/// The typical gradient norm of each setting at some places, a line for each setting.
pub fn gradients(flow: &Flow) -> Block {
    let Some(longest) = flow.sweeps.iter().max_by_key(|sweep| sweep.places.len()) else {
        return Block::Table(Vec::new(), Vec::new());
    };
    let chosen: Vec<i64> = spread(longest.places.len(), FEWER).into_iter().map(|at| longest.places[at]).collect();
    let mut titles = vec![format!("typical, decades; {} =", longest.plan.index)];
    titles.extend(chosen.iter().map(|place| minus(*place)));
    let row = |sweep: &Sweep| {
        let band = Band::over(&relative(sweep).iter().map(Vec::as_slice).collect::<Vec<_>>());
        let value = |place: &i64| {
            let at = sweep.places.iter().position(|own| own == place);
            hundredths(at.and_then(|at| band.typical.get(at)).copied().unwrap_or(f64::NAN) / LN_10)
        };
        cells(std::iter::once(super::setting(sweep)).chain(chosen.iter().map(value)))
    };
    Block::Table(titles, flow.sweeps.iter().map(row).collect())
}

/// Two digits behind the point: a table with many columns has no room for more.
fn hundredths(value: f64) -> String {
    match value.is_finite() && value != 0.0 && value.abs() < 1e6 {
        true => format!("{value:.2}").replace('-', "−"),
        false => number(value),
    }
}

/// The mean share of a path.
pub fn share(sweep: &Sweep, path: usize) -> f64 {
    mean(sweep.runs.iter().filter_map(|run| run.shares.get(path)).flat_map(|share| share.steps.iter().copied()))
}

/// The paths, the weightiest first: in the picture and in the table.
pub fn order(sweep: &Sweep) -> Vec<usize> {
    let weight = |path: usize| {
        let steps = sweep.runs.iter().filter_map(|run| run.shares.get(path)).flat_map(|share| share.steps.iter());
        steps.filter(|value| value.is_finite()).map(|value| value.abs()).sum::<f64>()
    };
    let mut order: Vec<(f64, usize)> = (0..sweep.paths.len()).map(|path| (weight(path), path)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    order.into_iter().map(|(_, path)| path).collect()
}

/// Each path: its share, its gain, and what its edges do to it.
pub fn paths(sweep: &Sweep, notation: &Notation<'_>) -> Block {
    let row = |(number_of, path): (usize, usize)| {
        let own = || sweep.runs.iter().filter_map(move |run| run.shares.get(path));
        let gains = || own().flat_map(|share| share.gain.iter().copied());
        let (all, some) = (gains().count(), gains().filter(|gain| gain.is_finite()).count());
        let gain = match all - some {
            0 => number(mean(gains())),
            _ if some == 0 => "nothing passes".to_string(),
            none => {
                let gain = number(mean(gains().filter(|gain| gain.is_finite())));
                format!("{gain}; nothing at {none} of {}", count(all, "step", "steps"))
            }
        };
        let along = &sweep.paths[path].along;
        let mut edges: Vec<Inline> = Vec::new();
        for (edge, pair) in along.windows(2).enumerate() {
            let values = own().filter_map(|share| share.edges.get(edge).copied());
            let value = mean(values.filter(|value| value.is_finite()));
            edges.extend((edge > 0).then(|| Inline::words(", ")));
            edges.push(Inline::Math(notation.read(&pair[1])));
            edges.push(Inline::words(format!(": {}", number(value))));
        }
        vec![
            vec![Inline::words((number_of + 1).to_string())],
            vec![Inline::Math(arrows(&sweep.paths[path], notation))],
            vec![Inline::words(percent(share(sweep, path)))],
            vec![Inline::words(gain)],
            if some == 0 { Vec::new() } else { edges },
        ]
    };
    let titles = head(&["no.", "path", "share", "its own gain, ln", "edge by edge, ln"]);
    Block::Table(titles, order(sweep).into_iter().enumerate().map(row).collect())
}

/// A title, the numbers of a run, and their unit in nats.
type List = (&'static str, fn(&Run) -> &Vec<f64>, f64);

/// Exponents and singular values: all of a few, the ends of many.
pub fn spectra(page: &mut Page, sweep: &Sweep) {
    let lists: [List; 2] = [
        ("Lyapunov exponents, nats per step, the largest first", |run| &run.exponents, 1.0),
        (
            "Singular values of the Jacobian of the last state by the first, decades, the largest first",
            |run| &run.singular_values,
            LN_10,
        ),
    ];
    for (title, of, unit) in lists {
        let runs: Vec<&Run> = sweep.runs.iter().filter(|run| !of(run).is_empty()).collect();
        let Some(length) = runs.iter().map(|run| of(run).len()).min() else { continue };
        page.words(format!("{title}:"));
        let chosen: Vec<usize> = match length {
            0..=FEW => (0..length).collect(),
            _ => (0..FEW / 2).chain(length - FEW / 2..length).collect(),
        };
        let titles = std::iter::once("seed".to_string()).chain(chosen.iter().map(|at| format!("no. {}", at + 1)));
        let row = |run: &&Run| {
            cells(std::iter::once(run.seed.to_string()).chain(chosen.iter().map(|at| number(of(run)[*at] / unit))))
        };
        page.blocks.push(Block::Table(titles.collect(), runs.iter().take(SEEDS).map(row).collect()));
        let zeros = || runs.iter().map(|run| of(run).iter().filter(|value| **value == f64::NEG_INFINITY).count());
        let mut notes = Vec::new();
        match (zeros().min().unwrap_or(0), zeros().max().unwrap_or(0)) {
            (_, 0) => {}
            (least, most) if least == most => {
                let which = if most == length { format!("All {length}") } else { format!("{most} of {length}") };
                notes.push(format!("{which} are exactly 0: −∞."));
            }
            (_, most) => notes.push(format!("Up to {most} of {length} are exactly 0: −∞.")),
        }
        if runs.len() > SEEDS {
            notes.push(format!("{} more seeds are in the CSV and JSON.", runs.len() - SEEDS));
        }
        if !notes.is_empty() {
            page.words(notes.join(" "));
        }
    }
}

/// The gradient by each parameter.
pub fn parameters(sweep: &Sweep, notation: &Notation<'_>) -> Block {
    let first: &[_] =
        sweep.runs.iter().map(|run| run.parameters.as_slice()).find(|own| !own.is_empty()).unwrap_or_default();
    let row = |(at, own): (usize, &crate::math::flow::Parameter)| {
        let all = || sweep.runs.iter().filter_map(move |run| run.parameters.get(at));
        let ends = [
            mean(all().filter_map(|own| own.steps.first().copied())),
            mean(all().filter_map(|own| own.steps.last().copied())),
        ];
        let shared = if own.shared { "shared by all steps" } else { "one for each step" };
        let numbers =
            [mean(all().map(|own| own.whole)), ends[0], ends[1]].map(|value| vec![Inline::words(number(value))]);
        let mut row = vec![vec![Inline::Math(notation.name(&own.quantity))], vec![Inline::words(shared)]];
        row.extend(numbers);
        row
    };
    let titles = head(&["parameter", "", "whole norm, ln", "first step, ln", "last step, ln"]);
    Block::Table(titles, first.iter().enumerate().map(row).collect())
}

/// The values at the last place.
pub fn forward(sweep: &Sweep, notation: &Notation<'_>) -> Block {
    let first: &[Forward] =
        sweep.runs.iter().map(|run| run.forward.as_slice()).find(|own| !own.is_empty()).unwrap_or_default();
    let row = |(at, own): (usize, &Forward)| {
        let last = |curve: fn(&Forward) -> &Vec<f64>| {
            mean(sweep.runs.iter().filter_map(|run| curve(run.forward.get(at)?).last().copied()))
        };
        let variance = last(|own| &own.variance);
        let mut row = vec![vec![Inline::Math(notation.name(&own.quantity))]];
        row.extend(cells([
            number(last(|own| &own.mean)),
            number(libm::sqrt(variance)),
            percent(last(|own| &own.saturated)),
            percent(last(|own| &own.dead)),
        ]));
        row
    };
    let titles = head(&["at the last place", "mean", "standard deviation", "saturated", "dead"]);
    Block::Table(titles, first.iter().enumerate().map(row).collect())
}
