//! `jacobian NET --of READINGS --wrt READINGS`

use super::args::{Format, Jacobian};
use super::{Failure, commands, complain, input, numbers};
use crate::evaluate;
use crate::math::expression::Read;
use crate::math::jacobian::Question;
use crate::math::network::Network;
use crate::math::source::{Diagnostic, Source};
use crate::render::{self, json};
use schemars::JsonSchema;
use serde::Serialize;

/// What `jacobian --data` prints.
#[derive(Serialize, JsonSchema)]
pub struct Values {
    /// The indices that stand free in the question, with the values they run through. They are the first axes of each
    /// value, in this order.
    indices: Vec<Index>,
    /// One for each pair: the first of `--of` by all of `--wrt`, then the second, and so on.
    blocks: Vec<Value>,
}

/// An index with its values.
#[derive(Serialize, JsonSchema)]
struct Index {
    /// The letter.
    index: String,
    /// The first value.
    low: i64,
    /// How many values.
    count: usize,
}

/// The values of a block.
#[derive(Serialize, JsonSchema)]
struct Value {
    /// What moves, as it was asked.
    of: String,
    /// By what.
    wrt: String,
    /// Nested lists: the indices first, then the axes of `of`, then those of `wrt`.
    value: serde_json::Value,
    /// The largest singular value at each place: nested lists over the indices.
    norm: serde_json::Value,
}

/// Reads the question, answers it, writes the answer.
pub fn jacobian(args: &Jacobian) -> Result<(), Failure> {
    let written = &args.written;
    let format = written.out.format(written.format)?;
    let (network, warnings) = input::network(&args.net, &args.settings)?;
    complain(&warnings);
    let parts = crate::parts_named(&network);
    let (of, of_texts) = readings(&parts, "--of", &args.of)?;
    let (wrt, wrt_texts) = readings(&parts, "--wrt", &args.wrt)?;
    let through = args.through.as_ref().map(|text| readings(&parts, "--through", text)).transpose()?;
    let through = match through.as_ref().map(|(reads, _)| reads.as_slice()) {
        None => None,
        Some([one]) => Some(one.clone()),
        Some(_) => {
            let error = Diagnostic::error("paths pass through one reading");
            return Err(Failure::usage(error.hint("give `--through` one reading, such as 'c[t]'")));
        }
    };
    let jacobian = crate::jacobian(&parts, &Question { of, wrt, through })?;
    let out = written.out.out.as_deref();
    let book = crate::book()?;
    let files = numbers::read(&args.numbers)?;
    if !files.is_empty() {
        let (data, notes) = files.fit(&network)?;
        numbers::say(&notes);
        let numbers = evaluate::jacobian::jacobian(&network, &jacobian, &data)?;
        let names =
            |number: usize| (of_texts[number / wrt_texts.len()].clone(), wrt_texts[number % wrt_texts.len()].clone());
        return match format {
            Format::Json => commands::print(&values(&numbers, &names), out),
            format => commands::page(&tables(&network, &numbers, &names), format, out),
        };
    }
    let agreement = if written.unchecked { None } else { Some(crate::agreement(&network, &jacobian)?) };
    let steps = written.steps.into();
    match format {
        Format::Json => commands::print(&json::jacobian(&jacobian, book, agreement.as_ref()), out)?,
        format => commands::page(&render::jacobian::page(&jacobian, book, agreement.as_ref(), steps), format, out)?,
    }
    match agreement {
        Some(agreement) if !render::verdict::agrees(agreement.worst) || !render::verdict::bounded(agreement.share) => {
            Err(Failure::refuted())
        }
        _ => Ok(()),
    }
}

/// Readings separated by commas, as they were written and as they are meant.
fn readings(network: &Network, option: &str, text: &str) -> Result<(Vec<Read>, Vec<String>), Failure> {
    let source = Source::new(option, text);
    let (mut reads, mut texts) = (Vec::new(), Vec::new());
    let (mut depth, mut start) = (0usize, 0);
    let ends = text.char_indices().map(|(at, letter)| (at, Some(letter))).chain([(text.len(), None)]);
    for (at, letter) in ends {
        match letter {
            Some('[') => depth += 1,
            Some(']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if letter.is_none() || (letter == Some(',') && depth == 0) {
            if text[start..at].trim().is_empty() {
                let error = Diagnostic::error(format!("a reading after `{option}` is empty"));
                return Err(Failure::usage(error.hint("write readings such as 'h[t],c[t]'")));
            }
            let read =
                crate::reading(network, &source, start..at).map_err(|diagnostics| Failure { code: 2, diagnostics })?;
            if !reads.contains(&read) {
                reads.push(read);
                texts.push(text[start..at].trim().to_string());
            }
            start = at + 1;
        }
    }
    Ok((reads, texts))
}

type Names<'a> = dyn Fn(usize) -> (String, String) + 'a;

fn values(numbers: &evaluate::jacobian::Numbers, names: &Names) -> Values {
    let index = |(letter, low, count): &(crate::math::name::Name, i64, usize)| Index {
        index: letter.to_string(),
        low: *low,
        count: *count,
    };
    let block = |(number, array): (usize, &evaluate::Array<f64>)| {
        let (of, wrt) = names(number);
        let norms = numbers.norms(number);
        Value { of, wrt, value: evaluate::data::nest(array), norm: evaluate::data::nest(&norms) }
    };
    Values {
        indices: numbers.indices.iter().map(index).collect(),
        blocks: numbers.blocks.iter().enumerate().map(block).collect(),
    }
}

/// A table for each block: a row for each value of the indices.
fn tables(network: &Network, numbers: &evaluate::jacobian::Numbers, names: &Names) -> render::Page {
    let mut page = render::Page { title: network.name.to_string(), ..render::Page::default() };
    let letters: Vec<String> = numbers.indices.iter().map(|(letter, _, _)| letter.to_string()).collect();
    for (number, array) in numbers.blocks.iter().enumerate() {
        let (of, wrt) = names(number);
        page.heading(1, format!("d {of} / d {wrt}"));
        let norms = numbers.norms(number);
        let size = array.data.len() / norms.data.len().max(1);
        let places = numbers.places();
        let arrays: Vec<render::numbers::Placed> = places
            .into_iter()
            .zip(array.data.chunks(size.max(1)))
            .zip(&norms.data)
            .map(|((place, entries), norm)| render::numbers::Placed { place, entries: entries.to_vec(), norm: *norm })
            .collect();
        page.blocks.push(render::numbers::places(&letters, &arrays));
    }
    page
}
