//! A mini-batch is always cut into the same shards. Each is one task with a gradient of its own, and the gradients meet in a fixed
//! pairwise tree: the same bits for any number of threads. Tapes are as many as tasks that run at once.

mod tapes;

pub(crate) use tapes::Tapes;

use crate::aligned::Aligned;
use crate::layer::Weights;
use crate::loss::Loss;
use crate::network::{Kept, Network, Tape};
use crate::pack::pack;
use crate::pairs::Pair;
use crate::shape::Shape;
use ravine_optim::number::Float;
use ravine_optim::{Result, vector};
use rayon::prelude::*;
use std::ops::Range;

/// Pieces that a mini-batch is cut into, as long as it has so many pairs. A constant of the format: the bits of every gradient
/// depend on it.
pub const SHARDS: usize = 8;

/// Numbers of a gradient that are gathered at once: those of all shards stay in the cache.
const PIECE: usize = 1024;

/// Which places of a batch of `size` pairs lie in which shard.
///
/// ```
/// assert_eq!(ravine_net::shards::cut(3), [0..1, 1..2, 2..3]);
/// assert_eq!(ravine_net::shards::cut(20)[..3], [0..2, 2..5, 5..7]);
/// ```
pub fn cut(size: usize) -> Vec<Range<usize>> {
    let shards = SHARDS.min(size);
    (0..shards).map(|s| s * size / shards..(s + 1) * size / shards).collect()
}

/// Some pairs of a batch, and all that is computed of them.
pub(crate) struct Shard<F> {
    places: Range<usize>,
    at: Shape,
    target: Vec<F>,
    kept: Kept<F>,
    gradient: Aligned<F>,
    loss: f64,
}

/// What all shards of a step share.
pub(crate) struct Job<'a, F: Float> {
    pub(crate) network: &'a Network<F>,
    pub(crate) tapes: &'a Tapes<F>,
    pub(crate) weights: Weights<'a, F>,
    pub(crate) loss: Loss,
    /// The pair at a place of the batch.
    pub(crate) pair: &'a (dyn Fn(usize) -> Result<Pair> + Sync),
}

/// How far a shard is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The loss.
    There,
    /// The loss and its gradient.
    AndBack,
}

impl<F: Float> Shard<F> {
    /// All shards of batches of `size` pictures, each of which enters the network in the shape `one`.
    pub(crate) fn all(network: &Network<F>, size: usize, one: Shape, channels: usize) -> Result<Vec<Self>> {
        let shard = |places: Range<usize>| {
            let at = Shape { images: places.len(), ..one };
            network.shapes(at)?;
            let target = vec![F::ZERO; at.with_channels(channels).len()];
            Ok(Shard { places, at, target, kept: Kept::default(), gradient: Aligned::zeros(network.layout().len()), loss: 0.0 })
        };
        cut(size).into_iter().map(shard).collect()
    }

    /// The mean loss over the shards, each by one task.
    pub(crate) fn run(shards: &mut [Self], job: &Job<'_, F>, way: Way) -> Result<f64> {
        let numbers: usize = shards.iter().map(|shard| shard.target.len()).sum();
        let weight = 1.0 / numbers as f64;
        let done: Vec<Result<()>> = shards.par_iter_mut().with_max_len(1).map(|shard| shard.compute(job, way, weight)).collect();
        done.into_iter().collect::<Result<()>>()?;
        Ok(weight * vector::tree(&shards.iter().map(|shard| shard.loss).collect::<Vec<_>>()))
    }

    /// What the layers kept of the last run.
    pub(crate) fn kept(&self) -> &Kept<F> {
        &self.kept
    }

    fn compute(&mut self, job: &Job<'_, F>, way: Way, weight: f64) -> Result<()> {
        let mut tape = job.tapes.take(job.network, self.at)?;
        let done = self.compute_on(&mut tape, job, way, weight);
        job.tapes.put(tape);
        done
    }

    fn compute_on(&mut self, tape: &mut Tape<F>, job: &Job<'_, F>, way: Way, weight: f64) -> Result<()> {
        let (input, picture) = (self.at.len() / self.at.images, self.target.len() / self.at.images);
        for (i, place) in self.places.clone().enumerate() {
            let pair = (job.pair)(place)?;
            pack(&pair.observed, pair.sigma, &mut tape.input()[i * input..][..input]);
            pack(&pair.clean, 0.0, &mut self.target[i * picture..][..picture]);
        }
        job.network.forward(job.weights, tape);
        self.kept = tape.kept();
        let (output, adjoint) = tape.output();
        if way == Way::There {
            self.loss = job.loss.sum(output, &self.target);
            return Ok(());
        }
        self.loss = job.loss.adjoint(output, &self.target, weight, adjoint);
        job.network.gradient(job.weights, tape, &mut self.gradient);
        Ok(())
    }

    /// gradient ← the sum of the shards' gradients: ((g₀+g₁)+(g₂+g₃))+…
    pub(crate) fn gather(shards: &[Self], gradient: &mut [F]) {
        gradient.par_chunks_mut(PIECE).enumerate().for_each(|(i, piece)| Self::sum(shards, i * PIECE, piece));
    }

    /// sum ← that of the gradients' numbers from `first` on.
    fn sum(shards: &[Self], first: usize, sum: &mut [F]) {
        let piece = first..first + sum.len();
        match shards {
            [only] => return sum.copy_from_slice(&only.gradient[piece]),
            [a, b] => {
                let both = a.gradient[piece.clone()].iter().zip(&b.gradient[piece]);
                return sum.iter_mut().zip(both).for_each(|(sum, (a, b))| *sum = *a + *b);
            }
            _ => (),
        }
        let (left, right) = shards.split_at(shards.len().next_power_of_two() / 2);
        let mut other = [F::ZERO; PIECE];
        let other = &mut other[..sum.len()];
        Self::sum(left, first, sum);
        Self::sum(right, first, other);
        sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += *other);
    }
}
