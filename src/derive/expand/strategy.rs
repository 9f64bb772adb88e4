//! The laws that multiply out, and in which order they are tried.

use crate::math::expression::Term;
use crate::math::law::Law;
use crate::math::number::whole;

/// The laws that multiply out, in the order in which they are tried, and whether they are read right to left.
pub(super) const STRATEGY: &[(&str, bool)] = &[
    ("minus-minus", false),
    ("add-zero", false),
    ("zero-add", false),
    ("multiply-one", false),
    ("one-multiply", false),
    ("multiply-zero", false),
    ("zero-multiply", false),
    ("minus-zero-is-zero", false),
    ("minus-one", false),
    ("one-minus", false),
    ("transpose-transpose", false),
    ("transpose-transpose-vector", false),
    ("transpose-transpose-row", false),
    ("transpose-number", false),
    ("choice-factor", false),
    ("minus-left", false),
    ("minus-right", false),
    ("minus-sum", false),
    ("square", false),
    ("cube", false),
    ("one-over", false),
    ("divide-inverse", false),
    ("inverse-product", false),
    ("inverse-minus", false),
    ("inverse-inverse", false),
    ("inverse-of-number", false),
    ("distribute", false),
    ("distribute-right", false),
    ("stretch-add", false),
    ("stretch-minus", false),
    ("stretch-multiply", false),
    ("stretch-power", true),
    ("stretch-divide", false),
    ("total-add", false),
    ("total-minus", false),
    ("total-scale", false),
    ("total-of-sums", false),
    ("total-of-sums-behind", false),
    ("total-of-same", false),
    ("total-of-same-matrix", false),
    ("total-of-number", false),
    ("zero-total", false),
    ("inner-total", false),
    ("matrix-vector-distribute", false),
    ("matrices-vector-distribute", false),
    ("matrix-distribute", false),
    ("matrices-distribute", false),
    ("outer-distribute", false),
    ("outers-distribute", false),
    ("matrix-vector-minus", false),
    ("minus-matrix-vector", false),
    ("matrix-matrix-minus", false),
    ("minus-matrix-matrix", false),
    ("outer-minus", false),
    ("minus-outer", false),
    ("eye-left", false),
    ("eye-right", false),
    ("eye-vector", false),
    ("diag-minus", false),
    ("diag-scale", false),
    ("diag-of-same", false),
    ("diag-vector", false),
    ("row-diag", false),
    ("diag-diag", false),
    ("diag-diag-matrix", false),
    ("associate-matrices", false),
    ("associate-outer-left", true),
    ("associate-outer-right", false),
    ("outer-times-vector", false),
    ("row-times-outer", false),
    ("matrix-matrix-scale", false),
    ("scale-matrix-matrix", false),
    ("matrix-vector-scale", false),
    ("scale-matrix-vector", false),
    ("outer-scale", false),
    ("scale-outer", false),
    ("transpose-add", false),
    ("transpose-add-vector", false),
    ("transpose-minus", false),
    ("transpose-minus-vector", false),
    ("transpose-scale", false),
    ("transpose-scale-vector", false),
    ("transpose-outer", false),
    ("index-mean", false),
    ("index-sum-add", false),
    ("index-sum-minus", false),
    ("index-sum-factor", false),
    ("index-sum-stretch", false),
    ("index-sum-diag", false),
    ("index-sum-matrix-matrix", false),
    ("index-sum-matrix-right", false),
    ("index-sum-outer", false),
    ("index-sum-outer-row", false),
    ("softmax-sum", false),
    ("index-sum-of-zero", false),
    ("index-sum-of-same", false),
    ("multiply-inverse", false),
    ("multiply-back", false),
    ("stretch-inverse", false),
    ("stretch-back", false),
    ("multiply-numbers", false),
];

/// Laws for calculations that go far.
pub(super) const FAR: [&str; 2] = ["total-of-sums", "total-of-sums-behind"];

/// Bracketing two summands of a longer sum, so that they can be combined.
pub(super) const BRACKET: &str = "add-associates";

/// What becomes of two summands that are alike but for sign or number.
pub(super) const COMBINE: [&str; 10] = [
    "cancel",
    "cancel-negative",
    "double",
    "add-numbers",
    "subtract-numbers",
    "add-number",
    "number-add",
    "minus-numbers",
    "minus-number",
    "number-minus",
];

/// The names of all laws that multiplying out rests on. Those that a book lacks are not used, so a test compares.
pub fn laws_of_expansion() -> impl Iterator<Item = &'static str> {
    STRATEGY.iter().map(|(name, _)| *name).chain(COMBINE).chain([BRACKET])
}

/// Some laws are wanted only where they make numbers of numbers.
pub(super) fn is_wanted(law: &Law, term: &Term) -> bool {
    let number = |term: &Term| term.as_number().is_some();
    match law.name.as_str() {
        "multiply-numbers" => number(&term.args()[0]) && number(&term.args()[1].args()[0]),
        "choice-factor" => term.args()[1].as_number() != Some(&whole(1)),
        "inverse-of-number" => term.args()[0].as_number().is_some_and(|value| value != &whole(0)),
        _ => true,
    }
}
