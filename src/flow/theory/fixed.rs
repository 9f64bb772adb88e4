//! Where moments settle, and how fast.

use super::model::Model;
use super::structure::refused;
use crate::math::source::Diagnostic;
use crate::math::theory::{Fate, Moments, Passage};

/// Below this the mean square counts as 0.
pub const SMALL: f64 = 1e-14;
/// Above this it counts as without bound.
const LARGE: f64 = 1e14;

/// What quadrature may be wrong by, relatively.
const NOISE: f64 = 1e-11;

impl Model<'_> {
    /// What becomes of a state that starts with these moments.
    pub fn fate(&self, start: Moments) -> Result<Fate, Diagnostic> {
        Ok(match self.way(start)? {
            Fate::Settles(at, _) => Fate::Settles(at, self.factor(at)?),
            fate => fate,
        })
    }

    /// The same, but for the factor by which differences shrink, which costs as much as the rest and is not a number here.
    pub fn way(&self, start: Moments) -> Result<Fate, Diagnostic> {
        if self.still(start, 1.0)? && self.still(start, 0.5)? && self.still(start, 2.0)? {
            return Ok(Fate::Neutral(self.pass(start)?.state));
        }
        if self.only_square() || self.stays_centred(start)? {
            return self.fate_of_square(start.square.clamp(1e-12, 1e12));
        }
        let mut state = start;
        for count in 0..400 {
            let next = self.pass(state)?.state;
            let change = distance(state, next);
            if change < 1e-15 {
                return self.settled(next);
            }
            if next.square > LARGE {
                return Ok(Fate::Grows(next.square / state.square));
            }
            if next.square < SMALL {
                return Ok(Fate::Dies(next.square / state.square));
            }
            // Newton steps, once it is near.
            if count % 10 == 9
                && let Some(better) = self.newton(next)?
            {
                return self.settled(better);
            }
            state = next;
        }
        let passage = self.pass(state)?;
        let growth = passage.state.square / state.square;
        Ok(if growth > 1.0 && passage.state.square > 2.0 * start.square { Fate::Grows(1.0) } else { Fate::Open(state) })
    }

    /// Whether a step leaves these moments, at another scale of the square, where they are, up to the errors of quadrature.
    fn still(&self, at: Moments, scale: f64) -> Result<bool, Diagnostic> {
        let at = Moments { mean: at.mean * libm::sqrt(scale), square: at.square * scale };
        Ok(at.square > 0.0 && distance(at, self.pass(at)?.state) <= NOISE)
    }

    /// Whether a step depends on the mean square of the state alone.
    fn only_square(&self) -> bool {
        let probe = |mean: f64| self.pass(Moments { mean, square: 1.0 });
        matches!((probe(0.0), probe(0.5)), (Ok(one), Ok(other))
            if (one.state.square - other.state.square).abs() <= NOISE * one.state.square.abs())
    }

    /// Whether a state with these moments, which has mean 0, keeps it, whatever its square: then there is one number to follow.
    fn stays_centred(&self, start: Moments) -> Result<bool, Diagnostic> {
        let mean = |square: f64| Ok(self.pass(Moments { mean: 0.0, square })?.state.mean);
        Ok(start.mean == 0.0 && mean(start.square)? == 0.0 && mean(start.square / 8.0)? == 0.0)
    }

    fn square_after(&self, square: f64) -> Result<f64, Diagnostic> {
        Ok(self.pass(Moments { mean: 0.0, square })?.state.square)
    }

    /// A map of one number: its first fixed point in the direction in which it moves.
    fn fate_of_square(&self, start: f64) -> Result<Fate, Diagnostic> {
        let excess = |square: f64| -> Result<f64, Diagnostic> {
            let after = self.square_after(square)?;
            if after.is_finite() {
                return Ok(after / square - 1.0);
            }
            Err(refused(format!("from the mean square {square:.3e} a step leads to {after}"))
                .hint("it leaves what floats hold: the state grows too fast"))
        };
        let (mut here, mut change) = (start, excess(start)?);
        let resting = 1e-13;
        if change.abs() <= resting {
            return self.settled(Moments { mean: 0.0, square: start });
        }
        let up = change > 0.0;
        // Doubling steps until the direction turns; far out, where functions are powers, wider ones.
        loop {
            let step = if (1e-4..1e4).contains(&here) { 2.0 } else { 100.0 };
            let next = if up { here * step } else { here / step };
            if next > LARGE {
                return Ok(Fate::Grows(1.0 + excess(LARGE)?));
            }
            if next < SMALL {
                let last = excess(SMALL)?;
                return Ok(Fate::Dies(1.0 + last));
            }
            let found = excess(next)?;
            // Near 0 a slope of 1 shows as a change that is lost in the errors of quadrature, whatever its sign.
            if found.abs() <= NOISE && next < 1e-6 {
                return Ok(Fate::Dies(1.0 + found));
            }
            if (found > 0.0) != up {
                return self.settled(Moments { mean: 0.0, square: root(&excess, (here, change), (next, found))? });
            }
            (here, change) = (next, found);
        }
    }

    fn settled(&self, at: Moments) -> Result<Fate, Diagnostic> {
        Ok(Fate::Settles(self.pass(at)?.state, f64::NAN))
    }

    /// The factor by which differences from a fixed point shrink: the largest eigenvalue of the map's derivative.
    fn factor(&self, at: Moments) -> Result<f64, Diagnostic> {
        if self.only_square() {
            return self.square_slope(at.square);
        }
        let [[a, b], [c, d]] = self.derivative(at)?;
        let (trace, determinant) = (a + d, a * d - b * c);
        let discriminant = trace * trace / 4.0 - determinant;
        Ok(if discriminant >= 0.0 {
            let root = libm::sqrt(discriminant);
            (trace / 2.0 + root).abs().max((trace / 2.0 - root).abs())
        } else {
            libm::sqrt(determinant)
        })
    }

    /// By how much the next mean square moves with this one, by differences of the sixth order.
    pub fn square_slope(&self, square: f64) -> Result<f64, Diagnostic> {
        let step = 0.02 * square;
        let difference = |times: f64| -> Result<f64, Diagnostic> {
            Ok(self.square_after(square + times * step)? - self.square_after(square - times * step)?)
        };
        let (one, two, three) = (difference(1.0)?, difference(2.0)?, difference(3.0)?);
        let coarse = (45.0 * one - 9.0 * two + three) / (60.0 * step);
        // The same at half the step: the difference falls by 64, so this takes the leading error away.
        let half = step / 2.0;
        let finer = |times: f64| -> Result<f64, Diagnostic> {
            Ok(self.square_after(square + times * half)? - self.square_after(square - times * half)?)
        };
        let fine = (45.0 * finer(1.0)? - 9.0 * one + finer(3.0)?) / (60.0 * half);
        Ok((64.0 * fine - coarse) / 63.0)
    }

    /// The derivative of the map of (mean, mean square).
    fn derivative(&self, at: Moments) -> Result<[[f64; 2]; 2], Diagnostic> {
        let scale = libm::sqrt(at.square.max(1e-30));
        let column = |mean: f64, square: f64, step: f64| -> Result<[f64; 2], Diagnostic> {
            let at = |times: f64| -> Result<Moments, Diagnostic> {
                let moved = Moments { mean: at.mean + times * mean * step, square: at.square + times * square * step };
                Ok(self.pass(moved)?.state)
            };
            let mut found = [0.0; 2];
            for (times, weight) in [(1.0, 8.0 / 12.0), (2.0, -1.0 / 12.0)] {
                let (above, below) = (at(times)?, at(-times)?);
                found[0] += weight * (above.mean - below.mean) / step;
                found[1] += weight * (above.square - below.square) / step;
            }
            Ok(found)
        };
        let (by_mean, by_square) = (column(1.0, 0.0, 1e-3 * scale)?, column(0.0, 1.0, 1e-3 * at.square.max(1e-30))?);
        Ok([[by_mean[0], by_square[0]], [by_mean[1], by_square[1]]])
    }

    fn newton(&self, start: Moments) -> Result<Option<Moments>, Diagnostic> {
        let mut state = start;
        for _ in 0..12 {
            let next = self.pass(state)?.state;
            if distance(state, next) < 1e-13 {
                return Ok(Some(next));
            }
            let [[a, b], [c, d]] = self.derivative(state)?;
            let (a, d) = (1.0 - a, 1.0 - d);
            let determinant = a * d - b * c;
            if determinant.abs() < 1e-12 {
                return Ok(None);
            }
            let (x, y) = (next.mean - state.mean, next.square - state.square);
            let moved = Moments {
                mean: state.mean + (d * x + b * y) / determinant,
                square: state.square + (c * x + a * y) / determinant,
            };
            if !moved.square.is_finite() || moved.square <= moved.mean * moved.mean || distance(start, moved) > 0.5 {
                return Ok(None);
            }
            state = moved;
        }
        Ok(None)
    }

    /// The passage where a fate ends, with χ in the limit where it ends at 0 or without bound.
    pub fn end(&self, fate: &Fate) -> Result<Passage, Diagnostic> {
        let square = |square: f64| Moments { mean: 0.0, square };
        self.pass(match fate {
            Fate::Settles(at, _) | Fate::Neutral(at) | Fate::Open(at) => *at,
            Fate::Dies(_) => square(SMALL),
            Fate::Grows(_) => square(LARGE),
        })
    }
}

fn distance(one: Moments, other: Moments) -> f64 {
    let scale = one.square.abs().max(other.square.abs()).max(1e-300);
    ((one.square - other.square) / scale).abs().max((one.mean - other.mean).abs() / libm::sqrt(scale))
}

/// Where a function of a positive number is 0, between two places where its signs differ, by regula falsi with the Illinois rule on
/// logarithms, closed in by bisection.
pub fn root(
    function: &dyn Fn(f64) -> Result<f64, Diagnostic>,
    (mut a, mut at_a): (f64, f64),
    (mut b, mut at_b): (f64, f64),
) -> Result<f64, Diagnostic> {
    for round in 0..200 {
        if at_a == 0.0 {
            return Ok(a);
        }
        if at_b == 0.0 || (a - b).abs() <= 2.0 * f64::EPSILON * a.abs().max(b.abs()) {
            return Ok(b);
        }
        let straight = b - at_b * (b - a) / (at_b - at_a);
        let inside = straight > a.min(b) && straight < a.max(b);
        let next = if inside && round % 4 != 3 { straight } else { 0.5 * (a + b) };
        let found = function(next)?;
        if (found > 0.0) == (at_b > 0.0) {
            at_a *= 0.5;
        } else {
            (a, at_a) = (b, at_b);
        }
        (b, at_b) = (next, found);
    }
    Ok(b)
}
