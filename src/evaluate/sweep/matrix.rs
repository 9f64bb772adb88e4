//! Products and QR of dense matrices: loops of our own for a single column, nalgebra for small matrices, faer for large ones.

use nalgebra::DMatrix;
use rayon::prelude::*;

/// From this many multiplications on, a product goes through a library.
const LARGE_PRODUCT: usize = 64 * 64 * 64;
/// From this many multiplications on, a product is two halves.
#[cfg(feature = "faer")]
const TWO_HALVES: usize = 128 * 128 * 128;
/// From this many entries on, a matrix is applied to a vector by several threads: below, waking them costs more.
const LARGE_MATRIX: usize = 256 * 256;
/// How many entries of the result a thread takes at once. Each entry is summed by one thread, in one order: how many threads there
/// are changes no digit.
const SHARE: usize = 128;
/// From this many columns on, QR goes through faer.
#[cfg(feature = "faer")]
const LARGE_QR: usize = 24;

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
    } else {
        general(out, a, b);
    }
}

/// `out = a · v`
fn apply(out: &mut [f64], a: View<'_>, v: &[f64]) {
    let out = &mut out[..a.rows];
    let by_rows = a.column == 1 || a.columns == 1;
    match (by_rows, a.rows * a.columns >= LARGE_MATRIX) {
        (true, false) => by_dots(out, a, v),
        (false, false) => by_columns(out, a, v),
        (true, true) => out.par_chunks_mut(SHARE).enumerate().for_each(|(number, out)| {
            let data = a.data.get(number * SHARE * a.row..).unwrap_or_default();
            by_dots(out, View { data, rows: out.len(), ..a }, v);
        }),
        // Halves of the columns, so that each thread reads memory in one stream.
        (false, true) => {
            let half = a.columns / 2;
            let rest = View { data: &a.data[half * a.column..], columns: a.columns - half, ..a };
            let mut second = vec![0.0; a.rows];
            rayon::join(
                || by_columns(out, View { columns: half, ..a }, &v[..half]),
                || by_columns(&mut second, rest, &v[half..]),
            );
            out.iter_mut().zip(&second).for_each(|(out, second)| *out += second);
        }
    }
}

/// Rows are contiguous: each entry is a sum of products.
fn by_dots(out: &mut [f64], a: View<'_>, v: &[f64]) {
    vectorised(
        #[inline(always)]
        || {
            for (row, out) in out.iter_mut().enumerate() {
                let start = row * a.row;
                *out = dot(&a.data[start..start + a.columns], v);
            }
        },
    );
}

/// Columns are contiguous: four of them at a time are added up.
fn by_columns(out: &mut [f64], a: View<'_>, v: &[f64]) {
    out.fill(0.0);
    let rows = out.len();
    let column = |number: usize| &a.data[number * a.column..number * a.column + rows];
    vectorised(
        #[inline(always)]
        || {
            let (blocks, _) = out.as_chunks_mut::<LANES>();
            let mut number = 0;
            while number + 4 <= a.columns {
                let v: [f64; 4] = std::array::from_fn(|at| v[number + at]);
                let [c0, c1, c2, c3]: [&[f64]; 4] = std::array::from_fn(|at| column(number + at));
                let (b0, b1, b2, b3) = (blocks_of(c0), blocks_of(c1), blocks_of(c2), blocks_of(c3));
                for (block, out) in blocks.iter_mut().enumerate() {
                    let (b0, b1, b2, b3) = (&b0[block], &b1[block], &b2[block], &b3[block]);
                    for lane in 0..LANES {
                        out[lane] += (v[0] * b0[lane] + v[1] * b1[lane]) + (v[2] * b2[lane] + v[3] * b3[lane]);
                    }
                }
                number += 4;
            }
            let whole = rows - rows % LANES;
            let mut last = 0;
            while last + 4 <= a.columns {
                let v: [f64; 4] = std::array::from_fn(|at| v[last + at]);
                for (row, out) in out.iter_mut().enumerate().skip(whole) {
                    let [c0, c1, c2, c3]: [f64; 4] = std::array::from_fn(|at| column(last + at)[row]);
                    *out += (v[0] * c0 + v[1] * c1) + (v[2] * c2 + v[3] * c3);
                }
                last += 4;
            }
            for number in number..a.columns {
                let v = v[number];
                out.iter_mut().zip(column(number)).for_each(|(out, entry)| *out += v * entry);
            }
        },
    );
}

#[inline(always)]
fn blocks_of(column: &[f64]) -> &[[f64; LANES]] {
    column.as_chunks().0
}

/// Compiles a loop for the widest registers of the processor as well. What is computed stays the same, digit by digit.
#[inline(always)]
fn vectorised(work: impl FnOnce()) {
    #[cfg(feature = "faer")]
    pulp::Arch::new().dispatch(work);
    #[cfg(not(feature = "faer"))]
    work();
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

/// `A = Q·R` where a column may depend on those before it, as when units are dead: it gets no direction of its own.
pub(super) struct Echelon {
    /// Which columns have a direction of their own: as many as the rank.
    pub kept: Vec<usize>,
    /// Orthonormal columns, one for each of these.
    pub q: Vec<f64>,
    /// rank × columns, by columns, in steps: a column has entries only for directions up to its own or the last before it.
    pub r: Vec<f64>,
}

/// Householder's reflections, column by column. What is left of a column is 0 if it is no longer than `zero` of the next row.
pub(super) fn echelon(a: &[f64], rows: usize, columns: usize, zero: impl Fn(usize) -> f64) -> Echelon {
    let mut work = a.to_vec();
    let (mut kept, mut heights, mut reflections) = (Vec::new(), Vec::new(), Vec::new());
    for column in 0..columns {
        let at = kept.len();
        let (own, later) = work[column * rows..].split_at_mut(rows);
        let size = norm(&own[at..]);
        if at < rows && size > zero(at) {
            let turned = if own[at] > 0.0 { -size } else { size };
            let mut v = own[at..].to_vec();
            v[0] -= turned;
            let scale = 2.0 / dot(&v, &v);
            own[at] = turned;
            later.chunks_exact_mut(rows).for_each(|other| reflect(&mut other[at..], &v, scale));
            kept.push(column);
            reflections.push((v, scale));
        }
        heights.push(kept.len());
    }
    let rank = kept.len();
    let mut q = vec![0.0; rows * rank];
    (0..rank).for_each(|number| q[number * (rows + 1)] = 1.0);
    for (at, (v, scale)) in reflections.iter().enumerate().rev() {
        q.chunks_exact_mut(rows).skip(at).for_each(|column| reflect(&mut column[at..], v, *scale));
    }
    let mut r = vec![0.0; rank * columns];
    for (column, height) in heights.iter().enumerate() {
        r[column * rank..][..*height].copy_from_slice(&work[column * rows..][..*height]);
    }
    for (number, column) in kept.iter().enumerate() {
        if r[column * rank + number] < 0.0 {
            q[number * rows..(number + 1) * rows].iter_mut().for_each(|entry| *entry = -*entry);
            (0..columns).for_each(|column| r[column * rank + number] = -r[column * rank + number]);
        }
    }
    Echelon { kept, q, r }
}

fn reflect(y: &mut [f64], v: &[f64], scale: f64) {
    let along = scale * dot(v, y);
    y.iter_mut().zip(v).for_each(|(y, v)| *y -= along * v);
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
