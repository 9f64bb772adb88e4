//! Values, exact derivatives by dual numbers, and the judge. Nothing in here knows a law.

mod array;
mod code;
mod fault;
mod integers;
pub mod kernels;
mod layout;
mod run;
mod scalar;
mod stable;
mod term;

pub use array::Array;
pub use fault::Fault;
pub use scalar::{Dual, Scalar};
pub use term::{Environment, term};
