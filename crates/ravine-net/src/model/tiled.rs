//! A network over a picture of any size, in place, in memory of a few rows of tiles.

use super::Model;
use super::tiles::{Span, mirrored, spans};
use crate::network::Room;
use crate::shape::Shape;
use ravine_image::Image;
use ravine_optim::{Error, Result};
use rayon::prelude::*;
use std::ops::{ControlFlow, Range};

impl Model {
    /// [`denoise`](ravine_image::Denoiser::denoise) in tiles of at most `tile` × `tile` pixels.
    ///
    /// # Errors
    /// As there, and for tiles without a pixel.
    pub fn denoise_in_tiles(
        &self,
        u: &mut Image,
        sigma: f32,
        tile: usize,
        watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let (takes, grid) = (self.card().network.channels(), u.grid());
        if tile == 0 {
            return Err(Error::OutOfRange { name: "tile".into(), value: 0.0, range: "1, 2, …".into() });
        }
        let together = takes.min(grid.channels);
        if takes != 1 && takes != grid.channels && grid.channels != 1 {
            return Err(Error::Unsuited(format!(
                "the model is for pictures of {takes} channels, and this one has {}: take a model for grey pictures",
                grid.channels
            )));
        }
        let passes = grid.channels / together;
        let largest = (self.card().sigma[1] / 255.0) as f32;
        let scale = if sigma > largest { largest / sigma } else { 1.0 };
        let mut plane_by_plane = Over { model: self, height: grid.height, width: grid.width, tile, sigma, scale, room: None };
        for (i, planes) in u.pixels_mut().chunks_mut((together * grid.plane()).max(1)).enumerate() {
            if plane_by_plane.run(planes, &mut |part| watch((i as f64 + part) / passes as f64))?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// A network over the planes of a picture.
struct Over<'a> {
    model: &'a Model,
    height: usize,
    width: usize,
    tile: usize,
    sigma: f32,
    /// What the network sees is scaled by this.
    scale: f32,
    /// That of the last tile, for others of its shape.
    room: Option<(Shape, Room<f32>)>,
}

/// Rows of the picture as they were before anything was written.
#[derive(Default)]
struct Before {
    rows: Range<usize>,
    pixels: Vec<f32>, // row × C × W
}

impl Before {
    /// Row `y` of all channels, side by side.
    fn row(&self, y: usize) -> &[f32] {
        let len = self.pixels.len() / self.rows.len();
        &self.pixels[(y - self.rows.start) * len..][..len]
    }
}

impl Over<'_> {
    fn run(&mut self, planes: &mut [f32], watch: &mut dyn FnMut(f64) -> ControlFlow<()>) -> Result<ControlFlow<()>> {
        let reach = self.model.reach;
        let rows = spans(self.height, self.tile, reach.halo, reach.multiple);
        let columns = spans(self.width, self.tile, reach.halo, reach.multiple);
        let mut before = Before::default();
        for (i, row) in rows.iter().enumerate() {
            before = self.before(before, &row.window, planes);
            for (j, column) in columns.iter().enumerate() {
                self.one(row, column, &before, planes)?;
                let part = (i * columns.len() + j + 1) as f64 / (rows.len() * columns.len()) as f64;
                if watch(part).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The rows of a window as they were: from `last` what the tiles above have written over, the rest from the picture.
    fn before(&self, last: Before, window: &Range<usize>, planes: &[f32]) -> Before {
        let (width, plane) = (self.width, self.height * self.width);
        let rows = window.start..window.end.min(self.height);
        let mut pixels = Vec::with_capacity(rows.len() * planes.len() / self.height);
        for y in rows.clone() {
            if last.rows.contains(&y) {
                pixels.extend_from_slice(last.row(y));
            } else {
                planes.chunks_exact(plane).for_each(|plane| pixels.extend_from_slice(&plane[y * width..][..width]));
            }
        }
        Before { rows, pixels }
    }

    /// Restores one tile.
    fn one(&mut self, row: &Span, column: &Span, before: &Before, planes: &mut [f32]) -> Result<()> {
        let (model, width, plane) = (self.model, self.width, self.height * self.width);
        let (channels, scale) = (model.card().network.inputs(), self.scale);
        let given = planes.len() / plane; // channels: as many as the network takes, or one that stands for all of them
        let shape = Shape::new(1, row.window.len(), column.window.len(), channels);
        let mut room = match self.room.take() {
            Some((of, room)) if of == shape => room,
            _ => Room::new(&model.network, shape)?,
        };
        let (height, level) = (self.height, model.card().network.noise_map().then_some(scale * self.sigma));
        room.input().par_chunks_exact_mut(shape.width * channels).zip_eq(row.window.clone()).for_each(|(pixels, y)| {
            let row = before.row(mirrored(y, height));
            for (pixel, x) in pixels.chunks_exact_mut(channels).zip(column.window.clone()) {
                let x = mirrored(x, width);
                pixel.iter_mut().enumerate().for_each(|(c, to)| *to = scale * row[c % given * width + x]);
                if let Some(level) = level {
                    pixel[channels - 1] = level;
                }
            }
        });
        model.network.run(model.weights(), &mut room);
        let takes = model.card().network.channels();
        let output = room.output();
        planes.par_chunks_mut(plane).enumerate().for_each(|(c, u)| {
            for y in row.core.start..row.core.end.min(height) {
                for x in column.core.start..column.core.end.min(width) {
                    let from = ((y - row.window.start) * shape.width + x - column.window.start) * takes;
                    let sum: f32 = output[from..][..takes].iter().skip(c).step_by(given).sum();
                    u[y * width + x] = sum * given as f32 / takes as f32 / scale;
                }
            }
        });
        self.room = Some((shape, room));
        Ok(())
    }
}
