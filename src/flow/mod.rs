//! Gradients along depth and time: what theory says of a network.

pub mod theory;
