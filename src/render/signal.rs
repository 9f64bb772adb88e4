//! What of a diagnosis leaves the signal as it is: clipping, truncation and weight decay, each measured.

use super::decades::{power, signed};
use super::diagnosis::steps;
use super::flow::number;
use super::page::Page;
use crate::math::diagnosis::{Bounds, Condition, Decay, Diagnosis, HEALTHY, LAMBDA, Shrunk};

/// The learning rate times λ for which updates are counted.
const RATE: f64 = 1e-4;

/// The section, where a gradient vanishes or explodes.
pub fn left(page: &mut Page, diagnosis: &Diagnosis) {
    let Some(bounds) = &diagnosis.bounds else { return };
    page.heading(1, "What leaves the signal as it is");
    page.words(clipping(bounds, diagnosis));
    let all = steps(diagnosis);
    page.words(match bounds.steps {
        0 => "Truncation: a single step changes the gradient by more than a factor of 10, so there is no length to cut it at.".to_string(),
        steps => format!(
            "Truncation: over {} the gradient stays within a factor of 10. Cut there, it is bounded, and nothing is learned from what lies \
             further back: {} of {all} steps.",
            if steps == 1 { "1 step".to_string() } else { format!("{steps} steps") },
            all.saturating_sub(steps)
        ),
    });
    page.note(&decay(&bounds.decay, bounds.update, diagnosis));
    if let Some(shrunk) = &bounds.decay.shrunk {
        page.words(smaller(shrunk, diagnosis));
    }
}

fn clipping(bounds: &Bounds, diagnosis: &Diagnosis) -> String {
    let decades = signed(diagnosis.measured.decades);
    match bounds.update {
        update if !update.is_finite() => "Clipping: there is no gradient of parameters to clip.".to_string(),
        update if update > 0.0 => format!(
            "Clipping: the gradient of all parameters has the norm {}. Clipped to 1 it is multiplied by {}, all of it by the same number: the \
             step is bounded. The signal stays what it is: the gradient at the first step is still {decades} decades from that at the last, \
             with the same gain of {} per step.",
            power(update),
            power(-update),
            number(diagnosis.measured.gain())
        ),
        update => format!(
            "Clipping: the gradient of all parameters has the norm {}, so clipping it to 1 changes nothing, and the gradient at the first step \
             stays {decades} decades from that at the last.",
            power(update)
        ),
    }
}

/// What a penalty adds, and what was measured with it.
fn decay(decay: &Decay, update: f64, diagnosis: &Diagnosis) -> String {
    if !decay.weights.is_finite() {
        return "Weight decay: there is no weight matrix to decay.".to_string();
    }
    let beside = match update.is_finite() {
        true => format!(" beside a gradient of norm {}", power(update)),
        false => String::new(),
    };
    let mut text = format!(
        "Weight decay: a penalty λ/2 · ‖W‖² on all weight matrices adds λ W to the gradient of each, with λ = {LAMBDA} a norm of \
         {}{beside}, and nothing to the gradient of a state.",
        power(decay.weights + libm::log10(LAMBDA)),
    );
    text.push_str(&match &decay.applied {
        Ok(gain) => format!(
            " Measured with `weight_decay={LAMBDA}`: a gain of {} per step, where it was {}.",
            number(libm::exp(*gain)),
            number(diagnosis.measured.gain())
        ),
        Err(why) => format!(
            " While weights are what they are, the gain stays {} per step. (`weight_decay={LAMBDA}` is refused here: {why}.)",
            number(diagnosis.measured.gain())
        ),
    });
    text
}

/// What decay comes to in time, by itself.
fn smaller(shrunk: &Shrunk, diagnosis: &Diagnosis) -> String {
    // (1 − lr λ)^n = factor
    let updates = libm::log(shrunk.factor) / libm::log1p(-RATE);
    let healthy = shrunk.decades.abs() <= HEALTHY;
    let comes = match (healthy, diagnosis.condition, shrunk.decades) {
        (true, ..) => "which mends it".to_string(),
        (false, Condition::Exploding, decades) if decades > 0.0 => "and it still explodes".to_string(),
        (false, Condition::Exploding, _) => "and it vanishes".to_string(),
        (false, _, decades) if decades > HEALTHY => "and it explodes".to_string(),
        (false, _, decades) => match decades - diagnosis.measured.decades {
            change if change < -0.1 => "which is worse".to_string(),
            change if change > 0.1 => "which is less, and not enough".to_string(),
            _ => "as before".to_string(),
        },
    };
    format!(
        "In time it makes weights smaller: n updates of gradient descent with the learning rate η multiply them by (1 − η λ)^n, beside what the loss does to them. \
         With all weight matrices times {} the gradient at the first step is {} decades from that at the last, {comes}. Decay alone takes {} \
         updates to there with η λ = 0.0001.",
        number(shrunk.factor),
        signed(shrunk.decades),
        (updates.round() as i64),
    )
}
