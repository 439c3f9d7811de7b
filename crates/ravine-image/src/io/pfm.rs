//! Portable float maps: three lines of text, then rows from the bottom up. (Debevec, 1997; a negative scale means little-endian.)

use super::raster::{Raster, Samples};
use super::{Contents, Decoded, Format, Limits, Result, damaged, unwritable};

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Decoded> {
    let (header, start) = words(bytes).ok_or_else(|| damaged(Format::Pfm, "its header ends early"))?;
    let [kind, width, height, scale] = header;
    let channels = if kind == "PF" { 3 } else { 1 };
    let (Ok(width), Ok(height), Ok(scale)) = (width.parse::<usize>(), height.parse::<usize>(), scale.parse::<f64>()) else {
        return Err(damaged(Format::Pfm, format!("its header says `{}`", header.join(" "))));
    };
    limits.check(channels, height as u64, width as u64)?;
    let wanted = [4, channels, width, height].iter().fold(1_u128, |product, n| product.saturating_mul(*n as u128));
    let got = bytes.len().saturating_sub(start);
    if (got as u128) < wanted {
        return Err(damaged(Format::Pfm, format!("{width} × {height} × {channels} floats are {wanted} bytes, not {got}")));
    }
    let number = if scale < 0.0 { f32::from_le_bytes } else { f32::from_be_bytes };
    let (all, _) = bytes[start..start + wanted as usize].as_chunks::<4>();
    let rows = all.chunks_exact(channels * width).rev();
    let samples = Samples::F32(rows.flatten().map(|b| number(*b)).collect());
    Ok(Decoded::bare(Raster { width, height, colours: channels, alpha: false, samples }))
}

/// The four words of the header, each ended by one white space, and where the numbers start.
fn words(bytes: &[u8]) -> Option<([&str; 4], usize)> {
    let mut at = 0;
    let mut next = || {
        at += bytes.get(at..)?.iter().position(|b| !b.is_ascii_whitespace())?;
        let length = bytes[at..].iter().position(u8::is_ascii_whitespace)?;
        let word = std::str::from_utf8(&bytes[at..at + length]).ok()?;
        at += length;
        Some(word)
    };
    let header = [next()?, next()?, next()?, next()?];
    Some((header, at + 1))
}

pub(super) fn write(contents: &Contents<'_>) -> Result<Vec<u8>> {
    let raster = &contents.raster;
    let Samples::F32(values) = &raster.samples else {
        return Err(unwritable(Format::Pfm, "it holds 32-bit floats only"));
    };
    let kind = if raster.colours == 1 { "Pf" } else { "PF" };
    let mut out = format!("{kind}\n{} {}\n-1.0\n", raster.width, raster.height).into_bytes();
    for row in values.chunks_exact(raster.colours * raster.width).rev() {
        out.extend(row.iter().flat_map(|x| x.to_le_bytes()));
    }
    Ok(out)
}
