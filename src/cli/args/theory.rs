//! `theory` and `phase`: what may be typed.

use super::{Out, Report, Settings};
use clap::Args;

/// What mean-field theory says: fixed points, χ, critical initialisation, correlation lengths
#[derive(Args, Debug)]
#[command(
    after_help = "Of wide layers with weights of their own: `h[l] = phi(W[l] @ h[l-1])`, residual, gated, normalised. Everything is \
    quadrature on\nthe network's own functions and their derived slopes. Where theory does not apply, the reason is told.\n\n\
    Examples:\n  \
    nablascope theory mlp_deep\n  \
    nablascope theory mlp_deep --set phi=gelu --set sigma_w=1.4\n  \
    nablascope theory my-net.net --depth 200 --width 256\n  \
    nablascope theory resnet --format json --out theory.json"
)]
pub struct Theory {
    /// A network of the gallery (`nablascope list`), or a file
    pub net: String,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub course: Course,
    /// Over how many steps [default: what the network says, or 50]
    #[arg(long, value_name = "STEPS", allow_negative_numbers = true)]
    pub depth: Option<i64>,
    /// The width, for what finite widths change [default: what the network says]
    #[arg(long, value_name = "ENTRIES", allow_negative_numbers = true)]
    pub width: Option<i64>,
    /// How many examples a normalised batch has [default: what the network says, or infinitely many]
    #[arg(long, value_name = "EXAMPLES", allow_negative_numbers = true)]
    pub batch: Option<i64>,
    /// The correlation of two inputs to start with
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub correlation: Option<f64>,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Report>,
    #[command(flatten)]
    pub out: Out,
}

/// A map of χ over two constants, with the line where it is 1
#[derive(Args, Debug)]
#[command(after_help = "A range is NAME=LOW..HIGH, or NAME=LOW..HIGH:COUNT for so many values.\n\n\
    Examples:\n  \
    nablascope phase mlp_deep --x sigma_w=0.5..3 --y sigma_b=0..1\n  \
    nablascope phase mlp_deep --set phi=erf --x sigma_w=0.5..3:60 --y sigma_b=0..1:20 --format json")]
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
    #[command(flatten)]
    pub course: Course,
    /// How to write it [default: as the ending of `--out` says, or text]
    #[arg(long, value_enum)]
    pub format: Option<Report>,
    #[command(flatten)]
    pub out: Out,
}

/// Along what theory goes, and from where.
#[derive(Args, Debug)]
pub struct Course {
    /// The recurrence to go along [default: the only one]
    #[arg(long, value_name = "INDEX")]
    pub along: Option<String>,
    /// The mean square of the first state [default: as it is drawn]
    #[arg(long, value_name = "SQUARE", allow_negative_numbers = true)]
    pub start: Option<f64>,
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
