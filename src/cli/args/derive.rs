//! `derive`: what may be typed.

use super::{Settings, Written};
use clap::Args;

/// Derive the backward pass, step by step
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    nablascope derive lstm\n  \
    nablascope derive lstm --wrt W_f,b_f --steps full\n  \
    nablascope derive my-cell.net --set phi=relu --set eps=1e-3\n  \
    nablascope derive my-cell.net --format latex --out my-cell.tex")]
pub struct Derive {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    #[command(flatten)]
    pub settings: Settings,
    /// Whose gradients, separated by commas [default: all inputs, parameters and initial values]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub wrt: Vec<String>,
    #[command(flatten)]
    pub written: Written,
}
