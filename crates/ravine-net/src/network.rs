//! A network is a chain of layers with skips, and its weights are one flat slice.
//!
//! Value 0 is the input; node i writes value i + 1 and reads earlier ones. [`Tape`] holds all values of a shard while a network learns,
//! [`Room`] the few that are alive at once while it is only used. Neither allocates once it is made.

mod builder;
mod folding;
mod places;
mod reach;
mod room;
mod tape;

pub use builder::Builder;
pub use reach::Reach;
pub use room::Room;
pub use tape::{Kept, Tape};

use crate::aligned::Aligned;
use crate::engine::Activation;
use crate::layer::{Layer, Weights};
use crate::pieces;
use crate::shape::Shape;
use ravine_optim::number::Float;
use ravine_optim::random::{Random, Stream};
use ravine_optim::{Error, Layout, Result, vector};
use std::ops::Range;
use std::sync::Arc;

/// What makes the next value.
#[derive(Clone)]
pub enum Node<F: Float> {
    /// A layer of value `from`.
    Layer {
        /// The layer.
        layer: Arc<dyn Layer<F>>,
        /// The value that it reads.
        from: usize,
    },
    /// The sum of two values of one shape.
    Add(usize, usize),
    /// The first value less the second, of one shape.
    Subtract(usize, usize),
    /// The channels of two values, side by side.
    Concat(usize, usize),
}

/// Nodes in order, and where the numbers of each lie.
///
/// ```
/// use ravine_net::layer::{Convolution, Weights};
/// use ravine_net::{Network, Node, Shape, Tape};
/// let network = Network::<f32>::new(vec![Node::layer(Convolution::new(3, 1, 1)?, 0), Node::Subtract(0, 1)])?;
/// let theta = network.initial(7);
/// let weights = Weights { theta: &theta, prepared: &network.prepare(&theta) };
///
/// let mut tape = Tape::new(&network, Shape::new(2, 8, 8, 1))?;
/// tape.input().fill(1.0);
/// network.forward(weights, &mut tape);
/// let (y, dy) = tape.output();
/// dy.copy_from_slice(y); // the gradient of ½‖y‖²
/// let mut gradient = vec![0.0; theta.len()];
/// network.gradient(weights, &mut tape, &mut gradient);
/// assert!(gradient.iter().any(|g| *g != 0.0));
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub struct Network<F: Float> {
    nodes: Vec<Node<F>>,
    layout: Layout,
    statistics: Layout,
    places: Vec<Place>,
    last_reader: Vec<usize>,
    /// Nodes whose value is never made: the next node, an addition, makes it on the way into its own.
    joined: Vec<bool>,
    /// The activation of a node that the node that reads its value undoes on the way back.
    undone: Vec<Option<Activation>>,
}

/// Where the numbers of a node lie: in θ, in the running statistics, in what is prepared of θ.
#[derive(Default)]
struct Place {
    theta: Range<usize>,
    statistics: Range<usize>,
    prepared: Range<usize>,
}

impl<F: Float> Network<F> {
    /// The network of these nodes; the last one makes the output.
    ///
    /// # Errors
    /// There is no node, a node reads a value that is not there yet or one value twice, or a value other than the output is read by none.
    pub fn new(nodes: Vec<Node<F>>) -> Result<Self> {
        let last_reader = last_readers(&nodes)?;
        let (mut layout, mut statistics, mut places) = (Layout::default(), Layout::default(), Vec::<Place>::new());
        for (i, node) in nodes.iter().enumerate() {
            let (theta, observed) = (layout.len(), statistics.len());
            let prepared = places.last().map_or(0, |place| place.prepared.end);
            let mut end = prepared;
            if let Node::Layer { layer, .. } = node {
                layout = named(layout, i, layer.blocks());
                statistics = named(statistics, i, layer.statistics());
                end += layer.prepared();
            }
            places.push(Place { theta: theta..layout.len(), statistics: observed..statistics.len(), prepared: prepared..end });
        }
        let joined = (0..nodes.len()).map(|i| joins(&nodes, i)).collect();
        let undone = (0..nodes.len()).map(|i| undone(&nodes, i)).collect();
        Ok(Network { nodes, layout, statistics, places, last_reader, joined, undone })
    }

    /// Its nodes.
    pub fn nodes(&self) -> &[Node<F>] {
        &self.nodes
    }

    /// Which range of θ is what.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Which range of the running statistics is what. No rule touches them: [`observe`](Network::observe) moves them.
    pub fn statistics_layout(&self) -> &Layout {
        &self.statistics
    }

    /// θ before the first step.
    pub fn initial(&self, seed: u64) -> Vec<F> {
        let mut theta = vec![F::ZERO; self.layout.len()];
        for (i, layer) in self.layers() {
            layer.initialise(&mut Random::new(seed, Stream::Weights, i as u64), &mut theta[self.places[i].theta.clone()]);
        }
        theta
    }

    /// The running statistics before the first step.
    pub fn initial_statistics(&self) -> Vec<F> {
        let mut statistics = vec![F::ZERO; self.statistics.len()];
        for (i, layer) in self.layers() {
            layer.initialise_statistics(&mut statistics[self.places[i].statistics.clone()]);
        }
        statistics
    }

    /// The shape of every value for an input of shape `at`.
    ///
    /// # Errors
    /// A layer cannot take what it would read, or there is no number.
    pub fn shapes(&self, at: Shape) -> Result<Vec<Shape>> {
        if at.is_empty() {
            return Err(Error::Unsuited(format!("an input of shape {at} has no number")));
        }
        if let Ok(reach) = self.reach() {
            reach.check(at)?;
        }
        let mut shapes = vec![at];
        for node in &self.nodes {
            shapes.push(node.output(&shapes)?);
        }
        Ok(shapes)
    }

    /// What is made of θ once for all shards of a step, or for all tiles of a picture.
    pub fn prepare(&self, theta: &[F]) -> Aligned<F> {
        let mut prepared = Aligned::zeros(self.places.last().map_or(0, |place| place.prepared.end));
        self.prepare_into(theta, &mut prepared);
        prepared
    }

    /// [`prepare`](Network::prepare) into the room that an earlier call made.
    pub fn prepare_into(&self, theta: &[F], prepared: &mut [F]) {
        for (i, layer) in self.layers() {
            layer.prepare(&theta[self.places[i].theta.clone()], &mut prepared[self.places[i].prepared.clone()]);
        }
    }

    fn layers(&self) -> impl Iterator<Item = (usize, &Arc<dyn Layer<F>>)> {
        self.nodes.iter().enumerate().filter_map(|(i, node)| match node {
            Node::Layer { layer, .. } => Some((i, layer)),
            _ => None,
        })
    }

    /// The numbers of value v that are stored: none where nobody but the next node's own pass sees them.
    fn stored(&self, v: usize, shapes: &[Shape]) -> usize {
        if v > 0 && self.joined[v - 1] { 0 } else { shapes[v].len() }
    }

    /// y ← the value of node i; `value` gives those that it reads.
    fn evaluate<'v>(
        &self,
        i: usize,
        shapes: &[Shape],
        weights: Weights<'_, F>,
        value: impl Fn(usize) -> &'v [F],
        y: &mut [F],
        kept: &mut [F],
    ) {
        if self.joined[i] {
            return;
        }
        match (&self.nodes[i], self.nodes[..i].last()) {
            (Node::Add(a, b), Some(Node::Layer { layer, from })) if self.joined[i - 1] => {
                let skip = value(if *a == i { *b } else { *a });
                layer.forward_onto(shapes[*from], self.of(i - 1, weights), value(*from), skip, y);
            }
            (node, _) => node.evaluate(shapes, self.of(i, weights), value, y, kept),
        }
    }

    fn of<'a>(&self, node: usize, weights: Weights<'a, F>) -> Weights<'a, F> {
        let place = &self.places[node];
        Weights { theta: &weights.theta[place.theta.clone()], prepared: &weights.prepared[place.prepared.clone()] }
    }
}

impl<F: Float> Node<F> {
    /// `layer` of value `from`.
    pub fn layer(layer: impl Layer<F> + 'static, from: usize) -> Self {
        Node::Layer { layer: Arc::new(layer), from }
    }

    /// The values that it reads.
    fn reads(&self) -> impl Iterator<Item = usize> {
        let (a, b) = match *self {
            Node::Layer { from, .. } => (from, None),
            Node::Add(a, b) | Node::Subtract(a, b) | Node::Concat(a, b) => (a, Some(b)),
        };
        std::iter::once(a).chain(b)
    }

    /// How many numbers it keeps for the way back.
    fn kept(&self, shapes: &[Shape]) -> usize {
        match self {
            Node::Layer { layer, from } => layer.kept(shapes[*from]),
            _ => 0,
        }
    }

    fn output(&self, shapes: &[Shape]) -> Result<Shape> {
        match *self {
            Node::Layer { ref layer, from } => layer.output(shapes[from]),
            Node::Add(a, b) | Node::Subtract(a, b) if shapes[a] == shapes[b] => Ok(shapes[a]),
            Node::Add(a, b) | Node::Subtract(a, b) => {
                Err(Error::Unsuited(format!("values of shapes {} and {} cannot be added or subtracted", shapes[a], shapes[b])))
            }
            Node::Concat(a, b) if shapes[a].with_channels(0) == shapes[b].with_channels(0) => {
                Ok(shapes[a].with_channels(shapes[a].channels + shapes[b].channels))
            }
            Node::Concat(a, b) => {
                Err(Error::Unsuited(format!("the pixels of shapes {} and {} do not match", shapes[a], shapes[b])))
            }
        }
    }

    /// y ← the node's value; `value` gives those that it reads.
    fn evaluate<'v>(
        &self,
        shapes: &[Shape],
        weights: Weights<'_, F>,
        value: impl Fn(usize) -> &'v [F],
        y: &mut [F],
        kept: &mut [F],
    ) {
        match *self {
            Node::Layer { ref layer, from } => layer.forward(shapes[from], weights, value(from), y, kept),
            Node::Add(a, b) => vector::each_of_three(y, value(a), value(b), |_, a, b| a + b),
            Node::Subtract(a, b) => vector::each_of_three(y, value(a), value(b), |_, a, b| a - b),
            Node::Concat(a, b) => {
                let (m, n) = (shapes[a].channels, shapes[b].channels);
                pieces::each(y, m + n, value(a), m, |y, a| y[..m].copy_from_slice(a));
                pieces::each(y, m + n, value(b), n, |y, b| y[m..].copy_from_slice(b));
            }
        }
    }
}

/// Whether node i is a layer that can add a skip, and the next node does nothing but add one to its value, which nobody else reads.
fn joins<F: Float>(nodes: &[Node<F>], i: usize) -> bool {
    let made = i + 1;
    let readers = nodes.iter().flat_map(Node::reads).filter(|v| *v == made).count();
    match (&nodes[i], nodes.get(i + 1)) {
        (Node::Layer { layer, .. }, Some(Node::Add(a, b))) => (*a == made || *b == made) && readers == 1 && layer.takes_skip(),
        _ => false,
    }
}

/// The activation of node i, where only one layer reads its value, and that one bends back.
fn undone<F: Float>(nodes: &[Node<F>], i: usize) -> Option<Activation> {
    let Node::Layer { layer, .. } = &nodes[i] else { return None };
    let mut readers = nodes.iter().filter(|node| node.reads().any(|v| v == i + 1));
    match (readers.next(), readers.next()) {
        (Some(Node::Layer { layer: reader, .. }), None) if reader.bends_back() => layer.ends_with(),
        _ => None,
    }
}

fn named(layout: Layout, node: usize, blocks: Vec<(&'static str, Vec<usize>)>) -> Layout {
    blocks.into_iter().fold(layout, |layout, (name, shape)| layout.with(&format!("{node}.{name}"), &shape))
}

/// The last node that reads each value but the output.
fn last_readers<F: Float>(nodes: &[Node<F>]) -> Result<Vec<usize>> {
    if nodes.is_empty() {
        return Err(Error::Unsuited("a network needs a node".into()));
    }
    let mut last = vec![None; nodes.len()];
    for (i, node) in nodes.iter().enumerate() {
        for from in node.reads() {
            if last.get(from) == Some(&Some(i)) {
                return Err(Error::Unsuited(format!("node {i} reads value {from} twice: scale it instead")));
            }
            if from > i {
                return Err(Error::Unsuited(format!("node {i} reads value {from}, which is made only later")));
            }
            last[from] = Some(i);
        }
    }
    let unread = |v| Error::Unsuited(format!("value {v} is read by no node: leave out the node that makes it"));
    last.into_iter().enumerate().map(|(v, last)| last.ok_or_else(|| unread(v))).collect()
}
