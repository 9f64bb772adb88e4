//! Singular values of the Jacobian of many plain steps J = Π D_l W_l, for wide layers, by free probability: the slopes D² and the
//! weights are taken as free of each other (Pennington, Schoenholz & Ganguli, 2017 and 2018). And what a finite width changes.

use super::model::Model;
use super::plain::Plain;
use super::{exponent, finite};
use crate::math::source::Diagnostic;
use crate::math::theory::{Finite, Moments, Spectrum};

/// Squared slopes times the variance of the weights: numbers with their probabilities.
struct Slopes {
    squares: Vec<f64>,
    weights: Vec<f64>,
}

impl Model<'_> {
    /// The spectrum over `depth` steps at a state that stays; `None` where the step is not plain.
    pub fn spectrum(&self, state: Moments, depth: i64) -> Result<Option<Spectrum>, Diagnostic> {
        let Some(plain) = self.plain_at(state)? else { return Ok(None) };
        let (slopes, orthogonal) = (Slopes::of(&plain), plain.orthogonal);
        let moments = moments(&slopes, orthogonal, depth);
        let mean = slopes.mean(|d| d);
        let variance = slopes.mean(|d| d * d) / (mean * mean) - 1.0;
        let log = self.log_slope(&plain, state)?;
        Ok(Some(Spectrum {
            orthogonal,
            depth,
            moments,
            variance_per_step: variance + if orthogonal { 0.0 } else { 1.0 },
            largest: largest(&slopes, orthogonal, depth)?,
            // ln |det| of a normal matrix is −N/2 in wide layers.
            mean_exponent: log - if orthogonal { 0.0 } else { 0.5 },
        }))
    }

    /// E ln |s a′|, with a quadrature of its own: logarithms settle where squares have long done so.
    fn log_slope(&self, plain: &Plain, state: Moments) -> Result<f64, Diagnostic> {
        let scale = 0.5 * libm::log(plain.gain);
        if plain.linear {
            return Ok(scale + libm::log(plain.slopes[0].abs()));
        }
        let log = self.slope_log(state)?.first().map_or(0.0, |(_, log)| *log);
        Ok(scale + libm::log(plain.inner.abs()) + log)
    }

    /// What a width changes in the long run at a state that stays; `None` where the step is not plain or the weights not independent.
    pub fn finite(&self, state: Moments, width: i64, depth: i64) -> Result<Option<Finite>, Diagnostic> {
        let Some(plain) = self.plain_at(state)?.filter(|plain| !plain.orthogonal) else { return Ok(None) };
        let slopes = Slopes::of(&plain);
        let (n, chi) = (width as f64, slopes.mean(|d| d));
        let flatness = slopes.mean(|d| d * d) / (chi * chi);
        let steepest = slopes.squares.iter().fold(0.0f64, |largest, d| largest.max(*d));
        let two = slopes.squares.iter().all(|d| *d == 0.0 || (*d - steepest).abs() <= 1e-12 * steepest);
        let alive = if two { chi / steepest } else { 1.0 };
        let excess = 3.0 * flatness - 1.0;
        let (log_mean, log_variance) = match two {
            true => finite::log_moments(chi, alive, width),
            false => (libm::log(chi) - excess / (2.0 * n), excess / n),
        };
        Ok(Some(Finite {
            width,
            depth,
            flatness,
            log_mean,
            log_variance,
            exact: two,
            largest_exponent: exponent::fluctuations(&plain, width).map(|part| 0.5 * log_mean + part / n),
            mean: chi,
            square: chi * chi * (1.0 + excess / n),
            dead: if two && alive < 1.0 { libm::exp(n * libm::log1p(-alive)) } else { 0.0 },
            steps_by_width: depth as f64 / n,
            ratio: libm::pow(1.0 + excess / n, depth as f64),
            exponents: if plain.linear { finite::exponents(chi, width) } else { Vec::new() },
            traces: plain.linear.then(|| {
                let (second, first) = finite::traces(width, depth);
                let scale = libm::pow(chi, 2.0 * depth as f64);
                (scale * second, scale * first)
            }),
        }))
    }
}

impl Slopes {
    fn of(plain: &Plain) -> Slopes {
        Slopes { squares: plain.squares(), weights: plain.weights.clone() }
    }

    fn mean(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.squares.iter().zip(&self.weights).map(|(d, w)| w * f(*d)).sum()
    }
}

/// The first four moments of JJᵀ. For an S-transform S the n-th moment is 1/n times the coefficient of zⁿ⁻¹ in ((1+z)/S(z))ⁿ
/// (Lagrange's inversion), and that of a product is the product of theirs; S of a square normal matrix is 1/(1+z).
fn moments(slopes: &Slopes, orthogonal: bool, depth: i64) -> [f64; 4] {
    // ψ(x) = Σ μ_k x^k; its inverse χ(z) = z·S(z)/(1+z), so (1+z)/S(z) = z/χ(z): a series u with u₀ = μ₁.
    let mu: Vec<f64> = (1..=4).map(|k| slopes.mean(|d| libm::pow(d, f64::from(k)))).collect();
    let inverse = inverted(&mu);
    // S(z) = (1+z)·χ(z)/z.
    let s: Series = multiplied(&inverse, &[1.0, 1.0, 0.0, 0.0]);
    let of_step = if orthogonal { s } else { multiplied(&s, &[1.0, -1.0, 1.0, -1.0]) };
    let quotient = multiplied(&[1.0, 1.0, 0.0, 0.0], &power(&reciprocal(&of_step), depth));
    let mut found = [0.0; 4];
    for n in 1..=4 {
        found[n - 1] = power(&quotient, n as i64)[n - 1] / n as f64;
    }
    found
}

type Series = [f64; 4];

fn multiplied(one: &Series, other: &Series) -> Series {
    let mut found = [0.0; 4];
    for (i, a) in one.iter().enumerate() {
        for (j, b) in other.iter().enumerate().take(4 - i) {
            found[i + j] += a * b;
        }
    }
    found
}

fn reciprocal(series: &Series) -> Series {
    let mut found = [1.0 / series[0], 0.0, 0.0, 0.0];
    for n in 1..4 {
        let sum: f64 = (1..=n).map(|k| series[k] * found[n - k]).sum();
        found[n] = -sum / series[0];
    }
    found
}

fn power(series: &Series, exponent: i64) -> Series {
    // By squaring.
    let (mut result, mut base, mut left) = ([1.0, 0.0, 0.0, 0.0], *series, exponent.max(0));
    while left > 0 {
        if left % 2 == 1 {
            result = multiplied(&result, &base);
        }
        base = multiplied(&base, &base);
        left /= 2;
    }
    result
}

/// χ(z)/z for ψ(x) = μ₁x + μ₂x² + …, by Newton's iteration on series.
fn inverted(mu: &[f64]) -> Series {
    // χ = z·u: μ₁u + μ₂zu² + μ₃z²u³ + μ₄z³u⁴ = 1, coefficient by coefficient.
    let mut u = [1.0 / mu[0], 0.0, 0.0, 0.0];
    for n in 1..4 {
        let mut sum = 0.0;
        for k in 2..=n + 1 {
            sum += mu[k - 1] * power(&u, k as i64)[n + 1 - k];
        }
        u[n] = -sum / mu[0];
    }
    u
}

/// The largest squared singular value: the least of 1/χ(z) over z > 0, with χ(z) = z/(1+z)·S_D(z)^L·S_W(z)^L.
fn largest(slopes: &Slopes, orthogonal: bool, depth: i64) -> Result<f64, Diagnostic> {
    let steepest = slopes.squares.iter().fold(0.0f64, |largest, d| largest.max(*d));
    if steepest == 0.0 {
        return Ok(0.0);
    }
    let l = depth as f64;
    let log = |z: f64| -> f64 {
        // ψ_D(x) = z, with x = (1−e)/steepest: ψ falls from infinity as e rises from 0 to 1.
        let psi = |e: f64| {
            slopes.mean(|d| {
                let part = d / steepest;
                (1.0 - e) * part / ((1.0 - part) + e * part)
            })
        };
        let (mut low, mut high) = (-60.0, 0.0);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if psi(libm::exp(middle)) > z { low = middle } else { high = middle }
        }
        let x = -libm::expm1(0.5 * (low + high)) / steepest;
        let s_d = libm::log((1.0 + z) / z * x);
        let s_w = if orthogonal { 0.0 } else { -libm::log1p(z) };
        libm::log((1.0 + z) / z) - l * (s_d + s_w)
    };
    // Golden section on ln z.
    let golden = (libm::sqrt(5.0) - 1.0) / 2.0;
    let (mut a, mut b) = (-14.0, 14.0);
    let at = |y: f64| log(libm::exp(y));
    let (mut c, mut d) = (b - golden * (b - a), a + golden * (b - a));
    let (mut at_c, mut at_d) = (at(c), at(d));
    for _ in 0..60 {
        if at_c < at_d {
            (b, d, at_d) = (d, c, at_c);
            c = b - golden * (b - a);
            at_c = at(c);
        } else {
            (a, c, at_c) = (c, d, at_d);
            d = a + golden * (b - a);
            at_d = at(d);
        }
    }
    Ok(libm::exp(at_c.min(at_d)))
}
