//! `claims [NAME …]`: statements about gradients, each put to the test by commands of this program.

use super::args::{Claims, Cli, Command, Format};
use super::work::Work;
use super::{Failure, check, commands, compare, input, numbers, output, theory};
use crate::gallery;
use crate::math::name::nearest;
use crate::math::source::Diagnostic;
use crate::math::statement::{Answer, Run, Tested};
use crate::render;
use clap::Parser;

/// Puts the statements to the test, writes what came out.
pub fn claims(args: &Claims) -> Result<(), Failure> {
    let out = args.out.out.as_deref();
    output::writable(out)?;
    let format = args.out.format(args.format)?;
    let source = match &args.file {
        Some(path) => input::text(path)?,
        None => gallery::statements(),
    };
    let mut statements = crate::statements(&source)?;
    for name in &args.names {
        if statements.iter().all(|one| one.name != *name) {
            let error = Diagnostic::error(format!("there is no statement `{name}`"));
            return Err(Failure::usage(match nearest(name, statements.iter().map(|one| one.name.as_str())) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("`nablascope claims` shows all"),
            }));
        }
    }
    statements.retain(|one| args.names.is_empty() || args.names.contains(&one.name));
    let tested: Vec<Tested> = statements.iter().map(|statement| crate::weigh(statement, &answer)).collect();
    match format {
        Format::Json => commands::print(&render::statement_json::statements(&tested, &output::typed), out)?,
        format => commands::page(&render::statement::page(&tested, &output::typed), format, out)?,
    }
    if tested.iter().all(Tested::as_expected) { Ok(()) } else { Err(Failure::refuted()) }
}

/// What a command finds: the same as when it is typed.
fn answer(run: &Run) -> Result<Answer, Diagnostic> {
    let words = std::iter::once("nablascope").chain(run.words.iter().map(String::as_str));
    let wrong =
        |reason: &str| Diagnostic::error(format!("`{}`: {reason}", output::typed(&run.words))).at(&run.span, "");
    let command = match Cli::try_parse_from(words) {
        Ok(cli) => cli.command,
        Err(error) => return Err(wrong(error.to_string().lines().next().unwrap_or_default())),
    };
    let found = match command {
        Command::Sweep(args) => numbers::compared(&args.numbers, args.against.as_deref())
            .and_then(|files| Work::new(&args, &files)?.measured()),
        Command::Theory(args) => theory::answer(&args).map(|theory| Answer::Theory(Box::new(theory))),
        Command::Compare(args) => compare::members(&args).map(|comparison| Answer::Members(comparison.members)),
        Command::Prove(args) => check::proved(&args).and_then(|findings| match findings.findings.as_slice() {
            [one] => Ok(Answer::Standing(one.standing)),
            _ => Err(Failure::network(Diagnostic::error("it is more than one equality"))),
        }),
        _ => return Err(wrong("a statement is tested by sweep, theory, compare or prove")),
    };
    found.map_err(|failure| wrong(&failure.reason()))
}
