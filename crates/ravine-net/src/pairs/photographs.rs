//! Crops of photographs, which are decoded once and kept as bytes.

use super::orientation::Orientation;
use super::{Key, Purpose, Source};
use ravine_image::io::{ReadOptions, read_file};
use ravine_image::{Grid, Image};
use ravine_optim::{Error, Random, Result, Stream};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Bytes that the photographs may take in memory, unless another bound is given: 1 GiB, 2300 photographs of 481 × 321 in colour.
pub const MEMORY: usize = 1 << 30;
/// Files decoded at once.
const TOGETHER: usize = 16;

/// Crops of photographs, every crop of every photograph equally likely, in each of the eight orientations.
#[derive(Debug)]
pub struct Photographs {
    channels: usize,
    size: usize,
    kept: Vec<Photograph>,
    places: Vec<u64>, // of crops, up to and with each photograph
    skipped: Vec<Skipped>,
    left_out: usize,
}

/// A file that is no picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// The bytes of a picture, planar.
#[derive(Debug)]
struct Photograph {
    grid: Grid,
    bytes: Vec<u8>,
}

impl Photographs {
    /// Crops of `size` × `size` pixels with 1 channel (the luminance) or 3 (colour) of these files. What is no picture is
    /// [skipped](Photographs::skipped). Once `memory` bytes are taken the others are [left out](Photographs::left_out): which are kept
    /// follows from `seed`.
    ///
    /// # Errors
    /// There is no file, none is a picture, or one is smaller than a crop.
    pub fn read(files: &[PathBuf], channels: usize, size: usize, seed: u64, memory: usize) -> Result<Self> {
        if !matches!(channels, 1 | 3) {
            return Err(Error::Unsuited(format!("photographs are read as 1 channel (grey) or 3 (colour), not {channels}")));
        }
        if size == 0 {
            return Err(Error::OutOfRange { name: "crop-size".into(), value: 0.0, range: "[1, ∞)".into() });
        }
        if files.is_empty() {
            return Err(Error::Unsuited(
                "there is no photograph to learn from: give files, or a folder that holds pictures".into(),
            ));
        }
        let order = Random::new(seed, Stream::Data, 0).permutation(files.len());
        let mut read = Photographs { channels, size, kept: Vec::new(), places: Vec::new(), skipped: Vec::new(), left_out: 0 };
        let mut bytes = 0;
        for some in order.chunks(TOGETHER) {
            if bytes >= memory {
                read.left_out += some.len();
                continue;
            }
            let decoded: Vec<_> = some.par_iter().map(|k| (&files[*k], Photograph::read(&files[*k], channels))).collect();
            for (path, photograph) in decoded {
                match photograph {
                    Err(reason) => read.skipped.push(Skipped { path: path.clone(), reason }),
                    Ok(photograph) => {
                        let places = photograph.places(size).ok_or_else(|| too_small(path, photograph.grid, size))?;
                        if bytes + photograph.bytes.len() > memory && bytes > 0 {
                            read.left_out += 1;
                            continue;
                        }
                        bytes += photograph.bytes.len();
                        read.places.push(read.places.last().unwrap_or(&0) + places);
                        read.kept.push(photograph);
                    }
                }
            }
        }
        read.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        match read.skipped.first() {
            Some(first) if read.kept.is_empty() => Err(Error::Unsuited(format!(
                "none of the {} files is a picture; of {}: {}",
                files.len(),
                first.path.display(),
                first.reason
            ))),
            _ => Ok(read),
        }
    }

    /// How many are kept.
    pub fn count(&self) -> usize {
        self.kept.len()
    }

    /// The files that are no pictures, by name.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// How many found no room in memory.
    pub fn left_out(&self) -> usize {
        self.left_out
    }
}

fn too_small(path: &Path, grid: Grid, size: usize) -> Error {
    Error::Unsuited(format!(
        "{} has {} × {} pixels, and a crop of {size} × {size} does not fit in: give a --crop-size of at most {}, or leave it out",
        path.display(),
        grid.width,
        grid.height,
        grid.width.min(grid.height)
    ))
}

/// The picture in a file, as 1 channel (the luminance of BT.601) or 3 (colour).
///
/// # Errors
/// Why it is no such picture, without the path.
pub fn read_as(path: &Path, channels: usize) -> std::result::Result<Image, String> {
    let (picture, _) = read_file(path, &ReadOptions::default()).map_err(|e| e.to_string())?;
    let image = picture.image;
    let grid = Grid { channels, ..image.grid() };
    match (image.grid().channels, channels) {
        (1, 3) => Ok(Image::from_fn(grid, |_, y, x| image.at(0, y, x))),
        (3, 1) => {
            let at = |c, y, x| image.at(c, y, x);
            Ok(Image::from_fn(grid, |_, y, x| 0.299 * at(0, y, x) + 0.587 * at(1, y, x) + 0.114 * at(2, y, x)))
        }
        (of_file, wanted) if of_file == wanted => Ok(image),
        (of_file, _) => Err(format!("it has {of_file} channels, and 1 or 3 are wanted")),
    }
}

impl Photograph {
    fn read(path: &Path, channels: usize) -> std::result::Result<Self, String> {
        let image = read_as(path, channels)?;
        let byte = |v: &f32| (v * 255.0).round() as u8; // a cast saturates
        Ok(Photograph { grid: image.grid(), bytes: image.pixels().iter().map(byte).collect() })
    }

    /// How many crops of this size it has, if any.
    fn places(&self, size: usize) -> Option<u64> {
        let along = |side: usize| side.checked_sub(size).map(|more| more as u64 + 1);
        Some(along(self.grid.width)? * along(self.grid.height)?)
    }
}

impl Source for Photographs {
    fn channels(&self) -> usize {
        self.channels
    }

    fn size(&self) -> usize {
        self.size
    }

    fn clean(&self, key: Key) -> Result<Image> {
        let mut random = key.random(Purpose::Crop);
        let place = random.below(*self.places.last().unwrap_or(&1));
        let which = self.places.partition_point(|end| *end <= place);
        let photograph = &self.kept[which];
        let within = place - if which == 0 { 0 } else { self.places[which - 1] };
        let columns = (photograph.grid.width - self.size) as u64 + 1;
        let (row, column) = ((within / columns) as usize, (within % columns) as usize);
        let orientation = Orientation::draw(&mut random);
        let byte = |c: usize, y: usize, x: usize| photograph.bytes[photograph.grid.index(c, row + y, column + x)];
        Ok(orientation.seen(self.channels, self.size, |c, y, x| f32::from(byte(c, y, x)) / 255.0))
    }
}
