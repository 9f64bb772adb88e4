//! Sweeps, held against values that others computed: `tests/oracles/theory.json`, `tests/oracles/spectrum.json`.
//!
//! Statistical values are met with small networks here; `cargo test --release --test sweeps -- --ignored` meets them as the
//! oracles ask, at their widths and seeds.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

mod cells;
mod exponent;
mod lab;
mod means;
mod spectra;
mod whole;
