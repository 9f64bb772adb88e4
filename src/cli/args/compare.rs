//! `compare`: what may be typed.

use super::{Format, Out, Settings};
use clap::Args;

/// Networks side by side: equations, gates, parameters, operations, the direct path of the gradient
#[derive(Args, Debug)]
#[command(
    after_help = "Operations are counted as formulas in the sizes. A value for a constant or size goes to the networks that have it.\n\n\
    Examples:\n  \
    nablascope compare rnn lstm gru\n  \
    nablascope compare lstm my-cell.net --sweep --set T=200\n  \
    nablascope compare rnn lstm gru --sweep --out cells.html"
)]
pub struct Compare {
    /// Networks of the gallery (`nablascope list`), or files
    #[arg(required = true, num_args = 2..)]
    pub nets: Vec<String>,
    #[command(flatten)]
    pub settings: Settings,
    /// The recurrence to take steps along [default: the first of each network]
    #[arg(long, value_name = "INDEX")]
    pub along: Option<String>,
    /// Measure how gradients flow, too, with the same sizes and seeds for all
    #[arg(long)]
    pub sweep: bool,
    /// How many random networks a sweep draws
    #[arg(long, default_value_t = 4, requires = "sweep", allow_negative_numbers = true)]
    pub seeds: u64,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub out: Out,
}
