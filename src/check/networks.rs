//! Two networks compared by what they compute.

use crate::math::finding::Findings;
use crate::math::source::{Diagnostic, Outcome, Source};

/// Whether two networks give the same outputs from the same data.
pub fn compare(one: &Source, other: &Source) -> Outcome<Findings> {
    let _ = (one, other);
    Err(vec![Diagnostic::error("networks cannot be compared yet")])
}
