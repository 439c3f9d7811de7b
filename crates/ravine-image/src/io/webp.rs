//! WebP, by the `image-webp` crate: read with and without loss, written without.

use super::raster::{Raster, Samples};
use super::{Contents, Decoded, Format, Limits, Result, damaged, unwritable};
use image_webp::{ColorType, WebPDecoder, WebPEncoder};
use std::io::Cursor;

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Decoded> {
    let fault = |e| damaged(Format::WebP, e);
    let said = bytes[4..].first_chunk().map_or(0, |b| u64::from(u32::from_le_bytes(*b)) + 8);
    if said > bytes.len() as u64 {
        return Err(damaged(Format::WebP, format!("it has {} of {said} bytes", bytes.len())));
    }
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(fault)?;
    let (width, height) = decoder.dimensions();
    let alpha = decoder.has_alpha();
    limits.check(3 + usize::from(alpha), height.into(), width.into())?;
    let mut data = vec![0; (3 + usize::from(alpha)) * width as usize * height as usize];
    decoder.read_image(&mut data).map_err(fault)?;
    let mut notes = Vec::new();
    if decoder.is_animated() {
        notes.push(format!("it is an animation of {} frames: only the first is read", decoder.num_frames()));
    }
    Ok(Decoded {
        raster: Raster { width: width as usize, height: height as usize, colours: 3, alpha, samples: Samples::U8(data) },
        white: None,
        icc: decoder.icc_profile().map_err(fault)?,
        exif: decoder.exif_metadata().map_err(fault)?,
        xmp: decoder.xmp_metadata().map_err(fault)?,
        notes,
    })
}

pub(super) fn write(contents: &Contents<'_>) -> Result<Vec<u8>> {
    let raster = &contents.raster;
    let Samples::U8(data) = &raster.samples else {
        return Err(unwritable(Format::WebP, "it holds 8 bits only"));
    };
    let longest = raster.width.max(raster.height);
    if longest > 16_383 {
        return Err(unwritable(Format::WebP, format!("a side of {longest} is longer than 16383")));
    }
    let colour = match (raster.colours, raster.alpha) {
        (1, false) => ColorType::L8,
        (1, true) => ColorType::La8,
        (_, false) => ColorType::Rgb8,
        (_, true) => ColorType::Rgba8,
    };
    let mut out = Vec::new();
    let mut encoder = WebPEncoder::new(&mut out);
    encoder.set_icc_profile(contents.icc.unwrap_or_default().to_vec());
    encoder.set_exif_metadata(contents.exif.unwrap_or_default().to_vec());
    encoder.set_xmp_metadata(contents.xmp.as_ref().map(|x| x.clone().into_bytes()).unwrap_or_default());
    encoder.encode(data, raster.width as u32, raster.height as u32, colour).map_err(|e| unwritable(Format::WebP, e))?;
    Ok(out)
}
