//! `list` and `show`: what may be typed.

use super::{Format, Out, Plain, Settings};
use clap::Args;

/// The networks that come with nablascope
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  nablascope list")]
pub struct List {
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Plain,
    #[command(flatten)]
    pub out: Out,
}

/// A network's equations, sizes and quantities
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    nablascope show lstm\n  \
    nablascope show lstm --source > my-cell.net")]
pub struct Show {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    #[command(flatten)]
    pub settings: Settings,
    /// The text of the network instead, as it was written
    #[arg(long, conflicts_with = "format")]
    pub source: bool,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub out: Out,
}
