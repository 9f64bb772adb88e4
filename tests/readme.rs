//! What the README shows is what the program prints.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::process::Command;

/// The block of code after a line.
fn block_after<'t>(text: &'t str, line: &str) -> &'t str {
    let (_, rest) = text.split_once(line).unwrap_or_else(|| panic!("README has no `{line}`"));
    let (_, rest) = rest.split_once("```").expect("a block begins");
    let (_, rest) = rest.split_once('\n').expect("a block has lines");
    rest.split_once("\n```").expect("a block ends").0
}

#[test]
fn the_printed_derivation_is_real() {
    let readme = std::fs::read_to_string("README.md").expect("the README");
    let shown = std::fs::read_to_string("derivations/networks/gru.net").expect("the network");
    assert_eq!(block_after(&readme, "<!-- network gru -->").trim(), shown.trim());
    let output = Command::new(env!("CARGO_BIN_EXE_nablascope"))
        .args(["derive", "gru", "--steps", "none"])
        .env("COLUMNS", "100")
        .output()
        .expect("the program runs");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert_eq!(block_after(&readme, "<!-- output derive gru --steps none -->").trim(), printed.trim());
}

#[test]
fn the_printed_jacobian_is_real() {
    let readme = std::fs::read_to_string("README.md").expect("the README");
    let output = Command::new(env!("CARGO_BIN_EXE_nablascope"))
        .args(["jacobian", "gru", "--of", "h[t]", "--wrt", "h[t-1]", "--steps", "none"])
        .env("COLUMNS", "100")
        .output()
        .expect("the program runs");
    let printed = String::from_utf8(output.stdout).expect("text");
    let shown = block_after(&readme, "<!-- output jacobian gru -->").trim();
    assert!(printed.contains(shown) && shown.starts_with("Jacobian"), "{printed}");
}

#[test]
fn the_printed_refutation_is_real() {
    let readme = std::fs::read_to_string("README.md").expect("the README");
    let path = "tests/claims/forgotten_carry.claims";
    let claims = std::fs::read_to_string(path).expect("the claims");
    assert_eq!(block_after(&readme, "<!-- claims -->").trim(), claims.trim());
    let output = Command::new(env!("CARGO_BIN_EXE_nablascope"))
        .args(["check", "lstm", path])
        .env("COLUMNS", "100")
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).expect("text");
    assert_eq!(block_after(&readme, "<!-- output check -->").trim(), printed.trim());
}

#[test]
fn every_equality_is_decided_as_it_says() {
    let readme = std::fs::read_to_string("README.md").expect("the README");
    for line in block_after(&readme, "<!-- prove -->").lines() {
        let (command, refuted) = (line.split('#').next().expect("a command"), line.contains("exit code 1"));
        // What stands between apostrophes is one word.
        let words: Vec<&str> = command
            .split('\'')
            .enumerate()
            .flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
            .skip(1)
            .collect();
        let output = Command::new(env!("CARGO_BIN_EXE_nablascope")).args(&words).output().expect("the program runs");
        assert_eq!(output.status.code(), Some(i32::from(refuted)), "{command}");
    }
}

#[test]
fn the_printed_sweep_is_real() {
    let readme = std::fs::read_to_string("README.md").expect("the README");
    let output = Command::new(env!("CARGO_BIN_EXE_nablascope"))
        .args(["sweep", "rnn", "--set", "T=40,H=16,D=8,K=1", "--seeds", "4"])
        .env("COLUMNS", "100")
        .output()
        .expect("the program runs");
    let printed = String::from_utf8(output.stdout).expect("text");
    let shown = block_after(&readme, "<!-- output sweep rnn -->").trim();
    assert!(printed.contains(shown) && shown.starts_with("What came out"), "{printed}");
}

#[test]
fn every_command_of_the_tour_works() {
    commands("## A tour", 10);
}

#[test]
fn every_command_of_the_reports_works() {
    commands("## Sweeps, theory, reports", 11);
}

/// Runs the commands of the block after a heading, at least so many, with their files in a folder of their own.
fn commands(heading: &str, least: usize) {
    let readme = std::fs::read_to_string("README.md").expect("the README");
    let tour = block_after(&readme, heading);
    let folder = std::env::temp_dir().join(format!("nablascope-tour-{}-{}", heading.len(), std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut count = 0;
    for line in tour.lines() {
        let command = line.split('#').next().expect("a command").trim();
        let words: Vec<String> = command
            .split_whitespace()
            .skip(1)
            .map(|word| {
                if [".tex", ".html", ".svg", ".csv"].iter().any(|end| word.ends_with(end)) {
                    folder.join(word).display().to_string()
                } else {
                    word.to_string()
                }
            })
            .collect();
        let output = Command::new(env!("CARGO_BIN_EXE_nablascope")).args(&words).output().expect("the program runs");
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        count += 1;
    }
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    assert!(count >= least, "only {count} commands");
}
