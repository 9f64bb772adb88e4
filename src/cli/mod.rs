//! The command line: the only reader of files and writer of output.

pub mod report;
