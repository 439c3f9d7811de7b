//! The engine: convolutions over dense N × H × W × C values, and their adjoints.
//!
//! Weights are `[tap][in][out]`, taps row by row, and a convolution is the cross-correlation of the field: y(p) = Σ_k W_k · x(p + k),
//! zero outside of the picture. [`direct`] is the plain twin, for any number type; it is the documentation. What a number type uses
//! is its [`Element`] implementation. That of f32 has three forms, which all come down to two products of matrices: Winograd's
//! F(4×4, 3×3); *unfold*, for one input or one tap; *fold*, for up to three outputs.
//!
//! Of a long sum, each part is summed in order by one thread, and the parts meet in order. All limits (blocks, bands, ranges) follow
//! from shapes alone, so the bits are the same for any number of threads. AVX2 and AVX-512 give the same bits too; the baseline has
//! no fused multiply–add and differs by rounding. Against the twin in f64, the error on random numbers is at most 4e-6 (root mean
//! square) and 8e-5 (at a single place) of the root mean square of the result: about five times that of plain f32 sums, which is the
//! price of a quarter of their multiplications.

pub mod activation;
mod bands;
pub mod direct;
mod fast;
pub mod kernel;
mod lanes;
mod patch;
mod product;
mod room;
mod tile;
mod unfold;
mod winograd;
mod write;

pub use activation::Activation;
pub use kernel::Kernel;

use crate::shape::Shape;
use ravine_optim::Level;
use ravine_optim::number::Float;

/// A convolution's kernel with its numbers.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a, F> {
    /// Its lengths.
    pub kernel: Kernel,
    /// The instructions to use.
    pub level: Level,
    /// `[tap][in][out]`
    pub weights: &'a [F],
    /// What [`Element::prepare`] made of them.
    pub prepared: &'a [F],
}

/// What follows the sum of a convolution: a bias, an activation, a skip.
#[derive(Debug, Clone, Copy)]
pub struct Finish<'a, F> {
    /// One number per output channel.
    pub bias: Option<&'a [F]>,
    /// Pointwise.
    pub activation: Activation,
    /// What is added at last, of the shape of y.
    pub skip: Option<&'a [F]>,
}

/// That x = a(v), so that the adjoint of v is wanted instead of that of x.
#[derive(Debug, Clone, Copy)]
pub struct Bent<'a, F> {
    /// a
    pub activation: Activation,
    /// x
    pub x: &'a [F],
}

/// A number that layers compute with, and how convolutions of it are computed: as [`direct`] does where nothing else is said.
pub trait Element: Float {
    /// How many numbers [`prepare`](Element::prepare) makes.
    fn prepared(_kernel: Kernel) -> usize {
        0
    }

    /// What can be made of the weights once for many convolutions.
    fn prepare(_kernel: Kernel, _level: Level, _weights: &[Self], _prepared: &mut [Self]) {}

    /// y ← a(W ∗ x + b) + s, for an x of shape `at`.
    fn convolve(filter: Filter<'_, Self>, finish: Finish<'_, Self>, at: Shape, x: &[Self], y: &mut [Self]) {
        direct::convolve(filter.kernel, filter.weights, finish, at, x, y);
    }

    /// dx += (∂(W ∗ x)/∂x)ᵀ dy
    fn add_input_adjoint(filter: Filter<'_, Self>, at: Shape, dy: &[Self], dx: &mut [Self]) {
        direct::add_input_adjoint(filter.kernel, filter.weights, at, dy, dx);
    }

    /// dx ← (∂(W ∗ x)/∂x)ᵀ dy, or dv ← a′(v) · that
    fn input_adjoint(filter: Filter<'_, Self>, bent: Option<Bent<'_, Self>>, at: Shape, dy: &[Self], dx: &mut [Self]) {
        dx.fill(Self::ZERO);
        Self::add_input_adjoint(filter, at, dy, dx);
        if let Some(Bent { activation, x }) = bent {
            activation::adjoint(filter.level, activation, x, dx);
        }
    }

    /// dW += (∂(W ∗ x)/∂W)ᵀ dy
    fn add_weight_adjoint(kernel: Kernel, _level: Level, at: Shape, x: &[Self], dy: &[Self], dw: &mut [Self]) {
        direct::add_weight_adjoint(kernel, at, x, dy, dw);
    }
}

impl Element for f64 {}
