//! `claims`: what may be typed.

use super::{Format, Out};
use clap::Args;
use std::path::PathBuf;

/// What people say about gradients, put to the test: proved, measured, true if …, false
#[derive(Args, Debug)]
#[command(after_help = "Every verdict is produced by running the commands that stand beside it.\n\
    Exit codes: 0 all verdicts are those that were expected, 1 one is another.\n\n\
    Examples:\n  \
    nablascope claims\n  \
    nablascope claims relu-does-not-vanish\n  \
    nablascope claims --format markdown --out claims.md\n  \
    nablascope claims --file my.statements")]
pub struct Claims {
    /// Only the statements of these names [default: all]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Statements of your own, in a file written like derivations/gradients.statements
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub out: Out,
}
