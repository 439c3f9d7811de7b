//! Which instructions a kernel runs on: chosen when the program runs, never when it is built.
//!
//! Kernels are plain loops over slices. [`Level::run`] compiles the same loop once per level and the compiler vectorises each; none
//! contracts a·b + c into one rounding, so every level gives the same bits (the law `kernels`).

/// An instruction level of x86-64; on other processors there is one, [`Level::Baseline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What every processor of the architecture has: SSE2, NEON.
    Baseline,
    /// x86-64-v3: 256 bits.
    Avx2,
    /// x86-64-v4: 512 bits.
    Avx512,
}

impl Level {
    /// All of them, lowest first.
    pub const ALL: [Level; 3] = [Level::Baseline, Level::Avx2, Level::Avx512];

    /// Whether this processor has it.
    pub fn is_available(self) -> bool {
        match self {
            Level::Baseline => true,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => pulp::x86::V3::try_new().is_some(),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => pulp::x86::V4::try_new().is_some(),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The highest that this processor has.
    pub fn best() -> Level {
        Level::ALL.into_iter().rfind(|l| l.is_available()).unwrap_or(Level::Baseline)
    }

    /// Runs `kernel` compiled for this level, or for the baseline where the processor lacks the level. Only what is inlined into
    /// `kernel` is compiled anew: mark it `#[inline(always)]`.
    ///
    /// ```
    /// use ravine_optim::Level;
    /// let x = [1.0f32, 2.0, 3.0];
    /// let squares = |level: Level| level.run(|| x.map(|v| v * v));
    /// assert_eq!(squares(Level::best()), squares(Level::Baseline));
    /// ```
    #[inline(always)]
    pub fn run<R>(self, kernel: impl FnOnce() -> R) -> R {
        #[cfg(target_arch = "x86_64")]
        match self {
            Level::Avx512 => {
                if let Some(simd) = pulp::x86::V4::try_new() {
                    return pulp::Simd::vectorize(simd, kernel);
                }
            }
            Level::Avx2 => {
                if let Some(simd) = pulp::x86::V3::try_new() {
                    return pulp::Simd::vectorize(simd, kernel);
                }
            }
            Level::Baseline => {}
        }
        kernel()
    }
}
