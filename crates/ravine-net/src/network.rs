//! A network is a chain of layers with skips, and its weights are one flat slice.
//!
//! Value 0 is the input; node i writes value i + 1 and reads earlier ones. A [`Tape`] holds all of them for one shard, so that a step
//! allocates nothing.

use crate::layer::{Backward, Layer, Weights};
use crate::shape::Shape;
use ravine_optim::number::Float;
use ravine_optim::random::{Random, Stream};
use ravine_optim::{Error, Layout, Result};
use std::ops::Range;

/// What makes the next value.
pub enum Node<F: Float> {
    /// A layer of value `from`.
    Layer {
        /// The layer.
        layer: Box<dyn Layer<F>>,
        /// The value that it reads.
        from: usize,
    },
    /// The sum of two values of one shape.
    Add(usize, usize),
    /// The channels of two values, side by side.
    Concat(usize, usize),
}

/// Nodes in order, and where the weights of each lie.
pub struct Network<F: Float> {
    nodes: Vec<Node<F>>,
    layout: Layout,
    theta: Vec<Range<usize>>,
    prepared: Vec<Range<usize>>,
}

/// All values of a shard, their adjoints, and what the layers keep.
#[derive(Debug, Clone)]
pub struct Tape<F> {
    shapes: Vec<Shape>,
    values: Vec<Vec<F>>,
    adjoints: Vec<Vec<F>>,
    kept: Vec<Vec<F>>,
}

impl<F: Float> Network<F> {
    /// The network of these nodes.
    ///
    /// # Errors
    /// A node reads a value that is not there yet.
    pub fn new(nodes: Vec<Node<F>>) -> Result<Self> {
        let (mut layout, mut theta, mut prepared) = (Layout::default(), Vec::new(), Vec::new());
        let mut end = 0;
        for (i, node) in nodes.iter().enumerate() {
            if let Some(missing) = node.reads().into_iter().flatten().find(|v| *v > i) {
                return Err(Error::Unsuited(format!("node {i} reads value {missing}, which is made only later")));
            }
            let first = layout.len();
            if let Node::Layer { layer, .. } = node {
                for (name, shape) in layer.blocks() {
                    layout = layout.with(&format!("{i}.{name}"), &shape);
                }
                end += layer.prepared();
            }
            theta.push(first..layout.len());
            prepared.push(prepared.last().map_or(0, |r: &Range<usize>| r.end)..end);
        }
        Ok(Network { nodes, layout, theta, prepared })
    }

    /// Its nodes.
    pub fn nodes(&self) -> &[Node<F>] {
        &self.nodes
    }

    /// Which range of θ is what.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// θ before the first step.
    pub fn initial(&self, seed: u64) -> Vec<F> {
        let mut theta = vec![F::ZERO; self.layout.len()];
        for (i, node) in self.nodes.iter().enumerate() {
            if let Node::Layer { layer, .. } = node {
                layer.initialise(&mut Random::new(seed, Stream::Weights, i as u64), &mut theta[self.theta[i].clone()]);
            }
        }
        theta
    }

    /// The shape of every value for an input of shape `at`.
    ///
    /// # Errors
    /// A layer cannot take what it would read.
    pub fn shapes(&self, at: Shape) -> Result<Vec<Shape>> {
        let mut shapes = vec![at];
        for node in &self.nodes {
            shapes.push(node.output(&shapes)?);
        }
        Ok(shapes)
    }

    /// What is made of θ once for all shards of a step.
    pub fn prepare(&self, theta: &[F]) -> Vec<F> {
        let mut prepared = vec![F::ZERO; self.prepared.last().map_or(0, |r| r.end)];
        for (i, node) in self.nodes.iter().enumerate() {
            if let Node::Layer { layer, .. } = node {
                layer.prepare(&theta[self.theta[i].clone()], &mut prepared[self.prepared[i].clone()]);
            }
        }
        prepared
    }

    /// All values from the input on.
    pub fn forward(&self, weights: Weights<'_, F>, tape: &mut Tape<F>) {
        for (i, node) in self.nodes.iter().enumerate() {
            let (before, after) = tape.values.split_at_mut(i + 1);
            let y = after[0].as_mut_slice();
            match node {
                Node::Layer { layer, from } => {
                    layer.forward(tape.shapes[*from], self.of(i, weights), &before[*from], y, &mut tape.kept[i]);
                }
                Node::Add(a, b) => y.iter_mut().zip(before[*a].iter().zip(&before[*b])).for_each(|(y, (a, b))| *y = *a + *b),
                Node::Concat(a, b) => {
                    let (m, n) = (tape.shapes[*a].channels, tape.shapes[*b].channels);
                    for ((y, a), b) in y.chunks_exact_mut(m + n).zip(before[*a].chunks_exact(m)).zip(before[*b].chunks_exact(n)) {
                        y[..m].copy_from_slice(a);
                        y[m..].copy_from_slice(b);
                    }
                }
            }
        }
    }

    /// dθ += the adjoint of the derivative at the values of the last [`forward`](Network::forward), applied to the output's adjoint.
    /// The adjoints of all other values are made here.
    pub fn add_gradient(&self, weights: Weights<'_, F>, tape: &mut Tape<F>, dtheta: &mut [F]) {
        let last = self.nodes.len();
        tape.adjoints[..last].iter_mut().for_each(|adjoint| adjoint.fill(F::ZERO));
        for (i, node) in self.nodes.iter().enumerate().rev() {
            let (before, after) = tape.adjoints.split_at_mut(i + 1);
            let dy = after[0].as_mut_slice();
            match node {
                Node::Layer { layer, from } => {
                    let dx = Some(before[*from].as_mut_slice()).filter(|dx| !dx.is_empty());
                    let (x, y, kept) = (&tape.values[*from], &tape.values[i + 1], &tape.kept[i]);
                    let way = Backward { x, y, kept, dy, dx, dtheta: &mut dtheta[self.theta[i].clone()] };
                    layer.add_adjoint(tape.shapes[*from], self.of(i, weights), way);
                }
                Node::Add(a, b) => {
                    for from in [*a, *b] {
                        before[from].iter_mut().zip(dy.iter()).for_each(|(dx, dy)| *dx += *dy);
                    }
                }
                Node::Concat(a, b) => {
                    let (m, n) = (tape.shapes[*a].channels, tape.shapes[*b].channels);
                    for (from, width, offset) in [(*a, m, 0), (*b, n, m)] {
                        for (dx, dy) in before[from].chunks_exact_mut(width).zip(dy.chunks_exact(m + n)) {
                            dx.iter_mut().zip(&dy[offset..]).for_each(|(dx, dy)| *dx += *dy);
                        }
                    }
                }
            }
        }
    }

    fn of<'a>(&self, node: usize, weights: Weights<'a, F>) -> Weights<'a, F> {
        Weights { theta: &weights.theta[self.theta[node].clone()], prepared: &weights.prepared[self.prepared[node].clone()] }
    }
}

impl<F: Float> Node<F> {
    fn reads(&self) -> [Option<usize>; 2] {
        match self {
            Node::Layer { from, .. } => [Some(*from), None],
            Node::Add(a, b) | Node::Concat(a, b) => [Some(*a), Some(*b)],
        }
    }

    fn output(&self, shapes: &[Shape]) -> Result<Shape> {
        match self {
            Node::Layer { layer, from } => layer.output(shapes[*from]),
            Node::Add(a, b) if shapes[*a] == shapes[*b] => Ok(shapes[*a]),
            Node::Add(a, b) => Err(Error::Unsuited(format!("values of shapes {} and {} cannot be added", shapes[*a], shapes[*b]))),
            Node::Concat(a, b) if shapes[*a].with_channels(0) == shapes[*b].with_channels(0) => {
                Ok(shapes[*a].with_channels(shapes[*a].channels + shapes[*b].channels))
            }
            Node::Concat(a, b) => {
                Err(Error::Unsuited(format!("the pixels of shapes {} and {} do not match", shapes[*a], shapes[*b])))
            }
        }
    }
}

impl<F: Float> Tape<F> {
    /// Room for an input of shape `at`. The input's own adjoint is not wanted.
    ///
    /// # Errors
    /// A layer cannot take what it would read.
    pub fn new(network: &Network<F>, at: Shape) -> Result<Self> {
        let shapes = network.shapes(at)?;
        let values: Vec<Vec<F>> = shapes.iter().map(|s| vec![F::ZERO; s.len()]).collect();
        let mut adjoints = values.clone();
        adjoints[0] = Vec::new();
        let kept = network.nodes.iter().map(|node| match node {
            Node::Layer { layer, from } => vec![F::ZERO; layer.kept(shapes[*from])],
            _ => Vec::new(),
        });
        let kept = kept.collect();
        Ok(Tape { shapes, values, adjoints, kept })
    }

    /// The input, to be written.
    pub fn input(&mut self) -> &mut [F] {
        &mut self.values[0]
    }

    /// The output, and its adjoint, to be written before the way back.
    pub fn output(&mut self) -> (&[F], &mut [F]) {
        let last = self.values.len() - 1;
        (&self.values[last], &mut self.adjoints[last])
    }
}
