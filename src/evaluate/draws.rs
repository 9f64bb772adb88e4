//! Where the numbers of a sweep come from: each block of a parameter or input is asked for when it is needed, as often as it
//! is needed, and always the same. So weights of a deep network need no room.

use super::draw::Drawn;
use super::random::Stream;
use crate::math::name::Name;
use std::collections::BTreeMap;

/// Gives numbers to quantities that are not computed.
pub trait Draws: Sync {
    /// Writes into `into` the payload of `quantity` where its index axes have the values `at`, in declared order: one value
    /// for each index axis. Row-major.
    ///
    /// A function of its arguments: it gives the same numbers however often it is asked, in any order, in any thread.
    fn fill(&self, quantity: &Name, seed: u64, at: &[i64], into: &mut [f64]);
}

impl Draws for Drawn {
    fn fill(&self, quantity: &Name, seed: u64, at: &[i64], into: &mut [f64]) {
        Drawn::fill(self, quantity, seed, at, into);
    }
}

/// Normal numbers, with a mean and a standard deviation for each quantity.
#[derive(Clone, Debug, Default)]
pub struct Normal {
    /// Mean and standard deviation of each quantity; 0 and 1 for the others.
    pub spread: BTreeMap<Name, (f64, f64)>,
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
