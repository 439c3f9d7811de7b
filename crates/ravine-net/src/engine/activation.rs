//! The pointwise function behind a convolution, and its adjoint.

use ravine_optim::Level;
use ravine_optim::number::Float;

/// y = v where v ≥ 0, and slope · v elsewhere.
///
/// It keeps the sign, so the way back needs y alone.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Activation {
    /// y = v
    #[default]
    None,
    /// y = max(v, 0); NaN stays NaN (Nair and Hinton 2010)
    Relu,
    /// Negative numbers are multiplied by a slope in 0..1 (Maas, Hannun and Ng 2013).
    LeakyRelu(f64),
}

impl Activation {
    /// What a negative number is multiplied by.
    pub fn slope(self) -> f64 {
        match self {
            Activation::None => 1.0,
            Activation::Relu => 0.0,
            Activation::LeakyRelu(slope) => slope,
        }
    }
}

/// v where v ≥ 0, and slope · v elsewhere.
#[inline(always)]
pub(crate) fn bend<F: Float>(slope: F, v: F) -> F {
    if v < F::ZERO { v * slope } else { v }
}

/// dy ← dv: the adjoint of y = a(v), where y > 0 tells the sign of v (the derivative at 0 is the slope).
pub fn adjoint<F: Float>(level: Level, activation: Activation, y: &[F], dy: &mut [F]) {
    let slope = F::from_f64(activation.slope());
    level.run(
        #[inline(always)]
        || dy.iter_mut().zip(y).for_each(|(dy, y)| *dy = if *y > F::ZERO { *dy } else { *dy * slope }),
    );
}

/// db += Σ dy over the pixels. Rows of `width` pixels are summed first, so that rounding grows with the side and not with the area.
pub fn add_bias_adjoint<F: Float>(level: Level, width: usize, dy: &[F], db: &mut [F]) {
    let channels = db.len();
    let mut row = vec![F::ZERO; channels];
    level.run(
        #[inline(always)]
        || {
            for pixels in dy.chunks_exact(width * channels) {
                row.fill(F::ZERO);
                for pixel in pixels.chunks_exact(channels) {
                    row.iter_mut().zip(pixel).for_each(|(sum, v)| *sum += *v);
                }
                db.iter_mut().zip(&row).for_each(|(db, sum)| *db += *sum);
            }
        },
    );
}
