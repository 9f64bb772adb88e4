//! The judge itself against oracles that were not made by this project: values, and exact directional derivatives.
//! No law and no line is asked, so that what a network means is settled before anything is derived.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

mod common;

use nablascope::evaluate::data::Format;
use nablascope::evaluate::judge::lift;
use nablascope::evaluate::{Data, Dual, Program, bind};
use nablascope::math::expression::Mark;
use serde_json::Value;

fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        other => vec![other.as_f64().expect("a number")],
    }
}

/// The entries of the array called `name`, spelled loosely, or of its pieces `name1, name2, …` one after the other.
fn entries(arrays: &Value, name: &str) -> Vec<f64> {
    let loose = |text: &str| text.replace('_', "").to_lowercase();
    let arrays = arrays.as_object().expect("arrays");
    let find =
        |wanted: &str| arrays.iter().find(|(text, _)| loose(text) == loose(wanted)).map(|(_, array)| flat(array));
    let pieces = (1..).map_while(|piece| find(&format!("{name}{piece}"))).flatten();
    find(name).unwrap_or_else(|| pieces.collect())
}

fn error(ours: &[f64], theirs: &[f64], what: &str) -> f64 {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    assert!(!ours.is_empty(), "{what} is empty");
    let largest = theirs.iter().fold(0.0f64, |largest, entry| largest.max(entry.abs()));
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / largest
}

#[test]
fn values_and_directional_derivatives_agree_with_automatic_differentiation() {
    for (oracle, net, settings, renamed) in common::ORACLES {
        let text = std::fs::read_to_string(format!("tests/oracles/gradients/{oracle}.json")).expect("an oracle");
        let network = common::oracle_network(net, settings, renamed);
        let data = Data::read(text.as_bytes(), Format::Json).expect("data");
        let oracle: Value = serde_json::from_str(&text).expect("JSON");
        let bound = bind(&network, &data).unwrap_or_else(|faults| panic!("{net}: {faults:?}"));
        let program = Program::forward(&network, &bound.sizes).expect("a program");
        let values = program.run(&bound.given).expect("values");
        for name in network.results() {
            let ours = values.array(&name, Mark::Value).expect("an output").data;
            let error = error(&ours, &entries(&oracle["outputs"], name.as_str()), net);
            assert!(error < 1e-13, "{net}: {name} is off by {error:e}");
        }
        let still = lift(&bound.given);
        for quantity in network.learned() {
            let ours: Vec<f64> = (0..still.inputs[&quantity.name].data.len())
                .map(|entry| {
                    let mut given = still.clone();
                    given.inputs.get_mut(&quantity.name).expect("an input").data[entry].tangent = 1.0;
                    let moved = program.run::<Dual<f64>>(&given).expect("values");
                    let along = |name| {
                        let (array, upstream) = (moved.array(&name, Mark::Value).expect("an output"), &given.upstream);
                        let pairs = array.data.iter().zip(&upstream[&name].data);
                        pairs.map(|(entry, g)| entry.tangent * g.value).sum::<f64>()
                    };
                    network.results().into_iter().map(along).sum()
                })
                .collect();
            let error = error(&ours, &entries(&oracle["grads"], quantity.name.as_str()), net);
            assert!(error < 1e-12, "{net}: the gradient of {} is off by {error:e}", quantity.name);
        }
    }
}
