//! One row for each function of the book: its value, its slope, and what 1 − f(a) and its kin are without cancellation.
//!
//! 1 − tanh²(a) is exactly 0 in floats from a = 19 on, and σ(1 − σ) from 37 on, though the true slopes are not. So slopes are
//! written in the argument `a`, not in the value: σ′ = σ(a)·σ(−a), tanh′ = sech²(a). They hold to rounding until they
//! underflow. At kinks relu′(0) = abs′(0) = sign′(0) = 0.

use super::scalar::Scalar;

/// A sum or difference of 1 and a function that cancels where the function saturates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Complement {
    /// `1 − f(a)`
    Minus,
    /// `1 + f(a)`
    Plus,
    /// `1 − f(a)²`
    MinusSquare,
}

/// Writes the rows: each function with its name, value, slope and complements.
macro_rules! rows {
    ($($(#[$doc:meta])* $row:ident $name:literal {
        value |$x:ident| $value:expr;
        slope |$a:ident| $slope:expr;
        $($complement:ident |$c:ident| $instead:expr;)*
    })*) => {
        /// A function of one argument, applied entry by entry.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Kernel {
            $($(#[$doc])* $row,)*
        }

        impl Kernel {
            /// All of them, in order.
            pub const ALL: &'static [Kernel] = &[$(Kernel::$row,)*];

            /// The function called `name`.
            pub fn named(name: &str) -> Option<Kernel> {
                match name {
                    $($name => Some(Kernel::$row),)*
                    _ => None,
                }
            }

            /// How the book calls it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kernel::$row => $name,)*
                }
            }

            /// `f(x)`
            pub fn value(self, x: f64) -> f64 {
                match self {
                    $(Kernel::$row => { let $x = x; $value })*
                }
            }

            /// `f′(a)`
            pub fn slope<S: Scalar>(self, a: S) -> S {
                match self {
                    $(Kernel::$row => { let $a = a; $slope })*
                }
            }

            /// `1 − f(a)` and its kin, where they are known without cancellation.
            pub fn complement<S: Scalar>(self, which: Complement, a: S) -> Option<S> {
                match (self, which) {
                    $($((Kernel::$row, Complement::$complement) => { let $c = a; Some($instead) })*)*
                    _ => None,
                }
            }
        }
    };
}

rows! {
    /// The exponential.
    Exp "exp" {
        value |x| libm::exp(x);
        slope |a| a.apply(Kernel::Exp);
        Minus |a| -a.apply(Kernel::ExpMinusOne);
    }

    /// `eˣ − 1`; not in the book, it is the complement of `exp`.
    ExpMinusOne "expm1" {
        value |x| libm::expm1(x);
        slope |a| a.apply(Kernel::Exp);
    }

    /// The natural logarithm.
    Log "log" {
        value |x| libm::log(x);
        slope |a| S::one() / a;
    }

    /// The square root.
    Sqrt "sqrt" {
        value |x| libm::sqrt(x);
        slope |a| number::<S>(0.5) / a.apply(Kernel::Sqrt);
    }

    /// The sine.
    Sin "sin" {
        value |x| libm::sin(x);
        slope |a| a.apply(Kernel::Cos);
        MinusSquare |a| square(a.apply(Kernel::Cos));
    }

    /// The cosine.
    Cos "cos" {
        value |x| libm::cos(x);
        slope |a| -a.apply(Kernel::Sin);
        MinusSquare |a| square(a.apply(Kernel::Sin));
        Minus |a| number::<S>(2.0) * square((a * number(0.5)).apply(Kernel::Sin));
    }

    /// The hyperbolic tangent.
    Tanh "tanh" {
        value |x| libm::tanh(x);
        slope |a| sech_squared(a);
        MinusSquare |a| sech_squared(a);
        Minus |a| number::<S>(2.0) * (-(a + a)).apply(Kernel::Sigmoid);
        Plus |a| number::<S>(2.0) * (a + a).apply(Kernel::Sigmoid);
    }

    /// The logistic function σ.
    Sigmoid "sigmoid" {
        value |x| sigmoid(x);
        slope |a| a.apply(Kernel::Sigmoid) * (-a).apply(Kernel::Sigmoid);
        Minus |a| (-a).apply(Kernel::Sigmoid);
    }

    /// `log(1 + eˣ)`
    Softplus "softplus" {
        value |x| x.max(0.0) + libm::log1p(libm::exp(-x.abs()));
        slope |a| a.apply(Kernel::Sigmoid);
    }

    /// The positive part.
    Relu "relu" {
        value |x| if x <= 0.0 { 0.0 } else { x };
        slope |a| number::<S>(if a.value() > 0.0 { 1.0 } else { 0.0 });
    }

    /// The absolute value.
    Abs "abs" {
        value |x| x.abs();
        slope |a| number::<S>(sign(a.value()));
    }

    /// The sign: −1, 0 or 1.
    Sign "sign" {
        value |x| sign(x);
        slope |_a| S::zero();
    }

    /// The error function.
    Erf "erf" {
        value |x| libm::erf(x);
        slope |a| number::<S>(std::f64::consts::FRAC_2_SQRT_PI) * a.apply(Kernel::Bell);
        Minus |a| a.apply(Kernel::ErfComplement);
        Plus |a| (-a).apply(Kernel::ErfComplement);
    }

    /// `1 − erf(x)`; not in the book, it is the complement of `erf`.
    ErfComplement "erfc" {
        value |x| libm::erfc(x);
        slope |a| -Kernel::Erf.slope(a);
    }

    /// `exp(−x²)`; not in the book, it is in the slope of `erf`.
    Bell "bell" {
        value |x| bell(x);
        slope |a| -(a + a) * a.apply(Kernel::Bell);
    }
}

fn number<S: Scalar>(x: f64) -> S {
    S::from_f64(x)
}

fn square<S: Scalar>(a: S) -> S {
    a * a
}

/// Each side is computed where its exponential is small.
fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + libm::exp(-x))
    } else {
        let e = libm::exp(x);
        e / (1.0 + e)
    }
}

/// `1 / cosh²(a)`, as 4e / (1 + e)² with e = exp(−2|a|), which neither overflows nor cancels.
fn sech_squared<S: Scalar>(a: S) -> S {
    let twice = a + a;
    let e = if a.value() > 0.0 { -twice } else { twice }.apply(Kernel::Exp);
    let quotient = number::<S>(2.0) / (S::one() + e);
    e * (quotient * quotient)
}

fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        x * 0.0
    }
}

/// exp(−x²) with x² split in two, because rounding 676 in the exponent already costs 256 units in the last place.
fn bell(x: f64) -> f64 {
    if x.abs() > 28.0 {
        return 0.0;
    }
    let high = f64::from_bits(x.to_bits() & !0x7ff_ffff);
    libm::exp(-high * high) * libm::exp(-(x - high) * (x + high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Dual;

    const REFERENCES: &str = include_str!("../../tests/oracles/saturation.json");

    /// Within a few roundings, or one unit of the smallest floats where the true value is that small.
    fn close(value: f64, reference: f64) -> bool {
        value == reference || (value - reference).abs() <= (1.2e-15 * reference.abs()).max(1e-323)
    }

    #[test]
    fn values_and_slopes_agree_with_references_of_many_digits() {
        let references: serde_json::Value = serde_json::from_str(REFERENCES).expect("references");
        let (mut wrong, mut count) = (Vec::new(), 0);
        for row in references["kernels"].as_array().expect("rows") {
            let kernel = Kernel::named(row["name"].as_str().expect("a name")).expect("a kernel");
            let number = |key: &str| row[key].as_f64().expect("a number");
            let (a, value, slope) = (number("a"), number("value"), number("slope"));
            let moved = Dual::new(a, 1.0).apply(kernel);
            if !close(moved.value, value) || !close(moved.tangent, slope) {
                wrong.push(format!("{} at {a}: {:?} for {value:e}, {slope:e}", kernel.name(), moved));
            }
            count += 1;
        }
        assert!(wrong.is_empty() && count > 200, "{wrong:#?}");
    }

    #[test]
    fn slopes_agree_with_differences_and_with_the_second_motion() {
        for kernel in Kernel::ALL {
            for a in [0.3, 0.9, 1.7, 2.4] {
                let a = if matches!(kernel, Kernel::Log | Kernel::Sqrt) { a } else { a - 1.0 };
                let step = 1e-6;
                let difference = (kernel.value(a + step) - kernel.value(a - step)) / (2.0 * step);
                let slope = kernel.slope(a);
                assert!((slope - difference).abs() < 1e-8, "{}′({a}): {slope} and {difference}", kernel.name());
                let curvature = kernel.slope(Dual::new(a, 1.0)).tangent;
                let difference = (kernel.slope(a + step) - kernel.slope(a - step)) / (2.0 * step);
                assert!((curvature - difference).abs() < 1e-7, "{}″({a}): {curvature} and {difference}", kernel.name());
            }
        }
    }

    #[test]
    fn complements_are_what_they_stand_for() {
        for kernel in Kernel::ALL {
            for a in [-1.5, -0.4, 0.0, 0.2, 1.1] {
                let y = kernel.value(a);
                for (which, plain) in
                    [(Complement::Minus, 1.0 - y), (Complement::Plus, 1.0 + y), (Complement::MinusSquare, 1.0 - y * y)]
                {
                    if let Some(value) = kernel.complement(which, a) {
                        assert!((value - plain).abs() < 1e-14, "{which:?} of {} at {a}", kernel.name());
                    }
                }
            }
        }
    }

    #[test]
    fn kinks_have_slope_zero() {
        for kernel in [Kernel::Relu, Kernel::Abs, Kernel::Sign] {
            assert_eq!(kernel.slope(0.0), 0.0);
            assert!(kernel.value(f64::NAN).is_nan());
        }
    }
}
