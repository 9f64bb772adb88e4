//! `theory NET` and `phase NET`

use super::args::{Course, Phase, Range, Settings, Theory};
use super::{Failure, commands, complain, input, output};
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::Diagnostic;
use crate::math::theory::{self, Question};
use crate::render;

/// How many values a range has across when nobody says, and how many upwards.
const VALUES: (usize, usize) = (61, 17);

/// Reads a network, asks theory, writes.
pub fn theory(args: &Theory) -> Result<(), Failure> {
    output::writable(args.out.out.as_deref())?;
    let format = args.out.format(args.format)?;
    let theory = answer(args)?;
    let out = args.out.out.as_deref();
    let json = || render::theory_json::theory(&theory);
    commands::report(
        format,
        out,
        &output::command(),
        || render::theory::page(&theory),
        json,
        || render::theory_csv::theory(&theory),
    )
}

/// What theory says.
pub fn answer(args: &Theory) -> Result<theory::Theory, Failure> {
    for (name, least, given) in [("depth", 1, args.depth), ("width", 1, args.width), ("batch", 2, args.batch)] {
        if let Some(number) = given.filter(|number| *number < least) {
            return Err(usage(format!("`--{name}` is at least {least}, not {number}")));
        }
    }
    if let Some(start) = args.correlation.filter(|start| !(0.0..=1.0).contains(start)) {
        return Err(usage(format!("`--correlation` lies between 0 and 1, not at {start}")));
    }
    let (network, question) = asked(&args.net, &args.settings, &args.course)?;
    let question =
        Question { depth: args.depth, width: args.width, batch: args.batch, correlation: args.correlation, ..question };
    Ok(crate::theory(&network, &question)?)
}

/// Reads a network, maps χ over two constants, writes.
pub fn phase(args: &Phase) -> Result<(), Failure> {
    output::writable(args.out.out.as_deref())?;
    let format = args.out.format(args.format)?;
    let (network, question) = asked(&args.net, &args.settings, &args.course)?;
    let (x, y) = (Name::canonical(&args.x.name), Name::canonical(&args.y.name));
    let phase = crate::phase(&network, &question, (&x, values(&args.x, VALUES.0)), (&y, values(&args.y, VALUES.1)))?;
    let out = args.out.out.as_deref();
    let json = || render::theory_json::phase(&phase);
    commands::report(
        format,
        out,
        &output::command(),
        || render::theory::phase(&phase),
        json,
        || render::theory_csv::phase(&phase),
    )
}

fn usage(message: String) -> Failure {
    Failure::usage(Diagnostic::error(message))
}

/// The network, and what both commands ask about it.
fn asked(net: &str, settings: &Settings, course: &Course) -> Result<(Network, Question), Failure> {
    let (along, start) = (course.along.as_deref(), course.start);
    if let Some(start) = start.filter(|start| !(*start > 0.0 && start.is_finite())) {
        return Err(usage(format!("`--start` is a mean square above 0, not {start}")));
    }
    let (network, warnings) = input::network(net, settings)?;
    complain(&warnings);
    Ok((network, Question { along: along.map(Name::canonical), start, ..Question::default() }))
}

fn values(range: &Range, usual: usize) -> Vec<f64> {
    let (low, high) = range.ends;
    let count = range.count.unwrap_or(usual);
    (0..count).map(|at| low + (high - low) * at as f64 / (count - 1) as f64).collect()
}
