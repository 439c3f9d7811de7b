//! How far one picture is from another: PSNR, SSIM, root mean square and largest error, for values in 0..1.

use crate::grid::Grid;
use crate::image::Image;
use ravine_optim::vector::{square_distance, tree};
use ravine_optim::{Error, Result};
use rayon::prelude::*;

/// The four numbers that `ravine compare` prints.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Comparison {
    /// Peak signal-to-noise ratio in dB, peak 1. Absent when the pictures are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psnr: Option<f64>,
    /// Structural similarity, at most 1. Absent when a side is shorter than its window of 11 pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssim: Option<f64>,
    /// Root mean square error, in 0..1.
    pub rmse: f64,
    /// Largest absolute error.
    pub max_error: f64,
}

/// All four numbers of `image` against `reference`. Their grids must be equal.
///
/// ```
/// use ravine_image::{Grid, Image, metric::compare};
/// let (black, grey) = (Image::constant(Grid::new(1, 2, 2), 0.0), Image::constant(Grid::new(1, 2, 2), 0.125));
/// let c = compare(&black, &grey)?;
/// assert_eq!((c.rmse, c.max_error, c.ssim), (0.125, 0.125, None));
/// assert_eq!(compare(&grey, &grey)?.psnr, None);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub fn compare(reference: &Image, image: &Image) -> Result<Comparison> {
    Ok(Comparison {
        psnr: psnr(reference, image)?,
        ssim: ssim(reference, image)?,
        rmse: rmse(reference, image)?,
        max_error: max_error(reference, image)?,
    })
}

/// −10·log₁₀(mean (x−y)²) in dB: the peak is 1. `None` for equal pictures.
pub fn psnr(reference: &Image, image: &Image) -> Result<Option<f64>> {
    let rmse = rmse(reference, image)?;
    Ok((rmse > 0.0).then(|| -20.0 * rmse.log10()))
}

/// √(mean (x−y)²) over all channels.
pub fn rmse(reference: &Image, image: &Image) -> Result<f64> {
    let n = same_grid(reference, image)?.len();
    Ok((square_distance(reference.pixels(), image.pixels()) / n.max(1) as f64).sqrt())
}

/// max |x−y| over all channels.
pub fn max_error(reference: &Image, image: &Image) -> Result<f64> {
    same_grid(reference, image)?;
    let errors = reference.pixels().iter().zip(image.pixels()).map(|(x, y)| (*x as f64 - *y as f64).abs());
    Ok(errors.fold(0.0, f64::max))
}

/// Pixels on a side of the SSIM window: the Gaussian of σ = 1.5 cut at 3.5 σ.
pub const WINDOW: usize = 11;

/// Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004), data range 1:
///
/// S = (2μₓμᵧ + C₁)(2σₓᵧ + C₂) / ((μₓ² + μᵧ² + C₁)(σₓ² + σᵧ² + C₂)),  C₁ = 0.01², C₂ = 0.03²
///
/// with means and covariances under a Gaussian window of σ = 1.5, averaged over the windows that lie wholly inside the picture,
/// then over channels. `None` where no window fits. The numbers are those of scikit-image's
/// `structural_similarity(…, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1)`.
pub fn ssim(reference: &Image, image: &Image) -> Result<Option<f64>> {
    let grid = same_grid(reference, image)?;
    if grid.height < WINDOW || grid.width < WINDOW || grid.channels == 0 {
        return Ok(None);
    }
    let rows = grid.height - (WINDOW - 1);
    let window = gaussian_window();
    let row_sums: Vec<f64> = (0..grid.channels * rows)
        .into_par_iter()
        .map(|i| {
            let (plane, row) = (i / rows, i % rows);
            ssim_of_row(&reference.plane(plane)[row * grid.width..], &image.plane(plane)[row * grid.width..], grid.width, &window)
        })
        .collect();
    Ok(Some(tree(&row_sums) / (row_sums.len() * (grid.width - (WINDOW - 1))) as f64))
}

fn gaussian_window() -> [f64; WINDOW] {
    let weight: [f64; WINDOW] = std::array::from_fn(|i| {
        let t = i as f64 - (WINDOW / 2) as f64;
        (-t * t / (2.0 * 1.5 * 1.5)).exp()
    });
    let total: f64 = weight.iter().sum();
    weight.map(|w| w / total)
}

/// Σ S over the windows whose first row is the first of `x` and `y`.
fn ssim_of_row(x: &[f32], y: &[f32], width: usize, window: &[f64; WINDOW]) -> f64 {
    const C1: f64 = 0.01 * 0.01;
    const C2: f64 = 0.03 * 0.03;
    let mut column = vec![[0.0; 5]; width]; // the five moments of each column, summed down the window
    for (k, w) in window.iter().enumerate() {
        let (x, y) = (&x[k * width..][..width], &y[k * width..][..width]);
        for ((m, x), y) in column.iter_mut().zip(x).zip(y) {
            let (x, y) = (*x as f64, *y as f64);
            let moments = [x, y, x * x, y * y, x * y];
            for (m, v) in m.iter_mut().zip(moments) {
                *m += w * v;
            }
        }
    }
    let similarity = |columns: &[[f64; 5]]| {
        let mut m = [0.0; 5];
        for (w, column) in window.iter().zip(columns) {
            for (m, v) in m.iter_mut().zip(column) {
                *m += w * v;
            }
        }
        let [mx, my, xx, yy, xy] = m;
        let (vx, vy, vxy) = (xx - mx * mx, yy - my * my, xy - mx * my);
        (2.0 * mx * my + C1) * (2.0 * vxy + C2) / ((mx * mx + my * my + C1) * (vx + vy + C2))
    };
    column.windows(WINDOW).map(similarity).sum()
}

/// Without `border` pixels on each side. At least one pixel must be left.
pub fn without_border(image: &Image, border: usize) -> Result<Image> {
    let Grid { height, width, .. } = image.grid();
    let shorter = height.min(width);
    if border > 0 && border >= shorter.div_ceil(2) {
        return Err(Error::OutOfRange {
            name: "border".into(),
            value: border as f64,
            range: format!("0..{}", shorter.saturating_sub(1) / 2),
        });
    }
    Ok(image.crop(border, border, width - 2 * border, height - 2 * border))
}

/// As an 8-bit file would hold it: clipped to 0..1 and rounded to a multiple of 1/255.
pub fn round_to_8_bit(image: Image) -> Image {
    image.map(|v| (v.clamp(0.0, 1.0) * 255.0).round() / 255.0)
}

fn same_grid(a: &Image, b: &Image) -> Result<Grid> {
    let (p, q) = (a.grid(), b.grid());
    if p == q {
        return Ok(p);
    }
    let size = |g: Grid| format!("{}×{} with {} channel(s)", g.width, g.height, g.channels);
    Err(Error::Unsuited(format!(
        "the reference is {} and the other picture {}: only pictures of one size can be compared",
        size(p),
        size(q)
    )))
}
