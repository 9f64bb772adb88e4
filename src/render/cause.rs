//! A cause in a sentence.

use super::decades::{percent, power};
use super::diagnosis::steps;
use super::flow::number;
use crate::math::diagnosis::{Blame, Cause, Diagnosis};

/// Gains and numbers of passages are told apart from here on.
const ALL: f64 = 5e-3;

/// What is to blame, and the number that was measured on it.
pub fn reason(cause: &Cause, diagnosis: &Diagnosis) -> String {
    let (what, gain, share) = (&cause.what, number(cause.gain), percent(cause.number));
    let grows = cause.gain > 1.0;
    let when = cause.passing.map_or("where it passes".to_string(), when);
    match cause.kind {
        Blame::Dead if silent(diagnosis) => format!(
            "Nothing goes in: all values of `{}` are exactly 0, and `{what}` has a slope of exactly 0 at {share} of all places. (A state that is \
             read with `else 0` starts at 0; a case such as `h[0] = x` lets it start elsewhere.)",
            state(diagnosis)
        ),
        Blame::Dead => {
            format!("Dead units: {share} of all places of `{what}` have a slope of exactly 0 and pass nothing back.")
        }
        Blame::Saturated if cause.passing.is_none() => {
            format!("Saturated units: {share} of all places of `{what}` lie where it is flat.")
        }
        Blame::Saturated => format!(
            "Saturated units: {share} of all places of `{what}` lie where it is flat; its slope multiplies the gradient by {gain} {when}."
        ),
        Blame::Slope => {
            let with =
                cause.with.as_ref().map_or(String::new(), |with| format!(", together with the weights `{with}`,"));
            let most = match cause.number {
                most if most >= cause.gain && cause.with.is_none() => {
                    format!(", and can be {} at most", number((most * 1e4).round() / 1e4))
                }
                _ => String::new(),
            };
            format!("The slope of `{what}`{with} multiplies the gradient by {gain} {when}{most}.")
        }
        Blame::Weights => {
            let how = if grows { "are too large" } else { "are too small" };
            let with = cause.with.as_ref().map_or(String::new(), |with| format!(", together with `{with}`,"));
            format!(
                "The weights `{what}` {how} for what stands beside them: they{with} multiply the gradient by {gain} {when}."
            )
        }
        Blame::Gate if cause.number.is_finite() => format!(
            "The gate `{what}` keeps too little of the state: it multiplies the gradient by {gain} in each step, which leaves {} of it over all \
             {}.",
            power(libm::log10(cause.number)),
            steps(diagnosis)
        ),
        Blame::Gate if cause.passing.is_none() => {
            format!("The gate `{what}` multiplies what passes it by {gain}, the root mean square of its values.")
        }
        Blame::Gate if what.is_empty() => format!("A gate multiplies the gradient by {gain} {when}."),
        Blame::Gate => format!("The gate `{what}` multiplies the gradient by {gain} {when}."),
        Blame::Branch => format!(
            "The residual branch is too large: beside the identity of `{what}` it has a gain of {} of its own, and the sum one of {gain} in \
             each step.",
            number(cause.number)
        ),
        Blame::Skip => format!("`{what}` is handed on times {gain} instead of as it is."),
        Blame::Norm => match grows {
            true => format!(
                "The norm at `{what}` divides by a spread that is small: it multiplies the gradient by {gain} {when}."
            ),
            false => format!(
                "The norm at `{what}` lies on the way of the identity: it multiplies the gradient by {gain} {when}."
            ),
        },
        Blame::Factor => format!("The factor `{what}` multiplies the gradient by {gain} {when}."),
        Blame::NoDirectPath => {
            format!(
                "No path leads past the weights: every step of `{what}` multiplies the gradient by a matrix, and a gain must be 1 by luck."
            )
        }
    }
}

/// How often a gradient passes something, in words.
fn when(passing: f64) -> String {
    match passing {
        passing if (passing - 1.0).abs() < ALL => "in each step".to_string(),
        passing if (passing - 2.0).abs() < ALL => "twice in each step".to_string(),
        passing if passing > 2.5 && (passing - passing.round()).abs() < ALL => {
            format!("{} times in each step", passing.round())
        }
        _ => "wherever it passes".to_string(),
    }
}

fn state(diagnosis: &Diagnosis) -> String {
    diagnosis.measured.sweep.states.first().map_or_else(String::new, |read| read.quantity.to_string())
}

/// Whether the first state is 0 at all places of all runs.
fn silent(diagnosis: &Diagnosis) -> bool {
    let name = state(diagnosis);
    let runs = &diagnosis.measured.sweep.runs;
    let all = runs.iter().flat_map(|run| &run.forward).filter(|forward| forward.quantity.as_str() == name);
    let mut values = all.flat_map(|forward| forward.mean.iter().chain(&forward.variance)).filter(|one| !one.is_nan());
    values.next() == Some(&0.0) && values.all(|one| *one == 0.0)
}
