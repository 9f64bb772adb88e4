//! `sweep NET`

use super::args::{Amount, Begin, Settings, Sweep};
use super::{Failure, commands, complain, input, numbers, output};
use crate::evaluate::Array;
use crate::flow;
use crate::math;
use crate::math::flow::{Exponents, Flow, Plan, Start};
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::Diagnostic;
use crate::math::theory::{Question, Theory};
use crate::render;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;

/// How many seeds one sweep may have.
pub(super) const SEEDS: u64 = 100_000;

/// How many steps theory may take beside a sweep: a second's work. A state at rest costs nothing more.
const PATIENCE: usize = 10_000;

/// Plans, sweeps every setting, writes what came out.
pub fn sweep(args: &Sweep) -> Result<(), Failure> {
    let usage = |diagnostic: Diagnostic| Failure::usage(diagnostic);
    if args.seeds == 0 || args.seeds > SEEDS {
        return Err(usage(
            Diagnostic::error(format!("{} seeds make no sweep", args.seeds))
                .hint(format!("give `--seeds` a number from 1 to {SEEDS}")),
        ));
    }
    if args.probes == 0 {
        return Err(usage(Diagnostic::error("0 probes carry no gradient").hint("give `--probes` at least 1")));
    }
    output::writable(args.out.out.as_deref())?;
    let format = args.out.format(args.format)?;
    let settings = flow::settings(&args.settings.set).map_err(usage)?;
    let files = numbers::read(&args.numbers)?;
    let along = args.along.as_ref().map(|name| Name::canonical(name));
    let (mut flow, mut summaries, mut parts) =
        (Flow { network: Name::from(""), notes: Vec::new(), sweeps: Vec::new() }, Vec::new(), None);
    let mut theories = Vec::new();
    for (number, (full, varied)) in settings.iter().enumerate() {
        let set = full.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (mut network, warnings) = input::network(&args.net, &Settings { set })?;
        if number == 0 {
            complain(&warnings);
        }
        let mut given: BTreeMap<Name, Array<f64>> = BTreeMap::new();
        let mut notes = Vec::new();
        if !files.is_empty() {
            let (data, said) = files.fit(&network)?;
            notes = said;
            let (sizes, arrays) = crate::evaluate::partly(&network, &data)?;
            for (name, value) in sizes {
                network.sizes.entry(name).or_insert(None).get_or_insert(value);
            }
            given = arrays;
        }
        let asked = flow::ask(&network, along.as_ref()).map_err(usage)?;
        let plan = Plan {
            index: asked.index,
            states: args.states.iter().map(|name| Name::canonical(name.trim())).collect(),
            sizes: asked.sizes,
            seeds: (args.seed..args.seed.saturating_add(args.seeds)).collect(),
            start: match args.start {
                Begin::Random => Start::Random,
                Begin::Ones => Start::Ones,
                Begin::Loss => Start::Loss,
            },
            probes: args.probes,
            exponents: match args.exponents {
                None => Exponents::None,
                Some(Amount::Some(count)) => Exponents::Leading(count),
                Some(Amount::All) => Exponents::All,
            },
            singular_values: args.singular_values,
            paths: args.paths,
            parameters: args.parameters,
            bound: args.bound,
            correlation: args.correlation,
        };
        let derivation = crate::derive(&network, &[])?;
        let bar = bar(&plan, number, settings.len());
        let mut swept = crate::sweep(&derivation, &plan, &given, &|steps| bar.inc(steps as u64))?;
        bar.finish_and_clear();
        swept.setting.clone_from(varied);
        for note in notes.into_iter().chain(asked.notes) {
            if !flow.notes.contains(&note) {
                flow.notes.push(note);
            }
        }
        // What holds for all settings is said once.
        let common: Vec<String> =
            swept.notes.iter().filter(|note| number == 0 || flow.notes.contains(note)).cloned().collect();
        swept.notes.retain(|note| !common.contains(note));
        for note in common {
            if !flow.notes.contains(&note) {
                flow.notes.push(note);
            }
        }
        flow.network = network.name.clone();
        theories.push(if !given.is_empty() {
            Err("numbers were given, not drawn".into())
        } else if plan.start == Start::Loss {
            Err("gradients enter on the way".into())
        } else {
            theory(&network, &plan, &swept)
        });
        summaries.push(flow::summary(&swept));
        flow.sweeps.push(swept);
        parts.get_or_insert(derivation.network);
    }
    let Some(parts) = parts else { return Ok(()) };
    let (out, book) = (args.out.out.as_deref(), crate::book()?);
    let page = || render::flow::page(&flow, &parts, &summaries, &theories, book);
    let json = || render::flow_json::flow(&flow, &parts, &summaries, book);
    let csv = || render::flow::csv::table(&flow, &parts, &summaries, book);
    commands::report(format, out, page, json, csv)
}

/// What theory says of the same network, or why it does not apply.
fn theory(network: &Network, plan: &Plan, swept: &math::flow::Sweep) -> Result<Theory, String> {
    let question = Question {
        along: Some(plan.index.clone()),
        depth: Some(swept.places.len().saturating_sub(1) as i64).filter(|steps| *steps > 0),
        width: (swept.states.len() == 1).then_some(swept.width as i64),
        patience: Some(PATIENCE),
        ..Question::default()
    };
    let mut network = network.clone();
    for (name, value) in &plan.sizes {
        network.sizes.entry(name.clone()).or_insert(None).get_or_insert(*value);
    }
    crate::theory(&network, &question)
        .map_err(|errors| errors.first().map_or(String::new(), |first| first.message.clone()))
}

/// A bar on standard error, if that is a terminal.
pub(super) fn bar(plan: &Plan, number: usize, settings: usize) -> ProgressBar {
    let length = plan.sizes.values().copied().max().unwrap_or(1).max(1) as u64;
    let bar = ProgressBar::with_draw_target(
        Some(2 * length * plan.seeds.len() as u64),
        ProgressDrawTarget::stderr_with_hz(8),
    );
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(if settings > 1 { format!("setting {} of {settings}", number + 1) } else { "sweep".to_string() });
    bar
}
