//! Random numbers as a function of (seed, name, entry): the same on every machine, in any order.

/// A stream of random numbers that can be read at any place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    key: u64,
}

impl Stream {
    /// The stream of `name` under `seed`.
    pub(super) fn new(seed: u64, name: &str) -> Stream {
        // FNV-1a, so that names spread; `mix` does the rest.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Stream { key: mix(mix(seed).wrapping_add(hash)) }
    }

    /// 64 random bits.
    pub(super) fn bits(self, entry: u64) -> u64 {
        mix(self.key.wrapping_add(entry.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// A number above 0 and below 1.
    pub(super) fn uniform(self, entry: u64) -> f64 {
        ((self.bits(entry) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// A normal number, mean 0 and variance 1.
    pub(super) fn normal(self, entry: u64) -> f64 {
        let (radius, angle) = (self.uniform(2 * entry), self.uniform(2 * entry + 1));
        libm::sqrt(-2.0 * libm::log(radius)) * libm::cos(std::f64::consts::TAU * angle)
    }
}

/// The finaliser of splitmix64.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_zero_and_variance_one() {
        let stream = Stream::new(7, "W");
        let draws: Vec<f64> = (0..20_000).map(|entry| stream.normal(entry)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / draws.len() as f64;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        assert_ne!(stream.bits(0), Stream::new(8, "W").bits(0));
        assert_ne!(stream.bits(0), Stream::new(7, "V").bits(0));
    }
}
