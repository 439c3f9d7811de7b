//! Brightness and two differences of colour, as in JPEG files (ITU-R BT.601, JFIF): a camera's noise is fine in the first and coarse in
//! the others.

use crate::image::Image;
use rayon::prelude::*;

/// Red, green, blue to brightness Y = 0.299 R + 0.587 G + 0.114 B and ½ + (B − Y)/1.772, ½ + (R − Y)/1.402, pixel by pixel; pictures of
/// other than three channels stay as they are.
///
/// ```
/// use ravine_image::{Grid, Image, luma_chroma};
/// let picture = Image::from_fn(Grid::new(3, 4, 5), |c, y, x| ((7 * c + 5 * y + 3 * x) % 11) as f32 / 11.0);
/// let mut u = picture.clone();
/// luma_chroma::split(&mut u);
/// luma_chroma::join(&mut u);
/// assert!(u.pixels().iter().zip(picture.pixels()).all(|(a, b)| (a - b).abs() < 1e-6));
/// ```
pub fn split(image: &mut Image) {
    each_pixel(image, |[r, g, b]| {
        let y = luma([r, g, b]);
        [y, 0.5 + (b - y) / 1.772, 0.5 + (r - y) / 1.402]
    });
}

/// The other way.
pub fn join(image: &mut Image) {
    each_pixel(image, |[y, b, r]| {
        let (b, r) = (y + 1.772 * (b - 0.5), y + 1.402 * (r - 0.5));
        [r, (y - 0.114 * b - 0.299 * r) / 0.587, b]
    });
}

/// Y of red, green and blue.
pub(crate) fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

fn each_pixel(image: &mut Image, f: impl Fn([f32; 3]) -> [f32; 3] + Sync) {
    let grid = image.grid();
    if grid.channels != 3 {
        return;
    }
    let (first, rest) = image.pixels_mut().split_at_mut(grid.plane());
    let (second, third) = rest.split_at_mut(grid.plane());
    first.par_iter_mut().zip(second).zip(third).for_each(|((a, b), c)| [*a, *b, *c] = f([*a, *b, *c]));
}
