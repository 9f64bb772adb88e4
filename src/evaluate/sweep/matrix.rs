//! Products of dense matrices: loops of our own for a few vectors, nalgebra for small matrices, faer for large ones.

use super::apply::{apply, apply_to_lanes};
use nalgebra::DMatrix;

/// From this many multiplications on, a product goes through a library.
const LARGE_PRODUCT: usize = 64 * 64 * 64;
/// From this many multiplications on, a product is two halves.
#[cfg(feature = "faer")]
const TWO_HALVES: usize = 128 * 128 * 128;
/// So many vectors at most are multiplied by a large matrix by our own loops; a library copies the matrix first.
const LANES_TOGETHER: usize = 16;
/// From this many rows and columns on, singular values go through faer.
#[cfg(feature = "faer")]
const LARGE_SVD: usize = 24;

/// How many numbers are worked on side by side.
const LANES: usize = 8;

/// A matrix in a flat buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    /// From its first entry on.
    pub data: &'a [f64],
    /// How many rows.
    pub rows: usize,
    /// How many columns.
    pub columns: usize,
    /// How far apart rows are.
    pub row: usize,
    /// How far apart columns are; one of both is 1.
    pub column: usize,
}

impl<'a> View<'a> {
    /// Rows and columns change places.
    pub(super) fn turned(self) -> View<'a> {
        View { data: self.data, rows: self.columns, columns: self.rows, row: self.column, column: self.row }
    }
}

/// `out = a · b`, row-major and without gaps.
pub(super) fn product(out: &mut [f64], a: View<'_>, b: View<'_>) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        out.fill(0.0);
    } else if n == 1 && (b.row == 1 || k == 1) {
        apply(out, a, &b.data[..k]);
    } else if m == 1 && (a.column == 1 || k == 1) {
        apply(out, b.turned(), &a.data[..k]);
    } else if m <= LANES_TOGETHER && a.column == 1 && b.column == 1 && m * k * n >= LARGE_PRODUCT {
        apply_to_lanes(out, b.turned(), a);
    } else {
        general(out, a, b);
    }
}

/// The sum of products, in eight partial sums that the processor works on side by side.
#[inline(always)]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0f64; LANES];
    let ((a_blocks, a_rest), (b_blocks, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7])) + rest
}

/// The Euclidean norm; no overflow or underflow between.
pub(super) fn norm(v: &[f64]) -> f64 {
    let plain = libm::sqrt(dot(v, v));
    if plain.is_finite() && plain > 1e-140 {
        return plain;
    }
    let largest = v.iter().fold(0.0f64, |largest, entry| largest.max(entry.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return if v.iter().any(|entry| entry.is_nan()) { f64::NAN } else { largest };
    }
    let sum: f64 = v.iter().map(|entry| (entry / largest) * (entry / largest)).sum();
    largest * libm::sqrt(sum)
}

fn general(out: &mut [f64], a: View<'_>, b: View<'_>) {
    #[cfg(feature = "faer")]
    if a.rows * a.columns * b.columns >= LARGE_PRODUCT {
        use faer::linalg::matmul::matmul;
        use faer::{Accum, MatMut, MatRef, Par};
        fn faer_view(view: View<'_>) -> MatRef<'_, f64> {
            match view.column == 1 {
                true => MatRef::from_row_major_slice_with_stride(view.data, view.rows, view.columns, view.row),
                false => MatRef::from_column_major_slice_with_stride(view.data, view.rows, view.columns, view.column),
            }
        }
        let wide = a.rows * a.columns * b.columns >= TWO_HALVES;
        let (a, b) = (faer_view(a), faer_view(b));
        let out = MatMut::from_row_major_slice_mut(&mut out[..a.nrows() * b.ncols()], a.nrows(), b.ncols());
        let multiply = |out, a, b| matmul(out, Accum::Replace, a, b, 1.0, Par::Seq);
        // Halves for two threads, split by size alone: how many threads there are changes no digit.
        if !wide {
            multiply(out, a, b);
        } else if a.nrows() >= b.ncols() {
            let half = a.nrows() / 2;
            let ((above, below), (a_above, a_below)) = (out.split_at_row_mut(half), a.split_at_row(half));
            rayon::join(|| multiply(above, a_above, b), || multiply(below, a_below, b));
        } else {
            let half = b.ncols() / 2;
            let ((left, right), (b_left, b_right)) = (out.split_at_col_mut(half), b.split_at_col(half));
            rayon::join(|| multiply(left, a, b_left), || multiply(right, a, b_right));
        }
        return;
    }
    #[cfg(not(feature = "faer"))]
    if a.rows * a.columns * b.columns >= LARGE_PRODUCT {
        let dense = |view: View<'_>| {
            DMatrix::from_fn(view.columns, view.rows, |column, row| view.data[row * view.row + column * view.column])
        };
        // Our row-major data, read by columns, are the transposes, and (A·B)ᵀ = Bᵀ·Aᵀ.
        let product = dense(b) * dense(a);
        out[..a.rows * b.columns].copy_from_slice(product.as_slice());
        return;
    }
    small(out, a, b);
}

/// A product of small matrices, in whichever order runs along contiguous entries.
fn small(out: &mut [f64], a: View<'_>, b: View<'_>) {
    let (k, n) = (a.columns, b.columns);
    for (row, out) in out[..a.rows * n].chunks_exact_mut(n).enumerate() {
        if b.column == 1 {
            out.fill(0.0);
            for inner in 0..k {
                let factor = a.data[row * a.row + inner * a.column];
                let from = &b.data[inner * b.row..inner * b.row + n];
                out.iter_mut().zip(from).for_each(|(out, entry)| *out += factor * entry);
            }
        } else if a.column == 1 {
            let own = &a.data[row * a.row..row * a.row + k];
            for (column, out) in out.iter_mut().enumerate() {
                *out = dot(own, &b.data[column * b.column..column * b.column + k]);
            }
        } else {
            for (column, out) in out.iter_mut().enumerate() {
                let entry = |inner: usize| a.data[row * a.row + inner * a.column] * b.data[inner + column * b.column];
                *out = (0..k).map(entry).sum();
            }
        }
    }
}

/// The largest singular value of a row-major matrix.
pub(super) fn spectral_norm(data: &[f64], rows: usize, columns: usize) -> f64 {
    #[cfg(feature = "faer")]
    if rows.min(columns) >= LARGE_SVD {
        let view = faer::MatRef::from_row_major_slice(data, rows, columns);
        // It has no values only where entries are no numbers.
        return view.singular_values().map_or(f64::NAN, |values| values.first().copied().unwrap_or(0.0));
    }
    let matrix = DMatrix::from_row_slice(rows, columns, data);
    matrix.singular_values().iter().fold(0.0f64, |most, value| most.max(*value))
}
