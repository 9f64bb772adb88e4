//! `sweep NET`

use super::args::{Shard, Sweep};
use super::journal::{Journal, Question, Runs, read};
use super::work::Work;
use super::{Failure, numbers, output};
use crate::math::source::Diagnostic;
use std::path::Path;

/// Plans, sweeps every setting, writes what came out. With an output, what is done is kept beside it until all is done.
pub fn sweep(args: &Sweep) -> Result<(), Failure> {
    let out = args.out.out.as_deref();
    output::writable(out)?;
    let format = match args.shard {
        None => args.out.format(args.format)?,
        Some(_) => part_named(out)?,
    };
    let files = numbers::read(&args.numbers)?;
    let work = Work::new(args, &files)?;
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    // What is no plain file, such as /dev/stdout, has nothing beside it.
    let kept = out.filter(|out| std::fs::metadata(out).map_or(true, |about| about.is_file()));
    let Some(out) = kept.filter(|_| args.shard.is_some() || args.resume || work.units(shard).len() > 1) else {
        return work.report(Runs::new(), None, format, out);
    };
    let question = Question::of(args, &files, shard)?;
    if args.shard.is_some() && args.resume && finished(out, &question, &work, shard) {
        output::complain(&format!("{} is whole already.\n", out.display()));
        return Ok(());
    }
    let (journal, known) = Journal::beside(out, question, args.resume)?;
    let written = match args.shard {
        None => work.report(known, Some(&journal), format, Some(out)),
        Some(shard) => work
            .runs(known, &journal, shard)
            .and_then(|runs| journal.part(&runs))
            .and_then(|text| output::whole(out, text.as_bytes())),
    };
    match written {
        Ok(()) => journal.remove(),
        Err(failure) => {
            journal.remove_if_empty();
            Err(failure)
        }
    }
}

/// A part is read by `merge` alone: no name may promise something else.
fn part_named<F: Default>(out: Option<&Path>) -> Result<F, Failure> {
    let ending = out.and_then(Path::extension).and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending {
        "csv" | "json" | "html" | "htm" | "svg" | "md" | "tex" | "txt" => {
            let error = Diagnostic::error(format!(
                "a part of a sweep is not written as {ending}, but line by line for `merge`"
            ));
            Err(Failure::usage(
                error.hint("call it part-1.jsonl, say; `nablascope merge part-*.jsonl --out all.csv` joins parts"),
            ))
        }
        _ => Ok(F::default()),
    }
}

/// Whether this part was written before, whole.
fn finished(out: &Path, question: &Question, work: &Work<'_>, shard: Shard) -> bool {
    let held = if out.is_file() { read(out).ok() } else { None };
    held.is_some_and(|held| {
        held.question.as_ref() == Some(question) && work.units(shard).iter().all(|unit| held.runs.contains_key(unit))
    })
}
