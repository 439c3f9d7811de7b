//! What tiles read and write: square patches of a dense value, zero outside of the picture.

use super::lanes::{PANEL, padded};
use super::tile::{Panel, SIDE};
use crate::shape::Shape;
use std::ops::Range;

/// The tiles of 4 × 4 pixels of every image of a value, image by image, row by row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiles {
    /// Of the value.
    pub(super) at: Shape,
    across: usize,
    down: usize,
}

/// A tile: its image and its first pixel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tile {
    image: usize,
    y: usize,
    x: usize,
}

impl Tiles {
    /// Of a value of shape `at`.
    pub(super) fn new(at: Shape) -> Self {
        Tiles { at, across: at.width.div_ceil(SIDE), down: at.height.div_ceil(SIDE) }
    }

    /// Tiles in a row.
    pub(super) fn across(&self) -> usize {
        self.across
    }

    /// The index of the first pixel of the tile of that index.
    pub(super) fn first_pixel(&self, index: usize) -> usize {
        let tile = self.tile(index);
        (tile.image * self.at.height + tile.y) * self.at.width + tile.x
    }

    /// Tiles in all.
    pub(super) fn len(&self) -> usize {
        self.at.images * self.down * self.across
    }

    /// The tile of that index.
    #[inline(always)]
    pub(super) fn tile(&self, index: usize) -> Tile {
        let (row, x) = (index / self.across, index % self.across);
        Tile { image: row / self.down, y: row % self.down * SIDE, x: x * SIDE }
    }

    /// The patch of N × N pixels that starts `reach` pixels up and left of the tile; `room` is used where it is not all inside.
    #[inline(always)]
    pub(super) fn patch<'a, const N: usize>(&self, tile: Tile, reach: usize, x: &'a [f32], room: &'a mut [Panel]) -> Patch<'a, N> {
        let Shape { height, width, channels, .. } = self.at;
        let (ys, xs) = (inside::<N>(tile.y, reach, height), inside::<N>(tile.x, reach, width));
        let first = |i: usize| ((tile.image * height + tile.y + i - reach) * width + tile.x + xs.start - reach) * channels;
        if ys.len() == N && xs.len() == N && channels.is_multiple_of(PANEL) {
            let mut rows = [&[][..]; N];
            for (i, row) in rows.iter_mut().enumerate() {
                *row = x[first(i)..][..N * channels].as_chunks().0;
            }
            return Patch { rows, pitch: channels / PANEL };
        }
        let pitch = padded(channels) / PANEL;
        let room = &mut room[..N * N * pitch];
        for (i, row) in room.chunks_exact_mut(N * pitch).enumerate() {
            if !ys.contains(&i) {
                row.fill([0.0; PANEL]);
                continue;
            }
            row[..xs.start * pitch].fill([0.0; PANEL]);
            row[xs.end * pitch..].fill([0.0; PANEL]);
            let from = &x[first(i)..][..xs.len() * channels];
            let to = row[xs.start * pitch..xs.end * pitch].as_flattened_mut();
            if from.len() == to.len() {
                to.copy_from_slice(from);
                continue;
            }
            for (from, to) in from.chunks_exact(channels).zip(to.chunks_exact_mut(pitch * PANEL)) {
                to[..channels].copy_from_slice(from);
                to[channels..].fill(0.0);
            }
        }
        let room = &*room;
        let mut rows = [room; N];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = &room[i * N * pitch..][..N * pitch];
        }
        Patch { rows, pitch }
    }

    /// The index of the pixel in row `i` and column `j` of the tile, if there is one.
    #[inline(always)]
    pub(super) fn pixel(&self, tile: Tile, i: usize, j: usize) -> Option<usize> {
        let (y, x) = (tile.y + i, tile.x + j);
        (y < self.at.height && x < self.at.width).then(|| (tile.image * self.at.height + y) * self.at.width + x)
    }
}

/// Which of N pixels from `start − reach` on lie in 0..len.
#[inline(always)]
fn inside<const N: usize>(start: usize, reach: usize, len: usize) -> Range<usize> {
    reach.saturating_sub(start)..N.min(len + reach - start)
}

/// N × N pixels by panels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patch<'a, const N: usize> {
    rows: [&'a [Panel]; N],
    pitch: usize,
}

impl<'a, const N: usize> Patch<'a, N> {
    /// Panel `c` of the pixel in row `i` and column `j`.
    #[inline(always)]
    pub(super) fn at(&self, i: usize, j: usize, c: usize) -> &'a Panel {
        &self.rows[i][j * self.pitch + c]
    }
}
