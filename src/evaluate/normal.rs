//! Normal numbers from random bits: Marsaglia & Tsang, "The ziggurat method for generating random variables", 2000, with 256
//! layers, in the form of Doornik, 2005. It is exact, and nearly always costs a table look-up and a product.

use std::sync::OnceLock;

/// Where the base layer ends and the tail begins.
const TAIL: f64 = 3.654_152_885_361_009;

/// How many layers there are.
const LAYERS: usize = 256;

/// The layers: layer `i` reaches to `ends[i]`, where the density is `heights[i]`, up to a factor.
pub(super) struct Ziggurat {
    ends: [f64; LAYERS + 1],
    heights: [f64; LAYERS + 1],
}

impl Ziggurat {
    /// The table, made once.
    pub(super) fn table() -> &'static Ziggurat {
        static TABLE: OnceLock<Ziggurat> = OnceLock::new();
        TABLE.get_or_init(Ziggurat::new)
    }

    fn new() -> Ziggurat {
        let density = |x: f64| libm::exp(-0.5 * x * x);
        let tail = libm::sqrt(std::f64::consts::FRAC_PI_2) * libm::erfc(TAIL / std::f64::consts::SQRT_2);
        // All layers have this area; the base one has it together with the tail.
        let area = TAIL * density(TAIL) + tail;
        let (mut ends, mut heights) = ([0.0; LAYERS + 1], [1.0; LAYERS + 1]);
        ends[0] = area / density(TAIL);
        ends[1] = TAIL;
        heights[0] = density(ends[0]);
        heights[1] = density(TAIL);
        for layer in 2..LAYERS {
            heights[layer] = heights[layer - 1] + area / ends[layer - 1];
            ends[layer] = libm::sqrt(-2.0 * libm::log(heights[layer]));
        }
        Ziggurat { ends, heights }
    }

    /// A normal number, mean 0 and variance 1. `more` gives further bits where the first do not suffice.
    #[inline]
    pub(super) fn normal(&self, bits: u64, more: impl Fn(u64) -> u64) -> f64 {
        let layer = (bits & 0xff) as usize;
        let number = signed(bits) * self.ends[layer];
        if number.abs() < self.ends[layer + 1] { number } else { self.rarely(bits, more) }
    }

    /// The edge of a layer, or the tail: one number in a hundred.
    #[cold]
    fn rarely(&self, mut bits: u64, more: impl Fn(u64) -> u64) -> f64 {
        let mut used = 0;
        let mut next = || {
            used += 1;
            more(used)
        };
        loop {
            let layer = (bits & 0xff) as usize;
            let number = signed(bits) * self.ends[layer];
            if number.abs() < self.ends[layer + 1] {
                return number;
            }
            if layer == 0 {
                loop {
                    let (x, y) = (-libm::log(unit(next())) / TAIL, -libm::log(unit(next())));
                    if y + y > x * x {
                        return if number < 0.0 { -TAIL - x } else { TAIL + x };
                    }
                }
            }
            let (low, high) = (self.heights[layer], self.heights[layer + 1]);
            if low + (high - low) * unit(next()) < libm::exp(-0.5 * number * number) {
                return number;
            }
            bits = next();
        }
    }
}

/// A number above 0 and below 1, from the upper 53 bits.
#[inline]
pub(super) fn unit(bits: u64) -> f64 {
    ((bits >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
}

/// A number above −1 and below 1, from the upper 53 bits.
#[inline]
fn signed(bits: u64) -> f64 {
    ((bits as i64 >> 11) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}
