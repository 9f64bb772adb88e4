//! Reductions over an index.

use super::code::{Loop, Node};
use super::fault::{Fault, Stop};
use super::kernels::Kernel;
use super::run::{Memory, Payload, Ran, is_true, zip};
use super::scalar::Scalar;
use crate::math::expression::Reducer;
use std::borrow::Cow;

impl<'a, S: Scalar> Memory<'a, S> {
    /// Runs a reduction; its index has the same value afterwards as before.
    pub(super) fn reduce(self, node: &Node, reducer: Reducer, bound: &Loop, indices: &mut [i64]) -> Ran<'a, S> {
        let outer = indices[bound.slot];
        let result = self.reduced(node, reducer, bound, indices);
        indices[bound.slot] = outer;
        result
    }

    fn reduced(self, node: &Node, reducer: Reducer, bound: &Loop, indices: &mut [i64]) -> Ran<'a, S> {
        let (outer, low, high) =
            (indices[bound.slot], self.integer(&bound.low, indices)?, self.integer(&bound.high, indices)?);
        let (mut rows, mut passed, mut share): (Vec<Cow<'a, [S]>>, usize, Option<usize>) = (Vec::new(), 0, None);
        let mut sum: Payload<'a, S> = None;
        let mut place: Vec<S> = Vec::new();
        for value in low..=high {
            indices[bound.slot] = value;
            if let Some(condition) = node.args.get(1) {
                match self.run(condition, indices)? {
                    Some(condition) if is_true(condition[0]) => {}
                    _ => continue,
                }
            }
            passed += 1;
            let Some(payload) = self.run(&node.args[0], indices)? else { continue };
            match (reducer, &mut sum) {
                (Reducer::Sum | Reducer::Mean, Some(sum)) => zip(sum, &payload, |a, b| a + b),
                (Reducer::Sum | Reducer::Mean, None) => sum = Some(payload),
                (Reducer::Max, Some(best)) => zip(best, &payload, |a, b| if a.value() < b.value() { b } else { a }),
                (Reducer::Min, Some(best)) => zip(best, &payload, |a, b| if a.value() > b.value() { b } else { a }),
                (Reducer::Max | Reducer::Min, None) => sum = Some(payload),
                (Reducer::ArgMax | Reducer::ArgMin, Some(best)) => {
                    for (entry, (best, next)) in best.to_mut().iter_mut().zip(payload.iter()).enumerate() {
                        let larger = if reducer == Reducer::ArgMax {
                            best.value() < next.value()
                        } else {
                            best.value() > next.value()
                        };
                        if larger {
                            (*best, place[entry]) = (*next, S::from_f64(value as f64));
                        }
                    }
                }
                (Reducer::ArgMax | Reducer::ArgMin, None) => {
                    place = vec![S::from_f64(value as f64); payload.len()];
                    sum = Some(payload);
                }
                (Reducer::LogSumExp | Reducer::Softmax, _) => {
                    if value == outer {
                        share = Some(rows.len());
                    }
                    rows.push(payload);
                }
            }
        }
        let over = |why: &str| match bound.lenient {
            true => Stop::Absent,
            false => Fault::error(format!("{why} over no value at all: its range is {low}..{high}")).into(),
        };
        match reducer {
            Reducer::Sum => Ok(Some(sum.unwrap_or_else(|| Cow::Owned(vec![S::zero(); node.count])))),
            Reducer::Mean if passed == 0 => Err(over("a mean")),
            Reducer::Mean => {
                let by = S::from_f64(passed as f64);
                let mut sum = sum.unwrap_or_else(|| Cow::Owned(vec![S::zero(); node.count]));
                sum.to_mut().iter_mut().for_each(|entry| *entry = *entry / by);
                Ok(Some(sum))
            }
            Reducer::Max | Reducer::Min | Reducer::ArgMax | Reducer::ArgMin if passed == 0 => {
                Err(over("a maximum or minimum"))
            }
            Reducer::Max | Reducer::Min => Ok(sum),
            Reducer::ArgMax | Reducer::ArgMin => Ok(Some(Cow::Owned(place))),
            Reducer::LogSumExp if rows.is_empty() => Err(over("a log-sum-exp")),
            Reducer::LogSumExp => Ok(Some(Cow::Owned((0..node.count).map(|at| log_sum_exp(&rows, at)).collect()))),
            Reducer::Softmax => Ok(Some(Cow::Owned(match share {
                // Where the condition does not hold, the share is 0.
                None => vec![S::zero(); node.count],
                Some(row) => {
                    (0..node.count).map(|at| (rows[row][at] - log_sum_exp(&rows, at)).apply(Kernel::Exp)).collect()
                }
            }))),
        }
    }
}

/// log Σ exp of entry `at` of the rows, shifted by the largest so that nothing overflows.
fn log_sum_exp<S: Scalar>(rows: &[Cow<'_, [S]>], at: usize) -> S {
    let largest = rows.iter().map(|row| row[at].value()).fold(f64::NEG_INFINITY, f64::max);
    let shift = S::from_f64(if largest.is_finite() { largest } else { 0.0 });
    let sum = rows.iter().fold(S::zero(), |sum, row| sum + (row[at] - shift).apply(Kernel::Exp));
    shift + sum.apply(Kernel::Log)
}
