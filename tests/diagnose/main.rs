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

const FAULTS: [Fault; 21] = [
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
    let flow: Value = serde_json::from_str(&good(&["sweep", path, "--seeds", "2", "--format", "json"])).expect("JSON");
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
    let (before, after) = (swept(&path), swept(mended));
    assert!(before.abs() > std::f64::consts::LN_10, "{net} is no fault: {before}");
    assert!(after.abs() < std::f64::consts::LN_10, "{net} with {change}: {after}");
}

#[test]
fn seven_planted_faults() {
    FAULTS[..7].iter().for_each(check);
}

#[test]
fn seven_more() {
    FAULTS[7..14].iter().for_each(check);
}

#[test]
fn and_seven_more() {
    FAULTS[14..].iter().for_each(check);
}

#[test]
fn what_is_healthy_is_left_alone() {
    for net in ["healthy_relu", "healthy_residual", "healthy_cell", "healthy_linear"] {
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
