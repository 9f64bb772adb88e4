//! Planted faults: the verdict and the blame are right, and what stands first among the remedies, applied by `transform` and swept by
//! `sweep`, mends it.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

#[path = "../common/program.rs"]
mod program;

use program::{folder, good};
use serde_json::Value;

/// A network, its verdict, what is to blame first and its name, and what may be to blame too.
struct Fault {
    net: &'static str,
    verdict: &'static str,
    blamed: (&'static str, &'static str),
    also: &'static [&'static str],
}

const fn fault(
    net: &'static str,
    verdict: &'static str,
    kind: &'static str,
    what: &'static str,
    also: &'static [&'static str],
) -> Fault {
    Fault { net, verdict, blamed: (kind, what), also }
}

const FAULTS: [Fault; 34] = [
    fault("saturating_init", "vanishing", "saturated units", "tanh", &["no direct path"]),
    fault("missing_skip", "vanishing", "slope", "relu", &["no direct path"]),
    fault("sigmoid_depth", "vanishing", "slope", "sigmoid", &["no direct path"]),
    fault("forget_bias", "vanishing", "gate", "keep", &[]),
    fault("branch_scale", "exploding", "branch", "z", &[]),
    fault("post_norm", "vanishing", "norm", "h", &[]),
    fault("dead_relu", "dead", "dead units", "relu", &[]),
    fault("exploding_rnn", "exploding", "weights", "U", &["no direct path"]),
    fault("batch_norm", "exploding", "norm", "y", &["no direct path"]),
    fault("tied_weights", "exploding", "weights", "W", &["no direct path"]),
    fault("fading_identity", "vanishing", "identity", "y", &[]),
    fault("growing_identity", "exploding", "identity", "z", &[]),
    fault("closed_carry", "vanishing", "gate", "open", &[]),
    fault("inline_gates", "vanishing", "gate", "sigmoid(A @ x[t] + P @ y[t-1] + shut)", &[]),
    fault("small_weights", "vanishing", "weights", "W", &["no direct path"]),
    fault("loud_inputs", "vanishing", "saturated units", "tanh", &["no direct path"]),
    fault("dead_by_number", "dead", "dead units", "max", &[]),
    fault("wide_branches", "exploding", "branch", "h", &[]),
    fault("large_weights", "exploding", "weights", "M", &["no direct path"]),
    fault("sigmoid_rnn", "vanishing", "slope", "squash", &["no direct path"]),
    fault("by_entries", "vanishing", "weights", "W", &[]),
    fault("double_sigmoid", "vanishing", "slope", "sigmoid", &["no direct path"]),
    fault("update_bias", "vanishing", "gate", "upd", &[]),
    fault("peephole", "vanishing", "gate", "v", &[]),
    fault("minimal_gate", "vanishing", "gate", "f", &[]),
    fault("leaky_integrator", "vanishing", "identity", "h", &[]),
    fault("small_gain", "vanishing", "factor", "g", &["no direct path"]),
    fault("halved_sum", "vanishing", "identity", "h", &[]),
    fault("hot_softmax", "exploding", "branch", "h", &[]),
    fault("odd_letters", "vanishing", "gate", "c", &[]),
    fault("mask", "vanishing", "factor", "m", &["no direct path"]),
    fault("output_gate", "vanishing", "gate", "o", &["no direct path"]),
    fault("two_back", "vanishing", "weights", "B", &["no direct path"]),
    fault("convolution", "vanishing", "slope", "relu", &["weights"]),
];

/// A text with its lines joined.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn diagnosed(net: &str) -> Value {
    let path = format!("tests/diagnose/networks/{net}.net");
    serde_json::from_str(&good(&["diagnose", &path, "--seeds", "2", "--format", "json"])).expect("JSON")
}

/// ln of the gradient norm at the first place, as `sweep` has it.
fn swept(path: &str) -> f64 {
    first_norm(&["sweep", path, "--seeds", "2", "--format", "json"])
}

/// The same for networks that no diagnosis saw.
fn swept_elsewhere(path: &str) -> f64 {
    first_norm(&["sweep", path, "--seeds", "8", "--seed", "101", "--format", "json"])
}

fn first_norm(arguments: &[&str]) -> f64 {
    let flow: Value = serde_json::from_str(&good(arguments)).expect("JSON");
    flow["sweeps"][0]["summary"]["gradient"]["typical"][0].as_f64().unwrap_or(f64::NEG_INFINITY)
}

fn check(fault: &Fault) {
    let told = diagnosed(fault.net);
    let net = fault.net;
    assert_eq!(told["verdict"], fault.verdict, "{net}: {told:#}");
    let cause = &told["causes"][0];
    assert_eq!(
        (&cause["kind"], &cause["what"]),
        (&fault.blamed.0.into(), &fault.blamed.1.into()),
        "{net}: {:#}",
        told["causes"]
    );
    let causes = told["causes"].as_array().expect("causes");
    for also in fault.also {
        assert!(causes.iter().any(|cause| &cause["kind"] == also), "{net}: {also} in {causes:#?}");
    }
    let first = &told["remedies"][0];
    assert_eq!(first["mends"], true, "{net}: {first:#}");
    // By hand.
    let change = first["with"].as_str().expect("a change");
    let file = folder(&format!("diagnose_{net}")).join("mended.net");
    let mended = file.to_str().expect("a path");
    let path = format!("tests/diagnose/networks/{net}.net");
    good(&["transform", &path, "--with", change, "-o", mended]);
    let (before, after) = (swept_elsewhere(&path), swept_elsewhere(mended));
    assert!(before.abs() > std::f64::consts::LN_10, "{net} is no fault: {before}");
    assert!(after.abs() < std::f64::consts::LN_10, "{net} with {change}: {after}");
}

#[test]
fn planted_faults() {
    FAULTS[..11].iter().for_each(check);
}

#[test]
fn more_planted_faults() {
    FAULTS[11..22].iter().for_each(check);
}

#[test]
fn planted_faults_of_other_styles() {
    FAULTS[22..].iter().for_each(check);
}

/// What a person reads of faults whose sentences went wrong once.
#[test]
fn causes_are_told_as_they_are() {
    let told = |net: &str| -> String {
        let causes = diagnosed(net)["causes"].clone();
        let all =
            causes.as_array().expect("causes").iter().map(|cause| cause["told"].as_str().expect("words").to_string());
        all.collect::<Vec<_>>().join(" ")
    };
    // A gate that is wide open keeps too little, where it is its complement that keeps.
    assert!(told("update_bias").contains("The gate `upd` keeps too little of the state"), "{}", told("update_bias"));
    assert!(told("double_sigmoid").contains("twice in each step, and can be 0.2500 at most"));
    assert!(told("silent").contains("Nothing goes in: all values of `h` are exactly 0"), "{}", told("silent"));
    // Both matrices of a step that reads two steps back.
    let both = told("two_back");
    assert!(both.contains("The weights `A`") && both.contains("The weights `B`"), "{both}");
    // The norm of an output gate is no slope of what it lets out.
    let gate = told("output_gate");
    assert!(!gate.contains("The slope of `tanh` multiplies the gradient by 0.0"), "{gate}");
}

/// An infinite slope behind a mask is no gradient of 0, and none that is no number.
#[test]
fn a_mask_keeps_out_an_infinite_slope() {
    let grown = swept("tests/diagnose/networks/infinite_slope.net");
    assert!(grown.is_finite() && grown > std::f64::consts::LN_10, "{grown}");
}

/// Of two recurrences the one that is swept is blamed by its gates, and the other is swept too.
#[test]
fn two_recurrences() {
    let told = diagnosed("nested");
    assert_eq!(told["verdict"], "vanishing", "{told:#}");
    assert_eq!((&told["causes"][0]["kind"], &told["causes"][0]["what"]), (&"gate".into(), &"z".into()), "{told:#}");
    assert_eq!(told["other_recurrences"][0]["along"], "t", "{told:#}");
    assert_eq!(told["theory_chi"], Value::Null);
    let notes = told["notes"].to_string();
    assert!(notes.contains("within a step runs another recurrence, along `t`"), "{notes}");
    let text = joined(&good(&["diagnose", "tests/diagnose/networks/nested.net", "--seeds", "1", "--with", "relu"]));
    assert!(text.contains("judged by their values") && text.contains("Along t, swept apart"), "{text}");
}

/// Trained weights: what they are, what of them is flat, and which remedies they leave.
#[test]
fn weights_and_data() {
    let folder_of = "tests/oracles/weights";
    let told: Value = serde_json::from_str(&good(&[
        "diagnose",
        "lstm",
        "--weights",
        &format!("{folder_of}/silero_lstm.safetensors"),
        "--mapping",
        "pytorch_lstm_cell",
        "--data",
        &format!("x={folder_of}/speech.npy"),
        "--seeds",
        "1",
        "--format",
        "json",
    ]))
    .expect("JSON");
    assert_eq!(told["verdict"], "healthy", "{told:#}");
    assert_eq!(told["flat"]["function"], "tanh", "{told:#}");
    let words = told["told"].as_str().expect("words");
    assert!(words.contains("Yet `tanh` is flat at") && words.contains("units that hardly learn"), "{words}");
    assert_eq!(told["no_theory"], "numbers were given, not drawn");
    // Half an identity: what draws it anew changes nothing, what leads past it helps.
    let data = folder("diagnose_data").join("half.json");
    std::fs::write(&data, r#"{"inputs": {"W": [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]}}"#).expect("written");
    let arguments = ["diagnose", "tests/diagnose/networks/given.net", "--data", data.to_str().expect("a path")];
    let with = |more: &[&str]| good(&[&arguments, more].concat());
    let told: Value = serde_json::from_str(&with(&["--seeds", "2", "--format", "json"])).expect("JSON");
    assert_eq!((&told["verdict"], &told["causes"][0]["what"]), (&"vanishing".into(), &"W".into()), "{told:#}");
    assert!((told["measured"]["gain"].as_f64().expect("a number") - 0.5).abs() < 1e-12);
    assert_eq!(told["remedies"][0]["mends"], true, "{told:#}");
    let refused = told["refused"].as_array().expect("a list");
    let why = refused.iter().find(|one| one["with"] == "init=he").expect("init=he is refused");
    assert_eq!(why["why"], "`W` is given, so how numbers are drawn changes nothing");
    let text = joined(&with(&["--seeds", "2"]));
    assert!(text.contains("2 runs with the parameters that were given, L = 20, N = 3"), "{text}");
}

#[test]
fn what_is_healthy_is_left_alone() {
    for net in [
        "healthy_relu",
        "healthy_residual",
        "healthy_cell",
        "healthy_linear",
        "healthy_prenorm",
        "healthy_gru",
        "healthy_highway",
    ] {
        let told = diagnosed(net);
        assert_eq!(told["verdict"], "healthy", "{net}: {told:#}");
        assert_eq!(told["causes"].as_array().map(Vec::len), Some(0), "{net}");
        assert_eq!(told["remedies"].as_array().map(Vec::len), Some(0), "{net}");
    }
    let path = "tests/diagnose/networks/healthy_linear.net";
    let text = joined(&good(&["diagnose", path, "--seeds", "2"]));
    assert!(text.contains("Healthy") && text.contains("Nothing needs mending"), "{text}");
    // Asked for, a change is measured all the same.
    let text = good(&["diagnose", path, "--seeds", "2", "--with", "residual"]);
    assert!(text.contains("residual") && text.contains("explodes"), "{text}");
}

#[test]
fn clipping_bounds_and_does_not_mend() {
    let path = "tests/diagnose/networks/tied_weights.net";
    let told = diagnosed("tied_weights");
    assert!(told["bounds"]["update_decades"].as_f64().is_some_and(|decades| decades > 3.0), "{:#}", told["bounds"]);
    let text = joined(&good(&["diagnose", path, "--seeds", "2", "--with", "init=orthogonal"]));
    assert!(text.contains("What leaves the signal as it is"), "{text}");
    assert!(text.contains("with the same gain of 1.2000 per step"), "{text}");
    // 1.2^12 is less than 10, and 1.2^13 is more.
    assert!(text.contains("Truncation: over 12 steps the gradient stays within a factor of 10"), "{text}");
    assert!(
        text.contains(
            "the first: nablascope transform tests/diagnose/networks/tied_weights.net --with init=orthogonal"
        ),
        "{text}"
    );
}

#[test]
fn weight_decay_leaves_the_gain_and_makes_weights_smaller() {
    // Added to a loss, it leaves the gradient of the states as it was, to the last digit.
    let told = diagnosed("with_loss");
    let decay = &told["bounds"]["weight_decay"];
    assert!(decay["gain"].is_f64() && decay["gain"] == told["measured"]["gain"], "{told:#}");
    assert_eq!(decay["refused"], Value::Null);
    // Without a loss the reason is said; what smaller weights do is measured all the same, and is what weights drawn so do.
    let decay = &diagnosed("tied_weights")["bounds"]["weight_decay"];
    assert_eq!(decay["gain"], Value::Null);
    assert!(decay["refused"].as_str().is_some_and(|why| why.contains("this network has none")), "{decay:#}");
    let number = |value: &Value| value.as_f64().expect("a number");
    let (factor, decades) = (number(&decay["smaller"]["factor"]), number(&decay["smaller"]["decades"]));
    assert!(factor < 1.0 && decades.abs() <= 1.0, "{decay:#}");
    let file = folder("diagnose_decay").join("smaller.net");
    let (path, change) = (file.to_str().expect("a path"), format!("init=orthogonal({})", 1.2 * factor));
    good(&["transform", "tests/diagnose/networks/tied_weights.net", "--with", &change, "-o", path]);
    let by_hand = swept(path) / std::f64::consts::LN_10;
    assert!((by_hand - decades).abs() < 1e-6, "{by_hand} by hand, {decades} told");
    // The norm of W, by which λ is multiplied: 24 columns of length 1.2.
    let norm = 1.2 * 24f64.sqrt();
    assert!((number(&decay["weights_decades"]) - norm.log10()).abs() < 1e-9, "{decay:#}");
}

#[test]
fn every_format_says_it() {
    let path = "tests/diagnose/networks/sigmoid_depth.net";
    let folder = folder("diagnose_formats");
    for (ending, sign) in [("md", "| residual"), ("html", "<svg"), ("json", "\"remedies\""), ("tex", "sigmoid")] {
        let file = folder.join(format!("page.{ending}"));
        good(&["diagnose", path, "--seeds", "1", "--with", "residual", "--out", file.to_str().expect("a path")]);
        let text = std::fs::read_to_string(&file).expect("the file");
        assert!(text.contains(sign) || text.replace('`', "").contains(sign), "{ending}: {text}");
    }
    let schema: Value = serde_json::from_str(&good(&["schema", "diagnose"])).expect("JSON");
    let told = diagnosed("healthy_linear");
    for key in told.as_object().expect("an object").keys() {
        assert!(schema["properties"].get(key).is_some(), "{key} is not in the schema");
    }
}

/// The gate of a cell of the gallery is found without its name; sizes and constants that are set are part of the network.
#[test]
fn settings_and_the_gallery() {
    let told: Value = serde_json::from_str(&good(&[
        "diagnose",
        "lstm",
        "--set",
        "T=30,H=12,D=6",
        "--seeds",
        "2",
        "--with",
        "forget_bias=4",
        "--format",
        "json",
    ]))
    .expect("JSON");
    assert_eq!(told["verdict"], "vanishing", "{told:#}");
    assert_eq!((&told["causes"][0]["kind"], &told["causes"][0]["what"]), (&"gate".into(), &"f".into()), "{told:#}");
    assert_eq!(told["remedies"][0]["mends"], true, "{told:#}");
    let wrong = program::run(&["diagnose", "mlp", "--seeds", "1"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(program::said(&wrong).contains("no recurrence"));
}

#[test]
fn a_square_is_a_function_and_no_norm() {
    let told = diagnosed("squares");
    assert_eq!(told["verdict"], "diverging", "{told:#}");
    let causes = told["causes"].as_array().expect("causes");
    assert!(causes.iter().all(|cause| cause["kind"] != "norm"), "{told:#}");
    assert_eq!((&causes[0]["kind"], &causes[0]["what"]), (&"slope".into(), &"u^2".into()), "{told:#}");
    let page = good(&["diagnose", "tests/diagnose/networks/squares.net", "--seeds", "2"]);
    assert!(!page.contains('ε'), "{page}");
}

#[test]
fn a_misspelt_remedy_is_told_before_anything_is_measured() {
    let output = program::run(&["diagnose", "rnn", "--with", "layernorm", "--with", "residul"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(program::said(&output).contains("did you mean `residual`?") && output.stdout.is_empty());
}
