//! Terms, derivations, networks and the book → pages → text, Markdown, LaTeX, JSON.
//!
//! A term becomes [`markup::Markup`], a page is made of such formulas, and only the last step knows the medium.

pub mod activations;
pub mod book;
mod cause;
pub mod comparison;
pub mod comparison_json;
pub mod curves;
mod decades;
pub mod derivation;
pub mod diagnosis;
pub mod diagnosis_json;
pub mod drawing;
pub mod finding;
pub mod finding_json;
#[cfg(test)]
mod fixture;
pub mod flow;
pub mod flow_back;
pub mod flow_json;
pub mod formula;
pub mod ink;
mod item;
pub mod jacobian;
mod jacobian_json;
mod jacobian_steps;
pub mod json;
pub mod latex;
mod legend;
mod lines;
pub mod markup;
pub mod mathml;
mod mathml_pieces;
mod mathml_symbol;
pub mod names;
pub mod network;
pub mod notation;
pub mod numbers;
pub mod page;
mod page_html;
mod page_latex;
mod page_markdown;
#[cfg(test)]
mod page_tests;
mod page_text;
pub mod picture;
mod plot;
mod primes;
mod reading;
mod reason;
mod schedule;
mod signal;
mod similar;
pub mod statement;
pub mod statement_json;
mod strength;
pub mod svg;
mod svg_style;
pub mod text;
pub mod theory;
pub mod theory_csv;
pub mod theory_json;
mod theory_pictures;
pub mod ticks;
mod to_json;
mod told;
pub mod verdict;

pub use derivation::Steps;
pub use page::Page;
pub use page_html::page as to_html;
pub use page_latex::page as to_latex;
pub use page_markdown::page as to_markdown;
pub use page_text::{page as to_text, terminal as to_terminal};
