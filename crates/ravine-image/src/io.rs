//! Pictures from files and back. Only this part knows bytes, depths, transparency, colour profiles and EXIF.
//!
//! | format | depths | channels | kept | written |
//! |---|---|---|---|---|
//! | PNG | 8, 16 | grey, RGB, each with alpha; palettes become RGB | ICC, EXIF, XMP | without loss |
//! | JPEG | 8 | grey, RGB; CMYK and YCCK become RGB | ICC (not of CMYK), EXIF, XMP | quality 95, 4:4:4 |
//! | TIFF | 8, 16, float 16/32/64 | grey, RGB, each with alpha; the first page | ICC, EXIF, XMP | without loss (Deflate, strips) |
//! | WebP | 8 | RGB, with alpha | ICC, EXIF, XMP | without loss |
//! | PNM | 8, 16 | grey, RGB | nothing | binary |
//! | PFM | float 32 | grey, RGB | nothing | little-endian |
//! | .npy | 8, 16, float 32/64 | H×W, H×W×C | nothing | little-endian, C order |
//!
//! *Integers* become 0..1 by their white (255, 65 535, a PNM's maxval, or [`ReadOptions::white`]) and go back by the same: every
//! integer survives unchanged. *Floats* are taken as they are unless a white is given, and survive unchanged; with a white, to one
//! unit in the last place. An `f64` array is worked on in single precision and comes back as `f64` of that precision.
//! What must come back untouched, byte for byte, is the caller's to copy: a decoded JPEG is not the JPEG.
//!
//! *Orientation* is applied in reading and reset in what is kept, so it can't be applied twice. The *recipe* goes into the XMP
//! packet (PNG `iTXt`, JPEG `APP1`, TIFF tag 700, WebP `XMP `); [`recipe`] reads it back. PNM, PFM and .npy hold none.
//!
//! Errors are one sentence without the path, which the caller knows.

pub mod format;
pub mod limits;

mod exif;
mod jpeg;
mod npy;
mod orientation;
mod pfm;
mod png;
mod pnm;
mod raster;
mod tiff;
mod webp;
mod whole;
mod xmp;

pub use format::Format;
pub use limits::Limits;
pub use npy::npy_matrix;
pub use whole::write_whole;
pub use xmp::recipe;

use crate::picture::{Companion, Depth, Picture};
use raster::Raster;
use std::io::Read;
use std::path::Path;

/// Why a file was not read or written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The file is missing, damaged, or of a kind that is not read.
    #[error("{0}")]
    Unreadable(String),
    /// The file asks for more than the limits allow.
    #[error("{width} × {height}{} are more than the limit of {limit}: raise it with --max-pixels, or cut the picture",
        numbers(.width, .height, .channels))]
    Limit {
        /// Columns.
        width: u64,
        /// Rows.
        height: u64,
        /// Numbers a pixel.
        channels: usize,
        /// Pixels allowed.
        limit: u64,
    },
    /// The file goes on beyond what the limits allow.
    #[error(
        "it is longer than {longest} bytes, more than {limit} pixels take: raise the limit with --max-pixels, or cut the picture"
    )]
    TooLong {
        /// Bytes allowed.
        longest: u64,
        /// Pixels allowed.
        limit: u64,
    },
    /// The result cannot be written there, or in that format.
    #[error("{0}")]
    Write(String),
}

fn numbers(width: &u64, height: &u64, channels: &usize) -> String {
    let pixels = u128::from(*width) * u128::from(*height);
    if *channels <= 4 { format!(" = {pixels} pixels") } else { format!(" pixels of {channels} channels") }
}

/// The result of this part.
pub type Result<T> = std::result::Result<T, Error>;

/// Which stored value is 1.0 in the image.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum White {
    /// The full scale of the depth: 255, 65 535, the maxval of a PNM, 1 for floats.
    #[default]
    Full,
    /// The range in use: the least of 255, 511, …, 2ᵇ − 1 that holds all integers, or 99 of 100 floats; floats within 0..2 keep 1.
    Auto,
    /// This value, which must be above 0.
    Value(f64),
}

/// How to read.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ReadOptions {
    /// The largest picture.
    pub limits: Limits,
    /// The value that is white.
    pub white: White,
}

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WriteOptions<'a> {
    /// Quality of a JPEG, 1..=100.
    pub quality: u8,
    /// The depth to store; the companion's if `None`. A format that does not hold it takes the nearest that it does.
    pub depth: Option<Depth>,
    /// The settled recipe, to be kept in the file.
    pub recipe: Option<&'a str>,
}

impl Default for WriteOptions<'_> {
    fn default() -> Self {
        WriteOptions { quality: 95, depth: None, recipe: None }
    }
}

/// A file in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// Its bytes, for [`write_whole`] or standard output.
    pub bytes: Vec<u8>,
    /// What the format could not hold, a sentence each.
    pub notes: Vec<String>,
}

/// What a codec finds in a file.
struct Decoded {
    raster: Raster,
    /// The white that the file itself names.
    white: Option<f64>,
    icc: Option<Vec<u8>>,
    exif: Option<Vec<u8>>,
    xmp: Option<Vec<u8>>,
    notes: Vec<String>,
}

impl Decoded {
    /// Numbers alone.
    fn bare(raster: Raster) -> Self {
        Decoded { raster, white: None, icc: None, exif: None, xmp: None, notes: Vec::new() }
    }
}

/// What a codec is given to write: the numbers in a depth that the format holds, and the metadata.
struct Contents<'a> {
    raster: Raster,
    white: f64,
    icc: Option<&'a [u8]>,
    exif: Option<&'a [u8]>,
    xmp: Option<String>,
    quality: u8,
}

/// The picture in `bytes`, whose format is found from its content.
///
/// # Errors
/// [`Error::Unreadable`] for what is damaged, unknown, or holds NaN or ∞; [`Error::Limit`] from the header, before allocation.
pub fn read(bytes: &[u8], options: &ReadOptions) -> Result<Picture> {
    if let White::Value(white) = options.white
        && !(white > 0.0 && white.is_finite())
    {
        return Err(Error::Unreadable(format!("white = {white} is not a number above 0")));
    }
    let format = Format::sniff(bytes)?;
    // Of a damaged file a codec may compute nonsense and panic on it (the `tiff` crate does): that is damage too, and no more.
    let decoded = std::panic::catch_unwind(|| decode(bytes, format, &options.limits))
        .unwrap_or_else(|_| Err(damaged(format, "its numbers make no sense")))?;
    into_picture(decoded, options.white)
}

fn decode(bytes: &[u8], format: Format, limits: &Limits) -> Result<Decoded> {
    match format {
        Format::Png => png::read(bytes, limits),
        Format::Jpeg => jpeg::read(bytes, limits),
        Format::Tiff => tiff::read(bytes, limits),
        Format::WebP => webp::read(bytes, limits),
        Format::Pnm => pnm::read(bytes, limits),
        Format::Pfm => pfm::read(bytes, limits),
        Format::Npy => npy::read(bytes, limits),
    }
}

fn into_picture(decoded: Decoded, asked: White) -> Result<Picture> {
    let Decoded { raster, white: of_file, icc, mut exif, mut xmp, mut notes } = decoded;
    let depth = raster.samples.depth();
    let white = raster.white(asked, of_file);
    if asked == White::Auto && white != depth.full() {
        notes.push(format!("white was found to be {white}"));
    }
    if asked == White::Full && of_file.is_none() && depth == Depth::U16 && (1.0..4_096.0).contains(&raster.largest()) {
        notes.push(format!(
            "the largest of its 16-bit values is {}: if that is nearly white, say --white {} or --white auto",
            raster.largest(),
            raster.white(White::Auto, None)
        ));
    }
    let upright = exif.as_mut().and_then(orientation::take);
    xmp.iter_mut().for_each(|x| xmp::reset_orientation(x));
    let (image, alpha) = raster.into_planes(white)?;
    let companion = Companion { depth, white, alpha, icc, exif, xmp, notes };
    Ok(orientation::apply(Picture { image, companion }, upright.unwrap_or(1)))
}

/// The picture in a file, and the file's bytes, which are what "untouched" means.
///
/// # Errors
/// Those of [`read`], and [`Error::Unreadable`] for a missing file, a folder, and an extension that contradicts the content.
pub fn read_file(path: &Path, options: &ReadOptions) -> Result<(Picture, Vec<u8>)> {
    let source = std::fs::File::open(path).map_err(|e| {
        Error::Unreadable(match e.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".into(),
            _ => format!("it cannot be read: {}", plain(&e)),
        })
    })?;
    let bytes = read_bytes(source, &options.limits)?;
    let content = Format::sniff(&bytes)?;
    match Format::from_path(path) {
        Ok(named) if named != content => Err(Error::Unreadable(format!(
            "its name says {} but it holds {}: rename it to .{}",
            named.title(),
            content.title(),
            content.extension()
        ))),
        _ => Ok((read(&bytes, options)?, bytes)),
    }
}

/// The bytes of a picture's file, from a source that may be of any length: what begins like no picture is refused at once, and what
/// is longer than a picture within the limits, where it exceeds them.
///
/// # Errors
/// [`Error::Unreadable`] and [`Error::TooLong`].
pub fn read_bytes(mut source: impl Read, limits: &Limits) -> Result<Vec<u8>> {
    let longest = limits.max_bytes();
    let mut bytes = Vec::new();
    for up_to in [64 << 10, longest.saturating_add(1)] {
        let room = up_to.saturating_sub(bytes.len() as u64);
        source.by_ref().take(room).read_to_end(&mut bytes).map_err(|e| {
            Error::Unreadable(match e.kind() {
                std::io::ErrorKind::IsADirectory => "it is a folder, not a picture".into(),
                std::io::ErrorKind::OutOfMemory => format!("it does not fit in memory: {} bytes were read", bytes.len()),
                _ => format!("it cannot be read: {}", plain(&e)),
            })
        })?;
        Format::sniff(&bytes)?;
    }
    if bytes.len() as u64 > longest {
        return Err(Error::TooLong { longest, limit: limits.max_pixels });
    }
    Ok(bytes)
}

/// The file that holds `picture` in `format`.
///
/// The numbers are stored in the depth asked for, else the companion's, else the nearest that the format holds. In the companion's
/// depth they are in the input's units (`companion.white`); in another, 1.0 is that depth's full scale. Integers are rounded and
/// clipped to what the depth holds, floats neither. Transparency that the format does not hold is left out, and a note says so.
///
/// # Errors
/// [`Error::Write`] where the format holds no such picture, or where the picture holds NaN or ∞.
pub fn encode(picture: &Picture, format: Format, options: &WriteOptions<'_>) -> Result<Encoded> {
    let companion = &picture.companion;
    let channels = picture.grid().channels;
    if format != Format::Npy && !matches!(channels, 1 | 3) {
        return Err(Error::Write(format!("{} holds 1 or 3 channels, not {channels}: write .npy", format.title())));
    }
    if let Err(e) = ravine_optim::error::check_finite("the result", picture.image.pixels()) {
        return Err(Error::Write(e.to_string()));
    }
    let wanted = options.depth.unwrap_or(companion.depth);
    let depth = format.nearest(wanted);
    let white = if depth == companion.depth { companion.white } else { depth.full() };
    let (raster, clipped) = Raster::from_picture(picture, depth, white, format.holds_alpha());
    let room = if format == Format::Jpeg { jpeg::ROOM_FOR_XMP } else { usize::MAX };
    let (xmp, unkept) = xmp::packet(companion.xmp.as_deref(), options.recipe, room);
    let contents = Contents {
        raster,
        white,
        icc: companion.icc.as_deref(),
        exif: companion.exif.as_deref(),
        xmp,
        quality: options.quality.clamp(1, 100),
    };
    let bytes = match format {
        Format::Png => png::write(&contents),
        Format::Jpeg => jpeg::write(&contents),
        Format::Tiff => tiff::write(&contents),
        Format::WebP => webp::write(&contents),
        Format::Pnm => pnm::write(&contents),
        Format::Pfm => pfm::write(&contents),
        Format::Npy => Ok(npy::write(&contents)),
    }?;
    let mut notes = lost(picture, format, wanted, depth, clipped, options);
    notes.extend(unkept.filter(|_| format.holds_metadata()));
    Ok(Encoded { bytes, notes })
}

/// What `format` does not keep of `picture`.
fn lost(picture: &Picture, format: Format, wanted: Depth, depth: Depth, clipped: usize, options: &WriteOptions<'_>) -> Vec<String> {
    let companion = &picture.companion;
    let mut notes = Vec::new();
    if depth.is_integer() && wanted as usize > depth as usize {
        notes.push(format!("{} holds no {wanted}: rounded to {depth}; .tif and .npy keep it", format.title()));
    }
    if clipped > 0 {
        notes.push(format!("{clipped} values outside the {depth} range were clipped; .npy and float TIFF keep them"));
    }
    if companion.alpha.is_some() && !format.holds_alpha() {
        notes.push(format!("{} holds no transparency: it was left out; PNG, TIFF and WebP keep it", format.title()));
    }
    let metadata = companion.icc.is_some() || companion.exif.is_some() || companion.xmp.is_some();
    if metadata && !format.holds_metadata() {
        notes.push(format!("{} holds no colour profile or EXIF: left out; PNG, JPEG, TIFF and WebP keep them", format.title()));
    }
    if options.recipe.is_some() && !format.holds_metadata() {
        notes.push(format!("{} holds no recipe; PNG, JPEG, TIFF and WebP keep it", format.title()));
    }
    notes
}

/// An input/output error in words, without the code that std appends.
pub fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// What a codec says of a damaged file, as our sentence.
fn damaged(format: Format, error: impl std::fmt::Display) -> Error {
    Error::Unreadable(format!("it is a damaged or truncated {} file: {error}", format.title()))
}

/// What a codec says when it cannot write.
fn unwritable(format: Format, error: impl std::fmt::Display) -> Error {
    Error::Write(format!("it cannot be written as {}: {error}", format.title()))
}
