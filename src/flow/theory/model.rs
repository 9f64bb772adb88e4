//! A step with numbers: sizes, constants and functions that can be evaluated.

use super::call::Call;
use super::sample::Sample;
use super::structure::refused;
use crate::math::expression::Term;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::source::{Diagnostic, Outcome};
use crate::math::theory::{Entry, Extreme, Function, Item, Linear, Moments, Part, Step, mean_name};
use std::cell::Cell;
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
    /// Whether it has mattered.
    moving: Rc<Cell<bool>>,
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
        Ok(Model {
            step: Rc::new(step),
            evaluator,
            functions,
            constants: BTreeMap::new(),
            place: 1,
            moving: Rc::default(),
            size: WIDE,
        })
    }

    /// The same step with other constants.
    pub fn with<T>(&self, constants: &BTreeMap<Name, f64>, ask: impl FnOnce(&Model<'_>) -> T) -> T {
        ask(&Model { constants: constants.clone(), ..self.copy() })
    }

    /// Whether steps differ from place to place: some number asked for so far depends on it.
    pub fn moves(&self) -> bool {
        self.moving.get()
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
            moving: self.moving.clone(),
            size: self.size,
        }
    }

    /// The value of a number where `means` are known.
    pub fn number(&self, number: &Term, means: &[(Name, f64)]) -> Result<f64, Diagnostic> {
        if !self.moving.get() && number.free_names().contains(&self.step.index) {
            self.moving.set(true);
        }
        let index = Some((self.step.index.clone(), self.place));
        let at = At { constants: &self.constants, size: self.size, index, means };
        let value = self.evaluator.number(number, &at).map_err(|mut errors| errors.remove(0))?;
        if value.is_finite() {
            return Ok(value);
        }
        Err(refused(format!("a number of the step is {value}"))
            .hint("it leaves what floats hold: take other values of the constants"))
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
                if deviation < 0.0 {
                    return Err(refused(format!("`{}` has the standard deviation {deviation}", product.weights))
                        .hint("a standard deviation is 0 or more: let the constants that it is made of be so"));
                }
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
