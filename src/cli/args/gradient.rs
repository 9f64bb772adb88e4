//! `gradient`: what may be typed.

use super::{Numbers, Out, Plain, Settings};
use clap::Args;

/// Values and gradients on real data
#[derive(Args, Debug)]
#[command(
    after_help = "DATA is JSON {\"inputs\": {NAME: nested lists, index axes first}, \"upstream\": {OUTPUT: …}}, \
    or an .npz or .safetensors\nfile with arrays inputs/NAME and upstream/OUTPUT (the first part may be left out for inputs).\n\n\
    Examples:\n  \
    nablascope gradient lstm --data batch.json\n  \
    nablascope gradient my-cell.net --data weights.safetensors --out grads.json"
)]
pub struct Gradient {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub numbers: Numbers,
    /// Whose gradients, separated by commas [default: all inputs, parameters and initial values]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub wrt: Vec<String>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Plain::Json)]
    pub format: Plain,
    #[command(flatten)]
    pub out: Out,
}
