//! Two sets of weights compared: norms, differences, and the singular values of each matrix.

use super::array::Array;
use crate::math::change::{Change, Spectrum};
use crate::math::name::Name;
use crate::math::network::{Network, Quantity, Role};
use nalgebra::DMatrix;
use std::collections::BTreeMap;

/// What changed of each parameter that both have. Arrays have their index axes first.
pub fn changes(
    network: &Network,
    before: &BTreeMap<Name, Array<f64>>,
    after: &BTreeMap<Name, Array<f64>>,
) -> Vec<Change> {
    let parameters = network.quantities.values().filter(|quantity| quantity.role == Role::Param);
    let change = |quantity: &Quantity| {
        let (one, other) = (before.get(&quantity.name)?, after.get(&quantity.name)?);
        if one.dims != other.dims {
            return None;
        }
        let difference: Vec<f64> = one.data.iter().zip(&other.data).map(|(one, other)| other - one).collect();
        let norm = [norm(&one.data), norm(&other.data)];
        let product: f64 =
            one.data.iter().zip(&other.data).map(|(one, other)| (one / norm[0]) * (other / norm[1])).sum();
        Some(Change {
            parameter: quantity.name.clone(),
            norm,
            moved: self::norm(&difference),
            cosine: product,
            spectra: spectra(one, other, quantity.axes.len()),
        })
    };
    parameters.filter_map(change).collect()
}

/// The spectra at all places; none unless a place has a matrix.
fn spectra(before: &Array<f64>, after: &Array<f64>, indices: usize) -> Vec<Spectrum> {
    let (places, shape) = before.dims.split_at(indices.min(before.dims.len()));
    let [rows, columns] = *shape else { return Vec::new() };
    let size = (rows * columns).max(1);
    let values = |data: &[f64]| {
        let mut values: Vec<f64> =
            DMatrix::from_row_slice(rows, columns, data).singular_values().iter().copied().collect();
        values.sort_by(|one, other| other.total_cmp(one));
        values
    };
    let mut at = vec![1; places.len()];
    let mut found = Vec::new();
    for (one, other) in before.data.chunks_exact(size).zip(after.data.chunks_exact(size)) {
        found.push(Spectrum { at: at.clone(), values: [values(one), values(other)] });
        // The last index runs fastest.
        for (place, end) in at.iter_mut().zip(places).rev() {
            *place += 1;
            if *place <= *end as i64 {
                break;
            }
            *place = 1;
        }
    }
    found
}

/// The Euclidean norm of all entries, without overflow.
fn norm(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    match largest {
        0.0 => 0.0,
        largest => largest * libm::sqrt(values.iter().map(|value| (value / largest) * (value / largest)).sum()),
    }
}
