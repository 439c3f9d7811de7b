//! The two kinds of number: [`Float`] is what a vector stores, [`Lane`] is what a formula computes with.
//!
//! A rule is one formula on one coordinate. Its scalars (η, β, ε) are f64, its coordinates f32 or f64, and a bare `f32` cannot be
//! multiplied by an `f64`: hence the transparent newtype [`L`], whose operators take an f64 *on the right* and cast it once.
//! Written this way the plain loop over coordinates vectorises at every instruction level.

use bytemuck::Pod;
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// A number as stored: `f32` for pictures and weights, `f64` for laws and certificates. It is its bytes ([`Pod`]), so that memory can be
/// taken for it as the system gives it.
pub trait Float:
    Pod
    + Default
    + Debug
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// The lane in which formulas compute.
    type L: Lane;
    /// 0
    const ZERO: Self;
    /// 1
    const ONE: Self;
    /// The distance from 1 to the next larger number.
    const EPSILON: f64;
    /// Into the lane.
    fn up(self) -> Self::L;
    /// Back from the lane.
    fn down(lane: Self::L) -> Self;
    /// Widened, exactly.
    fn to_f64(self) -> f64;
    /// Rounded to nearest.
    fn from_f64(value: f64) -> Self;
}

/// A number in a formula: arithmetic with itself, and with an f64 on the right, which is rounded to the lane once.
pub trait Lane:
    Copy
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Add<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// 0
    fn zero() -> Self;
    /// √x
    fn sqrt(self) -> Self;
    /// |x|
    fn abs(self) -> Self;
    /// −1, 0 or 1; the sign of 0 is 0 (unlike `f64::signum`).
    fn signum(self) -> Self;
    /// The smaller of the two.
    fn min(self, other: Self) -> Self;
    /// The larger of the two.
    fn max(self, other: Self) -> Self;
    /// x²
    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }
    /// β·x + (1−β)·y: the moving average. 1−β is formed in f64.
    #[inline(always)]
    fn average(self, beta: f64, new: Self) -> Self {
        self * beta + new * (1.0 - beta)
    }
    /// √x + ε, or √(x + ε) where ε stands inside. The other ε is 0, so that there is one root and no branch.
    #[inline(always)]
    fn guarded_root(self, epsilon: f64, inside: bool) -> Self {
        let (within, beside) = if inside { (epsilon, 0.0) } else { (0.0, epsilon) };
        (self + within).sqrt() + beside
    }
    /// Widened, exactly: for sums.
    fn to_f64(self) -> f64;
}

/// The lane over `f32` or `f64`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Default)]
#[repr(transparent)]
pub struct L<T>(pub T);

macro_rules! number {
    ($t:ident) => {
        impl Float for $t {
            type L = L<$t>;
            const ZERO: $t = 0.0;
            const ONE: $t = 1.0;
            const EPSILON: f64 = $t::EPSILON as f64;
            #[inline(always)]
            fn up(self) -> L<$t> {
                L(self)
            }
            #[inline(always)]
            fn down(lane: L<$t>) -> $t {
                lane.0
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn from_f64(value: f64) -> $t {
                value as $t
            }
        }
        impl Add for L<$t> {
            type Output = Self;
            #[inline(always)]
            fn add(self, o: Self) -> Self {
                L(self.0 + o.0)
            }
        }
        impl Sub for L<$t> {
            type Output = Self;
            #[inline(always)]
            fn sub(self, o: Self) -> Self {
                L(self.0 - o.0)
            }
        }
        impl Mul for L<$t> {
            type Output = Self;
            #[inline(always)]
            fn mul(self, o: Self) -> Self {
                L(self.0 * o.0)
            }
        }
        impl Div for L<$t> {
            type Output = Self;
            #[inline(always)]
            fn div(self, o: Self) -> Self {
                L(self.0 / o.0)
            }
        }
        impl Neg for L<$t> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                L(-self.0)
            }
        }
        impl Add<f64> for L<$t> {
            type Output = Self;
            #[inline(always)]
            fn add(self, o: f64) -> Self {
                L(self.0 + o as $t)
            }
        }
        impl Mul<f64> for L<$t> {
            type Output = Self;
            #[inline(always)]
            fn mul(self, o: f64) -> Self {
                L(self.0 * o as $t)
            }
        }
        impl Div<f64> for L<$t> {
            type Output = Self;
            #[inline(always)]
            fn div(self, o: f64) -> Self {
                L(self.0 / o as $t)
            }
        }
        impl Lane for L<$t> {
            #[inline(always)]
            fn zero() -> Self {
                L(0.0)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                L(self.0.sqrt())
            }
            #[inline(always)]
            fn abs(self) -> Self {
                L(self.0.abs())
            }
            #[inline(always)]
            fn signum(self) -> Self {
                L(if self.0 > 0.0 {
                    1.0
                } else if self.0 < 0.0 {
                    -1.0
                } else {
                    0.0
                })
            }
            #[inline(always)]
            fn min(self, o: Self) -> Self {
                L(if self.0 < o.0 { self.0 } else { o.0 })
            }
            #[inline(always)]
            fn max(self, o: Self) -> Self {
                L(if self.0 > o.0 { self.0 } else { o.0 })
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.0 as f64
            }
        }
    };
}
number!(f32);
number!(f64);
