//! What training changed in the numbers of a network: two sets of weights, parameter by parameter.

use super::name::Name;

/// A parameter before and after.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// The parameter.
    pub parameter: Name,
    /// Its Frobenius norm, before and after.
    pub norm: [f64; 2],
    /// The Frobenius norm of the difference.
    pub moved: f64,
    /// The cosine between before and after, as vectors of all entries; NaN where one of them is 0.
    pub cosine: f64,
    /// Its singular values, for each place along its indices, before and after; none for vectors and numbers.
    pub spectra: Vec<Spectrum>,
}

/// The singular values of a matrix, before and after, largest first.
#[derive(Clone, PartialEq, Debug)]
pub struct Spectrum {
    /// Its positions along its indices, counted from 1; none where it has no index.
    pub at: Vec<i64>,
    /// The singular values, before and after.
    pub values: [Vec<f64>; 2],
}

impl Change {
    /// How far it moved, in units of its norm before; infinite for what was 0 and is not.
    pub fn relative(&self) -> f64 {
        match self.moved {
            0.0 => 0.0,
            moved => moved / self.norm[0],
        }
    }

    /// The largest singular value at all its places, before and after; `None` for vectors and numbers.
    pub fn largest(&self) -> Option<[f64; 2]> {
        let most =
            |when: usize| self.spectra.iter().filter_map(move |own| own.values[when].first().copied()).reduce(f64::max);
        Some([most(0)?, most(1)?])
    }

    /// The stable rank, the mean over all places: ‖W‖_F² / σ_max², how many directions count; `None` for vectors and numbers, and for 0.
    pub fn rank(&self) -> Option<[f64; 2]> {
        let of = |when: usize| {
            let ranks: Vec<f64> = self
                .spectra
                .iter()
                .filter_map(|own| {
                    let largest = own.values[when].first().copied().filter(|largest| *largest > 0.0)?;
                    Some(own.values[when].iter().map(|value| (value / largest) * (value / largest)).sum::<f64>())
                })
                .collect();
            (!ranks.is_empty()).then(|| ranks.iter().sum::<f64>() / ranks.len() as f64)
        };
        Some([of(0)?, of(1)?])
    }
}
