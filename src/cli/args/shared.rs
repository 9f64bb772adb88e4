//! What several commands take.

use super::{Format, Steps};
use crate::cli::Failure;
use crate::math::source::{Diagnostic, pieces};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Constants and sizes of a network.
#[derive(Args, Debug)]
pub struct Settings {
    /// A value for a constant or size of the network: eps=1e-3, phi=relu, L=60; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

impl Settings {
    /// The settings one by one: `L=100,N=64` sets two names, and the last word on a name counts. Several values of one name vary,
    /// which only a sweep can do; elsewhere they are refused.
    pub fn single(&self) -> Result<Vec<String>, Failure> {
        let name = |setting: &str| setting.split('=').next().unwrap_or_default().trim().to_string();
        let mut all: Vec<String> = Vec::new();
        for text in &self.set {
            let settings = pieces(text);
            if settings.len() > 1 && !settings.iter().all(|setting| setting.contains('=')) {
                let error = Diagnostic::error(format!("`{text}`: a network takes one value for each name"));
                return Err(Failure::usage(error.hint("`nablascope sweep` varies constants and sizes of one network")));
            }
            for setting in settings {
                all.retain(|other| name(other) != name(setting));
                all.push(setting.to_string());
            }
        }
        Ok(all)
    }
}

/// A network, along what it is swept, and over how many random draws of it.
#[derive(Args, Debug)]
pub struct Swept {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    /// The recurrence to sweep along [default: the first]
    #[arg(long, value_name = "INDEX")]
    pub along: Option<String>,
    #[command(flatten)]
    pub settings: Settings,
    /// How many random networks; each seed is one
    #[arg(long, default_value_t = 4, allow_negative_numbers = true, value_parser = whole)]
    pub seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = whole)]
    pub seed: u64,
}

/// How many seeds one sweep may have.
const SEEDS: u64 = 100_000;

impl Swept {
    /// The seeds, in order.
    pub fn seeds(&self) -> Result<Vec<u64>, Failure> {
        seeds(self.seed, self.seeds)
    }
}

/// A whole number, as it is typed.
pub fn whole(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| match text.strip_prefix('-').map(str::parse::<u64>) {
        Some(Ok(_)) => "it cannot be negative".to_string(),
        _ => "give a whole number, such as 4".to_string(),
    })
}

/// So many seeds from the first on.
pub fn seeds(first: u64, count: u64) -> Result<Vec<u64>, Failure> {
    if count == 0 || count > SEEDS {
        let error = Diagnostic::error(format!("{count} seeds make no sweep"));
        return Err(Failure::usage(error.hint(format!("give `--seeds` a number from 1 to {SEEDS}"))));
    }
    let last = first.checked_add(count - 1).ok_or_else(|| {
        let error = Diagnostic::error(format!("there are no {count} seeds from {first} on"));
        Failure::usage(error.hint(format!("give `--seed` a number up to {}", u64::MAX - count + 1)))
    })?;
    Ok((first..=last).collect())
}

/// How a derivation is written.
#[derive(Args, Debug)]
pub struct Written {
    /// How much of the calculations to show
    #[arg(long, value_enum, default_value_t)]
    pub steps: Steps,
    /// Do not compare the gradients with exact numbers
    #[arg(long)]
    pub unchecked: bool,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub out: Out,
}

/// Arrays from files.
#[derive(Args, Clone, Debug)]
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
            Some("txt") | None => "text",
            Some(own) => own,
        };
        match asked {
            Some(format) => Ok(format),
            None => F::from_str(name, true).map_err(|_| {
                let error = Diagnostic::error(format!("this command does not write {name}"));
                let all: Vec<String> = F::value_variants()
                    .iter()
                    .filter_map(|own| Some(own.to_possible_value()?.get_name().to_string()))
                    .collect();
                Failure::usage(
                    error.hint(format!("give a file with another ending, or `--format` with {}", all.join(", "))),
                )
            }),
        }
    }
}
