//! What is claimed about the systems of the gallery: measured, or evaluated from what was derived.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "tests read files and print what is missing")]

mod common;

use common::{book, network};
use nablascope::derive::Options;
use nablascope::evaluate::data::Format;
use nablascope::evaluate::{self, Data};
use nablascope::gallery;
use nablascope::math::comparison::{Comparison, Field, Gate, Member, Reach, Work};
use nablascope::math::expression::{Op, Reducer};
use nablascope::math::jacobian::Question;
use nablascope::math::law::Book;
use nablascope::math::name::Name;
use nablascope::math::network::Network;
use nablascope::math::source::Source;
use serde_json::{Value, json};

fn gallery_network(name: &str, settings: &[String]) -> Network {
    let source = gallery::network(name).unwrap_or_else(|| panic!("{name} is not in the gallery"));
    let load = |_: &str| Err("no file".to_string());
    nablascope::read_network_with(&source, settings, book(), &load).unwrap_or_else(|errors| panic!("{errors:?}")).0
}

/// The worst error of all derived gradients, entry by entry.
fn worst(network: &Network) -> Result<f64, String> {
    let derivation = nablascope::derive(network, &[]).map_err(|errors| errors[0].message.clone())?;
    nablascope::verdict(network, &derivation, true)
        .map(|verdict| verdict.worst)
        .map_err(|errors| errors[0].message.clone())
}

fn surveyed(names: &[&str]) -> nablascope::activations::Surveyed {
    let names: Vec<Name> = names.iter().map(|name| Name::new(*name)).collect();
    let load = |_: &str| Err("no file".to_string());
    nablascope::activations::survey(&names, None, book(), &load).unwrap_or_else(|errors| panic!("{errors:?}"))
}

#[test]
fn every_function_of_one_number_is_an_activation_that_is_derived_and_verified() {
    let names = nablascope::activations::names(book(), &[]).expect("names");
    for wanted in [
        "sigmoid",
        "tanh",
        "hardtanh",
        "relu",
        "leaky",
        "elu",
        "selu",
        "gelu",
        "gelu_tanh",
        "silu",
        "mish",
        "softplus",
        "softsign",
        "sign",
    ] {
        assert!(names.iter().any(|name| name.as_str() == wanted), "{wanted} is missing");
    }
    let load = |_: &str| Err("no file".to_string());
    let all = nablascope::activations::survey(&names, None, book(), &load).expect("a survey");
    assert_eq!(all.left_out.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["log", "sqrt"]);
    for one in &all.activations {
        let network = gallery_network("activation", &[format!("phi={}", one.name)]);
        let worst = worst(&network).unwrap_or_else(|reason| panic!("{}: {reason}", one.name));
        assert!(worst < 1e-12, "{}: {worst:e}", one.name);
    }
    // What the book says of a slope is not exceeded.
    for operation in book().operations() {
        let Some(one) = all.activations.iter().find(|one| one.name == operation.name) else { continue };
        let Some(bound) = operation.bound.as_ref().and_then(|bound| bound.split("|slope| ≤ ").nth(1)) else {
            continue;
        };
        let bound = match bound.split(',').next().unwrap_or(bound).trim() {
            "1/4" => 0.25,
            "2/√π" => 2.0 / std::f64::consts::PI.sqrt(),
            number => number.parse().unwrap_or_else(|_| panic!("{number}")),
        };
        let steepest = one.survey.steepest.expect("a bound").slope;
        assert!(steepest <= bound + 1e-9 && steepest >= bound - 1e-3, "{}: {steepest} of {bound}", one.name);
    }
}

#[test]
fn what_is_known_of_activations_is_found_by_the_survey() {
    let all = surveyed(&["relu", "hardtanh", "sign", "gelu", "silu", "mish", "sigmoid", "leaky", "exp", "elu", "selu"]);
    let of = |name: &str| &all.activations.iter().find(|one| one.name.as_str() == name).expect(name).survey;
    let near = |name: &str, at: f64, slope: f64| {
        let point = of(name).steepest.expect("a bound");
        assert!((point.at - at).abs() < 2e-3 && (point.slope - slope).abs() < 1e-5, "{name}: {point:?}");
    };
    // Maxima of the slopes, from their second derivatives.
    near("gelu", std::f64::consts::SQRT_2, 1.128904);
    near("silu", 2.399357, 1.099839);
    near("mish", 1.49057, 1.088498);
    near("sigmoid", 0.0, 0.25);
    assert_eq!(of("relu").dead, [(f64::NEG_INFINITY, 0.0)]);
    assert_eq!(of("hardtanh").dead, [(f64::NEG_INFINITY, -1.0), (1.0, f64::INFINITY)]);
    assert_eq!(of("leaky").dead, []);
    assert_eq!(of("relu").kinks.iter().map(|kink| (kink.at, kink.jump)).collect::<Vec<_>>(), [(0.0, false)]);
    assert_eq!(of("sign").kinks.iter().map(|kink| (kink.at, kink.jump)).collect::<Vec<_>>(), [(0.0, true)]);
    assert_eq!(of("elu").kinks, []);
    assert_eq!(of("selu").kinks.len(), 1);
    assert!((of("relu").zeros - 0.5).abs() < 1e-3 && of("gelu").zeros == 0.0);
    assert!(of("exp").steepest.is_none(), "the slope of exp grows");
    assert!(of("gelu").faint_below.is_some() && of("gelu").faint_above.is_none());
}

#[test]
fn adding_an_activation_takes_one_definition() {
    let (network, _) = network(
        "network own size D over n : N input x[n] : D
         def my_mish(u) = u * tanh(softplus(u))
         y[n] = my_mish(x[n])",
    )
    .expect("it is legal");
    assert!(worst(&network).expect("derived") < 1e-12);
    // And mish itself is nowhere but in the library: no law, no kernel, no rule.
    let mut places = Vec::new();
    for folder in ["src", "derivations", "grammar"] {
        for (path, text) in texts(folder) {
            let code = text.lines().filter(|line| !line.trim_start().starts_with(['/', '#']));
            let hits = code.filter(|line| line.contains("mish")).count();
            places.extend(std::iter::repeat_n(path, hits).filter(|path| !path.ends_with("args/book.rs")));
        }
    }
    assert_eq!(places, ["derivations/library.net"]);
}

/// All texts beneath a folder, by path.
fn texts(folder: &str) -> Vec<(String, String)> {
    let (mut found, mut open) = (Vec::new(), vec![std::path::PathBuf::from(folder)]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                found.push((path.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn no_composite_has_a_backward_rule() {
    // Engines and laws that differentiate speak of no composite.
    let composites = [
        "gelu",
        "silu",
        "batchnorm",
        "layernorm",
        "rmsnorm",
        "groupnorm",
        "weightnorm",
        "attention",
        "cross_entropy",
        "conv1d",
        "conv2d",
        "pool",
        "dropout",
        "lstm",
        "gru",
    ];
    for (path, text) in texts("src/derive").into_iter().chain(texts("src/evaluate")) {
        let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
        for line in text[..tests].lines().filter(|line| !line.trim_start().starts_with("//")) {
            for composite in composites {
                assert!(!line.to_lowercase().contains(composite), "{path} speaks of {composite}: {line}");
            }
        }
    }
    for law in book().laws() {
        let differentiates = format!("{:?}", law.left).contains("Differential");
        let is_rule = law.standing == nablascope::math::law::Standing::Law && differentiates;
        for composite in composites {
            assert!(!(is_rule && law.name.as_str().contains(composite)), "{} is a rule of its own", law.name);
        }
        // What moves a softmax or a log-sum-exp is a lemma, proved from quotients, sums, exponentials and logarithms.
        let mut reducers = Vec::new();
        law.left.walk(&mut |part| {
            if let Op::Reduce(reducer, _) = part.op() {
                reducers.push(*reducer);
            }
        });
        let made_of_others = |reducer: &Reducer| matches!(reducer, Reducer::Softmax | Reducer::LogSumExp);
        assert!(!(is_rule && reducers.iter().any(made_of_others)), "{} is a rule of its own", law.name);
    }
}

/// Every operation and construct of the language in a network that needs it.
const CONSTRUCTS: [(&str, &str); 38] = [
    ("u + v", "y[n] = x[n] + z[n]"),
    ("u - v", "y[n] = x[n] - z[n]"),
    ("u * v", "y[n] = x[n] * z[n]"),
    ("u / v", "y[n] = x[n] / (z[n]^2 + 1)"),
    ("-u", "y[n] = -x[n]"),
    ("number * vector", "y[n] = x[n,1] * z[n]"),
    ("M @ v", "y[n] = W @ x[n]"),
    ("v @ M", "y[n] = x[n] @ W"),
    ("M @ N", "y = W @ W"),
    ("u^T @ v", "y[n] = x[n]^T @ z[n]"),
    ("u @ v^T", "y[n] = x[n] @ z[n]^T"),
    ("M^T", "y = W^T @ W"),
    ("u^2", "y[n] = x[n]^2"),
    ("u^3", "y[n] = x[n]^3"),
    ("u^-1", "y[n] = (x[n]^2 + 1)^-1"),
    ("u^(1/2)", "y[n] = (x[n]^2 + 1)^(1/2)"),
    ("where", "y[n] = where(x[n] > 0, x[n]^2, z[n])"),
    ("max(u, v)", "y[n] = max(x[n], z[n])"),
    ("min(u, v)", "y[n] = min(x[n], z[n])"),
    ("sum(u)", "y[n] = sum(x[n] * z[n])"),
    ("mean(u)", "y[n] = mean(x[n] * z[n])"),
    ("max(u)", "y[n] = max(x[n] * z[n])"),
    ("min(u)", "y[n] = min(x[n] * z[n])"),
    ("norm(u)", "y[n] = norm(x[n])"),
    ("logsumexp(u)", "y[n] = logsumexp(x[n])"),
    ("softmax(u)", "y[n] = softmax(x[n])"),
    ("sum[i]", "y = sum[n](x[n] * z[n])"),
    ("mean[i]", "y = mean[n](x[n] * z[n])"),
    ("max[i]", "y = max[n](x[n])"),
    ("min[i]", "y = min[n](x[n])"),
    ("logsumexp[i]", "y = logsumexp[n](x[n])"),
    ("softmax[i]", "y[n] = softmax[n](x[n])"),
    ("softmax[i | c]", "y[n,m] = softmax[m | m <= n](x[n]^T @ x[m])"),
    ("sum[i | c]", "y[m] = sum[n | n > m](x[n] * z[m])"),
    ("concat", "y[n] = concat(x[n], z[n])"),
    ("reshape", "y = reshape(W, D*D)"),
    ("diag, eye, ones", "y[n] = diag(x[n]) @ (W + eye(D)) @ ones(D)"),
    ("slices, entries", "y[n] = x[n,1] * z[n] + W[:,1] * x[n]"),
];

#[test]
fn every_operation_has_all_that_it_needs() {
    let mut lacking = Vec::new();
    let mut tried = 0;
    let mut try_out = |what: &str, text: &str| {
        tried += 1;
        lacking.extend(lack(text, book()).map(|reason| format!("{what}: {reason}")));
    };
    for operation in book().operations() {
        let name = &operation.name;
        // Where the book says that a function lives on positive numbers, it gets some.
        let positive = |letter: &str| {
            if operation.domain.0 >= 0.0 { format!("({letter}[n]^2 + 1)") } else { format!("{letter}[n]") }
        };
        let arguments: Vec<String> = ["x", "z"].into_iter().take(operation.parameters.len()).map(positive).collect();
        let text =
            format!("network n size D over n : N input x[n], z[n] : D y[n] = {name}({}) + z[n]", arguments.join(", "));
        try_out(name.as_str(), &text);
    }
    for (what, equation) in CONSTRUCTS {
        let declared = [("x[", "input x[n] : D "), ("z[", "input z[n] : D "), ("W", "param W : D × D ")];
        let used = declared.iter().filter(|(name, _)| equation.contains(name)).map(|(_, text)| *text);
        try_out(what, &format!("network n size D over n, m : N {}{equation}", used.collect::<String>()));
    }
    println!("lacking: {lacking:#?}");
    assert!(lacking.is_empty(), "{lacking:#?}");
    assert_eq!(tried, book().operations().count() + CONSTRUCTS.len());
    // What is lacking would be told: a meaning, a law, a right law.
    let text = |body: &str| format!("network n size D over n : N input x[n] : D y[n] = {body}");
    let told = |body: &str, book: &Book| lack(&text(body), book).unwrap_or_default();
    assert!(told("frobnicate(x[n])", book()).starts_with("no meaning"));
    let without = |law: &str, instead: &str| {
        let chapters = nablascope::book::CHAPTERS.map(|(name, text)| {
            let line =
                |line: &str| if line.trim_start().starts_with(law) { instead.to_string() } else { line.to_string() };
            Source::new(name, text.lines().map(line).collect::<Vec<_>>().join("\n"))
        });
        nablascope::book::of(&chapters).unwrap_or_else(|errors| panic!("{errors:?}"))
    };
    assert!(told("sin(x[n])", &without("law sin-rule", "")).starts_with("no law"));
    let wrong = without("law sin-rule", "    law sin-rule   d sin(u) = sin(u) ⊙ du");
    assert!(told("sin(x[n])", &wrong).starts_with("wrong"));
}

/// What a network lacks with a book: a meaning, a law, a kernel, or the right value; and why.
fn lack(text: &str, book: &Book) -> Option<String> {
    let (network, _) = match network(text) {
        Ok(read) => read,
        Err(errors) => return Some(format!("no meaning: {}", errors[0].message)),
    };
    let goals: Vec<Name> = network.learned().map(|quantity| quantity.name.clone()).collect();
    let derivation = match nablascope::derive::derive(&network, book, &goals, Options::default()) {
        Ok(derivation) => derivation,
        Err(errors) => return Some(format!("no law: {}", errors[0].message)),
    };
    match nablascope::verdict(&network, &derivation, true) {
        Err(errors) => Some(format!("no kernel: {}", errors[0].message)),
        Ok(verdict) if verdict.gradients == 0 => Some("no gradient".to_string()),
        Ok(verdict) if verdict.worst.is_nan() || verdict.worst > 1e-11 => Some(format!("wrong by {:e}", verdict.worst)),
        Ok(_) => None,
    }
}

/// The Jacobian of one update of an optimizer on the quadratic with curvature `A`, at the first step.
fn update(name: &str, state: &[&str], settings: &[String], curvature: &[f64]) -> Vec<Vec<f64>> {
    let network = gallery_network(name, settings);
    let parts = nablascope::parts_named(&network);
    let read = |text: String| {
        let source = Source::new("question", text.as_str());
        nablascope::reading(&parts, &source, 0..text.len()).expect("a reading")
    };
    let of = state.iter().map(|name| read(format!("{name}[t]"))).collect();
    let wrt = state.iter().map(|name| read(format!("{name}[t-1]"))).collect();
    let question = Question { of, wrt, through: None };
    let jacobian = nablascope::jacobian(&parts, &question).expect("a Jacobian");
    assert!(nablascope::agreement(&network, &jacobian).expect("numbers").worst < 1e-9, "{name}");
    let size = curvature.len();
    let matrix: Vec<Vec<f64>> =
        (0..size).map(|i| (0..size).map(|j| if i == j { curvature[i] } else { 0.0 }).collect()).collect();
    let mut inputs = json!({"A": matrix, "b": vec![0.0; size]});
    for quantity in state {
        inputs[format!("{quantity}0")] = json!(vec![0.3; size]);
    }
    if network.quantities.contains_key("P") {
        inputs["P"] = json!(vec![1.0; size]);
    }
    let text = json!({"inputs": inputs, "upstream": {"w": vec![vec![1.0; size]; 1]}}).to_string();
    let data = Data::read(text.as_bytes(), Format::Json).expect("data");
    let numbers = evaluate::jacobian::jacobian(&network, &jacobian, &data).expect("numbers");
    let blocks = state.len();
    (0..blocks * size)
        .map(|row| {
            let entry = |column: usize| {
                let block = &numbers.blocks[row / size * blocks + column / size];
                block.data[row % size * size + column % size]
            };
            (0..blocks * size).map(entry).collect()
        })
        .collect()
}

/// The largest absolute eigenvalue of a 2 × 2 matrix.
fn radius(matrix: &[Vec<f64>]) -> f64 {
    let (trace, determinant) = (matrix[0][0] + matrix[1][1], matrix[0][0] * matrix[1][1] - matrix[0][1] * matrix[1][0]);
    let discriminant = trace * trace / 4.0 - determinant;
    // A double root is real or not by rounding alone.
    if discriminant < 1e-12 { determinant.sqrt() } else { trace.abs() / 2.0 + discriminant.sqrt() }
}

fn theory(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string("tests/oracles/theory.json").expect("the oracle");
    let all: Value = serde_json::from_str(&text).expect("JSON");
    let entries = all.as_array().or_else(|| all["entries"].as_array()).expect("entries").clone();
    let found: Vec<Value> = entries.into_iter().filter(|entry| entry["name"] == name).collect();
    assert!(!found.is_empty(), "{name} is no entry");
    found
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn updates_of_optimizers_are_stable_as_far_as_theory_says() {
    for entry in theory("optimizer_stability") {
        let beta = number(&entry["parameters"]["beta"]);
        for (key, name, state) in
            [("hb", "momentum", ["w", "v"]), ("nag", "nesterov", ["w", "v"]), ("ema", "frozen_adam", ["w", "m"])]
        {
            let threshold = number(&entry["value"][key]["threshold"]);
            for (side, share) in [("rho_below", 1.0 - 1e-6), ("rho_above", 1.0 + 1e-6)] {
                let settings = [format!("lr={}", threshold * share), format!("beta={beta}")];
                let found = radius(&update(name, &state, &settings, &[1.0]));
                let expected = number(&entry["value"][key][side]);
                assert!((found - expected).abs() < 1e-9, "{name} at β = {beta}, {side}: {found} for {expected}");
            }
        }
    }
    // Adam at β₁ = 0.9: the curvature, measured by its preconditioner, may reach 38 / lr.
    for (curvature, stable) in [(37.9, true), (38.1, false)] {
        let settings = ["lr=1".to_string(), "beta=0.9".to_string()];
        assert_eq!(radius(&update("frozen_adam", &["w", "m"], &settings, &[curvature])) < 1.0, stable);
    }
    // At a saddle no step size is stable.
    let saddle = update("momentum", &["w", "v"], &["lr=0.01".to_string(), "beta=0.9".to_string()], &[-1.0]);
    assert!(radius(&saddle) > 1.0);
}

#[test]
fn momentum_contracts_as_theory_says() {
    for entry in theory("momentum_radius") {
        let (beta, rate) = (number(&entry["parameters"]["beta"]), number(&entry["parameters"]["eta_lambda"]));
        let settings = [format!("lr={rate}"), format!("beta={beta}")];
        let found = radius(&update("momentum", &["w", "v"], &settings, &[1.0]));
        assert!((found - number(&entry["value"]["rho"])).abs() < 1e-9, "{found}");
    }
    for entry in theory("polyak_optimal") {
        let (beta, rate) = (number(&entry["value"]["beta"]), number(&entry["value"]["eta"]));
        let settings = [format!("lr={rate}"), format!("beta={beta}")];
        for end in ["mu", "L"] {
            let curvature = number(&entry["parameters"][end]);
            let found = radius(&update("momentum", &["w", "v"], &settings, &[curvature]));
            assert!((found - number(&entry["value"]["rate"])).abs() < 1e-9, "{end}: {found}");
        }
    }
}

#[test]
fn singular_values_of_a_circular_convolution_are_those_of_theory() {
    let (network, _) = network(
        "network circular size N, M over u : N, v : M input X : N × M param w : 3 × 3
         Y[u,v] = sum[a : 3, b : 3](w[a,b] * X[(u + a + N - 3) % N + 1, (v + b + M - 3) % M + 1])",
    )
    .expect("it is legal");
    let derivation = nablascope::derive(&network, &[Name::new("X")]).expect("a derivation");
    for entry in theory("conv_singular_values") {
        let size = entry["parameters"]["n"].as_u64().expect("a size") as usize;
        // Row k of the Jacobian is the derived gradient for the k-th unit vector upstream.
        let row = |k: usize| -> Vec<f64> {
            let unit: Vec<Vec<f64>> =
                (0..size).map(|i| (0..size).map(|j| f64::from(u8::from(i * size + j == k))).collect()).collect();
            let text = json!({
                "inputs": {"X": vec![vec![0.0; size]; size], "w": [[0, 1, 0], [1, -4, 1], [0, 1, 0]]},
                "upstream": {"Y": unit},
            });
            let data = Data::read(text.to_string().as_bytes(), Format::Json).expect("data");
            evaluate::gradient(&network, &derivation, &data).expect("a gradient").grads["X"].data.clone()
        };
        let entries: Vec<f64> = (0..size * size).flat_map(row).collect();
        let jacobian = nalgebra::DMatrix::from_row_slice(size * size, size * size, &entries);
        let mut values: Vec<f64> = jacobian.singular_values().iter().copied().collect();
        values.sort_by(|a, b| b.total_cmp(a));
        assert!((values[0] - number(&entry["value"]["max"])).abs() < 1e-10);
        assert!(
            (values.iter().map(|value| value * value).sum::<f64>() - number(&entry["value"]["sum_sq"])).abs() < 1e-9
        );
        for (found, expected) in values.iter().zip(entry["value"]["top5"].as_array().expect("values")) {
            assert!((found - number(expected)).abs() < 1e-10);
        }
    }
}

#[test]
fn clipping_by_the_norm_is_what_the_oracle_says() {
    for entry in theory("gradient_clip") {
        let network = gallery_network("clip_norm", &[format!("tau={}", entry["parameters"]["tau"])]);
        let derivation = nablascope::derive(&network, &[]).expect("a derivation");
        let text = json!({"inputs": {"g": [entry["parameters"]["g"]]}, "upstream": {"y": [[1.0, 0.0]]}}).to_string();
        let data = Data::read(text.as_bytes(), Format::Json).expect("data");
        let results = evaluate::gradient(&network, &derivation, &data).expect("results");
        let expected: Vec<f64> = entry["value"]["g"].as_array().expect("numbers").iter().map(number).collect();
        for (found, expected) in results.outputs["y"].data.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12);
        }
    }
}

#[test]
fn data_on_kinks_and_ties_are_told() {
    let said = |text: &str, data: Value| -> Vec<String> {
        let (network, _) = network(text).expect("it is legal");
        let data = Data::read(data.to_string().as_bytes(), Format::Json).expect("data");
        let warnings = evaluate::kinks(&network, &data).expect("warnings");
        warnings.into_iter().map(|warning| warning.message).collect()
    };
    let relu = "network n size D input x : D y = relu(x)";
    let upstream = json!({"y": [1, 1, 1]});
    assert_eq!(
        said(relu, json!({"inputs": {"x": [0, 1, 0]}, "upstream": upstream})),
        ["the data sit on the kink of relu at 2 places"]
    );
    assert!(said(relu, json!({"inputs": {"x": [-1, 1, 2]}, "upstream": upstream})).is_empty());
    let pool = "network n size M over u : U input x : 2*U y[u] = max[a : 2](x[2*u + a - 2])".replace("size M ", "");
    assert_eq!(
        said(&pool, json!({"inputs": {"x": [1, 1, 2, 3]}, "upstream": {"y": [1, 1]}})),
        ["the data sit on a tie of max at 1 place"]
    );
    let choice = "network n size D input x, z : D y = where(x > z, x, z^2)";
    assert_eq!(
        said(choice, json!({"inputs": {"x": [1, 2, 3], "z": [1, 0, 0]}, "upstream": upstream})),
        ["the data sit on the edge of a choice at 1 place"]
    );
    // Every operation with a kink, where it has one: the ends of what is clipped, a hinge, roots, conditions of conditions.
    let every = [
        ("y = abs(x)", json!([0, 1]), "the kink of abs"),
        ("y = sign(x)", json!([0, 1]), "the kink of sign"),
        ("y = softsign(x)", json!([0, 1]), "the kink of abs"),
        ("y = leaky(x)", json!([0, 1]), "the edge of a choice"),
        ("y = clip(x, -1, 2)", json!([-1, 1]), "a tie of max"),
        ("y = clip(x, -1, 2)", json!([0, 2]), "a tie of min"),
        ("y[i] = hinge(x[i], 1)", json!([1, 0.5]), "a tie of max"),
        ("y = maxout(x, 2 * x)", json!([0, 1]), "a tie of max"),
        ("y = sqrt(x)", json!([0, 1]), "the end of sqrt, at 0"),
        ("y = x^(1/2)", json!([0, 1]), "the end of a power, at 0"),
        ("y = norm(x)", json!([0, 0]), "the end of sqrt, at 0"),
        ("y = max(x)", json!([1, 1]), "a tie of max"),
        ("y = min(x)", json!([1, 1]), "a tie of min"),
        ("y = max[i | i > 0](x[i])", json!([1, 1]), "a tie of max"),
        ("y = min[i](x[i] * ones(2))", json!([1, 1]), "a tie of min"),
        ("y = where(not (x <= 0 or x > 2), x, 0)", json!([0, 1]), "the edge of a choice"),
    ];
    for (equation, data, told) in every {
        let text = format!("network n size D = 2 over i : D input x : D {equation}");
        let found = said(&text, json!({"inputs": {"x": data}}));
        assert!(found.iter().any(|message| message.contains(told)), "{equation}: {found:?}");
        assert!(said(&text, json!({"inputs": {"x": [0.3, 0.4]}})).is_empty(), "{equation}");
    }
    // What does not compete makes no tie.
    let some = "network n over i : N input x[i] y = max[i | i > 2](x[i])";
    assert!(said(some, json!({"inputs": {"x": [7, 7, 1, 2]}})).is_empty());
}

#[test]
fn parameters_are_counted_as_formulas() {
    let count = |name: &str| gallery_network(name, &[]).parameters().factored();
    let sizes = |text: &str| {
        (text.split(' ').next().unwrap_or("").to_string(), text.split(' ').nth(1).unwrap_or("").to_string())
    };
    for (name, formula) in [("lstm", "4*H D+H+1"), ("gru", "3*H D+H+1")] {
        let (common, rest) = count(name);
        assert_eq!((common.to_string(), rest.to_string()), sizes(formula));
    }
}

fn member(network: &Network) -> Member {
    nablascope::compare::member(network, None).unwrap_or_else(|errors| panic!("{}: {errors:?}", network.name))
}

/// The values of all gates, by name.
fn gates(member: &Member) -> Vec<String> {
    let name = |gate: &Gate| gate.value.as_read().map_or("?".to_string(), |read| read.quantity.to_string());
    member.gates.iter().map(name).collect()
}

fn formula(work: &Work) -> String {
    match work {
        Work::Steps { each, .. } => {
            let (common, rest) = each.factored();
            format!("{common} * ({rest})")
        }
        Work::All(all) => format!("{all} in all"),
    }
}

#[test]
fn cells_are_compared_by_what_they_do() {
    let members: Vec<Member> = ["rnn", "lstm", "gru"].iter().map(|name| member(&gallery_network(name, &[]))).collect();
    assert_eq!(members.iter().map(gates).collect::<Vec<_>>(), [vec![], vec!["f", "i", "o"], vec!["r", "z"]]);
    // Two products of a matrix and a vector, m (2n − 1) operations each, for each gate; and what is entry by entry.
    assert_eq!(formula(&members[1].forward), "H * (8*D+8*H+9)");
    assert_eq!(formula(&members[2].forward), "2*H * (3*D+3*H+4)");
    let direct =
        |member: &Member| -> Vec<usize> { member.direct.iter().flatten().map(|direct| direct.terms.len()).collect() };
    assert_eq!(members.iter().map(direct).collect::<Vec<_>>(), [vec![0], vec![0, 1], vec![1]]);
    let comparison = Comparison { members, notes: Vec::new() };
    let page = nablascope::render::comparison::page(&comparison, book());
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("../snapshots/comparisons");
    settings.bind(|| {
        insta::assert_snapshot!("cells-text", nablascope::render::to_text(&page, 100));
        insta::assert_snapshot!("cells-markdown", nablascope::render::to_markdown(&page));
    });
}

#[test]
fn gates_are_known_by_what_they_do_not_by_name() {
    let text = std::fs::read_to_string("derivations/networks/gru.net").expect("the network");
    let mut renamed: String = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    for (from, to) in [("z", "apple"), ("r", "pear"), ("n", "plum")] {
        renamed =
            renamed.replace(&format!("{from}["), &format!("{to}[")).replace(&format!("_{from}"), &format!("_{to}"));
    }
    let (renamed, _) = network(&renamed).unwrap_or_else(|errors| panic!("{errors:?}"));
    let (one, other) = (member(&gallery_network("gru", &[])), member(&renamed));
    assert_eq!(gates(&other), ["pear", "apple"]);
    assert_eq!((one.forward, one.backward), (other.forward, other.backward));
    // A tanh is none, nor a mask that the data give, nor a share of 1.
    let (network, _) = network(
        "network n size D over n : N input x[n], u[n] : D const m[n] : D
         y[n] = tanh(x[n]) * u[n] + m[n] * x[n] + softmax(x[n]) * u[n]",
    )
    .expect("it is legal");
    assert!(member(&network).gates.is_empty());
    // A clipped gate is one, and the exponential of what is never positive, a share of a sum, and what lies on a diagonal.
    let (network, _) = crate::network(
        "network n size D along t input x[t] : D param U, A : D × D, a, b : D const c = 8 state h[t], k[t], S[t] : D
         state M[t] : D × D
         def hard(u) = clip(0.2 * u + 0.5, 0, 1)
         z[t] = hard(U @ x[t]) h[t] = z[t] * h[t-1] + (1 - z[t]) * x[t]
         r[t] = sigmoid(U @ x[t]) e[t] = exp(-c * softplus(a) * r[t]) k[t] = e[t] * k[t-1] + sqrt(1 - e[t]^2) * x[t]
         f[t] = exp(x[t]) g[t] = exp(U @ x[t]) S[t] = f[t] / (f[t] + g[t]) * S[t-1] + x[t]
         M[t] = diag(r[t]) @ M[t-1] + (A @ x[t]) @ x[t]^T",
    )
    .unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(gates(&member(&network)), ["z", "e", "s_k", "u_S", "r"]);
    // A residual block lets everything pass, a highway as much as its gate lets.
    let direct = |name: &str| member(&gallery_network(name, &[])).direct.expect("a block")[0].terms.clone();
    assert!(matches!(direct("residual")[..], [ref term] if matches!(term.op(), Op::Eye(_))));
    assert!(matches!(direct("highway")[..], [ref term] if matches!(term.op(), Op::Diag)));
}

#[test]
fn every_network_of_the_gallery_can_be_compared() {
    for (name, _) in gallery::networks() {
        let member = member(&gallery_network(name, &[]));
        let page =
            nablascope::render::comparison::page(&Comparison { members: vec![member], notes: Vec::new() }, book());
        assert!(!nablascope::render::to_text(&page, 100).is_empty());
    }
}

#[test]
fn how_far_a_gradient_goes_is_told_as_a_formula() {
    let distances = |network: &Network| -> Vec<String> {
        let found = nablascope::flow::distances(network).expect("an answer");
        found.iter().map(|one| format!("{} {} {}", one.of.quantity, one.from.quantity, one.steps)).collect()
    };
    let gallery = |name: &str| distances(&gallery_network(name, &[]));
    // A fixed vector lies at the end of the encoder; attention looks at every state of it.
    assert_eq!(gallery("encoder_decoder"), ["z x S-s", "z y t-t2"]);
    assert_eq!(gallery("encoder_decoder_attention"), ["z x 0", "z y t-t2"]);
    assert_eq!(gallery("lstm")[0], "h x t-t2");
    assert_eq!(gallery("causal_attention"), ["o x 0"]);
    assert!(gallery("residual").is_empty());
    // Of a vector that only starts the decoder, every step is one further; and a recurrence that runs down counts upwards.
    let (network, _) = network(
        "network n size H along s : S, t : T input x[s] : H param U : H × H state h[s], g[t] : H output g, b
         h[s] = tanh(x[s] + U @ h[s-1]) g[0] = h[S] g[t] = tanh(U @ g[t-1]) state b[s] : H b[s] = tanh(x[s] + U @ b[s+1])",
    )
    .unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(distances(&network), ["g x S+t-s", "b x s2-s"]);
}

#[test]
fn receptive_fields_are_told_as_formulas() {
    let told = |network: &Network| -> Vec<String> {
        let fields = nablascope::flow::fields(network);
        let one = |field: &Field| {
            let reach = match &field.reach {
                Reach::Places(lengths) => lengths.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × "),
                Reach::Recurrence(index) => format!("along {index}"),
                Reach::Untold(_) => "?".to_string(),
            };
            format!("{} of {}: {reach}", field.of.quantity, field.input)
        };
        fields.iter().map(one).collect()
    };
    assert_eq!(told(&gallery_network("conv2d", &[])), ["Y of X: C × 3 × 3"]);
    // Holes between the taps widen the window: 1 + 2 (A − 1). Layers add up; a stride multiplies what lies beneath it.
    let text = |first: &str, second: &str| {
        let text = format!(
            "network n size A over t : T input x : 4*T + 9*A param v : A, w : A
             a[t] = sum[i : A](v[i] * x[{first} else 0]) y[t] = sum[j : A](w[j] * a[{second} else 0])"
        );
        network(&text).unwrap_or_else(|errors| panic!("{errors:?}")).0
    };
    assert_eq!(told(&text("t + 2*i", "t")), ["y of x: 2*A-1"]);
    assert_eq!(told(&text("t + i", "t + j")), ["y of x: 2*A-1"]);
    assert_eq!(told(&text("2*t + i", "t + j")), ["y of x: 3*A-2"]);
    assert_eq!(told(&text("t - i", "t - j")), ["y of x: 2*A-1"]);
    // A window of 3 beneath a pooling of 2.
    assert_eq!(told(&gallery_network("cnn", &[])).len(), 1);
    // A recurrence reaches as far as it runs, and only where it lies on the way.
    assert_eq!(told(&gallery_network("rnn", &[])), ["h of x: along t", "y of x: along t"]);
    let (beside, _) = network(
        "network n along t size A input x[t] input z : T + A param u, w : A state h[t] output y
         h[t] = tanh(u * h[t-1] + x[t]) y[t] = h[t] * sum[a : A](w[a] * z[t+a])",
    )
    .unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(told(&beside), ["y of x: along t", "y of z: A"]);
    // What no formula tells is not left out.
    let (halves, _) = network("network n over t : T input x : T y[t] = x[(t + 1) // 2] * x[t]").expect("it is legal");
    assert_eq!(told(&halves), ["y of x: ?"]);
}
