//! The error of a denoised picture, known without the clean one.
//!
//! Stein (1981): for f = u + σ·n with white Gaussian n, and any denoiser D whose output changes tamely with its input,
//!
//! E‖D(f) − u‖² = E[‖D(f) − f‖² − nσ² + 2σ² div D(f)]
//!
//! and Ramani, Blu and Unser (2008) find the divergence by one more run on a slightly changed input:
//! div D(f) ≈ ⟨b, D(f + εb) − D(f)⟩/ε, b = ±1 at random (Hutchinson 1990), ε = σ/10.
//!
//! It knows nothing of how D works, and it is wrong where the noise is not white or σ is not the noise's. Where black or white cut
//! the noise off, the three parts of the formula are weighted pixel by pixel: see `cut_off`.

mod cut_off;

use crate::error::Result;
use cut_off::Weights;
use ravine_image::noise_level::Limits;
use ravine_image::{Grid, Image};
use ravine_optim::parameter::Range;
use ravine_optim::{Random, Stream, vector};
use rayon::prelude::*;

/// ε as a part of σ. Total variation is piecewise linear, so it need not be tiny: f32 would round a tiny one away.
const EPSILON: f64 = 0.1;
/// Errors below this part of σ² are not known well enough to be told.
pub(super) const KNOWN: f64 = 1.0 / 30.0;

/// The estimate of an error.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Sure {
    /// Mean square error, in units of the picture squared. An estimate: it may even be negative where the error is tiny.
    pub mse: f64,
    /// −10·log₁₀ of it: peak 1, dB. Absent where it is less than σ²/30: then it is what is left of far larger numbers, and where σ is
    /// known to a per cent, as it usually is, an error of 2 dB is usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psnr: Option<f64>,
    /// div D(f)/n: what part of the noise gets through, 0 for a constant answer, 1 for D(f) = f.
    pub divergence: f64,
}

/// The changed input f + εb, kept so that several denoisers can be asked with the same b.
pub struct Probe<'a> {
    f: &'a Image,
    changed: Image, // f + εb
    sigma: f64,
    limits: Vec<Limits>, // of each channel
}

impl<'a> Probe<'a> {
    /// For noise of 0 < `sigma` < ∞ in the picture's units.
    pub fn new(f: &'a Image, sigma: f64, seed: u64) -> Result<Self> {
        Range::POSITIVE.check("sigma", sigma)?;
        let mut changed = f.clone();
        let epsilon = (EPSILON * sigma) as f32;
        changed.pixels_mut().par_chunks_mut(f.grid().width.max(1)).enumerate().for_each(|(row, pixels)| {
            let mut random = Random::new(seed, Stream::Probe, row as u64);
            pixels.iter_mut().for_each(|v| *v += if random.bits() & 1 == 0 { epsilon } else { -epsilon });
        });
        let limits = (0..f.grid().channels).map(|c| Limits::of(f.plane(c))).collect();
        Ok(Probe { f, changed, sigma, limits })
    }

    /// The picture on which the denoiser is to run once more.
    pub fn changed(&self) -> &Image {
        &self.changed
    }

    /// From D(f) and D(f + εb).
    pub fn sure(&self, answer: &Image, changed_answer: &Image) -> Sure {
        let n = self.f.pixels().len() as f64;
        let variance = self.sigma * self.sigma;
        let [error, moved, through, square] = match self.limits.iter().any(|limits| limits.cut()) {
            true => self.sums(answer, changed_answer, |i| {
                let Grid { height, width, .. } = self.f.grid();
                let (c, i) = (i / (height * width), i % (height * width));
                Weights::at(i, self.f.plane(c), width, self.limits[c], self.sigma)
            }),
            false => self.sums(answer, changed_answer, |_| Weights::STEIN),
        };
        let mse = error / n + 2.0 * variance * through / square;
        let divergence = moved / square;
        Sure { mse, psnr: (mse > KNOWN * variance).then(|| -10.0 * mse.log10()), divergence }
    }

    /// Over all pixels: the error without the divergence, ⟨εb, D(f + εb) − D(f)⟩ without and with its weights, ‖εb‖²; εb as it was
    /// after rounding to f32.
    fn sums(&self, answer: &Image, changed_answer: &Image, weights: impl Fn(usize) -> Weights + Sync) -> [f64; 4] {
        let (f, changed) = (self.f.pixels(), self.changed.pixels());
        let (u, v) = (answer.pixels(), changed_answer.pixels());
        let variance = self.sigma * self.sigma;
        vector::sums(f.len(), |i| {
            let (r, e) = (u[i] as f64 - f[i] as f64, changed[i] as f64 - f[i] as f64);
            let moved = e * (v[i] as f64 - u[i] as f64);
            let Weights { shift, noise, slope } = weights(i);
            [r * r - 2.0 * shift * r - noise * variance, moved, slope * moved, e * e]
        })
    }
}

/// Runs `denoise` twice, on f and beside it.
///
/// ```
/// use ravine::image::{Grid, Image, noise};
/// use ravine::restore::sure;
/// let clean = Image::constant(Grid::new(1, 128, 128), 0.5);
/// let mut f = clean.clone();
/// noise::add_gaussian(&mut f, 0.1, 1);
/// // Half the noise gets through (f − ½ is noise alone here), so the error is (σ/2)².
/// let half = sure::estimate(&mut |g| Ok(g.clone().map(|v| 0.25 + v / 2.0)), &f, 0.1, 7)?;
/// assert!((half.divergence - 0.5).abs() < 1e-3);
/// assert!((half.mse / 0.0025 - 1.0).abs() < 0.1);
/// # Ok::<(), ravine::Error>(())
/// ```
pub fn estimate(denoise: &mut dyn FnMut(&Image) -> Result<Image>, f: &Image, sigma: f64, seed: u64) -> Result<Sure> {
    let probe = Probe::new(f, sigma, seed)?;
    Ok(probe.sure(&denoise(f)?, &denoise(probe.changed())?))
}
