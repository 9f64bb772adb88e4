//! What may be typed.

use super::Failure;
use crate::math::source::Diagnostic;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Symbolic derivation and gradient analysis of neural networks.
#[derive(Parser, Debug)]
#[command(
    name = "nablascope",
    version,
    about,
    long_about = "Derives the backward pass of a neural network from its equations, step by step, each step by a law \
                  that has a name, and checks the result against exact numbers.",
    after_help = "Exit codes: 0 good, 1 a wrong network or a gradient that disagrees, 2 wrong usage.\n\
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
    /// Derive the backward pass, step by step
    #[command(after_help = "Examples:\n  \
        nablascope derive lstm\n  \
        nablascope derive lstm --wrt W_f,b_f --steps full\n  \
        nablascope derive my-cell.net --set phi=relu --set eps=1e-3\n  \
        nablascope derive my-cell.net --format latex --out my-cell.tex")]
    Derive(Derive),
    /// Check what a person derived: which claims of a file are right, and which equation is wrong
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
    Check(Check),
    /// Prove or refute one equality
    #[command(
        after_help = "Names stand for numbers, or for vectors where nothing else makes sense; --given says otherwise. \
        Two networks\nof the gallery are compared by what they compute.\n\
        Exit codes: 0 proved, 1 refuted, 3 unknown, 2 the equality cannot be read.\n\n\
        Examples:\n  \
        nablascope prove 'softmax(s + c) = softmax(s)'\n  \
        nablascope prove 'sqrt(a^2) = a' --assume 'a > 0'\n  \
        nablascope prove 'A @ (B @ x) = (A @ B) @ x' --given 'A : M × K, B : K × N, x : N'\n  \
        nablascope prove 'dL/db_f = sum[t](dL/df[t] * f[t] * (1 - f[t]))' --in lstm\n  \
        nablascope prove 'gru = gru_reset_after'"
    )]
    Prove(Prove),
    /// Values and gradients on real data
    #[command(
        after_help = "DATA is JSON {\"inputs\": {NAME: nested lists, index axes first}, \"upstream\": {OUTPUT: …}}, \
        or an .npz or .safetensors\nfile with arrays inputs/NAME and upstream/OUTPUT (the first part may be left out for inputs).\n\n\
        Examples:\n  \
        nablascope gradient lstm --data batch.json\n  \
        nablascope gradient my-cell.net --data weights.safetensors --out grads.json"
    )]
    Gradient(Gradient),
    /// The Jacobian of one quantity by another, path by path
    #[command(after_help = "One step: the components of the previous state are independent of each other. Several \
        quantities give blocks.\n\n\
        Examples:\n  \
        nablascope jacobian gru --of 'h[t]' --wrt 'h[t-1]'\n  \
        nablascope jacobian lstm --of 'h[t],c[t]' --wrt 'h[t-1],c[t-1]'\n  \
        nablascope jacobian lstm --of 'h[t]' --wrt 'h[t-1]' --through 'c[t]'\n  \
        nablascope jacobian rnn --of 'h[t]' --wrt 'h[t-1]' --data batch.json --format json")]
    Jacobian(Jacobian),
    /// How gradients flow along depth or time: norms, gains, spectra, and through which path
    #[command(
        after_help = "Logarithms are natural; a gain is a ratio of norms. Sizes and draws that nobody gave are chosen, and told.\n\n\
        Examples:\n  \
        nablascope sweep lstm\n  \
        nablascope sweep resnet_bn --set L=100,H=64,D=64 --seeds 8\n  \
        nablascope sweep rnn --set T=200 --exponents all --singular-values\n  \
        nablascope sweep lstm --paths --parameters --format html --out lstm.html\n  \
        nablascope sweep my-net.net --along l --set sigma_w=0.8,1,1.5"
    )]
    Sweep(Sweep),
    /// What mean-field theory says: fixed points, χ, critical initialisation, correlation lengths
    #[command(
        after_help = "Of wide layers with weights of their own: `h[l] = phi(W[l] @ h[l-1])`, residual, gated, normalised. Everything is \
        quadrature on\nthe network's own functions and their derived slopes. Where theory does not apply, the reason is told.\n\n\
        Examples:\n  \
        nablascope theory mlp_deep\n  \
        nablascope theory mlp_deep --set phi=gelu --set sigma_w=1.4\n  \
        nablascope theory my-net.net --depth 200 --width 256\n  \
        nablascope theory resnet --format json --out theory.json"
    )]
    Theory(Theory),
    /// A map of χ over two constants, with the line where it is 1
    #[command(after_help = "A range is NAME=LOW..HIGH, or NAME=LOW..HIGH:COUNT for so many values.\n\n\
        Examples:\n  \
        nablascope phase mlp_deep --x sigma_w=0.5..3 --y sigma_b=0..1\n  \
        nablascope phase mlp_deep --set phi=erf --x sigma_w=0.5..3:60 --y sigma_b=0..1:20 --format json")]
    Phase(Phase),
    /// Compare every derived gradient with exact numbers
    #[command(after_help = "Examples:\n  \
        nablascope verify lstm\n  \
        nablascope verify --all")]
    Verify(Verify),
    /// The book of laws, or one law or function of it in detail
    #[command(after_help = "Examples:\n  \
        nablascope laws\n  \
        nablascope laws tanh-rule")]
    Laws(Laws),
    /// Functions of one number: slope, its bound, where it is flat, with pictures
    #[command(after_help = "Examples:\n  \
        nablascope activations\n  \
        nablascope activations gelu mish\n  \
        nablascope activations --format svg --out activations.svg\n  \
        nablascope activations --use my-functions.net snake")]
    Activations(Activations),
    /// Networks side by side: equations, gates, parameters, operations, the direct path of the gradient
    #[command(
        after_help = "Operations are counted as formulas in the sizes. A value for a constant or size goes to the networks that have it.\n\n\
        Examples:\n  \
        nablascope compare rnn lstm gru\n  \
        nablascope compare lstm my-cell.net --sweep --set T=200\n  \
        nablascope compare rnn lstm gru --sweep --out cells.html"
    )]
    Compare(Compare),
    /// The networks that come with nablascope
    #[command(after_help = "Examples:\n  nablascope list")]
    List(List),
    /// A network's equations, sizes and quantities
    #[command(after_help = "Examples:\n  \
        nablascope show lstm\n  \
        nablascope show lstm --source > my-cell.net")]
    Show(Show),
    /// The JSON schema of what a command prints with --format json
    #[command(after_help = "Examples:\n  nablascope schema derive")]
    Schema(Schema),
}

/// `derive`
#[derive(Args, Debug)]
pub struct Derive {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    #[command(flatten)]
    pub settings: Settings,
    /// Whose gradients, separated by commas [default: all inputs, parameters and initial values]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub wrt: Vec<String>,
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

/// `check`
#[derive(Args, Debug)]
pub struct Check {
    /// A network of the gallery (`nablascope list`), or a file, with claims or without
    pub net: String,
    /// A file of claims about it
    pub claims: Option<String>,
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

/// `prove`
#[derive(Args, Debug)]
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
    pub settings: Settings,
    /// How much of the proof to show
    #[arg(long, value_enum, default_value_t)]
    pub steps: Steps,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub out: Out,
}

/// `gradient`
#[derive(Args, Debug)]
pub struct Gradient {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub numbers: Numbers,
    /// Whose gradients, separated by commas [default: all inputs, parameters and initial values]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub wrt: Vec<String>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Plain::Json)]
    pub format: Plain,
    #[command(flatten)]
    pub out: Out,
}

/// `jacobian`
#[derive(Args, Debug)]
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
    /// How much of the calculations to show
    #[arg(long, value_enum, default_value_t)]
    pub steps: Steps,
    /// Do not compare with exact derivatives
    #[arg(long)]
    pub unchecked: bool,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub out: Out,
}

/// `sweep`
#[derive(Args, Debug)]
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

/// `theory`
#[derive(Args, Debug)]
pub struct Theory {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    #[command(flatten)]
    pub settings: Settings,
    /// The recurrence to go along [default: the only one]
    #[arg(long, value_name = "INDEX")]
    pub along: Option<String>,
    /// The mean square of the first state [default: as it is drawn]
    #[arg(long, value_name = "SQUARE")]
    pub start: Option<f64>,
    /// Over how many steps [default: what the network says, or 50]
    #[arg(long, value_name = "STEPS")]
    pub depth: Option<i64>,
    /// The width, for what finite widths change [default: what the network says]
    #[arg(long, value_name = "ENTRIES")]
    pub width: Option<i64>,
    /// How many examples a normalised batch has [default: what the network says, or infinitely many]
    #[arg(long, value_name = "EXAMPLES")]
    pub batch: Option<i64>,
    /// The correlation of two inputs to start with
    #[arg(long, value_name = "NUMBER")]
    pub correlation: Option<f64>,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Report>,
    #[command(flatten)]
    pub out: Out,
}

/// `phase`
#[derive(Args, Debug)]
pub struct Phase {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    #[command(flatten)]
    pub settings: Settings,
    /// The constant across, with its range: sigma_w=0.5..3
    #[arg(long, value_name = "NAME=LOW..HIGH")]
    pub x: Range,
    /// The constant upwards, with its range: sigma_b=0..1
    #[arg(long, value_name = "NAME=LOW..HIGH")]
    pub y: Range,
    /// The recurrence to go along [default: the only one]
    #[arg(long, value_name = "INDEX")]
    pub along: Option<String>,
    /// The mean square of the first state [default: as it is drawn]
    #[arg(long, value_name = "SQUARE")]
    pub start: Option<f64>,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Report>,
    #[command(flatten)]
    pub out: Out,
}

/// A constant with its range, and at how many values.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The constant.
    pub name: String,
    /// The ends.
    pub ends: (f64, f64),
    /// How many values, if that was said.
    pub count: Option<usize>,
}

impl std::str::FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "give a constant and its range, as in `sigma_w=0.5..3` or `sigma_w=0.5..3:40`".to_string();
        let (name, range) = text.split_once('=').ok_or_else(form)?;
        let (range, count) = match range.split_once(':') {
            Some((range, count)) => (range, Some(count.trim().parse::<usize>().map_err(|_| form())?)),
            None => (range, None),
        };
        let (low, high) = range.split_once("..").ok_or_else(form)?;
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(form);
        let ends = (number(low)?, number(high)?);
        if ends.0 >= ends.1 {
            return Err(format!("the range goes from {} to {}: the smaller end stands first", ends.0, ends.1));
        }
        if count.is_some_and(|count| !(2..=1000).contains(&count)) {
            return Err("a range has 2 to 1000 values".to_string());
        }
        Ok(Range { name: name.trim().to_string(), ends, count })
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

/// `verify`
#[derive(Args, Debug)]
pub struct Verify {
    /// Networks of the gallery (`nablascope list`), or files
    #[arg(required_unless_present = "all")]
    pub nets: Vec<String>,
    #[command(flatten)]
    pub settings: Settings,
    /// All networks of the gallery
    #[arg(long)]
    pub all: bool,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Plain,
    #[command(flatten)]
    pub out: Out,
}

/// `laws`
#[derive(Args, Debug)]
pub struct Laws {
    /// A law or function
    pub name: Option<String>,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub out: Out,
}

/// `activations`
#[derive(Args, Debug)]
pub struct Activations {
    /// Functions to show in detail [default: a table of all]
    pub names: Vec<String>,
    /// A file with definitions of your own
    #[arg(long = "use", value_name = "FILE")]
    pub uses: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Pictures,
    #[command(flatten)]
    pub out: Out,
}

/// `compare`
#[derive(Args, Debug)]
pub struct Compare {
    /// Networks of the gallery (`nablascope list`), or files
    #[arg(required = true, num_args = 2..)]
    pub nets: Vec<String>,
    #[command(flatten)]
    pub settings: Settings,
    /// The recurrence to take steps along [default: the first of each network]
    #[arg(long, value_name = "INDEX")]
    pub along: Option<String>,
    /// Measure how gradients flow, too, with the same sizes and seeds for all
    #[arg(long)]
    pub sweep: bool,
    /// How many random networks a sweep draws
    #[arg(long, default_value_t = 4, requires = "sweep")]
    pub seeds: u64,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub out: Out,
}

/// `list`
#[derive(Args, Debug)]
pub struct List {
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub format: Plain,
    #[command(flatten)]
    pub out: Out,
}

/// `show`
#[derive(Args, Debug)]
pub struct Show {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    #[command(flatten)]
    pub settings: Settings,
    /// The text of the network instead, as it was written
    #[arg(long, conflicts_with = "format")]
    pub source: bool,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub out: Out,
}

/// `schema`
#[derive(Args, Debug)]
pub struct Schema {
    /// The command
    #[arg(value_enum)]
    pub command: Printed,
    #[command(flatten)]
    pub out: Out,
}

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

/// How much of the calculations is shown.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Steps {
    /// The forward and backward equations only
    None,
    /// Every calculation; one that is like an earlier one is shortened
    #[default]
    Brief,
    /// Every calculation with its finer steps
    Full,
}

impl From<Steps> for crate::render::Steps {
    fn from(steps: Steps) -> Self {
        match steps {
            Steps::None => Self::None,
            Steps::Brief => Self::Brief,
            Steps::Full => Self::Full,
        }
    }
}

/// How a page is written.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Unicode, for terminals
    #[default]
    Text,
    /// GitHub-flavoured, with LaTeX formulas
    Markdown,
    /// A document that compiles by itself
    Latex,
    /// One file that needs no other, with formulas as MathML; light or dark as the reader likes
    Html,
    /// For programs; `nablascope schema` describes it
    Json,
}

/// How pictures and tables are written.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pictures {
    /// Unicode, for terminals
    #[default]
    Text,
    /// GitHub-flavoured, with LaTeX formulas
    Markdown,
    /// A picture of the functions and their slopes
    Svg,
    /// For programs; `nablascope schema` describes it
    Json,
}

/// How numbers and lists are written.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plain {
    /// Unicode, for terminals
    #[default]
    Text,
    /// For programs; `nablascope schema` describes it
    Json,
}

/// How measurements are written.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Report {
    /// Tables and block plots, for terminals
    #[default]
    Text,
    /// The same with LaTeX formulas, GitHub-flavoured
    Markdown,
    /// One file that needs no other: pictures, formulas, tables; light or dark as the reader likes
    Html,
    /// The pictures alone
    Svg,
    /// One number a line: network, setting, seed, measure, of, number, place, value
    Csv,
    /// For programs; `nablascope schema` describes it
    Json,
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
