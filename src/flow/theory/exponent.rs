//! What a finite width changes in the largest Lyapunov exponent of a plain step u ← W a(u) + b, with weights of its own for each step.
//!
//! Given the units of a step, those of the next are independent and normal, with variance q = s² mean a(u)² + what is added. So at width
//! N the state is a number q that fluctuates around the fixed point of q ↦ f(q) = s² E a² + …, and a vector v that is carried along has
//! one number beside it: the correlation c of its entries with those of u. To first order in 1/N, with χ(q) = s² E a′²:
//!
//! - ln r, r the factor of |v|², has the mean ln χ(q) + c²·(E z²a′²/E a′² − 1) − (3 E a′⁴/(E a′²)² − 1)/2N;
//! - q fluctuates by V/N = s⁴ Var a² / N in each step, so it has the variance v = V/(1 − f′²)/N and lies m = f″v/2(1 − f′) off;
//! - c fluctuates by s² E a²a′² / (q E a′²) / N in each step, and keeps the part f′/√χ of itself.
//!
//! Slopes by q are means with Hermite polynomials: d/dq E F(√q z) = E F·(z² − 1)/2q, and the second E F·(z⁴ − 6z² + 3)/4q². So
//! E z²a′²/E a′² − 1 is 2q (ln χ)′, and where χ does not depend on q, as with a rectifier, nothing is changed but by the slopes.
//! Derived here; measured in `tests/sweeps/exponent.rs` with tanh, a hard tanh, a sine and a logistic function.

use super::plain::Plain;

/// A fluctuation that is more than this part of what fluctuates is none of first order.
const SMALL: f64 = 0.1;

/// N times what the fluctuations of the state add to ½ E ln r, the exponent at rest. `None` where they are not small at this width: near
/// a critical point.
pub fn fluctuations(plain: &Plain, width: i64) -> Option<f64> {
    let (s2, q) = (plain.gain, plain.variance);
    if plain.linear || q <= 0.0 {
        return Some(0.0);
    }
    let slope = plain.mean(|_, _, d| d * d);
    // By ln q: that of ln χ twice, and those of f in units of q.
    let first = plain.mean(|z, _, d| d * d * (z * z - 1.0)) / (2.0 * slope);
    let second = plain.mean(|z, _, d| d * d * hermite(z)) / (4.0 * slope) - first * first;
    if first.abs() + second.abs() < 1e-9 {
        return Some(0.0);
    }
    let once = s2 * plain.mean(|z, a, _| a * a * (z * z - 1.0)) / (2.0 * q);
    let twice = s2 * plain.mean(|z, a, _| a * a * hermite(z)) / (4.0 * q);
    let kept = once * once / (s2 * slope);
    let square = plain.mean(|_, a, _| a * a);
    let noise = s2 * s2 * plain.mean(|_, a, _| (a * a - square) * (a * a - square)) / (q * q);
    let aligned = s2 * plain.mean(|_, a, d| a * a * d * d) / (q * slope);
    if once.abs() >= 1.0 || kept >= 1.0 {
        return None;
    }
    let variance = noise / (1.0 - once * once);
    let off = 0.5 * twice * variance / (1.0 - once);
    let aligned = aligned / (1.0 - kept);
    let small = [variance, aligned].into_iter().all(|part| part <= SMALL * width as f64);
    small.then_some(0.5 * (first * off + 0.5 * second * variance) + aligned * first)
}

/// The fourth Hermite polynomial.
fn hermite(z: f64) -> f64 {
    let square = z * z;
    square * square - 6.0 * square + 3.0
}
