//! `sweep`: what may be typed.

use super::{Numbers, Out, Report, Settings};
use clap::{Args, ValueEnum};

/// How gradients flow along depth or time: norms, gains, spectra, and through which path
#[derive(Args, Debug)]
#[command(
    after_help = "Logarithms are natural; a gain is a ratio of norms. Sizes and draws that nobody gave are chosen, and told.\n\n\
    Examples:\n  \
    nablascope sweep lstm\n  \
    nablascope sweep resnet_bn --set L=100,H=64,D=64 --seeds 8\n  \
    nablascope sweep rnn --set T=200 --exponents all --singular-values\n  \
    nablascope sweep lstm --paths --parameters --format html --out lstm.html\n  \
    nablascope sweep my-net.net --along l --set sigma_w=0.8,1,1.5"
)]
pub struct Sweep {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    /// The recurrence to sweep along [default: the first]
    #[arg(long, value_name = "INDEX")]
    pub along: Option<String>,
    #[command(flatten)]
    pub settings: Settings,
    /// How many random networks; each seed is one
    #[arg(long, default_value_t = 4)]
    pub seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many independent gradients are carried with each seed
    #[arg(long, default_value_t = 1)]
    pub probes: usize,
    /// The states to follow, separated by commas [default: all that run in the direction of the first]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub states: Vec<String>,
    /// What the gradient is, at the last state or wherever it enters
    #[arg(long, value_enum, default_value_t)]
    pub start: Begin,
    /// Leading Lyapunov exponents: how many, or `all`
    #[arg(long, value_name = "COUNT")]
    pub exponents: Option<Amount>,
    /// The singular values of the Jacobian of the last state by the first
    #[arg(long)]
    pub singular_values: bool,
    /// The share of each additive path of one step
    #[arg(long)]
    pub paths: bool,
    /// Norms of the gradients by parameters
    #[arg(long)]
    pub parameters: bool,
    /// The symbolic norm bound of one step, beside the gain that is measured
    #[arg(long)]
    pub bound: bool,
    /// The correlation of gradients between two inputs
    #[arg(long)]
    pub correlation: bool,
    #[command(flatten)]
    pub numbers: Numbers,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Report>,
    #[command(flatten)]
    pub out: Out,
}

/// How many of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Some(usize),
    /// All there are.
    All,
}

impl std::str::FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Amount::All),
            number => match number.parse() {
                Ok(count) if count > 0 => Ok(Amount::Some(count)),
                _ => Err("give a number from 1 on, or `all`".to_string()),
            },
        }
    }
}

/// What the gradient is at the last state.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Begin {
    /// A random direction of length 1
    #[default]
    Random,
    /// 1 in every entry
    Ones,
    /// The gradient of the network's own loss, or of its outputs under random upstream gradients, wherever it enters
    Loss,
}
