//! Pairs (x, y) of an observation and the picture behind it, made on the fly.

use ravine_image::Image;
use ravine_optim::Result;

/// Which pair: everything random about it follows from this and from nothing else, so that a batch is the same for any number of
/// threads and after any interruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The seed of the run.
    pub seed: u64,
    /// The step of the descent, 0, 1, ….
    pub step: u64,
    /// The pair's place in the batch of this step.
    pub index: u64,
}

/// An observation and the picture behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// x = D(y), neither clipped nor rounded.
    pub observed: Image,
    /// y
    pub clean: Image,
    /// The standard deviation of the noise in 0..1, where the noise is white and has one; else that which a user could estimate.
    pub sigma: f32,
}

/// A source of pairs.
pub trait Pairs: Send + Sync {
    /// Planes of a picture: 1 or 3.
    fn channels(&self) -> usize;
    /// Rows and columns of a picture.
    fn size(&self) -> usize;
    /// The pair of `key`.
    ///
    /// # Errors
    /// It cannot be made.
    fn pair(&self, key: Key) -> Result<Pair>;
}
