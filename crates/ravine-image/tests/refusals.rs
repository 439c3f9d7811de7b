//! What cannot be read or written is refused with one sentence of the right kind, before anything is allocated or changed.

use proptest::prelude::*;
use ravine_image::io::{
    Error, Format, Limits, ReadOptions, White, WriteOptions, encode, read, read_bytes, read_file, recipe, write_whole,
};
use ravine_image::picture::{Depth, Picture};
use ravine_image::{Grid, Image};

const FORMATS: [Format; 7] = [Format::Png, Format::Jpeg, Format::Tiff, Format::WebP, Format::Pnm, Format::Pfm, Format::Npy];

fn small() -> Picture {
    let image = Image::from_fn(Grid::new(3, 9, 14), |c, y, x| ((c * 91 + y * 37 + x * 11) % 256) as f32 / 255.0);
    Picture::new(image, Depth::U8)
}

fn file(format: Format) -> Vec<u8> {
    encode(&small(), format, &WriteOptions::default()).unwrap().bytes
}

fn refusal(bytes: &[u8]) -> Error {
    read(bytes, &ReadOptions::default()).expect_err("this must be refused")
}

#[track_caller]
fn unreadable(bytes: &[u8], words: &str) {
    match refusal(bytes) {
        Error::Unreadable(message) => assert!(message.contains(words) && !message.contains('\n'), "`{message}` lacks `{words}`"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_no_picture() {
    unreadable(b"", "empty (0 bytes)");
}

#[test]
fn unknown_content_names_what_is_read() {
    unreadable(b"hello, this is a text", "none of the formats that are read (PNG, JPEG");
    unreadable(&[0; 4_096], "none of the formats");
}

#[test]
fn known_but_foreign_content_names_what_converts_it() {
    unreadable(b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC");
    unreadable(b"\0\0\0\x18ftypmif1\0\0\0\0", "heif-convert");
    unreadable(b"\0\0\0\x18ftypavif\0\0\0\0", "avifdec");
    unreadable(b"\0\0\0\x18ftypcrx \0\0\0\0", "camera raw");
    unreadable(b"II*\0\x10\0\0\0CR\x02\0", "darktable");
    unreadable(b"GIF89a", "GIF");
    unreadable(b"BM\x36\0", "BMP");
    unreadable(b"SIMPLE  =                    T", "FITS");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for format in FORMATS {
        let whole = file(format);
        for kept in 0..whole.len() {
            let error = read(&whole[..kept], &ReadOptions::default());
            assert!(matches!(error, Err(Error::Unreadable(_))), "{format:?} cut to {kept} of {} bytes: {error:?}", whole.len());
        }
    }
}

#[test]
fn damage_never_panics() {
    let of_others: [&[u8]; 7] = [
        include_bytes!("files/tiles.tif"),
        include_bytes!("files/planes.tif"),
        include_bytes!("files/tiled_planes.tif"),
        include_bytes!("files/ycbcr.tif"),
        include_bytes!("files/half.tif"),
        include_bytes!("files/ycck.jpg"),
        include_bytes!("files/interlaced.png"),
    ];
    for whole in FORMATS.map(file).into_iter().chain(of_others.map(<[u8]>::to_vec)) {
        for at in 0..whole.len() {
            for value in [0, 0x7f, 0xff] {
                let mut bent = whole.clone();
                bent[at] = value;
                let _ = read(&bent, &ReadOptions { limits: Limits { max_pixels: 10_000 }, ..Default::default() });
            }
        }
    }
}

/// Headers of 65 536 × 65 536 with nothing behind them.
fn huge(format: Format) -> Vec<u8> {
    let side = 65_536_u32;
    match format {
        Format::Png => {
            let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
            out.extend([side.to_be_bytes(), side.to_be_bytes()].concat());
            out.extend([8, 0, 0, 0, 0]);
            out.extend(0x49ef_6f3f_u32.to_be_bytes());
            out
        }
        Format::Npy => {
            let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (65536, 65536), }\n";
            [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat()
        }
        Format::Pnm => b"P5\n65536 65536\n255\n".to_vec(),
        Format::Pfm => b"Pf\n65536 65536\n-1.0\n".to_vec(),
        Format::Tiff => {
            // Nine tags: one strip of 65 536 rows.
            let tag = |tag: u16, value: u32| [&tag.to_le_bytes()[..], &[4, 0, 1, 0, 0, 0], &value.to_le_bytes()].concat();
            let tags = [(256, side), (257, side), (258, 8), (259, 1), (262, 1), (273, 122), (277, 1), (278, side), (279, 0)];
            let body: Vec<u8> = tags.iter().flat_map(|(t, v)| tag(*t, *v)).collect();
            [b"II*\0\x08\0\0\0\x09\0", &body[..], &[0; 4]].concat()
        }
        // The most that these two can say: 65 535 and 16 383.
        Format::Jpeg => b"\xff\xd8\xff\xc0\0\x0b\x08\xff\xff\xff\xff\x01\x01\x11\0\xff\xd9".to_vec(),
        Format::WebP => {
            let mut bits = b"RIFF\x1a\0\0\0WEBPVP8L\x05\0\0\0\x2f".to_vec();
            bits.extend((16_382_u32 | (16_382 << 14)).to_le_bytes());
            bits.extend([0; 9]);
            bits
        }
    }
}

#[test]
fn a_huge_header_is_refused_by_its_limit() {
    for format in FORMATS {
        let error = refusal(&huge(format));
        let side = match format {
            Format::Jpeg => 65_535,
            Format::WebP => 16_383,
            _ => 65_536,
        };
        let Error::Limit { width, height, limit, .. } = error else { panic!("{format:?}: {error:?}") };
        assert_eq!((width, height, limit), (side, side, 200_000_000), "{format:?}");
        assert!(error.to_string().contains("--max-pixels"), "{error}");
    }
}

#[test]
fn the_limit_counts_pixels_to_the_last() {
    let at = |max_pixels| read(&file(Format::Png), &ReadOptions { limits: Limits { max_pixels }, ..Default::default() });
    assert!(at(9 * 14).is_ok());
    let message = at(9 * 14 - 1).unwrap_err().to_string();
    assert_eq!(message, "14 × 9 = 126 pixels are more than the limit of 125: raise it with --max-pixels, or cut the picture");
}

#[test]
fn what_is_not_finite_is_named_by_its_place() {
    for (value, word) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        for format in [Format::Npy, Format::Pfm, Format::Tiff] {
            for channels in [1, 3] {
                let grid = Grid::new(channels, 4, 5);
                let marked = Picture::new(Image::constant(grid, 123.25), Depth::F32);
                let mut bytes = encode(&marked, format, &WriteOptions::default()).unwrap().bytes;
                if format == Format::Tiff {
                    bytes = uncompressed(channels);
                }
                // The number at row 2, column 3, last channel, as the file stores it.
                let row = if format == Format::Pfm { 1 } else { 2 };
                let index = (row * 5 + 3) * channels + channels - 1;
                let mark = 123.25_f32.to_le_bytes();
                let start = bytes.windows(4).position(|w| w == mark).unwrap();
                bytes[start + 4 * index..][..4].copy_from_slice(&value.to_le_bytes());
                let place = format!("row 2, column 3, channel {} (counted from 0) holds {word}", channels - 1);
                unreadable(&bytes, &place);
            }
        }
    }
}

/// A TIFF of 4 × 5 floats, all 123.25, by the `tiff` crate without compression.
fn uncompressed(channels: usize) -> Vec<u8> {
    use tiff::encoder::{TiffEncoder, colortype};
    let mut out = std::io::Cursor::new(Vec::new());
    let numbers = vec![123.25_f32; 20 * channels];
    let mut encoder = TiffEncoder::new(&mut out).unwrap();
    match channels {
        1 => encoder.write_image::<colortype::Gray32Float>(5, 4, &numbers).unwrap(),
        _ => encoder.write_image::<colortype::RGB32Float>(5, 4, &numbers).unwrap(),
    }
    out.into_inner()
}

#[test]
fn names_that_contradict_the_content_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("photo.png");
    std::fs::write(&path, file(Format::Jpeg)).unwrap();
    let error = read_file(&path, &ReadOptions::default()).unwrap_err();
    assert_eq!(error, Error::Unreadable("its name says PNG but it holds JPEG: rename it to .jpg".into()));
    // Without a name that says anything, the content decides.
    let bare = dir.path().join("photo");
    std::fs::rename(&path, &bare).unwrap();
    let (picture, bytes) = read_file(&bare, &ReadOptions::default()).unwrap();
    assert_eq!((picture.grid(), bytes), (small().grid(), file(Format::Jpeg)));
}

#[test]
fn missing_files_and_folders_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let says = |path: &std::path::Path| read_file(path, &ReadOptions::default()).unwrap_err();
    assert_eq!(says(&dir.path().join("no.png")), Error::Unreadable("there is no such file".into()));
    assert_eq!(says(dir.path()), Error::Unreadable("it is a folder, not a picture".into()));
}

#[test]
fn a_white_that_is_no_white_is_refused() {
    for white in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = read(&file(Format::Png), &ReadOptions { white: White::Value(white), ..Default::default() }).unwrap_err();
        assert!(error.to_string().starts_with("white = "), "{error}");
    }
}

#[test]
fn arrays_of_other_kinds_say_what_to_do() {
    let array = |descr: &str, shape: &str, bytes: usize| {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &vec![0; bytes]].concat()
    };
    unreadable(&array("<i8", "(2, 3)", 48), "convert it with `.astype(numpy.float32)`");
    unreadable(&array("<f4", "(7,)", 28), "1 axes: H×W and H×W×C are read");
    unreadable(&array("<f4", "(3, 64, 64)", 4 * 3 * 64 * 64), "numpy.moveaxis(a, 0, -1)");
    unreadable(&array("|u1", "(0, 5)", 0), "no pixel");
    unreadable(&array("|u1", "(2, 3)", 7), "6 bytes, not 7");
    let many = refusal(&array("|u1", "(20000, 20000, 9)", 0));
    assert!(matches!(many, Error::Limit { channels: 9, .. }), "{many:?}");
}

#[test]
fn raw_files_that_are_tiffs_are_not_taken_for_their_thumbnails() {
    use tiff::encoder::{TiffEncoder, colortype::RGB8};
    use tiff::tags::Tag;
    let file = |tags: &[(u16, u32)]| {
        let mut out = std::io::Cursor::new(Vec::new());
        let mut encoder = TiffEncoder::new(&mut out).unwrap();
        let mut image = encoder.new_image::<RGB8>(2, 1).unwrap();
        for (tag, value) in tags {
            image.encoder().write_tag(Tag::from_u16_exhaustive(*tag), *value).unwrap();
        }
        image.write_data(&[1, 2, 3, 4, 5, 6]).unwrap();
        out.into_inner()
    };
    let (kind, inner, dng) = (254, 330, 50_706);
    unreadable(&file(&[(dng, 0x0104)]), "camera raw");
    unreadable(&file(&[(kind, 1), (inner, 8)]), "camera raw");
    // Pyramids have their full picture first.
    assert!(read(&file(&[(kind, 0), (inner, 8)]), &ReadOptions::default()).is_ok());
}

#[test]
fn planes_in_tiles_are_refused() {
    unreadable(include_bytes!("files/tiled_planes.tif"), "separate planes in tiles");
}

#[test]
fn what_a_format_cannot_hold_is_not_written() {
    let refused = |picture: &Picture, format| match encode(picture, format, &WriteOptions::default()) {
        Err(Error::Write(message)) => message,
        other => panic!("{other:?}"),
    };
    let five = Picture::new(Image::constant(Grid::new(5, 2, 2), 0.5), Depth::U8);
    assert_eq!(refused(&five, Format::Png), "PNG holds 1 or 3 channels, not 5: write .npy");
    assert!(encode(&five, Format::Npy, &WriteOptions::default()).is_ok());
    let wide = Picture::new(Image::constant(Grid::new(1, 1, 70_000), 0.5), Depth::U8);
    assert!(refused(&wide, Format::Jpeg).contains("70000 is longer than 65535"));
    assert!(refused(&wide, Format::WebP).contains("70000 is longer than 16383"));
    let mut broken = small();
    broken.image.pixels_mut()[5] = f32::NAN;
    assert!(refused(&broken, Format::Png).contains("NaN"));
    let long = "x".repeat(70_000);
    let options = WriteOptions { recipe: Some(&long), ..Default::default() };
    let jpeg = encode(&small(), Format::Jpeg, &options).unwrap();
    assert!(recipe(&jpeg.bytes).is_none() && jpeg.notes[0].starts_with("the recipe was left out: 7"), "{:?}", jpeg.notes);
    assert!(encode(&small(), Format::Png, &options).is_ok());
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let names = || std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect::<Vec<_>>();
    write_whole(&at("a.png"), b"old").unwrap();
    write_whole(&at("a.png"), b"new").unwrap();
    assert_eq!(std::fs::read(at("a.png")).unwrap(), b"new");
    assert_eq!(names(), ["a.png"]);

    let refused = |path: &std::path::Path| match write_whole(path, b"x") {
        Err(Error::Write(message)) => message,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(dir.path()), "it is a folder: name a file in it");
    assert!(refused(&at("no/b.png")).starts_with("there is no folder"));
    assert!(refused(&at("a.png/b.png")).starts_with("there is no folder"));
    assert_eq!(names(), ["a.png"]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    let (real, link) = (dir.path().join("real.png"), dir.path().join("link.png"));
    write_whole(&real, b"old").unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, &link).unwrap();
    write_whole(&link, b"new").unwrap();
    assert!(link.is_symlink());
    assert_eq!(std::fs::read(&real).unwrap(), b"new");
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(write_whole(std::path::Path::new("/dev/null"), b"x").is_ok());
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
}

/// Any array in any order and byte order, as its header and numbers would stand in a file.
fn stored(descr: &str, fortran: bool, [h, w, c]: [usize; 3], numbers: &[f64]) -> Vec<u8> {
    let flag = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{descr}', 'fortran_order': {flag}, 'shape': ({h}, {w}, {c}), }}\n");
    let mut out = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    let position = |i: usize| if fortran { (i % h, i / h % w, i / h / w) } else { (i / c / w, i / c % w, i % c) };
    for i in 0..h * w * c {
        let (y, x, channel) = position(i);
        let value = numbers[(channel * h + y) * w + x];
        let mut bytes = match &descr[1..] {
            "u1" => (value as u8).to_le_bytes().to_vec(),
            "u2" => (value as u16).to_le_bytes().to_vec(),
            "f4" => (value as f32).to_le_bytes().to_vec(),
            _ => value.to_le_bytes().to_vec(),
        };
        if descr.starts_with('>') {
            bytes.reverse();
        }
        out.extend(bytes);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_array_is_read_in_its_order(
        h in 1_usize..12, w in 5_usize..14, c in 1_usize..6, fortran: bool,
        descr in prop::sample::select(vec!["|u1", "<u2", ">u2", "<f4", ">f4", "<f8", ">f8"]),
        seed in 0_u64..1_000_000,
    ) {
        let full = match &descr[1..] { "u1" => 255.0, "u2" => 65_535.0, _ => 1.0 };
        let number = |i: usize| ((i as u64 + 1) * (seed * 2 + 1) % 65_537) as f64;
        let numbers: Vec<f64> = (0..h * w * c)
            .map(|i| match &descr[1..] { "u1" => number(i) % 256.0, "u2" => number(i).min(65_535.0), _ => number(i) / 7.0 - 900.0 })
            .collect();
        let bytes = stored(descr, fortran, [h, w, c], &numbers);
        let got = read(&bytes, &ReadOptions::default()).unwrap();
        prop_assert_eq!(got.grid(), Grid::new(c, h, w));
        let wanted: Vec<f32> = numbers.iter().map(|v| (v / full) as f32).collect();
        prop_assert_eq!(got.image.pixels(), &wanted[..]);
        // Back out, in the order and byte order that we write, the numbers are the same.
        let out = encode(&got, Format::Npy, &WriteOptions::default()).unwrap().bytes;
        let again = read(&out, &ReadOptions::default()).unwrap();
        prop_assert_eq!((again.image, again.companion.depth), (got.image, got.companion.depth));
        prop_assert_eq!((out.len() - h * w * c * size(descr)) % 64, 0);
    }
}

fn size(descr: &str) -> usize {
    descr[2..].parse().unwrap()
}

/// Sizes whose product is 0 in 64 bits are no small pictures, whatever the limit.
#[test]
fn sizes_that_wrap_are_refused() {
    let limits = Limits { max_pixels: u64::MAX };
    let dictionary = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({0}, {0}), }}", 1_u64 << 31);
    let npy = [b"\x93NUMPY\x01\x00", &(dictionary.len() as u16).to_le_bytes()[..], dictionary.as_bytes()].concat();
    let pfm = format!("Pf {0} {0} -1.0\n", 1_u64 << 31).into_bytes();
    for file in [npy, pfm] {
        let refused = read(&file, &ReadOptions { limits, ..ReadOptions::default() });
        assert!(matches!(refused, Err(Error::Unreadable(m)) if m.contains("18446744073709551616 bytes, not 0")));
    }
}

/// A source without an end is read as far as it can be a picture within the limits.
#[test]
fn an_endless_source_is_refused() {
    let limits = Limits { max_pixels: 10 };
    let endless = |head: &'static [u8]| std::io::Read::chain(head, std::io::repeat(0));
    let error = read_bytes(endless(b"\x89PNG\r\n\x1a\n"), &limits).unwrap_err();
    assert_eq!(error, Error::TooLong { longest: 320 + (64 << 20), limit: 10 });
    // Nothing but zeros begins no picture, so that no limit is needed to refuse it.
    let error = read_bytes(std::io::repeat(0), &Limits { max_pixels: u64::MAX }).unwrap_err();
    assert!(matches!(error, Error::Unreadable(m) if m.contains("none of the formats")));
    assert_eq!(read_bytes(&file(Format::Png)[..], &limits), Ok(file(Format::Png)));
}

/// A recipe that does not fit beside a picture's own XMP does not keep the picture from being written.
#[test]
fn a_jpeg_with_a_long_xmp_is_written_without_the_recipe() {
    let mut picture = small();
    let theirs = format!("<rdf:RDF>{}</rdf:RDF>", "x".repeat(65_400));
    picture.companion.xmp = Some(theirs.clone().into_bytes());
    let long = "k = 1\n".repeat(20);
    let options = WriteOptions { recipe: Some(&long), ..WriteOptions::default() };
    let jpeg = encode(&picture, Format::Jpeg, &options).unwrap();
    assert!(jpeg.notes.iter().any(|n| n.contains("the recipe was left out")), "{:?}", jpeg.notes);
    assert_eq!(recipe(&jpeg.bytes), None);
    assert_eq!(read(&jpeg.bytes, &ReadOptions::default()).unwrap().companion.xmp, Some(theirs.into_bytes()));
    let png = encode(&picture, Format::Png, &options).unwrap();
    assert_eq!(recipe(&png.bytes).as_deref(), Some(long.as_str()));
}
