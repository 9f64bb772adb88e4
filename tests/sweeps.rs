//! Sweeps, held against values that others computed: `tests/oracles/theory.json`.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

use nablascope::evaluate::draws::{Draws, Normal};
use nablascope::evaluate::{Array, sweep};
use nablascope::math::flow::{Exponents, Plan, Start, Sweep};
use nablascope::math::name::Name;
use nablascope::math::network::Sizes;
use nablascope::math::source::Source;
use serde_json::Value;
use std::collections::BTreeMap;

/// The entries of that name.
fn oracles(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string("tests/oracles/theory.json").expect("the oracles");
    let all: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let found: Vec<Value> = all.into_iter().filter(|entry| entry["name"] == name).collect();
    assert!(!found.is_empty(), "no oracle {name}");
    found
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().expect("a number")],
    }
}

fn plan(index: &str, sizes: &[(&str, i64)]) -> Plan {
    Plan {
        index: Name::from(index),
        states: Vec::new(),
        sizes: sizes.iter().map(|(name, value)| (Name::from(*name), *value)).collect::<Sizes>(),
        seeds: vec![1],
        start: Start::Random,
        probes: 1,
        exponents: Exponents::None,
        singular_values: false,
        paths: false,
        parameters: false,
        bound: false,
        correlation: false,
    }
}

fn run(text: &str, plan: &Plan, draws: &dyn Draws, given: &[(&str, Vec<usize>, Vec<f64>)]) -> Sweep {
    let book = nablascope::book().expect("the book");
    let source = Source::new("test.net", text);
    let network = match nablascope::read_network(&source, book, &|_| Err("none".into())) {
        Ok((network, _)) => network,
        Err(errors) => panic!("{errors:#?}"),
    };
    let derivation = nablascope::derive(&network, &[]).expect("a derivation");
    let given: BTreeMap<Name, Array<f64>> = given
        .iter()
        .map(|(name, dims, data)| (Name::from(*name), Array { dims: dims.clone(), data: data.clone() }))
        .collect();
    sweep::sweep(&derivation, plan, draws, &given, &|_| {}).unwrap_or_else(|fault| panic!("{fault:?}"))
}

fn gallery(name: &str) -> String {
    std::fs::read_to_string(format!("derivations/networks/{name}.net")).expect("a network")
}

fn close(name: &str, ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() <= tolerance * theirs.abs().max(1.0), "{name}: {ours} for {theirs}");
    }
}

/// `scale · sin(1 + s + 3i + 7j + 1.3ij)`, the weights of the cell oracles.
fn wave(rows: std::ops::Range<usize>, columns: usize, scale: f64, shift: f64) -> Vec<f64> {
    let entry = |i: usize, j: usize| {
        let (i, j) = (i as f64, j as f64);
        scale * libm::sin(1.0 + shift + 3.0 * i + 7.0 * j + 1.3 * i * j)
    };
    rows.flat_map(|i| (0..columns).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).collect()
}

fn bias(rows: std::ops::Range<usize>, shift: f64) -> Vec<f64> {
    rows.map(|i| 0.1 * libm::cos(1.0 + shift + 2.0 * i as f64)).collect()
}

fn inputs(steps: usize) -> Vec<f64> {
    (0..steps).flat_map(|t| [libm::sin(0.3 * t as f64), libm::cos(0.5 * t as f64)]).collect()
}

/// A cell over 20 steps from given data: singular values of the product, Σ of exponents, and the norm of a gradient of ones.
fn cell(text: &str, oracle: &Value, given: &[(&str, Vec<usize>, Vec<f64>)]) {
    let plan = Plan {
        start: Start::Ones,
        exponents: Exponents::All,
        singular_values: true,
        paths: true,
        ..plan("t", &[("D", 2), ("H", 3), ("K", 1), ("T", 20)])
    };
    let sweep = run(text, &plan, &Normal::default(), given);
    let (value, run) = (&oracle["value"], &sweep.runs[0]);
    close("ln σ", &run.singular_values, &numbers(&value["log_sv_product"]), 1e-10);
    let sum: f64 = run.exponents.iter().sum::<f64>() * 20.0;
    close("ln |det|", &[sum], &numbers(&value["logabsdet"]), 1e-10);
    // Their curve: after 0, 1, 5, 10 and 20 steps back.
    let curve: Vec<f64> = [20, 19, 15, 10, 0].iter().map(|at| libm::exp(run.gradient[0][*at])).collect();
    close("gradient", &curve, &numbers(&value["grad_norm_curve"]), 1e-10);
    for step in 0..20 {
        let whole: f64 = run.shares.iter().map(|share| share.steps[step]).sum();
        assert!((whole - 1.0).abs() < 1e-9, "the shares of step {step} add up to {whole}");
    }
}

#[test]
fn cell_jacobian_rnn_tanh() {
    for oracle in oracles("cell_jacobian_rnn_tanh") {
        let given = [
            ("x", vec![20, 2], inputs(20)),
            ("h0", vec![3], vec![0.1, -0.2, 0.3]),
            ("U", vec![3, 3], wave(0..3, 3, 0.5, 0.0)),
            ("W", vec![3, 2], wave(0..3, 2, 0.5, 0.5)),
            ("b", vec![3], bias(0..3, 0.0)),
        ];
        cell(&gallery("rnn"), &oracle, &given);
    }
}

#[test]
fn cell_jacobian_lstm() {
    for oracle in oracles("cell_jacobian_lstm") {
        let forget = oracle["parameters"]["forget_bias_add"].as_f64().expect("a number");
        let mut given = vec![
            ("x", vec![20, 2], inputs(20)),
            ("h0", vec![3], vec![0.1, -0.2, 0.3]),
            ("c0", vec![3], numbers(&oracle["parameters"]["c0"])),
        ];
        for (gate, [u, w, b]) in
            [["U_i", "W_i", "b_i"], ["U_f", "W_f", "b_f"], ["U_g", "W_g", "b_g"], ["U_o", "W_o", "b_o"]].iter().enumerate()
        {
            let rows = gate * 3..gate * 3 + 3;
            let mut bias = bias(rows.clone(), 0.0);
            if *b == "b_f" {
                bias.iter_mut().for_each(|entry| *entry += forget);
            }
            given.push((*u, vec![3, 3], wave(rows.clone(), 3, 0.5, 0.0)));
            given.push((*w, vec![3, 2], wave(rows, 2, 0.5, 0.5)));
            given.push((*b, vec![3], bias));
        }
        cell(&gallery("lstm"), &oracle, &given);
    }
}

#[test]
fn mlp_end_to_end() {
    for oracle in oracles("mlp_end_to_end") {
        let text = "network mlp\nsize N\nalong l\nparam W[l] : N × N\nstate h[l] : N\nh[l] = tanh(W[l] @ h[l-1])\n";
        let mut weights = Vec::new();
        for l in 0..10 {
            for i in 0..4 {
                for j in 0..4 {
                    let (i, j, l) = (f64::from(i), f64::from(j), f64::from(l));
                    weights.push(0.8 * libm::sin(1.0 + 3.0 * i + 7.0 * j + 1.3 * i * j + 0.37 * l));
                }
            }
        }
        let given = [("W", vec![10, 4, 4], weights), ("h0", vec![4], vec![0.5, -0.3, 0.8, 0.1])];
        let plan = Plan { exponents: Exponents::All, singular_values: true, ..plan("l", &[("N", 4), ("L", 10)]) };
        let sweep = run(text, &plan, &Normal::default(), &given);
        close("ln σ", &sweep.runs[0].singular_values, &numbers(&oracle["value"]["log_sv"]), 1e-9);
    }
}
