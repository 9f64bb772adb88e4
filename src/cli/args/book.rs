//! `laws` and `activations`: what may be typed.

use super::{Format, Out, Pictures};
use clap::Args;
use std::path::PathBuf;

/// The book of laws, or one law or function of it in detail
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    nablascope laws\n  \
    nablascope laws tanh-rule")]
pub struct Laws {
    /// A law or function
    pub name: Option<String>,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub out: Out,
}

/// Functions of one number: slope, its bound, where it is flat, with pictures
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    nablascope activations\n  \
    nablascope activations gelu mish\n  \
    nablascope activations --format svg --out activations.svg\n  \
    nablascope activations --use my-functions.net snake")]
pub struct Activations {
    /// Functions to show in detail [default: a table of all]
    pub names: Vec<String>,
    /// A file with definitions of your own
    #[arg(long = "use", value_name = "FILE")]
    pub uses: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Pictures,
    #[command(flatten)]
    pub out: Out,
}
