//! A picture as numbers: a grid and one flat vector.

use crate::grid::Grid;

/// Planar, channel × row × column, nominal range 0..1.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    grid: Grid,
    pixels: Vec<f32>,
}

impl Image {
    /// From a flat vector in the grid's order. Its length must be that of the grid.
    pub fn new(grid: Grid, pixels: Vec<f32>) -> ravine_optim::Result<Self> {
        if pixels.len() != grid.len() {
            return Err(ravine_optim::Error::Length { what: "the picture".into(), got: pixels.len(), wanted: grid.len() });
        }
        Ok(Image { grid, pixels })
    }

    /// By a formula of (channel, row, column).
    ///
    /// ```
    /// use ravine_image::{Grid, Image};
    /// let ramp = Image::from_fn(Grid::new(1, 2, 3), |_, row, column| (row + column) as f32);
    /// assert_eq!(ramp.pixels(), [0.0, 1.0, 2.0, 1.0, 2.0, 3.0]);
    /// ```
    pub fn from_fn(grid: Grid, value: impl Fn(usize, usize, usize) -> f32) -> Self {
        let mut pixels = Vec::with_capacity(grid.len());
        for c in 0..grid.channels {
            for y in 0..grid.height {
                pixels.extend((0..grid.width).map(|x| value(c, y, x)));
            }
        }
        Image { grid, pixels }
    }

    /// All of one value.
    pub fn constant(grid: Grid, value: f32) -> Self {
        Image { grid, pixels: vec![value; grid.len()] }
    }

    /// Its shape.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// The flat vector.
    pub fn pixels(&self) -> &[f32] {
        &self.pixels
    }

    /// The flat vector, to write.
    pub fn pixels_mut(&mut self) -> &mut [f32] {
        &mut self.pixels
    }

    /// The flat vector, without a copy.
    pub fn into_pixels(self) -> Vec<f32> {
        self.pixels
    }

    /// One channel.
    pub fn plane(&self, channel: usize) -> &[f32] {
        &self.pixels[channel * self.grid.plane()..][..self.grid.plane()]
    }

    /// One channel, to write.
    pub fn plane_mut(&mut self, channel: usize) -> &mut [f32] {
        let n = self.grid.plane();
        &mut self.pixels[channel * n..][..n]
    }

    /// One pixel's channel.
    pub fn at(&self, channel: usize, row: usize, column: usize) -> f32 {
        self.pixels[self.grid.index(channel, row, column)]
    }

    /// The rectangle of `width` × `height` pixels whose first is (`column`, `row`). It must lie inside.
    pub fn crop(&self, column: usize, row: usize, width: usize, height: usize) -> Image {
        Image::from_fn(Grid::new(self.grid.channels, height, width), |c, y, x| self.at(c, row + y, column + x))
    }

    /// Every number passed through `f`.
    pub fn map(mut self, f: impl Fn(f32) -> f32) -> Image {
        self.pixels.iter_mut().for_each(|v| *v = f(*v));
        self
    }
}
