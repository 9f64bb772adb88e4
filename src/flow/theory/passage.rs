//! What one step does: moments forward, mean squares of gradients backward.

use super::model::{Model, Value};
use super::sample::Sample;
use crate::math::source::Diagnostic;
use crate::math::theory::{Argument, Entry, Function, Item, Moments, Passage, Slopes};

/// An entry that something is made of, with what it is.
struct Made {
    owner: usize,
    sample: Sample,
}

impl Model<'_> {
    /// One step from a state with these moments.
    pub fn pass(&self, state: Moments) -> Result<Passage, Diagnostic> {
        let values = self.items(state)?;
        let means = self.means(&values);
        let sample = |owner: usize, entry: &Entry| self.sample(owner, entry, state, &values, &means);
        let last = self.step.items.len();
        let update = sample(last, &self.step.update)?;
        let mut made = Vec::new();
        for (position, item) in self.step.items.iter().enumerate() {
            if let Item::Product(product) = item {
                made.push(Made { owner: position, sample: sample(position, &product.argument)? });
            }
        }
        let (mean, square) = (update.mean(), update.square());
        // A mean that adds up to less than what it is added up from is rounded by is 0: so much is left of odd functions.
        let new = Moments { mean: if mean.abs() <= 1e-15 * libm::sqrt(square) { 0.0 } else { mean }, square };
        let (chi, direct) = self.backward(&update, &made, &values, &means)?;
        let sums = values.iter().enumerate().filter_map(|(position, value)| match value {
            Value::Sum(_, mean, variance) => Some((position, Moments { mean: *mean, square: variance + mean * mean })),
            _ => None,
        });
        let mut functions = Vec::new();
        let all = made.iter().map(|made| &made.sample).chain([&update]);
        functions.extend(all.filter_map(slopes));
        let direct_mean = update.direct_mean();
        Ok(Passage { state: new, chi, direct, direct_mean, sums: sums.collect(), functions })
    }

    /// χ, and the part of it that passes by all weights.
    fn backward(
        &self,
        update: &Sample,
        made: &[Made],
        values: &[Value],
        means: &[(crate::math::name::Name, f64)],
    ) -> Result<(f64, f64), Diagnostic> {
        // Consumers with the mean square of the gradient that reaches them; products come after what they are made of, so
        // the last product is reached first.
        let mut reached: Vec<(&Sample, f64)> = vec![(update, 1.0)];
        for made in made.iter().rev() {
            let coefficient = |item: usize| part(&values[item], made.owner, item);
            let weight: f64 =
                reached.iter().map(|(sample, square)| square * sample.slope_square(&coefficient, made.owner)).sum();
            reached.push((&made.sample, weight * self.variances(made.owner, means)?.1));
        }
        let chi = reached.iter().map(|(sample, square)| square * sample.direct()).sum();
        Ok((chi, update.direct()))
    }

    /// The moments that the state starts with, if it is drawn.
    pub fn start(&self) -> Result<Option<Moments>, Diagnostic> {
        let Some((mean, deviation)) = &self.step.initial else { return Ok(None) };
        let (mean, deviation) = (self.number(mean, &[])?, self.number(deviation, &[])?);
        Ok(Some(Moments { mean, square: mean * mean + deviation * deviation }))
    }

    /// E ln |φ′| of a function of one sum, at a state: −∞ where it is flat.
    pub fn slope_log(&self, state: Moments) -> Result<Vec<(Option<usize>, f64)>, Diagnostic> {
        let values = self.items(state)?;
        let means = self.means(&values);
        let mut found = Vec::new();
        for (owner, function) in self.functions_of_one() {
            let [(argument, _)] = function.arguments.as_slice() else { continue };
            let (mean, variance, of) = match argument {
                Argument::State => (state.mean, state.square - state.mean * state.mean, None),
                Argument::Item(item) => match &values[*item] {
                    Value::Sum(_, mean, variance) => (*mean, *variance, Some(*item)),
                    _ => continue,
                },
            };
            let deviation = libm::sqrt(variance.max(0.0));
            let logs = |z: &[f64]| -> Result<Vec<f64>, Diagnostic> {
                let points = z.iter().map(|z| mean + deviation * z).collect();
                let (_, slopes) = self.function_at(owner, function, &means, &[points])?;
                Ok(slopes[0].iter().map(|slope| libm::log(slope.abs())).collect())
            };
            if deviation == 0.0 {
                found.push((of, logs(&[0.0])?[0]));
                continue;
            }
            // A slope that is 0 far out has only left the floats.
            let finite = |list: Vec<f64>| list.into_iter().map(|log| if log.is_finite() { log } else { 0.0 }).collect();
            let rule = super::quadrature::rule(mean, deviation, &mut |z| Ok(vec![finite(logs(z)?)]))?;
            let (mut total, mut flat) = (0.0, 0.0);
            for (log, weight) in logs(&rule.points)?.iter().zip(&rule.weights) {
                if log.is_finite() { total += weight * log } else { flat += weight }
            }
            found.push((of, if flat > 1e-9 { f64::NEG_INFINITY } else { total }));
        }
        Ok(found)
    }

    /// The functions of exactly one argument, with what they belong to.
    pub fn functions_of_one(&self) -> Vec<(usize, &Function)> {
        let items = self.step.items.iter().enumerate().filter_map(|(position, item)| match item {
            Item::Product(product) => Some((position, &product.argument)),
            _ => None,
        });
        let entries = items.chain([(self.step.items.len(), &self.step.update)]);
        entries
            .filter_map(|(owner, entry)| match entry {
                Entry::Function(function) if function.arguments.len() == 1 => Some((owner, &**function)),
                _ => None,
            })
            .collect()
    }
}

/// How much of a product is in an argument of a function.
pub(super) fn part(value: &Value, product: usize, own: usize) -> f64 {
    match value {
        Value::Sum(parts, ..) | Value::Extreme(parts, ..) => parts.get(&product).copied().unwrap_or(0.0),
        Value::Normal(..) if own == product => 1.0,
        _ => 0.0,
    }
}

fn slopes(sample: &Sample) -> Option<Slopes> {
    let ([argument], [(slope, more)], None) = (sample.arguments.as_slice(), sample.slopes.as_slice(), &sample.linear)
    else {
        return None;
    };
    if more.iter().chain(&sample.moving).any(|entry| *entry != 0.0) {
        return None;
    }
    let square = |at: usize| slope[at] * slope[at];
    Some(Slopes {
        of: match argument {
            Argument::Item(item) => Some(*item),
            Argument::State => None,
        },
        mean: sample.weighted(|at| sample.rest[at]),
        square: sample.weighted(|at| sample.rest[at] * sample.rest[at]),
        slope: sample.weighted(|at| slope[at]),
        slope_square: sample.weighted(square),
        slope_fourth: sample.weighted(|at| square(at) * square(at)),
    })
}
