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
            [["U_i", "W_i", "b_i"], ["U_f", "W_f", "b_f"], ["U_g", "W_g", "b_g"], ["U_o", "W_o", "b_o"]]
                .iter()
                .enumerate()
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

/// All networks of the gallery and of the tests that have a recurrence, with each of its indices.
fn recurrent() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for folder in ["derivations/networks", "tests/networks"] {
        let mut files: Vec<_> =
            std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a network");
            let Some(line) = text.lines().find_map(|line| line.strip_prefix("along ")) else { continue };
            let name = file.file_stem().expect("a name").to_string_lossy().to_string();
            for index in line.split('#').next().unwrap_or_default().split(',') {
                let index = index.split(':').next().unwrap_or_default().trim().to_string();
                found.push((name.clone(), text.clone(), index));
            }
        }
    }
    found
}

/// A sweep carries the same gradient as the derived backward pass of the whole network, which is tested against exact derivatives
/// elsewhere: norms of gradients by initial states and by parameters agree, when the gradient starts with 1 at the last state.
#[test]
fn sweeps_agree_with_the_whole_backward_pass() {
    let book = nablascope::book().expect("the book");
    let (mut compared, mut refused) = (Vec::new(), Vec::new());
    for (name, text, index) in recurrent() {
        let (network, _) =
            nablascope::read_network(&Source::new(&name, &text), book, &|_| Err("none".into())).expect("a network");
        let instance = nablascope::evaluate::instance(&network, 11, 0).expect("numbers");
        let derivation = nablascope::derive(&network, &[]).expect("a derivation");
        let plan = Plan {
            sizes: instance.sizes.clone(),
            start: Start::Ones,
            parameters: true,
            exponents: Exponents::All,
            singular_values: true,
            paths: true,
            ..plan(&index, &[])
        };
        let given = &instance.given.inputs;
        let sweep = match sweep::sweep(&derivation, &plan, &Normal::default(), given, &|_| {}) {
            Ok(sweep) => sweep,
            Err(fault) => {
                refused.push(format!("{name} along {index}: {}", fault.message));
                continue;
            }
        };
        let run = &sweep.runs[0];
        // The whole backward pass, with the states as outputs and 1 at their last places.
        let mut whole = network.clone();
        whole.loss = None;
        whole.outputs = sweep.states.iter().map(|read| read.quantity.clone()).collect();
        if whole.outputs.iter().any(|name| network.quantity(name).is_none()) {
            continue;
        }
        let derived = nablascope::derive(&whole, &[]).expect("a derivation");
        let program = nablascope::evaluate::Program::backward(&derived, &instance.sizes).expect("a program");
        let mut upstream = BTreeMap::new();
        for name in &whole.outputs {
            let dims = program.dims(name, nablascope::math::expression::Mark::Upstream).expect("axes");
            let axis =
                network.quantity(name).and_then(|own| own.axes.iter().position(|axis| axis.index.as_str() == index));
            let axis = axis.expect("the swept index");
            let (inner, count): (usize, usize) = (dims[axis + 1..].iter().product(), dims[axis]);
            let last = if sweep.places[0] < sweep.places[1] { count - 1 } else { 0 };
            let size: usize = dims.iter().product();
            let data = (0..size).map(|entry| if entry / inner % count == last { 1.0 } else { 0.0 }).collect();
            upstream.insert(name.clone(), Array { dims, data });
        }
        let data = nablascope::evaluate::Given { inputs: given.clone(), upstream, ..Default::default() };
        let values = program.run(&data).expect("values");
        let norm = |name: &Name| {
            let array = values.array(name, nablascope::math::expression::Mark::Adjoint)?;
            Some(0.5 * libm::log(array.data.iter().map(|entry| entry * entry).sum::<f64>()))
        };
        let label = format!("{name} along {index}");
        let alone = network.indices.values().filter(|own| own.recurrent).count() == 1;
        for parameter in &run.parameters {
            let theirs = norm(&parameter.quantity).expect("a gradient");
            // What cancels to 0 is rounding in both. With a second recurrence the state holds initial values of that one too, and
            // its 1s are others.
            if parameter.whole.max(theirs) > -25.0 && alone {
                close(&format!("{label}: {}", parameter.quantity), &[parameter.whole], &[theirs], 1e-9);
            }
        }
        for (read, curve) in sweep.states.iter().zip(&run.states) {
            let shown = |own: &&nablascope::math::network::Quantity| {
                own.shown.as_ref().is_some_and(|shown| shown.quantity == read.quantity)
            };
            let initial: Vec<_> = whole.learned().filter(shown).collect();
            if let ([initial], true) = (initial.as_slice(), alone) {
                close(
                    &format!("{label}: {}", read.quantity),
                    &[curve[0]],
                    &[norm(&initial.name).expect("a gradient")],
                    1e-9,
                );
            }
        }
        let product: f64 = run.singular_values.iter().sum();
        let determinant: f64 = run.exponents.iter().sum::<f64>() * (sweep.places.len() - 1) as f64;
        if product.is_finite() || determinant.is_finite() {
            close(&format!("{label}: ln |det|"), &[product], &[determinant], 1e-8);
        }
        for step in 0..run.shares.first().map_or(0, |share| share.steps.len()) {
            let all: f64 = run.shares.iter().map(|share| share.steps[step]).sum();
            assert!((all - 1.0).abs() < 1e-9, "{label}: the shares of step {step} add up to {all}");
        }
        compared.push(label);
    }
    // What has an index for recurrences need not use it.
    assert_eq!(refused, ["readings along t: nothing in `readings` recurs along `t`"]);
    assert!(compared.len() >= 18, "{compared:#?}");
}
