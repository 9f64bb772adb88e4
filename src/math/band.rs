//! What several curves have in common, place by place.

use super::flow::Band;

impl Band {
    /// The band of curves of natural logarithms, which all begin at the same place. Some may end earlier, and some may have no
    /// number (NaN) here and there: a place is told by those that have one. Where none has, the band has NaN.
    pub fn over(curves: &[&[f64]]) -> Band {
        let length = curves.iter().map(|curve| curve.len()).max().unwrap_or(0);
        let mut band = Band::default();
        for at in 0..length {
            let column: Vec<f64> =
                curves.iter().filter_map(|curve| curve.get(at)).copied().filter(|value| !value.is_nan()).collect();
            band.typical.push(mean(&column));
            band.mean.push(root_mean_square(&column));
            band.low.push(column.iter().copied().reduce(f64::min).unwrap_or(f64::NAN));
            band.high.push(column.iter().copied().reduce(f64::max).unwrap_or(f64::NAN));
        }
        band
    }
}

/// The mean; NaN of nothing. One −∞ makes it −∞, as the logarithm of a geometric mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// ln √(mean of e^(2x))
fn root_mean_square(logs: &[f64]) -> f64 {
    let Some(largest) = logs.iter().copied().reduce(f64::max) else { return f64::NAN };
    if !largest.is_finite() {
        return largest;
    }
    let squares: Vec<f64> = logs.iter().map(|log| libm::exp(2.0 * (log - largest))).collect();
    largest + 0.5 * libm::log(mean(&squares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_is_of_those_that_are_there() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        let band = Band::over(&[&[0.0, -1000.0, nan, 1.0], &[0.0, -1002.0, nan], &[0.0, -inf, nan]]);
        assert_eq!((band.low[0], band.typical[0], band.mean[0], band.high[0]), (0.0, 0.0, 0.0, 0.0));
        assert_eq!((band.low[1], band.typical[1], band.high[1]), (-inf, -inf, -1000.0));
        // (1 + e⁻⁴) / 3 of the largest square is left.
        let expected = -1000.0 + 0.5 * libm::log((1.0 + libm::exp(-4.0)) / 3.0);
        assert!((band.mean[1] - expected).abs() < 1e-12);
        assert!(band.low[2].is_nan() && band.typical[2].is_nan() && band.mean[2].is_nan() && band.high[2].is_nan());
        assert_eq!((band.low[3], band.mean[3], band.high[3]), (1.0, 1.0, 1.0));
        assert_eq!(Band::over(&[]), Band::default());
    }
}
