//! Theory beside measurement.

use super::{count, number, setting};
use crate::math::flow::{Flow, Summary, Sweep};
use crate::math::theory::Theory;
use crate::render::page::{Block, Inline, Page};
use std::f64::consts::LN_10;

/// ln of the root mean square gradient relative to where it starts, at each place, as theory has it. It speaks of one state only.
pub fn curve(theory: &Theory, sweep: &Sweep) -> Option<Vec<f64>> {
    let [state] = sweep.states.as_slice() else { return None };
    let (first, last) = (*sweep.places.first()?, *sweep.places.last()?);
    if theory.index != sweep.plan.index || theory.state != state.quantity || first == last {
        return None;
    }
    if let Some(batch) = &theory.batch {
        let gain = 0.5 * libm::log(batch.growth);
        return Some(sweep.places.iter().map(|place| gain * (last - place).abs() as f64).collect());
    }
    let depth = theory.moments.as_ref()?;
    // Before the first step nothing has been passed.
    let passed = |place: i64| match place {
        place if place == first => Some(0.0),
        place => depth.curve.iter().find(|layer| layer.place == place).map(|layer| layer.log_gradient),
    };
    let whole = passed(last)?;
    sweep.places.iter().map(|place| passed(*place).map(|own| 0.5 * (whole - own))).collect()
}

/// A table of what was measured and what theory expects, or why it expects nothing.
pub fn tell(page: &mut Page, flow: &Flow, summaries: &[Summary], theories: &[Result<Theory, String>]) {
    let mut rows = Vec::new();
    let mut silent: Vec<(&str, usize)> = Vec::new();
    for ((sweep, summary), theory) in flow.sweeps.iter().zip(summaries).zip(theories) {
        let theory = match theory {
            Ok(theory) => theory,
            Err(reason) => {
                match silent.iter_mut().find(|(known, _)| known == reason) {
                    Some((_, times)) => *times += 1,
                    None => silent.push((reason, 1)),
                }
                continue;
            }
        };
        let Some(expected) = curve(theory, sweep) else { continue };
        let steps = sweep.places.len().saturating_sub(1).max(1) as f64;
        let reached = expected.first().copied().unwrap_or(f64::NAN);
        let typical = theory.finite.as_ref().and_then(|finite| finite.largest_exponent).unwrap_or(f64::NAN);
        let measured = summary.gradient.mean.first().copied().unwrap_or(f64::NAN);
        let cells = [
            // In one piece.
            setting(sweep).replace(' ', "\u{a0}"),
            number(summary.mean_gain),
            number(reached / steps),
            number(measured / LN_10),
            number(reached / LN_10),
            number(summary.typical_gain),
            number(typical),
        ];
        rows.push(cells.into_iter().map(|cell| vec![Inline::words(cell)]).collect::<Vec<_>>());
    }
    if !rows.is_empty() {
        page.heading(2, "Theory beside measurement");
        page.words("Mean-field theory speaks of the mean square over wide layers with weights of their own: ½ ln χ per step. The typical gain is lower by what a finite width lets fluctuate. Each measured number, over all runs, stands before what theory says.");
        let titles = ["setting", "½ ln χ", "theory", "decades", "theory", "typical ln", "theory at this width"];
        let one = flow.sweeps.len() == 1;
        let skip = usize::from(one);
        let rows = rows.into_iter().map(|row| row.into_iter().skip(skip).collect()).collect();
        page.blocks.push(Block::Table(titles.iter().skip(skip).map(|title| (*title).to_string()).collect(), rows));
    }
    for (reason, times) in silent {
        let how =
            if flow.sweeps.len() > 1 { format!(" to {}", count(times, "setting", "settings")) } else { String::new() };
        let reason = reason.strip_prefix("mean-field theory does not apply: ").unwrap_or(reason).trim_end_matches('.');
        page.note(&format!("Mean-field theory does not apply{}: {reason}.", how));
    }
}
