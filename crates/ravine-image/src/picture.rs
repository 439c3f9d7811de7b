//! A picture as it came from a file: its numbers, and what they leave out.
//!
//! Restoration sees only the [`Image`]. The [`Companion`] travels beside it, so that a result can go back as it came: in the input's
//! depth and units, with its transparency, colour profile and camera data.

use crate::grid::Grid;
use crate::image::Image;

/// How a file stores one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// 0 … 255
    U8,
    /// 0 … 65 535
    U16,
    /// single precision, any value
    F32,
    /// double precision, any value; the picture itself keeps single precision
    F64,
}

impl Depth {
    /// The value that is white unless something else is said: the largest integer, or 1.
    pub fn full(self) -> f64 {
        match self {
            Depth::U8 => 255.0,
            Depth::U16 => 65_535.0,
            Depth::F32 | Depth::F64 => 1.0,
        }
    }

    /// Whether it holds whole numbers of a bounded range only.
    pub fn is_integer(self) -> bool {
        matches!(self, Depth::U8 | Depth::U16)
    }
}

impl std::fmt::Display for Depth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Depth::U8 => "8-bit",
            Depth::U16 => "16-bit",
            Depth::F32 => "32-bit float",
            Depth::F64 => "64-bit float",
        })
    }
}

/// What a file holds beside the numbers. Orientation is not here: it has been applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Companion {
    /// How the file stores a number, and how the result is stored where the target can.
    pub depth: Depth,
    /// The stored value that is 1.0 in the image, such as 255, 65 535, or 4 095 for 12-bit data in a 16-bit file.
    pub white: f64,
    /// Opacity, 0..1, one number a pixel, row by row.
    pub alpha: Option<Vec<f32>>,
    /// The ICC colour profile, as it stands in the file.
    pub icc: Option<Vec<u8>>,
    /// EXIF in its TIFF form (`II*` or `MM*` first), its orientation reset to upright and its stale thumbnail unlinked.
    pub exif: Option<Vec<u8>>,
    /// The XMP packet, its orientation reset to upright.
    pub xmp: Option<Vec<u8>>,
    /// What happened in reading that a person may want to know, a sentence each.
    pub notes: Vec<String>,
}

impl Companion {
    /// That of a picture which no file gave: only a depth, white at its full scale.
    pub fn new(depth: Depth) -> Self {
        Companion { depth, white: depth.full(), alpha: None, icc: None, exif: None, xmp: None, notes: Vec::new() }
    }
}

/// An image and its companion.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The numbers: colour only, nominal range 0..1.
    pub image: Image,
    /// The rest.
    pub companion: Companion,
}

impl Picture {
    /// A picture that no file gave, to be stored in `depth`.
    ///
    /// ```
    /// use ravine_image::{Grid, Image, picture::{Depth, Picture}};
    /// let grey = Picture::new(Image::constant(Grid::new(1, 4, 6), 0.5), Depth::U8);
    /// assert_eq!(grey.companion.white, 255.0);
    /// ```
    pub fn new(image: Image, depth: Depth) -> Self {
        Picture { image, companion: Companion::new(depth) }
    }

    /// The same companion with other numbers, such as a restored image. A new size leaves the opacity behind.
    pub fn with_image(&self, image: Image) -> Picture {
        let same_size = self.image.grid().grey() == image.grid().grey();
        let alpha = self.companion.alpha.as_ref().filter(|_| same_size).cloned();
        Picture { image, companion: Companion { alpha, ..self.companion.clone() } }
    }

    /// The rectangle of `width` × `height` pixels whose first is (`column`, `row`), with its opacity. It must lie inside.
    pub fn crop(&self, column: usize, row: usize, width: usize, height: usize) -> Picture {
        let across = self.image.grid().width;
        let cut = |alpha: &Vec<f32>| -> Vec<f32> {
            (row..row + height).flat_map(|y| alpha[y * across + column..][..width].iter().copied()).collect()
        };
        let alpha = self.companion.alpha.as_ref().map(cut);
        Picture { image: self.image.crop(column, row, width, height), companion: Companion { alpha, ..self.companion.clone() } }
    }

    /// Its shape.
    pub fn grid(&self) -> Grid {
        self.image.grid()
    }
}
