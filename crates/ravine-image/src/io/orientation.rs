//! The orientation tag of EXIF: which way up the sensor was held.

use crate::grid::Grid;
use crate::image::Image;
use crate::picture::{Companion, Picture};
use image::metadata::Orientation;

/// The orientation, 1..=8, which is reset to upright; and the thumbnail, which shows the old picture the old way up, is unlinked.
pub(super) fn take(exif: &mut Vec<u8>) -> Option<u8> {
    if exif.starts_with(b"Exif\0\0") {
        exif.drain(..6);
    }
    unlink_thumbnail(exif);
    Orientation::remove_from_exif_chunk(exif).map(Orientation::to_exif)
}

/// Ends the chain of directories after the first: the second describes the thumbnail.
fn unlink_thumbnail(exif: &mut [u8]) -> Option<()> {
    let big = exif.starts_with(b"MM");
    let long = |b: [u8; 4]| if big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) };
    let first = long(*exif.get(4..)?.first_chunk()?) as usize;
    let count = *exif.get(first..)?.first_chunk::<2>()?;
    let entries = usize::from(if big { u16::from_be_bytes(count) } else { u16::from_le_bytes(count) });
    exif.get_mut(first + 2 + 12 * entries..)?.first_chunk_mut::<4>()?.fill(0);
    Some(())
}

/// The picture as it was seen: (row, column) of the result from (row, column) of the file, for each of the eight.
pub(super) fn apply(picture: Picture, orientation: u8) -> Picture {
    if !(2..=8).contains(&orientation) {
        return picture;
    }
    let Grid { channels, height, width } = picture.grid();
    let (bottom, right) = (height - 1, width - 1);
    let source = move |y: usize, x: usize| match orientation {
        2 => (y, right - x),          // mirrored
        3 => (bottom - y, right - x), // upside down
        4 => (bottom - y, x),         // upside down, mirrored
        5 => (x, y),                  // transposed
        6 => (bottom - x, y),         // turned left: turn it a quarter clockwise
        7 => (bottom - x, right - y), // transposed across the other diagonal
        _ => (x, right - y),          // turned right: turn it a quarter anticlockwise
    };
    let turned = if orientation >= 5 { Grid::new(channels, width, height) } else { picture.grid() };
    let image = Image::from_fn(turned, |c, y, x| {
        let (row, column) = source(y, x);
        picture.image.at(c, row, column)
    });
    let alpha = picture.companion.alpha.as_ref().map(|alpha| {
        Image::from_fn(turned.grey(), |_, y, x| {
            let (row, column) = source(y, x);
            alpha[row * width + column]
        })
        .into_pixels()
    });
    Picture { image, companion: Companion { alpha, ..picture.companion } }
}
