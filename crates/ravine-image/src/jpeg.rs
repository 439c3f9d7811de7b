//! What JPEG does to a picture: cosines of 8 × 8 blocks, rounded to multiples of a step that grows with frequency. The file itself, the
//! lossless part, is left to [`io`](crate::io).

use crate::grid::Grid;
use crate::image::Image;
use ravine_optim::parameter::Range;
use ravine_optim::{Error, Result};
use rayon::prelude::*;
use rustdct::algorithm::type2and3_butterflies::Type2And3Butterfly8;
use rustdct::{Dct2, Dct3};

/// How a JPEG is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jpeg {
    /// 1 (worst) … 100, on the scale of the Independent JPEG Group.
    pub quality: u8,
    /// The resolution of colour.
    pub chroma: Chroma,
}

/// The resolution of colour in a JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    /// That of brightness: 4:4:4.
    Full,
    /// Half of it, along both sides: 4:2:0, which most programs and cameras write.
    Half,
}

/// Steps of brightness and of colour at quality 50 (ITU-T T.81, Annex K).
const LUMA: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112,
    100, 103, 99,
];
const CHROMA: [u16; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

impl Jpeg {
    /// Of this quality, with colour at half the resolution.
    ///
    /// # Errors
    /// The quality is no whole number in 1..100.
    pub fn new(quality: f64) -> Result<Self> {
        let range = Range::closed(1.0, 100.0);
        if range.check("the quality of jpeg", quality)?.fract() != 0.0 {
            let wanted = "a whole number in 1..100 is wanted".into();
            return Err(Error::BadValue { name: "the quality of jpeg".into(), value: quality.to_string(), wanted });
        }
        Ok(Jpeg { quality: quality as u8, chroma: Chroma::Half })
    }

    /// The picture that comes back from such a file: clipped to 0..1, rounded to bytes. Blocks start at the first pixel. Three
    /// channels are red, green and blue; any other number of channels is coded one by one as brightness.
    ///
    /// ```
    /// use ravine_image::{jpeg::Jpeg, metric::rmse};
    /// let clean = ravine_image::scene::demo(64, 96);
    /// let (mut good, mut bad) = (clean.clone(), clean.clone());
    /// Jpeg::new(95.0)?.apply(&mut good);
    /// Jpeg::new(10.0)?.apply(&mut bad);
    /// assert!(rmse(&clean, &good)? < 0.3 * rmse(&clean, &bad)?);
    /// # Ok::<(), ravine_optim::Error>(())
    /// ```
    pub fn apply(&self, image: &mut Image) {
        let grid = image.grid();
        if grid.is_empty() {
            return;
        }
        let (luma, chroma) = (self.steps(&LUMA), self.steps(&CHROMA));
        image.pixels_mut().iter_mut().for_each(|v| *v = byte(*v * 255.0));
        if grid.channels == 3 {
            each_pixel(image, |[r, g, b]| {
                let y = 0.299 * r + 0.587 * g + 0.114 * b;
                [y, 128.0 + (b - y) / 1.772, 128.0 + (r - y) / 1.402].map(byte)
            });
        }
        for c in 0..grid.channels {
            let plane = image.plane_mut(c);
            match self.chroma {
                Chroma::Half if grid.channels == 3 && c > 0 => {
                    let (mut half, height, width) = halved(plane, grid);
                    code(&mut half, width, &chroma);
                    plane.copy_from_slice(&doubled(&half, height, width, grid));
                }
                _ => code(plane, grid.width, if grid.channels == 3 && c > 0 { &chroma } else { &luma }),
            }
        }
        if grid.channels == 3 {
            each_pixel(image, |[y, b, r]| {
                let (b, r) = (1.772 * (b - 128.0), 1.402 * (r - 128.0));
                [y + r, y - (0.114 * b + 0.299 * r) / 0.587, y + b].map(byte)
            });
        }
        image.pixels_mut().iter_mut().for_each(|v| *v /= 255.0);
    }

    /// The steps of this quality.
    fn steps(&self, table: &[u16; 64]) -> [f32; 64] {
        let quality = u32::from(self.quality.clamp(1, 100));
        let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
        table.map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, 255) as f32)
    }
}

/// The nearest whole number in 0..255.
fn byte(v: f32) -> f32 {
    v.round().clamp(0.0, 255.0)
}

fn each_pixel(image: &mut Image, f: impl Fn([f32; 3]) -> [f32; 3] + Sync) {
    let n = image.grid().plane();
    let (first, rest) = image.pixels_mut().split_at_mut(n);
    let (second, third) = rest.split_at_mut(n);
    first.par_iter_mut().zip(second).zip(third).for_each(|((a, b), c)| [*a, *b, *c] = f([*a, *b, *c]));
}

/// Codes a plane of bytes in place. At its right and lower end, blocks are filled up with the last column and row.
fn code(plane: &mut [f32], width: usize, steps: &[f32; 64]) {
    let cosines = Type2And3Butterfly8::new();
    plane.par_chunks_mut(8 * width).for_each(|band| {
        let height = band.len() / width;
        for left in (0..width).step_by(8) {
            let mut block: [f32; 64] = std::array::from_fn(|i| {
                let (row, column) = ((i / 8).min(height - 1), (left + i % 8).min(width - 1));
                band[row * width + column] - 128.0
            });
            round(&mut block, steps, &cosines);
            for (row, line) in band.chunks_exact_mut(width).enumerate() {
                for (v, coded) in line[left..].iter_mut().zip(&block[8 * row..8 * row + 8]) {
                    *v = byte(coded + 128.0);
                }
            }
        }
    });
}

/// Rounds the coefficients of a block to multiples of the steps.
fn round(block: &mut [f32; 64], steps: &[f32; 64], cosines: &Type2And3Butterfly8<f32>) {
    // The transforms are not normalised: orthonormal coefficients are X·s(k)·s(l), with s(0)² = 1/8 and s(k)² = 1/4.
    let norm = |k: usize| if k == 0 { 0.125f32.sqrt() } else { 0.5 };
    for _ in 0..2 {
        block.chunks_exact_mut(8).for_each(|row| cosines.process_dct2_with_scratch(row, &mut []));
        transpose(block);
    }
    for (i, (v, step)) in block.iter_mut().zip(steps).enumerate() {
        let step = step / (norm(i / 8) * norm(i % 8));
        *v = (*v / step).round() * step;
    }
    for _ in 0..2 {
        block.chunks_exact_mut(8).for_each(|row| cosines.process_dct3_with_scratch(row, &mut []));
        transpose(block);
    }
    block.iter_mut().for_each(|v| *v /= 16.0); // each DCT-III after a DCT-II multiplies by 8/2
}

fn transpose(block: &mut [f32; 64]) {
    for i in 0..8 {
        for j in 0..i {
            block.swap(8 * i + j, 8 * j + i);
        }
    }
}

/// Means over cells of 2 × 2 pixels, with the height and width of the result.
fn halved(plane: &[f32], grid: Grid) -> (Vec<f32>, usize, usize) {
    let (height, width) = (grid.height.div_ceil(2), grid.width.div_ceil(2));
    let at = |y: usize, x: usize| plane[y.min(grid.height - 1) * grid.width + x.min(grid.width - 1)];
    let mean = |y: usize, x: usize| byte((at(y, x) + at(y, x + 1) + at(y + 1, x) + at(y + 1, x + 1)) / 4.0);
    let cells = (0..height * width).map(|i| mean(2 * (i / width), 2 * (i % width)));
    (cells.collect(), height, width)
}

/// Back to the pixels of `grid`: linear interpolation between the centres of the cells, ¾ of the near and ¼ of the far one along each side.
fn doubled(half: &[f32], height: usize, width: usize, grid: Grid) -> Vec<f32> {
    let pair = |i: usize, n: usize| (i / 2, if i.is_multiple_of(2) { (i / 2).saturating_sub(1) } else { (i / 2 + 1).min(n - 1) });
    let value = |y: usize, x: usize| {
        let ((y0, y1), (x0, x1)) = (pair(y, height), pair(x, width));
        let row = |y: usize| 0.75 * half[y * width + x0] + 0.25 * half[y * width + x1];
        byte(0.75 * row(y0) + 0.25 * row(y1))
    };
    (0..grid.plane()).map(|i| value(i / grid.width, i % grid.width)).collect()
}
