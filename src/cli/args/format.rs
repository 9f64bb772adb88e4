//! In which form a page is written.

use clap::ValueEnum;

/// How much of the calculations is shown.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Steps {
    /// The forward and backward equations only
    None,
    /// Every calculation; one that is like an earlier one is shortened
    #[default]
    Brief,
    /// Every calculation with its finer steps
    Full,
}

impl From<Steps> for crate::render::Steps {
    fn from(steps: Steps) -> Self {
        match steps {
            Steps::None => Self::None,
            Steps::Brief => Self::Brief,
            Steps::Full => Self::Full,
        }
    }
}

/// How a page is written.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Unicode, for terminals
    #[default]
    Text,
    /// GitHub-flavoured, with LaTeX formulas
    Markdown,
    /// A document that compiles by itself
    Latex,
    /// One file that needs no other, with formulas as MathML; light or dark as the reader likes
    Html,
    /// For programs; `nablascope schema` describes it
    Json,
}

/// How pictures and tables are written.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pictures {
    /// Unicode, for terminals
    #[default]
    Text,
    /// GitHub-flavoured, with LaTeX formulas
    Markdown,
    /// A picture of the functions and their slopes
    Svg,
    /// For programs; `nablascope schema` describes it
    Json,
}

/// How numbers and lists are written.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plain {
    /// Unicode, for terminals
    #[default]
    Text,
    /// For programs; `nablascope schema` describes it
    Json,
}

/// How measurements are written.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Report {
    /// Tables and block plots, for terminals
    #[default]
    Text,
    /// The same with LaTeX formulas, GitHub-flavoured
    Markdown,
    /// One file that needs no other: pictures, formulas, tables; light or dark as the reader likes
    Html,
    /// The pictures alone
    Svg,
    /// The numbers alone: of a sweep one a line (network, setting, seed, measure, of, number, place, value), of a theory a line
    /// for each step, of a map one for each point
    Csv,
    /// For programs; `nablascope schema` describes it
    Json,
}
