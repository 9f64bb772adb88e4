//! Two inputs through the same weights: how alike their states and their gradients become.

use super::model::{Model, Value};
use super::quadrature::{self, Rule, legendre};
use super::structure::refused;
use crate::math::name::Name;
use crate::math::source::Diagnostic;
use crate::math::theory::{Argument, Entry, Function, Item, Moments, Part};

/// What one step does to the mean product of two states with the same moments.
#[derive(Clone, PartialEq, Debug)]
pub struct Pair {
    /// The mean product of the new states.
    pub product: f64,
    /// χ_c: by what the mean product of two gradients is multiplied on its way back.
    pub chi: f64,
    /// For each sum of normal numbers, its position and the correlation E uu′ / E u².
    pub sums: Vec<(usize, f64)>,
}

/// What an entry has in common with its twin.
struct Twin {
    product: f64,
    direct: f64,
    /// For each product with weights, the mean product of slopes by it.
    slopes: Vec<(usize, f64)>,
}

/// Values and slopes of a function at points, where the state is 0 and what a state of 1 adds.
struct Columns {
    rest: Vec<f64>,
    moving: Vec<f64>,
    slope: Vec<f64>,
    more: Vec<f64>,
}

impl Model<'_> {
    /// One step of two states of the same moments whose mean product is `product`. Fails for functions of more than one sum.
    pub fn pair(&self, state: Moments, product: f64) -> Result<Pair, Diagnostic> {
        let values = self.items(state)?;
        let means = self.means(&values);
        let mut shared: Vec<f64> = Vec::new();
        let mut twins: Vec<(usize, Twin)> = Vec::new();
        let mut sums = Vec::new();
        for (position, item) in self.step.items.iter().enumerate() {
            shared.push(match item {
                Item::Product(weighted) => {
                    let twin = self.twin(position, &weighted.argument, (state, product), &values, &shared, &means)?;
                    let covariance = self.variances(position, &means)?.0 * twin.product;
                    twins.push((position, twin));
                    covariance
                }
                // The same vector meets both.
                Item::Vector(_) => match &values[position] {
                    Value::Normal(_, variance) => *variance,
                    _ => 0.0,
                },
                Item::Sum(_) => {
                    let covariance = covariance(&values[position], &shared);
                    if let Value::Sum(_, mean, variance) = &values[position] {
                        sums.push((position, (covariance + mean * mean) / (variance + mean * mean)));
                    }
                    covariance
                }
                Item::Mean(_) | Item::Normalised(_) => 0.0,
                Item::Extreme(_) => return Err(refused("two inputs are not followed through a maximum of copies")),
            });
        }
        let last = self.step.items.len();
        let update = self.twin(last, &self.step.update, (state, product), &values, &shared, &means)?;
        let mut reached: Vec<(&Twin, f64)> = vec![(&update, 1.0)];
        for (position, twin) in twins.iter().rev() {
            let of = |one: &Twin| {
                one.slopes.iter().filter(|(item, _)| item == position).map(|(_, slope)| slope).sum::<f64>()
            };
            let weight: f64 = reached.iter().map(|(one, square)| square * of(one)).sum();
            reached.push((twin, weight * self.variances(*position, &means)?.1));
        }
        let chi = reached.iter().map(|(twin, square)| square * twin.direct).sum();
        Ok(Pair { product: update.product, chi, sums })
    }

    fn twin(
        &self,
        owner: usize,
        entry: &Entry,
        (state, product): (Moments, f64),
        values: &[Value],
        shared: &[f64],
        means: &[(Name, f64)],
    ) -> Result<Twin, Diagnostic> {
        match entry {
            Entry::Number(number) => {
                let number = self.number(number, means)?;
                Ok(Twin { product: number * number, direct: 0.0, slopes: Vec::new() })
            }
            Entry::Linear(sum) => {
                let before =
                    sum.parts.get(&Part::State).map_or(Ok(0.0), |coefficient| self.number(coefficient, means))?;
                let (mut mean, mut common, mut slopes) = (self.number(&sum.offset, means)?, 0.0, Vec::new());
                for (part, coefficient) in &sum.parts {
                    let (Part::Item(item), coefficient) = (part, self.number(coefficient, means)?) else { continue };
                    if let Value::Normal(m, _) = values[*item] {
                        mean += coefficient * m;
                    }
                    common += coefficient * coefficient * shared[*item];
                    slopes.push((*item, coefficient * coefficient));
                }
                let product = mean * mean + common + 2.0 * before * state.mean * mean + before * before * product;
                Ok(Twin { product, direct: before * before, slopes })
            }
            Entry::Function(function) => {
                let varying: Vec<Argument> = function
                    .arguments
                    .iter()
                    .map(|(argument, _)| *argument)
                    .filter(|argument| !(function.affine && *argument == Argument::State))
                    .collect();
                let [argument] = varying.as_slice() else {
                    return Err(refused("two inputs are followed through functions of one sum only"));
                };
                let (mean, variance, covariance, parts) = match argument {
                    Argument::State => {
                        let square = state.mean * state.mean;
                        (state.mean, state.square - square, product - square, None)
                    }
                    Argument::Item(item) => match &values[*item] {
                        Value::Sum(parts, mean, variance) => (*mean, *variance, shared[*item], Some(parts)),
                        _ => return Err(refused("two inputs are followed through functions of one sum only")),
                    },
                };
                let call = Call { model: self, owner, function, means, mean, deviation: libm::sqrt(variance.max(0.0)) };
                let correlation = if variance > 0.0 { (covariance / variance).clamp(-1.0, 1.0) } else { 1.0 };
                let [aa, ab, bb, ss, st, tt] = call.means(correlation)?;
                let value = aa + 2.0 * state.mean * ab + product * bb;
                let slope = ss + 2.0 * state.mean * st + product * tt;
                Ok(match parts {
                    Some(parts) => {
                        let slopes = parts.iter().map(|(item, part)| (*item, part * part * slope)).collect();
                        Twin { product: value, direct: bb, slopes }
                    }
                    None => Twin { product: value, direct: slope, slopes: Vec::new() },
                })
            }
        }
    }
}

fn covariance(value: &Value, shared: &[f64]) -> f64 {
    match value {
        Value::Sum(parts, ..) => parts.iter().map(|(item, part)| part * part * shared[*item]).sum(),
        _ => 0.0,
    }
}

struct Call<'c> {
    model: &'c Model<'c>,
    owner: usize,
    function: &'c Function,
    means: &'c [(Name, f64)],
    mean: f64,
    deviation: f64,
}

impl Call<'_> {
    /// Means of products over two normal numbers with this correlation: of values at rest, of those with what a state adds, of
    /// the latter; and the same of slopes.
    fn means(&self, correlation: f64) -> Result<[f64; 6], Diagnostic> {
        if self.deviation == 0.0 {
            let at = self.columns(&[0.0])?;
            return Ok(products(&at, [at.rest[0], at.moving[0], at.slope[0], at.more[0]], 0, 1.0));
        }
        let rule = quadrature::rule(self.mean, self.deviation, &mut |z| {
            let at = self.columns(z)?;
            let square = |list: &[f64]| list.iter().map(|a| a * a).collect::<Vec<f64>>();
            Ok(vec![square(&at.rest), square(&at.moving), square(&at.slope), square(&at.more)])
        })?;
        // What is left of one number when the other is known.
        let rest = libm::sqrt(((1.0 - correlation) * (1.0 + correlation)).max(0.0));
        if rest < 1e-9 {
            let (one, other) = (self.columns(&rule.points)?, rule.points.iter().map(|z| correlation.signum() * z));
            let other = self.columns(&other.collect::<Vec<f64>>())?;
            let mut total = [0.0; 6];
            for (at, weight) in rule.weights.iter().enumerate().filter(|(_, weight)| **weight > 1e-150) {
                let twin = [other.rest[at], other.moving[at], other.slope[at], other.more[at]];
                add(&mut total, products(&one, twin, at, *weight));
            }
            return Ok(total);
        }
        let kinks = self.kinks(&rule)?;
        let (outer, ends) = panels(&rule, &kinks, rest);
        let one = self.columns(&outer.points)?;
        let mut total = [0.0; 6];
        // Blocks of outer points, so that memory stays small.
        for block in (0..outer.points.len()).collect::<Vec<_>>().chunks(64) {
            let (mut points, mut weights, mut starts) = (Vec::new(), Vec::new(), vec![0]);
            for at in block {
                inner(correlation * outer.points[*at], rest, &ends, &mut points, &mut weights);
                starts.push(points.len());
            }
            let other = self.columns(&points)?;
            for (at, range) in block.iter().zip(starts.windows(2)) {
                let mean = |list: &[f64]| (range[0]..range[1]).map(|place| weights[place] * list[place]).sum::<f64>();
                let twin = [mean(&other.rest), mean(&other.moving), mean(&other.slope), mean(&other.more)];
                add(&mut total, products(&one, twin, *at, outer.weights[*at]));
            }
        }
        Ok(total)
    }

    fn columns(&self, z: &[f64]) -> Result<Columns, Diagnostic> {
        let points: Vec<f64> = z.iter().map(|z| self.mean + self.deviation * z).collect();
        let state = self.function.arguments.iter().position(|(argument, _)| *argument == Argument::State);
        let state = state.filter(|_| self.function.affine);
        let with = |before: f64| -> Result<(Vec<f64>, Vec<f64>), Diagnostic> {
            let mut all = vec![points.clone()];
            if let Some(position) = state {
                all.insert(position, vec![before; points.len()]);
            }
            let (values, mut slopes) = self.model.function_at(self.owner, self.function, self.means, &all)?;
            if let Some(position) = state {
                slopes.remove(position);
            }
            Ok((values, slopes.swap_remove(0)))
        };
        let (rest, slope) = with(0.0)?;
        let (moving, more) = match state {
            Some(_) => {
                let (values, slopes) = with(1.0)?;
                let less =
                    |one: Vec<f64>, other: &[f64]| one.iter().zip(other).map(|(a, b)| a - b).collect::<Vec<f64>>();
                (less(values, &rest), less(slopes, &slope))
            }
            None => (vec![0.0; z.len()], vec![0.0; z.len()]),
        };
        Ok(Columns { rest, moving, slope, more })
    }

    /// Where the slope jumps.
    fn kinks(&self, rule: &Rule) -> Result<Vec<f64>, Diagnostic> {
        let near: Vec<f64> = rule.ends.iter().copied().filter(|end| end.abs() < REACH).collect();
        let sides = |step: f64| self.columns(&near.iter().map(|end| end + step).collect::<Vec<f64>>());
        let (left, right) = (sides(-1e-8)?, sides(1e-8)?);
        let largest = left.slope.iter().chain(&left.more).fold(0.0f64, |largest, slope| largest.max(slope.abs()));
        let jumps = |one: &[f64], other: &[f64], at: usize| (one[at] - other[at]).abs() > 1e-5 * largest;
        let mut found: Vec<f64> = (0..near.len())
            .filter(|at| jumps(&left.slope, &right.slope, *at) || jumps(&left.more, &right.more, *at))
            .map(|at| near[at])
            .collect();
        found.dedup_by(|one, other| (*one - *other).abs() < 1e-7);
        Ok(found)
    }
}

/// So far out nothing matters any more.
const REACH: f64 = 13.0;

/// Outer points, finer around kinks on the scale of what is left, and the ends that inner panels respect.
fn panels(rule: &Rule, kinks: &[f64], rest: f64) -> (Rule, Vec<f64>) {
    let mut ends: Vec<f64> = rule.ends.iter().copied().filter(|end| end.abs() < REACH).collect();
    ends.retain(|end| !kinks.iter().any(|kink| (kink - end).abs() < 1e-6));
    ends.extend(kinks);
    ends.extend([-REACH, REACH]);
    ends.sort_by(f64::total_cmp);
    let mut fine = ends.clone();
    for kink in kinks {
        for times in [0.4, 1.0, 2.0, 3.5, 5.5, 8.0] {
            fine.extend([kink - times * rest, kink + times * rest]);
        }
    }
    fine.retain(|end| end.abs() <= REACH);
    fine.sort_by(f64::total_cmp);
    fine.dedup_by(|one, other| (*one - *other).abs() < 1e-13);
    let mut outer = Rule::default();
    for pair in fine.windows(2) {
        let (half, middle) = (0.5 * (pair[1] - pair[0]), 0.5 * (pair[0] + pair[1]));
        for (x, weight) in nodes(true) {
            outer.points.push(middle + half * x);
            outer.weights.push(half * weight * quadrature::density(middle + half * x));
        }
    }
    (outer, ends)
}

/// Points of the other number when the one is known: normal around `mean` with deviation `rest`.
fn inner(mean: f64, rest: f64, ends: &[f64], points: &mut Vec<f64>, weights: &mut Vec<f64>) {
    const FAR: f64 = 8.5;
    let mut cuts = vec![-FAR, -5.0, -2.5, -1.0, 1.0, 2.5, 5.0, FAR];
    let (low, high) = (mean - FAR * rest, mean + FAR * rest);
    let first = ends.partition_point(|end| *end <= low);
    cuts.extend(ends[first..].iter().take_while(|end| **end < high).map(|end| (end - mean) / rest));
    cuts.sort_by(f64::total_cmp);
    for pair in cuts.windows(2).filter(|pair| pair[1] - pair[0] > 1e-13) {
        let (half, middle) = (0.5 * (pair[1] - pair[0]), 0.5 * (pair[0] + pair[1]));
        for (x, weight) in nodes(false) {
            points.push(mean + rest * (middle + half * x));
            weights.push(half * weight * quadrature::density(middle + half * x));
        }
    }
}

fn nodes(outer: bool) -> &'static [(f64, f64)] {
    static NODES: std::sync::OnceLock<[Vec<(f64, f64)>; 2]> = std::sync::OnceLock::new();
    &NODES.get_or_init(|| [legendre(12), legendre(16)])[usize::from(outer)]
}

fn products(one: &Columns, twin: [f64; 4], at: usize, weight: f64) -> [f64; 6] {
    let [rest, moving, slope, more] = twin;
    [
        weight * one.rest[at] * rest,
        weight * 0.5 * (one.rest[at] * moving + one.moving[at] * rest),
        weight * one.moving[at] * moving,
        weight * one.slope[at] * slope,
        weight * 0.5 * (one.slope[at] * more + one.more[at] * slope),
        weight * one.more[at] * more,
    ]
}

fn add(total: &mut [f64; 6], more: [f64; 6]) {
    total.iter_mut().zip(more).for_each(|(sum, part)| *sum += part);
}
