//! Verdicts in words and as a table.

use super::markup::Markup;
use super::notation::Notation;
use super::page::{Block, Inline, Page};
use crate::math::derivation::Verdict;
use crate::math::expression::Mark;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::Network;

/// Two ways of computing the same gradient may differ by rounding; beyond this they disagree.
pub const TOLERANCE: f64 = 1e-9;

/// What is said without a comparison.
pub const UNCHECKED: &str = "Not checked against exact derivatives.";

/// Whether a relative error is rounding and nothing else. An error that is no number is not.
pub fn agrees(error: f64) -> bool {
    error <= TOLERANCE
}

/// Whether a norm kept to its bound, rounding aside.
pub fn bounded(share: f64) -> bool {
    share <= 1.0 + TOLERANCE
}

/// `Checked: 15 gradients on 8 random instances, worst relative error 4e-16`
pub fn sentence(verdict: &Verdict) -> String {
    let Verdict { gradients, instances, worst, .. } = verdict;
    let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let compared = format!(
        "{} on {} compared with exact derivatives",
        plural(*gradients, "gradient"),
        plural(*instances, "random instance")
    );
    if *gradients == 0 || *instances == 0 {
        UNCHECKED.to_string()
    } else if agrees(*worst) {
        format!("Checked: {compared}, worst relative error {}", error(*worst))
    } else {
        let at = verdict.worst_at.as_ref().map_or(String::new(), |name| format!(", at {name}"));
        format!("Check FAILED: {compared}, worst relative error {}{at}", error(*worst))
    }
}

/// A relative error with one digit: its size matters, not its digits.
pub fn error(value: f64) -> String {
    if value == 0.0 { "0".to_string() } else { format!("{value:.0e}") }
}

/// A table of all gradients with their errors.
pub fn page(network: &Network, book: &Book, verdict: &Verdict) -> Page {
    let notation = Notation::of(network, book);
    let mut page = Page { title: network.name.to_string(), ..Page::default() };
    // In the order of the network; what is not in it (there should be none) comes last.
    let own = network.quantities.keys().filter(|name| verdict.errors.contains_key(*name));
    let others = verdict.errors.keys().filter(|name| network.quantity(name).is_none());
    let row = |name: &Name| {
        let error = verdict.errors.get(name).copied().unwrap_or(f64::NAN);
        let gradient = match network.quantity(name) {
            Some(quantity) => notation.gradient(&quantity.read(Mark::Value)),
            None => Markup::same(name.as_str()),
        };
        let word = if agrees(error) { "agrees" } else { "DISAGREES" };
        vec![vec![Inline::Math(gradient)], vec![Inline::words(self::error(error))], vec![Inline::words(word)]]
    };
    let rows = own.chain(others).map(row).collect();
    let head = ["gradient", "worst relative error", "verdict"].map(String::from).to_vec();
    page.blocks.push(Block::Table(head, rows));
    page.words(sentence(verdict));
    page
}
