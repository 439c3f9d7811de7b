//! A layer is an operator whose derivative has an adjoint: one value in, one value out, with weights of its own.
//!
//! It knows its own formula, and neither where its value comes from nor who reads it: that is the network's.

mod batch_norm;
pub mod convolution;
mod pixel_shuffle;
mod rectifier;
mod select;

pub use batch_norm::BatchNorm;
pub use convolution::Convolution;
pub use pixel_shuffle::{PixelShuffle, PixelUnshuffle};
pub use rectifier::Rectifier;
pub use select::Select;

use crate::engine::Activation;
use crate::shape::Shape;
use ravine_optim::number::Float;
use ravine_optim::random::Random;
use ravine_optim::{Result, vector};
use std::sync::Arc;

/// The weights of a layer in a step: θ, and what was made of θ once for all shards.
#[derive(Debug, Clone, Copy)]
pub struct Weights<'a, F> {
    /// θ
    pub theta: &'a [F],
    /// As [`Layer::prepare`] made it.
    pub prepared: &'a [F],
}

/// What the adjoint of a layer's derivative reads and writes.
#[derive(Debug)]
pub struct Backward<'a, F> {
    /// The value that went in.
    pub x: &'a [F],
    /// The value that came out.
    pub y: &'a [F],
    /// What [`Layer::forward`] kept.
    pub kept: &'a [F],
    /// The adjoint of y. Nobody reads it afterwards: it may be used as room.
    pub dy: &'a mut [F],
    /// Whether `dy` is the adjoint from before the layer's activation already.
    pub bent: bool,
    /// The adjoint of x, to be added to; absent where nobody wants it.
    pub dx: Option<&'a mut [F]>,
    /// Whether `dx` counts as 0, whatever it holds: nobody has added to it.
    pub fresh: bool,
    /// The activation that x comes from, if its adjoint is wanted from before that, which is asked only of layers that
    /// [bend back](Layer::bends_back), and only of a fresh `dx`.
    pub behind: Option<Activation>,
    /// The adjoint of θ, to be added to.
    pub dtheta: &'a mut [F],
}

impl<'a, F: Float> Backward<'a, F> {
    /// The adjoint of x, with 0 where nobody has added to it.
    pub fn summed(dx: Option<&'a mut [F]>, fresh: bool) -> Option<&'a mut [F]> {
        let dx = dx?;
        if fresh {
            dx.fill(F::ZERO);
        }
        Some(dx)
    }
}

/// y = a(scale·x + shift), channel by channel: what a [`BatchNorm`] is once its statistics are fixed.
#[derive(Debug, Clone, PartialEq)]
pub struct Affine<F> {
    /// One factor a channel.
    pub scale: Vec<F>,
    /// One summand a channel.
    pub shift: Vec<F>,
    /// a
    pub activation: Activation,
}

/// What a pixel of y sees of x, along an axis. [`Network::reach`](crate::Network::reach) adds these up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Neighbours of x on each side.
    pub radius: usize,
    /// Pixels of x that become one pixel of y.
    pub merges: usize,
    /// Pixels of y that one pixel of x becomes.
    pub splits: usize,
}

impl Window {
    /// The pixel at the same place, and nothing else.
    pub const PIXEL: Window = Window { radius: 0, merges: 1, splits: 1 };
}

/// y = L(x; θ), and the adjoint of its derivative. Shapes are checked once, by [`output`](Layer::output).
pub trait Layer<F: Float>: Send + Sync {
    /// The shape of y for an x of shape `at`.
    ///
    /// # Errors
    /// The layer cannot take this shape.
    fn output(&self, at: Shape) -> Result<Shape>;
    /// Name and shape of each block of θ, in order.
    fn blocks(&self) -> Vec<(&'static str, Vec<usize>)> {
        Vec::new()
    }
    /// θ before the first step.
    fn initialise(&self, _random: &mut Random, _theta: &mut [F]) {}
    /// How many numbers [`prepare`](Layer::prepare) makes.
    fn prepared(&self) -> usize {
        0
    }
    /// What can be made of θ once for all shards of a step.
    fn prepare(&self, _theta: &[F], _prepared: &mut [F]) {}
    /// How many numbers [`forward`](Layer::forward) keeps for the way back.
    fn kept(&self, _at: Shape) -> usize {
        0
    }
    /// y ← L(x; θ)
    fn forward(&self, at: Shape, weights: Weights<'_, F>, x: &[F], y: &mut [F], kept: &mut [F]);
    /// dx += (∂L/∂x)ᵀdy and dθ += (∂L/∂θ)ᵀdy
    fn add_adjoint(&self, at: Shape, weights: Weights<'_, F>, way: Backward<'_, F>);
    /// Whether [`forward_onto`](Layer::forward_onto) saves a pass, and the way back does without L(x; θ) and leaves dy as it is.
    fn takes_skip(&self) -> bool {
        false
    }
    /// y ← L(x; θ) + s, for a layer that keeps nothing.
    fn forward_onto(&self, at: Shape, weights: Weights<'_, F>, x: &[F], skip: &[F], y: &mut [F]) {
        self.forward(at, weights, x, y, &mut []);
        vector::each(y, skip, |y, s| y + s);
    }
    /// The activation that y comes from, where the way back knows an adjoint from before it.
    fn ends_with(&self) -> Option<Activation> {
        None
    }
    /// Whether the way back saves a pass where it gives the adjoint from before the activation that x comes from.
    fn bends_back(&self) -> bool {
        false
    }
    /// What a pixel of y sees of x. The layer must be the same map at every pixel.
    fn window(&self) -> Window {
        Window::PIXEL
    }

    /// Name and shape of each block of its running statistics, which no rule touches.
    fn statistics(&self) -> Vec<(&'static str, Vec<usize>)> {
        Vec::new()
    }
    /// The statistics before the first step.
    fn initialise_statistics(&self, _statistics: &mut [F]) {}
    /// Moves the statistics towards those that [`forward`](Layer::forward) kept on each shard of a step, in the order of the shards.
    fn observe(&self, _at: Shape, _kept: &[&[F]], _statistics: &mut [F]) {}
    /// What it is with fixed statistics, for layers that take them from the shard while they learn.
    fn fixed(&self, _theta: &[F], _statistics: &[F]) -> Option<Affine<F>> {
        None
    }
    /// This layer and an affine map after it, as one layer with its θ, where it can take one in.
    fn absorb(&self, _theta: &[F], _after: &Affine<F>) -> Option<(Arc<dyn Layer<F>>, Vec<F>)> {
        None
    }
}
