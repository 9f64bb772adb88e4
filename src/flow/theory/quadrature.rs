//! Means over normal numbers: Gauss–Legendre on panels that are halved until all that is asked for has settled. Kinks cost a few
//! halvings, and so does what happens far from the mean.

use crate::math::source::Diagnostic;
use std::sync::OnceLock;

/// How many points a panel has.
const ORDER: usize = 16;

/// Beyond so many standard deviations the normal density is below the smallest float.
const FAR: f64 = 38.0;

/// How well a mean settles, as a part of the mean of absolute values.
const SETTLED: f64 = 1e-14;

/// What weighs less than this may have no value.
pub const NOTHING: f64 = 1e-120;

/// No more panels than this.
const MOST_PANELS: usize = 1000;

/// What is left of a panel's own mean, and for how many halvings it has not fallen on either side, when it counts as rounding in the
/// function itself: `log(1 + exp(u)) − log(2)` near 0 has few digits, and no halving brings more.
const ROUNDING: (f64, usize) = (1e-6, 3);

/// Points and weights of a rule, with what was evaluated there.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// Points, in standard deviations from the mean.
    pub points: Vec<f64>,
    /// Weights; they add up to 1.
    pub weights: Vec<f64>,
    /// Where panels end that are good without being halved; the points are those of their halves.
    pub ends: Vec<f64>,
    /// For each point, where it was among all at which things were evaluated, in order.
    pub asked: Vec<usize>,
}

/// Evaluates several things at points: one list for each thing.
pub type Evaluate<'e> = dyn FnMut(&[f64]) -> Result<Vec<Vec<f64>>, Diagnostic> + 'e;

struct Panel {
    low: f64,
    high: f64,
    /// For each thing, its integral over the panel, and that of its absolute value.
    integrals: Vec<(f64, f64)>,
    /// The first of its points among all that were asked for.
    first: usize,
}

/// The two halves of a panel, or a panel to begin with.
struct Family {
    panels: Vec<Panel>,
    depth: usize,
    /// For each thing, by how much halving changed its integral.
    errors: Vec<f64>,
    /// How many halvings before have changed no less than the one before them.
    stalled: usize,
}

/// A rule for means over a normal number `mean + deviation · z` on which all things that `evaluate` gives at points z have settled. Fails
/// when a thing is not finite where it matters.
pub fn rule(mean: f64, deviation: f64, evaluate: &mut Evaluate<'_>) -> Result<Rule, Diagnostic> {
    let panel = |low: f64, high: f64| Panel { low, high, integrals: Vec::new(), first: 0 };
    let mut starts: Vec<Panel> = breaks(mean, deviation).windows(2).map(|ends| panel(ends[0], ends[1])).collect();
    let mut asked = integrate(&mut starts, 0, evaluate)?;
    let things = starts.first().map_or(0, |panel| panel.integrals.len());
    let mut scale: Vec<f64> =
        (0..things).map(|thing| starts.iter().map(|panel| panel.integrals[thing].1).sum()).collect();
    let family = |start| Family { panels: vec![start], depth: 0, errors: vec![f64::INFINITY; things], stalled: 0 };
    let mut open: Vec<Family> = starts.into_iter().map(family).collect();
    let (mut done, mut ends, mut count) = (Vec::new(), vec![FAR], open.len());
    while !open.is_empty() {
        let halved = open.iter().flat_map(|family| &family.panels).flat_map(|whole| {
            let middle = 0.5 * (whole.low + whole.high);
            [panel(whole.low, middle), panel(middle, whole.high)]
        });
        let mut halves: Vec<Panel> = halved.collect();
        asked = integrate(&mut halves, asked, evaluate)?;
        let (mut halves, mut next) = (halves.into_iter(), Vec::new());
        for family in open {
            let children: Vec<Family> = family
                .panels
                .iter()
                .map(|whole| {
                    let panels: Vec<Panel> = halves.by_ref().take(2).collect();
                    let sum = |thing: usize, part: fn(&(f64, f64)) -> f64| {
                        panels.iter().map(|half| part(&half.integrals[thing])).sum::<f64>()
                    };
                    for (thing, scale) in scale.iter_mut().enumerate() {
                        *scale = scale.max(sum(thing, |integral| integral.1));
                    }
                    let error = |thing: usize| (whole.integrals[thing].0 - sum(thing, |integral| integral.0)).abs();
                    let errors = (0..things).map(error).collect();
                    Family { errors, panels, depth: family.depth + 1, stalled: 0 }
                })
                .collect();
            let settled = |child: &Family, thing: usize| child.errors[thing] <= SETTLED * scale[thing];
            // A kink spoils one half and leaves the other; rounding spoils both.
            let stuck = (0..things).all(|thing| {
                let left: f64 = children.iter().map(|child| child.errors[thing]).sum();
                let spoilt = children.iter().filter(|child| !settled(child, thing)).count();
                spoilt == 0 || (spoilt == children.len() && left > family.errors[thing] / 16.0)
            });
            let stalled = if stuck { family.stalled + 1 } else { 0 };
            for (whole, child) in family.panels.iter().zip(children) {
                count += 1;
                let rounding = |thing: usize| child.errors[thing] <= ROUNDING.0 * whole.integrals[thing].1;
                let rounded = stalled >= ROUNDING.1;
                let good = (0..things).all(|thing| settled(&child, thing) || (rounded && rounding(thing)));
                if good || child.depth > 51 || count > MOST_PANELS {
                    ends.push(whole.low);
                    done.extend(child.panels);
                } else {
                    next.push(Family { stalled, ..child });
                }
            }
        }
        open = next;
    }
    done.sort_by(|one, other| one.low.total_cmp(&other.low));
    ends.sort_by(f64::total_cmp);
    let mut rule = Rule { ends, ..Rule::default() };
    for panel in &done {
        push(&mut rule, panel.low, panel.high);
        rule.asked.extend(panel.first..panel.first + ORDER);
    }
    Ok(rule)
}

/// A rule that is good for smooth functions, for products of rules.
pub fn coarse(fine: bool) -> Rule {
    let steps: &[f64] = if fine { &[0.0, 0.7, 1.4, 2.2, 3.0, 4.0, 5.5, 8.0, 12.0] } else { &[0.0, 1.2, 2.6, 4.4, 8.0] };
    let mut rule = Rule::default();
    let ends: Vec<f64> = steps.iter().rev().map(|end| -end).chain(steps.iter().skip(1).copied()).collect();
    for pair in ends.windows(2) {
        for (x, w) in legendre(if fine { 12 } else { 8 }) {
            let (half, middle) = (0.5 * (pair[1] - pair[0]), 0.5 * (pair[0] + pair[1]));
            rule.points.push(middle + half * x);
            rule.weights.push(half * w * density(middle + half * x));
        }
    }
    rule.ends = ends;
    rule
}

/// Panels to begin with: around the mean, and around 0 of the number itself, where functions have their bends.
fn breaks(mean: f64, deviation: f64) -> Vec<f64> {
    let mut found: Vec<f64> =
        [0.0, 1.0, 2.0, 3.0, 4.5, 6.0, 9.0, 14.0, 24.0, FAR].iter().flat_map(|z| [*z, -*z]).collect();
    for u in [0.0, 0.25, 1.0, 3.0, 6.0, 12.0, 40.0] {
        found.extend([(u - mean) / deviation, (-u - mean) / deviation]);
    }
    found.retain(|z| z.abs() <= FAR);
    found.sort_by(f64::total_cmp);
    found.dedup_by(|one, other| (*one - *other).abs() < 1e-9);
    found
}

/// Integrates over panels, when so many points were asked for before; returns how many have been then.
fn integrate(panels: &mut [Panel], asked: usize, evaluate: &mut Evaluate<'_>) -> Result<usize, Diagnostic> {
    let mut points = Vec::with_capacity(panels.len() * ORDER);
    for panel in panels.iter() {
        let (half, middle) = (0.5 * (panel.high - panel.low), 0.5 * (panel.low + panel.high));
        points.extend(nodes().iter().map(|(x, _)| middle + half * x));
    }
    let things = evaluate(&points)?;
    for (number, panel) in panels.iter_mut().enumerate() {
        let half = 0.5 * (panel.high - panel.low);
        panel.first = asked + number * ORDER;
        panel.integrals = vec![(0.0, 0.0); things.len()];
        for (at, (_, weight)) in nodes().iter().enumerate() {
            let at = number * ORDER + at;
            let weight = half * weight * density(points[at]);
            for (thing, integral) in things.iter().zip(&mut panel.integrals) {
                let value = thing[at];
                if !value.is_finite() {
                    // Far out a function may overflow where nothing weighs anything.
                    if weight < NOTHING {
                        continue;
                    }
                    return Err(Diagnostic::error(format!(
                        "an activation has no finite mean over normal numbers: {:.4} standard deviations from the mean it, or its slope, \
                         is no number that a float can hold",
                        points[at]
                    ))
                    .hint("it grows too fast, or has no value there; `softplus(u)` stays finite where `log(1 + exp(u))` does not"));
                }
                integral.0 += weight * value;
                integral.1 += weight * value.abs();
            }
        }
    }
    Ok(asked + points.len())
}

fn push(rule: &mut Rule, low: f64, high: f64) {
    let (half, middle) = (0.5 * (high - low), 0.5 * (low + high));
    for (x, weight) in nodes() {
        rule.points.push(middle + half * x);
        rule.weights.push(half * weight * density(middle + half * x));
    }
}

/// The density of a normal number.
pub fn density(z: f64) -> f64 {
    const ROOT: f64 = 0.398_942_280_401_432_7;
    ROOT * libm::exp(-0.5 * z * z)
}

/// The probability that a normal number is less than z.
pub fn below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

fn nodes() -> &'static [(f64, f64)] {
    static NODES: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    NODES.get_or_init(|| legendre(ORDER))
}

/// Points and weights of Gauss–Legendre quadrature on −1..1, by Newton's method on the Legendre polynomial.
pub fn legendre(order: usize) -> Vec<(f64, f64)> {
    let n = order as f64;
    (0..order)
        .map(|at| {
            let mut x = -libm::cos(std::f64::consts::PI * (at as f64 + 0.75) / (n + 0.5));
            let mut slope = 1.0;
            for _ in 0..20 {
                let (mut before, mut value) = (1.0, x);
                for k in 2..=order {
                    let k = k as f64;
                    (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
                }
                slope = n * (x * value - before) / (x * x - 1.0);
                let step = value / slope;
                x -= step;
                if step.abs() < 1e-16 {
                    break;
                }
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(mean: f64, deviation: f64, f: impl Fn(f64) -> f64) -> f64 {
        let rule = rule(mean, deviation, &mut |z| Ok(vec![z.iter().map(|z| f(mean + deviation * z)).collect()]));
        let rule = rule.expect("it is finite");
        rule.points
            .iter()
            .zip(&rule.weights)
            .filter(|(_, w)| **w > 1e-300)
            .map(|(z, w)| w * f(mean + deviation * z))
            .sum()
    }

    #[test]
    fn means_of_smooth_and_of_bent_functions_are_exact() {
        let close = |found: f64, wanted: f64| {
            assert!((found - wanted).abs() <= 1e-13 * wanted.abs().max(1e-3), "{found} {wanted}")
        };
        for deviation in [1e-6, 0.3, 1.0, 50.0, 1e6] {
            let d2 = deviation * deviation;
            close(mean(0.0, deviation, |_| 1.0), 1.0);
            close(mean(0.0, deviation, |u| u * u) / d2, 1.0);
            close(mean(0.0, deviation, |u| u.max(0.0)) / deviation, density(0.0));
            close(mean(0.0, deviation, |u| if u > 0.0 { u * u } else { 0.0 }) / d2, 0.5);
            // A kink anywhere: E max(u − a, 0) = d·φ(a/d) − a·(1 − Φ(a/d)).
            let a = 0.7368 * deviation;
            close(mean(0.0, deviation, |u| (u - a).max(0.0)) / deviation, density(0.7368) - 0.7368 * below(-0.7368));
        }
        // Mass far from the mean: E exp(3z) = exp(4.5), E exp(12 z) = exp(72).
        close(mean(0.0, 3.0, libm::exp), libm::exp(4.5));
        close(mean(0.0, 12.0, libm::exp) / libm::exp(72.0), 1.0);
        // E tanh′ of a very wide number: 2 φ(0)/d, less what the density falls where tanh′ is: ∫ u² tanh′(u) du = π²/6.
        let sech = |u: f64| 1.0 / (libm::cosh(u) * libm::cosh(u));
        let falls = std::f64::consts::PI * std::f64::consts::PI / 24.0 * 1e-10;
        close(mean(0.0, 1e5, sech) * 1e5, 2.0 * density(0.0) * (1.0 - falls));
    }

    #[test]
    fn legendre_integrates_polynomials() {
        for order in [1, 5, 8, 16] {
            for power in 0..2 * order {
                let found: f64 = legendre(order).iter().map(|(x, w)| w * libm::pow(*x, power as f64)).sum();
                let wanted = if power % 2 == 0 { 2.0 / (power as f64 + 1.0) } else { 0.0 };
                assert!((found - wanted).abs() < 1e-14, "{order} {power}: {found}");
            }
        }
    }
}
