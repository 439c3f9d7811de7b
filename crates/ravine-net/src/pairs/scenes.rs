//! Crops of drawn scenes.
//!
//! Drawing a scene takes milliseconds, a crop of it microseconds. So each place in the batch has a *sheet*, a part of a scene some
//! crops wide, from which it takes its crop of every step: a random square of it in one of eight orientations. A sheet serves until it
//! has given each of its pixels about 4 times; then the next one is drawn. The places change sheets at different steps, so
//! that all steps cost the same. Which sheet, and which crop, follow from the key; what is kept in memory changes nothing but the time.
//!
//! 12 000 grey crops of 40 × 40, beside as many of the photographs of BSDS500 train (8-bit levels):
//!
//! | | scenes | photographs |
//! |---|---|---|
//! | deviation of u(y, x) − u(y, x−1) − u(y−1, x) + u(y−1, x−1) in blocks of 8 × 8: 25, 50, 75, 90 % | 1.7, 6.8, 16.5, 28 | 2.4, 7.5, 16.5, 26 |
//! | deviation in blocks of 8 × 8: 25, 50, 75, 90 % | 6, 13, 28, 47 | 4, 12, 24, 39 |
//! | root mean square of horizontal differences, of the picture and of its means over 2 × 2 and 4 × 4 | 20, 23, 26 | 18, 20, 21 |
//! | kurtosis of the same | 24, 15, 11 | 18, 15, 13 |
//! | lg of the median power at 0.1, 0.2, 0.3, 0.4, 0.5 cycles a pixel | 5.1, 4.3, 3.7, 3.3, 3.0 | 4.9, 4.3, 3.8, 3.4, 3.0 |
//! | mean | 123 | 111 |

mod colours;

use super::orientation::Orientation;
use super::{Key, Purpose, Source};
use colours::photographed;
use ravine_image::scene::{self, Scene};
use ravine_image::{Grid, Image};
use ravine_optim::{Error, Random, Result, Stream};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How often a pixel of a sheet is given, in the mean, before the sheet is replaced.
const VIEWS: usize = 4;
/// The side of a sheet in crops.
const CROPS: usize = 4;
/// The largest side of a sheet, unless one crop is larger.
const LARGEST_SHEET: usize = 512;
/// The largest crop: a colour sheet of it takes 50 MB.
const LARGEST_CROP: usize = 2048;
/// Sheets are kept up to so many bytes in all; then the one that was used longest ago is dropped.
const MEMORY: usize = 256 << 20;

/// How often each scene is chosen, in hundredths.
const MIXTURE: &[(&str, u64)] =
    &[("thicket", 70), ("leaves", 8), ("swatches", 6), ("cartoon", 3), ("gorge", 4), ("strokes", 4), ("lines", 2), ("ramps", 3)];
/// The longer side of a whole scene in pixels, of which a sheet is a part: the same things are seen from far and from near. A pixel's
/// side is uniform between the two.
const WHOLE: [f64; 2] = [256.0, 1024.0];

/// Crops of drawn scenes, mostly of `thicket`.
///
/// ```
/// use ravine_net::pairs::{Key, Scenes, Source};
/// let scenes = Scenes::new(3, 48)?;
/// let crop = scenes.clean(Key { seed: 1, step: 20, index: 5 })?;
/// assert_eq!(crop.grid(), ravine_image::Grid::new(3, 48, 48));
/// assert!(crop.pixels().iter().all(|v| (0.0..=1.0).contains(v)));
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug)]
pub struct Scenes {
    channels: usize,
    size: usize,
    sheet: usize, // its side
    steps: u64,   // that a sheet serves
    kept: Mutex<Kept>,
}

/// Which sheet: the `number`-th of a place in the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sheet {
    seed: u64,
    place: u64,
    number: u64,
}

/// The last sheet of each place.
#[derive(Debug, Default)]
struct Kept {
    sheets: HashMap<(u64, u64), (Sheet, u64, Arc<Image>)>, // of each seed and place, with when it was last used
    uses: u64,
    bytes: usize,
}

impl Scenes {
    /// Crops of `size` × `size` pixels with 1 channel (the luminance) or 3 (colour), to train on.
    ///
    /// # Errors
    /// Another number of channels, or a crop that is empty or larger than 2048.
    pub fn new(channels: usize, size: usize) -> Result<Self> {
        let sheet = (CROPS * size).min(LARGEST_SHEET.max(size));
        Scenes::with_sheets(channels, size, sheet, (VIEWS * sheet * sheet / (size * size).max(1)) as u64)
    }

    /// The same crops, but each from a scene of its own, so that they are independent: to measure on.
    ///
    /// # Errors
    /// Those of [`new`](Scenes::new).
    pub fn independent(channels: usize, size: usize) -> Result<Self> {
        Scenes::with_sheets(channels, size, size, 1)
    }

    fn with_sheets(channels: usize, size: usize, sheet: usize, steps: u64) -> Result<Self> {
        if !matches!(channels, 1 | 3) {
            return Err(Error::Unsuited(format!("a scene has 1 channel (grey) or 3 (colour), not {channels}")));
        }
        if !(1..=LARGEST_CROP).contains(&size) {
            return Err(Error::OutOfRange { name: "crop-size".into(), value: size as f64, range: format!("[1, {LARGEST_CROP}]") });
        }
        Ok(Scenes { channels, size, sheet, steps, kept: Mutex::default() })
    }

    fn sheet(&self, key: Key) -> Result<Arc<Image>> {
        // Places start at different ages: i times the golden section, a sequence that fills the interval evenly.
        let age = (key.index.wrapping_mul(0x9e37_79b9_7f4a_7c15) as u128 * self.steps as u128) >> 64;
        let sheet = Sheet { seed: key.seed, place: key.index, number: (key.step.saturating_add(age as u64)) / self.steps };
        if let Some(kept) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).find(sheet) {
            return Ok(kept);
        }
        // Drawn without the lock. Should another thread draw the same sheet meanwhile, it draws the same bits.
        let drawn = Arc::new(sheet.draw(self.channels, self.sheet)?);
        if self.steps > 1 {
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).keep(sheet, drawn.clone());
        }
        Ok(drawn)
    }
}

impl Sheet {
    fn draw(self, channels: usize, side: usize) -> Result<Image> {
        let place = Random::new(self.seed, Stream::Scene, self.place).bits();
        let mut random = Random::new(place, Stream::Scene, self.number);
        let [largest, smallest] = WHOLE.map(|pixels| 1.0 / pixels);
        let whole = ((1.0 / random.between(smallest, largest)) as usize).max(side);
        let mut corner = || random.below((whole - side) as u64 + 1) as usize;
        let corner = [corner(), corner()];
        let mut sheet = pick(&mut random)?.part(random.bits(), Grid::new(channels, whole, whole), corner, [side, side])?;
        if channels == 3 {
            photographed(&mut sheet, &mut random);
        }
        Ok(sheet)
    }
}

/// A scene of the mixture.
fn pick(random: &mut Random) -> Result<&'static Scene> {
    let mut ticket = random.below(MIXTURE.iter().map(|(_, share)| share).sum());
    let drawn = MIXTURE.iter().find(|(_, share)| {
        let hit = ticket < *share;
        ticket = ticket.saturating_sub(*share);
        hit
    });
    scene::named(drawn.map_or(MIXTURE[0].0, |(name, _)| name))
}

impl Kept {
    fn find(&mut self, sheet: Sheet) -> Option<Arc<Image>> {
        self.uses += 1;
        let (kept, used, image) = self.sheets.get_mut(&(sheet.seed, sheet.place))?;
        *used = self.uses;
        (*kept == sheet).then(|| image.clone())
    }

    fn keep(&mut self, sheet: Sheet, image: Arc<Image>) {
        self.bytes += bytes(&image);
        if let Some((_, _, before)) = self.sheets.insert((sheet.seed, sheet.place), (sheet, self.uses, image)) {
            self.bytes -= bytes(&before);
        }
        while self.bytes > MEMORY {
            let oldest = self.sheets.iter().min_by_key(|(_, (_, used, _))| *used).map(|(place, _)| *place);
            let Some((_, _, dropped)) = oldest.and_then(|place| self.sheets.remove(&place)) else { return };
            self.bytes -= bytes(&dropped);
        }
    }
}

fn bytes(image: &Image) -> usize {
    4 * image.grid().len()
}

impl Source for Scenes {
    fn channels(&self) -> usize {
        self.channels
    }

    fn size(&self) -> usize {
        self.size
    }

    fn clean(&self, key: Key) -> Result<Image> {
        let sheet = self.sheet(key)?;
        let mut random = key.random(Purpose::Crop);
        let mut corner = || random.below((self.sheet - self.size) as u64 + 1) as usize;
        let [column, row] = [corner(), corner()];
        let orientation = Orientation::draw(&mut random);
        Ok(orientation.seen(self.channels, self.size, |c, y, x| sheet.at(c, row + y, column + x)))
    }
}
