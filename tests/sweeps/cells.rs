//! Cells and small networks from given numbers: all digits are known.

use crate::lab::{close, gallery, numbers, oracles, plan, run};
use nablascope::math::flow::{Exponents, Plan, Start};
use serde_json::Value;

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
    let sweep = run(text, &plan, given);
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
fn cell_jacobian_gru() {
    for oracle in oracles("cell_jacobian_gru") {
        let mut given = vec![("x", vec![20, 2], inputs(20)), ("h0", vec![3], vec![0.1, -0.2, 0.3])];
        for (gate, [u, w, b]) in
            [["U_r", "W_r", "b_r"], ["U_z", "W_z", "b_z"], ["U_n", "W_n", "b_n"]].iter().enumerate()
        {
            let rows = gate * 3..gate * 3 + 3;
            given.push((*u, vec![3, 3], wave(rows.clone(), 3, 0.5, 0.0)));
            given.push((*w, vec![3, 2], wave(rows.clone(), 2, 0.5, 0.5)));
            // Both biases act together, but for the candidate, whose second one is inside the reset.
            let (first, second) = (bias(rows.clone(), 0.0), bias(rows, 0.7));
            match *b {
                "b_n" => {
                    given.push((*b, vec![3], first));
                    given.push(("c_n", vec![3], second));
                }
                _ => given.push((*b, vec![3], first.iter().zip(&second).map(|(a, b)| a + b).collect())),
            }
        }
        cell(&gallery("gru_reset_after"), &oracle, &given);
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
        let sweep = run(text, &plan, &given);
        close("ln σ", &sweep.runs[0].singular_values, &numbers(&oracle["value"]["log_sv"]), 1e-9);
    }
}

/// One step of something with no weights: the singular values of its Jacobian, with exact zeros.
fn one_step(body: &str, start: &[f64], dims: Vec<usize>, sizes: &[(&str, i64)], theirs: &[f64], tolerance: f64) {
    let plan = Plan { exponents: Exponents::All, singular_values: true, ..plan("l", &[&[("L", 1)], sizes].concat()) };
    let width = *dims.last().expect("dims");
    let plain = [("g", vec![width], vec![1.0; width]), ("b", vec![width], vec![0.0; width])];
    let plain = plain.into_iter().filter(|_| body.contains("param g, b"));
    let given: Vec<_> = plain.chain([("h0", dims, start.to_vec())]).collect();
    let sweep = run(body, &plan, &given);
    let run = &sweep.runs[0];
    let zeros = theirs.iter().filter(|value| **value < 1e-12).count();
    let (own, none) = run.singular_values.split_at(theirs.len() - zeros);
    let logs: Vec<f64> = theirs[..own.len()].iter().map(|value| libm::log(*value)).collect();
    close(body, own, &logs, tolerance);
    assert!(none.iter().all(|value| *value == f64::NEG_INFINITY), "{body}: {none:?} are exactly 0");
    assert_eq!(run.exponents.iter().filter(|value| **value == f64::NEG_INFINITY).count(), zeros, "{body}");
}

#[test]
fn jacobians_of_normalisations_and_softmax() {
    let across = "network across\nalong l\nover n : N\nstate h[l,n]\nm[l] = mean[n](h[l-1,n])\n\
        v[l] = mean[n]((h[l-1,n] - m[l])^2)\nh[l,n] = (h[l-1,n] - m[l]) / sqrt(v[l])\n";
    for oracle in oracles("bn_jacobian") {
        let x = numbers(&oracle["parameters"]["x"]);
        one_step(across, &x, vec![4], &[("N", 4)], &numbers(&oracle["value"]["sv"]), 1e-12);
    }
    for oracle in oracles("layernorm_jacobian") {
        let text = "network within\nsize D\nalong l\nconst eps = 0\nstate h[l] : D\nparam g, b : D\n\
            h[l] = layernorm(h[l-1], g, b, eps)\n";
        let x = numbers(&oracle["parameters"]["x"]);
        one_step(text, &x, vec![4], &[("D", 4)], &numbers(&oracle["value"]["sv"]), 1e-12);
    }
    for oracle in oracles("batchnorm_batch_jacobian") {
        let text = "network whole\nsize D\nalong l\nover n : N\nconst eps = 1e-5\nparam g, b : D\nstate h[l,n] : D\n\
            h[l,n] = batchnorm[n](h[l-1,n], g, b, eps)\n";
        let x = numbers(&oracle["parameters"]["x"]);
        one_step(text, &x, vec![4, 2], &[("D", 2), ("N", 4)], &numbers(&oracle["value"]["sv"]), 1e-9);
    }
    for oracle in oracles("softmax_jacobian") {
        let text = "network shares\nsize D\nalong l\nstate h[l] : D\nh[l] = softmax(h[l-1])\n";
        let z = numbers(&oracle["parameters"]["z"]);
        one_step(text, &z, vec![3], &[("D", 3)], &numbers(&oracle["value"]["sv"]), 1e-12);
    }
}

#[test]
fn forget_gate() {
    for oracle in oracles("forget_gate") {
        let bias = oracle["parameters"]["b_f"].as_f64().expect("a number");
        let value = &oracle["value"];
        let plan = Plan { paths: true, ..plan("t", &[("D", 1), ("H", 1), ("T", 100)]) };
        let zeros = |name: &'static str| (name, vec![1, 1], vec![0.0]);
        let mut given: Vec<_> = ["W_i", "W_f", "W_o", "W_g", "U_i", "U_f", "U_o", "U_g"].map(zeros).to_vec();
        given.extend([("b_i", vec![1], vec![0.0]), ("b_f", vec![1], vec![bias]), ("b_o", vec![1], vec![0.0])]);
        given.push(("b_g", vec![1], vec![0.0]));
        let sweep = run(&gallery("lstm"), &plan, &given);
        // The path from cell to cell carries σ(b_f) each step; no other path from the cell to the cell is left.
        let is_cell = |path: &nablascope::math::flow::Path| {
            path.along.len() == 2 && path.along.iter().all(|read| read.quantity.as_str() == "c")
        };
        let cell = sweep.paths.iter().position(is_cell).expect("the path of the cell");
        let rate = sweep.runs[0].shares[cell].edges[0];
        let theirs = value["T100_log10"].as_f64().expect("a number") * std::f64::consts::LN_10;
        close("100 steps", &[100.0 * rate], &[theirs], 1e-9);
        close("one step", &[libm::exp(rate)], &[value["f"].as_f64().expect("a number")], 1e-12);
        close("half life", &[-std::f64::consts::LN_2 / rate], &[value["half_life"].as_f64().expect("a number")], 1e-9);
    }
}

/// `spectrum.json` of `tests/oracles/spectrum.py`: all 66 and 261 decades.
#[test]
fn all_decades_of_a_deep_spectrum() {
    let text = "network deep\nsize N\nalong l\nparam W[l] : N × N\nstate h[l] : N\nh[l] = tanh(W[l] @ h[l-1])\n";
    let oracle: Value = serde_json::from_str(include_str!("../oracles/spectrum.json")).expect("JSON");
    for (depth, values) in oracle["depths"].as_object().expect("depths") {
        let depth: usize = depth.parse().expect("a depth");
        let (mut state, mut weights) = (1u64, Vec::new());
        for _ in 0..depth * 64 * 64 {
            state = (1_103_515_245 * state + 12345) % (1 << 31);
            weights.push(7.0 * (state as f64 - f64::from(1 << 30)) / (1u64 << 35) as f64);
        }
        let start = (0..64).map(|entry| f64::from(1 + entry % 7) / 8.0 - 0.5).collect();
        let given = [("W", vec![depth, 64, 64], weights), ("h0", vec![64], start)];
        let sizes = [("N", 64), ("L", depth as i64)];
        let plan = Plan { exponents: Exponents::All, singular_values: true, ..plan("l", &sizes) };
        let sweep = run(text, &plan, &given);
        let theirs = numbers(values);
        let spread = (theirs[0] - theirs[63]) / std::f64::consts::LN_10;
        assert!(spread > if depth == 50 { 60.0 } else { 250.0 }, "the spectrum spans {spread} decades");
        for (ours, theirs) in sweep.runs[0].singular_values.iter().zip(&theirs) {
            assert!((ours - theirs).abs() < 1e-8, "depth {depth}: {ours} for {theirs}");
        }
    }
}
