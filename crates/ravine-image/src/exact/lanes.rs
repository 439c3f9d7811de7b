//! Sixteen numbers that go through a transform side by side.
//!
//! `rustdct` is generic over its number, and written for one signal. Given this number it transforms sixteen, and the compiler makes
//! vectors of it. Only what a transform of length 2ⁿ asks of a number has a meaning here; the rest is what the traits demand.

use ravine_optim::Float;
use rustdct::DctNum;
use rustdct::rustfft::num_traits::{FloatConst, FromPrimitive, Num, One, Signed, Zero};
use std::array::from_fn;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// A cache line of f32.
pub(super) const LANES: usize = 16;

/// Lane by lane.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub(super) struct Lanes<F>(pub(super) [F; LANES]);

impl<F: Float + DctNum> Lanes<F> {
    /// The same number in every lane.
    pub(super) fn splat(value: f64) -> Self {
        Lanes([<F as Float>::from_f64(value); LANES])
    }
}

macro_rules! lane_by_lane {
    ($($operator:ident $method:ident $symbol:tt),*) => {$(
        impl<F: Float + DctNum> $operator for Lanes<F> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Lanes(from_fn(|l| self.0[l] $symbol other.0[l]))
            }
        }
    )*};
}
lane_by_lane!(Add add +, Sub sub -, Mul mul *, Div div /, Rem rem %);

impl<F: Float + DctNum> Neg for Lanes<F> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Lanes(self.0.map(|v| -v))
    }
}

impl<F: Float + DctNum> Zero for Lanes<F> {
    fn zero() -> Self {
        Lanes::splat(0.0)
    }
    fn is_zero(&self) -> bool {
        self.0.iter().all(Zero::is_zero)
    }
}

impl<F: Float + DctNum> One for Lanes<F> {
    fn one() -> Self {
        Lanes::splat(1.0)
    }
}

impl<F: Float + DctNum> Num for Lanes<F> {
    type FromStrRadixErr = F::FromStrRadixErr;
    fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        F::from_str_radix(text, radix).map(|v| Lanes([v; LANES]))
    }
}

impl<F: Float + DctNum> Signed for Lanes<F> {
    fn abs(&self) -> Self {
        Lanes(self.0.map(|v| Signed::abs(&v)))
    }
    fn abs_sub(&self, other: &Self) -> Self {
        Lanes(from_fn(|l| Signed::abs_sub(&self.0[l], &other.0[l])))
    }
    fn signum(&self) -> Self {
        Lanes(self.0.map(|v| Signed::signum(&v)))
    }
    fn is_positive(&self) -> bool {
        self.0.iter().all(Signed::is_positive)
    }
    fn is_negative(&self) -> bool {
        self.0.iter().all(Signed::is_negative)
    }
}

impl<F: Float + DctNum> FromPrimitive for Lanes<F> {
    fn from_i64(value: i64) -> Option<Self> {
        Some(Lanes::splat(value as f64))
    }
    fn from_u64(value: u64) -> Option<Self> {
        Some(Lanes::splat(value as f64))
    }
    fn from_f64(value: f64) -> Option<Self> {
        Some(Lanes::splat(value))
    }
}

macro_rules! constants {
    ($($name:ident)*) => {
        impl<F: Float + DctNum> FloatConst for Lanes<F> {
            $(#[allow(non_snake_case)] fn $name() -> Self { Lanes([F::$name(); LANES]) })*
        }
    };
}
constants!(E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8 LN_10 LN_2 LOG10_E
    LOG2_E PI SQRT_2);
