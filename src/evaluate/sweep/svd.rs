//! Singular values of a product of matrices whose own product would lose them.
//!
//! First QR sweeps to and fro: `R_m ⋯ R_1` becomes a product of triangular factors of the transpose, and so on, until the
//! off-diagonal no longer mixes large rows into small ones. Then the product is written as rows with a logarithm of scale
//! each, and these are made orthogonal by Jacobi rotations, which find small singular values as precisely as large ones
//! (Demmel & Veselić, SIAM J. Matrix Anal. Appl. 13, 1992). Near-equal values need no further sweeps.

use super::matrix::{View, dot, norm, product as multiply};
use super::qr::qr;

/// How many QR sweeps at most.
const SWEEPS: usize = 8;
/// Cosines below this are 0.
const ORTHOGONAL: f64 = 1e-15;
/// How many rounds of rotations at most.
const ROUNDS: usize = 60;

/// A factor: rows, columns, entries by columns.
pub(super) type Factor = (usize, usize, Vec<f64>);

/// ln of the nonzero singular values of `F_m ⋯ F_1`, given in the order F_1, …, F_m, the largest first. `width`: that of F_1.
pub(super) fn product(factors: &[Factor], width: usize) -> Vec<f64> {
    let rank = factors.last().map_or(width, |(rows, ..)| *rows);
    if rank == 0 {
        return Vec::new();
    }
    let mut own: Vec<Factor> = factors.to_vec();
    for _ in 0..SWEEPS {
        own = sweep(&own, rank);
        if graded(&own, rank) {
            break;
        }
    }
    let (mut scales, mut rows) = rows_of(&own, rank);
    rotate(&mut scales, &mut rows, rank);
    let mut values: Vec<f64> =
        scales.iter().zip(rows.chunks_exact(rank)).map(|(scale, row)| scale + libm::log(norm(row))).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// The factors of the transpose, triangular again: `F_1ᵀ ⋯ F_mᵀ = Q·R_1 ⋯ R_m`, in the order in which they are applied.
fn sweep(factors: &[Factor], rank: usize) -> Vec<Factor> {
    let mut q: Vec<f64> = vec![0.0; rank * rank];
    (0..rank).for_each(|number| q[number * (rank + 1)] = 1.0);
    let mut found = Vec::with_capacity(factors.len());
    for (rows, columns, entries) in factors.iter().rev() {
        // Columns of `q` are rows of its flat transpose: qᵀ·F, row by row, is Fᵀ·q, column by column.
        let mut next = vec![0.0; columns * rank];
        let left = View { data: &q, rows: rank, columns: *rows, row: *rows, column: 1 };
        let right = View { data: entries, rows: *rows, columns: *columns, row: 1, column: *rows };
        multiply(&mut next, left, right);
        let r = qr(&mut next, *columns, rank);
        found.push((rank, rank, r));
        q = next;
    }
    found
}

/// Whether the diagonal of the product falls, and every row is much its diagonal entry.
fn graded(factors: &[Factor], rank: usize) -> bool {
    let (scales, rows) = rows_of(factors, rank);
    let diagonal = |number: usize| scales[number] + libm::log(rows[number * rank + number].abs());
    let falls = (1..rank).all(|number| diagonal(number) < diagonal(number - 1) + 1.0);
    falls && (0..rank).all(|number| rows[number * rank + number].abs() > 1e-3)
}

/// The product of upper triangular factors as `diag(e^scale) · rows`, the largest entry of each row 1.
fn rows_of(factors: &[Factor], rank: usize) -> (Vec<f64>, Vec<f64>) {
    let mut scales = vec![0.0; rank];
    let mut rows = vec![0.0; rank * rank];
    (0..rank).for_each(|number| rows[number * (rank + 1)] = 1.0);
    let mut sum = vec![0.0; rank];
    for (_, _, r) in factors {
        // Row i of the new product needs rows i, …, so the first ones are done first.
        for row in 0..rank {
            let top = (row..rank)
                .filter(|other| r[other * rank + row] != 0.0)
                .map(|other| scales[other] + libm::log(r[other * rank + row].abs()))
                .fold(f64::NEG_INFINITY, f64::max);
            sum.fill(0.0);
            for other in row..rank {
                let entry = r[other * rank + row];
                let weight = if entry == 0.0 { 0.0 } else { entry * libm::exp(scales[other] - top) };
                if weight != 0.0 {
                    let from = &rows[other * rank..(other + 1) * rank];
                    sum[other..].iter_mut().zip(&from[other..]).for_each(|(sum, entry)| *sum += weight * entry);
                }
            }
            let largest = sum.iter().fold(0.0f64, |largest, entry| largest.max(entry.abs()));
            if largest > 0.0 {
                scales[row] = top + libm::log(largest);
                rows[row * rank..(row + 1) * rank].iter_mut().zip(&sum).for_each(|(row, sum)| *row = sum / largest);
            } else {
                scales[row] = f64::NEG_INFINITY;
            }
        }
    }
    (scales, rows)
}

/// Makes rows orthogonal by rotations of pairs.
fn rotate(scales: &mut [f64], rows: &mut [f64], rank: usize) {
    for _ in 0..ROUNDS {
        let mut turned = false;
        for first in 0..rank {
            for second in first + 1..rank {
                let (i, j) = if scales[first] >= scales[second] { (first, second) } else { (second, first) };
                let (low, high) = rows.split_at_mut(second * rank);
                let (a, b) = (&mut low[first * rank..(first + 1) * rank], &mut high[..rank]);
                let (x, y) = if i == first { (a, b) } else { (b, a) };
                let (alpha, beta, gamma) = (dot(x, x), dot(y, y), dot(x, y));
                if gamma == 0.0 || gamma.abs() <= ORTHOGONAL * libm::sqrt(alpha * beta) {
                    continue;
                }
                turned = true;
                // y stands for ρ·y beside x. κ = ρ·ζ, and t/ρ stays a plain number however small ρ is.
                let ratio = libm::exp(scales[j] - scales[i]);
                let kappa = (ratio * ratio * beta - alpha) / (2.0 * gamma);
                let sign = if kappa >= 0.0 { 1.0 } else { -1.0 };
                let t_over = sign / (kappa.abs() + libm::sqrt(ratio * ratio + kappa * kappa));
                let t = t_over * ratio;
                let c = 1.0 / libm::sqrt(1.0 + t * t);
                for (x, y) in x.iter_mut().zip(y.iter_mut()) {
                    (*x, *y) = (c * (*x - t * ratio * *y), c * (t_over * *x + *y));
                }
                for (row, scale) in [(x, i), (y, j)] {
                    let largest = row.iter().fold(0.0f64, |largest, entry| largest.max(entry.abs()));
                    if largest > 0.0 {
                        row.iter_mut().for_each(|entry| *entry /= largest);
                        scales[scale] += libm::log(largest);
                    }
                }
            }
        }
        if !turned {
            return;
        }
    }
}
