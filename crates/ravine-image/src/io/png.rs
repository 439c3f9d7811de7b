//! PNG, by the `png` crate: palettes and small depths expanded, transparency as opacity, eXIf, iCCP and the XMP text.

use super::raster::{Raster, Samples};
use super::{Contents, Decoded, Format, Limits, Result, damaged, unwritable};
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Info, Transformations, text_metadata::ITXtChunk};
use std::io::Cursor;

/// Where XMP stands in a PNG.
const XMP: &str = "XML:com.adobe.xmp";

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Decoded> {
    let fault = |e| damaged(Format::Png, e);
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(fault)?;
    let (width, height) = (header.width as usize, header.height as usize);
    limits.check(header.color_type.samples(), height as u64, width as u64)?;
    let row = 16 * width;
    decoder.set_limits(png::Limits { bytes: (64 << 20) + row }); // profiles and texts up to 64 MiB
    let mut reader = decoder.read_info().map_err(fault)?;
    let (colour, depth) = reader.output_color_type();
    let size = if depth == BitDepth::Sixteen { 2 } else { 1 };
    let mut data = vec![0; height * width * colour.samples() * size];
    reader.next_frame(&mut data).map_err(fault)?;
    reader.finish().map_err(fault)?;

    let info = reader.info();
    let notes = match info.animation_control {
        Some(a) if a.num_frames > 1 => vec![format!("it is an animation of {} frames: only the first is read", a.num_frames)],
        _ => Vec::new(),
    };
    let samples = match depth {
        BitDepth::Sixteen => Samples::U16(data.as_chunks().0.iter().map(|b| u16::from_be_bytes(*b)).collect()),
        _ => Samples::U8(data),
    };
    let alpha = matches!(colour, ColorType::GrayscaleAlpha | ColorType::Rgba);
    let colours = colour.samples() - usize::from(alpha);
    Ok(Decoded {
        raster: Raster { width, height, colours, alpha, samples },
        white: None,
        icc: info.icc_profile.as_deref().map(<[u8]>::to_vec),
        exif: info.exif_metadata.as_deref().map(<[u8]>::to_vec),
        xmp: info.utf8_text.iter().find(|t| t.keyword == XMP).and_then(|t| t.get_text().ok()).map(String::into_bytes),
        notes,
    })
}

pub(super) fn write(contents: &Contents<'_>) -> Result<Vec<u8>> {
    let raster = &contents.raster;
    let fault = |e| unwritable(Format::Png, e);
    let (Ok(width), Ok(height)) = (u32::try_from(raster.width), u32::try_from(raster.height)) else {
        return Err(unwritable(Format::Png, "a side is longer than 4294967295"));
    };
    let mut info = Info::with_size(width, height);
    info.color_type = match (raster.colours, raster.alpha) {
        (1, false) => ColorType::Grayscale,
        (1, true) => ColorType::GrayscaleAlpha,
        (_, false) => ColorType::Rgb,
        (_, true) => ColorType::Rgba,
    };
    info.icc_profile = contents.icc.map(Into::into);
    info.exif_metadata = contents.exif.map(Into::into);
    info.utf8_text = contents.xmp.iter().map(|x| ITXtChunk::new(XMP, x.as_str())).collect();
    let data: std::borrow::Cow<'_, [u8]> = match &raster.samples {
        Samples::U8(v) => v.into(),
        Samples::U16(v) => v.iter().flat_map(|x| x.to_be_bytes()).collect(),
        Samples::F32(_) | Samples::F64(_) => return Err(unwritable(Format::Png, "it holds integers only")),
    };
    info.bit_depth = if raster.samples.depth() == crate::picture::Depth::U16 { BitDepth::Sixteen } else { BitDepth::Eight };

    let mut out = Vec::new();
    let mut encoder = Encoder::with_info(&mut out, info).map_err(fault)?;
    encoder.set_compression(Compression::Fast); // of noise and 16 bits the slower ones save little and take ten times as long
    let mut writer = encoder.write_header().map_err(fault)?;
    writer.write_image_data(&data).map_err(fault)?;
    writer.finish().map_err(fault)?;
    Ok(out)
}
