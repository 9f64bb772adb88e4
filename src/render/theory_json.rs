//! Theory → JSON, with a schema.

use super::flow_json::{Number, number, numbers};
use crate::math::theory as math;
use schemars::JsonSchema;
use serde::Serialize;

/// What `theory` prints. χ is by what a mean square of gradients is multiplied per step; logarithms are natural.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Theory {
    /// The name of the network.
    pub network: String,
    /// The index of the recurrence.
    pub index: String,
    /// The state.
    pub state: String,
    /// What is assumed.
    pub notes: Vec<String>,
    /// What is not told, and why.
    pub gaps: Vec<String>,
    /// Moments and gradients over depth; null where a batch is normalised.
    pub depth: Option<Depth>,
    /// What batch normalisation does.
    pub batch: Option<Batch>,
    /// For constants that weights are drawn with: values at which χ is 1.
    pub critical: Vec<Critical>,
    /// Singular values over many steps, for plain steps.
    pub spectrum: Option<Spectrum>,
    /// What a finite width changes, for plain steps.
    pub finite: Option<Finite>,
}

/// Moments and gradients over depth.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Depth {
    /// The mean square of the first state.
    pub start: f64,
    /// "settles", "dies", "grows" or "open".
    pub end: End,
    /// Mean of the state where it ends.
    pub mean: Number,
    /// Its mean square.
    pub square: Number,
    /// The mean squares of the sums that functions take: q*.
    pub q: Vec<Number>,
    /// χ₁.
    pub chi: Number,
    /// The part of it that passes by all weights.
    pub direct: Number,
    /// The mean of that path's slope, and of the logarithm of its size.
    pub direct_mean: [Number; 2],
    /// By what a small difference of the mean square is multiplied per step; null where it does not settle.
    pub factor: Option<Number>,
    /// ξ_q, in steps; null where the mean square does not settle.
    pub xi_q: Option<Number>,
    /// ξ_grad, in steps: negative where gradients grow.
    pub xi_gradient: Number,
    /// Moments of each function of one sum.
    pub functions: Vec<Function>,
    /// Two inputs; null where that is not told.
    pub alike: Option<Alike>,
    /// Why two inputs are not compared.
    pub not_alike: Option<String>,
    /// Step by step.
    pub curve: Vec<Layer>,
}

/// How the mean square ends.
#[derive(Serialize, JsonSchema, Debug, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// It settles, or stays what it is.
    Settles,
    /// It goes to 0.
    Dies,
    /// It grows without bound.
    Grows,
    /// It did none of these in the steps that were tried.
    Open,
}

/// Moments of a function φ of one normal number, and of its slope.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Function {
    /// E φ.
    pub mean: Number,
    /// E φ².
    pub square: Number,
    /// E φ′.
    pub slope: Number,
    /// E φ′².
    pub slope_square: Number,
    /// E φ′⁴.
    pub slope_fourth: Number,
    /// E ln |φ′|; null where it was not asked.
    pub slope_log: Option<Number>,
}

/// Two inputs through the same weights.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Alike {
    /// c*: the correlation at which they come to rest.
    pub correlation: Number,
    /// χ_c there.
    pub chi: Number,
    /// ξ_c, in steps.
    pub xi: Number,
    /// Where χ is 1 and slopes have jumps: 1 − c ≈ this / l².
    pub approach: Option<Number>,
    /// The correlation after each step.
    pub curve: Vec<Number>,
    /// ln of the correlation of gradients over so many steps.
    pub log_gradient: Vec<Number>,
}

/// One step.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Layer {
    /// The value of the index.
    pub place: i64,
    /// The mean of the state after it.
    pub mean: Number,
    /// Its mean square.
    pub square: Number,
    /// The mean square of the sum that its function takes, if there is one.
    pub q: Option<Number>,
    /// χ of the step.
    pub chi: Number,
    /// The sum of ln χ up to here.
    pub log_gradient: Number,
}

/// What batch normalisation does.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Batch {
    /// How many examples; null for infinitely many.
    pub count: Option<i64>,
    /// By what the mean square of a gradient grows per step.
    pub growth: Number,
    /// The mean square of the state.
    pub square: Number,
    /// The mean product of the states of two examples.
    pub product: Number,
}

/// Where χ is 1.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Critical {
    /// The constant.
    pub name: String,
    /// Its values.
    pub values: Vec<f64>,
    /// Where χ passes 1 without being 1.
    pub jumps: Vec<Jump>,
}

/// A value of a constant where the moments begin to end elsewhere.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Jump {
    /// The value.
    pub at: f64,
    /// χ just below it.
    pub below: f64,
    /// χ just above it.
    pub above: f64,
}

/// Singular values over many steps.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Spectrum {
    /// Whether weights are orthogonal.
    pub orthogonal: bool,
    /// Over how many steps.
    pub depth: i64,
    /// The first four moments of squared singular values.
    pub moments: Vec<Number>,
    /// By how much their variance grows per step, by the squared mean.
    pub variance_per_step: Number,
    /// The largest squared singular value.
    pub largest: Number,
    /// The mean Lyapunov exponent, nats per step.
    pub mean_exponent: Number,
}

/// What a finite width changes: of r, by what one step multiplies the square of a vector.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Finite {
    /// The width.
    pub width: i64,
    /// Over how many steps.
    pub depth: i64,
    /// E ln r.
    pub log_mean: Number,
    /// Var ln r.
    pub log_variance: Number,
    /// Whether these are exact, or to first order in 1/width.
    pub exact: bool,
    /// The largest Lyapunov exponent, nats per step, with the fluctuations of the state to first order in 1/width; null where they
    /// are not small at this width.
    pub largest_exponent: Option<Number>,
    /// E r.
    pub mean: Number,
    /// E r².
    pub square: Number,
    /// The probability that all slopes of a step are 0.
    pub dead: Number,
    /// Steps by width.
    pub steps_by_width: Number,
    /// E r² / (E r)² over all steps.
    pub ratio: Number,
    /// For linear layers: Lyapunov exponents, largest first.
    pub exponents: Vec<Number>,
    /// For linear layers: E tr (JJᵀ)² / N and E (tr JJᵀ / N)².
    pub traces: Option<[Number; 2]>,
}

/// What `phase` prints.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Phase {
    /// The name of the network.
    pub network: String,
    /// The constant along the columns.
    pub x: Axis,
    /// The constant along the rows.
    pub y: Axis,
    /// ln χ where the moments end: a row for each value of y.
    pub log_chi: Vec<Vec<Number>>,
    /// How the mean square ends: likewise.
    pub ends: Vec<Vec<End>>,
    /// For each value of y, the values of x at which χ is 1.
    pub critical: Vec<Vec<f64>>,
    /// Likewise, the values of x at which χ passes 1 in a jump.
    pub jumps: Vec<Vec<f64>>,
}

/// A constant with values.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Vec<f64>,
}

/// What theory says.
pub fn theory(theory: &math::Theory) -> Theory {
    Theory {
        network: theory.network.to_string(),
        index: theory.index.to_string(),
        state: theory.state.to_string(),
        notes: theory.notes.clone(),
        gaps: theory.gaps.clone(),
        depth: theory.moments.as_ref().map(depth),
        batch: theory.batch.map(|batch| Batch {
            count: batch.count,
            growth: number(&batch.growth),
            square: number(&batch.square),
            product: number(&batch.product),
        }),
        critical: theory
            .critical
            .iter()
            .map(|(name, values)| Critical {
                name: name.to_string(),
                values: values.clone(),
                jumps: theory
                    .jumps
                    .iter()
                    .filter(|(own, _)| own == name)
                    .flat_map(|(_, jumps)| jumps)
                    .map(jump)
                    .collect(),
            })
            .collect(),
        spectrum: theory.spectrum.as_ref().map(|spectrum| Spectrum {
            orthogonal: spectrum.orthogonal,
            depth: spectrum.depth,
            moments: numbers(&spectrum.moments),
            variance_per_step: number(&spectrum.variance_per_step),
            largest: number(&spectrum.largest),
            mean_exponent: number(&spectrum.mean_exponent),
        }),
        finite: theory.finite.as_ref().map(|finite| Finite {
            width: finite.width,
            depth: finite.depth,
            log_mean: number(&finite.log_mean),
            log_variance: number(&finite.log_variance),
            exact: finite.exact,
            largest_exponent: finite.largest_exponent.as_ref().map(number),
            mean: number(&finite.mean),
            square: number(&finite.square),
            dead: number(&finite.dead),
            steps_by_width: number(&finite.steps_by_width),
            ratio: number(&finite.ratio),
            exponents: numbers(&finite.exponents),
            traces: finite.traces.map(|(second, first)| [number(&second), number(&first)]),
        }),
    }
}

fn end(end: math::End) -> End {
    match end {
        math::End::Settles => End::Settles,
        math::End::Dies => End::Dies,
        math::End::Grows => End::Grows,
        math::End::Open => End::Open,
    }
}

fn depth(depth: &math::Depth) -> Depth {
    let passage = &depth.end;
    let functions = passage.functions.iter().enumerate().map(|(position, slopes)| Function {
        mean: number(&slopes.mean),
        square: number(&slopes.square),
        slope: number(&slopes.slope),
        slope_square: number(&slopes.slope_square),
        slope_fourth: number(&slopes.slope_fourth),
        slope_log: depth.slope_logs.get(position).map(number),
    });
    let layer = |layer: &math::Layer| Layer {
        place: layer.place,
        mean: number(&layer.state.mean),
        square: number(&layer.state.square),
        q: layer.q.as_ref().map(number),
        chi: number(&layer.chi),
        log_gradient: number(&layer.log_gradient),
    };
    let alike = depth.alike.as_ref().ok().map(|alike| Alike {
        correlation: number(&alike.correlation),
        chi: number(&alike.chi),
        xi: number(&depth.xi_c().unwrap_or(f64::NAN)),
        approach: alike.approach.as_ref().map(number),
        curve: alike.curve.iter().map(|(correlation, _)| number(correlation)).collect(),
        log_gradient: alike.curve.iter().map(|(_, log)| number(log)).collect(),
    });
    Depth {
        start: depth.start.square,
        end: end(depth.fate.word()),
        mean: number(&passage.state.mean),
        square: number(&passage.state.square),
        q: passage.sums.iter().map(|(_, moments)| number(&moments.square)).collect(),
        chi: number(&passage.chi),
        direct: number(&passage.direct),
        direct_mean: [number(&passage.direct_mean.0), number(&passage.direct_mean.1)],
        factor: match &depth.fate {
            math::Fate::Settles(_, factor) => Some(number(factor)),
            _ => None,
        },
        xi_q: depth.xi_q().as_ref().map(number),
        xi_gradient: number(&depth.xi_gradient()),
        functions: functions.collect(),
        alike,
        not_alike: depth.alike.as_ref().err().cloned(),
        curve: depth.curve.iter().map(layer).collect(),
    }
}

fn jump(jump: &math::Jump) -> Jump {
    Jump { at: jump.at, below: jump.below, above: jump.above }
}

/// A map.
pub fn phase(phase: &math::Phase) -> Phase {
    let axis =
        |(name, values): &(crate::math::name::Name, Vec<f64>)| Axis { name: name.to_string(), values: values.clone() };
    Phase {
        network: phase.network.to_string(),
        x: axis(&phase.x),
        y: axis(&phase.y),
        log_chi: phase.log_chi.iter().map(|row| numbers(row)).collect(),
        ends: phase.ends.iter().map(|row| row.iter().map(|word| end(*word)).collect()).collect(),
        critical: phase.critical.clone(),
        jumps: phase.jumps.clone(),
    }
}
