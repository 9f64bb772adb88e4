//! How large a factor is: ln of the root of its mean square, over entries, places and runs, as far as that is known without its
//! gradient.

use super::edges::{Seen, mean};
use crate::math::expression::{Op, Term};
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::number;

/// ln of the root mean square of a term; `None` where its values are not at hand.
pub(super) fn magnitude(seen: &Seen, term: &Term) -> Option<f64> {
    let args = term.args();
    if let Some(share) = complement_of(term) {
        let (mean, variance) = moments(seen, share)?;
        return Some(0.5 * libm::log((1.0 - mean) * (1.0 - mean) + variance));
    }
    match term.op() {
        Op::Number(value) => Some(libm::log(number::to_f64(value).abs())),
        Op::Integer(integer) => {
            let sizes = &seen.measured.sweep.plan.sizes;
            let value = integer.value(&|name| sizes.get(name).copied())?;
            Some(libm::log((value as f64).abs()))
        }
        Op::Fill(_) | Op::Neg | Op::Diag => magnitude(seen, &args[0]),
        Op::Mul => Some(magnitude(seen, &args[0])? + magnitude(seen, &args[1])?),
        Op::Div => Some(magnitude(seen, &args[0])? - magnitude(seen, &args[1])?),
        Op::Power => Some(magnitude(seen, &args[0])? * number::to_f64(args[1].as_number()?)),
        Op::Apply(function) if function.as_str() == "sqrt" => Some(0.5 * magnitude(seen, &args[0])?),
        Op::Read(_) => {
            let (mean, variance) = moments(seen, term)?;
            Some(0.5 * libm::log(mean * mean + variance))
        }
        _ => None,
    }
}

/// The g of 1 − g.
fn complement_of(term: &Term) -> Option<&Term> {
    let (Op::Add, [first, second]) = (term.op(), term.args()) else { return None };
    [(first, second), (second, first)].into_iter().find_map(|(one, other)| {
        let one = if let Op::Fill(_) = one.op() { &one.args()[0] } else { one };
        let is_one = one.as_number().is_some_and(|number| number == &number::whole(1));
        (is_one && matches!(other.op(), Op::Neg)).then(|| &other.args()[0])
    })
}

/// Mean and variance of a quantity that is read.
fn moments(seen: &Seen, term: &Term) -> Option<(f64, f64)> {
    let name = &term.as_read()?.quantity;
    match &seen.parts.quantity(name)?.role {
        Role::Const(numbers) => Some(spread(&numbers.iter().map(number::to_f64).collect::<Vec<_>>())),
        role if role.is_computed() => swept(seen, name),
        _ => {
            let given = seen.given.get(name).map(|array| spread(&array.data));
            let seed = *seen.measured.sweep.plan.seeds.first()?;
            given.or_else(|| Some(spread(&seen.drawn.sampler(name)?.array(seed).ok()?.data)))
        }
    }
}

/// What a sweep saw of a quantity.
fn swept(seen: &Seen, name: &Name) -> Option<(f64, f64)> {
    let all = || {
        let runs = seen.measured.sweep.runs.iter();
        runs.filter_map(|run| run.forward.iter().find(|forward| &forward.quantity == name))
    };
    let pairs: Vec<(f64, f64)> = all()
        .flat_map(|forward| forward.mean.iter().copied().zip(forward.variance.iter().copied()))
        .filter(|(mean, variance)| mean.is_finite() && variance.is_finite())
        .collect();
    let centre = mean(pairs.iter().map(|(mean, _)| *mean));
    let square = mean(pairs.iter().map(|(mean, variance)| mean * mean + variance));
    centre.is_finite().then_some((centre, (square - centre * centre).max(0.0)))
}

fn spread(data: &[f64]) -> (f64, f64) {
    let centre = mean(data.iter().copied());
    (centre, mean(data.iter().map(|value| (value - centre) * (value - centre))))
}
