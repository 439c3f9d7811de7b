//! Using a network: values live only until their last reader has read them, and there are no adjoints.

use super::Network;
use super::places::Places;
use crate::layer::Weights;
use crate::shape::Shape;
use ravine_optim::number::Float;
use ravine_optim::{Error, Result};

/// Room for one input at a time.
#[derive(Debug, Clone)]
pub struct Room<F> {
    shapes: Vec<Shape>,
    places: Places<F>,
    kept: Vec<F>,
}

impl<F: Float> Room<F> {
    /// For an input of shape `at`.
    ///
    /// # Errors
    /// A layer cannot take what it would read.
    pub fn new(network: &Network<F>, at: Shape) -> Result<Self> {
        let shapes = network.shapes(at)?;
        // Value v is written at time v, and read by node i at time i + 1, or at i + 2 where the next node makes its value. The output is
        // never free.
        let last = network.last_reader.iter().map(|i| i + 1 + usize::from(network.joined[*i])).chain([usize::MAX]);
        let life = |(v, last)| match network.stored(v, &shapes) {
            0 => (0, v..=v),
            len => (len, v..=last),
        };
        let places = Places::new(last.enumerate().map(life));
        let kept = vec![F::ZERO; network.nodes.iter().map(|node| node.kept(&shapes)).max().unwrap_or(0)];
        Ok(Room { shapes, places, kept })
    }

    /// The input, to be written before each run, which may overwrite it.
    pub fn input(&mut self) -> &mut [F] {
        &mut self.places.buffers[self.places.of[0]][..self.shapes[0].len()]
    }

    /// The output of the last run.
    pub fn output(&self) -> &[F] {
        self.value(self.shapes.len() - 1)
    }

    /// The shape of the output.
    pub fn output_shape(&self) -> Shape {
        self.shapes[self.shapes.len() - 1]
    }

    fn value(&self, v: usize) -> &[F] {
        &self.places.buffers[self.places.of[v]][..self.shapes[v].len()]
    }
}

impl<F: Float> Network<F> {
    /// The output of the room's input. Batches must not be normalised by themselves here: this is for [`folded`](Network::folded) networks.
    pub fn run(&self, weights: Weights<'_, F>, room: &mut Room<F>) {
        for (i, node) in self.nodes.iter().enumerate() {
            let mut y = room.places.take(i + 1);
            let mut kept = std::mem::take(&mut room.kept);
            let len = self.stored(i + 1, &room.shapes);
            let keeps = node.kept(&room.shapes);
            self.evaluate(i, &room.shapes, weights, |v| room.value(v), &mut y[..len], &mut kept[..keeps]);
            room.kept = kept;
            room.places.put(i + 1, y);
        }
    }

    /// The output for an input of shape `at`, by itself: [`run`](Network::run) where there is one input.
    ///
    /// # Errors
    /// A layer cannot take what it would read, or θ or the input has another length.
    pub fn infer(&self, theta: &[F], at: Shape, input: &[F]) -> Result<Vec<F>> {
        let check =
            |what: &str, got, wanted| if got == wanted { Ok(()) } else { Err(Error::Length { what: what.into(), got, wanted }) };
        check("θ", theta.len(), self.layout().len())?;
        check("the input", input.len(), at.len())?;
        let mut room = Room::new(self, at)?;
        room.input().copy_from_slice(input);
        self.run(Weights { theta, prepared: &self.prepare(theta) }, &mut room);
        Ok(room.output().to_vec())
    }
}
