//! `verify`: what may be typed.

use super::{Out, Plain, Settings};
use clap::Args;

/// Compare every derived gradient with exact numbers
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    nablascope verify lstm\n  \
    nablascope verify --all")]
pub struct Verify {
    /// Networks of the gallery (`nablascope list`), or files
    #[arg(required_unless_present = "all")]
    pub nets: Vec<String>,
    #[command(flatten)]
    pub settings: Settings,
    /// All networks of the gallery
    #[arg(long)]
    pub all: bool,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Plain,
    #[command(flatten)]
    pub out: Out,
}
