//! How long sweeps take, for `benches/sweep.py`, which does the same with numpy, torch and jax on the same numbers.
//!
//! Prints one line of JSON for each task: its name, seconds, and what came out.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark looks at the clock and prints")]

use nablascope::evaluate::Array;
use nablascope::math::flow::{Exponents, Plan, Start};
use nablascope::math::name::Name;
use nablascope::math::source::Source;
use std::collections::BTreeMap;
use std::time::Instant;

/// So many different weight matrices take turns: more than fit into a cache.
const MATRICES: usize = 16;
const DEEP: &str = "network deep\nsize N\nalong l\nover p : P\nparam W[p] : N × N\nstate h[l] : N\n\
    h[l] = tanh(W[l % P + 1] @ h[l-1])\n";

/// A number between −1/2 and 1/2 for every place.
fn number(place: u64) -> f64 {
    let mut x = place.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 32;
    x = x.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    x ^= x >> 32;
    (x >> 11) as f64 / (1u64 << 53) as f64 - 0.5
}

fn main() {
    let book = nablascope::book().expect("the book");
    let (network, _) =
        nablascope::read_network(&Source::new("deep", DEEP), book, &|_| Err("none".into())).expect("a network");
    let derivation = nablascope::derive(&network, &[]).expect("a derivation");
    let tasks = [
        ("norms", 512, 1000, Exponents::None),
        ("8 exponents", 512, 1000, Exponents::Leading(8)),
        ("spectrum 256", 256, 50, Exponents::All),
        ("spectrum 512", 512, 50, Exponents::All),
        ("norms, deep and narrow", 8, 100_000, Exponents::None),
    ];
    // `cargo bench --bench sweep -- norms`
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    for (name, width, depth, exponents) in tasks {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let scale = (12.0 / width as f64).sqrt() * 1.1;
        let weights = (0..(MATRICES * width * width) as u64).map(|place| scale * number(place)).collect();
        let start = (0..width as u64).map(|place| number((1 << 40) + place)).collect();
        let given = BTreeMap::from([
            (Name::from("W"), Array { dims: vec![MATRICES, width, width], data: weights }),
            (Name::from("h0"), Array { dims: vec![width], data: start }),
        ]);
        let sizes = [("N", width as i64), ("L", depth), ("P", MATRICES as i64)];
        let sizes = sizes.into_iter().map(|(name, size)| (Name::from(name), size)).collect();
        let plan = Plan { start: Start::Ones, exponents, ..Plan::along(Name::from("l"), sizes) };
        let mut best = f64::INFINITY;
        let mut said = String::new();
        for _ in 0..5 {
            let begin = Instant::now();
            let sweep = nablascope::sweep(&derivation, &plan, &given, &|_| {}).expect("a sweep");
            best = best.min(begin.elapsed().as_secs_f64());
            let run = &sweep.runs[0];
            said = match run.exponents.as_slice() {
                [] => format!("[{}, {}]", run.gradient[0][0], run.gradient[0][depth as usize / 2]),
                some => format!("{some:?}"),
            };
        }
        println!("{{\"task\": \"{name}\", \"seconds\": {best}, \"result\": {said}}}");
    }
}
