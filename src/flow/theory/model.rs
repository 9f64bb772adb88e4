//! A step with numbers: sizes, constants and functions that can be evaluated.

use super::quadrature::{self, Rule};
use super::structure::refused;
use crate::math::expression::Term;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::source::{Diagnostic, Outcome};
use crate::math::theory::{Argument, Entry, Extreme, Function, Item, Linear, Moments, Part, Step, mean_name};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Values of a function at points, and its slopes by each argument.
pub type Samples = (Vec<f64>, Vec<Vec<f64>>);

/// A function of a step that can be evaluated, at the numbers and points of its arguments.
pub type Evaluated = Rc<dyn Fn(&[f64], &[Vec<f64>]) -> Result<Samples, Diagnostic>>;

/// What theory needs of the rest: numbers and functions of a network, evaluated.
pub trait Evaluator {
    /// The value of a number, at values of indices and of named means. `constants` replace those of the file, `size` stands for
    /// all sizes that have no number.
    fn number(&self, number: &Term, at: &At<'_>) -> Outcome<f64>;

    /// A function with its derived slopes.
    fn function(&self, function: &Function) -> Outcome<Evaluated>;

    /// A size.
    fn size(&self, size: &Integer, otherwise: i64) -> Option<i64>;
}

/// Where a number is evaluated.
pub struct At<'a> {
    /// Constants in place of those of the file.
    pub constants: &'a BTreeMap<Name, f64>,
    /// What sizes without a number are taken for.
    pub size: i64,
    /// The index of the recurrence.
    pub index: Option<(Name, i64)>,
    /// Means, by name.
    pub means: &'a [(Name, f64)],
}

/// A step ready for numbers.
pub struct Model<'e> {
    /// The step.
    pub step: Rc<Step>,
    evaluator: &'e dyn Evaluator,
    /// The functions among the arguments of items, by position; the last is the update's.
    functions: Vec<Option<Evaluated>>,
    /// Constants in place of those of the file.
    pub constants: BTreeMap<Name, f64>,
    /// Which step it is, where that matters.
    pub place: i64,
    /// What sizes without a number are taken for.
    pub size: i64,
}

/// What an item is at the moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A normal number: its mean and variance.
    Normal(f64, f64),
    /// A sum of others, by their positions, with an offset: its mean and variance.
    Sum(BTreeMap<usize, f64>, f64, f64),
    /// The largest (or smallest) of so many copies of a sum.
    Extreme(BTreeMap<usize, f64>, f64, f64, f64, bool),
    /// A fixed number.
    Number(f64),
}

/// A large number that stands for sizes nobody gave.
pub const WIDE: i64 = 1 << 20;

impl<'e> Model<'e> {
    /// Prepares the functions of a step.
    pub fn new(step: Step, evaluator: &'e dyn Evaluator) -> Outcome<Model<'e>> {
        let mut functions = Vec::new();
        for item in &step.items {
            let entry = match item {
                Item::Product(product) => Some(&product.argument),
                Item::Mean(entry) => Some(entry),
                _ => None,
            };
            functions.push(prepared(entry, evaluator)?);
        }
        functions.push(prepared(Some(&step.update), evaluator)?);
        Ok(Model { step: Rc::new(step), evaluator, functions, constants: BTreeMap::new(), place: 1, size: WIDE })
    }

    /// The same step with other constants.
    pub fn with<T>(&self, constants: &BTreeMap<Name, f64>, ask: impl FnOnce(&Model<'_>) -> T) -> T {
        ask(&Model { constants: constants.clone(), ..self.copy() })
    }

    /// The step at another place of the recurrence.
    pub fn at(&self, place: i64) -> Model<'e> {
        Model { place, ..self.copy() }
    }

    /// The same where sizes without a number are larger.
    pub fn wider(&self) -> Model<'e> {
        Model { size: 2 * self.size, ..self.copy() }
    }

    fn copy(&self) -> Model<'e> {
        Model {
            step: self.step.clone(),
            evaluator: self.evaluator,
            functions: self.functions.clone(),
            constants: self.constants.clone(),
            place: self.place,
            size: self.size,
        }
    }

    /// The value of a number where `means` are known.
    pub fn number(&self, number: &Term, means: &[(Name, f64)]) -> Result<f64, Diagnostic> {
        let index = Some((self.step.index.clone(), self.place));
        let at = At { constants: &self.constants, size: self.size, index, means };
        let value = self.evaluator.number(number, &at).map_err(|mut errors| errors.remove(0))?;
        if value.is_finite() { Ok(value) } else { Err(refused(format!("a number of the step is {value}"))) }
    }

    /// The value of a size.
    pub fn size_of(&self, size: &Integer) -> Result<f64, Diagnostic> {
        let value = self.evaluator.size(size, self.size);
        value.map(|value| value as f64).ok_or_else(|| refused(format!("the size `{size}` has no value")))
    }

    /// Whether a size has a number of its own, and not one that stands for large.
    pub fn known(&self, size: &Integer) -> Option<i64> {
        let (one, other) = (self.evaluator.size(size, WIDE)?, self.evaluator.size(size, 2 * WIDE)?);
        (one == other).then_some(one)
    }

    /// The variance of entries of a product, as a multiple of the mean square of its argument's; and the multiple with which mean
    /// squares of gradients go back through it.
    pub fn variances(&self, item: usize, means: &[(Name, f64)]) -> Result<(f64, f64), Diagnostic> {
        let Item::Product(product) = &self.step.items[item] else { return Ok((0.0, 0.0)) };
        let (inward, outward) = (self.size_of(&product.fans.0)?, self.size_of(&product.fans.1)?);
        let variance = match &product.orthogonal {
            Some(gain) => {
                let gain = self.number(gain, means)?;
                gain * gain / inward.max(outward)
            }
            None => {
                let deviation = self.number(&product.deviation.0, means)? * product.deviation.1;
                deviation * deviation
            }
        };
        Ok((variance * inward, variance * outward))
    }

    /// What the items are when the state before has these moments.
    pub fn items(&self, state: Moments) -> Result<Vec<Value>, Diagnostic> {
        let (mut values, mut means): (Vec<Value>, Vec<(Name, f64)>) = (Vec::new(), Vec::new());
        for (position, item) in self.step.items.iter().enumerate() {
            let value = match item {
                Item::Product(product) => {
                    let argument = self.sample(position, &product.argument, state, &values, &means)?;
                    Value::Normal(0.0, self.variances(position, &means)?.0 * argument.square())
                }
                Item::Vector(vector) => {
                    let deviation = self.number(&vector.law.1, &means)?;
                    Value::Normal(self.number(&vector.law.0, &means)?, deviation * deviation)
                }
                Item::Sum(sum) => {
                    let (parts, mean, variance) = self.sum(sum, &values, &means)?;
                    Value::Sum(parts, mean, variance)
                }
                Item::Extreme(Extreme { sum, count, largest }) => {
                    let (parts, mean, variance) = self.sum(sum, &values, &means)?;
                    Value::Extreme(parts, mean, variance, self.size_of(count)?, *largest)
                }
                Item::Normalised(_) => {
                    return Err(refused("a batch is normalised")
                        .hint("theory tells the growth of its gradients, and no moments"));
                }
                Item::Mean(entry) => {
                    let mean = self.sample(position, entry, state, &values, &means)?.mean();
                    means.push((mean_name(position), mean));
                    Value::Number(mean)
                }
            };
            values.push(value);
        }
        Ok(values)
    }

    /// The means among the items.
    pub fn means(&self, values: &[Value]) -> Vec<(Name, f64)> {
        let mean = |(position, value): (usize, &Value)| match value {
            Value::Number(mean) => Some((mean_name(position), *mean)),
            _ => None,
        };
        values.iter().enumerate().filter_map(mean).collect()
    }

    fn sum(
        &self,
        sum: &Linear,
        values: &[Value],
        means: &[(Name, f64)],
    ) -> Result<(BTreeMap<usize, f64>, f64, f64), Diagnostic> {
        let (mut parts, mut mean, mut variance) = (BTreeMap::new(), self.number(&sum.offset, means)?, 0.0);
        for (part, coefficient) in &sum.parts {
            let (Part::Item(item), coefficient) = (part, self.number(coefficient, means)?) else { continue };
            if let Value::Normal(m, v) = values[*item] {
                mean += coefficient * m;
                variance += coefficient * coefficient * v;
            }
            parts.insert(*item, coefficient);
        }
        Ok((parts, mean, variance))
    }

    /// What an entry is: `owner` is the item that it belongs to, or the number of items for the update.
    pub fn sample(
        &self,
        owner: usize,
        entry: &Entry,
        state: Moments,
        values: &[Value],
        means: &[(Name, f64)],
    ) -> Result<Sample, Diagnostic> {
        match entry {
            Entry::Number(number) => Ok(Sample::number(self.number(number, means)?, state)),
            Entry::Linear(sum) => {
                let (parts, mean, variance) = self.sum(sum, values, means)?;
                let before = match sum.parts.get(&Part::State) {
                    Some(coefficient) => self.number(coefficient, means)?,
                    None => 0.0,
                };
                Ok(Sample { linear: Some((before, parts, mean, variance)), ..Sample::number(0.0, state) })
            }
            Entry::Function(function) => {
                let Some(Some(evaluated)) = self.functions.get(owner) else {
                    return Err(refused("a function was not prepared"));
                };
                let numbers: Result<Vec<f64>, Diagnostic> =
                    function.numbers.iter().map(|(number, _)| self.number(number, means)).collect();
                let call = Call { function, evaluated, numbers: numbers?, state, values };
                call.sample()
            }
        }
    }

    /// One function at chosen points of its only argument, other than a state it is linear in: values and slopes.
    pub fn function_at(
        &self,
        owner: usize,
        function: &Function,
        means: &[(Name, f64)],
        points: &[Vec<f64>],
    ) -> Result<Samples, Diagnostic> {
        let numbers: Result<Vec<f64>, Diagnostic> =
            function.numbers.iter().map(|(number, _)| self.number(number, means)).collect();
        match self.functions.get(owner) {
            Some(Some(evaluated)) => evaluated(&numbers?, points),
            _ => Err(refused("a function was not prepared")),
        }
    }
}

fn prepared(entry: Option<&Entry>, evaluator: &dyn Evaluator) -> Outcome<Option<Evaluated>> {
    match entry {
        Some(Entry::Function(function)) => evaluator.function(function).map(Some),
        _ => Ok(None),
    }
}

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
    fn number(number: f64, state: Moments) -> Sample {
        Sample { weights: vec![1.0], rest: vec![number], moving: vec![0.0], state, ..Sample::default() }
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

    /// The mean of something over the points.
    pub fn weighted(&self, value: impl Fn(usize) -> f64) -> f64 {
        (0..self.weights.len()).filter(|at| self.weights[*at] > 1e-150).map(|at| self.weights[at] * value(at)).sum()
    }
}

/// A function with all that it takes.
struct Call<'c> {
    function: &'c Function,
    evaluated: &'c Evaluated,
    numbers: Vec<f64>,
    state: Moments,
    values: &'c [Value],
}

/// How one argument varies: its mean, its parts among independent normal numbers, or an extreme of so many.
struct Axis {
    mean: f64,
    deviation: f64,
    copies: Option<(f64, bool)>,
}

impl Call<'_> {
    fn sample(&self) -> Result<Sample, Diagnostic> {
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
        let rule = match columns.len() {
            0 => Rule { points: vec![0.0], weights: vec![1.0], ends: Vec::new() },
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
        let mut sample = evaluate(&z)?;
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
