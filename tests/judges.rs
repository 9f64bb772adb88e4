//! The judge and the gradients: gallery networks against oracles that were not made by this project.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

use nablascope::evaluate::data::Format;
use nablascope::evaluate::{Data, Mode, gradient, verdict};
use nablascope::math::derivation::Derivation;
use nablascope::math::network::Network;
use nablascope::math::source::Source;
use serde_json::Value;
use std::fs;

mod common;

/// The network of the gallery called `name`, with its text changed, and its derivation.
fn derived(name: &str, change: impl Fn(&str) -> String) -> (Network, Derivation) {
    let (_, text) =
        nablascope::gallery::networks().into_iter().find(|(other, _)| *other == name).expect("in the gallery");
    let book = nablascope::book().expect("the book");
    let load = |other: &str| Err(format!("{other} is not at hand"));
    let source = Source::new(name, change(text));
    let (network, _) =
        nablascope::read_network(&source, book, &load).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
    let derivation = nablascope::derive(&network, &[]).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
    (network, derivation)
}

fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        other => vec![other.as_f64().expect("a number")],
    }
}

/// The largest error of any output or gradient, relative to the largest entry of its array. The errors are those of
/// arrays that the oracle has; ours must have every one of them under the same name.
fn worst(network: &Network, derivation: &Derivation, oracle: &Value) -> f64 {
    let data = Data::read(oracle.to_string().as_bytes(), Format::Json).expect("data");
    let results = gradient(network, derivation, &data).unwrap_or_else(|faults| panic!("{}: {faults:?}", network.name));
    let results = results.to_json();
    let mut worst = 0.0f64;
    for kind in ["outputs", "grads"] {
        for (name, theirs) in oracle[kind].as_object().expect("arrays") {
            let (ours, theirs) = (flat(&results[kind][name]), flat(theirs));
            assert_eq!(ours.len(), theirs.len(), "{kind} {name} of {}", network.name);
            let largest = theirs.iter().fold(0.0f64, |largest, entry| largest.max(entry.abs()));
            let error = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            if error > 0.0 {
                worst = worst.max(error / largest);
            }
        }
    }
    worst
}

#[test]
fn gradients_agree_with_automatic_differentiation() {
    for (oracle, name, from, to) in [
        ("mlp_tanh", "mlp", "", ""),
        ("mlp_sigmoid", "mlp", "tanh(", "sigmoid("),
        ("mlp_relu", "mlp", "tanh(", "relu("),
        ("rnn", "rnn", "", ""),
        ("lstm", "lstm", "", ""),
        ("lstm_peephole", "lstm_peephole", "", ""),
        ("gru_before", "gru", "", ""),
        ("gru_after", "gru_reset_after", "", ""),
    ] {
        let text = fs::read_to_string(format!("tests/oracles/gradients/{oracle}.json")).expect("an oracle");
        let (network, derivation) =
            derived(name, |text| if from.is_empty() { text.into() } else { text.replace(from, to) });
        let worst = worst(&network, &derivation, &serde_json::from_str(&text).expect("JSON"));
        assert!(worst < 1e-12, "{oracle}: {worst:e}");
    }
}

#[test]
fn gradients_through_batches_and_depth_agree_with_automatic_differentiation() {
    for (oracle, name, settings, renamed) in common::ORACLES {
        let text = fs::read_to_string(format!("tests/oracles/gradients/{oracle}.json")).expect("an oracle");
        let network = common::oracle_network(name, settings, renamed);
        let derivation = nablascope::derive(&network, &[]).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
        let worst = worst(&network, &derivation, &serde_json::from_str(&text).expect("JSON"));
        assert!(worst < 1e-12, "{oracle}: {worst:e}");
    }
}

#[test]
fn gradients_hold_where_activations_saturate() {
    let references: Value =
        serde_json::from_str(include_str!("oracles/saturation.json")).expect("references of 50 digits and more");
    let mut seen = 0;
    for case in references["cases"].as_array().expect("cases") {
        let name = match case["network"].as_str().expect("a name") {
            "gru_before" => "gru",
            "recurrence" => continue,
            other => other,
        };
        let (network, derivation) = derived(name, str::to_string);
        let worst = worst(&network, &derivation, case);
        assert!(worst < 1e-12, "{}: {worst:e}", case["name"]);
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[test]
fn both_modes_of_the_judge_agree_with_every_derivation() {
    for (name, _) in nablascope::gallery::networks() {
        let (network, derivation) = derived(name, str::to_string);
        for mode in [Mode::Directional, Mode::Entrywise] {
            let verdict = verdict(&network, &derivation, nablascope::INSTANCES, mode).expect("a verdict");
            assert_eq!(verdict.gradients, network.learned().count());
            assert!(verdict.worst < 1e-12, "{name}, {mode:?}: {verdict:?}");
        }
    }
}
