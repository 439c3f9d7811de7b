//! How good a restoration is, where the clean picture is known: restore, clip and round to 8 bit as a file would, compare.

use crate::error::Result;
use crate::recipe::Restoration;
use crate::restore::{Restored, Watch, restore};
use ravine_image::metric::{self, Comparison};
use ravine_image::{Image, Picture, picture::Depth};

/// A restoration and its comparison with the clean picture.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// The restored picture, neither clipped nor rounded, and what is known of it.
    pub restored: Restored,
    /// The restored picture, clipped and rounded to 8 bit, against the clean one.
    pub comparison: Comparison,
}

/// Restores `observed` as `asked`, and compares with `clean`. The observation is taken as it is: noise is added in float, and
/// neither clipped nor rounded.
pub fn evaluate(clean: &Image, observed: Image, asked: &Restoration, watch: &mut Watch<'_>) -> Result<Evaluated> {
    let restored = restore(&Picture::new(observed, Depth::F32), asked, watch)?;
    let rounded = metric::round_to_8_bit(restored.picture.image.clone());
    Ok(Evaluated { comparison: metric::compare(clean, &rounded)?, restored })
}
