//! What a pixel of the output sees of the input: what tiles must overlap by, and where they may begin.

use super::{Network, Node};
use crate::shape::Shape;
use ravine_optim::number::Float;
use ravine_optim::{Error, Result};

/// How a network is run on a picture piece by piece, with the same result.
///
/// A tile of the output needs `halo` more pixels of the input on each side that is not the picture's own edge. Tiles of the input
/// begin at multiples of `multiple` and have sides that are multiples of it.
///
/// The numbers are the same up to rounding: blocks of a fast convolution lie elsewhere in a tile than in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The receptive field's radius, in pixels of the input.
    pub halo: usize,
    /// The least common multiple of how many pixels of the input, along an axis, a pixel of each value is wide.
    pub multiple: usize,
}

impl Reach {
    /// Whether the sides of an input of shape `at` are multiples of [`multiple`](Reach::multiple).
    ///
    /// # Errors
    /// They are not.
    pub fn check(&self, at: Shape) -> Result<()> {
        let [height, width] = [at.height, at.width].map(|side| side.next_multiple_of(self.multiple));
        if (height, width) == (at.height, at.width) {
            return Ok(());
        }
        Err(Error::Unsuited(format!(
            "the network merges pixels and needs sides that are multiples of {}: extend {} × {} pixels to {height} × {width}",
            self.multiple, at.height, at.width
        )))
    }
}

impl<F: Float> Network<F> {
    /// The network's reach.
    ///
    /// With values whose pixels are s pixels of the input wide and see R more on each side: a neighbourhood of radius r leads to
    /// R + rs, merging m pixels to one to ms and R, splitting one into m to s/m and R + s − s/m (the farthest part of a pixel sees as
    /// far as the whole one).
    ///
    /// # Errors
    /// The pixels of the output are not those of the input, or values whose pixels have different sizes meet.
    pub fn reach(&self) -> Result<Reach> {
        let mut values = vec![(1, 0)]; // (s, R)
        let mut multiple = 1;
        for node in &self.nodes {
            let next = match *node {
                Node::Layer { ref layer, from } => {
                    let (window, (s, radius)) = (layer.window(), values[from]);
                    let coarse = s * window.merges;
                    if !coarse.is_multiple_of(window.splits) {
                        return Err(Error::Unsuited("a value is finer than the input: such a network cannot run in tiles".into()));
                    }
                    let fine = coarse / window.splits;
                    (fine, radius + s * window.radius + coarse - fine)
                }
                Node::Add(a, b) | Node::Subtract(a, b) | Node::Concat(a, b) => {
                    let ((s, radius), (other, beside)) = (values[a], values[b]);
                    if s != other {
                        return Err(Error::Unsuited(format!(
                            "pixels that are {s} and {other} pixels of the input wide cannot meet"
                        )));
                    }
                    (s, radius.max(beside))
                }
            };
            multiple *= next.0 / greatest_common_divisor(multiple, next.0);
            values.push(next);
        }
        let (s, halo) = values[values.len() - 1];
        if s != 1 {
            return Err(Error::Unsuited(format!("a pixel of the output is {s} pixels of the input wide, not 1")));
        }
        Ok(Reach { halo, multiple })
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
