//! Vectors of f32 at an instruction level.

use pulp::{Scalar128b, Simd};
use ravine_optim::Level;

/// Channels are handled so many at a time; matrices have a multiple of it as columns.
pub(super) const PANEL: usize = 16;

/// The next multiple of [`PANEL`].
pub(super) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(PANEL)
}

/// Instructions on vectors of f32.
pub(super) trait Lanes: Simd {
    /// Vectors that lie side by side in the rectangle of accumulators.
    const ACROSS: usize;
    /// Rows of it, where 1, 2, … vectors lie side by side.
    const DOWN: &'static [usize];
    /// a·b + c, rounded once where the instructions can.
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s;
}

impl Lanes for Scalar128b {
    const ACROSS: usize = 2;
    const DOWN: &'static [usize] = &[6, 6];
    #[inline(always)]
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
        self.add_f32s(self.mul_f32s(a, b), c)
    }
}

#[cfg(target_arch = "x86_64")]
impl Lanes for pulp::x86::V3 {
    const ACROSS: usize = 2;
    const DOWN: &'static [usize] = &[6, 6];
    #[inline(always)]
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
        self.mul_add_f32s(a, b, c)
    }
}

#[cfg(target_arch = "x86_64")]
impl Lanes for pulp::x86::V4 {
    const ACROSS: usize = 4;
    const DOWN: &'static [usize] = &[12, 12, 9, 6];
    #[inline(always)]
    fn multiply_add(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
        self.mul_add_f32s(a, b, c)
    }
}

/// Something to be compiled once per level.
pub(super) trait Work {
    /// Does it. Mark it `#[inline(always)]`: only what is inlined is compiled for the level.
    fn run<S: Lanes>(self, simd: S);
}

/// Does `work` with the instructions of `level`, or of the baseline where the processor lacks it.
pub(super) fn run(level: Level, work: impl Work) {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 if let Some(simd) = pulp::x86::V4::try_new() => Simd::vectorize(
            simd,
            #[inline(always)]
            || work.run(simd),
        ),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 if let Some(simd) = pulp::x86::V3::try_new() => Simd::vectorize(
            simd,
            #[inline(always)]
            || work.run(simd),
        ),
        _ => work.run(Scalar128b),
    }
}
