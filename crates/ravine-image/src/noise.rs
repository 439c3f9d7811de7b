//! Noise, keyed by (seed, row): the same field for the same seed, on any picture and any number of threads.

use crate::grid::Grid;
use crate::image::Image;
use ravine_optim::{Random, Stream};
use rayon::prelude::*;

/// Different keys for different kinds, so that they are independent under one seed.
const GAUSSIAN: u64 = 0;
const POISSON: u64 = 1 << 60;
const SALT_PEPPER: u64 = 2 << 60;

/// f = u + σ·n, n standard normal, `sigma` in 0..1 (25/255 for "25"). The field n depends on the seed and the size only.
///
/// ```
/// use ravine_image::{Grid, Image, noise};
/// let mut u = Image::constant(Grid::new(1, 64, 64), 0.5);
/// noise::add_gaussian(&mut u, 0.1, 7);
/// let variance = u.pixels().iter().map(|v| (v - 0.5).powi(2)).sum::<f32>() / 4096.0;
/// assert!((variance.sqrt() - 0.1).abs() < 0.005);
/// ```
pub fn add_gaussian(image: &mut Image, sigma: f64, seed: u64) {
    by_row(image, seed, GAUSSIAN, |random, u| (u as f64 + sigma * random.normal()) as f32);
}

/// f = k/peak, k Poisson of mean u·peak: the noise of counting photons, `peak` > 0 of them where u is 1. Below 0, u counts as 0.
pub fn count_photons(image: &mut Image, peak: f64, seed: u64) {
    by_row(image, seed, POISSON, |random, u| (random.poisson((u as f64).max(0.0) * peak) / peak) as f32);
}

/// About a `fraction` of the pixels, all channels of a pixel together, become black or white with equal chances.
pub fn salt_pepper(image: &mut Image, fraction: f64, seed: u64) {
    let hits = chosen(image.grid(), fraction, |row| Random::new(seed, Stream::Noise, SALT_PEPPER | row));
    for c in 0..image.grid().channels {
        for (v, hit) in image.plane_mut(c).iter_mut().zip(&hits) {
            if let Some(u) = hit {
                *v = if *u < 0.5 { 0.0 } else { 1.0 };
            }
        }
    }
}

/// Loses about a `fraction` of the pixels: all their channels become 0. Returns the mask, one plane of 1 (known) and 0 (missing).
pub fn lose_pixels(image: &mut Image, fraction: f64, seed: u64) -> Image {
    let lost = chosen(image.grid(), fraction, |row| Random::new(seed, Stream::Mask, row));
    for c in 0..image.grid().channels {
        for (v, _) in image.plane_mut(c).iter_mut().zip(&lost).filter(|(_, lost)| lost.is_some()) {
            *v = 0.0;
        }
    }
    let mut mask = Image::constant(image.grid().grey(), 1.0);
    for (m, _) in mask.pixels_mut().iter_mut().zip(&lost).filter(|(_, lost)| lost.is_some()) {
        *m = 0.0;
    }
    mask
}

/// Passes every number through `f` with the random numbers of its row.
fn by_row(image: &mut Image, seed: u64, kind: u64, f: impl Fn(&mut Random, f32) -> f32 + Sync) {
    let width = image.grid().width.max(1);
    image.pixels_mut().par_chunks_mut(width).enumerate().for_each(|(row, pixels)| {
        let mut random = Random::new(seed, Stream::Noise, kind | row as u64);
        pixels.iter_mut().for_each(|v| *v = f(&mut random, *v));
    });
}

/// Which pixels a chance of `fraction` picks, in the order of a plane; a picked pixel carries a uniform number of its own.
fn chosen(grid: Grid, fraction: f64, random_of_row: impl Fn(u64) -> Random + Sync) -> Vec<Option<f64>> {
    let row = |row: usize| {
        let mut random = random_of_row(row as u64);
        (0..grid.width)
            .map(|_| {
                let (u, v) = (random.uniform(), random.uniform());
                (u < fraction).then_some(v)
            })
            .collect::<Vec<_>>()
    };
    (0..grid.height).into_par_iter().flat_map_iter(row).collect()
}
