//! Products and QR of dense matrices: loops of our own for a single column, nalgebra for small matrices, faer for large ones.

use nalgebra::DMatrix;

/// From this many multiplications on, a product goes through a library.
const LARGE_PRODUCT: usize = 64 * 64 * 64;
/// From this many columns on, QR goes through faer.
#[cfg(feature = "faer")]
const LARGE_QR: usize = 24;

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
    } else {
        general(out, a, b);
    }
}

/// `out = a · v`
fn apply(out: &mut [f64], a: View<'_>, v: &[f64]) {
    if a.column == 1 || a.columns == 1 {
        for (row, out) in out[..a.rows].iter_mut().enumerate() {
            let start = row * a.row;
            *out = dot(&a.data[start..start + a.columns], v);
        }
        return;
    }
    // Columns are contiguous: four of them at a time are added up.
    let out = &mut out[..a.rows];
    out.fill(0.0);
    let column = |number: usize| &a.data[number * a.column..number * a.column + a.rows];
    let mut number = 0;
    while number + 4 <= a.columns {
        let [v0, v1, v2, v3] = [v[number], v[number + 1], v[number + 2], v[number + 3]];
        let (c0, c1, c2, c3) = (column(number), column(number + 1), column(number + 2), column(number + 3));
        for (((out, c0), (c1, c2)), c3) in out.iter_mut().zip(c0).zip(c1.iter().zip(c2)).zip(c3) {
            *out += (v0 * c0 + v1 * c1) + (v2 * c2 + v3 * c3);
        }
        number += 4;
    }
    for number in number..a.columns {
        let v = v[number];
        out.iter_mut().zip(column(number)).for_each(|(out, entry)| *out += v * entry);
    }
}

/// The sum of products, in eight partial sums that the processor works on side by side.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0f64; 8];
    let (a_blocks, b_blocks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_blocks.zip(b_blocks) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
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
        let out = MatMut::from_row_major_slice_mut(&mut out[..a.rows * b.columns], a.rows, b.columns);
        matmul(out, Accum::Replace, faer_view(a), faer_view(b), 1.0, Par::Seq);
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

/// `A = Q·R` with a diagonal of R that is not negative: Q replaces A, R comes out. Column-major; `rows ≥ columns`.
pub(super) fn qr(a: &mut [f64], rows: usize, columns: usize) -> Vec<f64> {
    let mut r = vec![0.0; columns * columns];
    #[cfg(feature = "faer")]
    if columns >= LARGE_QR {
        use faer::{MatMut, MatRef};
        let qr = faer::linalg::solvers::Qr::new(MatRef::from_column_major_slice(a, rows, columns));
        for (column, into) in r.chunks_exact_mut(columns).enumerate() {
            (0..=column).for_each(|row| into[row] = qr.R()[(row, column)]);
        }
        MatMut::from_column_major_slice_mut(a, rows, columns).copy_from(qr.compute_thin_Q());
        positive(a, &mut r, rows, columns);
        return r;
    }
    let qr = DMatrix::from_column_slice(rows, columns, a).qr();
    let upper = qr.r();
    for (column, into) in r.chunks_exact_mut(columns).enumerate() {
        (0..=column).for_each(|row| into[row] = upper[(row, column)]);
    }
    a.copy_from_slice(qr.q().as_slice());
    positive(a, &mut r, rows, columns);
    r
}

/// Turns signs so that the diagonal of R is not negative; QR is then unique.
fn positive(q: &mut [f64], r: &mut [f64], rows: usize, columns: usize) {
    for number in 0..columns {
        if r[number * columns + number] < 0.0 {
            q[number * rows..(number + 1) * rows].iter_mut().for_each(|entry| *entry = -*entry);
            (number..columns).for_each(|column| r[column * columns + number] = -r[column * columns + number]);
        }
    }
}

/// The largest singular value of a row-major matrix.
pub(super) fn spectral_norm(data: &[f64], rows: usize, columns: usize) -> f64 {
    #[cfg(feature = "faer")]
    if rows.min(columns) >= LARGE_QR {
        let view = faer::MatRef::from_row_major_slice(data, rows, columns);
        // It has no values only where entries are no numbers.
        return view.singular_values().map_or(f64::NAN, |values| values.first().copied().unwrap_or(0.0));
    }
    let matrix = DMatrix::from_row_slice(rows, columns, data);
    matrix.singular_values().iter().fold(0.0f64, |most, value| most.max(*value))
}
