//! How gradients grow through batch normalisation.
//!
//! In a wide layer the values of a unit over a batch of B are normal, and alike for all pairs of examples once two steps have
//! passed. Normalised with ε = 0 they are a random point of the sphere of radius √B in the B − 1 dimensions of mean 0, whatever came
//! before. For y = φ(x̂) with s = E φ(x̂₁)² − E φ(x̂₁)φ(x̂₂), the variance over the batch that the next layer sees is proportional to s,
//! and E 1/σ² = B/((B−3) σ_w² s). A gradient that has passed one normalisation has covariance 1 − 1/B, −1/B over the batch, and
//! behind the slopes it is projected off 1 and x̂. Together, the mean square of a gradient grows by
//!
//! ```text
//! B/((B−3) s) · ( E[(1 − 1/B − x̂₁²/B) φ′(x̂₁)²] + E[(1 + x̂₁x̂₂) φ′(x̂₁)φ′(x̂₂)]/B )
//! ```
//!
//! For φ = identity that is (B−2)/(B−3), and for the rectifier at B → ∞ π/(π−1): Yang et al., "A mean field theory of batch
//! normalization", 2019.

use super::model::Model;
use super::quadrature::{self, legendre};
use super::structure::refused;
use crate::math::source::Diagnostic;
use crate::math::theory::{Argument, Batch, Entry, Item};

impl Model<'_> {
    /// The growth of gradients, if the step normalises over a batch. `count` examples, or as many as the network says, or infinitely
    /// many.
    pub fn batch(&self, count: Option<i64>) -> Result<Option<Batch>, Diagnostic> {
        let found = self.step.items.iter().enumerate().find_map(|(position, item)| match item {
            Item::Normalised(normalised) => Some((position, normalised)),
            _ => None,
        });
        let Some((position, normalised)) = found else { return Ok(None) };
        let Entry::Function(function) = &self.step.update else {
            return Err(refused("a normalised sum is added to something else"));
        };
        let alone = function.arguments.iter().map(|(argument, _)| *argument).eq([Argument::Item(position)]);
        let others = self.step.items.iter().any(|item| matches!(item, Item::Extreme(_) | Item::Mean(_) | Item::Sum(_)));
        if !alone || others {
            return Err(refused("a normalised sum meets something else in the same step")
                .hint("of batch normalisation it knows `h[l,n] = phi(batchnorm(W[l] @ h[l-1,n]))`"));
        }
        let count = count.or_else(|| self.known(&normalised.count));
        if let Some(few) = count.filter(|count| *count < 4) {
            return Err(refused(format!("a batch of {few} has no finite mean of 1/σ²"))
                .hint("gradients have a finite mean square for batches of 4 and more"));
        }
        let owner = self.step.items.len();
        let at = |points: Vec<f64>| self.function_at(owner, function, &[], &[points]);
        let Some(count) = count else {
            let rule = quadrature::rule(0.0, 1.0, &mut |z| {
                let (values, slopes) = at(z.to_vec())?;
                let square = |list: &[f64]| list.iter().map(|a| a * a).collect::<Vec<f64>>();
                Ok(vec![square(&values), square(&slopes[0]), values])
            })?;
            let (values, slopes) = at(rule.points.clone())?;
            let mean = |f: &dyn Fn(usize) -> f64| -> f64 {
                rule.weights.iter().enumerate().filter(|(_, w)| **w > 1e-150).map(|(place, w)| w * f(place)).sum()
            };
            let square = mean(&|place| values[place] * values[place]);
            let first = mean(&|place| values[place]);
            let slope = mean(&|place| slopes[0][place] * slopes[0][place]);
            let product = first * first;
            return Ok(Some(Batch { count: None, growth: slope / (square - product), square, product }));
        };
        let b = count as f64;
        let (one, other, weights) = sphere(b);
        let ((value, slope), (value_2, slope_2)) = (at(one.clone())?, at(other.clone())?);
        let mean =
            |f: &dyn Fn(usize) -> f64| -> f64 { weights.iter().enumerate().map(|(place, w)| w * f(place)).sum() };
        let square = mean(&|at| 0.5 * (value[at] * value[at] + value_2[at] * value_2[at]));
        let product = mean(&|at| value[at] * value_2[at]);
        let own = mean(&|at| (1.0 - 1.0 / b - one[at] * one[at] / b) * slope[0][at] * slope[0][at]);
        let cross = mean(&|at| (1.0 + one[at] * other[at]) * slope[0][at] * slope_2[0][at]);
        let growth = b / ((b - 3.0) * (square - product)) * (own + cross / b);
        Ok(Some(Batch { count: Some(count), growth, square, product }))
    }
}

/// Two coordinates x̂₁, x̂₂ of a random point of the sphere of a batch of `b`, with weights that add up to 1.
///
/// In the plane of the two, with r = sin α, the density is sin α cos^{b−4} α dα dθ.
fn sphere(b: f64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let correlation = -1.0 / (b - 1.0);
    let across = libm::sqrt(1.0 - correlation * correlation);
    // Rays on which one of the two is 0: there rectifiers bend.
    let tilt = libm::atan2(-correlation, across);
    let turn = std::f64::consts::PI;
    let mut ends = vec![-turn / 2.0, turn / 2.0, 1.5 * turn, tilt, tilt + turn];
    ends.extend((0..24).map(|at| turn * (f64::from(at) / 12.0 - 0.5)));
    ends.retain(|end| (-turn / 2.0..=1.5 * turn).contains(end));
    ends.sort_by(f64::total_cmp);
    ends.dedup_by(|one, other| (*one - *other).abs() < 1e-12);
    let far = (16.0 / libm::sqrt(b)).min(turn / 2.0);
    let (mut one, mut other, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    let nodes = legendre(10);
    for pair in ends.windows(2) {
        for (x, w) in &nodes {
            let theta = 0.5 * (pair[0] + pair[1]) + 0.5 * (pair[1] - pair[0]) * x;
            let (first, second) = (libm::cos(theta), correlation * libm::cos(theta) + across * libm::sin(theta));
            for part in 0..16 {
                let width = far / 16.0;
                for (y, v) in &nodes {
                    let alpha = width * (f64::from(part) + 0.5 + 0.5 * y);
                    let radius = libm::sin(alpha) * libm::sqrt(b - 1.0);
                    one.push(radius * first);
                    other.push(radius * second);
                    let density = libm::sin(alpha) * libm::pow(libm::cos(alpha), b - 4.0);
                    weights.push(w * v * (pair[1] - pair[0]) * density);
                }
            }
        }
    }
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= total);
    (one, other, weights)
}
