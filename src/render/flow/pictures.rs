//! The curves of a flow as pictures.

use super::words::all_exponents;
use super::{arrows, mean, name, relative, setting, titled};
use crate::math::flow::{Band, Flow, Forward, Run, Start, Sweep};
use crate::math::theory::Theory;
use crate::render::notation::Notation;
use crate::render::picture::{Axis, Curve, Kind, Picture, Plot, Scale, Stack};
use crate::render::text::text;

/// More curves than this in one picture cannot be told apart.
const CURVES: usize = 8;
/// More pictures of one kind are too many.
const PICTURES: usize = 3;
/// More layers than this cannot be told apart.
const LAYERS: usize = 7;

fn places(sweep: &Sweep) -> Vec<f64> {
    sweep.places.iter().map(|place| *place as f64).collect()
}

/// The places that steps lead to: all but the first.
fn steps(sweep: &Sweep) -> Vec<f64> {
    places(sweep).into_iter().skip(1).collect()
}

fn along(sweep: &Sweep) -> Axis {
    Axis::new(
        format!(
            "{} (the forward pass runs {})",
            sweep.plan.index,
            if rises(sweep) { "to the right" } else { "to the left" }
        ),
        Scale::Integers,
    )
}

fn rises(sweep: &Sweep) -> bool {
    sweep.places.first() <= sweep.places.last()
}

/// A curve with a band over runs. Places rise from left to right, whichever way the recurrence runs.
fn banded(name: &str, x: &[f64], curves: &[&[f64]]) -> Curve {
    let band = Band::over(curves);
    let length = x.len().min(band.typical.len());
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let pick = |values: &[f64]| order.iter().map(|at| values[*at]).collect::<Vec<f64>>();
    let ends = (curves.len() > 1).then(|| (pick(&band.low), pick(&band.high)));
    Curve { name: name.into(), kind: Kind::Line, x: pick(x), y: pick(&band.typical), band: ends }
}

fn runs_note(sweeps: &[Sweep]) -> String {
    let most =
        sweeps.iter().map(|sweep| sweep.runs.iter().map(|run| run.gradient.len()).sum::<usize>()).max().unwrap_or(0);
    if most > 1 {
        format!("The line is a typical run (the mean of logarithms), the band holds all {most} runs and gradients.")
    } else {
        String::new()
    }
}

/// The gradient norm relative to where it starts, with a curve for each setting.
pub fn gradient(flow: &Flow, theories: &[Result<Theory, String>]) -> Picture {
    let several = flow.sweeps.len() > 1;
    let mut curves = Vec::new();
    for sweep in flow.sweeps.iter().take(CURVES) {
        let own = relative(sweep);
        let slices: Vec<&[f64]> = own.iter().map(Vec::as_slice).collect();
        let label = if several { setting(sweep) } else { "typical".into() };
        let curve = banded(&label, &places(sweep), &slices);
        if !several && slices.len() > 1 {
            let mean = Band::over(&slices).mean;
            let mut reference = banded("root mean square", &places(sweep), &[&mean]);
            reference.kind = Kind::Reference(None);
            curves.extend([curve, reference]);
        } else {
            curves.push(curve);
        }
    }
    for (number, sweep) in flow.sweeps.iter().enumerate().take(CURVES) {
        let Some(theory) = theories.get(number).and_then(|theory| theory.as_ref().ok()) else { continue };
        let Some(values) = super::beside::curve(theory, sweep) else { continue };
        let first = !curves.iter().any(|curve| matches!(curve.kind, Kind::Reference(Some(_))));
        let label = if !first {
            ""
        } else if several {
            "theory, in the colour of its setting"
        } else {
            "theory"
        };
        let mut curve = banded(label, &places(sweep), &[&values]);
        curve.kind = Kind::Reference(Some(number));
        curves.push(curve);
    }
    let mut note = runs_note(&flow.sweeps);
    if flow.sweeps.len() > CURVES {
        note.push_str(&format!(" {} more settings are in the table.", flow.sweeps.len() - CURVES));
    }
    let backwards = if flow.sweeps.first().is_none_or(rises) { "right to left" } else { "left to right" };
    note.push_str(&format!(" Read it from {backwards}: that is how the gradient runs."));
    Picture {
        title: "Norm of the gradient by the state".into(),
        note: note.trim().into(),
        x: flow.sweeps.first().map_or(Axis::new("place", Scale::Integers), along),
        y: Axis::new("‖∂L/∂state‖₂ divided by what it is at the last place, in powers of ten", Scale::Decades),
        plot: Plot::Curves(curves),
    }
}

/// The parts of the state one by one, where it has several.
pub fn states(sweep: &Sweep, notation: &Notation<'_>, flow: &Flow) -> Option<Picture> {
    if sweep.states.len() < 2 {
        return None;
    }
    let curve = |(at, read): (usize, &crate::math::expression::Read)| {
        let own: Vec<&[f64]> = sweep.runs.iter().filter_map(|run| run.states.get(at)).map(Vec::as_slice).collect();
        banded(&text(&notation.read(read)), &places(sweep), &own)
    };
    let curves: Vec<Curve> = sweep.states.iter().enumerate().take(CURVES).map(curve).collect();
    curves.iter().any(|curve| !curve.x.is_empty()).then(|| Picture {
        title: titled("The parts of the state", sweep, flow),
        note: rest("", sweep.states.len()),
        x: along(sweep),
        y: Axis::new("norm of the gradient by each part, in powers of ten", Scale::Decades),
        plot: Plot::Curves(curves),
    })
}

/// The gain of each step, beside the symbolic bound.
pub fn gains(sweep: &Sweep, flow: &Flow) -> Option<Picture> {
    let bounded: Vec<&Run> = sweep.runs.iter().filter(|run| !run.bound.is_empty()).collect();
    // What enters on the way is no gain of a step, so nothing bounds it.
    if bounded.is_empty() || sweep.plan.start == Start::Loss {
        return None;
    }
    let gain = |curve: &Vec<f64>| curve.windows(2).map(|pair| pair[0] - pair[1]).collect::<Vec<f64>>();
    let own: Vec<Vec<f64>> = sweep.runs.iter().flat_map(|run| &run.gradient).map(gain).collect();
    let slices: Vec<&[f64]> = own.iter().map(Vec::as_slice).collect();
    let measured = banded("measured", &steps(sweep), &slices);
    let mut bound = points("symbolic bound", &bounded.iter().map(|run| run.bound.as_slice()).collect::<Vec<_>>());
    bound.kind = Kind::Reference(Some(0));
    bound.band = None;
    Some(Picture {
        title: titled("Gain of one step, and its bound", sweep, flow),
        note: "The bound is what no gradient can exceed, by the norms of the weights and the steepest slopes.".into(),
        x: along(sweep),
        y: Axis::new("‖∂L/∂state before‖₂ / ‖∂L/∂state after‖₂, in powers of ten", Scale::Decades),
        plot: Plot::Curves(vec![measured, bound]),
    })
}

/// A curve through values at some places, the mean of all runs with the band.
fn points(name: &str, runs: &[&[(i64, f64)]]) -> Curve {
    let x: Vec<f64> = runs.first().map(|run| run.iter().map(|(place, _)| *place as f64).collect()).unwrap_or_default();
    let own: Vec<Vec<f64>> = runs.iter().map(|run| run.iter().map(|(_, value)| *value).collect()).collect();
    banded(name, &x, &own.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// How the gradient is made up of paths.
pub fn shares(sweep: &Sweep, notation: &Notation<'_>, flow: &Flow) -> Option<Picture> {
    let x = steps(sweep);
    let length = sweep.runs.iter().flat_map(|run| &run.shares).map(|share| share.steps.len()).max()?.min(x.len());
    let of = |path: usize| -> Vec<f64> {
        (0..length)
            .map(|at| mean(sweep.runs.iter().filter_map(|run| run.shares.get(path)?.steps.get(at).copied())))
            .collect()
    };
    let layer = |path: usize| (text(&arrows(&sweep.paths[path], notation)), of(path));
    let mut layers: Vec<(String, Vec<f64>)> = super::tables::order(sweep).into_iter().map(layer).collect();
    // Where nothing passes there are no shares to be seen.
    layers.iter().flat_map(|(_, values)| values).find(|value| value.is_finite())?;
    if layers.len() > LAYERS + 1 {
        let rest = layers.split_off(LAYERS);
        let sum =
            (0..length).map(|at| rest.iter().map(|(_, values)| values[at]).filter(|value| value.is_finite()).sum());
        layers.push((format!("{} more", super::count(rest.len(), "path", "paths")), sum.collect()));
    }
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let sorted = |values: &[f64]| order.iter().map(|at| values[*at]).collect::<Vec<f64>>();
    let layers = layers.iter().map(|(name, values)| (name.clone(), sorted(values))).collect();
    Some(Picture {
        title: titled("Shares of the paths of one step", sweep, flow),
        note: "What each path contributes to the gradient of the state before; all add up to 1. What works against the others is below 0. Means over runs.".into(),
        x: along(sweep),
        y: Axis::new("share of the gradient", Scale::Share),
        plot: Plot::Stack(Stack { x: sorted(&x), layers }),
    })
}

/// Exponents and singular values by rank.
pub fn spectra(sweep: &Sweep, flow: &Flow) -> Vec<Picture> {
    let mut found = Vec::new();
    let mut add = |title: &str, note: &str, y: Axis, of: fn(&Run) -> &Vec<f64>| {
        let own: Vec<&[f64]> = sweep.runs.iter().map(|run| of(run).as_slice()).filter(|own| !own.is_empty()).collect();
        let Some(length) = own.iter().map(|own| own.len()).max().filter(|length| *length > 1) else { return };
        let x: Vec<f64> = (1..=length).map(|rank| rank as f64).collect();
        let curve = Curve { kind: Kind::Points, ..banded(if own.len() > 1 { "typical" } else { "" }, &x, &own) };
        found.push(Picture {
            title: titled(title, sweep, flow),
            note: note.into(),
            x: Axis::new("rank, the largest first", Scale::Integers),
            y,
            plot: Plot::Curves(vec![curve]),
        });
    };
    let which = if all_exponents(sweep) { "All of them." } else { "The leading ones." };
    let nats = Axis::new("exponent λ, nats per step (0: carried, above: grows, below: shrinks)", Scale::Linear);
    add("Lyapunov exponents", which, nats, |run| &run.exponents);
    let decades =
        Axis::new("singular value σ of the Jacobian of the last state by the first, in powers of ten", Scale::Decades);
    add("Singular values over all steps", "", decades, |run| &run.singular_values);
    found
}

/// What each step contributes to the gradients by parameters.
pub fn parameters(sweep: &Sweep, notation: &Notation<'_>, flow: &Flow) -> Vec<Picture> {
    let Some(first) = sweep.runs.iter().map(|run| &run.parameters).find(|own| !own.is_empty()) else {
        return Vec::new();
    };
    let mut order: Vec<usize> = (0..first.len()).collect();
    let whole = |at: usize| mean(sweep.runs.iter().filter_map(|run| run.parameters.get(at).map(|own| own.whole)));
    order.sort_by(|a, b| whole(*b).total_cmp(&whole(*a)));
    let curve = |at: &usize| {
        let own: Vec<&[f64]> =
            sweep.runs.iter().filter_map(|run| run.parameters.get(*at)).map(|own| own.steps.as_slice()).collect();
        banded(&name(&first[*at].quantity, notation), &steps(sweep), &own)
    };
    let note = "The Frobenius norm of ∂L/∂W of each step; where steps share W, of what each step contributes to it.";
    let curves: Vec<Curve> = order.iter().map(curve).collect();
    split("Parameter gradients step by step", note, curves, |title, note, curves| Picture {
        title: titled(title, sweep, flow),
        note: note.into(),
        x: along(sweep),
        y: Axis::new("‖∂L/∂W‖ of one step, in powers of ten", Scale::Decades),
        plot: Plot::Curves(curves),
    })
}

/// Many curves in a few pictures of about as many each. Says what is left out where these are not enough.
fn split(
    title: &str,
    note: &str,
    mut curves: Vec<Curve>,
    picture: impl Fn(&str, &str, Vec<Curve>) -> Picture,
) -> Vec<Picture> {
    let all = curves.len();
    curves.truncate(PICTURES * CURVES);
    let left = if all > curves.len() { format!(" The first {} of {all}.", curves.len()) } else { String::new() };
    let count = curves.len().div_ceil(CURVES);
    let size = curves.len().div_ceil(count.max(1)).max(1);
    let mut found = Vec::new();
    while !curves.is_empty() {
        let rest = curves.split_off(size.min(curves.len()));
        let title = if count > 1 { format!("{title} ({} of {count})", found.len() + 1) } else { title.to_string() };
        found.push(picture(&title, format!("{note}{left}").trim(), curves));
        curves = rest;
    }
    found
}

/// Says what a picture leaves out.
fn rest(note: &str, curves: usize) -> String {
    let more = if curves > CURVES { format!(" The {CURVES} largest of {curves}.") } else { String::new() };
    format!("{note}{more}").trim().to_string()
}

/// Spread of the values, and shares of what is saturated or dead.
pub fn forward(sweep: &Sweep, notation: &Notation<'_>, flow: &Flow) -> Vec<Picture> {
    let Some(first) = sweep.runs.iter().map(|run| &run.forward).find(|own| !own.is_empty()) else { return Vec::new() };
    let curve = |at: usize, suffix: &str, of: &dyn Fn(&Forward) -> Vec<f64>| {
        let own: Vec<Vec<f64>> = sweep.runs.iter().filter_map(|run| run.forward.get(at)).map(of).collect();
        let label = format!("{}{suffix}", name(&first[at].quantity, notation));
        banded(&label, &places(sweep), &own.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let deviation = |own: &Forward| own.variance.iter().map(|variance| 0.5 * libm::log(*variance)).collect();
    let tells = |curve: &Curve| curve.y.iter().any(|value| !value.is_nan());
    let spread: Vec<Curve> = (0..first.len()).map(|at| curve(at, "", &deviation)).filter(tells).collect();
    let mut found = split("How large the values are", "", spread, |title, note, curves| Picture {
        title: titled(title, sweep, flow),
        note: note.into(),
        x: along(sweep),
        y: Axis::new("standard deviation over entries, in powers of ten", Scale::Decades),
        plot: Plot::Curves(curves),
    });
    let mut shares: Vec<Curve> = Vec::new();
    for at in 0..first.len() {
        let saturated = curve(at, " saturated", &|own: &Forward| own.saturated.clone());
        let dead = curve(at, " dead", &|own: &Forward| own.dead.clone());
        // A curve that stays at 0 has nothing to show.
        shares.extend([saturated, dead].into_iter().filter(|curve| curve.y.iter().any(|value| *value > 0.0)));
    }
    let note = "Saturated: the slope is below a twentieth of the steepest, but not 0. Dead: it is exactly 0.";
    found.extend(split("Saturated and dead units", note, shares, |title, note, curves| Picture {
        title: titled(title, sweep, flow),
        note: note.into(),
        x: along(sweep),
        y: Axis::new("share of the units", Scale::Share),
        plot: Plot::Curves(curves),
    }));
    found
}

/// How alike the gradients of two inputs are.
pub fn correlation(sweep: &Sweep, flow: &Flow) -> Picture {
    let runs: Vec<&[(i64, f64)]> =
        sweep.runs.iter().map(|run| run.correlation.as_slice()).filter(|own| !own.is_empty()).collect();
    let curve = points(if runs.len() > 1 { "mean" } else { "" }, &runs);
    Picture {
        title: titled("Correlation of gradients between two inputs", sweep, flow),
        note: "1: both inputs learn the same. 0: the gradient is noise. The parameters are the same for both.".into(),
        x: along(sweep),
        y: Axis::new("cosine between the gradients", Scale::Linear),
        plot: Plot::Curves(vec![curve]),
    }
}
