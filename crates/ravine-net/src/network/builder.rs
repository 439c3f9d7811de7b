//! Writing a network down: each call makes a node and gives the value that it writes.

use super::{Network, Node};
use crate::engine::Element;
use crate::layer::convolution::Bias;
use crate::layer::{Convolution, Layer, PixelShuffle, PixelUnshuffle};
use ravine_optim::Result;

/// Nodes so far.
///
/// ```
/// use ravine_net::engine::Activation;
/// use ravine_net::layer::Convolution;
/// use ravine_net::network::Builder;
/// let mut net = Builder::<f32>::default();
/// let features = net.layer(Builder::<f32>::INPUT, Convolution::new(3, 1, 8)?.then(Activation::Relu)?);
/// let noise = net.layer(features, Convolution::new(3, 8, 1)?);
/// net.subtract(Builder::<f32>::INPUT, noise);
/// assert_eq!(net.network()?.layout().len(), 9 * 8 + 8 + 8 * 9 + 1);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub struct Builder<F: Element> {
    nodes: Vec<Node<F>>,
}

impl<F: Element> Default for Builder<F> {
    fn default() -> Self {
        Builder { nodes: Vec::new() }
    }
}

impl<F: Element> Builder<F> {
    /// The input's value.
    pub const INPUT: usize = 0;

    /// `layer` of a value.
    pub fn layer(&mut self, from: usize, layer: impl Layer<F> + 'static) -> usize {
        self.node(Node::layer(layer, from))
    }

    /// a + b
    pub fn add(&mut self, a: usize, b: usize) -> usize {
        self.node(Node::Add(a, b))
    }

    /// a − b
    pub fn subtract(&mut self, a: usize, b: usize) -> usize {
        self.node(Node::Subtract(a, b))
    }

    /// The channels of a, then those of b.
    pub fn concat(&mut self, a: usize, b: usize) -> usize {
        self.node(Node::Concat(a, b))
    }

    /// A 2 × 2 convolution of stride 2, which halves height and width: 2 × 2 pixels become one of four times the channels, and a 1 × 1
    /// convolution takes these. It is the same sum, with the same weights in the same order `[row][column][in][out]`.
    ///
    /// # Errors
    /// There are no channels.
    pub fn strided(&mut self, from: usize, inputs: usize, outputs: usize, bias: Bias) -> Result<usize> {
        let coarse = self.layer(from, PixelUnshuffle::new(2)?);
        Ok(self.layer(coarse, Convolution::new(1, 4 * inputs, outputs)?.with(bias)))
    }

    /// A transposed 2 × 2 convolution of stride 2, which doubles height and width: a 1 × 1 convolution makes four times the channels,
    /// which become 2 × 2 pixels. It is the same sum, with weights `[in][row][column][out]`; a bias there may differ among the four pixels.
    ///
    /// # Errors
    /// There are no channels.
    pub fn transposed(&mut self, from: usize, inputs: usize, outputs: usize, bias: Bias) -> Result<usize> {
        let coarse = self.layer(from, Convolution::new(1, inputs, 4 * outputs)?.with(bias));
        Ok(self.layer(coarse, PixelShuffle::new(2)?))
    }

    /// The network, whose output is the value made last.
    ///
    /// # Errors
    /// See [`Network::new`].
    pub fn network(self) -> Result<Network<F>> {
        Network::new(self.nodes)
    }

    fn node(&mut self, node: Node<F>) -> usize {
        self.nodes.push(node);
        self.nodes.len()
    }
}
