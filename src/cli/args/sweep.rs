//! `sweep`: what may be typed.

use super::{Numbers, Out, Report, Swept};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// How gradients flow along depth or time: norms, gains, spectra, and through which path
#[derive(Args, Debug)]
#[command(
    after_help = "Logarithms are natural; a gain is a ratio of norms. Sizes and draws that nobody gave are chosen, and told.\n\n\
    Examples:\n  \
    nablascope sweep lstm\n  \
    nablascope sweep resnet_bn --set L=100,H=64,D=64 --seeds 8\n  \
    nablascope sweep rnn --set T=200 --exponents all --singular-values\n  \
    nablascope sweep lstm --paths --parameters --format html --out lstm.html\n  \
    nablascope sweep my-net.net --along l --set sigma_w=0.8,1,1.5\n  \
    nablascope sweep my-net.net --weights before.safetensors --against after.safetensors --paths\n  \
    nablascope sweep rnn --seeds 1000 --out rnn.csv --resume\n  \
    nablascope sweep rnn --seeds 1000 --shard 3/8 --out part-3.jsonl\n\n\
    What is done stands beside the file of `--out`, in FILE.journal, until all is done: an interrupted sweep loses nothing that \
    was finished. Parts are joined by `nablascope merge`."
)]
pub struct Sweep {
    #[command(flatten)]
    pub swept: Swept,
    /// How many independent gradients are carried with each seed
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    pub probes: usize,
    /// The states to follow, separated by commas [default: all that run in the direction of the first]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub states: Vec<String>,
    /// What the gradient is, at the last state or wherever it enters
    #[arg(long, value_enum, default_value_t)]
    pub start: Begin,
    /// Leading Lyapunov exponents: how many, or `all`
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
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
    /// Weights to compare those of `--weights` with, such as those after training: what changed, of them and of the flow
    #[arg(long, value_name = "FILE", requires = "weights")]
    pub against: Option<PathBuf>,
    /// Run one part of the work, as in 3/8: every eighth run, counted through all settings and seeds. `merge` joins the parts
    #[arg(long, value_name = "PART/PARTS", requires = "out", conflicts_with = "format")]
    pub shard: Option<Shard>,
    /// Go on where an interrupted sweep with the same `--out` stopped; begin, if there is none
    #[arg(long, requires = "out")]
    pub resume: bool,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Report>,
    #[command(flatten)]
    pub out: Out,
}

impl Sweep {
    /// The words of the command line that ask the same, in one order: without what decides only how, where and how much at a
    /// time it is written.
    pub fn words(&self) -> Vec<String> {
        // No field may be forgotten: two sweeps are the same if these words are.
        let Sweep {
            swept: Swept { net, along, settings, seeds, seed },
            probes,
            states,
            start,
            exponents,
            singular_values,
            paths,
            parameters,
            bound,
            correlation,
            numbers,
            against,
            shard: _,
            resume: _,
            format: _,
            out: _,
        } = self;
        let mut words = vec!["sweep".to_string(), net.clone()];
        let mut put = |option: &str, value: String| words.extend([option.to_string(), value]);
        along.iter().for_each(|along| put("--along", along.clone()));
        settings.set.iter().for_each(|set| put("--set", set.clone()));
        put("--seeds", seeds.to_string());
        if *seed != 1 {
            put("--seed", seed.to_string());
        }
        if *probes != 1 {
            put("--probes", probes.to_string());
        }
        if !states.is_empty() {
            put("--states", states.join(","));
        }
        if let (false, Some(value)) = (*start == Begin::default(), start.to_possible_value()) {
            put("--start", value.get_name().to_string());
        }
        match exponents {
            None => {}
            Some(Amount::All) => put("--exponents", "all".to_string()),
            Some(Amount::Some(count)) => put("--exponents", count.to_string()),
        }
        let Numbers { data, weights, mapping, part } = numbers;
        data.iter().for_each(|data| put("--data", data.clone()));
        weights.iter().for_each(|weights| put("--weights", weights.to_string_lossy().into_owned()));
        mapping.iter().for_each(|mapping| put("--mapping", mapping.clone()));
        part.iter().for_each(|part| put("--part", part.clone()));
        against.iter().for_each(|against| put("--against", against.to_string_lossy().into_owned()));
        let flags = [
            ("--singular-values", singular_values),
            ("--paths", paths),
            ("--parameters", parameters),
            ("--bound", bound),
            ("--correlation", correlation),
        ];
        words.extend(flags.iter().filter(|(_, set)| **set).map(|(flag, _)| flag.to_string()));
        words
    }
}

/// A part of the work: `number` of `of`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// Which part.
    pub number: u64,
    /// How many parts there are.
    pub of: u64,
}

impl Shard {
    /// The only part.
    pub const WHOLE: Shard = Shard { number: 1, of: 1 };

    /// Whether this part does the run at `position` of all. Neighbours go to different parts, for they cost alike.
    pub fn does(self, position: u64) -> bool {
        position % self.of == self.number - 1
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.number, self.of)
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').map(|(number, of)| (number.parse::<u64>(), of.parse::<u64>()));
        match numbers {
            Some((Ok(number), Ok(of))) if (1..=of).contains(&number) => Ok(Shard { number, of }),
            Some((Ok(_), Ok(0))) => Err("there is no part of 0 parts".to_string()),
            Some((Ok(number), Ok(of))) => {
                Err(format!("{of} parts are numbered 1/{of} to {of}/{of}; {number} is none of them"))
            }
            _ => Err("give part and parts, as in 3/8".to_string()),
        }
    }
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
