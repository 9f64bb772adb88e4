//! From a network to its backward pass. The only user of egg.
//!
//! 1. Parts get names ([`parts`]): pre-activations and all that is shared.
//! 2. Every equation is differentiated ([`differentiate`]): ⟨δv, dE⟩ becomes Σ ⟨G_k, du_k⟩.
//! 3. What each adjoint gains is collected into lines ([`collect`]), every index moved to its place.
//! 4. Lines are simplified ([`simplify`]) and names that do not earn their place are dropped ([`names`]).

mod alike;
mod check;
pub mod claims;
mod collect;
mod contractions;
mod definitions;
mod differentiate;
mod eliminate;
mod expand;
mod explain;
mod facts;
mod gates;
mod graph;
mod ground;
mod jacobian;
mod letters;
mod matching;
mod meaning;
mod names;
pub mod needs;
pub mod normal;
mod order;
mod parts;
mod prove;
mod range;
mod rules;
mod signs;
mod simplify;
mod spans;
mod views;

use crate::math::derivation::{Chain, Derivation, Line, Reason, Step, Subject};
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::Outcome;
use letters::Letters;
use std::collections::BTreeSet;

pub use check::{Fault, check};
pub use expand::laws_of_expansion;
pub use gates::gates;
pub use jacobian::{check as check_jacobian, jacobian, parts_named};
pub use prove::prove;

/// How to derive.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Pass every explanation through egg's own proof checker, which panics at a fault. For tests.
    pub check_proofs: bool,
}

/// The backward pass of `network` for `goals`: quantities whose gradient is asked for.
/// An error names the equation that cannot be derived, and why.
pub fn derive(network: &Network, book: &Book, goals: &[Name], options: Options) -> Outcome<Derivation> {
    let network = parts::name_parts(network);
    let mut differentiator = differentiate::Differentiator::new(book);
    differentiator.check_proofs = options.check_proofs;
    let mut chains = Vec::new();
    let mut errors = Vec::new();
    // What L does not depend on hands nothing back.
    let needed = network.needed();
    for number in (0..network.equations.len()).filter(|number| needed.contains(&network.equations[*number].target)) {
        match differentiator.differentiate(&network, number) {
            Ok(chain) => chains.push(chain),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let lines = collect::collect(&network, &chains, goals).map_err(|error| vec![error])?;
    let mut simplifier = simplify::Simplifier::new(book, &network);
    simplifier.check_proofs = options.check_proofs;
    let mut choice = names::choose(lines, &mut simplifier);
    choice.chains.iter_mut().for_each(|chain| reletter(chain, &mut choice.kept, &simplifier.letters));
    chains.extend(choice.chains);
    let mut derivation = Derivation {
        network,
        goals: goals.to_vec(),
        backward: choice.kept,
        dropped: choice.dropped,
        chains,
        assumptions: Vec::new(),
    };
    needs::tell(&mut derivation, book);
    Ok(derivation)
}

/// Gives bound indices of a final line letters that read well, as the end of its calculation.
fn reletter(chain: &mut Chain, kept: &mut [Line], letters: &Letters) {
    let Subject::Line(number) = chain.subject else { return };
    let one = |line: &&mut Line| line.parts.iter().all(|part| part.sums.is_empty());
    let bound = |line: &&mut Line| line.parts.iter().any(|part| part.term.binds());
    let Some(line) = kept.get_mut(number).filter(one).filter(bound) else { return };
    let mut outside: BTreeSet<Name> = line.ranges.iter().map(|range| range.index.clone()).collect();
    outside.extend(line.parts.iter().flat_map(|part| part.term.free_names()));
    let before = collect::right_side(line);
    if &before != chain.end() {
        return;
    }
    for part in &mut line.parts {
        part.term = letters.plain(&part.term, &outside);
    }
    let after = collect::right_side(line);
    if after == before {
        return;
    }
    let renamed = Step::new(Reason::Letters, vec![Vec::new()], after.clone());
    match chain.steps.last_mut() {
        // A line that is found anyway is found under these letters.
        Some(last) if matches!(last.reason, Reason::Milestone(_)) => {
            last.substeps.push(renamed);
            last.after = after;
        }
        Some(last) if last.reason == Reason::Algebra => last.after = after,
        _ => chain.steps.push(renamed),
    }
}
