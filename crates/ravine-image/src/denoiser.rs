//! A denoiser takes white noise of a known level out of a picture, by whatever means.

use crate::image::Image;
use ravine_optim::Result;
use std::ops::{ControlFlow, RangeInclusive};

/// u ← D(u; σ). Whoever has one can restore with it; a trained network is one.
pub trait Denoiser: Send + Sync {
    /// The levels σ that it is made for: standard deviations in units of the picture (nominally 0..1).
    fn levels(&self) -> RangeInclusive<f32>;

    /// u ← D(u; σ), for white noise of standard deviation `sigma` in u.
    ///
    /// After each piece of the work `watch` sees what part of it is done, 0..1, and may break it off: the answer is then `Break`, and
    /// part of u is as it was.
    ///
    /// # Errors
    /// The picture has other channels than the denoiser takes.
    fn denoise(&self, u: &mut Image, sigma: f32, watch: &mut dyn FnMut(f64) -> ControlFlow<()>) -> Result<ControlFlow<()>>;
}
