//! The shape of what flows through a network.

use std::fmt;

/// Images × height × width × channels, stored densely in this order: the channels of a pixel lie side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Pictures that share nothing but the weights.
    pub images: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Numbers at a pixel.
    pub channels: usize,
}

impl Shape {
    /// N × H × W × C
    pub fn new(images: usize, height: usize, width: usize, channels: usize) -> Self {
        Shape { images, height, width, channels }
    }

    /// Numbers in all.
    pub fn len(&self) -> usize {
        self.pixels() * self.channels
    }

    /// Whether there is no number.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Pixels of all images.
    pub fn pixels(&self) -> usize {
        self.images * self.height * self.width
    }

    /// The same pixels with `channels` numbers each.
    pub fn with_channels(self, channels: usize) -> Self {
        Shape { channels, ..self }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {} × {} × {}", self.images, self.height, self.width, self.channels)
    }
}
