//! Terms, derivations, networks and the book → pages → text, Markdown, LaTeX, JSON.
//!
//! A term becomes [`markup::Markup`], a page is made of such formulas, and only the last step knows the medium.

pub mod formula;
pub mod ink;
pub mod latex;
pub mod markup;
pub mod names;
pub mod notation;
pub mod text;
