//! What to ask of a sweep, and what its numbers say: sizes nobody gave, settings to vary, bands over runs, verdicts. And what theory says.

mod ask;
mod distance;
mod draws;
mod field;
mod summary;
pub mod theory;
mod vary;

pub use ask::{Asked, ask};
pub use distance::distances;
pub use draws::{drawn, draws};
pub use field::fields;
pub use summary::summary;
pub use vary::{Setting, settings};
