//! The file formats: their names, their first bytes, and what each can hold.

use super::{Error, Result};
use crate::picture::Depth;
use std::path::Path;

/// A file format that is read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// PNG, 8 and 16 bits
    Png,
    /// JPEG
    Jpeg,
    /// TIFF, 8 and 16 bits and floats
    Tiff,
    /// WebP; written without loss
    WebP,
    /// PBM, PGM, PPM, PAM
    Pnm,
    /// portable float map
    Pfm,
    /// NumPy's array
    Npy,
}

/// Every format with its extensions; the first is the usual one.
const EXTENSIONS: [(Format, &[&str]); 7] = [
    (Format::Png, &["png"]),
    (Format::Jpeg, &["jpg", "jpeg", "jpe", "jfif"]),
    (Format::Tiff, &["tif", "tiff"]),
    (Format::WebP, &["webp"]),
    (Format::Pnm, &["pnm", "pgm", "ppm", "pbm", "pam"]),
    (Format::Pfm, &["pfm"]),
    (Format::Npy, &["npy"]),
];

impl Format {
    /// By extension: `png`, `jpg`, `tiff`, … in any case. An unknown one is an error that offers the nearest.
    ///
    /// ```
    /// use ravine_image::io::Format;
    /// assert_eq!(Format::from_name("TIFF"), Ok(Format::Tiff));
    /// let error = Format::from_name("webq").unwrap_err();
    /// assert_eq!(error.to_string(), "there is no file format `webq`: did you mean `webp`?");
    /// ```
    pub fn from_name(name: &str) -> ravine_optim::Result<Format> {
        let lower = name.to_ascii_lowercase();
        let found = EXTENSIONS.iter().find(|(_, names)| names.contains(&lower.as_str()));
        let known: Vec<&str> = Format::extensions().collect();
        found.map(|(format, _)| *format).ok_or_else(|| ravine_optim::Error::unknown("file format", &lower, &known))
    }

    /// By the extension of a path.
    pub fn from_path(path: &Path) -> ravine_optim::Result<Format> {
        match path.extension().and_then(|e| e.to_str()) {
            Some(extension) => Format::from_name(extension),
            None => Err(ravine_optim::Error::Unsuited(format!(
                "`{}` has no extension that names a format: use one of {}, or --format",
                path.display(),
                Format::extensions().collect::<Vec<_>>().join(", ")
            ))),
        }
    }

    /// By the first bytes of a file.
    ///
    /// # Errors
    /// [`Error::Unreadable`] says what the file is, where that is known, and what converts it.
    pub fn sniff(bytes: &[u8]) -> Result<Format> {
        let starts = |magic: &[u8]| bytes.starts_with(magic);
        match bytes {
            [] => Err(Error::Unreadable("it is empty (0 bytes)".into())),
            _ if starts(b"\x89PNG\r\n\x1a\n") => Ok(Format::Png),
            _ if starts(b"\xff\xd8\xff") => Ok(Format::Jpeg),
            _ if starts(b"\x93NUMPY") => Ok(Format::Npy),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::WebP),
            [b'P', b'F' | b'f', space, ..] if space.is_ascii_whitespace() => Ok(Format::Pfm),
            [b'P', b'1'..=b'7', space, ..] if space.is_ascii_whitespace() => Ok(Format::Pnm),
            _ => match foreign(bytes) {
                Some(what) => Err(Error::Unreadable(what)),
                None if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") => Ok(Format::Tiff),
                None => Err(Error::Unreadable(format!(
                    "it is none of the formats that are read ({}): convert it to PNG or TIFF first",
                    NAMES
                ))),
            },
        }
    }

    /// The usual extension, which is also the name.
    pub fn extension(self) -> &'static str {
        self.names()[0]
    }

    /// Every extension that is known.
    pub fn extensions() -> impl Iterator<Item = &'static str> {
        EXTENSIONS.iter().flat_map(|(_, names)| names.iter().copied())
    }

    /// The depths it can hold, from the smallest.
    pub fn depths(self) -> &'static [Depth] {
        match self {
            Format::Jpeg | Format::WebP => &[Depth::U8],
            Format::Png | Format::Pnm => &[Depth::U8, Depth::U16],
            Format::Pfm => &[Depth::F32],
            Format::Tiff | Format::Npy => &[Depth::U8, Depth::U16, Depth::F32, Depth::F64],
        }
    }

    /// `depth` where the format holds it, else the nearest that it does hold.
    ///
    /// ```
    /// use ravine_image::{io::Format, picture::Depth};
    /// assert_eq!(Format::Png.nearest(Depth::F64), Depth::U16);
    /// assert_eq!(Format::Pfm.nearest(Depth::U8), Depth::F32);
    /// ```
    pub fn nearest(self, depth: Depth) -> Depth {
        let order = |d: &Depth| *d as usize;
        let held = self.depths();
        *held.iter().min_by_key(|d| order(d).abs_diff(order(&depth))).unwrap_or(&held[0])
    }

    /// Whether it holds transparency.
    pub fn holds_alpha(self) -> bool {
        matches!(self, Format::Png | Format::Tiff | Format::WebP)
    }

    /// Whether it holds colour profiles, EXIF and XMP: and so the recipe.
    pub fn holds_metadata(self) -> bool {
        matches!(self, Format::Png | Format::Jpeg | Format::Tiff | Format::WebP)
    }

    fn names(self) -> &'static [&'static str] {
        EXTENSIONS[self as usize].1
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Format::Png => "PNG",
            Format::Jpeg => "JPEG",
            Format::Tiff => "TIFF",
            Format::WebP => "WebP",
            Format::Pnm => "PNM",
            Format::Pfm => "PFM",
            Format::Npy => ".npy",
        }
    }
}

/// For messages.
const NAMES: &str = "PNG, JPEG, TIFF, WebP, PNM, PFM, .npy";

/// What is said of a camera's raw file.
pub(super) const RAW: &str =
    "it is a camera raw file, which is not read: develop it first, for example with `dcraw -T` or darktable, to a 16-bit TIFF";

/// Formats that people have and that are not read: what they are, and what converts them.
fn foreign(bytes: &[u8]) -> Option<String> {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|b| b.starts_with(magic));
    let say = |what: &str, how: &str| Some(format!("it is {what}, which is not read: {how}"));
    if at(4, b"ftyp") {
        return match bytes.get(8..12) {
            Some(b"avif" | b"avis") => say("an AVIF picture", "convert it, for example with `avifdec in.avif out.png`"),
            Some(b"crx ") => Some(RAW.into()),
            _ => say("a HEIC picture", "convert it, for example with `heif-convert in.heic out.png`"),
        };
    }
    if at(8, b"CR\x02") || at(0, b"FUJIFILMCCD-RAW") || at(0, b"IIRO") || at(0, b"IIU\0") {
        return Some(RAW.into());
    }
    if at(0, b"GIF8") {
        return say("a GIF", "convert it, for example with `magick in.gif out.png`");
    }
    if at(0, b"BM") {
        return say("a BMP", "convert it, for example with `magick in.bmp out.png`");
    }
    if at(0, b"SIMPLE  =") {
        return say("a FITS file", "save its array with `numpy.save` as .npy");
    }
    if at(0, b"\x76\x2f\x31\x01") {
        return say("an OpenEXR file", "convert it, for example with `magick in.exr out.pfm`");
    }
    None
}
