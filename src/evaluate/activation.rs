//! Surveys a function of one number: its values, and what the derived line says of its slope, on a grid.

use super::array::Array;
use super::fault::Fault;
use super::program::{Given, Program};
use crate::math::activation::{FAINT, Kink, Point, Survey};
use crate::math::derivation::Derivation;
use crate::math::expression::Mark;
use crate::math::name::Name;
use crate::math::network::Sizes;
use std::collections::BTreeMap;

/// The grid goes so far to both sides,
const FAR: f64 = 30.0;
/// with so many points for a unit. They lie between the multiples of 1/32, where kinks are.
const DENSE: f64 = 32.0;
/// What lies beyond is asked at these places.
const BEYOND: [f64; 2] = [100.0, 600.0];
/// Slopes that are 0 because a float can't be that small are found beyond this; nearer ones are 0.
const NEAR: f64 = 6.0;
/// How far the curve is kept.
const SHOWN: f64 = 5.0;
/// A jump of the slope, or of the value, is at least this large.
const JUMP: f64 = 1e-3;

/// Surveys `y[n] = f(u[n])`, the network that `derivation` is of. Fails where `f` has no finite value.
pub fn survey(derivation: &Derivation) -> Result<Survey, Fault> {
    let curve = Curve { derivation };
    let count = (2.0 * FAR * DENSE) as usize;
    let grid: Vec<f64> = (0..count).map(|step| (step as f64 + 0.5) / DENSE - FAR).collect();
    let points = curve.at(&grid)?;
    let beyond = curve.at(&BEYOND.iter().flat_map(|far| [-far, *far]).collect::<Vec<_>>());
    let kinks = kinks(&curve, &points)?;
    let mut steepest = steepest(&curve, &points)?;
    let grows = match &beyond {
        // Too large for a float.
        Err(_) => true,
        Ok(beyond) => beyond.iter().any(|point| point.slope.abs() > steepest.slope.abs() * (1.0 + 1e-3)),
    };
    let most = steepest.slope.abs();
    steepest.slope = most;
    let faint = |point: &Point| point.slope.abs() < FAINT * most;
    let far: Vec<Point> = beyond.unwrap_or_default();
    let end = |sign: f64| far.iter().filter(move |point| point.at * sign > 0.0).all(&faint) && !far.is_empty();
    let edge = |number: usize| points[number].at;
    let faint_below = (end(-1.0) && faint(&points[0]))
        .then(|| points.iter().position(|point| !faint(point)).map_or(f64::INFINITY, edge));
    let faint_above = (end(1.0) && faint(&points[count - 1]))
        .then(|| points.iter().rposition(|point| !faint(point)).map_or(f64::NEG_INFINITY, edge));
    Ok(Survey {
        dead: dead(&points, &kinks),
        zeros: points.iter().filter(|point| point.value == 0.0).map(|point| density(point.at) / DENSE).sum::<f64>()
            + 0.0,
        curve: points.iter().filter(|point| point.at.abs() < SHOWN).copied().collect(),
        steepest: (!grows).then_some(steepest),
        faint_below: faint_below.filter(|_| !grows && most > 0.0),
        faint_above: faint_above.filter(|_| !grows && most > 0.0),
        kinks,
    })
}

/// The standard normal density.
fn density(at: f64) -> f64 {
    libm::exp(-at * at / 2.0) / libm::sqrt(2.0 * std::f64::consts::PI)
}

struct Curve<'d> {
    derivation: &'d Derivation,
}

impl Curve<'_> {
    /// Values and slopes at these places.
    fn at(&self, places: &[f64]) -> Result<Vec<Point>, Fault> {
        let network = &self.derivation.network;
        let sizes: Sizes = network.sizes.keys().map(|size| (size.clone(), places.len() as i64)).collect();
        let program = Program::backward(self.derivation, &sizes)?;
        let row = |numbers: Vec<f64>| Array { dims: vec![numbers.len()], data: numbers };
        let one = |name: &Name, numbers| BTreeMap::from([(name.clone(), row(numbers))]);
        let (Some(input), Some(output)) = (self.derivation.goals.first(), network.results().into_iter().next()) else {
            return Err(Fault::error("there is no function of one number"));
        };
        let given = Given {
            inputs: one(input, places.to_vec()),
            upstream: one(&output, vec![1.0; places.len()]),
            nudges: BTreeMap::new(),
        };
        let values = program.run(&given)?;
        let (value, slope) = (values.array(&output, Mark::Value), values.array(input, Mark::Adjoint));
        let zeros = || Array::filled(vec![places.len()], 0.0);
        let (value, slope) = (value.unwrap_or_else(zeros), slope.unwrap_or_else(zeros));
        let point = |number: usize| Point { at: places[number], value: value.data[number], slope: slope.data[number] };
        let points: Vec<Point> = (0..places.len()).map(point).collect();
        match points.iter().find(|point| !point.value.is_finite() || !point.slope.is_finite()) {
            Some(point) => Err(Fault::error(format!("it has no finite value or slope at {}", point.at))),
            None => Ok(points),
        }
    }
}

/// The steepest place of the grid, looked at ever more closely.
fn steepest(curve: &Curve, points: &[Point]) -> Result<Point, Fault> {
    let most = |points: &[Point]| {
        points.iter().copied().fold(None, |best: Option<Point>, point| match best {
            // Of places that are as steep as each other the one next to 0 is told.
            Some(best) => {
                let (more, alike) = (point.slope.abs() - best.slope.abs(), 1e-12 * best.slope.abs());
                Some(if more > alike || more > -alike && point.at.abs() < best.at.abs() { point } else { best })
            }
            None => Some(point),
        })
    };
    let mut best = most(points).ok_or_else(|| Fault::error("nothing was surveyed"))?;
    let mut width = 1.0 / DENSE;
    for _ in 0..6 {
        let around: Vec<f64> = (-8..=8).map(|step| best.at + width * f64::from(step) / 8.0).collect();
        if let Some(found) = most(&curve.at(&around)?)
            && found.slope.abs() > best.slope.abs()
        {
            best = found;
        }
        width /= 8.0;
    }
    Ok(best)
}

/// Places where the slope or the value goes on jumping, however closely one looks.
fn kinks(curve: &Curve, points: &[Point]) -> Result<Vec<Kink>, Fault> {
    // Relative to what is compared: a large value jumps by its rounding.
    let far = |a: f64, b: f64| (b - a).abs() / (1.0 + a.abs().max(b.abs()));
    let apart = |pair: &[Point]| far(pair[0].slope, pair[1].slope).max(far(pair[0].value, pair[1].value));
    let mut found = Vec::new();
    for pair in points.windows(2).filter(|pair| apart(pair) > JUMP) {
        let mut ends = [pair[0], pair[1]];
        // Where both are smooth the difference shrinks with the distance; after this it is a billionth of what it was.
        for _ in 0..10 {
            let width = ends[1].at - ends[0].at;
            let inner: Vec<f64> = (1..8).map(|step| ends[0].at + width * f64::from(step) / 8.0).collect();
            let all = [vec![ends[0]], curve.at(&inner)?, vec![ends[1]]].concat();
            let widest = all.windows(2).fold(None, |widest: Option<&[Point]>, next| match widest {
                Some(widest) if apart(widest) >= apart(next) => Some(widest),
                _ => Some(next),
            });
            let Some(widest) = widest else { break };
            ends = [widest[0], widest[1]];
            if apart(&ends) < JUMP {
                break;
            }
        }
        if apart(&ends) >= JUMP {
            let at = libm::round(ends[0].at * 1e6) / 1e6;
            found.push(Kink { at: at + 0.0, jump: far(ends[0].value, ends[1].value) >= JUMP });
        }
    }
    Ok(found)
}

/// Where the slope is 0, from kink to kink.
fn dead(points: &[Point], kinks: &[Kink]) -> Vec<(f64, f64)> {
    let near: Vec<&Point> = points.iter().filter(|point| point.at.abs() < NEAR).collect();
    let edge = |at: f64| kinks.iter().find(|kink| (kink.at - at).abs() < 1.0 / DENSE).map_or(at, |kink| kink.at);
    let mut found: Vec<(f64, f64)> = Vec::new();
    let mut start: Option<usize> = None;
    for number in 0..=near.len() {
        let flat = near.get(number).is_some_and(|point| point.slope == 0.0);
        match (start, flat) {
            (None, true) => start = Some(number),
            (Some(first), false) => {
                let low = if first == 0 { f64::NEG_INFINITY } else { edge(near[first].at) };
                let high = if number == near.len() { f64::INFINITY } else { edge(near[number - 1].at) };
                // A single place is no region.
                if number - first > 1 {
                    found.push((low, high));
                }
                start = None;
            }
            _ => {}
        }
    }
    found
}
