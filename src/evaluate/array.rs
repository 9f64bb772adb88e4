//! Arrays: flat, row-major. Matrix products go through nalgebra.

use super::scalar::Scalar;
use nalgebra::DMatrixView;

/// Entries in row-major order, and how many along each axis. A number has no axis; a row vector has the axes `[1, n]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Array<S> {
    /// How many entries along each axis.
    pub dims: Vec<usize>,
    /// The entries, the last axis running fastest.
    pub data: Vec<S>,
}

impl<S: Scalar> Array<S> {
    /// Entries under given axes; `None` when there are more or fewer than the axes say.
    pub fn new(dims: Vec<usize>, data: Vec<S>) -> Option<Self> {
        (count(&dims) == data.len()).then_some(Array { dims, data })
    }

    /// The same number everywhere.
    pub fn filled(dims: Vec<usize>, value: S) -> Self {
        let data = vec![value; count(&dims)];
        Array { dims, data }
    }

    /// A single number.
    pub fn number(value: S) -> Self {
        Array { dims: Vec::new(), data: vec![value] }
    }

    /// The same axes with every entry changed.
    pub fn map<R: Scalar>(&self, change: impl FnMut(S) -> R) -> Array<R> {
        Array { dims: self.dims.clone(), data: self.data.iter().copied().map(change).collect() }
    }
}

/// How many entries an array of these axes has; saturates, so that absurd sizes can be refused.
pub fn count(dims: &[usize]) -> usize {
    dims.iter().fold(1, |product, dim| product.saturating_mul(*dim))
}

/// A shape for messages: `5 × D`, or `a number`.
pub(super) fn told(dims: &[impl ToString]) -> String {
    match dims {
        [] => "a number".into(),
        dims => dims.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × "),
    }
}

/// The product of an `m × k` and a `k × n` matrix, all row-major.
///
/// nalgebra stores columns first. Our row-major data, read by columns, are the transposes, and (A·B)ᵀ = Bᵀ·Aᵀ: no
/// entry is moved.
pub(super) fn product<S: Scalar>(left: &[S], right: &[S], (m, k, n): (usize, usize, usize)) -> Vec<S> {
    if k == 0 {
        return vec![S::zero(); m * n];
    }
    if n == 1 {
        // A matrix and a column, or a row and a column: dot products, without the set-up of a matrix product.
        return left.chunks_exact(k).map(|row| dot(row, right)).collect();
    }
    let transposed = DMatrixView::from_slice(right, n, k) * DMatrixView::from_slice(left, k, m);
    transposed.data.into()
}

/// The sum of products.
pub(super) fn dot<S: Scalar>(left: &[S], right: &[S]) -> S {
    let mut sum = S::zero();
    for (a, b) in left.iter().zip(right) {
        sum += *a * *b;
    }
    sum
}

/// The `columns × rows` transpose of a `rows × columns` matrix.
pub(super) fn transposed<S: Scalar>(data: &[S], rows: usize, columns: usize) -> Vec<S> {
    let mut turned = Vec::with_capacity(data.len());
    for column in 0..columns {
        turned.extend((0..rows).map(|row| data[row * columns + column]));
    }
    turned
}
