//! An entry over all that it varies with: its values and slopes at weighted points, and their means.

use super::quadrature::{NOTHING, Rule};
use crate::math::theory::{Argument, Moments};
use std::collections::BTreeMap;

/// An entry over all that it varies with: `value = at_rest + moving · state`, with slopes of the same form.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// A sum: the coefficient of the state, those of items, mean and variance of the latter.
    pub linear: Option<(f64, BTreeMap<usize, f64>, f64, f64)>,
    /// Weights of points.
    pub weights: Vec<f64>,
    /// The points of the first argument, as the rule has them.
    pub rule: Rule,
    /// The arguments of the function, without a state that it is linear in.
    pub arguments: Vec<Argument>,
    /// Values where the state is 0.
    pub rest: Vec<f64>,
    /// What a state of 1 adds.
    pub moving: Vec<f64>,
    /// Slopes by each argument: where the state is 0, and what a state of 1 adds.
    pub slopes: Vec<(Vec<f64>, Vec<f64>)>,
    /// The moments of the state.
    pub state: Moments,
}

impl Sample {
    /// A number that does not vary.
    pub fn number(number: f64, state: Moments) -> Sample {
        Sample { weights: vec![1.0], rest: vec![number], moving: vec![0.0], state, ..Sample::default() }
    }

    /// Appends what the same function is at more points.
    pub fn extend(&mut self, more: Sample) {
        self.rest.extend(more.rest);
        self.moving.extend(more.moving);
        for (own, more) in self.slopes.iter_mut().zip(more.slopes) {
            own.0.extend(more.0);
            own.1.extend(more.1);
        }
    }

    /// The same at some of its points, in this order.
    pub fn chosen(self, places: &[usize]) -> Sample {
        let chosen = |list: &[f64]| places.iter().map(|place| list[*place]).collect::<Vec<f64>>();
        Sample {
            rest: chosen(&self.rest),
            moving: chosen(&self.moving),
            slopes: self.slopes.iter().map(|(slope, more)| (chosen(slope), chosen(more))).collect(),
            ..self
        }
    }

    /// E f.
    pub fn mean(&self) -> f64 {
        match &self.linear {
            Some((before, _, mean, _)) => mean + before * self.state.mean,
            None => self.weighted(|at| self.rest[at] + self.moving[at] * self.state.mean),
        }
    }

    /// E f².
    pub fn square(&self) -> f64 {
        match &self.linear {
            Some((before, _, mean, variance)) => {
                variance + mean * mean + 2.0 * mean * before * self.state.mean + before * before * self.state.square
            }
            None => self.weighted(|at| self.quadratic(self.rest[at], self.moving[at])),
        }
    }

    /// The mean square of its slope by the state before, past all weights.
    pub fn direct(&self) -> f64 {
        match &self.linear {
            Some((before, ..)) => before * before,
            None => match self.arguments.iter().position(|argument| *argument == Argument::State) {
                Some(state) => self.weighted(|at| self.slopes[state].0[at] * self.slopes[state].0[at]),
                None => self.weighted(|at| self.moving[at] * self.moving[at]),
            },
        }
    }

    /// The mean of its slope by the state before, past all weights, and of the logarithm of its size.
    pub fn direct_mean(&self) -> (f64, f64) {
        let both = |slope: &dyn Fn(usize) -> f64| {
            let log = |at: usize| libm::log(slope(at).abs());
            let flat = self.weighted(|at| if log(at).is_finite() { 0.0 } else { 1.0 });
            let logs = if flat > 1e-9 { f64::NEG_INFINITY } else { self.weighted(|at| log(at).max(f64::MIN)) };
            (self.weighted(slope), logs)
        };
        match &self.linear {
            Some((before, ..)) => (*before, libm::log(before.abs())),
            None => match self.arguments.iter().position(|argument| *argument == Argument::State) {
                Some(state) => both(&|at| self.slopes[state].0[at]),
                None => both(&|at| self.moving[at]),
            },
        }
    }

    /// The mean square of its slope by a normal number; `coefficient` says how much of that is in an item.
    pub fn slope_square(&self, coefficient: &dyn Fn(usize) -> f64, own: usize) -> f64 {
        match &self.linear {
            Some((_, parts, ..)) => parts.get(&own).map_or(0.0, |part| part * part),
            None => self.weighted(|at| {
                let (mut rest, mut moving) = (0.0, 0.0);
                for (argument, (slope, more)) in self.arguments.iter().zip(&self.slopes) {
                    if let Argument::Item(item) = argument {
                        let part = coefficient(*item);
                        if part != 0.0 {
                            rest += part * slope[at];
                            moving += part * more[at];
                        }
                    }
                }
                self.quadratic(rest, moving)
            }),
        }
    }

    fn quadratic(&self, rest: f64, moving: f64) -> f64 {
        rest * rest + 2.0 * rest * moving * self.state.mean + moving * moving * self.state.square
    }

    /// The mean of something over the points. What leaves the floats so far out that a rule is looked for without it counts as nothing.
    pub fn weighted(&self, value: impl Fn(usize) -> f64) -> f64 {
        let weighed = |at: usize| {
            let (weight, value) = (self.weights[at], value(at));
            if value.is_finite() || weight >= NOTHING { weight * value } else { 0.0 }
        };
        (0..self.weights.len()).filter(|at| self.weights[*at] > 1e-150).map(weighed).sum()
    }
}
