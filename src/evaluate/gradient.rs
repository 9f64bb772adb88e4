//! Values and derived gradients on real data.

use super::array::Array;
use super::bind::bind;
use super::data::{Data, nested, place};
use super::fault::Fault;
use super::program::Program;
use crate::math::derivation::Derivation;
use crate::math::expression::Mark;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::Outcome;
use indexmap::IndexMap;

/// What comes out, under the names of the data, index axes first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Results {
    /// The outputs of the network, or else its loss.
    pub outputs: IndexMap<String, Array<f64>>,
    /// The gradients that were asked for.
    pub grads: IndexMap<String, Array<f64>>,
}

impl Results {
    /// `{"outputs": {name: nested arrays}, "grads": {name: nested arrays}}`
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "outputs": nested(&self.outputs), "grads": nested(&self.grads) })
    }
}

/// The outputs and gradients of `network` on `data`. Gradients are what the lines of the derivation say, evaluated. Fails when the
/// data do not fit the network, or when a result is too large for a float.
pub fn gradient(network: &Network, derivation: &Derivation, data: &Data) -> Outcome<Results> {
    let bound = bind(network, data)?;
    let one = |fault: Fault| vec![fault];
    let program = Program::backward(derivation, &bound.sizes).map_err(one)?;
    let values = program.run(&bound.given).map_err(one)?;
    let mut results = Results::default();
    let mut put = |name: &Name, array: Array<f64>, what: &str, gradient: bool| -> Outcome<()> {
        if let Some(at) = array.data.iter().position(|entry| !entry.is_finite()) {
            let (entry, at) = (array.data[at], place(&array.dims, at));
            return Err(one(Fault::error(format!("{what}`{name}` is {entry}{at}"))
                .hint("the data drive it out of the range of floats, or to where it has no value")));
        }
        bound.named(name, array, if gradient { &mut results.grads } else { &mut results.outputs });
        Ok(())
    };
    for name in network.results() {
        if let Some(array) = values.array(&name, Mark::Value) {
            put(&name, array, "", false)?;
        }
    }
    for name in &derivation.goals {
        let array = values.array(name, Mark::Adjoint).or_else(|| {
            // A gradient without a line is 0.
            program.dims(name, Mark::Value).map(|dims| Array::filled(dims, 0.0))
        });
        if let Some(array) = array {
            put(name, array, "the gradient of ", true)?;
        }
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::data::Format;
    use crate::evaluate::fixtures;
    use serde_json::Value;

    fn run(data: &str) -> Outcome<Results> {
        let data = Data::read(data.as_bytes(), Format::Json).map_err(|fault| vec![fault])?;
        gradient(&fixtures::recurrence(), &fixtures::recurrence_backward(), &data)
    }

    fn flat(value: &Value) -> Vec<f64> {
        match value {
            Value::Array(items) => items.iter().flat_map(flat).collect(),
            other => vec![other.as_f64().expect("a number")],
        }
    }

    #[test]
    fn saturated_gradients_agree_with_references_of_many_digits() {
        let references: Value =
            serde_json::from_str(include_str!("../../tests/oracles/saturation.json")).expect("references");
        let cases = references["cases"].as_array().expect("cases");
        let mut seen = 0;
        for case in cases.iter().filter(|case| case["network"] == "recurrence") {
            let results = run(&case.to_string()).expect("results").to_json();
            for (kind, reference) in ["outputs", "grads"].iter().flat_map(|kind| {
                case[kind].as_object().expect("arrays").iter().map(move |(name, array)| ((*kind, name), array))
            }) {
                let (ours, theirs) = (flat(&results[kind.0][kind.1]), flat(reference));
                let largest = theirs.iter().fold(0.0f64, |largest, entry| largest.max(entry.abs()));
                let error = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / largest;
                assert!(ours.len() == theirs.len() && error < 1e-12, "{kind:?} of {}: {error:e}", case["name"]);
                seen += 1;
            }
        }
        assert_eq!(seen, 10);
    }

    fn messages(data: &str) -> Vec<String> {
        let faults = run(data).expect_err("faults");
        faults.into_iter().map(|fault| format!("{}; {}", fault.message, fault.hint.unwrap_or_default())).collect()
    }

    const GOOD: &str = r#"{"inputs": {"X": [[1, 2], [3, 4]], "h0": [0.5], "w": [[0.1, -0.2]], "U": [[0.3]]}, "upstream": {"H": [[1], [2]]}}"#;

    #[test]
    fn results_come_back_under_the_names_of_the_data() {
        let results = run(GOOD).expect("results");
        assert_eq!(results.outputs.keys().collect::<Vec<_>>(), ["H"]);
        assert_eq!(results.grads.keys().collect::<Vec<_>>(), ["X", "w", "U", "h0"]);
        assert_eq!(results.grads["X"].dims, [2, 2]);
    }

    #[test]
    fn data_that_do_not_fit_are_told_with_names_and_shapes() {
        for (from, to, said) in [
            (
                r#""U": [[0.3]]"#,
                r#""V": [[0.3]]"#,
                vec![
                    "the data have no array for `U`; add it under `inputs`, index axes first, then the shape",
                    "the data have an array `V`, but the network has no such input, parameter or initial value; it has `x`, `W`, `U`, `h0`",
                ],
            ),
            (
                "\"h0\"",
                "\"ho\"",
                vec![
                    "the data have no array for `h0`; did you mean `ho`?",
                    "the data have an array `ho`, but the network has no such input, parameter or initial value; did you mean `h0`?",
                ],
            ),
            ("\"H\"", "\"y\"", vec!["the data have an array `y`, but it is no output of the network; it has `h`"]),
            ("[[0.3]]", "[0.3]", vec!["`U` has the shape 1, not H × H; index axes come first, then the shape"]),
            (
                "[[0.3]]",
                "[[0.3, 1]]",
                vec!["`U` along axis 2 has 2 entries, but should have H; H is 1 by `w` along axis 1"],
            ),
            (
                "[[1], [2]]",
                "[[1], [2], [3]]",
                vec!["`H` along axis 1 has 3 entries, but should have T; T is 2 by `X` along axis 1"],
            ),
            (
                "[0.5]",
                "[1e999]",
                vec![
                    "the data hold a number beyond the range of floats at line 1 column 47; data must be finite numbers",
                ],
            ),
        ] {
            assert_eq!(messages(&GOOD.replace(from, to)), said);
        }
    }
}
