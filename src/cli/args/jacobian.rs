//! `jacobian`: what may be typed.

use super::{Numbers, Settings, Written};
use clap::Args;

/// The Jacobian of one quantity by another, path by path
#[derive(Args, Debug)]
#[command(
    after_help = "One step: the components of the previous state are independent of each other. Several \
    quantities give blocks.\n\n\
    Examples:\n  \
    nablascope jacobian gru --of 'h[t]' --wrt 'h[t-1]'\n  \
    nablascope jacobian lstm --of 'h[t],c[t]' --wrt 'h[t-1],c[t-1]'\n  \
    nablascope jacobian lstm --of 'h[t]' --wrt 'h[t-1]' --through 'c[t]'\n  \
    nablascope jacobian rnn --of 'h[t]' --wrt 'h[t-1]' --data batch.json --format json",
    mut_arg("unchecked", |unchecked| unchecked.help("Do not compare with exact derivatives"))
)]
pub struct Jacobian {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    #[command(flatten)]
    pub settings: Settings,
    /// What moves: readings, separated by commas
    #[arg(long, value_name = "READINGS")]
    pub of: String,
    /// By what: readings, separated by commas
    #[arg(long, value_name = "READINGS")]
    pub wrt: String,
    /// Only the paths through this reading
    #[arg(long, value_name = "READING")]
    pub through: Option<String>,
    #[command(flatten)]
    pub numbers: Numbers,
    #[command(flatten)]
    pub written: Written,
}
