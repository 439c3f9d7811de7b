//! PBM, PGM, PPM and PAM, read by the `image` crate; PGM and PPM, written here. The maxval is the white.

use super::raster::{Raster, Samples};
use super::{Contents, Decoded, Format, Limits, Result, damaged, unwritable};
use image::ImageDecoder;
use image::codecs::pnm::PnmDecoder;
use std::io::Cursor;

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Decoded> {
    let fault = |e| damaged(Format::Pnm, e);
    let decoder = PnmDecoder::new(Cursor::new(bytes)).map_err(fault)?;
    let (width, height) = decoder.dimensions();
    let colour = decoder.color_type();
    let channels = usize::from(colour.channel_count());
    limits.check(channels, height.into(), width.into())?;
    let alpha = colour.has_alpha();
    // Bitmaps, and colours with an opacity, stay as the decoder gives them: at full scale.
    let maxval = Some(decoder.header().maximal_sample()).filter(|m| *m > 1 && !alpha).map(f64::from);
    let wide = usize::from(colour.bytes_per_pixel()) == 2 * channels;
    let mut data = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut data).map_err(fault)?;
    // The decoder stretches 0..maxval over the full scale; the file's own numbers are wanted.
    let own = |stretched: f64, full: f64| (stretched * maxval.unwrap_or(full) / full).round();
    let samples = match wide {
        true => {
            let numbers = data.as_chunks().0.iter().map(|b| f64::from(u16::from_ne_bytes(*b)));
            Samples::U16(numbers.map(|x| own(x, 65_535.0) as u16).collect())
        }
        false => Samples::U8(data.iter().map(|x| own(f64::from(*x), 255.0) as u8).collect()),
    };
    let raster = Raster { width: width as usize, height: height as usize, colours: channels - usize::from(alpha), alpha, samples };
    Ok(Decoded { white: maxval, ..Decoded::bare(raster) })
}

pub(super) fn write(contents: &Contents<'_>) -> Result<Vec<u8>> {
    let raster = &contents.raster;
    let kind = if raster.colours == 1 { "P5" } else { "P6" };
    // The stored values may exceed white, but never maxval: it is white only where all of them fit.
    let full = raster.samples.depth().full();
    let wide = matches!(raster.samples, Samples::U16(_));
    let fits = contents.white.fract() == 0.0 && raster.largest() <= contents.white && (contents.white > 255.0) == wide;
    let maxval = if fits { contents.white } else { full };
    let mut out = format!("{kind}\n{} {}\n{maxval}\n", raster.width, raster.height).into_bytes();
    match &raster.samples {
        Samples::U8(v) => out.extend(v),
        Samples::U16(v) => out.extend(v.iter().flat_map(|x| x.to_be_bytes())),
        Samples::F32(_) | Samples::F64(_) => return Err(unwritable(Format::Pnm, "it holds integers only")),
    }
    Ok(out)
}
