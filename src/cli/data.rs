//! `gradient NET --data FILE`

use super::args::{Gradient, Plain};
use super::{Failure, complain, form, input, numbers, output};
use crate::math::source::Diagnostic;
use crate::{evaluate, render};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What `gradient` prints: nested lists by name, index axes first; numbers for quantities without axes.
#[derive(Serialize, JsonSchema)]
pub struct Gradients {
    /// The outputs of the network, or else its loss.
    outputs: BTreeMap<String, serde_json::Value>,
    /// The gradients that were asked for, under the names of the data.
    grads: BTreeMap<String, serde_json::Value>,
}

/// Reads the data, evaluates the network and its derived gradients, writes them.
pub fn gradient(args: &Gradient) -> Result<(), Failure> {
    let (network, warnings) = input::network(&args.net, &args.settings)?;
    complain(&warnings);
    let goals = input::goals(&network, &args.wrt)?;
    let files = numbers::read(&args.numbers)?;
    if files.is_empty() {
        return Err(Failure::usage(Diagnostic::error("there are no numbers to evaluate it on").hint(
            "give `--data FILE`; `nablascope show NET` tells what the network reads, `nablascope verify NET` draws numbers",
        )));
    }
    let (data, notes) = files.fit(&network)?;
    numbers::say(&notes);
    if network.loss.is_none() && data.upstream.is_empty() {
        complain(&[Diagnostic::warning("the data have no upstream gradients, so every gradient is 0")
            .hint("give some, as in \"upstream\": {\"y\": …}, or write a `loss`")]);
    }
    let derivation = crate::derive(&network, &goals)?;
    // First, since where a slope is infinite there may be no gradient.
    complain(&evaluate::kinks(&network, &data)?);
    let results = evaluate::gradient(&network, &derivation, &data)?;
    let out = args.out.out.as_deref();
    match args.format {
        Plain::Json => form::print(&results.to_json(), out),
        Plain::Text => {
            let numbers = |(name, array): (&String, &evaluate::Array<f64>)| render::numbers::Named {
                name: name.clone(),
                dims: array.dims.clone(),
                entries: array.data.clone(),
            };
            let page = render::numbers::page(
                network.name.as_str(),
                &results.outputs.iter().map(numbers).collect::<Vec<_>>(),
                &results.grads.iter().map(numbers).collect::<Vec<_>>(),
            );
            output::write(&render::to_terminal(&page, output::width()), out)
        }
    }
}
