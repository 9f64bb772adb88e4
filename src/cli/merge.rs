//! `merge PART …`

use super::args::{Cli, Command, Merge, Shard, Sweep};
use super::journal::{Question, Runs, read};
use super::work::Work;
use super::{Failure, numbers, output};
use crate::math::source::Diagnostic;
use clap::Parser;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads all parts, asks their question again, and takes its runs from them.
pub fn merge(args: &Merge) -> Result<(), Failure> {
    let out = args.out.out.as_deref();
    output::writable(out)?;
    let same = |path: &Path| out.is_some_and(|out| std::fs::canonicalize(out).ok() == std::fs::canonicalize(path).ok());
    if let Some(path) = args.parts.iter().find(|path| path.exists() && same(path)) {
        return Err(usage(format!("{} is a part, and the output would replace it", path.display())));
    }
    let format = args.out.format(args.format)?;
    let mut parts: BTreeMap<u64, (&Path, Runs)> = BTreeMap::new();
    let mut first: Option<(&Path, Question)> = None;
    for path in &args.parts {
        let held = read(path)?;
        let Some(question) = held.question else {
            return Err(usage(format!("{} is empty: no part of a sweep", path.display())));
        };
        if let Some((other, asked)) = &first
            && let Some(reason) = question.differs(asked)
        {
            return Err(usage(format!("{} does not go with {}: {reason}", path.display(), other.display())));
        }
        if let Some((other, _)) = parts.get(&question.part) {
            let which = format!("part {}/{}", question.part, question.parts);
            return Err(usage(format!("{which} is there twice: {} and {}", other.display(), path.display())));
        }
        parts.insert(question.part, (path, held.runs));
        first.get_or_insert((path, question));
    }
    let Some((path, question)) = first else { return Ok(()) };
    let missing: Vec<String> = (1..=question.parts)
        .filter(|part| !parts.contains_key(part))
        .take(10)
        .map(|part| format!("{part}/{}", question.parts))
        .collect();
    if !missing.is_empty() {
        let more = question.parts - parts.len() as u64 - missing.len() as u64;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let are = if missing.len() > 1 { "parts are" } else { "a part is" };
        return Err(usage(format!("{are} missing: {}{more}", missing.join(", "))));
    }
    let asked = sweep(&question, path)?;
    let files = numbers::compared(&asked.numbers, asked.against.as_deref())?;
    let now = Question::of(&asked, &files, Shard { number: question.part, of: question.parts })?;
    if let Some(reason) = question.differs(&now) {
        let error = Diagnostic::error(format!("the sweep of {} cannot be told any more: {reason}", path.display()));
        return Err(Failure::usage(
            error.hint("merge with the program, the network and the data that the parts were made with"),
        ));
    }
    let work = Work::new(&asked, &files)?;
    let mut runs = Runs::new();
    for (part, (path, own)) in parts {
        let expected = work.units(Shard { number: part, of: question.parts });
        let done = expected.iter().filter(|unit| own.contains_key(unit)).count();
        if done < expected.len() || own.len() > done {
            let error = Diagnostic::error(format!("{} holds {done} of {} runs", path.display(), expected.len()));
            return Err(Failure::usage(error.hint("finish it: `nablascope sweep … --shard … --resume`")));
        }
        runs.extend(own);
    }
    work.report(runs, None, format, out)
}

/// The command that a part belongs to.
fn sweep(question: &Question, path: &Path) -> Result<Sweep, Failure> {
    let words = std::iter::once("nablascope".to_string()).chain(question.command.iter().cloned());
    match Cli::try_parse_from(words) {
        Ok(Cli { command: Command::Sweep(asked) }) => Ok(asked),
        _ => Err(usage(format!("{}: `{}` is no sweep", path.display(), output::typed(&question.command)))),
    }
}

fn usage(message: String) -> Failure {
    Failure::usage(Diagnostic::error(message))
}
