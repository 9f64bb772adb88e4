//! What several commands take.

use crate::cli::Failure;
use crate::math::source::Diagnostic;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Constants and sizes of a network.
#[derive(Args, Debug)]
pub struct Settings {
    /// A value for a constant or size of the network: eps=1e-3, phi=relu, L=60; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

/// Arrays from files.
#[derive(Args, Debug)]
pub struct Numbers {
    /// Arrays by name: .json, .npz, .safetensors, or NAME=FILE.npy for a single one; may be repeated
    #[arg(long, value_name = "[NAME=]FILE")]
    pub data: Vec<String>,
    /// Trained weights: .safetensors, .npz or .json. What the network has no name for is not read
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Which parameters the tensors of `--weights` hold: a mapping that `nablascope list` shows, or a file
    #[arg(long, value_name = "MAPPING", requires = "weights")]
    pub mapping: Option<String>,
    /// The part of `--weights` to read: only tensors whose names begin so, as in encoder.layers.3
    #[arg(long, value_name = "NAME", requires = "weights")]
    pub part: Option<String>,
}

/// Where to write.
#[derive(Args, Debug)]
pub struct Out {
    /// Write to this file, whole or not at all, instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

impl Out {
    /// The format that was asked for, or the one that the file's ending stands for, or text. Fails where the ending stands for a
    /// format that this command does not write.
    pub fn format<F: ValueEnum + Default>(&self, asked: Option<F>) -> Result<F, Failure> {
        let ending = self.out.as_ref().and_then(|path| path.extension()).map(|ending| ending.to_string_lossy());
        let name = match ending.as_deref() {
            Some("md") => "markdown",
            Some("tex") => "latex",
            Some("htm") => "html",
            Some(own @ ("html" | "svg" | "csv" | "json")) => own,
            _ => return Ok(asked.unwrap_or_default()),
        };
        match asked {
            Some(format) => Ok(format),
            None => F::from_str(name, true).map_err(|_| {
                let error = Diagnostic::error(format!("this command does not write {name}"));
                Failure::usage(error.hint("give `--format`, or a file with another ending"))
            }),
        }
    }
}
