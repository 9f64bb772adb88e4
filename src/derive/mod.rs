//! Derivation: from a network to the lines of its backward pass.

pub mod normal;
