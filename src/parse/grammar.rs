//! The grammars of `grammar/`, compiled into one parser.

use pest_derive::Parser;

/// The generated parser; its rules are named in `grammar/*.pest`.
#[derive(Parser)]
#[grammar = "../grammar/expression.pest"]
#[grammar = "../grammar/network.pest"]
#[grammar = "../grammar/chapter.pest"]
#[grammar = "../grammar/mapping.pest"]
pub struct Grammar;
