//! `diagnose NET`

use super::args::{Diagnose, Format, Settings};
use super::{Failure, commands, complain, input, numbers, output};
use crate::evaluate::Array;
use crate::math::name::Name;
use crate::math::network::Sizes;
use crate::math::transformation::Transformation;
use crate::mend::{self, Asked};
use crate::render;
use indicatif::{ProgressBar, ProgressDrawTarget};
use std::collections::BTreeMap;

/// Reads a network, finds out what is wrong with it and what helps, writes.
pub fn diagnose(args: &Diagnose) -> Result<(), Failure> {
    output::writable(args.out.out.as_deref())?;
    let format = args.out.format(args.format)?;
    let swept = &args.swept;
    let seeds = swept.seeds()?;
    for text in &args.with {
        Transformation::list(text).map_err(Failure::usage)?;
    }
    let set = swept.settings.single()?;
    let (source, path) = input::source(&swept.net)?;
    let load = |name: &str| input::beside(path.as_deref(), name);
    let source = mend::settled(&source, &set, &load)?;
    let (network, warnings) = input::network(&swept.net, &Settings { set })?;
    complain(&warnings);
    let files = numbers::read(&args.numbers)?;
    let (mut given, mut sizes, mut said): (BTreeMap<Name, Array<f64>>, Sizes, Vec<String>) = Default::default();
    if !files.is_empty() {
        let (data, notes) = files.fit(&network)?;
        said = notes;
        (sizes, given) = crate::evaluate::partly(&network, &data)?;
    }
    let along = swept.along.as_ref().map(|name| Name::canonical(name));
    let asked = Asked {
        along: along.as_ref(),
        seeds,
        given: &given,
        sizes: &sizes,
        remedies: (!args.with.is_empty()).then(|| args.with.clone()),
    };
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    let mut found = mend::diagnose(&source, &asked, &load, &|done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    found.notes.splice(0..0, said);
    let out = args.out.out.as_deref();
    match format {
        Format::Json => commands::print(&render::diagnosis_json::diagnosis(&found), out),
        format => commands::page(&render::diagnosis::page(&found, &swept.net, crate::book()?), format, out),
    }
}
