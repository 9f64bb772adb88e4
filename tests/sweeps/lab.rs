//! What the tests of sweeps have in common.

use nablascope::evaluate::Array;
use nablascope::math::flow::{Plan, Sweep};
use nablascope::math::name::Name;
use nablascope::math::network::{Network, Sizes};
use nablascope::math::source::Source;
use serde_json::Value;
use std::collections::BTreeMap;

/// The entries of that name.
pub fn oracles(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string("tests/oracles/theory.json").expect("the oracles");
    let all: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let found: Vec<Value> = all.into_iter().filter(|entry| entry["name"] == name).collect();
    assert!(!found.is_empty(), "no oracle {name}");
    found
}

pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().expect("a number")],
    }
}

pub fn plan(index: &str, sizes: &[(&str, i64)]) -> Plan {
    let sizes = sizes.iter().map(|(name, value)| (Name::from(*name), *value)).collect::<Sizes>();
    Plan::along(Name::from(index), sizes)
}

/// Seeds from 1 on.
pub fn seeds(count: u64) -> Vec<u64> {
    (1..=count).collect()
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub fn network(text: &str) -> Network {
    let book = nablascope::book().expect("the book");
    let source = Source::new("test.net", text);
    match nablascope::read_network(&source, book, &|_| Err("none".into())) {
        Ok((network, _)) => network,
        Err(errors) => panic!("{errors:#?}"),
    }
}

/// Sweeps a network; what is not given is drawn as it says.
pub fn run(text: &str, plan: &Plan, given: &[(&str, Vec<usize>, Vec<f64>)]) -> Sweep {
    let derivation = nablascope::derive(&network(text), &[]).expect("a derivation");
    let given: BTreeMap<Name, Array<f64>> = given
        .iter()
        .map(|(name, dims, data)| (Name::from(*name), Array { dims: dims.clone(), data: data.clone() }))
        .collect();
    nablascope::sweep(&derivation, plan, &given, &|_| {}).unwrap_or_else(|faults| panic!("{faults:?}"))
}

pub fn gallery(name: &str) -> String {
    std::fs::read_to_string(format!("derivations/networks/{name}.net")).expect("a network")
}

pub fn close(name: &str, ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() <= tolerance * theirs.abs().max(1.0), "{name}: {ours} for {theirs}");
    }
}

/// A number of an oracle.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Within a share of the other one.
pub fn near(name: &str, ours: f64, theirs: f64, share: f64) {
    assert!((ours - theirs).abs() <= share * theirs.abs(), "{name}: {ours} for {theirs}, more than {share} apart");
}
