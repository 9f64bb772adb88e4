//! What the norm bounds of a Jacobian come to on an instance, to be compared with the norms that are measured.

use super::fault::Fault;
use super::jacobian::{Numbers, add, size_of};
use super::layout::Key;
use super::program::{Given, Program};
use crate::math::expression::{Mark, Term};
use crate::math::jacobian::{Block, Jacobian, Size};
use crate::math::name::Name;
use crate::math::network::Sizes;
use crate::math::number::Rational;
use crate::math::shape::Shape;
use nalgebra::DMatrix;
use num_traits::ToPrimitive;

/// The largest share of its bound that a measured norm reaches, over all blocks and places. A share above 1 means that a
/// bound is wrong; so does infinity, of a bound that is 0 or no number where the norm is not 0.
pub fn largest_share(jacobian: &Jacobian, sizes: &Sizes, given: &Given<f64>, numbers: &Numbers) -> Result<f64, Fault> {
    let mut network = jacobian.network.clone();
    let parts = |block: &Block| -> Vec<Size> {
        block.bound.summands.iter().flat_map(|limit| limit.factors.iter().cloned()).collect()
    };
    let all: Vec<Size> = jacobian.inner.iter().chain(&jacobian.blocks).flat_map(parts).collect();
    let mut named: Vec<(Size, Name)> = Vec::new();
    for size in all {
        let (Size::Spectral(term) | Size::Largest(term) | Size::Length(term)) = &size else { continue };
        if named.iter().any(|(known, _)| *known == size) {
            continue;
        }
        let name = Name::from(format!("∂size{}", named.len()));
        let is_row = matches!(term.shape(), Shape::Row(_));
        let column = if is_row { term.clone().transposed() } else { Ok(term.clone()) };
        let body = column.map_err(|mismatch| Fault::error(mismatch.to_string()))?;
        add(&mut network, jacobian, name.clone(), body);
        named.push((size, name));
    }
    let program = Program::forward(&network, sizes)?;
    let values = program.run(given)?;
    let places: usize = numbers.indices.iter().map(|(_, _, count)| *count).product();
    // By size, then by place.
    let mut known: Vec<(Size, Vec<f64>)> = Vec::new();
    for (size, name) in named {
        let slot = program.keys.get(&Key::Quantity(name, Mark::Value)).copied();
        let data = &values.stored()[slot.ok_or_else(|| Fault::error("a bound has no value"))?].data;
        let measured = data.chunks((data.len() / places.max(1)).max(1)).map(|cell| measure(&size, cell, sizes));
        let measured: Vec<f64> = measured.collect::<Result<_, Fault>>()?;
        known.push((size, measured));
    }
    for (number, block) in jacobian.inner.iter().enumerate() {
        let whole = (0..places).map(|place| bound(block, place, &known)).collect();
        known.push((Size::Inner(number), whole));
    }
    let mut largest: f64 = 0.0;
    for (number, block) in jacobian.blocks.iter().enumerate() {
        for (place, norm) in numbers.norms(number).data.iter().enumerate() {
            let share = if *norm == 0.0 { 0.0 } else { norm / bound(block, place, &known) };
            largest = if share.is_nan() { f64::INFINITY } else { largest.max(share) };
        }
    }
    Ok(largest)
}

/// `Σ number · Π factors` at a place.
fn bound(block: &Block, place: usize, known: &[(Size, Vec<f64>)]) -> f64 {
    let value = |number: &Rational| number.to_f64().unwrap_or(f64::NAN);
    let factor = |size: &Size| known.iter().find(|(other, _)| other == size).map_or(f64::NAN, |(_, all)| all[place]);
    block
        .bound
        .summands
        .iter()
        .map(|limit| value(&limit.number) * limit.factors.iter().map(factor).product::<f64>())
        .sum()
}

/// How large the entries of one cell are, as a matrix, by their largest one, or as a vector.
fn measure(size: &Size, cell: &[f64], sizes: &Sizes) -> Result<f64, Fault> {
    let length = || cell.iter().map(|entry| entry * entry).sum::<f64>();
    match size {
        Size::Largest(_) => Ok(cell.iter().fold(0.0f64, |most, entry| most.max(entry.abs()))),
        Size::Spectral(term) if term.shape().axes().len() == 2 => {
            let axes: Vec<usize> = axes(term, sizes)?;
            let matrix = DMatrix::from_row_slice(axes[0], axes[1], cell);
            Ok(matrix.singular_values().iter().fold(0.0f64, |most, value| most.max(*value)))
        }
        _ => Ok(libm::sqrt(length())),
    }
}

fn axes(term: &Term, sizes: &Sizes) -> Result<Vec<usize>, Fault> {
    term.shape().axes().iter().map(|axis| size_of(axis, sizes)).collect()
}
