//! What a camera adds to a picture: noise that is no longer white, because it was made under a colour filter and then interpolated,
//! bent by the tone curve and compressed.
//!
//! Light is counted under a Bayer filter, one colour a pixel: k photons, Poisson of mean u·peak, and the Gaussian noise of reading
//! them out (Foi, Trimeche, Katkovnik, Egiazarian 2008). White balance, interpolation of the missing colours, clipping, the sRGB curve
//! and JPEG follow, as in Brooks, Mildenhall, Xue, Chen, Sharlet, Barron 2019 ("Unprocessing images"), from which most ranges come;
//! between the curve and JPEG the camera smooths its noise, that of colours more than that of brightness.
//! Interpolation is linear, so the noise is interpolated by itself and added to the picture, which has had its own camera:
//! what is to be undone is the noise and the JPEG, not a second interpolation of the picture.

use crate::grid::Grid;
use crate::image::Image;
use crate::jpeg::{Chroma, Jpeg};
use crate::luma_chroma::luma;
use crate::smooth;
use ravine_optim::{Random, Stream};
use rayon::prelude::*;

/// A camera and its settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Photons where the linear picture is 1, before white balance.
    pub peak: f64,
    /// Standard deviation of the reading noise, relative to white.
    pub reading: f64,
    /// Factors on red, green and blue that make white white.
    pub balance: [f32; 3],
    /// Row and column, 0 or 1 each, of the first red pixel.
    pub red: [usize; 2],
    /// How missing colours are found.
    pub demosaic: Demosaic,
    /// How many times its own noise reduction [smooths](smooth) the noise, in brightness and in the differences of colour.
    pub reduction: [usize; 2],
    /// How it writes the picture.
    pub jpeg: Jpeg,
}

/// How the two colours that a pixel did not see are found from its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demosaic {
    /// The mean of the nearest pixels that saw the colour.
    Bilinear,
    /// The same, corrected by the Laplacian of the colour that was seen (Malvar, He, Cutler 2004).
    Corrected,
}

/// Which keys of the noise stream are the camera's.
const CAMERA: u64 = 3 << 60;

impl Camera {
    /// One of the cameras that pictures come from: 83..5000 photons at white (1/peak log-uniform in 0.0002..0.012), reading noise of
    /// variance exp(1.2 − 2.18 ln peak + 0.26 n), n normal, red × 1.9..2.4, blue × 1.5..1.9, any phase of the filter, either
    /// interpolation, noise reduction of 0..2 and 0..4 times, JPEG of quality 75..100, with colour at full or half resolution.
    pub fn draw(random: &mut Random) -> Self {
        let shot = random.between(0.0002f64.ln(), 0.012f64.ln());
        let reading = (0.5 * (2.18 * shot + 1.2 + 0.26 * random.normal())).exp();
        let mut either = |one, other| if random.below(2) == 0 { one } else { other };
        let red = [either(0, 1), either(0, 1)];
        let demosaic = if either(0, 1) == 0 { Demosaic::Bilinear } else { Demosaic::Corrected };
        let chroma = if either(0, 1) == 0 { Chroma::Full } else { Chroma::Half };
        let reduction = [random.below(3) as usize, random.below(5) as usize];
        Camera {
            peak: (-shot).exp(),
            reading,
            balance: [random.between(1.9, 2.4) as f32, 1.0, random.between(1.5, 1.9) as f32],
            red,
            demosaic,
            reduction,
            jpeg: Jpeg { quality: 75 + random.below(26) as u8, chroma },
        }
    }

    /// The picture that it would have taken in the place of `image`, of one channel (grey) or three (red, green, blue). The noise follows
    /// from `seed`, row by row.
    ///
    /// ```
    /// use ravine_image::{Grid, Image, camera::Camera};
    /// use ravine_optim::{Random, Stream};
    /// let camera = Camera::draw(&mut Random::new(7, Stream::Noise, 0));
    /// let mut picture = Image::constant(Grid::new(3, 32, 48), 0.5);
    /// camera.take(&mut picture, 7);
    /// let byte = |v: f32| (v * 255.0).fract().abs() < 1e-3 || (v * 255.0).fract().abs() > 0.999;
    /// assert!(picture.pixels().iter().all(|v| byte(*v)) && picture.pixels().iter().any(|v| (v - 0.5).abs() > 0.01));
    /// ```
    pub fn take(&self, image: &mut Image, seed: u64) {
        let grid = image.grid();
        if grid.is_empty() {
            return;
        }
        let light = image.clone().map(linear);
        let seen = |colour: usize| colour.min(grid.channels - 1);
        let mosaic = self.noise(grid, |colour| light.plane(seen(colour)), seed);
        let developed = |colour: usize| {
            let (u, light, noise) = (image.plane(seen(colour)), light.plane(seen(colour)), self.interpolate(&mosaic, grid, colour));
            let difference = |i: usize| curve((light[i] + noise[i]).clamp(0.0, 1.0)) - u[i];
            (0..grid.plane()).into_par_iter().map(difference).collect::<Vec<f32>>()
        };
        let noise = self.reduced((0..3).map(developed).collect(), grid);
        for (c, noise) in noise.iter().enumerate().take(grid.channels) {
            image.plane_mut(c).iter_mut().zip(noise).for_each(|(u, n)| *u = (*u + n).clamp(0.0, 1.0));
        }
        self.jpeg.apply(image);
    }

    /// What noise reduction leaves of the noise of the three colours: of each, or of the brightness of a grey picture.
    fn reduced(&self, mut noise: Vec<Vec<f32>>, grid: Grid) -> Vec<Vec<f32>> {
        let [brightness, colours] = self.reduction;
        let [red, green, blue] = &mut noise[..] else { return noise };
        let mut luma: Vec<f32> = (0..grid.plane()).map(|i| luma([red[i], green[i], blue[i]])).collect();
        noise.iter_mut().for_each(|plane| plane.iter_mut().zip(&luma).for_each(|(n, y)| *n -= y)); // the rest is colour
        (0..brightness).for_each(|_| smooth(&mut luma, grid.width));
        if grid.channels == 1 {
            return vec![luma];
        }
        for plane in &mut noise {
            (0..colours).for_each(|_| smooth(plane, grid.width));
            plane.iter_mut().zip(&luma).for_each(|(n, y)| *n += y);
        }
        noise
    }

    /// The colour that the pixel sees.
    fn colour(&self, y: usize, x: usize) -> usize {
        (y + self.red[0]) % 2 + (x + self.red[1]) % 2
    }

    /// What the count of photons differs from its mean, after white balance, at every pixel in the colour that it sees.
    fn noise<'a>(&self, grid: Grid, seen: impl Fn(usize) -> &'a [f32] + Sync, seed: u64) -> Vec<f32> {
        let row = |y: usize| {
            let mut random = Random::new(seed, Stream::Noise, CAMERA | y as u64);
            let noise = |x: usize| {
                let colour = self.colour(y, x);
                let raw = f64::from(seen(colour)[y * grid.width + x] / self.balance[colour]).max(0.0);
                let count = random.poisson(raw * self.peak) / self.peak + self.reading * random.normal();
                (count - raw) as f32 * self.balance[colour]
            };
            (0..grid.width).map(noise).collect::<Vec<_>>()
        };
        (0..grid.height).into_par_iter().flat_map_iter(row).collect()
    }

    /// One colour at every pixel. Beyond the border the mosaic is mirrored at the outermost pixels, which keeps its phase.
    fn interpolate(&self, mosaic: &[f32], grid: Grid, wanted: usize) -> Vec<f32> {
        let value = |y: usize, x: usize| {
            let at = |dy: isize, dx: isize| mosaic[mirrored(y, dy, grid.height) * grid.width + mirrored(x, dx, grid.width)];
            let cross = |d: isize| at(-d, 0) + at(d, 0) + at(0, -d) + at(0, d);
            let (here, diagonal) = (self.colour(y, x), at(-1, -1) + at(-1, 1) + at(1, -1) + at(1, 1));
            let corrected = self.demosaic == Demosaic::Corrected;
            if here == wanted {
                return at(0, 0);
            }
            match (here, wanted) {
                // Green at red or blue.
                (_, 1) if corrected => (4.0 * at(0, 0) + 2.0 * cross(1) - cross(2)) / 8.0,
                (_, 1) => cross(1) / 4.0,
                // Red or blue at green: its neighbours lie in the row or in the column.
                (1, _) => {
                    let along =
                        |d: isize| if self.colour(y, x + 1) == wanted { at(0, -d) + at(0, d) } else { at(-d, 0) + at(d, 0) };
                    if corrected {
                        (5.0 * at(0, 0) + 4.0 * along(1) - diagonal - along(2) + 0.5 * (cross(2) - along(2))) / 8.0
                    } else {
                        along(1) / 2.0
                    }
                }
                // Red at blue, blue at red.
                _ if corrected => (6.0 * at(0, 0) + 2.0 * diagonal - 1.5 * cross(2)) / 8.0,
                _ => diagonal / 4.0,
            }
        };
        let row = |y: usize| (0..grid.width).map(move |x| (y, x)).map(|(y, x)| value(y, x)).collect::<Vec<_>>();
        (0..grid.height).into_par_iter().flat_map_iter(row).collect()
    }
}

/// The index i + d in 0..n, mirrored at 0 and n − 1.
fn mirrored(i: usize, d: isize, n: usize) -> usize {
    let last = n as isize - 1;
    if last == 0 {
        return 0;
    }
    let k = (i as isize + d).rem_euclid(2 * last);
    k.min(2 * last - k) as usize
}

/// From sRGB to light (IEC 61966-2-1).
fn linear(v: f32) -> f32 {
    let v = v.clamp(0.0, 1.0);
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// From light to sRGB.
fn curve(v: f32) -> f32 {
    if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}
