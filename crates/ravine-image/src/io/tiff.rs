//! TIFF, by the `tiff` crate: strips and tiles, chunky and planar; written in strips, integers by Deflate, floats as they are.

use super::exif::{self, CAMERA, Entry, Exif, PLACE};
use super::raster::{Raster, Samples};
use super::{Contents, Decoded, Error, Format, Limits, Result, damaged, unwritable};
use std::io::{Cursor, Seek, Write};
use tiff::decoder::{ChunkType, Decoder, DecodingResult};
use tiff::encoder::{Compression, DeflateLevel, TiffEncoder, TiffKindStandard, TiffValue, colortype};
use tiff::tags::{ExtraSamples, IfdPointer, Tag, Type, ValueBuffer};
use tiff::{ColorType, Directory, TiffError, TiffResult};

const XMP: Tag = Tag::Unknown(700);

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Decoded> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(fault)?;
    let (width, height) = decoder.dimensions().map_err(fault)?;
    let colour = decoder.colortype().map_err(fault)?;
    if is_raw(&mut decoder) {
        return Err(Error::Unreadable(super::format::RAW.into()));
    }
    limits.check(usize::from(colour.num_samples()), height.into(), width.into())?;
    let extra = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).map_err(fault)?.unwrap_or_default();
    let (colours, alpha) = match colour {
        ColorType::Gray(_) => (1, false),
        ColorType::GrayA(_) => (1, true),
        ColorType::RGB(_) => (3, false),
        ColorType::RGBA(_) => (3, true),
        ColorType::YCbCr(8) => (3, false),
        ColorType::Multiband { num_samples: 2, .. } if matches!(extra[..], [1 | 2]) => (1, true),
        other => {
            return Err(Error::Unreadable(format!(
                "its colours are {}: grey and RGB, with or without alpha, are read; convert it first",
                describe(other)
            )));
        }
    };
    let layout = decoder.image_buffer_layout().map_err(fault)?;
    let channels = colours + usize::from(alpha);
    let numbers = channels * width as usize * height as usize;
    if usize::from(colour.bit_depth()) < 8 {
        return Err(Error::Unreadable(format!(
            "its samples have {} bits: 8, 16 and float are read; convert it first",
            colour.bit_depth()
        )));
    }
    if layout.planes > 1 && decoder.get_chunk_type() == ChunkType::Tile {
        return Err(Error::Unreadable("its colours are separate planes in tiles: write it in strips, or pixel by pixel".into()));
    }
    let mut room = tiff::decoder::Limits::default();
    room.decoding_buffer_size = 8 * numbers + 64 * bytes.len(); // the picture; tags, whose numbers take up to 64 bytes each
    room.intermediate_buffer_size = room.intermediate_buffer_size.max(8 * numbers);
    decoder = decoder.with_limits(room);
    check_present(&mut decoder, bytes.len() as u64)?;
    let mut stored = DecodingResult::U8(Vec::new());
    decoder.read_image_to_buffer(&mut stored).map_err(fault)?;
    let samples = match stored {
        DecodingResult::U8(v) => Samples::U8(interleaved(v, layout.planes)),
        DecodingResult::U16(v) => Samples::U16(interleaved(v, layout.planes)),
        DecodingResult::F16(v) => Samples::F32(interleaved(v.into_iter().map(f32::from).collect(), layout.planes)),
        DecodingResult::F32(v) => Samples::F32(interleaved(v, layout.planes)),
        DecodingResult::F64(v) => Samples::F64(interleaved(v, layout.planes)),
        _ => {
            return Err(Error::Unreadable(format!(
                "its samples are {}-bit integers, or have a sign: unsigned 8 and 16 bits and floats are read; convert it first",
                colour.bit_depth()
            )));
        }
    };
    if samples.len() != numbers {
        return Err(damaged(Format::Tiff, format!("it holds {} numbers of {numbers}", samples.len())));
    }
    let mut decoded = Decoded::bare(Raster { width: width as usize, height: height as usize, colours, alpha, samples });
    if let (ColorType::YCbCr(_), Samples::U8(values)) = (colour, &mut decoded.raster.samples) {
        values.as_chunks_mut().0.iter_mut().for_each(|pixel| *pixel = rgb(*pixel));
    }
    if extra.first() == Some(&1) && alpha {
        unassociate(&mut decoded.raster);
        decoded.notes.push("its colours were multiplied by its opacity: they were divided by it".into());
    }
    if decoder.more_images() {
        decoded.notes.push("it has further pages: only the first is read".into());
    }
    decoded.icc = blob(&mut decoder, Tag::IccProfile);
    decoded.xmp = blob(&mut decoder, XMP);
    decoded.exif = exif::parse(bytes).map(|e| e.to_bytes());
    Ok(decoded)
}

/// The bytes of a tag, if they can be had.
fn blob(decoder: &mut Decoder<Cursor<&[u8]>>, tag: Tag) -> Option<Vec<u8>> {
    let mut value = ValueBuffer::empty(Type::UNDEFINED);
    decoder.image_ifd().find_tag_buf(tag, &mut value).ok()??;
    Some(value.as_bytes().to_vec())
}

/// Refuses, before anything is allocated, a file that ends before the numbers that it speaks of.
fn check_present(decoder: &mut Decoder<Cursor<&[u8]>>, length: u64) -> Result<()> {
    let tags = [(Tag::StripOffsets, Tag::StripByteCounts), (Tag::TileOffsets, Tag::TileByteCounts)];
    for (offsets, counts) in tags {
        let offsets = decoder.find_tag_unsigned_vec::<u64>(offsets).map_err(fault)?.unwrap_or_default();
        let counts = decoder.find_tag_unsigned_vec::<u64>(counts).map_err(fault)?.unwrap_or_default();
        if let Some(end) = offsets.iter().zip(&counts).map(|(o, n)| o.saturating_add(*n)).max()
            && end > length
        {
            return Err(damaged(Format::Tiff, format!("it ends at byte {length}, but its numbers at {end}")));
        }
    }
    Ok(())
}

/// Whether this is a camera's raw file (DNG, NEF, ARW, …), whose first picture is only a thumbnail.
fn is_raw(decoder: &mut Decoder<Cursor<&[u8]>>) -> bool {
    const DNG_VERSION: Tag = Tag::Unknown(50_706);
    let mut has = |tag| matches!(decoder.find_tag(tag), Ok(Some(_)));
    let (dng, inner) = (has(DNG_VERSION), has(Tag::SubIfd));
    let reduced = matches!(decoder.find_tag_unsigned::<u32>(Tag::NewSubfileType), Ok(Some(kind)) if kind & 1 == 1);
    dng || (inner && reduced)
}

fn describe(colour: ColorType) -> String {
    match colour {
        ColorType::CMYK(_) | ColorType::CMYKA(_) => "CMYK inks".into(),
        ColorType::Lab(_) => "CIE L*a*b*".into(),
        ColorType::YCbCr(bits) => format!("YCbCr of {bits} bits"),
        ColorType::Palette(_) => "a palette".into(),
        other => format!("{} bands", other.num_samples()),
    }
}

/// Luma and two colour differences, as JPEG stores them, to RGB (ITU-R BT.601, full range).
fn rgb([y, blue, red]: [u8; 3]) -> [u8; 3] {
    let (y, blue, red) = (f64::from(y), f64::from(blue) - 128.0, f64::from(red) - 128.0);
    [y + 1.402 * red, y - 0.344_136 * blue - 0.714_136 * red, y + 1.772 * blue].map(|v| v.round() as u8)
}

/// Planes one after the other, turned into pixels.
fn interleaved<T: Copy>(stored: Vec<T>, planes: usize) -> Vec<T> {
    if planes <= 1 {
        return stored;
    }
    let plane = stored.len() / planes;
    (0..plane).flat_map(|i| (0..planes).map(move |c| (i, c))).map(|(i, c)| stored[c * plane + i]).collect()
}

/// Colours that were multiplied by the opacity, as they are; where it is zero they stay.
fn unassociate(raster: &mut Raster) {
    fn divide<S: super::raster::Sample>(values: &mut [S], channels: usize, full: f64) {
        for pixel in values.chunks_exact_mut(channels) {
            let opacity = pixel[channels - 1].to_f64() / full;
            if opacity > 0.0 {
                pixel[..channels - 1].iter_mut().for_each(|v| *v = S::nearest(v.to_f64() / opacity));
            }
        }
    }
    let (channels, full) = (raster.channels(), raster.samples.depth().full());
    match &mut raster.samples {
        Samples::U8(v) => divide(v, channels, full),
        Samples::U16(v) => divide(v, channels, full),
        Samples::F32(v) => divide(v, channels, full),
        Samples::F64(v) => divide(v, channels, full),
    }
}

fn fault(error: TiffError) -> Error {
    match error {
        TiffError::UnsupportedError(e) => Error::Unreadable(format!(
            "it is a TIFF of a kind that is not read ({e}): convert it, for example with `magick in.tif out.png`"
        )),
        e => damaged(Format::Tiff, e),
    }
}

pub(super) fn write(contents: &Contents<'_>) -> Result<Vec<u8>> {
    use colortype::{Gray8, Gray16, Gray32Float, Gray64Float, RGB8, RGB16, RGB32Float, RGB64Float};
    let raster = &contents.raster;
    let mut out = Cursor::new(Vec::new());
    match (&raster.samples, raster.colours) {
        (Samples::U8(v), 1) => store::<Gray8>(&mut out, contents, v),
        (Samples::U8(v), _) => store::<RGB8>(&mut out, contents, v),
        (Samples::U16(v), 1) => store::<Gray16>(&mut out, contents, v),
        (Samples::U16(v), _) => store::<RGB16>(&mut out, contents, v),
        (Samples::F32(v), 1) => store::<Gray32Float>(&mut out, contents, v),
        (Samples::F32(v), _) => store::<RGB32Float>(&mut out, contents, v),
        (Samples::F64(v), 1) => store::<Gray64Float>(&mut out, contents, v),
        (Samples::F64(v), _) => store::<RGB64Float>(&mut out, contents, v),
    }
    .map_err(|e| unwritable(Format::Tiff, e))?;
    Ok(out.into_inner())
}

fn store<C: colortype::ColorType>(out: &mut Cursor<Vec<u8>>, contents: &Contents<'_>, values: &[C::Inner]) -> TiffResult<()>
where
    [C::Inner]: TiffValue,
{
    let raster = &contents.raster;
    // Floats hardly shrink.
    let compression = match raster.samples.depth().is_integer() {
        true => Compression::Deflate(DeflateLevel::Fast),
        false => Compression::Uncompressed,
    };
    let mut file = TiffEncoder::new(out)?.with_compression(compression);
    let exif = contents.exif.and_then(exif::parse).unwrap_or_default();
    let own = write_exif(&mut file, &exif)?;
    let mut image = file.new_image::<C>(u32::try_from(raster.width)?, u32::try_from(raster.height)?)?;
    if raster.alpha {
        image.extra_samples(&[ExtraSamples::UnassociatedAlpha])?;
    }
    image.encoder().extend_from(&own);
    if let Some(icc) = contents.icc {
        image.encoder().write_tag(Tag::IccProfile, icc)?;
    }
    if let Some(xmp) = &contents.xmp {
        image.encoder().write_tag(XMP, xmp.as_bytes())?;
    }
    image.write_data(values)
}

/// Writes the directories of EXIF, and gives the tags that the picture's own directory takes.
fn write_exif<W: Write + Seek>(file: &mut TiffEncoder<W, TiffKindStandard>, exif: &Exif) -> TiffResult<Directory> {
    let mut own = Directory::empty();
    for (tag, entries) in [(CAMERA, &exif.camera), (PLACE, &exif.place)] {
        if !entries.is_empty() {
            let mut inner = file.extra_directory()?;
            for e in entries {
                let written = inner.write_entry_bytes(kind(e), &e.native())?;
                let single: Directory = [(Tag::from_u16_exhaustive(e.tag), written)].into_iter().collect();
                inner.extend_from(&single);
            }
            let IfdPointer(place) = inner.finish_with_offsets()?.pointer;
            let pointer = tiff::decoder::ifd::Entry::new(Type::LONG, 1, u32::try_from(place)?.to_ne_bytes());
            own.extend([(Tag::from_u16_exhaustive(tag), pointer)]);
        }
    }
    let mut main = file.extra_directory()?;
    for e in &exif.main {
        let written = main.write_entry_bytes(kind(e), &e.native())?;
        own.extend([(Tag::from_u16_exhaustive(e.tag), written)]);
    }
    main.finish()?;
    Ok(own)
}

fn kind(entry: &Entry) -> Type {
    Type::from_u16(entry.kind).unwrap_or(Type::UNDEFINED)
}
