//! What may be typed, a file for each command.

mod book;
mod check;
mod claims;
mod compare;
mod derive;
mod diagnose;
mod format;
mod gallery;
mod gradient;
mod jacobian;
mod merge;
mod schema;
mod shared;
mod sweep;
mod theory;
mod transform;
mod verify;

pub use book::{Activations, Laws};
pub use check::{Check, Proofs, Prove};
pub use claims::Claims;
pub use compare::Compare;
pub use derive::Derive;
pub use diagnose::Diagnose;
pub use format::{Format, Pictures, Plain, Report, Steps};
pub use gallery::{List, Show};
pub use gradient::Gradient;
pub use jacobian::Jacobian;
pub use merge::Merge;
pub use schema::{Printed, Schema};
pub use shared::{Numbers, Out, Settings, Swept, Written, seeds, whole};
pub use sweep::{Amount, Begin, Shard, Sweep};
pub use theory::{Course, Phase, Range, Theory};
pub use transform::Transform;
pub use verify::Verify;

use clap::{Parser, Subcommand};

/// Symbolic derivation and gradient analysis of neural networks.
#[derive(Parser, Debug)]
#[command(
    name = "nablascope",
    version,
    about,
    long_about = "Derives the backward pass of a neural network from its equations, step by step, each step by a law \
                  that has a name, and checks the result against exact numbers.",
    after_help = "Exit codes: 0 good, 1 a wrong network, a gradient that disagrees or a claim that is refuted, 2 wrong usage,\n\
                  3 a claim that agrees on all samples and is not proved.\n\
                  Colours respect NO_COLOR; the width of text is that of COLUMNS, or 100.",
    arg_required_else_help = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    Derive(Derive),
    Check(Check),
    Prove(Prove),
    Gradient(Gradient),
    Jacobian(Jacobian),
    Sweep(Sweep),
    Merge(Merge),
    Theory(Theory),
    Phase(Phase),
    Diagnose(Diagnose),
    Transform(Transform),
    Verify(Verify),
    Laws(Laws),
    Activations(Activations),
    Compare(Compare),
    Claims(Claims),
    List(List),
    Show(Show),
    Schema(Schema),
}
