//! QR of dense matrices: nalgebra for small ones, panels by faer for large ones, reflections of our own where columns depend on
//! each other.

use super::matrix::{dot, norm};
use nalgebra::DMatrix;

/// From this many columns on, QR goes through faer.
#[cfg(feature = "faer")]
const LARGE: usize = 24;

/// `A = Q·R` with a diagonal of R that is not negative: Q replaces A, R comes out. Column-major; `rows ≥ columns`.
pub(super) fn qr(a: &mut [f64], rows: usize, columns: usize) -> Vec<f64> {
    #[cfg(feature = "faer")]
    let mut r = match columns >= LARGE {
        true => panels::qr(a, rows, columns),
        false => plain(a, rows, columns),
    };
    #[cfg(not(feature = "faer"))]
    let mut r = plain(a, rows, columns);
    positive(a, &mut r, rows, columns);
    r
}

fn plain(a: &mut [f64], rows: usize, columns: usize) -> Vec<f64> {
    let mut r = vec![0.0; columns * columns];
    let qr = DMatrix::from_column_slice(rows, columns, a).qr();
    let upper = qr.r();
    for (column, into) in r.chunks_exact_mut(columns).enumerate() {
        (0..=column).for_each(|row| into[row] = upper[(row, column)]);
    }
    a.copy_from_slice(qr.q().as_slice());
    r
}

/// Householder's reflections in panels of columns: what stands to the right of a panel is turned in two halves, split by size
/// alone, so that two threads do it and how many there are changes no digit.
#[cfg(feature = "faer")]
mod panels {
    use faer::dyn_stack::{MemBuffer, MemStack};
    use faer::linalg::householder::{
        apply_block_householder_on_the_left_in_place_scratch as scratch,
        apply_block_householder_on_the_left_in_place_with_conj as turn,
        apply_block_householder_transpose_on_the_left_in_place_with_conj as turn_back,
    };
    use faer::linalg::qr::no_pivoting::factor::{qr_in_place, qr_in_place_scratch};
    use faer::{Conj, Mat, MatMut, Par};

    /// How many columns a panel has.
    const PANEL: usize = 32;
    /// From this many entries on, two halves are worth waking a second thread.
    const TWO_HALVES: usize = 64 * 64;

    pub(super) fn qr(a: &mut [f64], rows: usize, columns: usize) -> Vec<f64> {
        let mut work = MatMut::from_column_major_slice_mut(a, rows, columns);
        let mut factors: Vec<Mat<f64>> = Vec::new();
        for start in (0..columns).step_by(PANEL) {
            let (size, height) = (PANEL.min(columns - start), rows - start);
            let below = work.as_mut().submatrix_mut(start, start, height, columns - start);
            let (mut panel, rest) = below.split_at_col_mut(size);
            let mut factor = Mat::zeros(size, size);
            let mut memory =
                MemBuffer::new(qr_in_place_scratch::<f64>(height, size, size, Par::Seq, Default::default()));
            let stack = MemStack::new(&mut memory);
            qr_in_place(panel.as_mut(), factor.as_mut(), Par::Seq, stack, Default::default());
            halves(rest, |part| {
                let mut memory = MemBuffer::new(scratch::<f64>(height, size, part.ncols()));
                turn_back(panel.as_ref(), factor.as_ref(), Conj::No, part, Par::Seq, MemStack::new(&mut memory));
            });
            factors.push(factor);
        }
        let mut r = vec![0.0; columns * columns];
        for (column, into) in r.chunks_exact_mut(columns).enumerate() {
            (0..=column).for_each(|row| into[row] = work[(row, column)]);
        }
        let mut q = Mat::<f64>::identity(rows, columns);
        for (number, factor) in factors.iter().enumerate().rev() {
            let (start, size) = (number * PANEL, factor.ncols());
            let panel = work.as_ref().submatrix(start, start, rows - start, size);
            halves(q.submatrix_mut(start, start, rows - start, columns - start), |part| {
                let mut memory = MemBuffer::new(scratch::<f64>(rows - start, size, part.ncols()));
                turn(panel, factor.as_ref(), Conj::No, part, Par::Seq, MemStack::new(&mut memory));
            });
        }
        work.copy_from(q);
        r
    }

    fn halves(whole: MatMut<'_, f64>, work: impl Fn(MatMut<'_, f64>) + Sync) {
        let half = whole.ncols() / 2;
        if whole.nrows() * whole.ncols() < TWO_HALVES {
            return work(whole);
        }
        let (left, right) = whole.split_at_col_mut(half);
        rayon::join(|| work(left), || work(right));
    }
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
