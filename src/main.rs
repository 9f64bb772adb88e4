//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    nablascope::cli::run()
}
