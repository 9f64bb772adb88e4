//! The table of all entries: what the oracle says, what we say, and by how much they differ.

use crate::answers::{ANSWERS, Answer};
use serde_json::Value;

/// One number of one entry.
pub struct Row {
    pub name: String,
    pub parameters: String,
    pub tolerance: f64,
    /// The number's name within the entry, the oracle's value and ours.
    pub numbers: Vec<(String, f64, f64)>,
    /// Where it is met, or why it is left out.
    pub words: String,
}

impl Row {
    /// The largest deviation, by the size of the oracle's value where that exceeds 1.
    pub fn deviation(&self) -> f64 {
        self.numbers
            .iter()
            .map(|(_, theirs, ours)| (theirs - ours).abs() / theirs.abs().max(1.0))
            .fold(0.0, |a, b| if b.is_nan() { f64::NAN } else { a.max(b) })
    }

    /// What is wrong with it.
    pub fn fault(&self) -> Option<String> {
        let good = self.deviation() <= self.tolerance;
        (!good)
            .then(|| format!("{} {}: {:?}, tolerance {:e}", self.name, self.parameters, self.numbers, self.tolerance))
    }
}

pub fn oracles() -> Vec<Value> {
    #[allow(clippy::disallowed_methods, reason = "tests read files")]
    let text = std::fs::read_to_string("tests/oracles/theory.json").expect("the oracles");
    serde_json::from_str(&text).expect("a list")
}

/// All entries, in the order of the file.
pub fn rows() -> Vec<Row> {
    let mut found = Vec::new();
    for oracle in oracles() {
        let name = oracle["name"].as_str().expect("a name").to_string();
        let (_, answer) =
            ANSWERS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name} is not answered"));
        let (numbers, words) = match answer {
            Answer::Met(function) => (pairs("", &oracle["value"], &function(&oracle)), String::new()),
            Answer::Swept(file, test) => (Vec::new(), swept(&name, file, test)),
            Answer::LeftOut(reason) => (Vec::new(), format!("left out: {reason}")),
        };
        assert!(!matches!(answer, Answer::Met(_)) || !numbers.is_empty(), "{name}: nothing is compared");
        let parameters = oracle["parameters"].to_string().replace(['"', '{', '}'], "").replace(',', ", ");
        found.push(Row { name, parameters, tolerance: oracle["tolerance"].as_f64().unwrap_or(0.0), numbers, words });
    }
    found
}

/// Where a sweep meets an entry: the test is there, and reads it.
fn swept(name: &str, file: &str, test: &str) -> String {
    #[allow(clippy::disallowed_methods, reason = "tests read files")]
    let text = std::fs::read_to_string(file).expect("the tests of sweeps");
    let there = text.contains(&format!("fn {test}(")) && text.contains(&format!("oracles(\"{name}\")"));
    assert!(there, "{file} does not meet {name} in {test}");
    format!("measured: `{test}` of `{file}`")
}

/// The numbers of an entry that we answer, side by side. What we do not answer must be words, or is answered with `null`.
fn pairs(path: &str, theirs: &Value, ours: &Value) -> Vec<(String, f64, f64)> {
    match (theirs, ours) {
        (Value::Object(fields), Value::Object(_)) => {
            let inside = |(key, value): (&String, &Value)| {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                assert!(value.is_string() || ours.get(key).is_some(), "{path} is not answered: {ours}");
                pairs(&path, value, &ours[key])
            };
            fields.iter().flat_map(inside).collect()
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            assert_eq!(theirs.len(), ours.len(), "{path}");
            theirs
                .iter()
                .zip(ours)
                .enumerate()
                .flat_map(|(at, (a, b))| pairs(&format!("{path}.{}", at + 1), a, b))
                .collect()
        }
        (Value::Number(theirs), Value::Number(ours)) => {
            vec![(path.to_string(), theirs.as_f64().unwrap_or(f64::NAN), ours.as_f64().unwrap_or(f64::NAN))]
        }
        (Value::String(_), _) | (_, Value::Null) if theirs.is_string() => Vec::new(),
        _ => vec![(path.to_string(), theirs.as_f64().unwrap_or(f64::NAN), f64::NAN)],
    }
}

/// The page of the docs.
pub fn page() -> String {
    let mut page = "\
# Theory beside its oracles

Every entry of `tests/oracles/theory.json`: values of the theory of signal propagation that others computed. For entries that are
met, the first number is shown, and the largest deviation of all numbers of the entry, by the size of the oracle's where that
exceeds 1. Entries that are measured are met where their test says; `rnn_discrete_lyap_finiteN` is met at N = 800, for which
it is meant, and refuted at N = 128: its test says why. This page is written by `cargo test --test theory` (with
`INSTA_UPDATE=always`) and checked by it.

| entry | parameters | number | oracle | ours | deviation | tolerance |
|---|---|---|---|---|---|---|
"
    .to_string();
    for row in rows() {
        page.push_str(&match row.numbers.first() {
            Some((path, theirs, ours)) => {
                let more = match row.numbers.len() {
                    1 => String::new(),
                    count => format!(" and {} more", count - 1),
                };
                let path = if path.is_empty() { "value" } else { path };
                format!(
                    "| {} | {} | {path}{more} | {theirs:.9} | {ours:.9} | {} | {:e} |\n",
                    row.name,
                    row.parameters,
                    magnitude(row.deviation()),
                    row.tolerance
                )
            }
            None => format!("| {} | {} | {} | | | | |\n", row.name, row.parameters, row.words),
        });
    }
    page
}

/// A deviation as the power of ten that it is below.
fn magnitude(deviation: f64) -> String {
    if deviation < 1e-15 { "< 1e-15".into() } else { format!("< 1e{}", (libm::log10(deviation).floor() + 1.0) as i32) }
}

/// Holds a page against `docs/oracles.md`, or writes it.
#[allow(clippy::disallowed_methods, reason = "tests read files")]
pub fn written(page: &str) {
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::create_dir_all("docs").expect("a folder");
        std::fs::write("docs/oracles.md", page).expect("the page");
    }
    let kept = std::fs::read_to_string("docs/oracles.md").unwrap_or_default();
    assert!(kept == page, "docs/oracles.md is not what comes out; INSTA_UPDATE=always writes it");
}
