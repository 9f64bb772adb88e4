//! A matrix applied to one vector or a few: it is read from memory once, by two threads if it is large.

use super::matrix::View;
#[cfg(not(feature = "faer"))]
use super::matrix::dot;
use rayon::prelude::*;

/// From this many entries on, a matrix is applied by several threads: below, waking them costs more.
const LARGE: usize = 256 * 256;
/// How many entries of the result a thread takes at once. Each entry is summed by one thread, in one order: how many threads there
/// are changes no digit.
const SHARE: usize = 128;

/// `out = a · v`
pub(super) fn apply(out: &mut [f64], a: View<'_>, v: &[f64]) {
    let out = &mut out[..a.rows];
    if a.column != 1 && a.columns != 1 {
        return apply_to_lanes(out, a, View { data: v, rows: 1, columns: v.len(), row: v.len(), column: 1 });
    }
    if a.rows * a.columns < LARGE {
        return by_dots(out, a, v);
    }
    out.par_chunks_mut(SHARE).enumerate().for_each(|(number, out)| {
        let data = a.data.get(number * SHARE * a.row..).unwrap_or_default();
        by_dots(out, View { data, rows: out.len(), ..a }, v);
    });
}

/// `out = a · v` for each row v of `lanes`, one after the other. The columns of `a` are contiguous.
pub(super) fn apply_to_lanes(out: &mut [f64], a: View<'_>, lanes: View<'_>) {
    let out = &mut out[..lanes.rows * a.rows];
    if a.rows * a.columns < LARGE {
        return by_columns(out, a, lanes);
    }
    // Halves of the columns, so that each thread reads memory in one stream.
    let half = a.columns / 2;
    let rest = View { data: &a.data[half * a.column..], columns: a.columns - half, ..a };
    let second_lanes = View { data: &lanes.data[half..], columns: lanes.columns - half, ..lanes };
    let mut second = vec![0.0; out.len()];
    rayon::join(
        || by_columns(out, View { columns: half, ..a }, View { columns: half, ..lanes }),
        || by_columns(&mut second, rest, second_lanes),
    );
    out.iter_mut().zip(&second).for_each(|(out, second)| *out += second);
}

/// Columns are contiguous: four of them at a time are added up.
fn by_columns(out: &mut [f64], a: View<'_>, lanes: View<'_>) {
    out.fill(0.0);
    let column = |number: usize| &a.data[number * a.column..number * a.column + a.rows];
    vectorised(
        #[inline(always)]
        || {
            let fours = a.columns - a.columns % 4;
            for number in (0..fours).step_by(4) {
                let columns: [&[f64]; 4] = std::array::from_fn(|at| column(number + at));
                for (lane, out) in out.chunks_exact_mut(a.rows).enumerate() {
                    let start = lane * lanes.row + number;
                    add_four(out, columns, std::array::from_fn(|at| lanes.data[start + at]));
                }
            }
            for number in fours..a.columns {
                for (lane, out) in out.chunks_exact_mut(a.rows).enumerate() {
                    let v = lanes.data[lane * lanes.row + number];
                    out.iter_mut().zip(column(number)).for_each(|(out, entry)| *out += v * entry);
                }
            }
        },
    );
}

/// `out += Σ v_i · c_i`
#[inline(always)]
fn add_four(out: &mut [f64], columns: [&[f64]; 4], v: [f64; 4]) {
    let [c0, c1, c2, c3] = columns.map(|column| &column[..out.len()]);
    for row in 0..out.len() {
        out[row] += (v[0] * c0[row] + v[1] * c1[row]) + (v[2] * c2[row] + v[3] * c3[row]);
    }
}

/// Compiles a loop for the widest registers of the processor as well. What is computed stays the same, digit by digit.
#[inline(always)]
fn vectorised(work: impl FnOnce()) {
    #[cfg(feature = "faer")]
    pulp::Arch::new().dispatch(work);
    #[cfg(not(feature = "faer"))]
    work();
}

/// Rows are contiguous: each entry is a sum of products.
fn by_dots(out: &mut [f64], a: View<'_>, v: &[f64]) {
    #[cfg(feature = "faer")]
    pulp::Arch::new().dispatch(registers::Dots { out, a, v });
    #[cfg(not(feature = "faer"))]
    for (row, out) in out.iter_mut().enumerate() {
        *out = dot(&a.data[row * a.row..][..a.columns], v);
    }
}

/// Sums in the registers of the processor, whose width compilers do not use on their own, since it decides the order of a sum.
#[cfg(feature = "faer")]
mod registers {
    use super::View;
    use pulp::{Simd, WithSimd};

    /// `out = a · v`, the rows of `a` being contiguous.
    pub(super) struct Dots<'a> {
        pub out: &'a mut [f64],
        pub a: View<'a>,
        pub v: &'a [f64],
    }

    impl WithSimd for Dots<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let Dots { out, a, v } = self;
            let row = |number: usize| S::as_simd_f64s(&a.data[number * a.row..][..v.len()]);
            let (whole, rest) = S::as_simd_f64s(v);
            let sum = |register: S::f64s, row: &[f64]| {
                simd.reduce_sum_f64s(register) + row.iter().zip(rest).map(|(a, b)| a * b).sum::<f64>()
            };
            let zero = simd.splat_f64s(0.0);
            // Four rows at once, since a processor waits for each addition to the same sum.
            let (fours, others) = out.as_chunks_mut::<4>();
            let first = 4 * fours.len();
            for (number, out) in fours.iter_mut().enumerate() {
                let rows: [(&[S::f64s], &[f64]); 4] = std::array::from_fn(|at| row(4 * number + at));
                let [r0, r1, r2, r3] = rows.map(|(row, _)| &row[..whole.len()]);
                let (mut s0, mut s1, mut s2, mut s3) = (zero, zero, zero, zero);
                for (at, v) in whole.iter().enumerate() {
                    s0 = simd.mul_add_f64s(r0[at], *v, s0);
                    s1 = simd.mul_add_f64s(r1[at], *v, s1);
                    s2 = simd.mul_add_f64s(r2[at], *v, s2);
                    s3 = simd.mul_add_f64s(r3[at], *v, s3);
                }
                *out = [sum(s0, rows[0].1), sum(s1, rows[1].1), sum(s2, rows[2].1), sum(s3, rows[3].1)];
            }
            for (number, out) in others.iter_mut().enumerate() {
                let (row, rest) = row(first + number);
                let mut register = zero;
                row.iter().zip(whole).for_each(|(a, v)| register = simd.mul_add_f64s(*a, *v, register));
                *out = sum(register, rest);
            }
        }
    }
}
