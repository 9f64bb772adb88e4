//! Where the numbers of a sweep come from: each block of a parameter or input is asked for when it is needed, as often as it
//! is needed, and always the same. So weights of a deep network need no room.

use super::random::Stream;
use crate::math::derivation::Derivation;
use crate::math::expression::Mark;
use crate::math::name::Name;
use crate::math::network::{Role, Sizes};
use std::collections::BTreeMap;

/// Gives numbers to quantities that are not computed.
pub trait Draws: Sync {
    /// Writes into `into` the payload of `quantity` where its index axes have the values `at`, in declared order: one value
    /// for each index axis. Row-major.
    ///
    /// A function of its arguments: it gives the same numbers however often it is asked, in any order, in any thread.
    fn fill(&self, quantity: &Name, seed: u64, at: &[i64], into: &mut [f64]);
}

/// Normal numbers, with a mean and a standard deviation for each quantity.
#[derive(Clone, Debug, Default)]
pub struct Normal {
    /// Mean and standard deviation of each quantity; 0 and 1 for the others.
    pub spread: BTreeMap<Name, (f64, f64)>,
}

impl Normal {
    /// What is drawn when nobody says: matrices from normal(0, 1/√columns), inputs and initial values from normal(0, 1), other parameters
    /// 0 where they are added and 1 where they multiply. Tells what it chose.
    pub fn usual(derivation: &Derivation, sizes: &Sizes) -> (Normal, Vec<String>) {
        let network = &derivation.network;
        let (mut spread, mut notes) = (BTreeMap::new(), Vec::new());
        let (mut matrices, mut zeros, mut ones) = (Vec::new(), Vec::new(), Vec::new());
        for quantity in network.quantities.values().filter(|quantity| quantity.role == Role::Param) {
            let name = quantity.name.clone();
            if let [_, columns] = quantity.shape.axes() {
                let columns = columns.value(&|name| sizes.get(name).copied()).unwrap_or(1).max(1);
                spread.insert(name.clone(), (0.0, 1.0 / libm::sqrt(columns as f64)));
                matrices.push(format!("`{name}`"));
                continue;
            }
            // What is added hands its gradient on as it is.
            let gains = derivation.chains.iter().flat_map(|chain| &chain.gains).filter(|gain| gain.of.quantity == name);
            let added = gains.clone().all(|gain| gain.term.reads().iter().all(|read| read.mark == Mark::Adjoint));
            spread.insert(name.clone(), (if added { 0.0 } else { 1.0 }, 0.0));
            if added { &mut zeros } else { &mut ones }.push(format!("`{name}`"));
        }
        for (names, how) in [
            (matrices, "from normal(0, 1/sqrt(columns))"),
            (zeros, "as 0, since added"),
            (ones, "as 1, since multiplied"),
        ] {
            if !names.is_empty() {
                notes.push(format!("Drawn {how}: {}.", names.join(", ")));
            }
        }
        (Normal { spread }, notes)
    }
}

impl Draws for Normal {
    fn fill(&self, quantity: &Name, seed: u64, at: &[i64], into: &mut [f64]) {
        let name = at.iter().fold(quantity.to_string(), |name, place| format!("{name},{place}"));
        let stream = Stream::new(seed, &name);
        let (mean, deviation) = self.spread.get(quantity).copied().unwrap_or((0.0, 1.0));
        let normal = |number: u64| if deviation == 0.0 { 0.0 } else { deviation * stream.normal(number) };
        into.iter_mut().zip(0..).for_each(|(entry, number)| *entry = mean + normal(number));
    }
}
