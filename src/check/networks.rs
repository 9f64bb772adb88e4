//! Two networks compared by what they compute.

use crate::math::finding::Findings;
use crate::math::source::{Outcome, Source};
use crate::{parse, resolve, uses};

/// Whether two networks give the same outputs from the same data.
pub fn compare(one: &Source, other: &Source, load: &dyn Fn(&str) -> Result<Source, String>) -> Outcome<Findings> {
    let book = crate::book()?;
    let (file, second) = (parse::network(one)?, parse::network(other)?);
    let used = uses::used(&file, load)?;
    let (network, _) = resolve::network(&file, &used, book)?;
    let joined = resolve::side_by_side(&file, &second, &network.outputs)?;
    let used = uses::used(&joined, load)?;
    let (base, _) = resolve::network(&joined, &used, book)?;
    super::check(&resolve::claims(&joined, &used, book, &base)?, book)
}
