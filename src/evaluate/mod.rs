//! Values, exact derivatives by dual numbers, and the judge. Nothing in here knows a law.

pub mod activation;
mod array;
mod bind;
mod bounds;
mod code;
pub mod data;
pub mod draw;
pub mod draws;
mod fault;
#[cfg(test)]
mod fixtures;
mod gradient;
mod haar;
pub mod instance;
mod integers;
pub mod jacobian;
pub mod judge;
pub mod kernels;
mod kinks;
mod layout;
mod names;
mod network;
mod normal;
mod program;
mod random;
mod read;
mod reduce;
mod run;
mod scalar;
mod schedule;
mod solve;
mod stable;
pub mod sweep;
mod term;

pub use array::Array;
pub use bind::{Bound, bind, partly};
pub use data::{Data, Format};
pub use fault::Fault;
pub use gradient::{Results, gradient};
pub use instance::{Instance, instance};
pub use judge::{Mode, verdict};
pub use kinks::kinks;
pub use program::{Given, Program};
pub use scalar::{Dual, Scalar};
pub use schedule::Values;
pub use term::{Environment, term};
