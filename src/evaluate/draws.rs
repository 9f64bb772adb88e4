//! Where the numbers of a sweep come from: each block of a parameter or input is asked for when it is needed, as often as it
//! is needed, and always the same. So weights of a deep network need no room.

use super::draw::Drawn;
use crate::math::name::Name;

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
