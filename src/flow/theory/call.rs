//! A function of a step with all that it takes, at points that stand for how its arguments vary together.

use super::model::{Evaluated, Samples, Value};
use super::quadrature::{self, Rule};
use super::sample::Sample;
use super::structure::refused;
use crate::math::source::Diagnostic;
use crate::math::theory::{Argument, Function, Moments};

/// A function with all that it takes.
pub(super) struct Call<'c> {
    pub function: &'c Function,
    pub evaluated: &'c Evaluated,
    pub numbers: Vec<f64>,
    pub state: Moments,
    pub values: &'c [Value],
}

/// How one argument varies: its mean, its parts among independent normal numbers, or an extreme of so many.
struct Axis {
    mean: f64,
    deviation: f64,
    copies: Option<(f64, bool)>,
}

impl Call<'_> {
    /// Values and slopes at the points of a rule for as many independent normal numbers as the arguments are made of.
    pub fn sample(&self) -> Result<Sample, Diagnostic> {
        let state =
            self.function.affine && self.function.arguments.iter().any(|(argument, _)| *argument == Argument::State);
        let arguments: Vec<Argument> = self.function.arguments.iter().map(|(argument, _)| *argument).collect();
        let varying: Vec<Argument> =
            arguments.iter().copied().filter(|argument| !(state && *argument == Argument::State)).collect();
        let axes: Vec<Axis> = varying.iter().map(|argument| self.axis(*argument)).collect();
        let (factor, columns) = self.factor(&varying);
        // From standard normal numbers to arguments.
        let place = |z: &[Vec<f64>]| -> Vec<Vec<f64>> {
            let count = z.first().map_or(1, Vec::len);
            (0..axes.len())
                .map(|axis| {
                    (0..count)
                        .map(|at| {
                            let moved: f64 = (0..z.len()).map(|other| factor[axis][other] * z[other][at]).sum();
                            axes[axis].mean + moved
                        })
                        .collect()
                })
                .collect()
        };
        let evaluate = |z: &[Vec<f64>]| -> Result<Sample, Diagnostic> {
            let points = place(z);
            let count = points.first().map_or(1, Vec::len);
            let with = |before: f64| -> Result<Samples, Diagnostic> {
                let mut all = points.clone();
                if state {
                    let position = arguments.iter().position(|argument| *argument == Argument::State).unwrap_or(0);
                    all.insert(position, vec![before; count]);
                }
                let (values, mut slopes) = (self.evaluated)(&self.numbers, &all)?;
                if state {
                    let position = arguments.iter().position(|argument| *argument == Argument::State).unwrap_or(0);
                    slopes.remove(position);
                }
                Ok((values, slopes))
            };
            let (rest, slopes) = with(0.0)?;
            let (moving, more) = if state {
                let (values, more) = with(1.0)?;
                let less = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(a, b)| a - b).collect::<Vec<f64>>();
                (less(&values, &rest), more.iter().zip(&slopes).map(|(one, other)| less(one, other)).collect())
            } else {
                (vec![0.0; count], slopes.iter().map(|slope| vec![0.0; slope.len()]).collect::<Vec<_>>())
            };
            Ok(Sample {
                linear: None,
                weights: Vec::new(),
                rule: Rule::default(),
                arguments: varying.clone(),
                rest,
                moving,
                slopes: slopes.into_iter().zip(more).collect(),
                state: self.state,
            })
        };
        // What was evaluated while a rule was looked for.
        let mut known: Option<Sample> = None;
        let rule = match columns.len() {
            0 => Rule { points: vec![0.0], weights: vec![1.0], ..Rule::default() },
            1 => {
                let first = &axes[columns[0]];
                quadrature::rule(first.mean, first.deviation, &mut |z| {
                    let sample = evaluate(&[z.to_vec()])?;
                    let weight = |z: f64| first.weight(z);
                    let square =
                        |list: &[f64]| list.iter().zip(z).map(|(a, z)| a * a * weight(*z)).collect::<Vec<f64>>();
                    let mut things = vec![square(&sample.rest)];
                    if state {
                        things.push(square(&sample.moving));
                    }
                    things.extend(sample.slopes.iter().map(|(slope, _)| square(slope)));
                    match &mut known {
                        Some(known) => known.extend(sample),
                        none => *none = Some(sample),
                    }
                    Ok(things)
                })?
            }
            2 => quadrature::coarse(true),
            3 => quadrature::coarse(false),
            many => {
                return Err(refused(format!("a function takes {many} independent sums at once"))
                    .hint("theory follows functions of three at most"));
            }
        };
        // The product of rules, one for each independent number.
        let (mut z, mut weights): (Vec<Vec<f64>>, Vec<f64>) = (Vec::new(), vec![1.0]);
        for _ in &columns {
            z = z
                .iter()
                .map(|list| list.iter().flat_map(|x| std::iter::repeat_n(*x, rule.points.len())).collect())
                .collect();
            z.push(rule.points.iter().copied().cycle().take(weights.len() * rule.points.len()).collect());
            weights = weights.iter().flat_map(|w| rule.weights.iter().map(move |v| w * v)).collect();
        }
        for (column, axis) in columns.iter().enumerate() {
            if axes[*axis].copies.is_some() {
                weights.iter_mut().zip(&z[column]).for_each(|(weight, z)| *weight *= axes[*axis].weight(*z));
            }
        }
        let mut sample = match known {
            Some(known) => known.chosen(&rule.asked),
            None => evaluate(&z)?,
        };
        sample.weights = weights;
        sample.rule = rule;
        Ok(sample)
    }

    fn axis(&self, argument: Argument) -> Axis {
        match argument {
            Argument::State => {
                let variance = self.state.square - self.state.mean * self.state.mean;
                Axis { mean: self.state.mean, deviation: libm::sqrt(variance.max(0.0)), copies: None }
            }
            Argument::Item(item) => match &self.values[item] {
                Value::Sum(_, mean, variance) | Value::Normal(mean, variance) => {
                    Axis { mean: *mean, deviation: libm::sqrt(variance.max(0.0)), copies: None }
                }
                Value::Extreme(_, mean, variance, count, largest) => {
                    Axis { mean: *mean, deviation: libm::sqrt(variance.max(0.0)), copies: Some((*count, *largest)) }
                }
                Value::Number(number) => Axis { mean: *number, deviation: 0.0, copies: None },
            },
        }
    }

    /// The triangular factor of the covariance of the arguments, without columns for what does not vary, and which argument is the
    /// first that each column moves.
    fn factor(&self, arguments: &[Argument]) -> (Vec<Vec<f64>>, Vec<usize>) {
        let covariance = |one: usize, other: usize| -> f64 {
            if one == other {
                let axis = self.axis(arguments[one]);
                return axis.deviation * axis.deviation;
            }
            let parts = |argument: Argument| match argument {
                Argument::Item(item) => match &self.values[item] {
                    Value::Sum(parts, ..) => Some(parts),
                    _ => None,
                },
                Argument::State => None,
            };
            let (Some(left), Some(right)) = (parts(arguments[one]), parts(arguments[other])) else { return 0.0 };
            let shared = left.iter().filter_map(|(item, a)| Some((*item, a * right.get(item)?)));
            shared
                .map(|(item, product)| match &self.values[item] {
                    Value::Normal(_, variance) => product * variance,
                    _ => 0.0,
                })
                .sum()
        };
        let count = arguments.len();
        let (mut factor, mut columns): (Vec<Vec<f64>>, Vec<usize>) = (vec![Vec::new(); count], Vec::new());
        for pivot in 0..count {
            let taken: f64 = factor[pivot].iter().map(|entry| entry * entry).sum();
            let left = covariance(pivot, pivot) - taken;
            if left <= 1e-14 * covariance(pivot, pivot) || left <= 0.0 {
                continue;
            }
            let (root, above) = (libm::sqrt(left), factor[pivot].clone());
            for (row, entries) in factor.iter_mut().enumerate() {
                let product: f64 = entries.iter().zip(&above).map(|(a, b)| a * b).sum();
                entries.push(match row.cmp(&pivot) {
                    std::cmp::Ordering::Less => 0.0,
                    std::cmp::Ordering::Equal => root,
                    std::cmp::Ordering::Greater => (covariance(row, pivot) - product) / root,
                });
            }
            columns.push(pivot);
        }
        (factor, columns)
    }
}

impl Axis {
    /// By how much the density of an extreme exceeds that of one copy.
    fn weight(&self, z: f64) -> f64 {
        match self.copies {
            None => 1.0,
            Some((count, largest)) => count * libm::pow(quadrature::below(if largest { z } else { -z }), count - 1.0),
        }
    }
}
