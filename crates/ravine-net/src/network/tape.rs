//! Learning: all values of a shard, and the way back through them.

use super::places::Places;
use super::{Network, Node};
use crate::aligned::Aligned;
use crate::layer::{Backward, Weights};
use crate::pieces;
use crate::shape::Shape;
use ravine_optim::number::Float;
use ravine_optim::{Result, vector};

/// All values of a shard, what the layers keep, and room for the adjoints that are alive at once.
#[derive(Debug, Clone)]
pub struct Tape<F> {
    shapes: Vec<Shape>,
    values: Vec<Aligned<F>>,
    kept: Vec<Vec<F>>,
    adjoints: Places<F>,
}

/// What the layers kept of a shard.
#[derive(Debug, Clone, Default)]
pub struct Kept<F> {
    /// Of every value.
    pub(super) shapes: Vec<Shape>,
    /// By every node.
    pub(super) by: Vec<Vec<F>>,
}

impl<F: Float> Tape<F> {
    /// Room for an input of shape `at`. The input's own adjoint is not wanted.
    ///
    /// # Errors
    /// A layer cannot take what it would read.
    pub fn new(network: &Network<F>, at: Shape) -> Result<Self> {
        let shapes = network.shapes(at)?;
        let kept = network.nodes.iter().map(|node| vec![F::ZERO; node.kept(&shapes)]).collect();
        let values = (0..shapes.len()).map(|v| Aligned::zeros(network.stored(v, &shapes))).collect();
        Ok(Tape { adjoints: adjoints(network, &shapes), shapes, values, kept })
    }

    /// The input, to be written.
    pub fn input(&mut self) -> &mut [F] {
        &mut self.values[0]
    }

    /// The output, and its adjoint, to be written before the way back, which overwrites it.
    pub fn output(&mut self) -> (&[F], &mut [F]) {
        let last = self.values.len() - 1;
        let y = &self.values[last];
        (y, &mut self.adjoints.buffers[self.adjoints.of[last]][..y.len()])
    }

    /// What the layers kept of the last [`forward`](Network::forward).
    pub fn kept(&self) -> Kept<F> {
        Kept { shapes: self.shapes.clone(), by: self.kept.clone() }
    }

    /// The shape of the input.
    pub(crate) fn input_shape(&self) -> Shape {
        self.shapes[0]
    }

    /// The shape of the output.
    pub fn output_shape(&self) -> Shape {
        self.shapes[self.shapes.len() - 1]
    }
}

/// The way back goes from the last node to the first. The adjoint of value v is alive from the last reader of v to the node that made v; where
/// that reader hands its own on, they are one.
fn adjoints<F: Float>(network: &Network<F>, shapes: &[Shape]) -> Places<F> {
    let nodes = network.nodes.len();
    let born = |v: usize| nodes - network.last_reader.get(v).map_or(nodes, |i| *i);
    let mut same_as: Vec<usize> = (0..=nodes).collect();
    let mut ends: Vec<usize> = (0..=nodes).map(|v| nodes + 1 - v.max(1)).collect();
    for i in (0..nodes).rev() {
        for v in network.handed_on(i).into_iter().flatten() {
            let first = same_as[i + 1];
            same_as[v] = first;
            ends[first] = ends[first].max(ends[v]);
        }
    }
    let mut order: Vec<usize> = (1..=nodes).filter(|v| same_as[*v] == *v).collect();
    order.sort_by_key(|v| born(*v));
    let places = Places::new(order.iter().map(|v| (shapes[*v].len(), born(*v)..=ends[*v])));
    let mut of = vec![usize::MAX; nodes + 1];
    order.iter().zip(places.of).for_each(|(v, place)| of[*v] = place);
    let of = same_as.iter().map(|v| of[*v]).collect();
    Places { of, buffers: places.buffers }
}

impl<F: Float> Network<F> {
    /// The summands of node i whose adjoints start as that of the sum and take its place, where no later node reads them: the second one;
    /// the first one too, where the node before makes the second of something else, and is done with that adjoint before another adds to it.
    fn handed_on(&self, i: usize) -> [Option<usize>; 2] {
        let Node::Add(a, b) = self.nodes[i] else { return [None; 2] };
        let last = |v: &usize| *v > 0 && self.last_reader[*v] == i;
        let made_before = b == i && self.joined[i - 1] && self.nodes[i - 1].reads().all(|v| v != a);
        [Some(a).filter(|a| made_before && last(a)), Some(b).filter(last)]
    }

    /// All values from the input on.
    pub fn forward(&self, weights: Weights<'_, F>, tape: &mut Tape<F>) {
        for i in 0..self.nodes.len() {
            let (before, after) = tape.values.split_at_mut(i + 1);
            self.evaluate(i, &tape.shapes, weights, |v| &before[v], &mut after[0], &mut tape.kept[i]);
        }
    }

    /// dθ ← the adjoint of the derivative at the values of the last [`forward`](Network::forward), applied to the output's adjoint.
    pub fn gradient(&self, weights: Weights<'_, F>, tape: &mut Tape<F>, dtheta: &mut [F]) {
        for (i, node) in self.nodes.iter().enumerate().rev() {
            let mut dy = tape.adjoints.take(i + 1);
            match *node {
                Node::Layer { ref layer, from } => {
                    let mut dx = (from > 0).then(|| tape.adjoints.take(from));
                    let (x, y, kept) = (&tape.values[from], &tape.values[i + 1], &tape.kept[i]);
                    let dtheta = &mut dtheta[self.places[i].theta.clone()];
                    dtheta.fill(F::ZERO);
                    let dx_of_x = dx.as_mut().map(|dx| &mut dx[..x.len()]);
                    let dy = &mut dy[..tape.shapes[i + 1].len()];
                    let (fresh, bent) = (self.last_reader[from] == i, self.undone[i].is_some());
                    let behind = from.checked_sub(1).and_then(|maker| self.undone[maker]);
                    let way = Backward { x, y, kept, dy, bent, dx: dx_of_x, fresh, behind, dtheta };
                    layer.add_adjoint(tape.shapes[from], self.of(i, weights), way);
                    dx.into_iter().for_each(|dx| tape.adjoints.put(from, dx));
                }
                Node::Add(a, b) => {
                    let handed_on = self.handed_on(i);
                    for v in [a, b].into_iter().filter(|v| !handed_on.contains(&Some(*v))) {
                        self.pass(i, v, 0, tape, &dy, |dx, dy| dx + dy);
                    }
                }
                Node::Subtract(a, b) => {
                    self.pass(i, a, 0, tape, &dy, |dx, dy| dx + dy);
                    self.pass(i, b, 0, tape, &dy, |dx, dy| dx - dy);
                }
                Node::Concat(a, b) => {
                    self.pass(i, a, 0, tape, &dy, |dx, dy| dx + dy);
                    self.pass(i, b, tape.shapes[a].channels, tape, &dy, |dx, dy| dx + dy);
                }
            }
            tape.adjoints.put(i + 1, dy);
        }
    }

    /// Passes the channels of dy from `first` on to the adjoint of value `from`. At its last reader, which comes first on the way back,
    /// nobody has added to that; the input's own is wanted by nobody.
    fn pass(&self, i: usize, from: usize, first: usize, tape: &mut Tape<F>, dy: &[F], add: impl Fn(F::L, F::L) -> F::L + Sync) {
        if from == 0 {
            return;
        }
        let mut dx = tape.adjoints.take(from);
        let (x, y) = (tape.shapes[from], tape.shapes[i + 1]);
        let (used, dy) = (&mut dx[..x.len()], &dy[..y.len()]);
        let fresh = self.last_reader[from] == i;
        let sum = |dx: F::L, dy: F::L| add(if fresh { F::ZERO.up() } else { dx }, dy);
        if x == y {
            vector::each(used, dy, sum);
        } else {
            pieces::each(used, x.channels, dy, y.channels, |dx, dy| {
                dx.iter_mut().zip(&dy[first..]).for_each(|(dx, dy)| *dx = F::down(sum(dx.up(), dy.up())));
            });
        }
        tape.adjoints.put(from, dx);
    }
}
