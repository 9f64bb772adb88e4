//! The plain step, u ← κ W a(u) + b: a product of fresh weights with the state, and one function, before it or after. What it is at a
//! state that stays.

use super::model::{Model, Value};
use super::passage::part;
use super::structure::refused;
use crate::math::source::Diagnostic;
use crate::math::theory::{Argument, Entry, Function, Item, Moments, Part, Product};

/// Where a plain step stands among the items.
pub(super) struct Place<'m> {
    product: usize,
    weights: &'m Product,
    /// The function with what it belongs to; none in a linear step.
    function: Option<(usize, &'m Function)>,
}

/// A plain step at a state that stays. Points are those of a standard normal number z, where u = mean + √variance · z.
pub(super) struct Plain {
    /// Whether the weights are orthogonal.
    pub orthogonal: bool,
    /// s² = κ² times the variance of an entry of W times the width: E u² is s² E a², beside what is added.
    pub gain: f64,
    /// The variance of u.
    pub variance: f64,
    /// Whether a is linear.
    pub linear: bool,
    /// What a function's values are multiplied with before the weights take them.
    pub inner: f64,
    /// z.
    pub points: Vec<f64>,
    /// Their probabilities.
    pub weights: Vec<f64>,
    /// a(u).
    pub values: Vec<f64>,
    /// a′(u).
    pub slopes: Vec<f64>,
}

impl Plain {
    /// E f(z, a, a′).
    pub fn mean(&self, f: impl Fn(f64, f64, f64) -> f64) -> f64 {
        (0..self.weights.len()).map(|at| self.weights[at] * f(self.points[at], self.values[at], self.slopes[at])).sum()
    }

    /// The squared slopes of the step, s² a′².
    pub fn squares(&self) -> Vec<f64> {
        self.slopes.iter().map(|slope| self.gain * slope * slope).collect()
    }
}

impl Model<'_> {
    /// The plain step at a state; `None` where the step is another.
    pub(super) fn plain_at(&self, state: Moments) -> Result<Option<Plain>, Diagnostic> {
        let Some(Place { product, weights, function }) = self.plain() else { return Ok(None) };
        let values = self.items(state)?;
        let last = self.step.items.len();
        let linear = |owner: usize, entry: &Entry| -> Result<_, Diagnostic> {
            let sample = self.sample(owner, entry, state, &values, &[])?;
            sample.linear.ok_or_else(|| refused("a part of the step is not linear"))
        };
        // κ where u is the update, by which the weights' product comes in.
        let outer = || Ok::<f64, Diagnostic>(linear(last, &self.step.update)?.1.get(&product).copied().unwrap_or(0.0));
        let plain = |kappa: f64, variance: f64| -> Result<Plain, Diagnostic> {
            Ok(Plain {
                orthogonal: weights.orthogonal.is_some(),
                gain: kappa * kappa * self.variances(product, &[])?.0,
                variance,
                linear: function.is_none(),
                inner: 1.0,
                points: vec![0.0],
                weights: vec![1.0],
                values: vec![0.0],
                slopes: vec![1.0],
            })
        };
        let Some((owner, _)) = function else {
            let (inner, ..) = linear(product, &weights.argument)?;
            return Ok(Some(Plain { slopes: vec![inner], ..plain(outer()?, state.square - state.mean * state.mean)? }));
        };
        // The function stands after the product (then the product takes a multiple of its values), or before.
        let after = owner == last;
        let entry = if after { &self.step.update } else { &weights.argument };
        let sample = self.sample(owner, entry, state, &values, &[])?;
        let ([argument], [(slopes, _)]) = (sample.arguments.as_slice(), sample.slopes.as_slice()) else {
            return Err(refused("the function of the step has more than one argument"));
        };
        let (inner, offset) = match after {
            true => linear(product, &weights.argument).map(|(inner, _, offset, _)| (inner, offset))?,
            false => (1.0, 0.0),
        };
        let (kappa, variance) = match argument {
            Argument::Item(item) => {
                let variance = match &values[*item] {
                    Value::Sum(_, _, variance) | Value::Normal(_, variance) => *variance,
                    _ => 0.0,
                };
                (part(&values[*item], product, *item), variance)
            }
            Argument::State => (outer()?, state.square - state.mean * state.mean),
        };
        let finite = |at: &usize| sample.rest[*at].is_finite() && slopes[*at].is_finite();
        let kept: Vec<usize> =
            (0..sample.weights.len()).filter(|at| sample.weights[*at] > 1e-150).filter(finite).collect();
        let of = |list: &[f64]| kept.iter().map(|at| list[*at]).collect::<Vec<f64>>();
        Ok(Some(Plain {
            points: of(&sample.rule.points),
            weights: of(&sample.weights),
            values: of(&sample.rest).into_iter().map(|value| inner * value + offset).collect(),
            slopes: of(slopes).into_iter().map(|slope| inner * slope).collect(),
            inner,
            ..plain(kappa, variance)?
        }))
    }

    /// Whether the step is plain, and where.
    fn plain(&self) -> Option<Place<'_>> {
        let items = &self.step.items;
        let mut products = items.iter().enumerate().filter(|(_, item)| matches!(item, Item::Product(_)));
        let (product, Item::Product(weights)) = products.next()? else { return None };
        let simple = items.iter().all(|item| !matches!(item, Item::Extreme(_) | Item::Mean(_)));
        if products.next().is_some() || !simple {
            return None;
        }
        let only_state = |entry: &Entry| match entry {
            Entry::Linear(sum) => sum.parts.len() == 1 && sum.parts.contains_key(&Part::State),
            _ => false,
        };
        let function = match (&weights.argument, &self.step.update) {
            (argument, Entry::Linear(sum)) if only_state(argument) && !sum.parts.contains_key(&Part::State) => None,
            (argument, Entry::Function(function))
                if only_state(argument) && matches!(function.arguments.as_slice(), [(Argument::Item(_), _)]) =>
            {
                Some((items.len(), &**function))
            }
            (Entry::Function(function), Entry::Linear(sum))
                if !sum.parts.contains_key(&Part::State)
                    && matches!(function.arguments.as_slice(), [(Argument::State, _)]) =>
            {
                Some((product, &**function))
            }
            _ => return None,
        };
        Some(Place { product, weights, function })
    }
}
