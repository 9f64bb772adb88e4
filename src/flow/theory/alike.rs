//! Where the correlation of two inputs settles, how fast, and how it moves from step to step.

use super::correlation::Pair;
use super::fixed::root;
use super::model::Model;
use crate::math::source::Diagnostic;
use crate::math::theory::Moments;

/// A map of correlations at moments that stay: a Chebyshev series in the angle θ, where cos θ is the correlation.
///
/// In θ such maps are smooth also where two inputs become one, for activations with kinks and without.
pub struct Map {
    product: Series,
    chi: Series,
    sum: Option<Series>,
}

/// How many terms a series has.
const TERMS: usize = 40;

struct Series(Vec<f64>);

impl Series {
    /// From values at the Chebyshev points of 0..π/2.
    fn new(values: &[f64]) -> Series {
        let n = values.len() as f64;
        let term = |k: usize| {
            let cosine = |at: usize| libm::cos(std::f64::consts::PI * k as f64 * (at as f64 + 0.5) / n);
            let sum: f64 = values.iter().enumerate().map(|(at, value)| value * cosine(at)).sum();
            sum * if k == 0 { 1.0 } else { 2.0 } / n
        };
        Series((0..values.len()).map(term).collect())
    }

    /// Value and derivative by θ.
    fn at(&self, theta: f64) -> (f64, f64) {
        let x = 4.0 * theta / std::f64::consts::PI - 1.0;
        let (mut t, mut before, mut d, mut d_before) = (x, 1.0, 1.0, 0.0);
        let mut value = self.0[0];
        let mut slope = 0.0;
        for term in &self.0[1..] {
            value += term * t;
            slope += term * d;
            (before, t) = (t, 2.0 * x * t - before);
            (d_before, d) = (d, 2.0 * before + 2.0 * x * d - d_before);
        }
        (value, slope * 4.0 / std::f64::consts::PI)
    }

    /// Whether its last terms are nothing.
    fn settled(&self) -> bool {
        let largest = self.0.iter().fold(0.0f64, |largest, term| largest.max(term.abs()));
        self.0[self.0.len() - 4..].iter().all(|term| term.abs() <= 1e-11 * largest)
    }
}

impl Model<'_> {
    /// The map of correlations at a state whose moments stay; `None` where a short series does not follow it.
    pub fn map(&self, state: Moments) -> Result<Option<Map>, Diagnostic> {
        let mut pairs: Vec<Pair> = Vec::new();
        for at in 0..TERMS {
            let x = libm::cos(std::f64::consts::PI * (at as f64 + 0.5) / TERMS as f64);
            let theta = (x + 1.0) * std::f64::consts::FRAC_PI_4;
            pairs.push(self.pair(state, state.square * libm::cos(theta))?);
        }
        let series = |value: &dyn Fn(&Pair) -> f64| Series::new(&pairs.iter().map(value).collect::<Vec<f64>>());
        let one = pairs[0].sums.len() == 1;
        let map = Map {
            product: series(&|pair| pair.product / state.square),
            chi: series(&|pair| pair.chi),
            sum: one.then(|| series(&|pair| pair.sums[0].1)),
        };
        Ok((map.product.settled() && map.chi.settled()).then_some(map))
    }

    /// The correlation at which two inputs come to rest, and χ_c there. The correlation is that of the sum which the step's function
    /// takes, if there is one sum, and else of the state: E uu′ / E u².
    pub fn rest(&self, state: Moments, chi: f64) -> Result<(f64, f64), Diagnostic> {
        if chi <= 1.0 + 1e-12 {
            return Ok((1.0, chi));
        }
        let excess =
            |x: f64| -> Result<f64, Diagnostic> { Ok(self.pair(state, x * state.square)?.product / state.square - x) };
        let at_zero = excess(0.0)?;
        let x = if at_zero <= 1e-14 {
            0.0
        } else {
            let mut gap = 0.5;
            loop {
                let found = excess(1.0 - gap)?;
                if found < 0.0 {
                    break root(&excess, (0.0, at_zero), (1.0 - gap, found))?;
                }
                gap /= 4.0;
                // Nearer than this it cannot be told from 1.
                if gap < 1e-12 {
                    break 1.0;
                }
            }
        };
        let pair = self.pair(state, x * state.square)?;
        Ok((if pair.sums.len() == 1 { pair.sums[0].1 } else { x }, pair.chi))
    }
}

impl Map {
    /// One step from a correlation of states: the next one, that of the sum on the way, and χ_c.
    pub fn step(&self, correlation: f64) -> (f64, f64, f64) {
        let theta = libm::acos(correlation.clamp(0.0, 1.0));
        let next = self.product.at(theta).0;
        (next, self.sum.as_ref().map_or(next, |sum| sum.at(theta).0), self.chi.at(theta).0)
    }

    /// How two inputs approach each other where χ is 1 and the slope has a jump: 1 − c ≈ this / l². From c′ = c + s·(1−c)^{3/2},
    /// whose solution is 4/(s²l²); s is the slope of χ_c in θ. Hayou, Doucet & Rousseau, 2019, for the rectifier 9π²/2.
    pub fn approach(&self) -> Option<f64> {
        let slope = -self.chi.at(0.0).1;
        // χ_c = 1 − (3/2)·s·√(1−c) and √(1−c) = θ/√2.
        let s = slope * 2.0 * std::f64::consts::SQRT_2 / 3.0;
        (s > 1e-6).then(|| 4.0 / (s * s))
    }
}
