//! A network with its numbers as they were learnt: what a training wrote, before anything is folded.

use super::{hexadecimal, import};
use crate::network::Network;
use crate::weights::{self, Card, Result, decode};
use sha2::{Digest, Sha256};
use std::path::Path;

/// A network, its θ and its running statistics, side by side.
pub struct Learned {
    /// What is known of it.
    pub card: Card,
    /// The network, with its normalisations.
    pub network: Network<f32>,
    /// θ
    pub theta: Vec<f32>,
    /// The running statistics; none of a network that normalises nothing.
    pub statistics: Vec<f32>,
    /// The SHA-256 of the file, in hexadecimal digits.
    pub fingerprint: String,
}

impl Learned {
    /// That of a file's bytes: one of ours, or a DnCNN with the names of PyTorch, whose normalisations its convolutions have taken in.
    ///
    /// # Errors
    /// Those of [`Model::from_bytes`](super::Model::from_bytes).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut contents = decode(bytes)?;
        let fingerprint = hexadecimal(&Sha256::digest(bytes));
        let Some(card) = contents.card.take() else {
            let (card, theta) = import::dncnn(&contents)?;
            let network = card.network.network()?;
            return Ok(Learned { card, network, theta, statistics: Vec::new(), fingerprint });
        };
        let network = card.network.network()?;
        let theta = contents.take(network.layout())?;
        let statistics = contents.take(network.statistics_layout())?;
        contents.finish()?;
        Ok(Learned { card, network, theta, statistics, fingerprint })
    }

    /// That in a file.
    ///
    /// # Errors
    /// Those of [`weights::read_bytes`] and [`Learned::from_bytes`].
    pub fn read(path: &Path) -> Result<Self> {
        Learned::from_bytes(&weights::read_bytes(path)?)
    }
}
