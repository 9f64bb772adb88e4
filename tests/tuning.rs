//! Weights before and after training: what changed of them, and of the flow of gradients through them.

#![allow(clippy::disallowed_methods, reason = "tests read and write files")]

#[path = "common/program.rs"]
mod program;
#[path = "common/random.rs"]
mod random;

use program::{flat, folder, good, run, said};
use random::Random;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

type Weights = BTreeMap<&'static str, (Vec<usize>, Vec<f64>)>;

const H: usize = 6;
const D: usize = 3;

/// The weights of a recurrent network, drawn.
fn drawn() -> Weights {
    let mut random = Random::of("tuning");
    let mut array = |dims: &[usize], scale: f64| {
        let data = (0..dims.iter().product()).map(|_| random.between(-scale, scale)).collect();
        (dims.to_vec(), data)
    };
    BTreeMap::from([
        ("W", array(&[H, D], 1.0)),
        ("U", array(&[H, H], 0.6)),
        ("b", array(&[H], 0.1)),
        ("V", array(&[2, H], 1.0)),
        ("c", array(&[2], 0.0)),
    ])
}

/// The same with every entry of a parameter multiplied.
fn scaled(weights: &Weights, name: &str, factor: f64) -> Weights {
    let mut weights = weights.clone();
    weights.get_mut(name).expect("a parameter").1.iter_mut().for_each(|entry| *entry *= factor);
    weights
}

fn written(folder: &Path, name: &str, weights: &Weights) -> String {
    let bytes: Vec<(&str, Vec<usize>, Vec<u8>)> = weights
        .iter()
        .map(|(name, (dims, data))| (*name, dims.clone(), data.iter().flat_map(|entry| entry.to_le_bytes()).collect()))
        .collect();
    let views = bytes
        .iter()
        .map(|(name, dims, data)| (*name, TensorView::new(Dtype::F64, dims.clone(), data).expect("a tensor")));
    let path = folder.join(name);
    fs::write(&path, safetensors::serialize(views, None).expect("a file")).expect("written");
    path.to_string_lossy().into_owned()
}

fn compared(before: &str, after: &str, more: &[&str]) -> String {
    let sweep = ["sweep", "rnn", "--set", "T=12", "--weights", before, "--against", after, "--paths"];
    good(&[&sweep, more].concat())
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn change<'v>(found: &'v Value, parameter: &str) -> &'v Value {
    let changes = found["changes"].as_array().expect("changes");
    changes.iter().find(|own| own["parameter"] == parameter).unwrap_or_else(|| panic!("{parameter} is not told of"))
}

#[test]
fn what_moved_and_what_became_of_the_flow() {
    let folder = folder("tuning");
    let drawn = drawn();
    let before = written(&folder, "before.safetensors", &drawn);
    let after = written(&folder, "after.safetensors", &scaled(&scaled(&drawn, "U", 1.5), "b", -1.1));
    let found: Value = serde_json::from_str(&compared(&before, &after, &["--format", "json"])).expect("JSON");
    let close =
        |value: &Value, expected: f64| assert!((number(value) - expected).abs() < 1e-12, "{value} is not {expected}");
    // Half of U was added to it: every singular value grows by half, and the direction stays.
    let of_u = change(&found, "U");
    close(&of_u["relative"], 0.5);
    close(&of_u["cosine"], 1.0);
    let frobenius = drawn["U"].1.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
    close(&of_u["norm"][0], frobenius);
    close(&of_u["norm"][1], 1.5 * frobenius);
    let spectrum = &of_u["spectra"][0];
    let values = |when: &str| spectrum[when].as_array().expect("values").iter().map(number).collect::<Vec<_>>();
    assert_eq!(values("before").len(), H);
    for (one, other) in values("before").iter().zip(values("after")) {
        assert!((1.5 * one - other).abs() < 1e-12);
    }
    let squares: f64 = values("before").iter().map(|value| value * value).sum();
    assert!((squares.sqrt() - frobenius).abs() < 1e-12, "these are not the singular values of U");
    close(&change(&found, "b")["relative"], 2.1);
    close(&change(&found, "b")["cosine"], -1.0);
    close(&change(&found, "W")["relative"], 0.0);
    assert!(change(&found, "b")["spectra"].as_array().expect("none").is_empty());
    // Each half is the sweep of one file by itself.
    for (number, file) in [&before, &after].into_iter().enumerate() {
        let alone = good(&["sweep", "rnn", "--set", "T=12", "--weights", file, "--paths", "--format", "json"]);
        let alone: Value = serde_json::from_str(&alone).expect("JSON");
        assert_eq!(alone["sweeps"][0]["runs"], found["sweeps"][number]["runs"]);
    }
    let page = compared(&before, &after, &[]);
    let flat = flat(&page);
    for told in [
        "What changed",
        "b moved most: by 2.1000 of its norm. 3 parameters did not move.",
        "share before",
        "stable rank",
    ] {
        assert!(flat.contains(told), "{told} is missing in\n{page}");
    }
    let csv = compared(&before, &after, &["--format", "csv"]);
    for line in [
        "weights = after.safetensors,,weight_moved,U,,,0.5",
        "weights = before.safetensors,,weight_singular_value,U,6,,",
    ] {
        assert!(csv.contains(line), "{line}");
    }
}

#[test]
fn the_same_weights_change_nothing() {
    let folder = folder("unmoved");
    let before = written(&folder, "one.safetensors", &drawn());
    let page = compared(&before, &before, &[]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        page.contains("No parameter moved.") && page.contains("by 0 ± 0 nats") && page.contains("as much as before"),
        "{page}"
    );
}

#[test]
fn parts_and_settings_go_with_it() {
    let folder = folder("tuned_parts");
    let (before, after) = (
        written(&folder, "before.safetensors", &drawn()),
        written(&folder, "after.safetensors", &scaled(&drawn(), "U", 0.5)),
    );
    let settings = ["--set", "T=5,9", "--seeds", "3"];
    let whole = good(
        &[&["sweep", "rnn", "--weights", &before, "--against", &after, "--format", "json"], &settings[..]].concat(),
    );
    let parts: Vec<String> = ["1/2", "2/2"]
        .iter()
        .map(|shard| {
            let out = folder.join(shard.replace('/', "of")).to_string_lossy().into_owned();
            let words = ["sweep", "rnn", "--weights", &before, "--against", &after, "--shard", shard, "--out", &out];
            good(&[&words, &settings[..]].concat());
            out
        })
        .collect();
    assert_eq!(good(&["merge", &parts[0], &parts[1], "--format", "json"]), whole);
    let found: Value = serde_json::from_str(&whole).expect("JSON");
    assert_eq!(found["sweeps"].as_array().expect("sweeps").len(), 4);
}

#[test]
fn files_that_do_not_go_together_are_refused() {
    let folder = folder("untuned");
    let drawn = drawn();
    let before = written(&folder, "before.safetensors", &drawn);
    let mut lacking = drawn.clone();
    lacking.remove("U");
    let lacking = written(&folder, "lacking.safetensors", &lacking);
    let mut wide = drawn.clone();
    wide.insert("c", (vec![3], vec![0.0; 3]));
    wide.insert("V", (vec![3, H], vec![0.1; 3 * H]));
    let wide = written(&folder, "wide.safetensors", &wide);
    let refused = |more: &[&str], code: i32, says: &str| {
        let output = run(&[&["sweep", "rnn", "--set", "T=4"], more].concat());
        let said = said(&output);
        assert!(output.status.code() == Some(code) && said.contains(says), "{more:?}: {said}");
    };
    refused(&["--weights", &before, "--against", &lacking], 1, "lacking.safetensors has no `U`");
    refused(&["--weights", &lacking, "--against", &before], 1, "lacking.safetensors has no `U`");
    // A network that says how U is drawn may do without it, but not on one side only.
    let network = folder.join("drawn.net").to_string_lossy().into_owned();
    let text = nablascope::gallery::network("rnn")
        .expect("a network")
        .text
        .replace("U : H × H, b", "U : H × H ~ orthogonal(1), b");
    fs::write(&network, text).expect("written");
    for (one, other, has) in [(&before, &lacking, "--weights"), (&lacking, &before, "--against")] {
        let output = run(&["sweep", &network, "--set", "T=4", "--weights", one, "--against", other]);
        let said = said(&output);
        assert!(output.status.code() == Some(1) && said.contains(&format!("`U` is in the file of `{has}`")), "{said}");
    }
    refused(&["--weights", &before, "--against", &wide], 1, "`K` is 2 with `--weights`, and 3 with `--against`");
    refused(&["--weights", &before, "--against", "no/such.safetensors"], 2, "cannot read");
    refused(&["--against", &before], 2, "--weights");
}
