//! How the fused iteration stores its five planes: row by row, so that a band of rows is one slice.
//!
//! Row y holds, for each channel, one *line* for each of ū, u, p_x, p_y, f. A line has one number before its first pixel and at
//! least one after its last: p_x of column −1 is 0, and u and ū of column W are those of column W−1, so that the borders need no case of their
//! own. Wide lines are an odd number of cache lines long: rows of a power of two would all meet in the same sets of the cache.

use crate::grid::Grid;
use crate::image::Image;

/// The first pixel's place in a line.
pub(super) const LEAD: usize = 1;
/// Numbers in a cache line.
const CACHE_LINE: usize = 16;
/// Lines of a channel in a row.
pub(super) const LINES: usize = 5;

/// The lines of one channel of one row, by their place.
pub(super) mod line {
    /// ū
    pub(in super::super) const BAR: usize = 0;
    /// u
    pub(in super::super) const U: usize = 1;
    /// p_x
    pub(in super::super) const PX: usize = 2;
    /// p_y
    pub(in super::super) const PY: usize = 3;
    /// f
    pub(in super::super) const F: usize = 4;
}

/// The lengths of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Channels.
    pub(super) channels: usize,
    /// Rows.
    pub(super) height: usize,
    /// Columns.
    pub(super) width: usize,
    /// Numbers from a line to the next.
    pub(super) pitch: usize,
}

impl Shape {
    /// Of a picture.
    pub(super) fn new(grid: Grid) -> Shape {
        let needed = grid.width + 2;
        let pitch = if needed < 8 * CACHE_LINE { needed } else { (needed.div_ceil(CACHE_LINE) | 1) * CACHE_LINE };
        Shape { channels: grid.channels, height: grid.height, width: grid.width, pitch }
    }

    /// Numbers in a row.
    pub(super) fn row(&self) -> usize {
        self.channels * LINES * self.pitch
    }

    /// Where the line of a channel begins in its row.
    #[inline(always)]
    pub(super) fn line(&self, channel: usize, line: usize) -> usize {
        (channel * LINES + line) * self.pitch
    }
}

/// All rows.
pub(super) struct Rows {
    shape: Shape,
    start: usize,
    numbers: Vec<f32>,
}

impl Rows {
    /// u = ū = f, p = 0.
    pub(super) fn new(f: &Image) -> Rows {
        let shape = Shape::new(f.grid());
        let numbers = vec![0.0f32; shape.height * shape.row() + CACHE_LINE];
        // The first pixel of a line at the head of a cache line.
        let start = numbers[LEAD..].as_ptr().align_offset(CACHE_LINE * size_of::<f32>()).min(CACHE_LINE - 1);
        let mut rows = Rows { shape, start, numbers };
        for c in 0..shape.channels {
            for (y, from) in f.plane(c).chunks_exact(shape.width).enumerate() {
                for k in [line::BAR, line::U, line::F] {
                    let to = &mut rows.all_mut()[y * shape.row() + shape.line(c, k)..][LEAD..];
                    to[..shape.width].copy_from_slice(from);
                    to[shape.width] = from[shape.width - 1];
                }
            }
        }
        rows
    }

    /// The lengths.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// The rows, one after another.
    pub(super) fn all(&self) -> &[f32] {
        &self.numbers[self.start..][..self.shape.height * self.shape.row()]
    }

    /// The rows, to write.
    pub(super) fn all_mut(&mut self) -> &mut [f32] {
        &mut self.numbers[self.start..][..self.shape.height * self.shape.row()]
    }

    /// Line `k` of channel `c`, of all rows, into a plane.
    pub(super) fn copy_plane(&self, c: usize, k: usize, plane: &mut [f32]) {
        for (to, row) in plane.chunks_exact_mut(self.shape.width).zip(self.all().chunks_exact(self.shape.row())) {
            to.copy_from_slice(&row[self.shape.line(c, k) + LEAD..][..self.shape.width]);
        }
    }
}
