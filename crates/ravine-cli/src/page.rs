//! Pages and figures of what was measured, from numbers to files.

use crate::exit::Result;
use ravine::image::io::{Format, WriteOptions, encode};
use ravine::image::picture::Depth;
use ravine::image::{Image, Picture};
use ravine::optim::Measure;
use ravine_show::plot::restoration::Point;
use ravine_show::report;

/// An image on a page: 8-bit PNG, each pixel one pixel.
pub(crate) fn picture(image: &Image, caption: &str, alternative: &str) -> Result<report::Picture> {
    let (width, height) = (image.grid().width, image.grid().height);
    let picture = Picture::new(shown(image), Depth::U8);
    let png = encode(&picture, Format::Png, &WriteOptions::default())?.bytes;
    Ok(report::Picture { caption: caption.into(), alternative: alternative.into(), png, width, height })
}

/// As a screen can show it: one channel or three.
fn shown(image: &Image) -> Image {
    match image.grid().channels {
        1 | 3 => image.clone(),
        _ => Image::from_fn(image.grid().grey(), |_, y, x| image.at(0, y, x)),
    }
}

/// A measure as a point of a figure; n numbers in the picture.
pub(crate) fn point(measure: &Measure, n: usize) -> Point {
    let c = measure.certificate.filter(|c| c.gap.is_finite());
    Point {
        iteration: measure.iteration,
        energy: measure.value,
        dual: c.map(|c| c.dual),
        relative_gap: c.map(|c| c.relative_gap()),
        distance: c.and_then(|c| c.distance).map(|d| 255.0 * d / (n as f64).sqrt()),
    }
}
