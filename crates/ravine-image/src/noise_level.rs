//! How strong the noise of a picture is, found from the picture alone.
//!
//! The idea, for white Gaussian noise: *choose the flat blocks by their coarse cosines, measure them by their finest ones.* In an
//! orthonormal transform of white noise all coefficients are independent, so choosing by some says nothing about the others, and
//! the estimate has no bias by selection. (Blocks in the DCT domain: Ponomarenko et al. 2007; how many to believe: Lepski 1990.)
//!
//! A page is measured by what is left of the noise of its paper: where white cuts half of it off, that is a third of the variance.
//!
//! What it cannot know: a texture that fills the whole picture down to the pixel looks like noise, and is taken for it; noise
//! whose finest part was taken away (JPEG, interpolation, blur) is not white, and is said to be [`Verdict::Coloured`]: its level is what
//! the [`quiet`]est blocks hold.

mod blocks;
mod cut_off;
mod flattest;
mod limits;
mod quiet;

pub use limits::Limits;
pub use quiet::quiet;

use crate::image::Image;
use blocks::{Block, Blocks, flattest_first};
use cut_off::{away_from_limits, coarser};
use flattest::{Level, flattest};

/// Noise below half a grey level of 8 bit is no noise to remove: rounding to 8 bit alone makes 0.29.
pub const CLEAN: f64 = 0.5 / 255.0;
/// Noise that is this much stronger at the coarser scale than white noise would be is not white.
const COLOURED: f64 = 1.4;
/// Classes of brightness.
const CLASSES: usize = 6;
/// Blocks that a class of brightness needs.
const CLASS: usize = 400;

/// What the noise of a picture is like. All levels are standard deviations in the units of the picture (nominally 0..1).
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct NoiseLevel {
    /// What to make of it.
    pub verdict: Verdict,
    /// σ of the picture: the root mean square over channels and, if the noise grows with brightness, over brightness.
    pub sigma: f64,
    /// Standard error of `sigma` relative to it, were the picture nothing but white noise where it was measured.
    pub relative_error: f64,
    /// σ of each channel.
    pub channels: Vec<f64>,
    /// The same measured on means over 2 × 2 pixels, doubled: equal to `sigma` for white noise, larger for coarse grain. Absent
    /// where the picture is too small for it. Of a page, where means are not what they were before white cut them off, it is measured by
    /// the coarser cosines of the flattest blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coarse_sigma: Option<f64>,
    /// σ in classes of equally many blocks, dark to bright. Empty if there are too few blocks for it, and of a page.
    pub by_brightness: Vec<BrightnessLevel>,
    /// Whether it depends on brightness.
    pub trend: Trend,
    /// Blocks of 8 × 8 that were believed.
    pub blocks: usize,
    /// Blocks that were looked at.
    pub of_blocks: usize,
}

/// What the noise looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No noise to remove: below [`CLEAN`], and not much above it in coarser detail.
    Clean,
    /// Noise, as strong in the finest detail as in coarser detail.
    White,
    /// Coarser detail holds more than the finest: grain that was blurred, interpolated or compressed, or a texture everywhere.
    /// `sigma` then tells the finest part only.
    Coloured,
    /// Too small (a side shorter than 8 pixels), or black and white nearly everywhere: nothing can be measured.
    Unmeasurable,
}

impl Verdict {
    /// A sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Verdict::Clean => "no noise to remove: less than half a grey level",
            Verdict::White => "the noise looks white",
            Verdict::Coloured => {
                "the noise does not look white: it was blurred, interpolated or compressed, or a texture fills the picture"
            }
            Verdict::Unmeasurable => {
                "nothing to measure: a side is shorter than 8 pixels, or nearly all is black and white; give --sigma"
            }
        }
    }
}

/// Whether the noise depends on brightness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trend {
    /// The same everywhere, as far as can be told.
    Constant,
    /// Stronger where it is brighter, like counted photons.
    Growing,
    /// Different, but not growing.
    Uneven,
}

/// The noise where the picture has about this brightness.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct BrightnessLevel {
    /// Mean brightness.
    pub brightness: f64,
    /// σ there.
    pub sigma: f64,
    /// Blocks that were believed.
    pub blocks: usize,
}

/// Estimates the noise of a picture.
///
/// ```
/// use ravine_image::{Grid, Image, noise, noise_level::{self, Verdict}};
/// let clean = Image::from_fn(Grid::new(1, 128, 128), |_, y, x| 0.5 + 0.3 * (y as f32 / 40.0).sin() * (x as f32 / 30.0).cos());
/// let mut noisy = clean.clone();
/// noise::add_gaussian(&mut noisy, 25.0 / 255.0, 1);
/// let level = noise_level::estimate(&noisy);
/// assert_eq!(level.verdict, Verdict::White);
/// assert!((level.sigma * 255.0 - 25.0).abs() < 1.0);
/// assert_eq!(noise_level::estimate(&clean).verdict, Verdict::Clean);
/// ```
pub fn estimate(image: &Image) -> NoiseLevel {
    let limits: Vec<Limits> = (0..image.grid().channels).map(|c| Limits::of(image.plane(c))).collect();
    let Some(fine) = Measured::of(image, &limits) else { return unmeasurable() };
    let trend = trend(&fine.classes);
    let sigma = fine.sigma(trend);
    let coarse_sigma = match fine.pages.is_empty() {
        true => Measured::of(&halved(image), &limits).map(|coarse| 2.0 * coarse.sigma(trend)),
        false => Some(root_mean_square(fine.pages.iter().copied())),
    };
    NoiseLevel {
        verdict: verdict(sigma, coarse_sigma),
        sigma,
        relative_error: root_mean_square(fine.levels.iter().map(|l| l.relative_error)) / (fine.levels.len() as f64).sqrt(),
        channels: fine.levels.iter().map(|l| l.sigma).collect(),
        coarse_sigma,
        blocks: fine.levels.iter().map(|l| l.blocks).sum(),
        of_blocks: fine.of_blocks,
        by_brightness: fine.classes,
        trend,
    }
}

/// The noise at one scale.
struct Measured {
    /// Of each channel that can be measured.
    levels: Vec<Level>,
    /// In classes of brightness, all channels together.
    classes: Vec<BrightnessLevel>,
    of_blocks: usize,
    /// σ by the coarser cosines, of each channel that is a page.
    pages: Vec<f64>,
}

impl Measured {
    /// `None` if no channel has a block that isn't black or white.
    fn of(image: &Image, limits: &[Limits]) -> Option<Self> {
        let grid = image.grid();
        let (mut levels, mut together, mut stride, mut pages) = (Vec::new(), Vec::new(), 1, Vec::new());
        for (c, limits) in limits.iter().enumerate() {
            let blocks = Blocks::of(image.plane(c), grid.height, grid.width, *limits);
            if let Some((level, kept)) = away_from_limits(&blocks, *limits) {
                levels.push(level);
                together.extend(kept);
                stride = blocks.stride;
                pages.extend(blocks.page.then(|| coarser(&blocks, *limits, level.sigma)));
            }
        }
        let of_blocks = together.len();
        let classes = if pages.is_empty() { by_brightness(together, stride) } else { Vec::new() }; // paper is of one brightness
        (!levels.is_empty()).then_some(Measured { levels, classes, of_blocks, pages })
    }

    fn sigma(&self, trend: Trend) -> f64 {
        match trend {
            Trend::Growing if !self.classes.is_empty() => root_mean_square(self.classes.iter().map(|b| b.sigma)),
            _ => root_mean_square(self.levels.iter().map(|l| l.sigma)),
        }
    }
}

fn unmeasurable() -> NoiseLevel {
    NoiseLevel {
        verdict: Verdict::Unmeasurable,
        sigma: 0.0,
        relative_error: 1.0,
        channels: Vec::new(),
        coarse_sigma: None,
        by_brightness: Vec::new(),
        trend: Trend::Constant,
        blocks: 0,
        of_blocks: 0,
    }
}

fn verdict(fine: f64, coarse: Option<f64>) -> Verdict {
    let coarse = coarse.unwrap_or(fine);
    // `coarse` is doubled: in the means over 2 × 2 pixels it is half of it, and drawn paper may have a faint grain.
    if fine < CLEAN && coarse < 1.5 * CLEAN {
        Verdict::Clean
    } else if coarse > COLOURED * fine {
        Verdict::Coloured
    } else {
        Verdict::White
    }
}

/// The noise of the flattest blocks in classes of equally many blocks by brightness.
fn by_brightness(mut blocks: Vec<Block>, stride: usize) -> Vec<BrightnessLevel> {
    let classes = CLASSES.min(blocks.len() / CLASS);
    if classes < 2 {
        return Vec::new();
    }
    let size = blocks.len().div_ceil(classes);
    blocks.sort_unstable_by(|a, b| {
        a.mean.total_cmp(&b.mean).then(a.activity.total_cmp(&b.activity)).then(a.finest.total_cmp(&b.finest))
    });
    let class = |class: &mut [Block]| {
        let brightness = class.iter().map(|b| b.mean as f64).sum::<f64>() / class.len() as f64;
        flattest_first(class);
        flattest(class, stride).map(|level| BrightnessLevel { brightness, sigma: level.sigma, blocks: level.blocks })
    };
    blocks.chunks_mut(size).filter_map(class).collect()
}

/// Growing: the brightest class a quarter above the darkest, and most pairs of classes in that order. Uneven: half as much again.
fn trend(levels: &[BrightnessLevel]) -> Trend {
    let [first, .., last] = levels else { return Trend::Constant };
    let pairs = || (0..levels.len()).flat_map(|i| (0..i).map(move |j| (j, i)));
    let rising = pairs().filter(|(j, i)| levels[*i].sigma > levels[*j].sigma).count();
    let (low, high) = levels.iter().fold((f64::INFINITY, 0.0f64), |(l, h), b| (l.min(b.sigma), h.max(b.sigma)));
    if last.sigma > 1.25 * first.sigma && rising * 5 >= pairs().count() * 4 {
        Trend::Growing
    } else if high > 1.5 * low {
        Trend::Uneven
    } else {
        Trend::Constant
    }
}

/// Means over 2 × 2 pixels; an odd last row or column is left out.
fn halved(image: &Image) -> Image {
    let grid = image.grid();
    let half = crate::Grid::new(grid.channels, grid.height / 2, grid.width / 2);
    Image::from_fn(half, |c, y, x| {
        let at = |dy, dx| image.at(c, 2 * y + dy, 2 * x + dx);
        0.25 * (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1))
    })
}

fn root_mean_square(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    (values.map(|v| v * v).sum::<f64>() / n).sqrt()
}
