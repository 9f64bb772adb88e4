//! A sweep as work: settings times seeds, each pair a run that needs no other.

use super::args::{Amount, Begin, Report, Settings, Shard, Sweep};
use super::journal::{Journal, Runs};
use super::{Failure, commands, complain, input, numbers, output};
use crate::evaluate::Array;
use crate::flow;
use crate::math;
use crate::math::derivation::Derivation;
use crate::math::flow::{Exponents, Flow, Plan, Run, Start, Summary};
use crate::math::name::Name;
use crate::math::network::{Network, Role, Sizes};
use crate::math::source::Diagnostic;
use crate::math::statement::Answer;
use crate::math::theory::{Question, Theory};
use crate::render;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How many steps theory may take beside a sweep: a second's work. A state at rest costs nothing more.
const PATIENCE: usize = 10_000;

/// What is to be done.
pub struct Work<'a> {
    args: &'a Sweep,
    files: &'a numbers::Files,
    settings: Vec<Asked>,
    seeds: Vec<u64>,
}

/// One setting, as it was asked for.
struct Asked {
    /// All that is set.
    full: flow::Setting,
    /// What varies.
    varied: flow::Setting,
    /// Whether the weights are those to compare with.
    after: bool,
}

/// One setting, ready to be swept.
struct Planned {
    network: Network,
    plan: Plan,
    given: BTreeMap<Name, Array<f64>>,
    notes: Vec<String>,
}

/// All that a report tells.
struct Told {
    flow: Flow,
    summaries: Vec<Summary>,
    theories: Vec<Result<Theory, String>>,
    /// The network of the first setting with its parts named; none without settings.
    parts: Option<Network>,
}

impl<'a> Work<'a> {
    /// The work of a command.
    pub fn new(args: &'a Sweep, files: &'a numbers::Files) -> Result<Work<'a>, Failure> {
        let seeds = args.swept.seeds()?;
        if args.probes == 0 {
            let error = Diagnostic::error("0 probes carry no gradient");
            return Err(Failure::usage(error.hint("give `--probes` at least 1")));
        }
        let named = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let whole = |path: &Path| path.to_string_lossy().into_owned();
        let pair = args.numbers.weights.as_deref().zip(args.against.as_deref());
        let pair = pair.map(|(one, other)| match (named(one), named(other)) {
            (Some(one), Some(other)) if one != other => [one, other],
            _ => [whole(one), whole(other)],
        });
        let mut settings = Vec::new();
        for (full, varied) in flow::settings(&args.swept.settings.set).map_err(Failure::usage)? {
            match &pair {
                None => settings.push(Asked { full, varied, after: false }),
                Some(names) => settings.extend(names.iter().enumerate().map(|(number, name)| {
                    let mut varied = varied.clone();
                    varied.push(("weights".to_string(), name.clone()));
                    Asked { full: full.clone(), varied, after: number == 1 }
                })),
            }
        }
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
        known: Runs,
        journal: Option<&Journal>,
        format: Report,
        out: Option<&Path>,
    ) -> Result<(), Failure> {
        let Told { flow, summaries, theories, parts: Some(parts) } = self.told(known, journal, true)? else {
            return Ok(());
        };
        let book = crate::book()?;
        let page = || render::flow::page(&flow, &parts, &summaries, &theories, book);
        let json = || render::flow_json::flow(&flow, &parts, &summaries, book);
        let csv = || render::flow::csv::table(&flow, &parts, &summaries, book);
        commands::report(format, out, &self.command(out), page, json, csv)
    }

    /// What a sweep finds, without a report.
    pub fn measured(&self) -> Result<Answer, Failure> {
        self.told(Runs::new(), None, false).map(|told| Answer::Flow(told.flow, told.summaries))
    }

    /// Sweeps what is not known; with what theory says of each setting, if that is asked for.
    fn told(&self, mut known: Runs, journal: Option<&Journal>, theorise: bool) -> Result<Told, Failure> {
        let (mut flow, mut summaries, mut theories, mut parts) = (empty(), Vec::new(), Vec::new(), None);
        let mut before: Option<(BTreeMap<Name, Array<f64>>, Sizes)> = None;
        for (setting, Asked { varied, after, .. }) in self.settings.iter().enumerate() {
            let planned = self.planned(setting)?;
            let derivation = crate::derive(&planned.network, &[])?;
            let mut own: Vec<_> = self.seeds.iter().filter_map(|seed| known.remove(&(setting, *seed))).collect();
            let there: BTreeSet<u64> = own.iter().map(|run| run.seed).collect();
            let missing = self.seeds.iter().filter(|seed| !there.contains(seed)).copied().collect();
            let mut swept = self.swept(setting, &planned, &derivation, missing, journal)?;
            let Planned { network, plan, given, notes } = planned;
            if let (true, Some((given_before, sizes))) = (*after, before.take()) {
                comparable(&given_before, &sizes, &given, &plan.sizes, &network)?;
                // Weights are the same under all settings.
                if flow.changes.is_empty() {
                    flow.changes = crate::evaluate::change::changes(&network, &given_before, &given);
                }
            } else if self.args.against.is_some() {
                before = Some((given.clone(), plan.sizes.clone()));
            }
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
            theories.push(if !theorise {
                Err("nobody asked".into())
            } else if !given.is_empty() {
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
        Ok(Told { flow, summaries, theories, parts })
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
        let set = self.settings[setting].full.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (mut network, warnings) = input::network(&args.swept.net, &Settings { set })?;
        if setting == 0 {
            complain(&warnings);
        }
        let (mut given, mut notes) = (BTreeMap::new(), Vec::new());
        let files = self.files.against().filter(|_| self.settings[setting].after).unwrap_or(self.files);
        if !files.is_empty() {
            let (data, said) = files.fit(&network)?;
            notes = said;
            let (sizes, arrays) = crate::evaluate::partly(&network, &data)?;
            for (name, value) in sizes {
                network.sizes.entry(name).or_insert(None).get_or_insert(value);
            }
            given = arrays;
        }
        let along = args.swept.along.as_ref().map(|name| Name::canonical(name));
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

fn empty() -> Flow {
    Flow { network: Name::from(""), notes: Vec::new(), sweeps: Vec::new(), changes: Vec::new() }
}

/// Whether weights before and after are of one network: the same parameters, of the same sizes.
fn comparable(
    before: &BTreeMap<Name, Array<f64>>,
    before_sizes: &Sizes,
    after: &BTreeMap<Name, Array<f64>>,
    after_sizes: &Sizes,
    network: &Network,
) -> Result<(), Failure> {
    let other = before_sizes.iter().find(|(name, size)| after_sizes.get(*name) != Some(size));
    if let Some((name, size)) = other {
        let now = after_sizes.get(name).map_or("none".to_string(), ToString::to_string);
        let error = Diagnostic::error(format!("`{name}` is {size} with `--weights`, and {now} with `--against`"));
        return Err(Failure::network(error.hint("compare weights of one network, before and after training")));
    }
    let parameter = |name: &&Name| network.quantity(name).is_some_and(|own| own.role == Role::Param);
    let lonely = |one: &BTreeMap<Name, Array<f64>>, other: &BTreeMap<Name, Array<f64>>| {
        one.keys().filter(parameter).find(|name| !other.contains_key(*name)).cloned()
    };
    let missing =
        [(lonely(before, after), "`--weights`", "`--against`"), (lonely(after, before), "`--against`", "`--weights`")];
    match missing.into_iter().find_map(|(name, has, lacks)| name.map(|name| (name, has, lacks))) {
        Some((name, has, lacks)) => {
            let error = Diagnostic::error(format!("`{name}` is in the file of {has}, but not in that of {lacks}"));
            Err(Failure::network(error.hint("it would be drawn at random in one of them; write both files whole")))
        }
        None => Ok(()),
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
