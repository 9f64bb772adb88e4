//! The command line: the only part that reads and writes files, the terminal and the environment.

mod activations;
mod args;
mod check;
mod claims;
mod commands;
mod compare;
mod data;
mod diagnose;
mod form;
mod input;
mod jacobian;
mod journal;
mod merge;
mod numbers;
mod output;
pub mod report;
mod sweep;
mod theory;
mod transform;
mod work;

use crate::math::source::Diagnostic;
use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

/// Why a command gives no result, and the exit code that tells it.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// The command line, or what it names, is wrong.
    fn usage(diagnostic: Diagnostic) -> Self {
        Failure { code: 2, diagnostics: vec![diagnostic] }
    }

    /// The network or the data are wrong.
    fn network(diagnostic: Diagnostic) -> Self {
        Failure { code: 1, diagnostics: vec![diagnostic] }
    }

    /// Something disagrees; the page that was written says what.
    fn refuted() -> Self {
        Failure { code: 1, diagnostics: Vec::new() }
    }

    /// The first of its messages.
    fn first(self) -> Diagnostic {
        self.diagnostics.into_iter().next().unwrap_or_else(|| Diagnostic::error("something disagrees"))
    }

    /// The first message without its place.
    fn reason(&self) -> String {
        self.diagnostics.first().map_or(String::new(), |first| first.message.clone())
    }
}

/// How many messages back a repeated one is looked for.
const NEAR: usize = 64;

impl From<Vec<Diagnostic>> for Failure {
    /// What holds for several names of one declaration is said once: such messages stand near each other.
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        let mut said: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
        for own in diagnostics {
            if !said.iter().rev().take(NEAR).any(|other| *other == own) {
                said.push(own);
            }
        }
        Failure { code: 1, diagnostics: said }
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is nobody's fault, as with any other output.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match dispatch(&cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure.diagnostics);
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Derive(args) => commands::derive(args),
        Command::Check(args) => check::check(args),
        Command::Prove(args) => check::prove(args),
        Command::Gradient(args) => data::gradient(args),
        Command::Jacobian(args) => jacobian::jacobian(args),
        Command::Sweep(args) => sweep::sweep(args),
        Command::Merge(args) => merge::merge(args),
        Command::Theory(args) => theory::theory(args),
        Command::Phase(args) => theory::phase(args),
        Command::Diagnose(args) => diagnose::diagnose(args),
        Command::Transform(args) => transform::transform(args),
        Command::Verify(args) => commands::verify(args),
        Command::Activations(args) => activations::activations(args),
        Command::Compare(args) => compare::compare(args),
        Command::Claims(args) => claims::claims(args),
        Command::Laws(args) => commands::laws(args),
        Command::List(args) => commands::list(args),
        Command::Show(args) => commands::show(args),
        Command::Schema(args) => commands::schema(args),
    }
}

/// Messages on standard error.
fn complain(diagnostics: &[Diagnostic]) {
    let (width, colour) = (output::width(), output::coloured_errors());
    for diagnostic in diagnostics {
        output::complain(&report::render(diagnostic, width, colour));
    }
}
