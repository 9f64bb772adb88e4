//! `merge`: what may be typed.

use super::{Out, Report};
use clap::Args;
use std::path::PathBuf;

/// Joins the parts of a sweep that `sweep --shard` wrote: the same bytes as the whole sweep in one go
#[derive(Args, Debug)]
#[command(
    after_help = "The parts know the command that made them. It is asked once more of the same network and data, and takes its \
    runs from the parts, so every form of output is there.\n\n\
    Examples:\n  \
    for i in 1 2 3; do nablascope sweep rnn --seeds 300 --shard $i/3 --out part-$i.jsonl; done\n  \
    nablascope merge part-*.jsonl --out all.csv\n  \
    nablascope merge part-*.jsonl --out all.html"
)]
pub struct Merge {
    /// The files of all parts
    #[arg(required = true, value_name = "FILE")]
    pub parts: Vec<PathBuf>,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Report>,
    #[command(flatten)]
    pub out: Out,
}
