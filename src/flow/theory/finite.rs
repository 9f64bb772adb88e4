//! What finite widths change, by formula.

/// ψ, the slope of ln Γ, for positive numbers: upwards by ψ(x) = ψ(x+1) − 1/x, then the asymptotic series.
pub fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 12.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = y
        * (1.0 / 12.0
            - y * (1.0 / 120.0 - y * (1.0 / 252.0 - y * (1.0 / 240.0 - y * (1.0 / 132.0 - y * 691.0 / 32760.0)))));
    sum + libm::log(x) - 0.5 / x - series
}

/// ψ′, in the same way.
pub fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 14.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = y
        * (1.0 / 6.0 - y * (1.0 / 30.0 - y * (1.0 / 42.0 - y * (1.0 / 30.0 - y * (5.0 / 66.0 - y * 691.0 / 2730.0)))));
    sum + (1.0 + 0.5 / x + series) / x
}

/// The Lyapunov exponents of a product of matrices of independent normal entries with variance `chi / width`, largest first, nats per
/// step. Newman, Communications in Mathematical Physics 103, 1986.
pub fn exponents(chi: f64, width: i64) -> Vec<f64> {
    let n = width as f64;
    (1..=width).map(|i| 0.5 * (libm::log(2.0 * chi / n) + digamma((n - i as f64 + 1.0) / 2.0))).collect()
}

/// Mean and variance of ln r, r = chi/(p·N) · Σ z² over the k units that are alive, where k is binomial(N, p) and not 0; exact.
///
/// E ln Σ z² over k units is ln 2 + ψ(k/2), and its variance ψ′(k/2).
pub fn log_moments(chi: f64, alive: f64, width: i64) -> (f64, f64) {
    let n = width as f64;
    let (mut weight, mut mean, mut square) = (0.0, 0.0, 0.0);
    for k in 1..=width {
        let k = k as f64;
        let choose = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
        let dead = if alive < 1.0 {
            (n - k) * libm::log1p(-alive)
        } else if k < n {
            f64::NEG_INFINITY
        } else {
            0.0
        };
        let share = libm::exp(choose + k * libm::log(alive) + dead);
        let log = libm::log(2.0 * chi / (alive * n)) + digamma(k / 2.0);
        weight += share;
        mean += share * log;
        square += share * (log * log + trigamma(k / 2.0));
    }
    mean /= weight;
    (mean, square / weight - mean * mean)
}

/// `E tr (JJᵀ)² / N` and `E (tr JJᵀ / N)²` of a product of `depth` matrices of independent normal entries with variance 1/N; exact, by
/// Wick's rule.
pub fn traces(width: i64, depth: i64) -> (f64, f64) {
    let n = width as f64;
    let (mut second, mut first) = (1.0, 1.0);
    for _ in 0..depth {
        (second, first) = (second * (1.0 + 1.0 / n) + first, first + 2.0 * second / (n * n));
    }
    (second, first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn psi_has_its_known_values() {
        let euler = 0.577_215_664_901_532_9;
        let square = std::f64::consts::PI * std::f64::consts::PI;
        for (found, wanted) in [
            (digamma(1.0), -euler),
            (digamma(0.5), -euler - 2.0 * std::f64::consts::LN_2),
            (digamma(10.0), 2.251_752_589_066_721),
            (trigamma(1.0), square / 6.0),
            (trigamma(0.5), square / 2.0),
        ] {
            assert!((found - wanted).abs() < 1e-13 * wanted.abs(), "{found} {wanted}");
        }
        // The slope of ψ is ψ′.
        let slope = (digamma(3.3 + 1e-5) - digamma(3.3 - 1e-5)) / 2e-5;
        assert!((slope - trigamma(3.3)).abs() < 1e-9);
    }
}
