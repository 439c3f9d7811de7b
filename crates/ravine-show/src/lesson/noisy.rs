//! Noisy scenes and the solvers that restore them, as the lessons on energies see them.

use crate::lesson::Desk;
use crate::plot::number::short;
use ravine::Result;
use ravine::image::{Grid, Image, noise, scene};
use ravine::optim::{Float, Measure, Outcome, Solver, Stop, run, vector};
use std::ops::ControlFlow;

/// A scene without and with noise.
#[derive(Debug, Clone)]
pub(super) struct Noisy {
    pub(super) clean: Image,
    pub(super) f: Image,
}

impl Noisy {
    /// White noise of `sigma` grey levels on a drawn scene.
    pub(super) fn draw(scene: &str, seed: u64, grid: Grid, sigma: f64) -> Result<Self> {
        let clean = scene::named(scene)?.draw(seed, grid)?;
        let mut f = clean.clone();
        noise::add_gaussian(&mut f, sigma / 255.0, seed);
        Ok(Noisy { clean, f })
    }

    /// f in double precision.
    pub(super) fn wide(&self) -> Vec<f64> {
        vector::widen(self.f.pixels())
    }
}

/// A distance in the units of the picture as the root mean square over its n numbers, in grey levels.
pub(super) fn grey_levels(distance: f64, n: usize) -> f64 {
    255.0 * distance / (n as f64).sqrt()
}

/// The root mean square difference in grey levels.
pub(super) fn difference(u: &[f64], v: &[f64]) -> f64 {
    grey_levels(vector::square_distance(u, v).sqrt(), u.len())
}

/// A picture of these numbers.
pub(super) fn image(grid: Grid, u: &[f64]) -> Result<Image> {
    Ok(Image::new(grid, u.iter().map(|v| *v as f32).collect())?)
}

/// A number in words: two digits.
pub(super) fn about(v: f64) -> String {
    short(format!("{v:.1e}").parse().unwrap_or(v))
}

/// Every pixel as a square of `times` × `times`.
pub(super) fn enlarged(image: &Image, times: usize) -> Image {
    let Grid { channels, height, width } = image.grid();
    Image::from_fn(Grid::new(channels, times * height, times * width), |c, y, x| image.at(c, y / times, x / times))
}

/// Runs a solver until `stop` and shows each measure and iterate.
pub(super) fn watch<F: Float>(
    solver: &mut dyn Solver<F>,
    stop: &Stop,
    desk: &Desk<'_>,
    mut see: impl FnMut(&Measure, &[F]),
) -> Result<Outcome<F>> {
    let outcome = run(solver, stop, &mut |measure, solver: &mut dyn Solver<F>| {
        see(measure, solver.iterate());
        if desk.go_on().is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    desk.go_on()?;
    Ok(outcome)
}
