//! How strong noise of any colour is: what the quietest blocks of a picture hold.
//!
//! The finest cosines, which tell the level of white noise, hold nothing of noise that was interpolated or compressed. Here a block of
//! 8 × 8 is measured by all its cosines but the coarsest, and the level is that of the quietest hundredth of the blocks. It is believed
//! only where the quietest tenth holds at most three times its energy: blocks without texture are alike, and where none is without, they are not.
//! Nor is it believed of a page of letters or lines, where nearly all blocks are white or cut off: letters are alike too.

use super::CLEAN;
use super::blocks::SIDE;
use super::limits::Limits;
use crate::image::Image;
use crate::luma_chroma::luma;
use rayon::prelude::*;
use std::f32::consts::PI;

/// The least ratio of the quietest hundredth to the quietest tenth, in energy.
const ALIKE: f32 = 0.33;
/// Blocks whose mean is nearer to black (0) or white (1) than this are left out: noise is cut off there.
const SAFE: f32 = 0.04;
/// Fewer blocks have no quietest hundredth.
const FEWEST: usize = 100;
/// Of all blocks at least this part must be neither black nor white nor cut off by them.
const PART: usize = 4;
/// More blocks than this tell nothing new.
const MOST: usize = 1 << 16;

/// The level σ of noise of any colour, in the units of the picture: of the brightness of a picture of three channels, of the noisiest
/// channel of others. It is 0 where the noise is below [`CLEAN`], or where no part of the picture is quiet enough to tell. It errs to the
/// low side: blocks differ by chance, and where noise grows with brightness the dark ones are the quietest.
///
/// ```
/// use ravine_image::{Grid, Image, noise, noise_level};
/// let mut picture = Image::from_fn(Grid::new(1, 128, 128), |_, y, x| 0.5 + 0.3 * (y as f32 / 40.0).sin() * (x as f32 / 30.0).cos());
/// noise::add_gaussian(&mut picture, 10.0 / 255.0, 1);
/// let level = 255.0 * noise_level::quiet(&picture);
/// assert!((6.5..9.0).contains(&level), "{level}");
/// ```
pub fn quiet(image: &Image) -> f64 {
    let grid = image.grid();
    let level = |plane: &[f32]| Quiet::of(plane, grid.height, grid.width).level();
    if grid.channels != 3 {
        return (0..grid.channels).map(|c| level(image.plane(c))).fold(0.0, f64::max);
    }
    let [r, g, b] = [0, 1, 2].map(|c| image.plane(c));
    level(&(0..grid.plane()).into_par_iter().map(|i| luma([r[i], g[i], b[i]])).collect::<Vec<f32>>())
}

/// What the quietest blocks of a plane hold.
#[derive(Clone, Copy)]
struct Quiet {
    sigma: f64,
    alike: bool,
}

impl Quiet {
    fn of(plane: &[f32], height: usize, width: usize) -> Self {
        let (mut energies, all) = energies(plane, height, width);
        if energies.len() < FEWEST.max(all / PART) {
            return Quiet { sigma: 0.0, alike: false };
        }
        let mut at = |part: usize| {
            let place = energies.len() / part;
            *energies.select_nth_unstable_by(place, f32::total_cmp).1
        };
        let (tenth, hundredth) = (at(10), at(100));
        Quiet { sigma: f64::from(hundredth).sqrt(), alike: hundredth >= ALIKE * tenth }
    }

    /// σ, or 0 where it is not believed.
    fn level(self) -> f64 {
        if self.alike && self.sigma >= CLEAN { self.sigma } else { 0.0 }
    }
}

/// The mean energy of the cosines (u, v) with u + v ≥ 3, of every block that is neither black nor white nor cut off; and the number of
/// all blocks.
fn energies(plane: &[f32], height: usize, width: usize) -> (Vec<f32>, usize) {
    if height < SIDE || width < SIDE {
        return (Vec::new(), 0);
    }
    let limits = Limits::of(plane);
    let places = |side: usize, stride: usize| (side - SIDE) / stride + 1;
    // Odd: blocks that keep step with a JPEG's would see its rounding.
    let stride = (1..).step_by(2).find(|s| places(height, *s) * places(width, *s) <= MOST).unwrap_or(1);
    let cosines: [[f32; SIDE]; 2] =
        std::array::from_fn(|k| std::array::from_fn(|i| 0.5 * ((2 * i + 1) as f32 * (k + 1) as f32 * PI / 16.0).cos()));
    let row = |r: usize| {
        let of = move |c: usize| energy(&plane[r * stride * width + c * stride..], width, limits, &cosines);
        (0..places(width, stride)).filter_map(of)
    };
    ((0..places(height, stride)).into_par_iter().flat_map_iter(row).collect(), places(height, stride) * places(width, stride))
}

/// That of the block whose first pixel is the first of `from`; `None` if it is nearly black or white, or more than a quarter of it is
/// cut off.
fn energy(from: &[f32], width: usize, limits: Limits, cosines: &[[f32; SIDE]; 2]) -> Option<f32> {
    let first = from[0];
    let (mut sums, mut square, mut cut) = ([[0.0f32; SIDE]; 3], 0.0, 0); // each row against c₀, c₁, c₂
    for (i, pixels) in from.chunks(width).take(SIDE).enumerate() {
        let d: [f32; SIDE] = std::array::from_fn(|j| pixels[j] - first);
        square += d.iter().map(|v| v * v).sum::<f32>();
        cut += pixels[..SIDE].iter().filter(|v| limits.holds(**v)).count();
        sums[0][i] = 0.125f32.sqrt() * d.iter().sum::<f32>();
        for k in 0..2 {
            sums[k + 1][i] = (0..SIDE).map(|j| d[j] * cosines[k][j]).sum();
        }
    }
    let constant = |row: &[f32; SIDE]| 0.125f32.sqrt() * row.iter().sum::<f32>();
    let wave = |row: &[f32; SIDE], k: usize| (0..SIDE).map(|i| row[i] * cosines[k][i]).sum::<f32>();
    let mean = first + constant(&sums[0]) / SIDE as f32;
    if !(SAFE..=1.0 - SAFE).contains(&mean) || 4 * cut > SIDE * SIDE {
        return None;
    }
    let coarsest =
        [constant(&sums[0]), wave(&sums[0], 0), wave(&sums[0], 1), constant(&sums[1]), wave(&sums[1], 0), constant(&sums[2])];
    let left = square - coarsest.iter().map(|v| v * v).sum::<f32>();
    Some(left.max(0.0) / (SIDE * SIDE - coarsest.len()) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grid, noise};

    fn shaded(channels: usize) -> Image {
        Image::from_fn(Grid::new(channels, 160, 192), |c, y, x| {
            0.5 + 0.2 * (y as f32 / 40.0).sin() * (x as f32 / 30.0).cos() - 0.05 * c as f32
        })
    }

    #[test]
    fn blurred_noise_is_measured_where_the_finest_cosines_hold_none() {
        let mut noisy = shaded(1);
        noise::add_gaussian(&mut noisy, 20.0 / 255.0, 5);
        let at = |y: usize, x: usize| noisy.at(0, y.min(159), x.min(191));
        let blurred = Image::from_fn(noisy.grid(), |_, y, x| (at(y, x) + at(y + 1, x) + at(y, x + 1) + at(y + 1, x + 1)) / 4.0);
        let (finest, quiet) = (255.0 * super::super::estimate(&blurred).sigma, 255.0 * quiet(&blurred));
        assert!(finest < 2.0 && (6.0..11.0).contains(&quiet), "{finest}, {quiet}"); // it is 10
    }

    #[test]
    fn a_texture_everywhere_is_not_taken_for_noise_and_a_clean_picture_has_none() {
        // Patches of grain, each of its own strength.
        let strength = |y: usize, x: usize| ((y / 20 * 7 + x / 24 * 5) % 8) as f32 / 60.0;
        let mut grain = Image::constant(shaded(1).grid(), 0.0);
        noise::add_gaussian(&mut grain, 1.0, 2);
        let texture = Image::from_fn(grain.grid(), |_, y, x| 0.5 + strength(y, x) * grain.at(0, y, x));
        assert_eq!(quiet(&texture), 0.0);
        assert_eq!(quiet(&shaded(1)), 0.0);
        assert_eq!(quiet(&shaded(3)), 0.0);
        assert_eq!(quiet(&Image::constant(Grid::new(1, 7, 300), 0.5)), 0.0);
    }

    #[test]
    fn letters_are_not_taken_for_noise() {
        // Strokes of one length and grey, each in its own place of a square of 6 × 6 pixels of paper.
        let ink = |y: usize, x: usize| (y / 6 * 5 + x / 6 * 3) % 4 == y % 6 && x % 6 < 4;
        let page = Image::from_fn(Grid::new(1, 160, 192), |_, y, x| if ink(y, x) { 0.2 } else { 1.0 });
        assert_eq!(quiet(&page), 0.0);
        let shade = |y: usize, x: usize| 0.1 + 0.0001 * (x + y) as f32; // where nothing is cut off
        let shaded_above =
            |end: usize| Image::from_fn(page.grid(), |c, y, x| page.at(c, y, x) - if y < end { shade(y, x) } else { 0.0 });
        assert_eq!(quiet(&shaded_above(36)), 0.0);
        assert!(quiet(&shaded_above(160)) > 0.0);
    }

    #[test]
    fn of_colour_pictures_the_brightness_is_measured_and_of_others_the_noisiest_channel() {
        let mut noisy = shaded(3);
        noise::add_gaussian(&mut noisy, 10.0 / 255.0, 3); // √(0.299² + 0.587² + 0.114²) of it in brightness: 6.7, and the quietest hundredth holds less
        let level = 255.0 * quiet(&noisy);
        assert!((4.8..6.7).contains(&level), "{level}");
        let mut two = shaded(2);
        noise::add_gaussian(&mut two, 4.0 / 255.0, 3);
        let clean = shaded(2);
        two.plane_mut(0).copy_from_slice(clean.plane(0));
        let level = 255.0 * quiet(&two);
        assert!((2.8..4.0).contains(&level), "{level}");
    }
}
