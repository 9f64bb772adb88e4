//! How long a claim takes: the median over all claims of the tests, true ones and false ones. `cargo bench --bench claims` prints
//! it; tests never assert times.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads files and the clock, and prints"
)]

use mimalloc::MiMalloc;
use nablascope::gallery;
use nablascope::math::source::Source;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// That of the command line.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    // The book is read once, as by every command.
    let _ = nablascope::book();
    let mut times: Vec<(Duration, String)> = Vec::new();
    for folder in ["textbook", "hand", "published", "more"] {
        let mut own: Vec<Duration> = Vec::new();
        for path in files(&format!("tests/claims/{folder}")) {
            let (name, each, count) = timed(&path);
            own.extend(std::iter::repeat_n(each, count));
            times.extend(std::iter::repeat_n((each, format!("{folder}/{name}")), count));
        }
        own.sort();
        println!("{folder}: {} claims, median {:.1} ms", own.len(), milliseconds(own[own.len() / 2]));
    }
    times.sort();
    println!("all: {} claims, median {:.1} ms", times.len(), milliseconds(times[times.len() / 2].0));
    for (time, name) in times.iter().rev().take(5) {
        println!("slow: {name}, {:.1} ms for each claim", milliseconds(*time));
    }
}

fn files(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|file| file.path())
        .filter(|file| file.is_file())
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "net" || extension == "claims"));
    files.sort();
    files
}

/// The name of a file, the time of each of its claims, and how many they are: reading, differentiating and checking, the least of
/// three runs.
fn timed(path: &std::path::Path) -> (String, Duration, usize) {
    let name = path.file_stem().expect("a name").to_string_lossy().to_string();
    let own = Source::new(&*name, &*fs::read_to_string(path).expect("a file"));
    let (network, claims) = match path.extension().is_some_and(|extension| extension == "claims") {
        true => (gallery::network(&name).expect("a network of the gallery"), Some(own)),
        false => (own, None),
    };
    let load = |_: &str| Err("benchmarks use no other files".to_string());
    let mut best: Option<(Duration, usize)> = None;
    for _ in 0..3 {
        let start = Instant::now();
        let Ok((findings, _)) = nablascope::check(&network, claims.as_ref(), &[], &load) else { panic!("{name}") };
        let count = findings.findings.len();
        let each = start.elapsed() / u32::try_from(count).expect("few claims");
        if best.is_none_or(|(known, _)| each < known) {
            best = Some((each, count));
        }
    }
    let (each, count) = best.expect("three runs");
    (name, each, count)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
