//! The program, run as its users run it.
#![allow(dead_code, clippy::disallowed_methods, reason = "not every test uses all of it; tests read files")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What the program does with these arguments, without colours.
pub fn run(arguments: &[&str]) -> Output {
    run_in(Path::new("."), arguments)
}

/// What it does in a folder: its files then have names that are the same on every machine.
pub fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_nablascope");
    Command::new(program)
        .args(arguments)
        .env("NO_COLOR", "1")
        .env_remove("COLUMNS")
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

/// What it says beside its output, in one line: where its lines end depends on how long the names of files are.
pub fn said(output: &Output) -> String {
    flat(&String::from_utf8_lossy(&output.stderr))
}

/// A text of several lines in one.
pub fn flat(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

/// What a good run prints.
pub fn good(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// An empty folder for the files of one test.
pub fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    path
}
