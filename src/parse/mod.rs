//! Text into trees. Nothing is known here about names, shapes or laws.

mod chapter;

pub use chapter::chapter;
