//! What training changed: weights before and after, and the flow of gradients through them.

use super::{arrows, count, number, percent, tables};
use crate::math::change::Change;
use crate::math::flow::{Flow, Run, Sweep};
use crate::render::notation::Notation;
use crate::render::page::{Block, Inline, Page};
use std::f64::consts::LN_10;

/// The section. Sweeps are pairs: one before, one after, under each setting.
pub fn tell(page: &mut Page, flow: &Flow, notation: &Notation<'_>) {
    page.heading(1, "What changed");
    for pair in flow.sweeps.chunks_exact(2) {
        let mut text = gains(&pair[0], &pair[1]);
        let setting: Vec<String> =
            pair[0].setting.iter().rev().skip(1).rev().map(|(name, value)| format!("{name} = {value}")).collect();
        if !setting.is_empty() {
            text = format!("With {}: {text}", setting.join(", "));
        }
        page.words(text);
    }
    moved(page, &flow.changes, notation);
    for pair in flow.sweeps.chunks_exact(2) {
        paths(page, &pair[0], &pair[1], notation);
    }
}

/// The gain before and after; runs of one seed have the same inputs, so they are compared one by one.
fn gains(before: &Sweep, after: &Sweep) -> String {
    let steps = before.places.len().saturating_sub(1).max(1) as f64;
    let own = |run: &Run| {
        let ends = run.gradient.iter().filter_map(|curve| Some(curve.first()? - curve.last()?));
        super::mean(ends) / steps
    };
    let pairs: Vec<(f64, f64)> =
        before.runs.iter().zip(&after.runs).map(|(one, other)| (own(one), own(other))).collect();
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| super::mean(pairs.iter().map(of));
    let (one, other) = (mean(&|pair| pair.0), mean(&|pair| pair.1));
    let difference = mean(&|pair| pair.1 - pair.0);
    if !(one.is_finite() && other.is_finite()) {
        return "A gain before or after is no finite number, so they are not compared.".to_string();
    }
    let spread = match pairs.len() {
        0 | 1 => String::new(),
        runs => {
            let squares = mean(&|pair| (pair.1 - pair.0 - difference) * (pair.1 - pair.0 - difference));
            format!(" ± {}", number(libm::sqrt(squares / (runs - 1) as f64)))
        }
    };
    let whole = difference * steps / LN_10;
    let grown = match whole {
        0.0 => "as much as before arrives".to_string(),
        whole if whole > 0.0 => format!("{} decades more arrive", number(whole)),
        whole => format!("{} decades less arrive", number(-whole)),
    };
    format!(
        "The gain of a step, as ln, went from {} to {}: by {}{spread} nats. Over {} {grown}.",
        number(one),
        number(other),
        number(difference),
        count(steps as usize, "step", "steps"),
    )
}

/// Which parameter moved most, and a line for each.
fn moved(page: &mut Page, changes: &[Change], notation: &Notation<'_>) {
    let mut order: Vec<&Change> = changes.iter().collect();
    order.sort_by(|one, other| other.relative().total_cmp(&one.relative()));
    match order.first() {
        None => return page.words("No parameter is in both files."),
        Some(most) if most.moved == 0.0 => page.words("No parameter moved."),
        Some(most) => {
            page.paragraph(vec![
                Inline::Math(notation.name(&most.parameter)),
                Inline::words(format!(
                    " moved most: by {} of its norm.{}",
                    number(most.relative()),
                    match order.iter().filter(|own| own.moved == 0.0).count() {
                        0 => String::new(),
                        still => format!(" {} did not move.", count(still, "parameter", "parameters")),
                    }
                )),
            ]);
        }
    }
    let head = ["parameter", "moved, of its norm", "norm", "cosine", "largest singular value", "stable rank"];
    let both = |pair: Option<[f64; 2]>| match pair {
        Some([one, other]) => format!("{} → {}", number(one), number(other)),
        None => "–".to_string(),
    };
    let row = |own: &&Change| {
        let mut cells = vec![vec![Inline::Math(notation.name(&own.parameter))]];
        let texts =
            [number(own.relative()), both(Some(own.norm)), number(own.cosine), both(own.largest()), both(own.rank())];
        cells.extend(texts.map(|text| vec![Inline::words(text)]));
        cells
    };
    page.blocks.push(Block::Table(head.map(String::from).to_vec(), order.iter().map(row).collect()));
}

/// The share of each path before and after, those that changed most first.
fn paths(page: &mut Page, before: &Sweep, after: &Sweep, notation: &Notation<'_>) {
    if before.paths.is_empty() || before.paths != after.paths {
        return;
    }
    let mut rows: Vec<(usize, f64, f64)> =
        (0..before.paths.len()).map(|path| (path, tables::share(before, path), tables::share(after, path))).collect();
    rows.sort_by(|one, other| (other.2 - other.1).abs().total_cmp(&(one.2 - one.1).abs()));
    let row = |(path, one, other): &(usize, f64, f64)| {
        vec![
            vec![Inline::Math(arrows(&before.paths[*path], notation))],
            vec![Inline::words(percent(*one))],
            vec![Inline::words(percent(*other))],
            vec![Inline::words(percent(other - one))],
        ]
    };
    let head = ["path", "share before", "share after", "change"];
    page.blocks.push(Block::Table(head.map(String::from).to_vec(), rows.iter().map(row).collect()));
}
