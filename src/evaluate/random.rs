//! Random numbers as a function of (seed, name, place, entry): the same on every machine, in any order.

use super::normal::{Ziggurat, unit};

/// A stream of random numbers that can be read at any place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stream {
    key: u64,
    /// How far the counter moves from entry to entry: odd, and another for each place, so that streams never run along each other.
    step: u64,
}

/// The step of streams without a place: 2⁶⁴ by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Stream {
    /// The stream of `name` under `seed`.
    pub(super) fn new(seed: u64, name: &str) -> Stream {
        // FNV-1a, so that names spread; `mix` does the rest.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Stream { key: mix(mix(seed).wrapping_add(hash)), step: GOLDEN }
    }

    /// The stream of one place of an array: one value for each index.
    pub(super) fn at(self, place: &[i64]) -> Stream {
        let key = place.iter().fold(mix(self.key ^ 0x5851_f42d_4c95_7f2d), |key, index| {
            mix(key.wrapping_mul(5).wrapping_add(mix((*index as u64).wrapping_add(GOLDEN))))
        });
        // Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014: an odd step with many changes of bits.
        let step = mix(key.wrapping_add(GOLDEN)) | 1;
        let step = if (step ^ (step >> 1)).count_ones() < 24 { step ^ 0xaaaa_aaaa_aaaa_aaaa } else { step };
        Stream { key, step: step | 1 }
    }

    /// 64 random bits.
    #[inline]
    pub(super) fn bits(self, entry: u64) -> u64 {
        mix(self.key.wrapping_add(entry.wrapping_add(1).wrapping_mul(self.step)))
    }

    /// A number above 0 and below 1.
    pub(super) fn uniform(self, entry: u64) -> f64 {
        unit(self.bits(entry))
    }

    /// A normal number, mean 0 and variance 1.
    pub(super) fn normal(self, entry: u64) -> f64 {
        let (radius, angle) = (self.uniform(2 * entry), self.uniform(2 * entry + 1));
        libm::sqrt(-2.0 * libm::log(radius)) * libm::cos(std::f64::consts::TAU * angle)
    }

    /// Entries from the first on: normal numbers, times a factor, plus a number. A tenth of the time of [`Stream::normal`].
    pub(super) fn fill_normal(self, (mean, deviation): (f64, f64), out: &mut [f64]) {
        let table = Ziggurat::table();
        let mut counter = self.key;
        for number in out {
            counter = counter.wrapping_add(self.step);
            let bits = mix(counter);
            let more = |used: u64| mix(bits ^ mix(used.wrapping_mul(GOLDEN)));
            *number = mean + deviation * table.normal(bits, more);
        }
    }

    /// Entries from the first on: numbers above `low` and below `high`.
    pub(super) fn fill_uniform(self, (low, high): (f64, f64), out: &mut [f64]) {
        for (entry, number) in out.iter_mut().enumerate() {
            *number = low + (high - low) * unit(self.bits(entry as u64));
        }
    }
}

/// The finaliser of splitmix64.
#[inline]
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

    /// `E z^k` of a normal number.
    fn moment(k: i32) -> f64 {
        if k % 2 == 1 { 0.0 } else { (1..k).step_by(2).map(f64::from).product() }
    }

    #[test]
    fn filled_normal_numbers_have_the_moments_and_tails_they_should() {
        let count = 4_000_000;
        let mut numbers = vec![0.0; count];
        Stream::new(3, "W").at(&[5]).fill_normal((0.0, 1.0), &mut numbers);
        for k in 1..=8 {
            let found = numbers.iter().map(|z| libm::pow(*z, f64::from(k))).sum::<f64>() / count as f64;
            let error = libm::sqrt((moment(2 * k) - moment(k) * moment(k)) / count as f64);
            assert!((found - moment(k)).abs() < 4.5 * error, "E z^{k} = {found} ± {error}");
        }
        // Layers end everywhere; each bin between them must hold what it should, also beyond the last.
        for edge in [0.1, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, TAIL_OF_LAYERS, 4.0, 4.5] {
            let share = libm::erfc(edge / std::f64::consts::SQRT_2) / 2.0;
            for side in [1.0, -1.0] {
                let found = numbers.iter().filter(|z| side * **z > edge).count() as f64;
                let error = libm::sqrt(count as f64 * share);
                assert!((found - count as f64 * share).abs() < 4.5 * error, "beyond {edge}: {found}");
            }
        }
    }

    const TAIL_OF_LAYERS: f64 = 3.654_152_885_361_009;

    #[test]
    fn neighbours_places_names_and_seeds_are_independent() {
        let count = 200_000;
        let fill = |seed, name: &str, place: &[i64]| {
            let mut numbers = vec![0.0; count];
            Stream::new(seed, name).at(place).fill_normal((0.0, 1.0), &mut numbers);
            numbers
        };
        let base = fill(1, "W", &[1]);
        let others = [
            fill(1, "W", &[2]),
            fill(1, "W", &[-1]),
            fill(1, "W", &[1, 1]),
            fill(1, "W", &[]),
            fill(2, "W", &[1]),
            fill(1, "V", &[1]),
        ];
        let bound = 4.5 / libm::sqrt(count as f64);
        let related = |one: &[f64], other: &[f64]| {
            let mean = |f: &dyn Fn(f64, f64) -> f64| {
                one.iter().zip(other).map(|(a, b)| f(*a, *b)).sum::<f64>() / one.len() as f64
            };
            // Signs and sizes alike.
            (mean(&|a, b| a * b), mean(&|a, b| (a * a - 1.0) * (b * b - 1.0)) / 2.0)
        };
        for (which, other) in others.iter().enumerate() {
            for shift in [0, 1, 7] {
                let (signs, sizes) = related(&base[..count - shift], &other[shift..]);
                assert!(signs.abs() < bound && sizes.abs() < bound, "stream {which}, {shift}: {signs} {sizes}");
            }
        }
        for shift in [1, 2, 3, 64, 256] {
            let (signs, sizes) = related(&base[..count - shift], &base[shift..]);
            assert!(signs.abs() < bound && sizes.abs() < bound, "{shift} on: {signs} {sizes}");
        }
    }

    #[test]
    fn uniform_numbers_fill_their_range_evenly() {
        let mut numbers = vec![0.0; 1_000_000];
        Stream::new(9, "U").at(&[1]).fill_uniform((-2.0, 3.0), &mut numbers);
        let mut bins = [0u32; 50];
        for number in &numbers {
            assert!(*number > -2.0 && *number < 3.0);
            bins[((number + 2.0) * 10.0) as usize] += 1;
        }
        let chi: f64 =
            bins.iter().map(|bin| (f64::from(*bin) - 20_000.0) * (f64::from(*bin) - 20_000.0) / 20_000.0).sum();
        // 49 degrees of freedom: 49 ± 10.
        assert!(chi > 15.0 && chi < 100.0, "{chi}");
    }
}
