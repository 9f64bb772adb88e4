//! What people say about gradients: the page is what the program finds, and a verdict that is wrong is found out.

#![allow(clippy::disallowed_methods, reason = "tests read and write files")]

#[path = "common/program.rs"]
mod program;

use program::{flat, folder, good, run, said};
use serde_json::Value;
use std::fs;

const FILE: &str = "derivations/gradients.statements";
const PAGE: &str = "docs/claims.md";

/// The page, with a line on where it comes from.
fn page() -> String {
    let printed = good(&["claims", "--format", "markdown"]);
    let (title, rest) = printed.split_once('\n').expect("a title");
    format!("{title}\n\nWritten by `nablascope claims --format markdown` from `{FILE}`; a test holds it.\n{rest}")
}

#[test]
fn the_page_says_what_the_program_finds() {
    let written = page();
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        fs::write(PAGE, &written).expect("written");
    }
    let held = fs::read_to_string(PAGE).expect("the page");
    assert!(held == written, "{PAGE} is not what the program finds; INSTA_UPDATE=always writes it anew");
    // Whoever changes a verdict in the file changes nothing but the expectation.
    for line in fs::read_to_string(FILE).expect("the file").lines().filter_map(|line| line.strip_prefix("verdict")) {
        assert!(held.contains(&format!(": {}. ", line.trim())), "{line}");
    }
}

/// A verdict that is not this one.
fn other(verdict: &str) -> &'static str {
    match verdict {
        "proved" => "measured",
        "measured" => "false",
        "false" => "proved",
        "outside our scope" => "measured",
        _ => "measured",
    }
}

#[test]
fn every_verdict_that_is_planted_wrong_is_found_out() {
    let folder = folder("planted");
    let text = fs::read_to_string(FILE).expect("the file");
    let planted: String = text
        .lines()
        .map(|line| match line.strip_prefix("verdict") {
            Some(verdict) => format!("verdict {}\n", other(verdict.trim())),
            None => format!("{line}\n"),
        })
        .collect();
    let path = folder.join("planted.statements");
    fs::write(&path, planted).expect("written");
    let output = run(&["claims", "--file", path.to_str().expect("a path"), "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let statements = found["statements"].as_array().expect("statements");
    assert_eq!(statements.len(), text.lines().filter(|line| line.starts_with("verdict")).count());
    assert!(statements.len() >= 30, "only {}", statements.len());
    for one in statements {
        assert_eq!(one["as_expected"], Value::Bool(false), "{one}");
    }
}

/// What becomes of statements of one's own.
fn own(name: &str, text: &str) -> (Option<i32>, String) {
    let path = folder(name).join("own.statements");
    fs::write(&path, text).expect("written");
    let output = run(&["claims", "--file", path.to_str().expect("a path")]);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), flat(&String::from_utf8(said).expect("UTF-8")))
}

const HEAD: &str = "statement s\nsays S.\nbecause B.\n";

#[test]
fn a_condition_must_tell_the_cases_apart() {
    let equal = |word: &str, holds: bool| {
        let right = if holds { "x + x" } else { "3 * x" };
        format!("{word} Doubled.\nrun p prove '2 * x = {right}'\nholds proved(p)\n")
    };
    let told = |name: &str, verdict: &str, cases: &[String]| {
        own(name, &format!("{HEAD}verdict {verdict}\n{}", cases.concat()))
    };
    let good = |found: (Option<i32>, String)| assert_eq!(found.0, Some(0), "{}", found.1);
    let bad = |found: (Option<i32>, String), says: &str| {
        assert!(found.0 == Some(1) && found.1.contains(says), "{says}: {}", found.1);
    };
    let (yes, no, else_yes, else_no) =
        (equal("case", true), equal("case", false), equal("otherwise", true), equal("otherwise", false));
    good(told("one", "proved", std::slice::from_ref(&yes)));
    good(told("two", "false", &[yes.clone(), no.clone()]));
    good(told("three", "true if C", &[yes.clone(), else_no.clone()]));
    good(told("four", "outside our scope", &[]));
    bad(told("five", "proved", &[yes.clone(), no.clone()]), "s: false. B. This is not what was expected: proved.");
    bad(told("six", "true if C", &[yes.clone(), else_yes]), "it holds although its condition is not met");
    bad(told("seven", "true if C", &[no.clone(), else_no.clone()]), "it fails although its condition is met");
    bad(told("eight", "true if C", &[else_no]), "there is no case where its condition is met");
    bad(told("nine", "true if C", &[yes]), "s: proved.");
    bad(told("ten", "measured", &[]), "s: outside our scope.");
}

#[test]
fn what_cannot_be_tested_is_told() {
    let case = |run: &str, holds: &str| format!("{HEAD}verdict proved\ncase C.\nrun {run}\nholds {holds}\n");
    let sweep = "a sweep rnn --set T=3,H=2,D=2,K=1 --seeds 2";
    for (number, (text, code, says)) in [
        ("verdict proved\n".to_string(), 1, "`verdict` belongs to a statement"),
        ("bogus\n".to_string(), 1, "no line begins with `bogus`"),
        ("statement s\nsays S.\nbecause B.\n".to_string(), 1, "has no `verdict`"),
        (format!("{HEAD}verdict maybe\n"), 1, "`maybe` is no verdict"),
        (format!("{HEAD}verdict proved\nholds 1 < 2\n"), 1, "`holds` belongs to a case"),
        (format!("{HEAD}verdict proved\ncase C.\n"), 1, "a case needs `holds`"),
        (format!("{HEAD}verdict false\n{HEAD}verdict false\n"), 1, "two statements called `s`"),
        (case("a sweep 'rnn", "gain(a) < 0"), 1, "a quotation has no end"),
        (case(sweep, "gain(a) <"), 1, "own.statements"),
        (case(sweep, "gain(b) < 0"), 1, "no run of this case is called so"),
        (case(sweep, "gains(a) < 0"), 1, "a sweep has gain(a)"),
        (case(sweep, "mean(a, q, last) < 0"), 1, "there are no values of q"),
        (case(sweep, "mean(a, h, 77) < 0"), 1, "there is no such number"),
        (case(sweep, "gain(a)"), 1, "this is a number, not a condition"),
        (case("a sweep nothing", "gain(a) < 0"), 1, "there is no network nothing"),
        (case("a sweep rnn --bogus", "gain(a) < 0"), 1, "unexpected argument"),
        (case("a list", "gain(a) < 0"), 1, "tested by sweep, theory, compare or prove"),
        (case("a theory rnn", "chi(a) < 0"), 1, "no verdict"),
        (case("a prove 'x = y'", "chi(a) < 0"), 1, "an equality has proved(a), refuted(a)"),
    ]
    .into_iter()
    .enumerate()
    {
        let (found, said) = own(&format!("told{number}"), &text);
        assert!(found == Some(code) && said.contains(says), "{text}\n{says}\n{found:?}: {said}");
    }
    let output = run(&["claims", "relu-does-not-vanis"]);
    assert!(output.status.code() == Some(2), "{output:?}");
    assert!(said(&output).contains("did you mean `relu-does-not-vanish`?"));
    assert_eq!(run(&["claims", "--file", "no/such/file"]).status.code(), Some(2));
}
