//! All that theory says of a network, in one go.

use super::model::{Evaluator, Model};
use super::structure;
use crate::math::expression::Term;
use crate::math::name::Name;
use crate::math::network::{Network, Role};
use crate::math::source::{Diagnostic, Outcome};
use crate::math::theory::{Alike, DEPTH, Depth, Fate, Item, Layer, Moments, Question, Theory};
use std::collections::{BTreeMap, BTreeSet};

/// No more steps than this.
const MOST_STEPS: i64 = 100_000;

/// What theory says of `network`. Fails, with place and reason, where it does not apply.
pub fn theory(network: &Network, evaluator: &dyn Evaluator, question: &Question) -> Outcome<Theory> {
    let step = structure::step(network, question.along.as_ref())?;
    let model = Model::new(step, evaluator)?;
    all(network, &model, question).map_err(|error| vec![error])
}

fn all(network: &Network, model: &Model<'_>, question: &Question) -> Result<Theory, Diagnostic> {
    let mut notes = model.step.notes.clone();
    let depth = question.depth.or_else(|| model.known(&model.step.range.1)).unwrap_or(DEPTH);
    if !(1..=MOST_STEPS).contains(&depth) {
        return Err(Diagnostic::error(format!("theory goes over 1 to {MOST_STEPS} steps, not {depth}")));
    }
    let mut theory = Theory {
        network: network.name.clone(),
        index: model.step.index.clone(),
        state: model.step.state.clone(),
        notes: Vec::new(),
        gaps: Vec::new(),
        moments: None,
        batch: model.batch(question.batch)?,
        critical: Vec::new(),
        jumps: Vec::new(),
        spectrum: None,
        finite: None,
    };
    notes.push(independent(model)?);
    if theory.batch.is_none() {
        let start = start(model, question, &mut notes)?;
        let moments = depth_of(model, start, depth, question, &mut theory.gaps)?;
        if let Fate::Settles(at, _) | Fate::Neutral(at) = moments.fate {
            theory.spectrum = model.spectrum(at, depth)?;
            if let Some(width) = question.width.or_else(|| width(model)) {
                theory.finite = model.finite(at, width, depth)?;
            }
        }
        for name in constants(network, model) {
            let now =
                model.number(&Term::read(network.quantities[&name].read(crate::math::expression::Mark::Value)), &[])?;
            let high = (4.0 * now.abs()).max(4.0);
            let found = model.critical(&name, (high / 400.0, high), 40, start)?;
            if let Some((count, error)) = found.failed {
                theory.gaps.push(format!(
                    "χ is not known at {count} of the values of `{name}` that were tried: {}",
                    error.message
                ));
            }
            theory.critical.push((name.clone(), found.critical));
            theory.jumps.push((name, found.jumps));
        }
        theory.moments = Some(moments);
    }
    theory.notes = notes;
    Ok(theory)
}

/// Sizes without a number are large and equal; where that matters it is an error.
pub(super) fn independent(model: &Model<'_>) -> Result<String, Diagnostic> {
    for (position, item) in model.step.items.iter().enumerate() {
        let Item::Product(product) = item else { continue };
        let (one, _) = model.variances(position, &[])?;
        let wider = model.wider().variances(position, &[])?.0;
        if (one - wider).abs() > 1e-9 * one.abs() {
            return Err(structure::refused(format!(
                "the variance of `{}` times its inputs depends on the width",
                product.weights
            ))
            .at(&product.span, "declared here")
            .hint("draw it with a standard deviation of c/sqrt(inputs), or give the sizes: `--set N=512`"));
        }
    }
    Ok("layers are wide; sizes without a number count as equal".into())
}

pub(super) fn start(model: &Model<'_>, question: &Question, notes: &mut Vec<String>) -> Result<Moments, Diagnostic> {
    if let Some(square) = question.start {
        if !(square > 0.0 && square.is_finite()) {
            return Err(Diagnostic::error(format!("a mean square is above 0, not {square}")));
        }
        return Ok(Moments { mean: 0.0, square });
    }
    match model.start()? {
        Some(moments) if moments.square > 0.0 => Ok(moments),
        _ => {
            notes.push(format!("`{}` is taken to start with the mean square 1", model.step.state));
            Ok(Moments { mean: 0.0, square: 1.0 })
        }
    }
}

fn depth_of(
    model: &Model<'_>,
    start: Moments,
    depth: i64,
    question: &Question,
    gaps: &mut Vec<String>,
) -> Result<Depth, Diagnostic> {
    let mut curve = Vec::new();
    let (mut state, mut log_gradient) = (start, 0.0);
    let first = model.known(&model.step.range.0).unwrap_or(1);
    // A state that comes to rest, or goes in a circle of rounded numbers, is not worked out again.
    let mut known: BTreeMap<[u64; 2], (Moments, f64, Option<f64>)> = BTreeMap::new();
    let (mut worked, patience) = (0, question.patience.unwrap_or(usize::MAX));
    for place in first..first.saturating_add(depth) {
        let from = [state.mean.to_bits(), state.square.to_bits()];
        let (next, chi, q) = match known.get(&from) {
            Some(passed) if !model.moves() => *passed,
            _ if worked >= patience => {
                return Err(Diagnostic::error(format!("the state is not at rest after {patience} steps"))
                    .hint("`nablascope theory --depth` goes further"));
            }
            _ => {
                worked += 1;
                let passage = match model.at(place).pass(state) {
                    Ok(passage) => passage,
                    // A state that grows may leave what its functions can be evaluated at.
                    Err(error) if !curve.is_empty() => {
                        gaps.push(format!("the steps from {place} on are not followed: {}", error.message));
                        break;
                    }
                    Err(error) => return Err(error),
                };
                let q = match passage.sums.as_slice() {
                    [(_, moments)] => Some(moments.square),
                    _ => None,
                };
                known.insert(from, (passage.state, passage.chi, q));
                (passage.state, passage.chi, q)
            }
        };
        state = next;
        log_gradient += libm::log(chi);
        curve.push(Layer { place, state, q, chi, log_gradient });
        // What has left the floats is not followed further.
        if !(1e-280..1e280).contains(&state.square) {
            break;
        }
    }
    let fate = match model.fate(start) {
        Ok(fate) => fate,
        Err(error) if !curve.is_empty() => {
            gaps.push(format!("where the moments end is not known: {}", error.message));
            // From the last state but one a step was made.
            Fate::Open(curve.len().checked_sub(2).map_or(start, |at| curve[at].state))
        }
        Err(error) => return Err(error),
    };
    let end = model.end(&fate)?;
    let at = match fate {
        Fate::Settles(at, _) | Fate::Neutral(at) | Fate::Open(at) => Some(at),
        Fate::Dies(_) | Fate::Grows(_) => None,
    };
    let slope_logs = match at {
        Some(at) => model.slope_log(at)?.into_iter().map(|(_, log)| log).collect(),
        None => Vec::new(),
    };
    let alike = match at {
        Some(at) => {
            alike(model, at, end.chi, depth, question.correlation.unwrap_or(0.5)).map_err(|error| error.message)
        }
        None => Err("the moments do not come to rest".to_string()),
    };
    Ok(Depth { start, curve, fate, end, slope_logs, alike })
}

fn alike(model: &Model<'_>, at: Moments, chi: f64, depth: i64, start: f64) -> Result<Alike, Diagnostic> {
    if !(0.0..=1.0).contains(&start) {
        return Err(Diagnostic::error(format!("a correlation to start with lies between 0 and 1, not at {start}")));
    }
    let (correlation, chi_c) = model.rest(at, chi)?;
    let map = model.map(at)?;
    let mut curve = Vec::new();
    let (mut state, mut log) = (start, 0.0);
    for _ in 0..depth {
        let (next, chi_here) = match &map {
            Some(map) => {
                let (next, _, chi_here) = map.step(state);
                (next, chi_here)
            }
            None => {
                let pair = model.pair(at, state * at.square)?;
                (pair.product / at.square, pair.chi)
            }
        };
        log += libm::log(chi_here / chi);
        state = next;
        curve.push((state, log));
    }
    let critical = (chi - 1.0).abs() < 1e-9;
    let approach = map.as_ref().filter(|_| critical).and_then(super::Map::approach);
    Ok(Alike { correlation, chi: chi_c, approach, curve })
}

/// The width of the state, where it has a number.
fn width(model: &Model<'_>) -> Option<i64> {
    model.step.items.iter().rev().find_map(|item| match item {
        Item::Product(product) => model.known(&product.fans.0),
        _ => None,
    })
}

/// The constants that weights are drawn with.
fn constants(network: &Network, model: &Model<'_>) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    for item in &model.step.items {
        let Item::Product(product) = item else { continue };
        let terms = [Some(&product.deviation.0), product.orthogonal.as_ref()];
        for read in terms.into_iter().flatten().flat_map(Term::reads) {
            let number = |quantity: &crate::math::network::Quantity| {
                quantity.axes.is_empty() && quantity.shape.is_number() && matches!(quantity.role, Role::Const(_))
            };
            if network.quantity(&read.quantity).is_some_and(number) {
                found.insert(read.quantity.clone());
            }
        }
    }
    found
}
