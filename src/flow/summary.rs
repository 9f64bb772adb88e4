//! A sweep told in a few numbers.

use crate::math::flow::{Band, CARRIED, Start, Summary, Sweep, Verdict};

/// Bands over runs and probes, gains, and what they mean. Curves of a run that diverged are shorter; bands end with the shortest.
pub fn summary(sweep: &Sweep) -> Summary {
    let curves: Vec<Vec<f64>> = sweep.runs.iter().flat_map(|run| &run.gradient).map(|curve| relative(curve)).collect();
    let length = curves.iter().map(Vec::len).min().unwrap_or(0);
    let mut gradient = Band::default();
    // Curves are counted from their end, where all begin.
    for at in 0..length {
        let column: Vec<f64> = curves.iter().map(|curve| curve[curve.len() - length + at]).collect();
        gradient.typical.push(mean(&column));
        gradient.mean.push(root_mean_square(&column));
        gradient.low.push(column.iter().copied().fold(f64::INFINITY, f64::min));
        gradient.high.push(column.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    }
    let steps = length.saturating_sub(1).max(1) as f64;
    let (first, rms) =
        (gradient.typical.first().copied().unwrap_or(0.0), gradient.mean.first().copied().unwrap_or(0.0));
    let per_run: Vec<f64> = sweep
        .runs
        .iter()
        .map(|run| {
            let ends: Vec<f64> =
                run.gradient.iter().map(|curve| relative(curve).first().copied().unwrap_or(0.0)).collect();
            mean(&ends) / steps
        })
        .collect();
    let enters = sweep.plan.start == Start::Loss;
    let verdict = match () {
        () if sweep.runs.iter().all(|run| run.diverged.is_some()) && !sweep.runs.is_empty() => Verdict::Diverges,
        // A gradient that is no number on the way back.
        () if rms.is_nan() => Verdict::Diverges,
        () if rms == f64::NEG_INFINITY => Verdict::Dies,
        () if enters => Verdict::Enters,
        () if first < -CARRIED => Verdict::Vanishes,
        () if first > CARRIED => Verdict::Explodes,
        () => Verdict::Carries,
    };
    let gain = |decay: f64| if enters { f64::NAN } else { decay / steps };
    let error = if enters { None } else { standard_error(&per_run) };
    Summary { gradient, typical_gain: gain(first), mean_gain: gain(rms), error, verdict }
}

/// A curve relative to where the gradient started: its last place.
fn relative(curve: &[f64]) -> Vec<f64> {
    // A gradient that enters later has no start to be compared with.
    let start = curve.last().copied().filter(|start| start.is_finite()).unwrap_or(0.0);
    curve.iter().map(|value| value - start).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// ln √(mean of e^(2x))
fn root_mean_square(logs: &[f64]) -> f64 {
    if logs.iter().any(|log| log.is_nan()) {
        return f64::NAN;
    }
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return largest;
    }
    let squares: Vec<f64> = logs.iter().map(|log| libm::exp(2.0 * (log - largest))).collect();
    largest + 0.5 * libm::log(mean(&squares))
}

fn standard_error(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let centre = mean(values);
    let variance =
        values.iter().map(|value| (value - centre) * (value - centre)).sum::<f64>() / (values.len() - 1) as f64;
    Some(libm::sqrt(variance / values.len() as f64))
}
