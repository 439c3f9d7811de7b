//! What a tile of the output sees of the input: what tiles must overlap by, and where they may begin.

use super::{Network, Node};
use crate::layer::Window;
use crate::shape::Shape;
use ravine_optim::number::Float;
use ravine_optim::{Error, Result};

/// How a network is run on a picture tile by tile, with the same result.
///
/// Tiles begin at multiples of `multiple` and have sides that are multiples of it; what is run is a tile with `halo` more pixels on each side
/// that is not the picture's own edge.
///
/// The numbers are the same up to rounding: blocks of a fast convolution lie elsewhere in a tile than in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// How far beyond a tile its output sees, in pixels of the input: a multiple of `multiple`.
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
    /// The network's reach: backwards from a tile of the output, a neighbourhood of radius r needs r pixels more of what it reads, and a
    /// pixel that was split is needed whole.
    ///
    /// # Errors
    /// The pixels of the output are not those of the input, or values whose pixels have different sizes meet.
    pub fn reach(&self) -> Result<Reach> {
        let pixels = self.pixel_widths()?;
        let multiple = pixels.iter().fold(1, |m, s| m * s / greatest_common_divisor(m, *s));
        let mut seen = vec![0usize; pixels.len()];
        for (i, node) in self.nodes.iter().enumerate().rev() {
            let radius = node.window().radius;
            for from in node.reads() {
                let s = pixels[from];
                seen[from] = seen[from].max(seen[i + 1].next_multiple_of(s) + radius * s);
            }
        }
        Ok(Reach { halo: seen[0].next_multiple_of(multiple), multiple })
    }

    /// How many pixels of the input, along an axis, a pixel of each value is wide.
    fn pixel_widths(&self) -> Result<Vec<usize>> {
        let mut pixels = vec![1];
        for node in &self.nodes {
            let mut read = node.reads().map(|v| pixels[v]);
            let s = read.next().unwrap_or(1);
            if let Some(other) = read.find(|other| *other != s) {
                return Err(Error::Unsuited(format!("pixels that are {s} and {other} pixels of the input wide cannot meet")));
            }
            let window = node.window();
            let merged = s * window.merges;
            if !merged.is_multiple_of(window.splits) {
                return Err(Error::Unsuited("a value is finer than the input: such a network cannot run in tiles".into()));
            }
            pixels.push(merged / window.splits);
        }
        match pixels[self.nodes.len()] {
            1 => Ok(pixels),
            s => Err(Error::Unsuited(format!("a pixel of the output is {s} pixels of the input wide, not 1"))),
        }
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

impl<F: Float> Node<F> {
    fn window(&self) -> Window {
        match self {
            Node::Layer { layer, .. } => layer.window(),
            _ => Window::PIXEL,
        }
    }
}
