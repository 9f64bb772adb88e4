//! A sweep as work: settings times seeds, each pair a run that needs no other.

use super::args::{Amount, Begin, Report, Settings, Shard, Sweep};
use super::journal::{Journal, Runs};
use super::{Failure, commands, complain, input, numbers, output};
use crate::evaluate::Array;
use crate::flow;
use crate::math;
use crate::math::derivation::Derivation;
use crate::math::flow::{Exponents, Flow, Plan, Run, Start};
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::Diagnostic;
use crate::math::theory::{Question, Theory};
use crate::render;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How many seeds one sweep may have.
pub(super) const SEEDS: u64 = 100_000;

/// How many steps theory may take beside a sweep: a second's work. A state at rest costs nothing more.
const PATIENCE: usize = 10_000;

/// What is to be done.
pub struct Work<'a> {
    args: &'a Sweep,
    files: &'a numbers::Files,
    /// Each full setting, and what varies in it.
    settings: Vec<(flow::Setting, flow::Setting)>,
    seeds: Vec<u64>,
}

/// One setting, ready to be swept.
struct Planned {
    network: Network,
    plan: Plan,
    given: BTreeMap<Name, Array<f64>>,
    notes: Vec<String>,
}

impl<'a> Work<'a> {
    /// The work of a command.
    pub fn new(args: &'a Sweep, files: &'a numbers::Files) -> Result<Work<'a>, Failure> {
        if args.seeds == 0 || args.seeds > SEEDS {
            return Err(Failure::usage(
                Diagnostic::error(format!("{} seeds make no sweep", args.seeds))
                    .hint(format!("give `--seeds` a number from 1 to {SEEDS}")),
            ));
        }
        if args.probes == 0 {
            let error = Diagnostic::error("0 probes carry no gradient");
            return Err(Failure::usage(error.hint("give `--probes` at least 1")));
        }
        let settings = flow::settings(&args.settings.set).map_err(Failure::usage)?;
        let seeds = (args.seed..args.seed.saturating_add(args.seeds)).collect();
        Ok(Work { args, files, settings, seeds })
    }

    /// The runs of a part: positions of settings, and seeds.
    pub fn units(&self, shard: Shard) -> Vec<(usize, u64)> {
        let seeds = self.seeds.len() as u64;
        let all = (0..self.settings.len()).flat_map(|setting| {
            let numbered = self.seeds.iter().enumerate();
            numbered.map(move |(at, seed)| (setting as u64 * seeds + at as u64, (setting, *seed)))
        });
        all.filter(|(position, _)| shard.does(*position)).map(|(_, unit)| unit).collect()
    }

    /// All runs of a part: those that are known, and the others, each told to the journal.
    pub fn runs(&self, mut known: Runs, journal: &Journal, shard: Shard) -> Result<Runs, Failure> {
        let units = self.units(shard);
        for own in units.chunk_by(|one, other| one.0 == other.0) {
            let setting = own[0].0;
            let missing: Vec<u64> =
                own.iter().filter(|unit| !known.contains_key(unit)).map(|(_, seed)| *seed).collect();
            if missing.is_empty() {
                continue;
            }
            let planned = self.planned(setting)?;
            let derivation = crate::derive(&planned.network, &[])?;
            let swept = self.swept(setting, &planned, &derivation, missing, Some(journal))?;
            known.extend(swept.runs.into_iter().map(|run| ((setting, run.seed), run)));
        }
        known.retain(|unit, _| units.binary_search(unit).is_ok());
        Ok(known)
    }

    /// Sweeps what is not known, and writes the report of all.
    pub fn report(
        &self,
        mut known: Runs,
        journal: Option<&Journal>,
        format: Report,
        out: Option<&Path>,
    ) -> Result<(), Failure> {
        let (mut flow, mut summaries, mut theories, mut parts) =
            (Flow { network: Name::from(""), notes: Vec::new(), sweeps: Vec::new() }, Vec::new(), Vec::new(), None);
        for (setting, (_, varied)) in self.settings.iter().enumerate() {
            let planned = self.planned(setting)?;
            let derivation = crate::derive(&planned.network, &[])?;
            let mut own: Vec<_> = self.seeds.iter().filter_map(|seed| known.remove(&(setting, *seed))).collect();
            let there: BTreeSet<u64> = own.iter().map(|run| run.seed).collect();
            let missing = self.seeds.iter().filter(|seed| !there.contains(seed)).copied().collect();
            let mut swept = self.swept(setting, &planned, &derivation, missing, journal)?;
            let Planned { network, plan, given, notes } = planned;
            // The order of seeds, whoever ran first.
            own.append(&mut swept.runs);
            own.sort_by_key(|run| run.seed);
            (swept.runs, swept.plan, swept.setting) = (own, plan.clone(), varied.clone());
            for note in notes {
                if !flow.notes.contains(&note) {
                    flow.notes.push(note);
                }
            }
            // What holds for all settings is said once.
            let common: Vec<String> =
                swept.notes.iter().filter(|note| setting == 0 || flow.notes.contains(note)).cloned().collect();
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
        let book = crate::book()?;
        let page = || render::flow::page(&flow, &parts, &summaries, &theories, book);
        let json = || render::flow_json::flow(&flow, &parts, &summaries, book);
        let csv = || render::flow::csv::table(&flow, &parts, &summaries, book);
        commands::report(format, out, &self.command(out), page, json, csv)
    }

    /// The command that makes the report, in one order of words: the same for a sweep in one go, resumed, or merged.
    fn command(&self, out: Option<&Path>) -> String {
        let mut words = self.args.words();
        words.extend(out.into_iter().flat_map(|out| ["--out".to_string(), out.to_string_lossy().into_owned()]));
        output::typed(&words)
    }

    /// The network under a setting, with all that is asked of it.
    fn planned(&self, setting: usize) -> Result<Planned, Failure> {
        let args = self.args;
        let set = self.settings[setting].0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (mut network, warnings) = input::network(&args.net, &Settings { set })?;
        if setting == 0 {
            complain(&warnings);
        }
        let (mut given, mut notes) = (BTreeMap::new(), Vec::new());
        if !self.files.is_empty() {
            let (data, said) = self.files.fit(&network)?;
            notes = said;
            let (sizes, arrays) = crate::evaluate::partly(&network, &data)?;
            for (name, value) in sizes {
                network.sizes.entry(name).or_insert(None).get_or_insert(value);
            }
            given = arrays;
        }
        let along = args.along.as_ref().map(|name| Name::canonical(name));
        let asked = flow::ask(&network, along.as_ref()).map_err(Failure::usage)?;
        notes.extend(asked.notes);
        let plan = Plan {
            index: asked.index,
            states: args.states.iter().map(|name| Name::canonical(name.trim())).collect(),
            sizes: asked.sizes,
            seeds: self.seeds.clone(),
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
        Ok(Planned { network, plan, given, notes })
    }

    /// Sweeps some seeds of a setting.
    fn swept(
        &self,
        setting: usize,
        planned: &Planned,
        derivation: &Derivation,
        seeds: Vec<u64>,
        journal: Option<&Journal>,
    ) -> Result<math::flow::Sweep, Failure> {
        let plan = Plan { seeds, ..planned.plan.clone() };
        let bar = bar(&plan, setting, self.settings.len());
        let progress = |steps: usize| bar.inc(steps as u64);
        let done = |run: &Run| journal.map_or(Ok(()), |journal| journal.append(setting, run));
        let swept = crate::sweep_telling(derivation, &plan, &planned.given, &progress, &done);
        bar.finish_and_clear();
        Ok(swept?)
    }
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
