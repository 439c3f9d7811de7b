//! What a training is asked to do, and what it did.

use super::{Named, Trained};
use crate::auto::Auto;
use ravine_net::Loss;
use ravine_net::pairs::Span;
use ravine_net::pairs::family::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The training of a network to restore pictures.
///
/// Settled, it is as many steps as were made, and nothing is left to *auto*. The pictures it learnt from are known by their number
/// and a digest of their contents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Training {
    /// Planes of the pictures: 1 (grey) or 3 (colour).
    pub channels: usize,
    /// The standard deviation of the Gaussian noise in 8-bit grey levels, or a range of which each picture draws its own; 0 where there
    /// is noise of another kind, unless it is given.
    pub sigma: Auto<Span>,
    /// The kind of noise, such as `gaussian`, `poisson:5..100`, `jpeg:10..95` or `camera`.
    pub noise: Kind,
    /// What is minimised: the mean of this over all numbers of a picture.
    pub loss: Loss,
    /// How many pairs a step sees.
    pub batch: usize,
    /// Rows and columns of a picture in a batch.
    pub crop_size: usize,
    /// The same so many pairs again and again, instead of new ones at every step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<u64>,
    /// How many steps.
    pub steps: Auto<u64>,
    /// At most so many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<f64>,
    /// Stop once the validation reaches this PSNR in dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_psnr: Option<f64>,
    /// Validate, save and report after every so many steps.
    pub every: u64,
    /// How many held-out pictures the validation has where no others are given.
    pub held_out: usize,
    /// Stop after so many validations without a better one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<u64>,
    /// The range of σ grows from its lower end during so many steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curriculum: Option<u64>,
    /// The standard deviation of the noise added to every coordinate of the gradient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_noise: Option<f64>,
    /// The average of θ that is the answer, as [`ravine_optim::Average`] reads it: `ema:0.999`, `swa`, `swa:1000`; θ itself if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<String>,
    /// The seed of the first weights, the pictures and all noise.
    pub seed: u64,
    /// The model whose weights are the first ones, and whose design is the network; drawn at random if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Trained>,
    /// The photographs; drawn scenes if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photographs: Option<Pictures>,
    /// Beside photographs, how many of the pictures are drawn scenes: from 0, none, to 1, all.
    #[serde(skip_serializing_if = "none")]
    pub scenes: f64,
    /// The pictures of the validation; held-out ones if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Pictures>,
    /// The design, by its name in [`ravine_net::design::DESIGNS`].
    pub network: Named,
    /// The update rule.
    pub rule: Named,
    /// η over the steps.
    pub schedule: Auto<Named>,
    /// Other knobs of the rule over the steps, and `gradient-noise`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub schedules: BTreeMap<String, Named>,
}

fn none(share: &f64) -> bool {
    *share == 0.0
}

/// Pictures that a training has seen: not where they were, but which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pictures {
    /// How many files.
    pub count: usize,
    /// SHA-256 of their contents one after another, the first 16 hexadecimal digits.
    pub digest: String,
}

impl Default for Training {
    fn default() -> Self {
        Training {
            channels: 1,
            sigma: Auto::Auto,
            noise: Kind::default(),
            loss: Loss::L1,
            batch: 16,
            crop_size: 64,
            pairs: None,
            steps: Auto::Auto,
            time_limit: None,
            until_psnr: None,
            every: 100,
            held_out: 64,
            early_stopping: None,
            curriculum: None,
            gradient_noise: None,
            average: None,
            seed: 0,
            start: None,
            photographs: None,
            scenes: 0.0,
            validation: None,
            network: Named::new("unet"),
            rule: Named::new("adam"),
            schedule: Auto::Auto,
            schedules: BTreeMap::new(),
        }
    }
}
