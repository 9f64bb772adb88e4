//! The judge: compares the gradients of a derivation with exact derivatives of the network itself.
//!
//! L = Σ ⟨G_y, y⟩ is evaluated with dual numbers straight from the network's equations. Backward lines are what is on
//! trial; they are only evaluated, never asked for the truth.

use super::array::Array;
use super::fault::Fault;
use super::instance::{self, Instance};
use super::program::{Given, Program};
use super::random::Stream;
use super::scalar::{Dual, Scalar};
use crate::math::derivation::{Derivation, Verdict};
use crate::math::expression::Mark;
use crate::math::name::Name;
use crate::math::network::{Network, Sizes};
use std::collections::BTreeMap;

/// The seed of all verdicts, so that they are the same on repeated runs.
const SEED: u64 = 1;

/// An array's error is never told relative to less than this share of the largest gradient of the instance: where the
/// true gradient is 0, rounding is all there is.
const FLOOR: f64 = 1e-2;

/// Where everything cancels, as in the mean of what was centred, rounding is all that is left of exact derivatives. They
/// count as 0 below this share of the largest upstream gradient,
const CANCELLED: f64 = 1e-12;
/// and differences below this share of it as none.
const ROUNDING: f64 = 1e-14;

/// How closely the judge looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// One random direction for each gradient and instance.
    Directional,
    /// Every entry of every gradient.
    Entrywise,
}

/// Compares all gradients that `derivation` was asked for with those of `network`, the one the user wrote, on random instances.
///
/// The error of a gradient is max|a − b| / max|b| over its entries, or its directional derivatives' |a − b| relative to the
/// sum of the sizes of what is added up. It is infinite where a line gives no finite number.
pub fn verdict(network: &Network, derivation: &Derivation, instances: usize, mode: Mode) -> Result<Verdict, Fault> {
    let mut programs: BTreeMap<Sizes, (Program, Program)> = BTreeMap::new();
    let mut errors: BTreeMap<Name, f64> = BTreeMap::new();
    for number in 0..instances as u64 {
        let sizes = instance::sizes(network, number)?;
        if !programs.contains_key(&sizes) {
            let both = (Program::forward(network, &sizes)?, Program::backward(derivation, &sizes)?);
            programs.insert(sizes.clone(), both);
        }
        let (forward, backward) = &programs[&sizes];
        let instance = instance::drawn(network, forward, &sizes, SEED, number)?;
        compare(network, derivation, forward, backward, &instance, mode, &mut errors)?;
    }
    let worst = errors.iter().fold(None, |worst: Option<(&Name, f64)>, (name, error)| match worst {
        Some((_, most)) if most >= *error => worst,
        _ => Some((name, *error)),
    });
    Ok(Verdict {
        gradients: errors.len(),
        instances,
        worst: worst.map_or(0.0, |(_, error)| error),
        worst_at: worst.map(|(name, _)| name.clone()),
        errors,
    })
}

/// Adds the errors on one instance to those seen before.
fn compare(
    network: &Network,
    derivation: &Derivation,
    forward: &Program,
    backward: &Program,
    instance: &Instance,
    mode: Mode,
    errors: &mut BTreeMap<Name, f64>,
) -> Result<(), Fault> {
    let lines = backward.run(&instance.given)?;
    let still = lift(&instance.given);
    // |a − b| and the scale it is relative to, by gradient.
    let mut found: Vec<(&Name, f64, f64)> = Vec::new();
    for goal in derivation.goals.iter().filter(|goal| network.quantity(goal).is_some()) {
        let dims = forward.dims(goal, Mark::Value).unwrap_or_default();
        // A gradient without a line is 0.
        let gradient = lines.array(goal, Mark::Adjoint).unwrap_or_else(|| Array::filled(dims.clone(), 0.0));
        let (mut error, mut scale) = (0.0f64, 0.0f64);
        match mode {
            Mode::Directional => {
                let stream = Stream::new(SEED, &format!("direction {goal}"));
                let direction: Vec<f64> = (0..gradient.data.len() as u64).map(|entry| stream.normal(entry)).collect();
                let exact = derivative(network, forward, &still, goal, &dims, &direction)?;
                let products = gradient.data.iter().zip(&direction).map(|(entry, along)| entry * along);
                let (sum, sizes) =
                    products.fold((0.0, 0.0), |(sum, sizes), product: f64| (sum + product, sizes + product.abs()));
                (error, scale) = ((sum - exact).abs(), exact.abs().max(sizes));
            }
            Mode::Entrywise => {
                for entry in 0..gradient.data.len() {
                    let mut direction = vec![0.0; gradient.data.len()];
                    direction[entry] = 1.0;
                    let exact = derivative(network, forward, &still, goal, &dims, &direction)?;
                    let difference = (gradient.data[entry] - exact).abs();
                    // f64::max ignores NaN, which must count as the worst of errors.
                    error = if difference.is_nan() { f64::INFINITY } else { error.max(difference) };
                    scale = scale.max(exact.abs());
                }
            }
        }
        found.push((goal, error, scale));
    }
    let largest = found.iter().map(|(_, _, scale)| *scale).filter(|scale| scale.is_finite()).fold(0.0, f64::max);
    let upstream = instance.given.upstream.values().flat_map(|array| &array.data);
    let upstream =
        upstream.fold(if network.loss.is_some() { 1.0 } else { 0.0 }, |most: f64, entry| most.max(entry.abs()));
    for (goal, error, scale) in found {
        let scale = scale.max(FLOOR * largest);
        let cancels = scale <= CANCELLED * upstream && error <= ROUNDING * upstream;
        let relative = if error == 0.0 || cancels { 0.0 } else { error / scale };
        let relative = if relative.is_nan() { f64::INFINITY } else { relative };
        let worst = errors.entry(goal.clone()).or_insert(0.0);
        *worst = worst.max(relative);
    }
    Ok(())
}

/// The exact derivative of L when `name` moves in `direction`, and nothing else that is given does.
pub fn derivative(
    network: &Network,
    forward: &Program,
    still: &Given<Dual<f64>>,
    name: &Name,
    dims: &[usize],
    direction: &[f64],
) -> Result<f64, Fault> {
    let mut given = still.clone();
    match given.inputs.get_mut(name) {
        Some(array) => {
            array.data.iter_mut().zip(direction).for_each(|(entry, along)| entry.tangent = *along);
        }
        None => {
            let data = direction.iter().map(|along| Dual::new(0.0, *along)).collect();
            given.nudges.insert(name.clone(), Array { dims: dims.to_vec(), data });
        }
    }
    let values = forward.run(&given)?;
    let mut sum = 0.0;
    for result in network.seeds() {
        let Some(array) = values.array(&result, Mark::Value) else { continue };
        match given.upstream.get(&result) {
            Some(upstream) => {
                sum += array.data.iter().zip(&upstream.data).map(|(entry, g)| entry.tangent * g.value).sum::<f64>();
            }
            None if network.loss.as_ref() == Some(&result) => {
                sum += array.data.iter().map(|entry| entry.tangent).sum::<f64>();
            }
            None => {}
        }
    }
    Ok(sum)
}

/// The same data as dual numbers at rest.
pub fn lift(given: &Given<f64>) -> Given<Dual<f64>> {
    let all = |arrays: &BTreeMap<Name, Array<f64>>| {
        arrays.iter().map(|(name, array)| (name.clone(), array.map(Dual::from_f64))).collect()
    };
    Given { inputs: all(&given.inputs), upstream: all(&given.upstream), nudges: all(&given.nudges) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::fixtures;
    use crate::math::expression::Term;

    #[test]
    fn right_lines_are_acquitted_in_both_modes() {
        let (network, derivation) = (fixtures::recurrence(), fixtures::recurrence_backward());
        for mode in [Mode::Directional, Mode::Entrywise] {
            let verdict = verdict(&network, &derivation, 8, mode).expect("a verdict");
            assert_eq!((verdict.gradients, verdict.instances), (4, 8));
            assert!(verdict.worst < 1e-13, "{verdict:?}");
        }
    }

    #[test]
    fn a_wrong_line_is_found_guilty() {
        for mode in [Mode::Directional, Mode::Entrywise] {
            let mut derivation = fixtures::recurrence_backward();
            // δa = δh ⊙ (1 − h²) with the square forgotten.
            let read = |mark| Term::read(fixtures::at("h", mark, "t", 0));
            let one = Term::filled(1, read(Mark::Value).shape());
            let slope = one.plus(read(Mark::Value).negated()).expect("fits");
            derivation.backward[1].parts[0].term = read(Mark::Adjoint).times(slope).expect("fits");
            let verdict = verdict(&fixtures::recurrence(), &derivation, 8, mode).expect("a verdict");
            assert!(verdict.errors.values().all(|error| *error > 1e-3), "{verdict:?}");
        }
    }

    #[test]
    fn computed_quantities_can_be_asked_for_too() {
        let mut derivation = fixtures::recurrence_backward();
        derivation.goals.push("h".into());
        let verdict = verdict(&fixtures::recurrence(), &derivation, 2, Mode::Entrywise).expect("a verdict");
        assert!(verdict.worst < 1e-13, "{verdict:?}");
    }

    #[test]
    fn a_circle_is_told_with_its_places() {
        let mut network = fixtures::recurrence();
        let later = [(Name::new("t"), crate::math::integer::Integer::name("t").offset(1))].into_iter().collect();
        // h[t] then needs h[t], by way of x[t+1].
        network.equations[1].body = network.equations[1].body.at(&later);
        let sizes = [("D", 2), ("H", 2), ("T", 3)].map(|(name, size)| (Name::new(name), size)).into_iter().collect();
        let program = Program::forward(&network, &sizes).expect("a program");
        let mut given = Given::default();
        for name in ["x", "W", "U", "h0"].map(Name::new) {
            let dims = program.dims(&name, Mark::Value).expect("an array");
            given.inputs.insert(name, Array::filled(dims, 0.5));
        }
        let fault = program.run(&given).map(|_| ()).expect_err("a fault");
        assert_eq!(fault.message, "`h[1]` is needed for its own value: `h[1]` → `h[1]`");
    }

    #[test]
    fn long_recurrences_need_no_stack() {
        let mut network = fixtures::recurrence();
        network.sizes =
            [("D", 1), ("H", 1), ("T", 100_000)].map(|(name, size)| (name.into(), Some(size))).into_iter().collect();
        let mut derivation = fixtures::recurrence_backward();
        derivation.network.sizes = network.sizes.clone();
        let verdict = verdict(&network, &derivation, 1, Mode::Directional).expect("a verdict");
        assert!(verdict.worst < 1e-10, "{verdict:?}");
    }
}
