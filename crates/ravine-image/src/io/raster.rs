//! Between a file's numbers and the picture's: rows of pixels with their channels side by side, and planes of 0..1.

use super::{Error, Result, White};
use crate::grid::Grid;
use crate::image::Image;
use crate::picture::{Depth, Picture};

/// A file's numbers as codecs give and take them: row by row, a pixel's channels side by side, opacity last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Raster {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Colour channels.
    pub(super) colours: usize,
    /// Whether an opacity follows the colours.
    pub(super) alpha: bool,
    pub(super) samples: Samples,
}

/// Numbers of one depth.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Samples {
    U8(Vec<u8>),
    U16(Vec<u16>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Runs `$body` on the vector inside, whatever its depth.
macro_rules! on_samples {
    ($samples:expr, $values:ident => $body:expr) => {
        match $samples {
            Samples::U8($values) => $body,
            Samples::U16($values) => $body,
            Samples::F32($values) => $body,
            Samples::F64($values) => $body,
        }
    };
}

/// A stored number.
pub(super) trait Sample: Copy + Default {
    /// As it is.
    fn to_f64(self) -> f64;
    /// The nearest stored number: rounded and clipped for integers, unclipped for floats.
    fn nearest(value: f64) -> Self;
}

impl Sample for u8 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn nearest(value: f64) -> u8 {
        (value + 0.5) as u8
    }
}
impl Sample for u16 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn nearest(value: f64) -> u16 {
        (value + 0.5) as u16
    }
}
impl Sample for f32 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn nearest(value: f64) -> f32 {
        value as f32
    }
}
impl Sample for f64 {
    fn to_f64(self) -> f64 {
        self
    }
    fn nearest(value: f64) -> f64 {
        value
    }
}

impl Samples {
    pub(super) fn depth(&self) -> Depth {
        match self {
            Samples::U8(_) => Depth::U8,
            Samples::U16(_) => Depth::U16,
            Samples::F32(_) => Depth::F32,
            Samples::F64(_) => Depth::F64,
        }
    }

    pub(super) fn len(&self) -> usize {
        on_samples!(self, v => v.len())
    }
}

impl Raster {
    /// Numbers a pixel.
    pub(super) fn channels(&self) -> usize {
        self.colours + usize::from(self.alpha)
    }

    /// Planes of value/white, and the opacity.
    pub(super) fn into_planes(self, white: f64) -> Result<(Image, Option<Vec<f32>>)> {
        self.check_finite()?;
        let grid = Grid::new(self.colours, self.height, self.width);
        let full = self.samples.depth().full();
        let mut pixels = vec![0.0; grid.len()];
        for (channel, plane) in pixels.chunks_exact_mut(grid.plane()).enumerate() {
            self.take_plane(channel, white, plane);
        }
        let alpha = self.alpha.then(|| {
            let mut plane = vec![0.0; grid.plane()];
            self.take_plane(self.colours, full, &mut plane);
            plane
        });
        let image = Image::new(grid, pixels).map_err(|e| Error::Unreadable(e.to_string()))?;
        Ok((image, alpha))
    }

    /// One channel, divided by `white`.
    fn take_plane(&self, channel: usize, white: f64, plane: &mut [f32]) {
        let step = self.channels();
        on_samples!(&self.samples, v => {
            for (to, from) in plane.iter_mut().zip(v.iter().skip(channel).step_by(step)) {
                *to = (from.to_f64() / white) as f32;
            }
        });
    }

    /// Refuses what single precision cannot hold, and names the place.
    fn check_finite(&self) -> Result<()> {
        let bad = match &self.samples {
            Samples::U8(_) | Samples::U16(_) => None,
            Samples::F32(v) => v.iter().position(|x| !x.is_finite()),
            Samples::F64(v) => v.iter().position(|x| !(*x as f32).is_finite()),
        };
        let Some(index) = bad else { return Ok(()) };
        let value = on_samples!(&self.samples, v => v[index].to_f64());
        let (pixel, channel) = (index / self.channels(), index % self.channels());
        Err(Error::Unreadable(format!(
            "row {}, column {}, channel {channel} (counted from 0) holds {value}: only finite numbers within ±3.4e38 can be restored; \
             replace it first",
            pixel / self.width,
            pixel % self.width,
        )))
    }

    /// The value that is white: as told, or the least usual full scale that the numbers fit in.
    ///
    /// Integers fit when none is larger; the scales are 2ᵇ − 1, b ≥ 8. Of floats 99 of 100 must fit, so that a few highlights or
    /// noise above white don't matter; their scales are 1 (which may be exceeded twofold) and 2ᵇ − 1, b ≥ 8.
    pub(super) fn white(&self, asked: White, of_file: Option<f64>) -> f64 {
        match asked {
            White::Value(white) => white,
            White::Full => of_file.unwrap_or(self.samples.depth().full()),
            White::Auto => match &self.samples {
                Samples::U8(_) => 255.0,
                Samples::U16(_) => scale(self.largest()),
                Samples::F32(_) | Samples::F64(_) => self.float_scale(),
            },
        }
    }

    /// The largest colour value.
    pub(super) fn largest(&self) -> f64 {
        self.colour_values().fold(0.0, f64::max)
    }

    fn colour_values(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        let (step, colours) = (self.channels(), self.colours);
        on_samples!(&self.samples, v => Box::new(
            v.iter().enumerate().filter(move |(i, _)| i % step < colours).map(|(_, x)| x.to_f64())
        ))
    }

    fn float_scale(&self) -> f64 {
        let mut beyond = [0_usize; 130]; // how many values need 2^b − 1; b = 0 stands for the scale 1
        for value in self.colour_values().filter(|v| *v > 2.0) {
            beyond[scale(value.min(f64::from(f32::MAX))).log2().round() as usize] += 1;
        }
        let allowed = self.width * self.height * self.colours / 100;
        let mut above = 0;
        for bits in (8..beyond.len()).rev() {
            above += beyond[bits];
            if above > allowed {
                return (bits as f64).exp2() - 1.0;
            }
        }
        1.0
    }

    /// The picture's numbers as stored ones: colours times `white`, opacity times full scale. Also how many were clipped.
    pub(super) fn from_picture(picture: &Picture, depth: Depth, white: f64, with_alpha: bool) -> (Raster, usize) {
        let alpha = picture.companion.alpha.as_deref().filter(|_| with_alpha);
        let grid = picture.grid();
        let highest = if depth.is_integer() { depth.full() } else { f64::INFINITY };
        let clipped = if depth.is_integer() {
            picture.image.pixels().iter().filter(|v| !(-0.5..highest + 0.5).contains(&(f64::from(**v) * white))).count()
        } else {
            0
        };
        let samples = match depth {
            Depth::U8 => Samples::U8(interleave(&picture.image, alpha, white, depth.full())),
            Depth::U16 => Samples::U16(interleave(&picture.image, alpha, white, depth.full())),
            Depth::F32 => Samples::F32(interleave(&picture.image, alpha, white, depth.full())),
            Depth::F64 => Samples::F64(interleave(&picture.image, alpha, white, depth.full())),
        };
        (Raster { width: grid.width, height: grid.height, colours: grid.channels, alpha: alpha.is_some(), samples }, clipped)
    }
}

/// The least 2ᵇ − 1, b ≥ 8, that is not below `value`.
fn scale(value: f64) -> f64 {
    (8..128).map(|bits| f64::from(bits).exp2() - 1.0).find(|s| *s >= value).unwrap_or(128_f64.exp2() - 1.0)
}

fn interleave<S: Sample>(image: &Image, alpha: Option<&[f32]>, white: f64, full: f64) -> Vec<S> {
    let grid = image.grid();
    let colours = (0..grid.channels).map(|c| (image.plane(c), white));
    let planes: Vec<(&[f32], f64)> = colours.chain(alpha.map(|a| (a, full))).collect();
    let mut out = vec![S::default(); planes.len() * grid.plane()];
    for (channel, (plane, white)) in planes.iter().enumerate() {
        for (to, from) in out.iter_mut().skip(channel).step_by(planes.len()).zip(*plane) {
            *to = S::nearest(f64::from(*from) * white);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(values: Vec<f32>) -> Raster {
        Raster { width: values.len(), height: 1, colours: 1, alpha: false, samples: Samples::F32(values) }
    }

    #[test]
    fn every_integer_survives_every_white() {
        for white in [1.0, 255.0, 1_000.0, 4_095.0, 65_535.0] {
            let all: Vec<u16> = (0..=u16::MAX).collect();
            let raster = Raster { width: all.len(), height: 1, colours: 1, alpha: false, samples: Samples::U16(all) };
            let (image, _) = raster.clone().into_planes(white).unwrap();
            let (back, clipped) = Raster::from_picture(&Picture::new(image, Depth::U16), Depth::U16, white, true);
            assert_eq!((back, clipped), (raster, 0), "white = {white}");
        }
    }

    #[test]
    fn auto_finds_the_range_in_use() {
        assert_eq!(floats(vec![-1.0, 0.5, 1.9]).white(White::Auto, None), 1.0);
        assert_eq!(floats(vec![0.0, 100.0, 255.0]).white(White::Auto, None), 255.0);
        assert_eq!(floats(vec![0.0, 255.5]).white(White::Auto, None), 511.0);
        assert_eq!(floats(vec![0.0, 1e38]).white(White::Auto, None), 127_f64.exp2() - 1.0);
        let mut spiked = vec![0.5; 200];
        spiked[7] = 1e6;
        assert_eq!(floats(spiked.clone()).white(White::Auto, None), 1.0);
        spiked[8..11].fill(4_000.0);
        assert_eq!(floats(spiked).white(White::Auto, None), 4_095.0);
    }

    #[test]
    fn places_of_bad_numbers_are_named() {
        let samples = Samples::F64(vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1e39]);
        let raster = Raster { width: 2, height: 2, colours: 2, alpha: false, samples };
        let message = raster.into_planes(1.0).unwrap_err().to_string();
        assert!(message.starts_with("row 1, column 1, channel 1 (counted from 0) holds 1000000"), "{message}");
    }
}
