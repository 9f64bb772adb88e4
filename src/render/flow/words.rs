//! What was asked and what came out, in sentences.

use super::{arrows, count, listed, mean, number, percent, setting};
use crate::math::flow::{Exponents, Flow, Start, Summary, Sweep, Verdict};
use crate::render::notation::Notation;
use crate::render::page::{Inline, Page};
use std::f64::consts::LN_10;

/// How many decades are a lot.
const THOUSANDTH: f64 = -3.0 * LN_10;

/// The question.
pub fn asked(page: &mut Page, flow: &Flow, notation: &Notation<'_>) {
    let Some(sweep) = flow.sweeps.first() else { return };
    let plan = &sweep.plan;
    let steps = sweep.places.len().saturating_sub(1);
    let mut parts = vec![
        Inline::words(format!("{} along ", count(steps, "step", "steps"))),
        Inline::Math(notation.name(&plan.index)),
    ];
    if let (Some(first), Some(last)) = (sweep.places.first(), sweep.places.last()) {
        parts.push(Inline::words(format!(
            ", from the initial state at {first} to {last}",
            first = minus(*first),
            last = minus(*last)
        )));
    }
    parts.push(Inline::words(". The state at a place is "));
    parts.extend(listed(sweep.states.iter().map(|read| notation.read(read)).collect()));
    parts.push(Inline::words(format!(", {} in all. ", count(sweep.width, "number", "numbers"))));
    let seeds = match plan.seeds.as_slice() {
        [] => "No seed was run.".to_string(),
        [only] => format!("One run, with seed {only}"),
        [first, .., last] => format!("{} runs, with seeds {first} to {last}", plan.seeds.len()),
    };
    let start = match plan.start {
        Start::Random => "in a random direction of length 1",
        Start::Ones => "as 1 in every entry",
        Start::Loss => "being that of L, which enters wherever L reads the state",
    };
    let probes = match plan.probes {
        0 | 1 if plan.start == Start::Loss => {
            "the gradient is that of L, or of the outputs under random upstream gradients, \
            and enters wherever they read the state: norms along the way are no gains of a single gradient."
                .to_string()
        }
        0 | 1 => format!("the gradient starts at the last place {start}."),
        probes => format!(
            "each with {probes} gradients; they start at the last place in random directions of length 1, the first {start}."
        ),
    };
    parts.push(Inline::words(if plan.seeds.is_empty() { seeds } else { format!("{seeds}; {probes}") }));
    page.paragraph(parts);
    if !plan.sizes.is_empty() {
        let sizes: Vec<String> = plan.sizes.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        page.words(format!("Sizes: {}.", sizes.join(", ")));
    }
    if let [(first, _), ..] = sweep.setting.as_slice()
        && flow.sweeps.len() > 1
    {
        let others: Vec<&str> = sweep.setting.iter().skip(1).map(|(name, _)| name.as_str()).collect();
        let names = std::iter::once(first.as_str()).chain(others).collect::<Vec<_>>().join(" and ");
        page.words(format!("{} settings of {names}.", flow.sweeps.len()));
    }
    for note in &flow.notes {
        page.note(&sentence(note));
    }
}

/// A note as a sentence.
fn sentence(note: &str) -> String {
    let mut letters = note.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if note.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// The answer for one setting.
pub fn outcome(page: &mut Page, flow: &Flow, sweep: &Sweep, summary: &Summary, notation: &Notation<'_>) {
    let setting = if flow.sweeps.len() > 1 { format!("With {}: ", setting(sweep)) } else { String::new() };
    let what = match summary.verdict {
        // What enters on the way hides what becomes of the rest.
        Verdict::Enters => {
            "the norms below are those of all that entered up to each place; with --start random one gradient is followed."
        }
        Verdict::Vanishes => "the gradient vanishes.",
        Verdict::Explodes => "the gradient explodes.",
        Verdict::Carries => "the gradient is carried.",
        Verdict::Dies => "the gradient becomes exactly 0.",
        Verdict::Diverges => "the values leave the range of floats.",
    };
    let mut text = vec![sentence(&format!("{setting}{what}"))];
    let band = &summary.gradient;
    let steps = band.typical.len().saturating_sub(1);
    let reached = band.typical.first().copied().unwrap_or(f64::NAN);
    if steps > 0 && reached.is_finite() && summary.verdict != Verdict::Enters {
        let spread = summary.error.map(|error| format!(" ± {}", number(error))).unwrap_or_default();
        let decades = (reached / LN_10).abs();
        let grows = if reached < 0.0 { "shrinks" } else { "grows" };
        text.push(format!(
            "On its way back over {} a typical one {grows} by {} decades: a gain of {} per step, {}{spread} nats.",
            count(steps, "step", "steps"),
            short(decades),
            number(libm::exp(summary.typical_gain)),
            number(summary.typical_gain),
        ));
        if summary.mean_gain.is_finite()
            && (summary.mean_gain - summary.typical_gain).abs() * steps as f64 > 0.5 * LN_10
        {
            text.push(format!(
                "Its mean square goes by {} nats per step (½ ln χ): rare large ones dominate it.",
                number(summary.mean_gain)
            ));
        }
    }
    // Counted from the end, where the gradient starts.
    let below = |curve: &[f64], least: f64| curve.iter().rev().position(|value| *value < least);
    let dead = |curve: &[f64]| below(curve, f64::MIN);
    if reached < THOUSANDTH
        && summary.verdict != Verdict::Enters
        && let Some(steps) = below(&band.typical, THOUSANDTH).filter(|steps| dead(&band.low) != Some(*steps))
    {
        text.push(format!("After {} less than a thousandth is left.", count(steps, "step", "steps")));
    }
    if let Some(first) = dead(&band.low) {
        let after = |steps| count(steps, "step", "steps");
        text.push(match dead(&band.high) {
            Some(last) if last == first => format!("In every run it is exactly 0 after {}.", after(first)),
            Some(last) => format!("It is exactly 0 after {} in some run, and after {last} in every one.", after(first)),
            None => format!("In some run it is exactly 0 after {}.", after(first)),
        });
    }
    page.words(text.join(" "));
    for note in &sweep.notes {
        page.note(&sentence(note));
    }
    diverged(page, sweep, notation);
}

/// Where values left the floats.
fn diverged(page: &mut Page, sweep: &Sweep, notation: &Notation<'_>) {
    const FEW: usize = 4;
    let found: Vec<_> = sweep.runs.iter().filter_map(|run| run.diverged.as_ref().map(|own| (run.seed, own))).collect();
    for (seed, own) in found.iter().take(FEW) {
        page.paragraph(vec![
            Inline::words(format!("Seed {seed}: ")),
            Inline::Math(notation.name(&own.quantity)),
            Inline::words(" is not finite at "),
            Inline::Math(notation.name(&sweep.plan.index)),
            Inline::words(format!(" = {}; its curves end before.", minus(own.place))),
        ]);
    }
    if found.len() > FEW {
        page.words(format!("So do the values of {} more.", count(found.len() - FEW, "run", "runs")));
    }
}

/// Which path carries most, and why.
pub fn paths(page: &mut Page, sweep: &Sweep, notation: &Notation<'_>) {
    let shares: Vec<f64> = (0..sweep.paths.len()).map(|path| super::tables::share(sweep, path)).collect();
    let best =
        (0..shares.len()).filter(|path| !shares[*path].is_nan()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
    let Some(best) = best else {
        page.words(format!("One step back has {}; nothing passes.", count(sweep.paths.len(), "path", "paths")));
        return;
    };
    let gain =
        mean(sweep.runs.iter().filter_map(|run| run.shares.get(best)).flat_map(|share| share.gain.iter().copied()));
    let mut parts = vec![
        Inline::words(format!("One step back has {}. ", count(sweep.paths.len(), "path", "paths"))),
        Inline::Math(arrows(&sweep.paths[best], notation)),
        Inline::words(format!(" carries most: {} of the gradient on average", percent(shares[best]))),
    ];
    if gain.is_finite() {
        parts.push(Inline::words(format!(", with a gain of its own of {} per step", number(libm::exp(gain)))));
    }
    parts.push(Inline::words("."));
    let against = shares.iter().filter(|share| **share < -0.005).count();
    if against > 0 {
        parts.push(Inline::words(format!(" {} against the others.", count(against, "path works", "paths work"))));
    }
    page.paragraph(parts);
    // Where the state is one quantity, the edges of a path add up to its own gain.
    if sweep.states.len() > 1 {
        page.words(
            "A path's own gain is relative to the gradient of the whole state, its edges to that of the part where it begins.",
        );
    }
}

/// An integer with a minus sign as it is printed.
pub fn minus(value: i64) -> String {
    value.to_string().replace('-', "−")
}

/// A number of decades: one digit after the point where that matters.
fn short(value: f64) -> String {
    if value >= 1000.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// Whether all exponents were asked for.
pub fn all_exponents(sweep: &Sweep) -> bool {
    sweep.plan.singular_values || sweep.plan.exponents == Exponents::All
}
