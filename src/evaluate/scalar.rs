//! What a number is to the evaluator: a float, or a float that moves.
//!
//! Everything in `evaluate` is written once for every [`Scalar`]. With `f64` it computes values; with [`Dual`] it
//! computes values and, beside them, an exact derivative in one direction (forward mode). Duals nest.

use super::kernels::Kernel;
use num_traits::{One, Zero};
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub};

/// A number that networks can be evaluated with.
pub trait Scalar:
    Copy
    + Debug
    + PartialEq
    + 'static
    + Zero
    + One
    + Neg<Output = Self>
    + Sub<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + MulAssign
{
    /// The number `x`, at rest.
    fn from_f64(x: f64) -> Self;

    /// The float it is, without its motion. Comparisons look at nothing else.
    fn value(self) -> f64;

    /// How it moves, as a number at rest: the derivative in the direction at hand.
    fn motion(self) -> Self;

    /// A function of one argument.
    fn apply(self, kernel: Kernel) -> Self;

    /// `self ^ exponent`; the exponent is taken at rest.
    fn power(self, exponent: Self) -> Self;

    /// Whether it is not a number, or infinite, in value or motion.
    fn is_broken(self) -> bool;
}

impl Scalar for f64 {
    fn from_f64(x: f64) -> Self {
        x
    }

    fn value(self) -> f64 {
        self
    }

    fn motion(self) -> Self {
        0.0
    }

    fn apply(self, kernel: Kernel) -> Self {
        kernel.value(self)
    }

    fn power(self, exponent: Self) -> Self {
        libm::pow(self, exponent)
    }

    fn is_broken(self) -> bool {
        !self.is_finite()
    }
}

/// A number `value` that moves with the velocity `tangent`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Dual<T> {
    /// Where it is.
    pub value: T,
    /// Its derivative in the direction at hand.
    pub tangent: T,
}

impl<T: Scalar> Dual<T> {
    /// A number that moves.
    pub fn new(value: T, tangent: T) -> Self {
        Dual { value, tangent }
    }

    /// The dual with motion `slope() · tangent`. What is at rest stays at rest, even where the slope is infinite:
    /// `sqrt(0)` of a constant has no gradient to break.
    fn moved(value: T, slope: impl FnOnce() -> T, tangent: T) -> Self {
        Dual { value, tangent: if tangent.is_zero() { T::zero() } else { slope() * tangent } }
    }
}

impl<T: Scalar> Scalar for Dual<T> {
    fn from_f64(x: f64) -> Self {
        Dual::new(T::from_f64(x), T::zero())
    }

    fn value(self) -> f64 {
        self.value.value()
    }

    fn motion(self) -> Self {
        Dual::new(self.tangent, T::zero())
    }

    fn apply(self, kernel: Kernel) -> Self {
        Dual::moved(self.value.apply(kernel), || kernel.slope(self.value), self.tangent)
    }

    fn power(self, exponent: Self) -> Self {
        let exponent = exponent.value;
        let slope = || match exponent.is_zero() {
            true => T::zero(),
            false => exponent * self.value.power(exponent - T::one()),
        };
        Dual::moved(self.value.power(exponent), slope, self.tangent)
    }

    fn is_broken(self) -> bool {
        self.value.is_broken() || self.tangent.is_broken()
    }
}

impl<T: Scalar> Add for Dual<T> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Dual::new(self.value + other.value, self.tangent + other.tangent)
    }
}

impl<T: Scalar> Sub for Dual<T> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Dual::new(self.value - other.value, self.tangent - other.tangent)
    }
}

impl<T: Scalar> Mul for Dual<T> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Dual::new(self.value * other.value, self.tangent * other.value + self.value * other.tangent)
    }
}

impl<T: Scalar> Div for Dual<T> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let quotient = self.value / other.value;
        Dual::new(quotient, (self.tangent - quotient * other.tangent) / other.value)
    }
}

impl<T: Scalar> Neg for Dual<T> {
    type Output = Self;
    fn neg(self) -> Self {
        Dual::new(-self.value, -self.tangent)
    }
}

impl<T: Scalar> AddAssign for Dual<T> {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<T: Scalar> MulAssign for Dual<T> {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl<T: Scalar> Zero for Dual<T> {
    fn zero() -> Self {
        Dual::new(T::zero(), T::zero())
    }

    fn is_zero(&self) -> bool {
        self.value.is_zero() && self.tangent.is_zero()
    }
}

impl<T: Scalar> One for Dual<T> {
    fn one() -> Self {
        Dual::new(T::one(), T::zero())
    }
}
