//! Flow → Page: what was asked, what came out in words, curves with bands over seeds, through which path, spectra, tables.

mod beside;
mod changes;
pub mod csv;
#[cfg(test)]
pub mod fixture;
mod pictures;
mod tables;
#[cfg(test)]
mod tests;
mod words;

use super::markup::{Binding, Markup, Symbol};
use super::notation::Notation;
use super::page::{Inline, Page};
use super::text::text;
use crate::math::flow::{Flow, Path, Run, Summary, Sweep};
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::theory::Theory;

/// How many settings are told one by one in each section.
const SETTINGS: usize = 8;

/// A page about a flow. `network` is the one with its parts named; a summary belongs to each sweep.
/// What theory says of each sweep may be left out.
pub fn page(
    flow: &Flow,
    network: &Network,
    summaries: &[Summary],
    theories: &[Result<Theory, String>],
    book: &Book,
) -> Page {
    let notation = Notation::of(network, book);
    let mut page = Page { title: format!("{}: gradient flow", flow.network), ..Page::default() };
    if !network.comment.is_empty() {
        page.words(network.comment.join(" "));
    }
    page.heading(1, "What was asked");
    words::asked(&mut page, flow, &notation);
    page.heading(1, "What came out");
    if flow.sweeps.is_empty() {
        page.words("There is no sweep to tell of.");
    }
    for (sweep, summary) in flow.sweeps.iter().zip(summaries) {
        words::outcome(&mut page, flow, sweep, summary, &notation);
    }
    if flow.sweeps.len() > 1 {
        page.blocks.push(tables::settings(flow, summaries));
    }
    if !flow.changes.is_empty() {
        changes::tell(&mut page, flow, &notation);
    }
    if flow.sweeps.iter().any(|sweep| sweep.runs.iter().any(|run| !run.gradient.is_empty())) {
        page.heading(1, "The gradient along the way back");
        page.figure(pictures::gradient(flow, theories));
        beside::tell(&mut page, flow, summaries, theories);
        page.blocks.push(if flow.sweeps.len() == 1 {
            tables::gradient(&flow.sweeps[0])
        } else {
            tables::gradients(flow)
        });
        for sweep in flow.sweeps.iter().take(SETTINGS) {
            let parts = pictures::states(sweep, &notation, flow).into_iter().chain(pictures::gains(sweep, flow));
            parts.for_each(|picture| page.figure(picture));
        }
    }
    section(
        &mut page,
        flow,
        "Through which path",
        |sweep| !sweep.paths.is_empty(),
        |page, sweep| {
            words::paths(page, sweep, &notation);
            pictures::shares(sweep, &notation, flow).into_iter().for_each(|picture| page.figure(picture));
            page.blocks.push(tables::paths(sweep, &notation));
        },
    );
    section(
        &mut page,
        flow,
        "Spectra",
        has(|run| !run.exponents.is_empty() || !run.singular_values.is_empty()),
        |page, sweep| {
            pictures::spectra(sweep, flow).into_iter().for_each(|picture| page.figure(picture));
            tables::spectra(page, sweep);
        },
    );
    section(&mut page, flow, "Gradients by parameters", has(|run| !run.parameters.is_empty()), |page, sweep| {
        pictures::parameters(sweep, &notation, flow).into_iter().for_each(|picture| page.figure(picture));
        page.blocks.push(tables::parameters(sweep, &notation));
    });
    section(&mut page, flow, "The values on the way forward", has(|run| !run.forward.is_empty()), |page, sweep| {
        pictures::forward(sweep, &notation, flow).into_iter().for_each(|picture| page.figure(picture));
        page.blocks.push(tables::forward(sweep, &notation));
    });
    section(&mut page, flow, "Two inputs", has(|run| !run.correlation.is_empty()), |page, sweep| {
        page.figure(pictures::correlation(sweep, flow));
    });
    page
}

/// A section with a part for each sweep that has something to tell.
/// Sweeps of several networks, each under its setting: a line for each, and one picture.
pub(super) fn side_by_side(page: &mut Page, sweeps: Vec<Sweep>, summaries: &[Summary]) {
    if sweeps.is_empty() {
        return;
    }
    let flow = Flow { network: Name::from(""), notes: Vec::new(), sweeps, changes: Vec::new() };
    page.blocks.push(tables::settings(&flow, summaries));
    if flow.sweeps.iter().any(|sweep| sweep.runs.iter().any(|run| !run.gradient.is_empty())) {
        page.figure(pictures::gradient(&flow, &[]));
    }
}

fn section(
    page: &mut Page,
    flow: &Flow,
    title: &str,
    tells: impl Fn(&Sweep) -> bool,
    write: impl Fn(&mut Page, &Sweep),
) {
    let telling: Vec<&Sweep> = flow.sweeps.iter().filter(|sweep| tells(sweep)).collect();
    if !telling.is_empty() {
        page.heading(1, title);
    }
    for sweep in telling.iter().take(SETTINGS) {
        setting_heading(page, flow, sweep);
        write(page, sweep);
    }
    if telling.len() > SETTINGS {
        page.words(format!(
            "{} are in the CSV and JSON.",
            count(telling.len() - SETTINGS, "more setting", "more settings")
        ));
    }
}

fn has(tells: impl Fn(&Run) -> bool) -> impl Fn(&Sweep) -> bool {
    move |sweep| sweep.runs.iter().any(&tells)
}

fn setting_heading(page: &mut Page, flow: &Flow, sweep: &Sweep) {
    if flow.sweeps.len() > 1 {
        page.heading(2, setting(sweep));
    }
}

/// `sigma_w = 0.8, phi = relu`, or nothing.
fn setting(sweep: &Sweep) -> String {
    let parts: Vec<String> = sweep.setting.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    parts.join(", ")
}

/// A title, with the setting where there are several.
fn titled(title: &str, sweep: &Sweep, flow: &Flow) -> String {
    if flow.sweeps.len() > 1 { format!("{title}, {}", setting(sweep)) } else { title.to_string() }
}

/// The curves of one measure of all runs, each relative to where it starts, at its last place.
fn relative(sweep: &Sweep) -> Vec<Vec<f64>> {
    let curves = sweep.runs.iter().flat_map(|run| &run.gradient);
    curves.map(|curve| curve.iter().map(|value| value - curve.last().copied().unwrap_or(0.0)).collect()).collect()
}

/// A path as it is printed: `h_t ← o_t ← h_{t−1}`.
pub(super) fn arrows(path: &Path, notation: &Notation<'_>) -> Markup {
    let mut reads: Vec<Markup> = path.along.iter().map(|read| notation.read(read)).collect();
    let arrows = vec![Symbol::new("←", r"\leftarrow"); reads.len().saturating_sub(1)];
    match reads.len() {
        0 => Markup::same("?"),
        1 => reads.remove(0),
        _ => Markup::Relation(reads, arrows, Binding::Compare),
    }
}

/// A name as text.
fn name(of: &Name, notation: &Notation<'_>) -> String {
    text(&notation.name(of))
}

/// A list of formulas in words.
fn listed(formulas: Vec<Markup>) -> Vec<Inline> {
    let last = formulas.len().saturating_sub(1);
    let mut parts = Vec::new();
    for (position, formula) in formulas.into_iter().enumerate() {
        parts.extend((position > 0).then(|| Inline::words(if position == last { " and " } else { ", " })));
        parts.push(Inline::Math(formula));
    }
    parts
}

/// `1 seed`, `8 seeds`
fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// Four digits; a dash where there is no number.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    let text = if value.is_nan() {
        "–".into()
    } else if value.is_infinite() {
        if value > 0.0 { "∞".into() } else { "−∞".into() }
    } else if value == 0.0 {
        "0".into()
    } else if !(1e-4..1e6).contains(&size) {
        format!("{value:.3e}")
    } else if size >= 100.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.4}")
    };
    text.replace('-', "−")
}

/// A share of the whole.
fn percent(share: f64) -> String {
    if share.is_nan() {
        return "–".into();
    }
    // What rounds to nothing has no sign.
    let text = format!("{:.1}", 100.0 * share);
    format!("{} %", if text == "-0.0" { "0.0" } else { &text }).replace('-', "−")
}

/// The mean of what is a number.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    crate::math::band::mean(&values.filter(|value| !value.is_nan()).collect::<Vec<f64>>())
}
