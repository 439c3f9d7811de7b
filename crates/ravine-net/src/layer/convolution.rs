//! y = a(W ∗ x + b): a convolution with its bias and its activation, computed in one pass.

use super::{Affine, Backward, Layer, Weights, Window};
use crate::engine::{Activation, Bent, Element, Filter, Finish, Kernel, activation};
use crate::shape::Shape;
use ravine_optim::random::Random;
use ravine_optim::{Error, Level, Result};
use std::sync::Arc;

/// A K × K convolution, K = 1 or 3, of stride 1, zero outside of the picture, so that y has the pixels of x. θ is W as
/// `[tap][in][out]`, then b.
///
/// ```
/// use ravine_net::engine::Activation;
/// use ravine_net::layer::Convolution;
/// use ravine_net::{Layer, Shape};
/// let layer = Convolution::new(3, 1, 64)?.then(Activation::Relu)?;
/// let y = Layer::<f32>::output(&layer, Shape::new(2, 40, 40, 1))?;
/// assert_eq!(y, Shape::new(2, 40, 40, 64));
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convolution {
    kernel: Kernel,
    bias: Bias,
    activation: Activation,
    start: Start,
    level: Level,
}

/// W before the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Normal with variance 2 / ((1 + slope²) · K² · inputs), which keeps the size of what flows through (He, Zhang, Ren and Sun 2015).
    Normal,
    /// W = 0: what is added to a skip, or subtracted from the picture, is nothing at first.
    Zero,
}

/// Whether a number per output channel is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// It is.
    Learned,
    /// It is not, so that scaling x scales y (Mohan, Kadkhodaie, Simoncelli and Fernandez-Granda 2020).
    Absent,
}

impl Convolution {
    /// `size` × `size` taps, with bias, without activation.
    ///
    /// # Errors
    /// The size is neither 1 nor 3, or there are no channels.
    pub fn new(size: usize, inputs: usize, outputs: usize) -> Result<Self> {
        let kernel = Kernel::new(size, inputs, outputs)?;
        Ok(Convolution { kernel, bias: Bias::Learned, activation: Activation::None, start: Start::Normal, level: Level::best() })
    }

    /// The same with or without bias.
    pub fn with(self, bias: Bias) -> Self {
        Convolution { bias, ..self }
    }

    /// The same with an activation behind it.
    ///
    /// # Errors
    /// A slope outside of 0..1, from whose y the way back could not tell the sign.
    pub fn then(self, activation: Activation) -> Result<Self> {
        let slope = activation.slope();
        if !(0.0..=1.0).contains(&slope) {
            return Err(Error::OutOfRange { name: "slope".into(), value: slope, range: "0..1".into() });
        }
        Ok(Convolution { activation, ..self })
    }

    /// The same with another W before the first step.
    pub fn starting(self, start: Start) -> Self {
        Convolution { start, ..self }
    }

    /// The same on other instructions than the best that this processor has: the bits of f32 depend on them.
    pub fn at(self, level: Level) -> Self {
        Convolution { level, ..self }
    }

    /// Its lengths.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Whether it has one.
    pub fn bias(&self) -> Bias {
        self.bias
    }

    /// What follows the sum.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    fn convolve<F: Element>(&self, at: Shape, weights: Weights<'_, F>, x: &[F], skip: Option<&[F]>, y: &mut [F]) {
        let bias = Some(&weights.theta[self.kernel.weights()..]).filter(|b| !b.is_empty());
        F::convolve(self.filter(weights), Finish { bias, activation: self.activation, skip }, at, x, y);
    }

    fn filter<'a, F>(&self, of: Weights<'a, F>) -> Filter<'a, F> {
        let weights = &of.theta[..self.kernel.weights()];
        Filter { kernel: self.kernel, level: self.level, weights, prepared: of.prepared }
    }
}

impl<F: Element> Layer<F> for Convolution {
    fn output(&self, at: Shape) -> Result<Shape> {
        if at.channels != self.kernel.inputs() {
            return Err(Error::Unsuited(format!("a convolution of {} channels cannot take {at}", self.kernel.inputs())));
        }
        Ok(at.with_channels(self.kernel.outputs()))
    }

    fn blocks(&self) -> Vec<(&'static str, Vec<usize>)> {
        let Kernel { size, inputs, outputs } = self.kernel;
        let mut blocks = vec![("weight", vec![size, size, inputs, outputs])];
        if self.bias == Bias::Learned {
            blocks.push(("bias", vec![outputs]));
        }
        blocks
    }

    /// W as [`Start`] says, b = 0.
    fn initialise(&self, random: &mut Random, theta: &mut [F]) {
        theta.fill(F::ZERO);
        if self.start == Start::Normal {
            let slope = self.activation.slope();
            let sigma = (2.0 / ((1.0 + slope * slope) * (self.kernel.taps() * self.kernel.inputs) as f64)).sqrt();
            theta[..self.kernel.weights()].iter_mut().for_each(|w| *w = F::from_f64(sigma * random.normal()));
        }
    }

    fn prepared(&self) -> usize {
        F::prepared(self.kernel)
    }

    fn prepare(&self, theta: &[F], prepared: &mut [F]) {
        F::prepare(self.kernel, self.level, &theta[..self.kernel.weights()], prepared);
    }

    fn forward(&self, at: Shape, weights: Weights<'_, F>, x: &[F], y: &mut [F], _kept: &mut [F]) {
        self.convolve(at, weights, x, None, y);
    }

    /// The way back asks for y where there is an activation.
    fn takes_skip(&self) -> bool {
        self.activation == Activation::None
    }

    fn forward_onto(&self, at: Shape, weights: Weights<'_, F>, x: &[F], skip: &[F], y: &mut [F]) {
        self.convolve(at, weights, x, Some(skip), y);
    }

    fn add_adjoint(&self, at: Shape, weights: Weights<'_, F>, way: Backward<'_, F>) {
        let Backward { x, y, dy, bent, dx, fresh, behind, dtheta, .. } = way;
        let (dw, db) = dtheta.split_at_mut(self.kernel.weights());
        let activation = if bent { Activation::None } else { self.activation };
        activation::add_adjoint(self.level, activation, at.width * self.kernel.outputs, y, dy, db);
        F::add_weight_adjoint(self.kernel, self.level, at, x, dy, dw);
        match dx {
            Some(dx) if fresh => {
                let bent = behind.map(|activation| Bent { activation, x });
                F::input_adjoint(self.filter(weights), bent, at, dy, dx);
            }
            Some(dx) => F::add_input_adjoint(self.filter(weights), at, dy, dx),
            None => (),
        }
    }

    fn ends_with(&self) -> Option<Activation> {
        Some(self.activation).filter(|activation| *activation != Activation::None)
    }

    fn bends_back(&self) -> bool {
        true
    }

    fn window(&self) -> Window {
        Window { radius: self.kernel.size / 2, ..Window::PIXEL }
    }

    /// a(s·(W ∗ x + b) + t) = a((sW) ∗ x + (sb + t)), while nothing stands between.
    fn absorb(&self, theta: &[F], after: &Affine<F>) -> Option<(Arc<dyn Layer<F>>, Vec<F>)> {
        if self.activation != Activation::None {
            return None;
        }
        let scale = &after.scale;
        let (w, b) = theta.split_at(self.kernel.weights());
        let mut folded: Vec<F> = w.chunks_exact(scale.len()).flat_map(|w| w.iter().zip(scale).map(|(w, s)| *w * *s)).collect();
        match self.bias {
            Bias::Learned => folded.extend(b.iter().zip(scale).zip(&after.shift).map(|((b, s), t)| *b * *s + *t)),
            Bias::Absent => folded.extend(&after.shift),
        }
        Some((Arc::new(Convolution { bias: Bias::Learned, activation: after.activation, ..*self }), folded))
    }
}
