//! JSON → a run: what was written of a run is read again, to the last bit.

use super::flow_json as json;
use crate::math::flow as math;
use crate::math::name::Name;

/// The run that was written as `own`.
pub fn run(own: &json::Run) -> math::Run {
    let point = |point: &json::Point| (point.place, number(point.value));
    math::Run {
        seed: own.seed,
        gradient: curves(&own.gradient),
        states: curves(&own.states),
        parameters: own
            .parameters
            .iter()
            .map(|own| math::Parameter {
                quantity: Name::from(own.name.as_str()),
                shared: own.shared,
                steps: numbers(&own.steps),
                whole: number(own.whole),
            })
            .collect(),
        forward: own
            .forward
            .iter()
            .map(|own| math::Forward {
                quantity: Name::from(own.name.as_str()),
                mean: numbers(&own.mean),
                variance: numbers(&own.variance),
                saturated: numbers(&own.saturated),
                dead: numbers(&own.dead),
            })
            .collect(),
        exponents: numbers(&own.exponents),
        singular_values: numbers(&own.singular_values),
        shares: own
            .shares
            .iter()
            .map(|own| math::Share { steps: numbers(&own.steps), gain: numbers(&own.gain), edges: numbers(&own.edges) })
            .collect(),
        bound: own.bound.iter().map(point).collect(),
        correlation: own.correlation.iter().map(point).collect(),
        diverged: own
            .diverged
            .as_ref()
            .map(|own| math::Divergence { place: own.place, quantity: Name::from(own.quantity.as_str()) }),
    }
}

fn number(value: json::Number) -> f64 {
    match value {
        json::Number::Finite(value) => value,
        json::Number::Infinite(json::Infinite::Negative) => f64::NEG_INFINITY,
        json::Number::Infinite(json::Infinite::Positive) => f64::INFINITY,
        json::Number::None => f64::NAN,
    }
}

fn numbers(values: &[json::Number]) -> Vec<f64> {
    values.iter().map(|value| number(*value)).collect()
}

fn curves(values: &[Vec<json::Number>]) -> Vec<Vec<f64>> {
    values.iter().map(|curve| numbers(curve)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_to_the_last_bit() {
        let values =
            [0.1, -0.0, 1e-310, 5e-324, f64::MAX, 2.0, -745.133_219_101_941_1, f64::INFINITY, f64::NEG_INFINITY];
        let mut mixed = 0x9E37_79B9_7F4A_7C15_u64;
        let drawn = (0..10_000).map(|_| {
            mixed = mixed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from_bits(mixed)
        });
        for value in values.into_iter().chain(drawn).filter(|value| !value.is_nan()) {
            let text = serde_json::to_string(&json::number(&value)).expect("JSON");
            let back: json::Number = serde_json::from_str(&text).expect("a number");
            assert_eq!(number(back).to_bits(), value.to_bits(), "{text}");
        }
        let text = serde_json::to_string(&json::number(&f64::NAN)).expect("JSON");
        assert!(number(serde_json::from_str(&text).expect("no number")).is_nan());
    }
}
