//! `theory NET` and `phase NET`

use super::args::{Phase, Range, Theory};
use super::{Failure, commands, complain, input, output};
use crate::math::name::Name;
use crate::math::source::Diagnostic;
use crate::math::theory::Question;
use crate::render;

/// How many values a range has across when nobody says, and how many upwards.
const VALUES: (usize, usize) = (61, 17);

/// Reads a network, asks theory, writes.
pub fn theory(args: &Theory) -> Result<(), Failure> {
    output::writable(args.out.out.as_deref())?;
    let format = args.out.format(args.format)?;
    for (name, least, given) in [("depth", 1, args.depth), ("width", 1, args.width), ("batch", 2, args.batch)] {
        if let Some(number) = given.filter(|number| *number < least) {
            return Err(usage(format!("`--{name}` is at least {least}, not {number}")));
        }
    }
    if let Some(start) = args.correlation.filter(|start| !(0.0..=1.0).contains(start)) {
        return Err(usage(format!("`--correlation` lies between 0 and 1, not at {start}")));
    }
    positive(args.start)?;
    let (network, warnings) = input::network(&args.net, &args.settings)?;
    complain(&warnings);
    let question = Question {
        along: args.along.as_ref().map(|name| Name::canonical(name)),
        start: args.start,
        depth: args.depth,
        width: args.width,
        batch: args.batch,
        correlation: args.correlation,
    };
    let theory = crate::theory(&network, &question)?;
    let out = args.out.out.as_deref();
    let json = || render::theory_json::theory(&theory);
    commands::report(format, out, || render::theory::page(&theory), json, || render::theory_csv::theory(&theory))
}

/// Reads a network, maps χ over two constants, writes.
pub fn phase(args: &Phase) -> Result<(), Failure> {
    output::writable(args.out.out.as_deref())?;
    let format = args.out.format(args.format)?;
    positive(args.start)?;
    let (network, warnings) = input::network(&args.net, &args.settings)?;
    complain(&warnings);
    let question = Question {
        along: args.along.as_ref().map(|name| Name::canonical(name)),
        start: args.start,
        ..Question::default()
    };
    let (x, y) = (Name::canonical(&args.x.name), Name::canonical(&args.y.name));
    let phase = crate::phase(&network, &question, (&x, values(&args.x, VALUES.0)), (&y, values(&args.y, VALUES.1)))?;
    let out = args.out.out.as_deref();
    let json = || render::theory_json::phase(&phase);
    commands::report(format, out, || render::theory::phase(&phase), json, || render::theory_csv::phase(&phase))
}

fn usage(message: String) -> Failure {
    Failure::usage(Diagnostic::error(message))
}

fn positive(start: Option<f64>) -> Result<(), Failure> {
    match start.filter(|start| !(*start > 0.0 && start.is_finite())) {
        Some(start) => Err(usage(format!("`--start` is a mean square above 0, not {start}"))),
        None => Ok(()),
    }
}

fn values(range: &Range, usual: usize) -> Vec<f64> {
    let (low, high) = range.ends;
    let count = range.count.unwrap_or(usual);
    (0..count).map(|at| low + (high - low) * at as f64 / (count - 1) as f64).collect()
}
