//! Where the numbers of a sweep come from: each block of a parameter or input is asked for when it is needed, as often as it
//! is needed, and always the same. So weights of a deep network need no room.

use crate::math::name::Name;

/// Gives numbers to quantities that are not computed.
pub trait Draws: Sync {
    /// Writes into `into` the entries of `quantity` whose index axes have the values `at`, in declared order. There may be
    /// fewer values than index axes; then the block of all the rest is meant. Row-major.
    ///
    /// A function of its arguments: it gives the same numbers however often it is asked, in any order, in any thread.
    fn fill(&self, quantity: &Name, seed: u64, at: &[i64], into: &mut [f64]);
}

/// Draws for tests and for quantities nobody said anything about: normal numbers.
#[derive(Clone, Debug, Default)]
pub struct Normal {
    /// The standard deviation of each quantity; 1 for the others.
    pub deviation: std::collections::BTreeMap<Name, f64>,
}

impl Draws for Normal {
    fn fill(&self, quantity: &Name, seed: u64, at: &[i64], into: &mut [f64]) {
        let name = at.iter().fold(quantity.to_string(), |name, place| format!("{name},{place}"));
        let stream = super::random::Stream::new(seed, &name);
        let deviation = self.deviation.get(quantity).copied().unwrap_or(1.0);
        into.iter_mut().zip(0..).for_each(|(entry, number)| *entry = deviation * stream.normal(number));
    }
}
