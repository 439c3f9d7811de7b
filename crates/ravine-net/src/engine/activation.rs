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
        || bend_all_back(slope, y, dy),
    );
}

/// dy ← dv and db += Σ dv over the pixels: the adjoint of y = a(v + b). Rows of so many numbers are summed first, so that rounding grows
/// with the side and not with the area. Without a bias, db is empty; without an activation, y is not read.
pub fn add_adjoint<F: Float>(level: Level, activation: Activation, row: usize, y: &[F], dy: &mut [F], db: &mut [F]) {
    let slope = F::from_f64(activation.slope());
    let mut sums = vec![F::ZERO; db.len()];
    level.run(
        #[inline(always)]
        || {
            for (i, dy) in dy.chunks_exact_mut(row).enumerate() {
                if activation != Activation::None {
                    bend_all_back(slope, &y[i * row..], dy);
                }
                if !db.is_empty() {
                    sums.fill(F::ZERO);
                    let pixels = dy.chunks_exact(db.len());
                    pixels.for_each(|pixel| sums.iter_mut().zip(pixel).for_each(|(sum, v)| *sum += *v));
                    db.iter_mut().zip(&sums).for_each(|(db, sum)| *db += *sum);
                }
            }
        },
    );
}

/// dv, of the y and the dy of one number.
#[inline(always)]
pub(crate) fn bend_back<F: Float>(slope: F, y: F, dy: F) -> F {
    if y > F::ZERO { dy } else { dy * slope }
}

#[inline(always)]
fn bend_all_back<F: Float>(slope: F, y: &[F], dy: &mut [F]) {
    dy.iter_mut().zip(y).for_each(|(dy, y)| *dy = bend_back(slope, *y, *dy));
}
