//! `compare NET NET …`

use super::args::{Compare, Format, Settings, seeds};
use super::{Failure, commands, complain, input, output, work};
use crate::flow;
use crate::math::comparison::{Comparison, Member};
use crate::math::flow::{Plan, Summary, Sweep};
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::Diagnostic;
use crate::render;
use std::collections::BTreeMap;

/// Reads the networks, compares them, sweeps them if that is asked for.
pub fn compare(args: &Compare) -> Result<(), Failure> {
    output::writable(args.out.out.as_deref())?;
    let format = args.out.format(args.format)?;
    let comparison = members(args)?;
    let (out, book) = (args.out.out.as_deref(), crate::book()?);
    match format {
        Format::Json => commands::print(&render::comparison_json::comparison(&comparison, book), out),
        format => commands::page(&render::comparison::page(&comparison, book), format, out),
    }
}

/// The networks side by side.
pub fn members(args: &Compare) -> Result<Comparison, Failure> {
    let seeds = seeds(1, args.seeds)?;
    let settings = shared(args)?;
    let along = args.along.as_ref().map(|name| Name::canonical(name));
    let mut comparison = Comparison { members: Vec::new(), notes: Vec::new() };
    let mut assumed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (net, set) in args.nets.iter().zip(settings) {
        let (network, warnings) = input::network(net, &Settings { set })?;
        complain(&warnings);
        let mut member = crate::compare::member(&network, along.as_ref())?;
        if args.sweep {
            member.flow = Some(measured(&network, &member, &seeds, &mut assumed));
            member.drawn = flow::drawn(&network, std::iter::empty());
        }
        comparison.members.push(member);
    }
    if let (Some(along), false) =
        (&along, comparison.members.iter().any(|member| member.index.as_ref() == along.as_ref()))
    {
        return Err(Failure::usage(
            Diagnostic::error(format!("none of these networks recurs along `{along}`"))
                .hint("without `--along` each takes steps along its first recurrence"),
        ));
    }
    comparison.notes.extend(assumed.into_iter().map(|(note, names)| match names.len() == args.nets.len() {
        true => note,
        false => format!("{}: {note}", names.join(", ")),
    }));
    Ok(comparison)
}

/// The settings of each network: those that it takes. One that no network takes is an error.
fn shared(args: &Compare) -> Result<Vec<Vec<String>>, Failure> {
    let mut all = vec![Vec::new(); args.nets.len()];
    for net in &args.nets {
        input::network(net, &Settings { set: Vec::new() })?;
    }
    for setting in args.settings.single()? {
        let mut refused = None;
        let mut taken = false;
        for (net, set) in args.nets.iter().zip(&mut all) {
            match input::network(net, &Settings { set: vec![setting.clone()] }) {
                Ok(_) => {
                    set.push(setting.clone());
                    taken = true;
                }
                Err(failure) => refused = refused.or(Some(failure)),
            }
        }
        if let (false, Some(failure)) = (taken, refused) {
            return Err(failure);
        }
    }
    Ok(all)
}

/// A sweep of one network, or why there is none.
fn measured(
    network: &Network,
    member: &Member,
    seeds: &[u64],
    assumed: &mut BTreeMap<String, Vec<String>>,
) -> Result<(Sweep, Summary), String> {
    let asked = flow::ask(network, member.index.as_ref()).map_err(|error| error.message)?;
    let plan = Plan { seeds: seeds.to_vec(), ..Plan::along(asked.index, asked.sizes) };
    let first = |errors: Vec<Diagnostic>| errors.first().map_or(String::new(), |first| first.message.clone());
    let derivation = crate::derive(network, &[]).map_err(first)?;
    let bar = work::bar(&plan, 0, 1);
    let swept = crate::sweep(&derivation, &plan, &BTreeMap::new(), &|steps| bar.inc(steps as u64));
    bar.finish_and_clear();
    let mut swept = swept.map_err(first)?;
    let drawn = flow::draws(network, std::iter::empty());
    let notes = asked.notes.into_iter().chain(std::mem::take(&mut swept.notes));
    for note in notes.filter(|note| !drawn.contains(note)) {
        assumed.entry(note).or_default().push(network.name.to_string());
    }
    swept.setting = vec![("network".to_string(), network.name.to_string())];
    let summary = flow::summary(&swept);
    Ok((swept, summary))
}
