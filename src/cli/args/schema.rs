//! `schema`: what may be typed.

use super::Out;
use clap::{Args, ValueEnum};

/// The JSON schema of what a command prints with --format json
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  nablascope schema derive")]
pub struct Schema {
    /// The command
    #[arg(value_enum)]
    pub command: Printed,
    #[command(flatten)]
    pub out: Out,
}

/// The commands that can print JSON.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Printed {
    /// What `derive` prints
    Derive,
    /// What `check` and `prove` print
    Check,
    /// What `gradient` prints
    Gradient,
    /// What `jacobian` prints
    Jacobian,
    /// What `jacobian --data` prints
    JacobianValues,
    /// What `verify` prints
    Verify,
    /// What `laws` prints
    Laws,
    /// What `activations` prints
    Activations,
    /// What `compare` prints
    Compare,
    /// What `list` prints
    List,
    /// What `show` prints
    Show,
    /// What `sweep` prints
    Sweep,
    /// What `theory` prints
    Theory,
    /// What `phase` prints
    Phase,
}
