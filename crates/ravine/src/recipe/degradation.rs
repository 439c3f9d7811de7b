//! What a degradation is asked to do, and what it did.

use ravine_image::degrade::{Degradation, Noise};
use serde::{Deserialize, Serialize};

/// A degradation of a picture under a seed.
///
/// Settled, it says whether the values were clipped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Degrading {
    /// The standard deviation of the Gaussian noise in 8-bit grey levels.
    pub sigma: f64,
    /// The kind of noise, such as `gaussian` or `poisson:30`.
    pub noise: Noise,
    /// The fraction of pixels that are lost.
    pub missing: f64,
    /// Whether values outside 0..1 are clipped; if absent, for integer formats only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<bool>,
    /// The seed of noise and losses.
    pub seed: u64,
}

impl Degrading {
    /// What is done to the picture.
    pub fn degradation(&self) -> Degradation {
        Degradation { sigma: self.sigma, noise: self.noise, missing: self.missing }
    }
}
