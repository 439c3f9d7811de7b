//! The eight flips and rotations of a square.

use ravine_image::{Grid, Image};
use ravine_optim::Random;

/// A symmetry of the square: rows and columns are exchanged or not, then each is reversed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Orientation {
    exchanged: bool,
    upside_down: bool,
    mirrored: bool,
}

impl Orientation {
    /// One of the eight.
    pub(super) fn draw(random: &mut Random) -> Self {
        let k = random.below(8);
        Orientation { exchanged: k & 1 != 0, upside_down: k & 2 != 0, mirrored: k & 4 != 0 }
    }

    /// The square of side `size` seen so, where `value` of (channel, row, column) is the square upright.
    pub(super) fn seen(self, channels: usize, size: usize, value: impl Fn(usize, usize, usize) -> f32) -> Image {
        let turn = |reversed: bool, k: usize| if reversed { size - 1 - k } else { k };
        Image::from_fn(Grid::new(channels, size, size), |c, y, x| {
            let (y, x) = (turn(self.upside_down, y), turn(self.mirrored, x));
            if self.exchanged { value(c, x, y) } else { value(c, y, x) }
        })
    }
}
