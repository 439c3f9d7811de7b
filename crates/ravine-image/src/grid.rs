//! Which index is which pixel.

/// The shape of a planar picture: channel, row, column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Grid {
    /// Planes: 1 grey, 3 colour.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Grid {
    /// C × H × W
    pub fn new(channels: usize, height: usize, width: usize) -> Self {
        Grid { channels, height, width }
    }

    /// Numbers in all: C·H·W.
    pub fn len(&self) -> usize {
        self.channels * self.plane()
    }

    /// Whether it has no pixel.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers in a plane: H·W.
    pub fn plane(&self) -> usize {
        self.height * self.width
    }

    /// Where a pixel's channel lies in the flat vector.
    ///
    /// ```
    /// let grid = ravine_image::Grid::new(3, 4, 5);
    /// assert_eq!(grid.index(2, 1, 3), 2 * 20 + 1 * 5 + 3);
    /// ```
    pub fn index(&self, channel: usize, row: usize, column: usize) -> usize {
        (channel * self.height + row) * self.width + column
    }

    /// The same picture with one plane.
    pub fn grey(&self) -> Grid {
        Grid { channels: 1, ..*self }
    }
}
