//! Trees to typed nouns: names, shapes, letters.

mod book;
mod formula;

pub use book::book;
