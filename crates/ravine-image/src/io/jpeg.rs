//! JPEG, by the `image` crate: grey and RGB; CMYK and YCCK, plain and Adobe's inverted, become RGB.

use super::raster::{Raster, Samples};
use super::{Contents, Decoded, Error, Format, Limits, Result, damaged, unwritable};
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::{ExtendedColorType, ImageDecoder, ImageEncoder};
use std::io::Cursor;

/// The longest packet that fits in a segment, whose length is two of at most 65 535 bytes.
pub(super) const ROOM_FOR_XMP: usize = 65_535 - 2 - XMP.len();

/// What starts an XMP segment.
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Decoded> {
    let fault = |e| damaged(Format::Jpeg, e);
    let frame = survey(bytes).ok_or_else(|| damaged(Format::Jpeg, "it ends before its end-of-image marker"))?;
    limits.check(frame.components, frame.height, frame.width)?;
    let mut decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(fault)?;
    let (width, height) = decoder.dimensions();
    limits.check(frame.components, height.into(), width.into())?;
    let icc = decoder.icc_profile().map_err(fault)?;
    let exif = decoder.exif_metadata().map_err(fault)?;
    let xmp = decoder.xmp_metadata().map_err(fault)?;
    let colours = usize::from(decoder.color_type().channel_count());
    let mut data = vec![0; colours * width as usize * height as usize];
    decoder.read_image(&mut data).map_err(fault)?;

    let mut notes = Vec::new();
    let of_ink = frame.components == 4;
    if of_ink {
        notes.push("its CMYK inks were turned into RGB without a colour profile, and it is written as RGB".into());
    }
    Ok(Decoded {
        raster: Raster { width: width as usize, height: height as usize, colours, alpha: false, samples: Samples::U8(data) },
        white: None,
        icc: icc.filter(|_| !of_ink),
        exif,
        xmp,
        notes,
    })
}

/// What the frame header says.
struct Frame {
    components: usize,
    height: u64,
    width: u64,
}

/// Walks the markers up to the end of the image. `None` if the file ends first: decoders fill what is missing with grey.
fn survey(bytes: &[u8]) -> Option<Frame> {
    let mut frame = None;
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1)?;
        match marker {
            _ if bytes[at] != 0xff => at += 1, // stray bytes between segments, as some cameras leave them
            0xd9 => return frame,
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            _ => {
                let length = usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?));
                let body = bytes.get(at + 4..at + 2 + length)?;
                if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                    let side = |i: usize| Some(u64::from(u16::from_be_bytes(body.get(i..i + 2)?.try_into().ok()?)));
                    frame = Some(Frame { components: usize::from(*body.get(5)?), height: side(1)?, width: side(3)? });
                }
                at += 2 + length;
                if marker == 0xda {
                    at += coded(bytes.get(at..)?)?;
                }
            }
        }
    }
}

/// The length of the coded numbers of a scan: up to a marker that is neither a stuffed zero, a fill nor a restart.
fn coded(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff | 0xd0..=0xd7))
}

pub(super) fn write(contents: &Contents<'_>) -> Result<Vec<u8>> {
    let raster = &contents.raster;
    let fault = |e| unwritable(Format::Jpeg, e);
    let Samples::U8(data) = &raster.samples else {
        return Err(unwritable(Format::Jpeg, "it holds 8 bits only"));
    };
    let (Ok(width), Ok(height)) = (u16::try_from(raster.width), u16::try_from(raster.height)) else {
        return Err(unwritable(Format::Jpeg, format!("a side of {} is longer than 65535", raster.width.max(raster.height))));
    };
    let colour = if raster.colours == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, contents.quality); // 4:4:4
    if let Some(icc) = contents.icc {
        encoder.set_icc_profile(icc.to_vec()).map_err(|e| unwritable(Format::Jpeg, e))?;
    }
    if let Some(exif) = contents.exif {
        encoder.set_exif_metadata(exif.to_vec()).map_err(|e| unwritable(Format::Jpeg, e))?;
    }
    encoder.write_image(data, width.into(), height.into(), colour).map_err(fault)?;
    if let Some(xmp) = &contents.xmp {
        insert_xmp(&mut out, xmp)?;
    }
    Ok(out)
}

/// Puts the XMP segment behind the other application segments.
fn insert_xmp(file: &mut Vec<u8>, xmp: &str) -> Result<()> {
    let length = u16::try_from(2 + XMP.len() + xmp.len()).map_err(|_| {
        Error::Write(format!("its XMP and recipe have {} bytes, but a JPEG holds 65504: write PNG or TIFF", xmp.len()))
    })?;
    let mut at = 2;
    while let [0xff, 0xe0..=0xef, high, low, ..] = file[at..] {
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    let segment = [&[0xff, 0xe1], &length.to_be_bytes()[..], XMP, xmp.as_bytes()].concat();
    file.splice(at..at, segment);
    Ok(())
}
