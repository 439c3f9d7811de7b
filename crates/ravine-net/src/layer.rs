//! A layer is an operator whose derivative has an adjoint: one value in, one value out, with weights of its own.

pub mod convolution;

pub use convolution::Convolution;

use crate::shape::Shape;
use ravine_optim::Result;
use ravine_optim::number::Float;
use ravine_optim::random::Random;

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
    /// The adjoint of x, to be added to; absent where nobody wants it.
    pub dx: Option<&'a mut [F]>,
    /// The adjoint of θ, to be added to.
    pub dtheta: &'a mut [F],
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
}
