//! `transform`: what may be typed.

use super::{Out, Plain, Settings};
use clap::Args;

/// Change a network: another activation, a residual path, a norm, other weights, a gate, …
#[derive(Args, Debug)]
#[command(
    after_help = "The text is changed where it must be: comments, order, alignment and names stay. Places are found by what they do, \
    never by\nnames. Several transformations are applied in order. A transformation that has nothing to change, or does not fit, is an \
    error\nwith its reason. `--list` tells what each does.\n\n\
    Transformations: residual, scale=NUMBER, skip=NUMBER, prenorm, batchnorm, layernorm, rmsnorm, nonorm, init=SCHEME,\nbias=NUMBER, \
    forget_bias=NUMBER, gate[=NUMBER], weight_decay=NUMBER, and every activation by its name.\n\n\
    Examples:\n  \
    nablascope transform mlp_deep --with residual,layernorm,relu -o mended.net\n  \
    nablascope transform lstm --with forget_bias=1\n  \
    nablascope transform my-net.net --set phi=relu --with init=critical\n  \
    nablascope transform --list"
)]
pub struct Transform {
    /// A network of the gallery (`nablascope list`), or a file
    #[arg(required_unless_present = "list")]
    pub net: Option<String>,
    /// What to change, separated by commas; may be repeated
    #[arg(long, value_name = "TRANSFORMATIONS", required_unless_present_any = ["list", "set"])]
    pub with: Vec<String>,
    /// Constants and sizes are written into the text first
    #[command(flatten)]
    pub settings: Settings,
    /// All transformations, with what they do
    #[arg(long, conflicts_with_all = ["net", "with", "set"])]
    pub list: bool,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Plain,
    #[command(flatten)]
    pub out: Out,
}
