//! Pairs (x, y) of an observation and the picture behind it, made on the fly.
//!
//! A [`Source`] gives y, a crop of a [scene](scenes) or of a [photograph](photographs), or [now one and now the other](mixed);
//! [`Observed`] makes x of it by a [family of degradations](family), in which each pair draws its own member. Everything random follows
//! from the pair's [`Key`].

pub mod family;
pub mod mixed;
pub mod observed;
pub mod photographs;
pub mod scenes;
pub mod span;

mod orientation;

pub use family::Family;
pub use mixed::Mixed;
pub use observed::Observed;
pub use photographs::Photographs;
pub use scenes::Scenes;
pub use span::Span;

use ravine_image::Image;
use ravine_optim::{Random, Result, Stream};
use std::sync::Arc;

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

impl Key {
    /// The key of the pair `index` that is held out of the training with `seed`: another seed, which no step of the training uses.
    pub fn held_out(seed: u64, index: u64) -> Self {
        Key { seed: Random::new(seed, Stream::Data, u64::MAX).bits(), step: 0, index }
    }

    /// The random numbers of this pair for one `purpose`; different purposes are independent.
    fn random(self, purpose: Purpose) -> Random {
        let step = Random::new(self.seed, Stream::Batch, self.step).bits();
        let pair = Random::new(step, Stream::Batch, self.index).bits();
        Random::new(pair, Stream::Batch, purpose as u64)
    }
}

/// What random numbers of a pair are for.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    /// What is seen: the picture, the place, the orientation.
    Crop,
    /// What is done to it: σ and the other levels, the seed of its noise.
    Degradation,
    /// Which of two sources gives it.
    Source,
}

/// An observation and the picture behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// x = D(y), neither clipped nor rounded, except by a camera or a JPEG.
    pub observed: Image,
    /// y
    pub clean: Image,
    /// The standard deviation of the noise in 0..1, where the noise is white and has one; else the root mean square of x − y.
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

/// A source of pictures without noise.
pub trait Source: Send + Sync {
    /// Planes of a picture: 1 or 3.
    fn channels(&self) -> usize;
    /// Rows and columns of a picture.
    fn size(&self) -> usize;
    /// The picture of `key`.
    ///
    /// # Errors
    /// It cannot be made.
    fn clean(&self, key: Key) -> Result<Image>;
}

impl<S: Source + ?Sized> Source for Arc<S> {
    fn channels(&self) -> usize {
        (**self).channels()
    }
    fn size(&self) -> usize {
        (**self).size()
    }
    fn clean(&self, key: Key) -> Result<Image> {
        (**self).clean(key)
    }
}
