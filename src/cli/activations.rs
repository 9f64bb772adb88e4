//! `activations [NAME …]`

use super::args::{Activations, Pictures};
use super::{Failure, commands, input, output};
use crate::math::activation::Activation;
use crate::math::name::{Name, nearest};
use crate::math::source::Diagnostic;
use crate::{activations, parse, render};
use schemars::JsonSchema;
use serde::Serialize;

/// What `activations` prints.
#[derive(Serialize, JsonSchema)]
pub struct Listed {
    /// One for each function.
    activations: Vec<Entry>,
    /// Functions that could not be surveyed, with the reason.
    left_out: Vec<LeftOut>,
}

/// A function of one number, y = f(u).
#[derive(Serialize, JsonSchema)]
struct Entry {
    /// Its name.
    name: String,
    /// dy/du, as text.
    slope: String,
    /// The largest absolute slope; null where it grows without end.
    steepest: Option<f64>,
    /// Where the slope is steepest.
    steepest_at: Option<f64>,
    /// Left of this the slope stays below 1 % of the largest; null where it does not.
    saturates_below: Option<f64>,
    /// Right of this it does.
    saturates_above: Option<f64>,
    /// Where the slope is exactly 0: pairs of ends, null for an infinite one.
    dead: Vec<[Option<f64>; 2]>,
    /// Where the slope jumps.
    kinks: Vec<f64>,
    /// Whether the value jumps somewhere, so that no slope tells of it.
    jumps: bool,
    /// How often y is exactly 0 when u is drawn from a standard normal distribution.
    zeros: f64,
}

/// A function that could not be surveyed.
#[derive(Serialize, JsonSchema)]
struct LeftOut {
    /// Its name.
    name: String,
    /// Why.
    reason: String,
}

/// Reads the names, surveys the functions, writes the table or pictures.
pub fn activations(args: &Activations) -> Result<(), Failure> {
    let book = crate::book()?;
    let load = |_: &str| match &args.uses {
        Some(path) => input::text(path).map_err(|failure| failure.reason()),
        None => Err("there is no such file".to_string()),
    };
    let uses = args.uses.as_ref().map(|path| path.display().to_string());
    let own = match &args.uses {
        Some(path) => vec![parse::network(&input::text(path)?)?],
        None => Vec::new(),
    };
    let known = activations::names(book, &own)?;
    let mut names = Vec::new();
    for name in &args.names {
        let spelled = book.operation(name).map_or_else(|| Name::new(name), |operation| operation.name.clone());
        if !known.contains(&spelled) {
            let error = Diagnostic::error(format!("there is no function `{name}` of one number"));
            return Err(Failure::usage(match nearest(name, known.iter().map(Name::as_str)) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("`nablascope activations` shows all; `--use FILE` brings definitions of your own"),
            }));
        }
        names.push(spelled);
    }
    let detailed = !names.is_empty();
    let names = if detailed { names } else { known };
    let found = activations::survey(&names, uses.as_deref(), book, &load)?;
    if let (true, Some((name, reason))) = (detailed, found.left_out.first()) {
        return Err(Failure::usage(Diagnostic::error(format!("`{name}` cannot be surveyed: {reason}"))));
    }
    let out = args.out.out.as_deref();
    let pages = || match detailed {
        true => found.activations.iter().map(|one| render::activations::detail(one, book)).collect(),
        false => vec![render::activations::table(&found.activations, &found.left_out, book)],
    };
    match args.format {
        Pictures::Json => {
            let activations = found.activations.iter().map(|one| entry(one, book)).collect();
            let left_out =
                found.left_out.iter().map(|(name, reason)| LeftOut { name: name.clone(), reason: reason.clone() });
            commands::print(&Listed { activations, left_out: left_out.collect() }, out)
        }
        Pictures::Svg => output::write(&render::curves::svg(&found.activations), out),
        Pictures::Markdown => {
            let pages: Vec<String> = pages().iter().map(render::to_markdown).collect();
            output::write(&pages.join("\n"), out)
        }
        Pictures::Text => {
            let mut text = String::new();
            for (number, page) in pages().iter().enumerate() {
                text.push_str(if number > 0 { "\n" } else { "" });
                text.push_str(&render::to_terminal(page, output::width()));
                if detailed {
                    text.push('\n');
                    text.push_str(&render::curves::terminal(&found.activations[number]));
                }
            }
            output::write(&text, out)
        }
    }
}

fn entry(one: &Activation, book: &crate::math::law::Book) -> Entry {
    let survey = &one.survey;
    let finite = |end: f64| end.is_finite().then_some(end);
    Entry {
        name: one.name.to_string(),
        slope: render::text::text(&render::activations::slope(one, book)),
        steepest: survey.steepest.map(|point| point.slope),
        steepest_at: survey.steepest.map(|point| point.at),
        saturates_below: survey.faint_below,
        saturates_above: survey.faint_above,
        dead: survey.dead.iter().map(|(low, high)| [finite(*low), finite(*high)]).collect(),
        kinks: survey.kinks.iter().map(|kink| kink.at).collect(),
        jumps: survey.kinks.iter().any(|kink| kink.jump),
        zeros: survey.zeros,
    }
}
