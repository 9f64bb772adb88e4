//! Lyapunov exponents by QR along the way, and singular values of the whole product.
//!
//! The product itself is never formed: at width 64 and depth 50 its spectrum spans 66 decades. Between two QRs columns may
//! grow apart by [`APART`] at most, so that each factor is known to many digits.

use super::matrix::norm;
use super::qr::{Echelon, echelon, qr};
use super::svd;

/// ln of how far columns may grow apart between two QRs.
const APART: f64 = 11.5;
/// Beyond this the block is computed again, step by step.
const TOO_FAR: f64 = 20.0;
/// How far a block may go at all, in nats: floats end at 700.
const FAR: f64 = 250.0;
/// A diagonal entry of R below this share of its row is 0 up to rounding: the step has lost rank.
const ZERO: f64 = 1e-14;

/// Columns that are carried along, orthonormal every few steps.
#[derive(Debug)]
pub(super) struct Spectrum {
    /// How many entries a column has.
    pub width: usize,
    /// How many columns there were at first.
    pub count: usize,
    /// How many are not yet exactly 0.
    pub alive: usize,
    /// The columns, one after the other.
    pub columns: Vec<f64>,
    /// Σ ln R_ii.
    pub sums: Vec<f64>,
    /// The factors R, if they are kept: rows, columns, entries by columns.
    pub factors: Option<Vec<(usize, usize, Vec<f64>)>>,
    /// How many steps until the next QR.
    pub block: usize,
    /// No block is longer.
    longest: usize,
    order: Vec<usize>,
}

/// What a QR says of its block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Quality {
    /// It holds.
    Good,
    /// Its columns grew too far apart: it must be computed again in shorter blocks.
    Again,
}

impl Spectrum {
    /// Orthonormal columns to begin with.
    pub(super) fn new(mut columns: Vec<f64>, width: usize, count: usize, keep: bool) -> Spectrum {
        if count > 0 {
            qr(&mut columns, width, count);
        }
        Spectrum {
            width,
            count,
            alive: count,
            columns,
            sums: vec![0.0; count],
            factors: keep.then(Vec::new),
            block: 1,
            longest: usize::MAX,
            order: Vec::new(),
        }
    }

    /// Makes the columns orthonormal again after `steps` steps.
    pub(super) fn orthonormalise(&mut self, steps: usize) -> Quality {
        let (width, alive) = (self.width, self.alive);
        if alive == 0 {
            return Quality::Good;
        }
        // Rows in falling order: what saturated units make tiny comes last, and what is exactly 0 stays exactly 0.
        let active = &self.columns[..width * alive];
        let mut sizes = vec![0.0f64; width];
        for column in active.chunks_exact(width) {
            sizes.iter_mut().zip(column).for_each(|(size, entry)| *size = size.max(entry.abs()));
        }
        self.order.clear();
        self.order.extend(0..width);
        self.order.sort_by(|a, b| sizes[*b].total_cmp(&sizes[*a]).then(a.cmp(b)));
        let sorted = || {
            let mut sorted = vec![0.0; width * alive];
            for (into, column) in sorted.chunks_exact_mut(width).zip(active.chunks_exact(width)) {
                into.iter_mut().zip(&self.order).for_each(|(into, row)| *into = column[*row]);
            }
            sorted
        };
        let zero = |number: usize| ZERO * sizes[self.order[number]] * libm::sqrt(width as f64);
        let mut own = sorted();
        let r = qr(&mut own, width, alive);
        let full = (0..alive).all(|number| r[number * (alive + 1)] > zero(number));
        // Dead units make columns depend on each other, in any place: those without a direction of their own go.
        let Echelon { kept, q, r } = match full {
            true => Echelon { kept: (0..alive).collect(), q: own, r },
            false => echelon(&sorted(), width, alive, zero),
        };
        let rank = kept.len();
        let logs: Vec<f64> =
            kept.iter().enumerate().map(|(number, column)| libm::log(r[column * rank + number])).collect();
        let least = logs.iter().copied().fold(f64::INFINITY, f64::min);
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let spread = if rank < alive { f64::INFINITY } else { most - least };
        if spread > TOO_FAR && steps > 1 {
            if rank == alive {
                self.longest = (steps / 2).max(1);
            }
            self.block = 1;
            return Quality::Again;
        }
        // What has become 0 comes last.
        let sums = kept.iter().zip(&logs).map(|(column, log)| self.sums[*column] + log).collect();
        self.sums = sums;
        self.sums.resize(self.count, f64::NEG_INFINITY);
        if let Some(factors) = &mut self.factors {
            factors.push((rank, alive, r));
        }
        for (column, own) in self.columns.chunks_exact_mut(width).zip(q.chunks_exact(width)) {
            self.order.iter().zip(own).for_each(|(row, entry)| column[*row] = *entry);
        }
        self.columns[width * rank..].fill(0.0);
        self.alive = rank;
        // The next block is as long as this one's rates allow, and no more than twice as long.
        if rank > 0 {
            let per_step = ((most - least) / APART).max(most.abs().max(least.abs()) / FAR) / steps as f64;
            let next = if per_step > 0.0 { 1.0 / per_step } else { f64::INFINITY };
            self.block = (next.min(2.0 * steps as f64) as usize).clamp(1, self.longest);
        }
        Quality::Good
    }

    /// ln of the singular values of the whole product, the largest first; those that are exactly 0 come last.
    pub(super) fn singular_values(&mut self) -> Vec<f64> {
        let factors = self.factors.take().unwrap_or_default();
        let mut values = svd::product(&factors, self.count);
        values.resize(self.count, f64::NEG_INFINITY);
        values
    }
}

/// The norm of a vector that lies in pieces.
pub(super) fn norm_of<'p>(pieces: impl Iterator<Item = &'p [f64]>) -> f64 {
    pieces.map(norm).fold(0.0, libm::hypot)
}
