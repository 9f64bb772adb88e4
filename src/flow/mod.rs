//! What to ask of a sweep, and what its numbers say: sizes nobody gave, settings to vary, bands over runs, verdicts. And what theory says.

mod ask;
mod draws;
mod summary;
pub mod theory;
mod vary;

pub use ask::{Asked, ask};
pub use draws::draws;
pub use summary::summary;
pub use vary::{Setting, settings};
