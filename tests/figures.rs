//! The figures of `docs/figures.md`: every command works, and prints the words that stand below it.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::process::Command;

const PAGE: &str = "docs/figures.md";

/// What a command prints between the heading of its results and the first picture, or all of a short page.
fn printed(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_nablascope")).args(words).env("COLUMNS", "100").output();
    let output = output.expect("the program runs");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let after = |heading: &str| text.split_once(&format!("\n{heading}\n")).map(|(_, rest)| rest);
    let told = match after("What came out") {
        Some(rest) => rest.split("\nThe gradient along the way back\n").next().expect("a part"),
        None => text.split("\n\n").nth(1).expect("a second paragraph"),
    };
    let paths = after("Through which path").and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    [told.trim(), paths.trim()].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("\n\n")
}

#[test]
fn every_figure_says_what_its_command_prints() {
    let page = std::fs::read_to_string(PAGE).expect("the page");
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always");
    let (mut written, mut count) = (String::new(), 0);
    let mut pieces = page.split("```sh\n");
    written.push_str(pieces.next().expect("a beginning"));
    for piece in pieces {
        let (command, rest) = piece.split_once("\n```\n").expect("a command ends");
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        let (words, out) = words.split_at(words.iter().position(|word| *word == "--out").expect("a picture"));
        let picture = out[1];
        if update {
            printed_picture(words, picture);
        }
        assert!(std::path::Path::new(picture).is_file(), "{picture} is not there");
        let name = picture.trim_start_matches("docs/");
        // The block that stands there, if any, is replaced.
        let old = format!("![]({name})\n");
        let rest = rest.split_once(&old).map_or(rest, |(_, rest)| rest);
        written.push_str(&format!("```sh\n{command}\n```\n\n```\n{}\n```\n\n{old}{rest}", printed(words)));
        count += 1;
    }
    assert!(count >= 12, "only {count} figures");
    if update {
        std::fs::write(PAGE, &written).expect("written");
    } else {
        assert!(page == written, "{PAGE} is not what the commands print; INSTA_UPDATE=always writes it anew");
    }
}

fn printed_picture(words: &[&str], picture: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_nablascope")).args(words).args(["--out", picture]).output();
    assert!(output.expect("the program runs").status.success(), "{words:?}");
}
