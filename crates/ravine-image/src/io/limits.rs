//! How much a file may ask for, checked from its header before anything is allocated.

use super::{Error, Result};

/// The largest picture that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Pixels, height × width. A picture of more than four channels may hold four times as many numbers, no more.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 2·10⁸ pixels: a square of 14 142. As grey numbers they take 0.8 GB, and a restoration up to eight times that.
    fn default() -> Self {
        Limits { max_pixels: 200_000_000 }
    }
}

impl Limits {
    /// The longest file that is read: 32 bytes a pixel (four channels in double precision), and 64 MiB for what comes with them.
    pub fn max_bytes(&self) -> u64 {
        self.max_pixels.saturating_mul(32).saturating_add(64 << 20)
    }

    /// Refuses empty pictures, and those that are too large.
    ///
    /// ```
    /// let error = ravine_image::io::Limits::default().check(1, 65_536, 65_536).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "65536 × 65536 = 4294967296 pixels are more than the limit of 200000000: raise it with --max-pixels, or cut the picture"
    /// );
    /// ```
    pub fn check(&self, channels: usize, height: u64, width: u64) -> Result<()> {
        if channels == 0 || height == 0 || width == 0 {
            return Err(Error::Unreadable(format!("it has no pixel: its header says {height} × {width} × {channels}")));
        }
        let pixels = u128::from(width) * u128::from(height);
        let numbers = pixels.saturating_mul(channels as u128);
        if pixels > u128::from(self.max_pixels) || numbers > 4 * u128::from(self.max_pixels) {
            return Err(Error::Limit { width, height, channels, limit: self.max_pixels });
        }
        Ok(())
    }
}
