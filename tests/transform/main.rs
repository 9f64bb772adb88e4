//! Transformations of networks: what comes out can be read, agrees with exact derivatives, can be swept, and looks as a person
//! would have written it.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/program.rs"]
mod program;

use nablascope::math::flow::Plan;
use nablascope::math::source::{Outcome, Source};
use nablascope::math::transformation::{Transformation, WORDS};
use nablascope::{flow, gallery, mend, read_network};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What is tried on every network: each word, with different values.
const CHANGES: [&str; 24] = [
    "relu",
    "gelu",
    "softsign",
    "residual",
    "scale=0.1",
    "scale=1/sqrt(2)",
    "skip=1",
    "prenorm",
    "batchnorm",
    "layernorm",
    "rmsnorm",
    "nonorm",
    "init=he",
    "init=orthogonal",
    "init=identity",
    "init=critical",
    "init=0.9",
    "init=uniform(-0.1, 0.1)",
    "bias=0",
    "forget_bias=1",
    "gate",
    "gate=1.5",
    "weight_decay=0.01",
    "residual,scale=0.5,layernorm,softplus",
];

const GALLERY: [&str; 14] = [
    "mlp_deep",
    "rnn",
    "lstm",
    "gru",
    "gru_reset_after",
    "lstm_peephole",
    "resnet",
    "resnet_bn",
    "preact_resnet",
    "stacked_lstm",
    "encoder_decoder",
    "masked_rnn",
    "mlp_bn",
    "mlp",
];

fn nothing(_: &str) -> Result<Source, String> {
    Err("there is no such file".into())
}

fn own() -> Vec<(String, Source)> {
    let mut found: Vec<(String, Source)> = std::fs::read_dir("tests/transform/networks")
        .expect("the networks")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("text");
            (name.clone(), Source::new(format!("{name}.net"), text))
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

fn transformed(source: &Source, change: &str) -> Outcome<Source> {
    let list = Transformation::list(change).map_err(|error| vec![error])?;
    mend::transformed(source, &[], &list, &nothing)
}

/// Every transformation of a network: what it changes, line by line, or why it does not fit.
fn all_of(source: &Source) -> String {
    let mut told = String::new();
    for change in CHANGES {
        let _ = writeln!(told, "## {change}");
        match transformed(source, change) {
            Ok(new) => {
                sound(&new, change);
                for line in difference(&source.text, &new.text) {
                    let _ = writeln!(told, "{line}");
                }
            }
            Err(errors) => {
                assert!(errors.iter().all(|error| error.message.len() > 20), "{change}: {errors:?}");
                assert!(
                    !errors[0].message.contains("fault of nablascope") && !errors[0].message.contains("does not fit"),
                    "{change}: {errors:?}"
                );
                let _ = writeln!(told, "{}", errors[0].message);
            }
        }
    }
    told
}

/// What was written agrees with exact derivatives, and can be swept where anything recurs.
fn sound(new: &Source, change: &str) {
    let (network, _) = read_network(new, common::book(), &nothing).expect("it is read");
    let derivation = nablascope::derive(&network, &[]).unwrap_or_else(|errors| panic!("{change}: {errors:?}"));
    let verdict =
        nablascope::verdict(&network, &derivation, false).unwrap_or_else(|errors| panic!("{change}: {errors:?}"));
    assert!(verdict.worst < 1e-8, "{change} of {}: {}", network.name, verdict.worst);
    let Ok(asked) = flow::ask(&network, None) else { return };
    let steps: BTreeSet<_> =
        network.indices.values().filter(|index| index.recurrent).flat_map(|index| index.high.names()).collect();
    // Sizes that the file gives are its own.
    let small = |name: &nablascope::math::name::Name| match network.sizes.get(name) {
        Some(Some(own)) => *own,
        _ if steps.contains(name) => 4,
        _ => 5,
    };
    let sizes = asked.sizes.keys().map(|name| (name.clone(), small(name))).collect();
    let plan = Plan { seeds: vec![1], ..Plan::along(asked.index, sizes) };
    let swept = nablascope::sweep(&derivation, &plan, &BTreeMap::new(), &|_| {});
    let swept = swept.unwrap_or_else(|errors| panic!("{change} of {}: {errors:?}\n{}", network.name, new.text));
    assert!(swept.runs[0].gradient[0].iter().any(|value| value.is_finite()), "{change} of {}", network.name);
}

/// The lines that go (-) and those that come (+).
fn difference(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let mut common = vec![vec![0usize; new.len() + 1]; old.len() + 1];
    for (at, line) in old.iter().enumerate().rev() {
        for (to, other) in new.iter().enumerate().rev() {
            common[at][to] =
                if line == other { common[at + 1][to + 1] + 1 } else { common[at + 1][to].max(common[at][to + 1]) };
        }
    }
    let (mut at, mut to, mut told) = (0, 0, Vec::new());
    while at < old.len() || to < new.len() {
        if at < old.len() && to < new.len() && old[at] == new[to] {
            (at, to) = (at + 1, to + 1);
        } else if at < old.len() && (to == new.len() || common[at + 1][to] >= common[at][to + 1]) {
            told.push(format!("-{}", old[at]));
            at += 1;
        } else {
            told.push(format!("+{}", new[to]));
            to += 1;
        }
    }
    told
}

fn snapshot(name: &str, told: &str) {
    insta::with_settings!({snapshot_path => "../../snapshots/transform", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, told);
    });
}

#[test]
fn of_the_first_half_of_the_gallery() {
    for name in &GALLERY[..7] {
        snapshot(name, &all_of(&gallery::network(name).expect("a network")));
    }
}

#[test]
fn of_the_second_half_of_the_gallery() {
    for name in &GALLERY[7..] {
        snapshot(name, &all_of(&gallery::network(name).expect("a network")));
    }
}

#[test]
fn of_networks_in_other_letters() {
    for (name, source) in own() {
        snapshot(&format!("own_{name}"), &all_of(&source));
    }
}

/// A transformation that nothing refuses would be no test of refusals, and one that all refuse none of the rest.
#[test]
fn each_word_fits_somewhere() {
    let all: Vec<Source> = GALLERY
        .iter()
        .filter_map(|name| gallery::network(name))
        .chain(own().into_iter().map(|(_, source)| source))
        .collect();
    for word in WORDS.iter().filter(|word| !["ACTIVATION", "clip", "truncate"].contains(&word.word)) {
        let mut tried = CHANGES.iter().filter(|change| change.split(['=', ',']).next() == Some(word.word));
        assert!(tried.any(|change| all.iter().any(|source| transformed(source, change).is_ok())), "{}", word.word);
    }
}

#[test]
fn what_is_no_change_of_a_network_says_so() {
    let source = gallery::network("rnn").expect("a network");
    for change in ["clip=1", "truncate=5"] {
        let errors = transformed(&source, change).expect_err("no network is changed");
        assert!(errors[0].message.contains("the network stays what it is"), "{errors:?}");
        assert!(errors[0].hint.as_ref().is_some_and(|hint| hint.contains("diagnose")), "{errors:?}");
    }
    for wrong in [
        "",
        "residual=1",
        "scale",
        "scale=",
        "nonsense",
        "nonsense=3",
        "residual,,relu",
        "init=nonsense",
        "forget_bias=x",
    ] {
        assert!(transformed(&source, wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_program_writes_a_file_that_it_reads() {
    let folder = program::folder("transform");
    let file = folder.join("mended.net");
    let path = file.to_str().expect("a path");
    program::good(&[
        "transform",
        "mlp_deep",
        "--with",
        "residual,layernorm",
        "--with",
        "relu",
        "--set",
        "N=8",
        "-o",
        path,
    ]);
    let text = std::fs::read_to_string(&file).expect("the file");
    assert!(text.contains("h[l] = h[l-1] + phi(layernorm(a[l], gamma[l], beta[l], eps))"), "{text}");
    assert!(text.contains("phi = relu") && text.contains("size N = 8"), "{text}");
    program::good(&["verify", path]);
    program::good(&["sweep", path, "--set", "L=5", "--seeds", "1"]);
    let json: serde_json::Value =
        serde_json::from_str(&program::good(&["transform", "rnn", "--with", "gate", "--format", "json"]))
            .expect("JSON");
    assert_eq!(json["transformations"], serde_json::json!(["gate"]));
    assert!(json["source"].as_str().is_some_and(|text| text.contains("z[t] = sigmoid(")), "{json}");
    let refused = program::run(&["transform", "lstm", "--with", "residual", "-o", path]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(program::said(&refused).contains("handed on already"));
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), text, "a refused change writes nothing");
    assert!(program::good(&["transform", "--list"]).contains("forget_bias=NUMBER"));
}
