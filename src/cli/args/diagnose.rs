//! `diagnose`: what may be typed.

use super::{Format, Numbers, Out, Swept};
use clap::Args;

/// What is wrong with a network's gradients, why, and what helps: each remedy applied and measured
#[derive(Args, Debug)]
#[command(
    after_help = "A gradient that stays within a factor of 10 over the whole way is healthy. Remedies are transformations \
    (`nablascope transform\n--list`), each applied to the network's text and measured by the same sweep.\n\n\
    Examples:\n  \
    nablascope diagnose rnn\n  \
    nablascope diagnose mlp_deep --set phi=sigmoid,L=60 --out diagnosis.html\n  \
    nablascope diagnose my-net.net --with residual --with relu,init=critical\n  \
    nablascope diagnose lstm --weights trained.safetensors --mapping pytorch_lstm_cell"
)]
pub struct Diagnose {
    #[command(flatten)]
    pub swept: Swept,
    /// Measure these transformations, in place of those that nablascope would; may be repeated
    #[arg(long, value_name = "TRANSFORMATIONS")]
    pub with: Vec<String>,
    #[command(flatten)]
    pub numbers: Numbers,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub out: Out,
}
