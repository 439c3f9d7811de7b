//! The step sizes of accelerated Chambolle–Pock (Chambolle & Pock 2011, algorithm 2), shared by the fused iteration and its twin.

/// ‖∇‖² ≤ 8.
const NORM: f64 = 8.0;
/// The dual step at which acceleration ends: beyond it, p + σ∇ū loses in f32 what it gains in theory.
const SIGMA_MAX: f64 = 100.0;

/// τ and σ with σ·τ·‖∇‖² = 1, as they stand before an iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StepSizes {
    /// The primal step.
    pub(super) tau: f64,
    /// The dual step.
    pub(super) sigma: f64,
}

/// One iteration's numbers, rounded to f32 once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Iteration {
    /// σ
    pub(super) sigma: f32,
    /// 1/(1 + τλ): how much of u stays.
    pub(super) keep: f32,
    /// τλ/(1 + τλ): how much of f comes in.
    pub(super) pull: f32,
    /// τ/(1 + τλ): how much of div p comes in.
    pub(super) push: f32,
    /// θ
    pub(super) theta: f32,
}

impl StepSizes {
    /// τ = 1/λ.
    pub(super) fn new(lambda: f64) -> StepSizes {
        let tau = 1.0 / lambda;
        StepSizes { tau, sigma: 1.0 / (NORM * tau) }
    }

    /// The numbers of the next iteration; then θ = 1/√(1 + 2λτ), τ ← θτ, σ ← σ/θ until σ ≥ 100, and θ = 1 from there.
    pub(super) fn next(&mut self, lambda: f64) -> Iteration {
        let StepSizes { tau, sigma } = *self;
        let theta = if sigma < SIGMA_MAX { 1.0 / (1.0 + 2.0 * lambda * tau).sqrt() } else { 1.0 };
        *self = StepSizes { tau: theta * tau, sigma: sigma / theta };
        let shrink = 1.0 / (1.0 + tau * lambda);
        Iteration {
            sigma: sigma as f32,
            keep: shrink as f32,
            pull: (tau * lambda * shrink) as f32,
            push: (tau * shrink) as f32,
            theta: theta as f32,
        }
    }
}

/// 1/max(1, √s): what brings p with |p|² = s into the unit ball.
///
/// 1/√s by Newton's iteration y ← y(3 − sy²)/2 from the bits of s, with Kadlec's constants in the first of its two steps (2010):
/// never above 1/√s by more than a rounding, at most 8·10⁻⁷ below. The subtraction wraps for a NaN alone. Multiplications alone:
/// a root and a division take twice as long.
#[inline(always)]
pub(super) fn into_ball(s: f32) -> f32 {
    let y = f32::from_bits(0x5f1f_fff9_u32.wrapping_sub(s.to_bits() >> 1));
    let y = y * (0.703_952_25 * (2.389_244_6 - s * (y * y)));
    let y = y * (1.5 - 0.5 * s * (y * y));
    if s > 1.0 { y } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::into_ball;

    #[test]
    fn into_ball_is_one_inside_and_the_inverse_norm_outside() {
        let mut s = 1.0f32;
        assert!(into_ball(0.0) == 1.0 && into_ball(f32::MIN_POSITIVE) == 1.0 && into_ball(s) == 1.0);
        while s < 1e12 {
            s = f32::from_bits(s.to_bits() + 4099);
            let norm = f64::from(into_ball(s)) * f64::from(s).sqrt();
            assert!((1.0 - 8e-7..1.0 + 1.5e-7).contains(&norm), "{norm} at {s}");
        }
    }

    #[test]
    fn into_ball_takes_a_nan_of_either_sign() {
        // Outside the ball is what compares so: a NaN does not.
        assert!([f32::NAN, -f32::NAN, f32::from_bits(u32::MAX)].into_iter().all(|s| into_ball(s) == 1.0));
    }
}
