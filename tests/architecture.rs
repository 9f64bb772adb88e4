//! The house rules, held by a test: which module may know which.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::fs;
use std::path::{Path, PathBuf};

/// What each verb may import besides itself. Everything not listed is forbidden.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("math", &[]),
    ("parse", &["math"]),
    ("resolve", &["math"]),
    ("derive", &["math"]),
    ("evaluate", &["math"]),
    ("flow", &["math"]),
    ("render", &["math"]),
    ("transform", &["math"]),
    ("weigh", &["math"]),
];

/// Which crates have one user only.
const SOLE_USERS: &[(&str, &str)] = &[
    ("pest", "parse"),
    ("pest_derive", "parse"),
    ("egg", "derive"),
    ("nalgebra", "evaluate"),
    ("faer", "evaluate"),
    ("indicatif", "cli"),
    ("clap", "cli"),
    ("miette", "cli"),
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The module a file belongs to: the first folder or file name under `src`.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix("src").expect("a path under src");
    let first = inside.components().next().expect("a first component");
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_string()
}

#[test]
fn nouns_import_no_verb_and_verbs_do_not_import_each_other() {
    let mut faults = Vec::new();
    for path in rust_files(Path::new("src")) {
        let module = module(&path);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else { continue };
        let text = fs::read_to_string(&path).expect("readable source");
        for (number, line) in text.lines().enumerate() {
            for (other, _) in text_imports(line) {
                if other != module && !allowed.contains(&other.as_str()) {
                    faults.push(format!("{}:{}: {module} imports {other}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Mentions of `crate::module` in a line of code.
fn text_imports(line: &str) -> Vec<(String, usize)> {
    let code = line.split("//").next().unwrap_or_default();
    code.match_indices("crate::")
        .map(|(position, _)| {
            let rest = &code[position + "crate::".len()..];
            (rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect(), position)
        })
        .collect()
}

#[test]
fn each_large_crate_has_one_user() {
    let mut faults = Vec::new();
    for path in rust_files(Path::new("src")) {
        let module = module(&path);
        let text = fs::read_to_string(&path).expect("readable source");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for (name, user) in SOLE_USERS {
                let uses = code.contains(&format!("use {name}::"))
                    || code.contains(&format!(" {name}::"))
                    || code.contains(&format!("({name}::"))
                    || code.contains(&format!("<{name}::"));
                if uses && module != *user {
                    faults.push(format!("{}:{}: only {user} may use {name}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn only_the_command_line_touches_files_terminal_and_clock() {
    let forbidden =
        ["std::fs", "std::io::stdout", "std::io::stderr", "std::io::stdin", "std::time", "std::env", "std::process"];
    let mut faults = Vec::new();
    for path in rust_files(Path::new("src")) {
        if ["cli", "main"].contains(&module(&path).as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable source");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if let Some(found) = forbidden.iter().find(|name| code.contains(*name)) {
                faults.push(format!("{}:{}: {found}", path.display(), number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The judge must not know the defendant: nothing under `evaluate` speaks of laws.
#[test]
fn the_judge_never_sees_a_law() {
    for path in rust_files(Path::new("src/evaluate")) {
        let text = fs::read_to_string(&path).expect("readable source");
        assert!(!text.contains("math::law"), "{} reads the book", path.display());
    }
}

/// Networks work because the laws do: no code knows the name of one, or of a gate.
#[test]
fn no_code_knows_a_network() {
    let mut names: Vec<String> = vec!["forget_gate".into(), "input_gate".into(), "lstm_cell".into(), "gru_cell".into()];
    for entry in fs::read_dir("derivations/networks").expect("the gallery") {
        let path = entry.expect("an entry").path();
        names.push(path.file_stem().expect("a name").to_string_lossy().into_owned());
    }
    let mut faults = Vec::new();
    for path in rust_files(Path::new("src")) {
        // The words of transformations are those of the trade, and some entries of the gallery are called by them.
        if path.ends_with("math/transformation.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable source");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            // Help texts name gallery networks as examples.
            if line.contains("nablascope ") {
                continue;
            }
            for literal in code.split('"').skip(1).step_by(2) {
                if names.iter().any(|name| name == literal) {
                    faults.push(format!("{}:{}: \"{literal}\"", path.display(), number + 1));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The walk through the code names files and folders that are there.
#[test]
fn the_walk_names_what_is_there() {
    let text = fs::read_to_string("ARCHITECTURE.md").expect("the walk");
    let all: Vec<String> =
        rust_files(Path::new("src")).iter().map(|path| path.to_string_lossy().replace('\\', "/")).collect();
    let mut missing = Vec::new();
    for name in text.split('`').skip(1).step_by(2) {
        let named = name.trim_end_matches('/');
        let is_file = named.ends_with(".rs") && !named.contains(' ');
        let is_folder =
            name.ends_with('/') && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "/_".contains(letter));
        let there = Path::new(named).exists()
            || all.iter().any(|path| match is_file {
                true => path.ends_with(&format!("/{named}")),
                false => path.contains(&format!("/{named}/")),
            });
        if (is_file || is_folder) && !there {
            missing.push(name);
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
