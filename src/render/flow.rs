//! Flow → Page, for terminals: the gist in tables and small plots. All curves are in the JSON.

use super::markup::{Binding, Markup, Symbol};
use super::notation::Notation;
use super::page::{Block, Inline, Page};
use crate::math::flow::{Band, Flow, Path, Run, Summary, Sweep, Verdict};
use crate::math::law::Book;
use crate::math::network::Network;

/// At how many places curves are told in numbers.
const PLACES: usize = 9;
/// How many columns a plot has.
const COLUMNS: usize = 60;
/// How many exponents or singular values are printed one by one.
const FEW: usize = 8;

/// A page about a flow. `network` is the one with its parts named; a summary belongs to each sweep.
pub fn page(flow: &Flow, network: &Network, summaries: &[Summary], book: &Book) -> Page {
    let mut page = Page { title: flow.network.to_string(), ..Page::default() };
    for note in &flow.notes {
        page.words(note.clone());
    }
    if flow.sweeps.len() > 1 {
        page.heading(1, "Settings");
        page.blocks.push(settings(flow, summaries));
    }
    let notation = Notation::of(network, book);
    for (sweep, summary) in flow.sweeps.iter().zip(summaries) {
        one(&mut page, sweep, summary, &notation);
    }
    page
}

/// A line for each setting.
fn settings(flow: &Flow, summaries: &[Summary]) -> Block {
    let names: Vec<String> = flow
        .sweeps
        .first()
        .map(|sweep| sweep.setting.iter().map(|(name, _)| name.clone()).collect())
        .unwrap_or_default();
    let mut head = names;
    head.extend(["typical gain, nats/step", "±", "½ ln χ", "first gradient, ln", "verdict"].map(String::from));
    let row = |(sweep, summary): (&Sweep, &Summary)| {
        let mut cells: Vec<String> = sweep.setting.iter().map(|(_, value)| value.clone()).collect();
        cells.extend([
            number(summary.typical_gain),
            summary.error.map(number).unwrap_or_default(),
            number(summary.mean_gain),
            number(summary.gradient.typical.first().copied().unwrap_or(f64::NAN)),
            word(summary.verdict).to_string(),
        ]);
        cells.into_iter().map(|cell| vec![Inline::words(cell)]).collect()
    };
    Block::Table(head, flow.sweeps.iter().zip(summaries).map(row).collect())
}

fn one(page: &mut Page, sweep: &Sweep, summary: &Summary, notation: &Notation<'_>) {
    let index = &sweep.plan.index;
    let setting: Vec<String> = sweep.setting.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if !setting.is_empty() {
        page.heading(1, setting.join(", "));
    }
    let steps = sweep.places.len().saturating_sub(1);
    let mut head = vec![Inline::words(format!("{} along {index}; the state is ", count(steps, "step")))];
    for (position, read) in sweep.states.iter().enumerate() {
        head.push(Inline::words(if position == 0 { "" } else { ", " }));
        head.push(Inline::Math(notation.read(read)));
    }
    let seeds = count(sweep.plan.seeds.len(), "seed");
    head.push(Inline::words(format!(", {} in all; {seeds}.", count(sweep.width, "entry"))));
    page.paragraph(head);
    sweep.notes.iter().for_each(|note| page.words(note.clone()));
    verdict(page, sweep, summary);
    gradient(page, sweep, &summary.gradient);
    forward(page, sweep);
    spectra(page, sweep);
    paths(page, sweep, notation);
    parameters(page, sweep);
    correlation(page, sweep);
}

fn verdict(page: &mut Page, sweep: &Sweep, summary: &Summary) {
    for run in &sweep.runs {
        if let Some(divergence) = &run.diverged {
            page.words(format!(
                "Seed {}: `{}` is not finite at {} = {}; the curves of this seed end before.",
                run.seed, divergence.quantity, sweep.plan.index, divergence.place
            ));
        }
    }
    let gain = summary.typical_gain;
    let factor = libm::exp(gain);
    let spread = summary.error.map(|error| format!(" ± {}", number(error))).unwrap_or_default();
    let what = match summary.verdict {
        Verdict::Vanishes => "The gradient vanishes",
        Verdict::Explodes => "The gradient explodes",
        Verdict::Carries => "The gradient is carried",
        Verdict::Dies => "The gradient becomes exactly 0",
        Verdict::Diverges => "The values leave the range of floats; up to there",
    };
    let decades = summary.gradient.typical.first().copied().unwrap_or(0.0) / std::f64::consts::LN_10;
    page.words(format!(
        "{what}: typical gain {}{spread} nats per step, a factor of {} each, {} decades over the range. Its mean square has ½ ln χ = {}.",
        number(gain),
        number(factor),
        number(decades),
        number(summary.mean_gain)
    ));
}

/// Positions spread over a curve, ends included.
fn spread(length: usize) -> Vec<usize> {
    let most = PLACES.min(length);
    let mut found: Vec<usize> = (0..most).map(|number| number * (length - 1) / (most - 1).max(1)).collect();
    found.dedup();
    found
}

fn gradient(page: &mut Page, sweep: &Sweep, band: &Band) {
    if band.typical.is_empty() {
        return;
    }
    page.heading(2, "Gradient norm, ln, relative to where it starts");
    let places = &sweep.places[..band.typical.len().min(sweep.places.len())];
    let head = [sweep.plan.index.to_string(), "typical".into(), "mean square".into(), "low".into(), "high".into()];
    let row = |at: usize| {
        let values = [band.typical[at], band.mean[at], band.low[at], band.high[at]].map(number);
        let cells = std::iter::once(places[at].to_string()).chain(values);
        cells.map(|cell| vec![Inline::words(cell)]).collect()
    };
    page.blocks.push(Block::Table(head.to_vec(), spread(places.len()).into_iter().map(row).collect()));
    page.words(format!("{} = {} {} {}", sweep.plan.index, places[0], plot(&band.typical), places[places.len() - 1]));
}

/// A curve as blocks of eight heights; a blank is exactly 0 or no number.
fn plot(curve: &[f64]) -> String {
    let finite = curve.iter().copied().filter(|value| value.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let columns = COLUMNS.min(curve.len());
    let column = |number: usize| {
        let (from, to) = (number * curve.len() / columns, ((number + 1) * curve.len() / columns).max(number + 1));
        let part = &curve[from.min(curve.len() - 1)..to.min(curve.len())];
        part.iter().sum::<f64>() / part.len().max(1) as f64
    };
    let block = |value: f64| {
        if !value.is_finite() {
            return ' ';
        }
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][((share * 7.999) as usize).min(7)]
    };
    (0..columns).map(|number| block(column(number))).collect()
}

fn forward(page: &mut Page, sweep: &Sweep) {
    let Some(run) = sweep.runs.first() else { return };
    if run.forward.is_empty() {
        return;
    }
    page.heading(2, format!("Values, seed {}: at the last place", run.seed));
    let head = ["", "mean", "standard deviation", "saturated", "dead"].map(String::from).to_vec();
    let row = |own: &crate::math::flow::Forward| {
        let last = |curve: &Vec<f64>| curve.last().copied();
        let share = |curve: &Vec<f64>| last(curve).map(percent).unwrap_or_default();
        let cells = [
            own.quantity.to_string(),
            last(&own.mean).map(number).unwrap_or_default(),
            last(&own.variance).map(|variance| number(libm::sqrt(variance))).unwrap_or_default(),
            share(&own.saturated),
            share(&own.dead),
        ];
        cells.into_iter().map(|cell| vec![Inline::words(cell)]).collect()
    };
    page.blocks.push(Block::Table(head, run.forward.iter().map(row).collect()));
}

/// A list of numbers of a run.
type List = fn(&Run) -> &Vec<f64>;

fn spectra(page: &mut Page, sweep: &Sweep) {
    let lists: [(&str, List); 2] = [
        ("Lyapunov exponents, nats per step", |run| &run.exponents),
        ("Singular values of the whole Jacobian, ln", |run| &run.singular_values),
    ];
    for (title, of) in lists {
        let runs: Vec<&Run> = sweep.runs.iter().filter(|run| !of(run).is_empty()).collect();
        if runs.is_empty() {
            continue;
        }
        page.heading(2, title);
        let length = of(runs[0]).len();
        let chosen: Vec<usize> = match length {
            0..=FEW => (0..length).collect(),
            _ => (0..FEW / 2).chain(length - FEW / 2..length).collect(),
        };
        let mut head = vec!["seed".to_string()];
        head.extend(chosen.iter().map(|number| (number + 1).to_string()));
        let row = |run: &&Run| {
            let cells = chosen.iter().map(|at| number(of(run)[*at]));
            std::iter::once(run.seed.to_string()).chain(cells).map(|cell| vec![Inline::words(cell)]).collect()
        };
        page.blocks.push(Block::Table(head, runs.iter().map(row).collect()));
        let zeros = of(runs[0]).iter().filter(|value| **value == f64::NEG_INFINITY).count();
        if zeros > 0 {
            page.words(format!("{zeros} of {length} are exactly 0: −∞."));
        }
    }
}

/// A path as it is printed.
pub(super) fn arrows(path: &Path, notation: &Notation<'_>) -> Markup {
    let mut reads: Vec<Markup> = path.along.iter().map(|read| notation.read(read)).collect();
    let arrows = vec![Symbol::new("←", r"\leftarrow"); reads.len().saturating_sub(1)];
    match reads.len() {
        1 => reads.remove(0),
        _ => Markup::Relation(reads, arrows, Binding::Compare),
    }
}

fn paths(page: &mut Page, sweep: &Sweep, notation: &Notation<'_>) {
    if sweep.paths.is_empty() {
        return;
    }
    page.heading(2, "Through which path");
    let head = ["share", "gain, ln", "path", "along it, ln"].map(String::from).to_vec();
    let mean_of = |curve: &dyn Fn(&Run) -> Option<f64>| {
        let values: Vec<f64> = sweep.runs.iter().filter_map(curve).filter(|value| !value.is_nan()).collect();
        values.iter().sum::<f64>() / values.len().max(1) as f64
    };
    let average = |values: &[f64]| {
        let own: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        (!own.is_empty()).then(|| own.iter().sum::<f64>() / own.len() as f64)
    };
    let mut rows: Vec<(f64, Vec<Vec<Inline>>)> = Vec::new();
    for (number_of, path) in sweep.paths.iter().enumerate() {
        let share = mean_of(&|run| average(&run.shares.get(number_of)?.steps));
        let gain = mean_of(&|run| average(&run.shares.get(number_of)?.gain));
        let edges: Vec<String> = (0..path.along.len().saturating_sub(1))
            .map(|edge| number(mean_of(&|run| run.shares.get(number_of)?.edges.get(edge).copied())))
            .collect();
        let cells = vec![
            vec![Inline::words(percent(share))],
            vec![Inline::words(number(gain))],
            vec![Inline::Math(arrows(path, notation))],
            vec![Inline::words(edges.join(", "))],
        ];
        rows.push((share, cells));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    page.blocks.push(Block::Table(head, rows.into_iter().map(|(_, cells)| cells).collect()));
}

fn parameters(page: &mut Page, sweep: &Sweep) {
    let Some(run) = sweep.runs.first().filter(|run| !run.parameters.is_empty()) else { return };
    page.heading(2, format!("Gradients by parameters, ln of the norm, seed {}", run.seed));
    let head = ["", "first step", "last step", "whole", "along the steps"].map(String::from).to_vec();
    let row = |own: &crate::math::flow::Parameter| {
        let at = |value: Option<&f64>| value.copied().map(number).unwrap_or_default();
        let cells = [
            own.quantity.to_string(),
            at(own.steps.first()),
            at(own.steps.last()),
            number(own.whole),
            plot(&own.steps).chars().take(COLUMNS / 2).collect(),
        ];
        cells.into_iter().map(|cell| vec![Inline::words(cell)]).collect()
    };
    page.blocks.push(Block::Table(head, run.parameters.iter().map(row).collect()));
}

fn correlation(page: &mut Page, sweep: &Sweep) {
    let curves: Vec<&Vec<(i64, f64)>> =
        sweep.runs.iter().map(|run| &run.correlation).filter(|own| !own.is_empty()).collect();
    let Some(first) = curves.first() else { return };
    page.heading(2, "Correlation of gradients between two inputs");
    let head = vec![sweep.plan.index.to_string(), "cosine".to_string()];
    let row = |at: usize| {
        let values: Vec<f64> = curves.iter().filter_map(|curve| curve.get(at)).map(|(_, cosine)| *cosine).collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        [first[at].0.to_string(), number(mean)].into_iter().map(|cell| vec![Inline::words(cell)]).collect()
    };
    page.blocks.push(Block::Table(head, spread(first.len()).into_iter().map(row).collect()));
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Vanishes => "vanishes",
        Verdict::Explodes => "explodes",
        Verdict::Carries => "is carried",
        Verdict::Dies => "dies",
        Verdict::Diverges => "diverges",
    }
}

fn count(number: usize, what: &str) -> String {
    let many = match what.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{what}s"),
    };
    if number == 1 { format!("1 {what}") } else { format!("{number} {many}") }
}

fn percent(share: f64) -> String {
    if share.is_nan() { "–".into() } else { format!("{:.1} %", 100.0 * share).replace('-', "−") }
}

/// Four digits; −∞ is what is exactly 0 on a log scale.
fn number(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "–".into()
    } else if value == f64::NEG_INFINITY {
        "−∞".into()
    } else if value == f64::INFINITY {
        "∞".into()
    } else if value == 0.0 {
        "0".into()
    } else if !(1e-4..1e6).contains(&size) {
        format!("{value:.3e}").replace('-', "−")
    } else if size >= 100.0 {
        format!("{value:.2}").replace('-', "−")
    } else {
        format!("{value:.4}").replace('-', "−")
    }
}
