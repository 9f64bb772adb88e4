//! `check` and `prove`: what may be typed.

use super::{Format, Out, Settings, Steps};
use clap::Args;

/// Check what a person derived: which claims of a file are right, and which equation is wrong
#[derive(Args, Debug)]
#[command(
    after_help = "A claim is written `claim dU: dL/dU = sum[t](da[t] @ h[t-1]^T) where da[t] = …`, in the file of \
    the network or in one of its own.\n\
    It is proved, refuted at the first equation that is wrong given the others, or unknown.\n\
    Exit codes: 0 all proved, 1 a claim is refuted, 3 one is unknown, 2 the file cannot be checked.\n\n\
    Examples:\n  \
    nablascope check my-derivation.net\n  \
    nablascope check lstm my-lstm.claims --steps full\n  \
    nablascope check my-derivation.net --format json"
)]
pub struct Check {
    /// A network of the gallery (`nablascope list`), or a file, with claims or without
    pub net: String,
    /// A file of claims about it
    pub claims: Option<String>,
    #[command(flatten)]
    pub proofs: Proofs,
}

/// Prove or refute one equality
#[derive(Args, Debug)]
#[command(
    after_help = "Names stand for numbers, or for vectors where nothing else makes sense; --given says otherwise. \
    Two networks\nof the gallery are compared by what they compute.\n\
    Exit codes: 0 proved, 1 refuted, 3 unknown, 2 the equality cannot be read.\n\n\
    Examples:\n  \
    nablascope prove 'softmax(s + c) = softmax(s)'\n  \
    nablascope prove 'sqrt(a^2) = a' --assume 'a > 0'\n  \
    nablascope prove 'A @ (B @ x) = (A @ B) @ x' --given 'A : M × K, B : K × N, x : N'\n  \
    nablascope prove 'dL/db_f = sum[t](dL/df[t] * f[t] * (1 - f[t]))' --in lstm\n  \
    nablascope prove 'gru = gru_reset_after'",
    mut_arg("steps", |steps| steps.help("How much of the proof to show"))
)]
pub struct Prove {
    /// The equality, as in 'softmax(s + c) = softmax(s)'
    pub claim: String,
    /// The network that it speaks of: of the gallery, or a file
    #[arg(long = "in", value_name = "NET")]
    pub network: Option<String>,
    /// What the names in it are, as in 'A : M × N, x : N'
    #[arg(long, value_name = "DECLARATIONS", conflicts_with = "network")]
    pub given: Option<String>,
    /// What it assumes, as in 'a > 0'; may be repeated
    #[arg(long, value_name = "CONDITION")]
    pub assume: Vec<String>,
    #[command(flatten)]
    pub proofs: Proofs,
}

/// What they are proved with, and how that is written.
#[derive(Args, Debug)]
pub struct Proofs {
    #[command(flatten)]
    pub settings: Settings,
    /// How much of the proofs to show
    #[arg(long, value_enum, default_value_t)]
    pub steps: Steps,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub out: Out,
}
