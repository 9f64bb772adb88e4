//! `transform NET`

use super::args::{Plain, Transform};
use super::{Failure, commands, input, output};
use crate::math::transformation::{Transformation, WORDS};
use crate::mend;
use schemars::JsonSchema;
use serde::Serialize;

/// What `transform` prints.
#[derive(Serialize, JsonSchema, Debug)]
pub(super) struct Transformed {
    /// The name of the network that was changed.
    network: String,
    /// What was applied, in order.
    transformations: Vec<String>,
    /// The new network file.
    source: String,
}

/// What `transform --list` prints.
#[derive(Serialize, Debug)]
struct Offered {
    transformation: String,
    does: &'static str,
}

/// Reads a network, changes it, writes its text.
pub fn transform(args: &Transform) -> Result<(), Failure> {
    output::writable(args.out.out.as_deref())?;
    let out = args.out.out.as_deref();
    let Some(net) = &args.net else { return list(args) };
    let mut changes = Vec::new();
    for text in &args.with {
        changes.append(&mut Transformation::list(text).map_err(Failure::usage)?);
    }
    let (source, path) = input::source(net)?;
    let load = |name: &str| input::beside(path.as_deref(), name);
    let set = args.settings.single()?;
    let new = mend::transformed(&source, &set, &changes, &load)?;
    match args.format {
        Plain::Text => output::write(&new.text, out),
        Plain::Json => {
            let network = input::name_of(&new)?;
            let transformations = changes.iter().map(ToString::to_string).collect();
            commands::print(&Transformed { network, transformations, source: new.text.to_string() }, out)
        }
    }
}

/// All transformations.
fn list(args: &Transform) -> Result<(), Failure> {
    let offered: Vec<Offered> = WORDS
        .iter()
        .map(|word| {
            let transformation = match (word.value, word.optional) {
                ("", _) => word.word.to_string(),
                (value, false) => format!("{}={value}", word.word),
                (value, true) => format!("{}[={value}]", word.word),
            };
            Offered { transformation, does: word.does }
        })
        .collect();
    let out = args.out.out.as_deref();
    if args.format == Plain::Json {
        return commands::print(&offered, out);
    }
    let wide = offered.iter().map(|one| one.transformation.len()).max().unwrap_or(0);
    let room = output::width().saturating_sub(wide + 3).max(20);
    let mut text = String::new();
    for Offered { transformation, does } in &offered {
        let (mut line, mut lead) = (String::new(), transformation.as_str());
        for word in does.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                text.push_str(&format!("{lead:wide$}   {line}\n"));
                (line, lead) = (String::new(), "");
            }
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
        text.push_str(&format!("{lead:wide$}   {line}\n"));
    }
    output::write(&text, out)
}
