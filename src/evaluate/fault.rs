//! Why an evaluation gave no result.

use crate::math::source::Diagnostic;

/// What went wrong, for the user: sizes that do not fit, a circle of definitions, a reading past the end.
pub type Fault = Diagnostic;

/// Why a computation stopped before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// It needs this cell of this array first.
    Missing {
        /// Which array.
        array: usize,
        /// Which cell.
        cell: usize,
    },
    /// In a backward line it lies past the end of a range: it is absent, and so is what is computed from it.
    Absent,
    /// It cannot be computed.
    Fault(Box<Fault>),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(Box::new(fault))
    }
}
