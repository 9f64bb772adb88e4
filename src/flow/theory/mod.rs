//! Mean-field theory of wide networks: moments, critical points, correlation lengths, by quadrature on what the network itself says.

mod alike;
mod batch;
mod build;
mod call;
mod correlation;
mod critical;
mod entries;
mod exponent;
pub mod finite;
mod fixed;
mod model;
mod multiples;
mod normalised;
mod passage;
mod phase;
mod plain;
mod quadrature;
mod report;
mod sample;
mod spectrum;
mod structure;

pub use alike::Map;
pub use correlation::Pair;
pub use model::{At, Evaluated, Evaluator, Model, Samples, WIDE};
pub use phase::phase;
pub use report::theory;
pub use structure::step;
