//! Values, exact derivatives by dual numbers, and the judge. Nothing in here knows a law.

mod array;
mod code;
mod fault;
#[cfg(test)]
mod fixtures;
pub mod instance;
mod integers;
pub mod judge;
pub mod kernels;
mod layout;
mod network;
mod random;
mod run;
mod scalar;
mod schedule;
mod stable;
mod term;

pub use array::Array;
pub use fault::Fault;
pub use instance::{Instance, instance};
pub use judge::{Mode, verdict};
pub use network::{Given, Program};
pub use scalar::{Dual, Scalar};
pub use schedule::Values;
pub use term::{Environment, term};
