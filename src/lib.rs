//! nablascope: symbolic derivation and gradient analysis of neural networks.
//!
//! The pipeline is one page: text is parsed into trees, trees are resolved into networks and the book of laws,
//! a network is derived into a derivation, a derivation is judged by evaluation, and rendered.

pub mod evaluate;
pub mod math;
pub mod parse;
