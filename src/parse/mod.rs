//! Text to trees; the only user of pest.
//!
//! A text is scanned before it is parsed, since pest recurses: size, characters and brackets are checked by a loop.

mod chapter;
mod fault;
mod grammar;
mod mapping;
mod network;
mod product;
mod reader;
mod scan;
mod spell;
mod statement;

pub mod expression;

pub use chapter::chapter;
pub use expression::setting;
pub use mapping::mapping;
pub use network::network;
pub use scan::source;
pub use statement::statements;
