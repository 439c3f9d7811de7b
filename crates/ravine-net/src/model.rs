//! A model: a network that has learned, with its weights and its card. It is a [`Denoiser`], for pictures of any size.
//!
//! A picture is restored in [tiles](Model::denoise_in_tiles) that overlap by the receptive field, so that memory does not grow with the
//! picture. They agree with the whole picture up to rounding.

mod import;
mod learned;
mod tiled;
mod tiles;

pub use learned::Learned;

use crate::aligned::Aligned;
use crate::layer::Weights;
use crate::network::{Network, Reach};
use crate::weights::{self, Card, Result};
use ravine_image::{Denoiser, Image};
use std::ops::{ControlFlow, RangeInclusive};
use std::path::Path;

/// Rows and columns of a tile, unless told otherwise: the numbers depend on it in their last digits. Half as large, what the shipped
/// networks see around a tile would be nearly half of all that they compute.
pub const TILE: usize = 512;

/// A network that has learned.
pub struct Model {
    learned: Learned,
    network: Network<f32>, // folded
    theta: Vec<f32>,
    prepared: Aligned<f32>,
    reach: Reach,
}

impl Model {
    /// The model of a file's bytes: one of ours, or a DnCNN with the names of PyTorch.
    ///
    /// # Errors
    /// Those of [`weights::decode`], and [`Foreign`](weights::Error::Foreign), [`Block`](weights::Error::Block), [`Surplus`](weights::Error::Surplus) for weights that are not
    /// those of the network that the card describes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Model::new(Learned::from_bytes(bytes)?)
    }

    /// The model in a file.
    ///
    /// # Errors
    /// Those of [`weights::read_bytes`] and [`Model::from_bytes`].
    pub fn read(path: &Path) -> Result<Self> {
        Model::from_bytes(&weights::read_bytes(path)?)
    }

    fn new(learned: Learned) -> Result<Self> {
        let (network, theta) = learned.network.folded(&learned.theta, &learned.statistics)?;
        let reach = network.reach()?;
        let prepared = network.prepare(&theta);
        Ok(Model { learned, network, theta, prepared, reach })
    }

    /// What is known of it.
    pub fn card(&self) -> &Card {
        &self.learned.card
    }

    /// The network as it learned, with its normalisations, to go on from.
    pub fn learned(&self) -> &Learned {
        &self.learned
    }

    /// Numbers in θ.
    pub fn count(&self) -> usize {
        self.theta.len()
    }

    /// The SHA-256 of its file, in hexadecimal digits: `sha256sum` prints the same.
    pub fn fingerprint(&self) -> &str {
        &self.learned.fingerprint
    }

    fn weights(&self) -> Weights<'_, f32> {
        Weights { theta: &self.theta, prepared: &self.prepared }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Denoiser for Model {
    fn levels(&self) -> RangeInclusive<f32> {
        let [least, largest] = self.card().sigma;
        (least / 255.0) as f32..=(largest / 255.0) as f32
    }

    /// A network for grey pictures restores each channel by itself; one for colour pictures needs three, or a grey picture, of which it sees
    /// three copies and gives the mean of what it makes of them. Where the noise is stronger
    /// than all that it has seen, it is shown the picture scaled down: less light, and less noise.
    fn denoise(
        &self,
        u: &mut Image,
        sigma: f32,
        watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> ravine_optim::Result<ControlFlow<()>> {
        self.denoise_in_tiles(u, sigma, TILE, watch)
    }
}
