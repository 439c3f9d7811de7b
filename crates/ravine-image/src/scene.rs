//! Pictures drawn by code: for demonstration, for tests, and to train on.
//!
//! A scene is a function of continuous coordinates, so that one scene can be drawn at any size: a pixel is the mean over its cell.
//! It is drawn with + − × ÷ √ from keyed random numbers: the same bits for any number of threads and on every machine.

mod gorge;
mod leaves;
mod paint;
mod pile;
mod ramps;
mod shape;
mod strokes;
mod swatches;
mod texture;
mod thicket;

use crate::grid::Grid;
use crate::image::Image;
use paint::{Colour, luminance, soft_clip};
use pile::{LARGEST_FOOTPRINT, Pile};
use ravine_optim::{Error, Result};
use rayon::prelude::*;

/// A scene of the table.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    /// Its name, as the user writes it.
    pub name: &'static str,
    /// What it shows.
    pub summary: &'static str,
    compose: fn(u64, Frame) -> Box<dyn Drawn>,
}

const GORGE: Scene =
    Scene { name: "gorge", summary: "a ravine at dusk, with sky, rock, water, ropes and a caption", compose: gorge::gorge };
/// The ravine that looks best.
const DEMO_SEED: u64 = 7;

/// All scenes.
pub const SCENES: &[Scene] = &[
    GORGE,
    Scene {
        name: "leaves",
        summary: "things of every size on each other, with the statistics of photographs",
        compose: leaves::leaves,
    },
    Scene {
        name: "thicket",
        summary: "rough things, strands and blades, in and out of focus: what networks are trained on",
        compose: thicket::thicket,
    },
    Scene { name: "cartoon", summary: "flat colours between sharp edges", compose: leaves::cartoon },
    Scene {
        name: "swatches",
        summary: "samples of noise, grain, stripes, cloth and stones on a table",
        compose: swatches::swatches,
    },
    Scene { name: "strokes", summary: "a page of text-like strokes in several sizes", compose: strokes::strokes },
    Scene { name: "ramps", summary: "smooth ramps, a staircase, a glow", compose: ramps::ramps },
    Scene { name: "lines", summary: "hairlines, dots, a zone plate and a star of rays", compose: ramps::lines },
];

/// The picture of `ravine demo`: the ravine at dusk, in colour.
///
/// ```
/// let picture = ravine_image::scene::demo(40, 60);
/// assert_eq!(picture.grid(), ravine_image::Grid::new(3, 40, 60));
/// ```
pub fn demo(height: usize, width: usize) -> Image {
    let grid = Grid::new(3, height, width);
    GORGE.sample(DEMO_SEED, grid, [0, 0], grid)
}

/// The rectangle that a scene fills, its longer side 1, and the part of it that will be looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// Of the whole.
    pub(crate) width: f32,
    /// Of the whole.
    pub(crate) height: f32,
    /// From where to where the part reaches in x.
    pub(crate) columns: [f32; 2],
    /// From where to where the part reaches in y.
    pub(crate) rows: [f32; 2],
}

/// What one look at a scene sees.
pub(crate) struct Seen {
    /// Red, green, blue, which may leave 0..1.
    pub(crate) colour: Colour,
    /// Whether a sharp edge may cross the cell, so that one look does not give its mean.
    pub(crate) edge: bool,
}

/// Something that can be looked at everywhere.
pub(crate) trait Drawn: Send + Sync {
    /// The mean over the cell of side `footprint` ≤ [`LARGEST_FOOTPRINT`] about (x, y), nearly. The longer side of the picture is 1.
    fn look(&self, x: f32, y: f32, footprint: f32) -> Seen;
}

impl Drawn for Pile {
    fn look(&self, x: f32, y: f32, footprint: f32) -> Seen {
        self.look(x, y, footprint)
    }
}

/// The scene of that name, or the error that names the nearest.
///
/// ```
/// use ravine_image::{Grid, scene};
/// let picture = scene::named("leaves")?.draw(7, Grid::new(3, 40, 60))?;
/// assert!(picture.pixels().iter().all(|v| (0.0..=1.0).contains(v)));
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub fn named(name: &str) -> Result<&'static Scene> {
    let known: Vec<&str> = SCENES.iter().map(|s| s.name).collect();
    SCENES.iter().find(|s| s.name == name).ok_or_else(|| Error::unknown("scene", name, &known))
}

impl Scene {
    /// The picture of `seed` on a grid of one channel (grey) or three (red, green, blue), in 0..1.
    pub fn draw(&self, seed: u64, grid: Grid) -> Result<Image> {
        check_channels(grid)?;
        Ok(self.sample(seed, grid, [0, 0], grid))
    }

    /// `draw(seed, whole).crop(column, row, width, height)`, bit for bit, at little more than the cost of its own pixels.
    ///
    /// ```
    /// use ravine_image::{Grid, scene};
    /// let (leaves, whole) = (scene::named("leaves")?, Grid::new(1, 90, 120));
    /// assert_eq!(leaves.part(7, whole, [40, 20], [32, 24])?, leaves.draw(7, whole)?.crop(40, 20, 32, 24));
    /// # Ok::<(), ravine_optim::Error>(())
    /// ```
    ///
    /// # Errors
    /// The part does not lie inside.
    pub fn part(&self, seed: u64, whole: Grid, [column, row]: [usize; 2], [width, height]: [usize; 2]) -> Result<Image> {
        check_channels(whole)?;
        let inside = |from: usize, length: usize, side: usize| from.checked_add(length).is_some_and(|to| to <= side);
        if !inside(column, width, whole.width) || !inside(row, height, whole.height) {
            return Err(Error::Unsuited(format!(
                "{width} × {height} pixels from ({column}, {row}) do not lie inside {} × {}",
                whole.width, whole.height
            )));
        }
        Ok(self.sample(seed, whole, [column, row], Grid::new(whole.channels, height, width)))
    }

    fn sample(&self, seed: u64, whole: Grid, from: [usize; 2], grid: Grid) -> Image {
        let pixel = 1.0 / whole.height.max(whole.width).max(1) as f32;
        let reach = |from: usize, length: usize| [from as f32 * pixel, (from + length) as f32 * pixel];
        let frame = Frame {
            width: whole.width as f32 * pixel,
            height: whole.height as f32 * pixel,
            columns: reach(from[0], grid.width),
            rows: reach(from[1], grid.height),
        };
        sample(&*(self.compose)(seed, frame), from, grid, pixel)
    }
}

fn check_channels(grid: Grid) -> Result<()> {
    if matches!(grid.channels, 1 | 3) {
        return Ok(());
    }
    Err(Error::Unsuited(format!("a scene has 1 channel (grey) or 3 (colour), not {}", grid.channels)))
}

/// Looks a side into a cell that an edge crosses.
const LOOKS: usize = 2;

/// The means over cells of side `pixel`: one look where it is calm, many where an edge crosses the cell.
fn sample(drawn: &dyn Drawn, from: [usize; 2], grid: Grid, pixel: f32) -> Image {
    let colour = |row: usize, column: usize| {
        let (x, y) = ((from[0] + column) as f32 * pixel, (from[1] + row) as f32 * pixel);
        if pixel <= LARGEST_FOOTPRINT {
            let seen = drawn.look(x + pixel / 2.0, y + pixel / 2.0, pixel);
            if !seen.edge {
                return seen.colour.map(soft_clip);
            }
        }
        let looks = LOOKS.max((pixel / LARGEST_FOOTPRINT).ceil() as usize);
        let part = pixel / looks as f32;
        let mut sum = [0.0; 3];
        for i in 0..looks * looks {
            let (dx, dy) = ((i % looks) as f32 + 0.5, (i / looks) as f32 + 0.5);
            let seen = drawn.look(x + dx * part, y + dy * part, part);
            (0..3).for_each(|c| sum[c] += soft_clip(seen.colour[c]));
        }
        sum.map(|v| v / (looks * looks) as f32)
    };
    let rows: Vec<Vec<Colour>> =
        (0..grid.height).into_par_iter().map(|row| (0..grid.width).map(|column| colour(row, column)).collect()).collect();
    Image::from_fn(grid, |c, y, x| if grid.channels == 1 { luminance(rows[y][x]) } else { rows[y][x][c] })
}
