//! Every format, depth and kind of picture goes out and comes back: the numbers, and what travels beside them.

use ravine_image::io::{Format, ReadOptions, White, WriteOptions, encode, read, recipe};
use ravine_image::picture::{Companion, Depth, Picture};
use ravine_image::{Grid, Image};

const FORMATS: [Format; 7] = [Format::Png, Format::Jpeg, Format::Tiff, Format::WebP, Format::Pnm, Format::Pfm, Format::Npy];
const DEPTHS: [Depth; 4] = [Depth::U8, Depth::U16, Depth::F32, Depth::F64];
/// Sides with primes, single pixels, rows and columns.
const SIZES: [(usize, usize); 6] = [(1, 1), (1, 13), (13, 1), (2, 3), (17, 11), (16, 64)];

/// Numbers that the depth holds exactly: floats go beyond 0..1.
fn picture(channels: usize, height: usize, width: usize, depth: Depth, alpha: bool) -> Picture {
    let stored = |i: usize| ((i * 7_919 + 13) % 65_536) as f64;
    let value = |i: usize| match depth {
        Depth::U8 => ((stored(i) as u64 % 256) as f64 / 255.0) as f32,
        Depth::U16 => (stored(i) / 65_535.0) as f32,
        Depth::F32 | Depth::F64 => (stored(i) / 20_000.0 - 1.1) as f32,
    };
    let grid = Grid::new(channels, height, width);
    let image = Image::new(grid, (0..grid.len()).map(value).collect()).unwrap();
    let mut picture = Picture::new(image, depth);
    let opacity = |i: usize| match depth {
        Depth::U8 => ((i * 37 % 256) as f64 / 255.0) as f32,
        _ => ((i * 3_701 % 65_536) as f64 / 65_535.0) as f32,
    };
    picture.companion.alpha = alpha.then(|| (0..grid.plane()).map(opacity).collect());
    picture
}

fn back(picture: &Picture, format: Format) -> Picture {
    let file = encode(picture, format, &WriteOptions::default()).unwrap();
    assert_eq!(Format::sniff(&file.bytes), Ok(format));
    read(&file.bytes, &ReadOptions::default()).unwrap()
}

/// Without what reading remarks.
fn silent(mut picture: Picture) -> Picture {
    picture.companion.notes.clear();
    picture
}

#[test]
fn what_a_format_holds_comes_back_bit_for_bit() {
    for format in FORMATS.into_iter().filter(|f| *f != Format::Jpeg) {
        for depth in format.depths() {
            for channels in [1, 3] {
                for alpha in [false, true].into_iter().filter(|a| !a || format.holds_alpha()) {
                    for (height, width) in SIZES {
                        let original = picture(channels, height, width, *depth, alpha);
                        let mut wanted = original.clone();
                        if format == Format::WebP && channels == 1 {
                            // WebP knows no grey: three equal planes come back.
                            wanted.image = Image::from_fn(Grid::new(3, height, width), |_, y, x| original.image.at(0, y, x));
                        }
                        let got = silent(back(&original, format));
                        assert!(got == wanted, "{format:?} {depth:?} {channels} × {height} × {width}, alpha {alpha}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_pair_of_format_and_depth_is_written_in_the_nearest_depth() {
    for format in FORMATS {
        for depth in DEPTHS {
            let original = picture(3, 5, 7, depth, true);
            let got = back(&original, format);
            assert_eq!(got.companion.depth, format.nearest(depth), "{format:?} {depth:?}");
            let file = encode(&original, format, &WriteOptions::default()).unwrap();
            let says = |word: &str| file.notes.iter().any(|n| n.contains(word));
            assert_eq!(says("transparency"), !format.holds_alpha(), "{format:?} {depth:?}");
            let kept = format.depths().contains(&depth) || format == Format::Pfm;
            assert_eq!(says("rounded"), !kept, "{format:?} {depth:?} {:?}", file.notes);
            assert_eq!(says("clipped"), !kept && !depth.is_integer(), "{format:?} {depth:?} {:?}", file.notes);
        }
    }
}

#[test]
fn jpeg_is_near_and_without_subsampling() {
    for channels in [1, 3] {
        let smooth = Image::from_fn(Grid::new(channels, 40, 50), |c, y, x| (c * 60 + 2 * y + x) as f32 / 255.0);
        let original = Picture::new(smooth, Depth::U8);
        let got = back(&original, Format::Jpeg);
        let worst = original.image.pixels().iter().zip(got.image.pixels()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= 4.0 / 255.0, "{channels} channels are {} grey levels off", worst * 255.0);
    }
    // Columns of pure red and pure blue in turn: with halved colour they would be purple.
    let stripes = Image::from_fn(Grid::new(3, 16, 16), |c, _, x| if (x % 2 == 0) == (c == 0) && c != 1 { 1.0 } else { 0.0 });
    let got = back(&Picture::new(stripes, Depth::U8), Format::Jpeg);
    assert!(got.image.at(0, 8, 8) > 0.8 && got.image.at(0, 8, 9) < 0.2, "{:?}", got.image.at(0, 8, 9));
}

#[test]
fn quality_is_obeyed() {
    let noisy = picture(3, 64, 64, Depth::U8, false);
    let size = |quality| encode(&noisy, Format::Jpeg, &WriteOptions { quality, ..Default::default() }).unwrap().bytes.len();
    assert!(size(50) < size(95) && size(95) < size(100));
}

/// EXIF bytes with an orientation, a maker, an exposure and a thumbnail's directory.
fn exif(orientation: u16) -> Vec<u8> {
    let mut out = b"MM\0*\0\0\0\x08\0\x03".to_vec();
    out.extend(b"\x01\x0f\0\x02\0\0\0\x0a\0\0\0\x32"); // maker: 10 letters at 50
    out.extend(b"\x01\x12\0\x03\0\0\0\x01");
    out.extend(orientation.to_be_bytes());
    out.extend(b"\0\0");
    out.extend(b"\x87\x69\0\x04\0\0\0\x01\0\0\0\x3c"); // exposure: a directory at 60
    out.extend(b"\0\0\0\x56"); // thumbnail: a directory at 86
    out.extend(b"Cameraman\0");
    out.extend(b"\0\x01\x82\x9a\0\x05\0\0\0\x01\0\0\0\x4e\0\0\0\0"); // one rational at 78
    out.extend(b"\0\0\0\x01\0\0\0\x7d"); // 1/125 s
    out.extend(b"\0\x01\x01\x03\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"); // compression: JPEG
    out
}

fn with_metadata(depth: Depth, orientation: u16) -> Picture {
    let mut picture = picture(3, 2, 3, depth, false);
    let icc = (0..200_000_u32).map(|i| (i.wrapping_mul(i) / 7) as u8).collect(); // more than one JPEG segment holds
    let companion = Companion { icc: Some(icc), exif: Some(exif(orientation)), ..picture.companion };
    picture.companion = companion;
    picture
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

#[test]
fn profiles_exif_and_recipe_are_kept() {
    for format in FORMATS.into_iter().filter(|f| f.holds_metadata()) {
        let original = with_metadata(Depth::U8, 1);
        let text = "method = \"tv\"\nsigma = 25 # < 26 & > 24, λ auto\n";
        let file = encode(&original, format, &WriteOptions { recipe: Some(text), ..Default::default() }).unwrap();
        assert_eq!(file.notes, [] as [&str; 0], "{format:?}");
        assert_eq!(recipe(&file.bytes).as_deref(), Some(text), "{format:?}");
        let got = read(&file.bytes, &ReadOptions::default()).unwrap().companion;
        assert!(got.icc == original.companion.icc, "{format:?}: the profile");
        let kept = got.exif.unwrap_or_default();
        assert!(contains(&kept, b"Cameraman\0"), "{format:?}: the maker");
        let exposure: &[u8] = if format == Format::Tiff { &[1, 0, 0, 0, 125, 0, 0, 0] } else { &[0, 0, 0, 1, 0, 0, 0, 125] };
        assert!(contains(&kept, exposure), "{format:?}: the exposure");
        assert!(contains(&got.xmp.unwrap_or_default(), b"ravine:recipe"), "{format:?}");
        // And once more, through every other format.
        for other in FORMATS.into_iter().filter(|f| f.holds_metadata()) {
            let twice = back(&read(&file.bytes, &ReadOptions::default()).unwrap(), other).companion;
            assert!(twice.icc == original.companion.icc, "{format:?} → {other:?}: the profile");
            assert!(contains(&twice.exif.unwrap_or_default(), b"Cameraman\0"), "{format:?} → {other:?}: the maker");
        }
    }
    for format in [Format::Pnm, Format::Pfm, Format::Npy] {
        let file =
            encode(&with_metadata(Depth::F32, 1), format, &WriteOptions { recipe: Some("x"), ..Default::default() }).unwrap();
        assert!(file.notes.iter().any(|n| n.contains("profile")) && file.notes.iter().any(|n| n.contains("recipe")), "{format:?}");
        assert_eq!(recipe(&file.bytes), None);
    }
}

#[test]
fn every_orientation_is_applied_once() {
    // 0 1 2 / 3 4 5 as each of the eight shows it (EXIF 2.3, table 6).
    let seen: [(usize, [u8; 6]); 8] = [
        (2, [0, 1, 2, 3, 4, 5]),
        (2, [2, 1, 0, 5, 4, 3]),
        (2, [5, 4, 3, 2, 1, 0]),
        (2, [3, 4, 5, 0, 1, 2]),
        (3, [0, 3, 1, 4, 2, 5]),
        (3, [3, 0, 4, 1, 5, 2]),
        (3, [5, 2, 4, 1, 3, 0]),
        (3, [2, 5, 1, 4, 0, 3]),
    ];
    for format in [Format::Png, Format::Tiff, Format::WebP, Format::Jpeg] {
        for (i, (height, numbers)) in seen.iter().enumerate() {
            // Blocks of 16 keep their colour through JPEG.
            let stored = Image::from_fn(Grid::new(3, 32, 48), |_, y, x| (y / 16 * 3 + x / 16) as f32 * 40.0 / 255.0);
            let mut original = Picture::new(stored, Depth::U8);
            original.companion.exif = Some(exif(i as u16 + 1));
            original.companion.alpha = format.holds_alpha().then(|| original.image.plane(0).to_vec());
            let upright = back(&original, format);
            assert_eq!(upright.grid().height, 16 * height, "{format:?}, orientation {}", i + 1);
            let block = |plane: &[f32]| -> Vec<u8> {
                let width = upright.grid().width;
                let middles = (0..*height).flat_map(|y| (0..6 / height).map(move |x| (16 * y + 8) * width + 16 * x + 8));
                middles.map(|at| (plane[at] * 255.0 / 40.0).round() as u8).collect()
            };
            assert_eq!(block(upright.image.plane(1)), numbers, "{format:?}, orientation {}", i + 1);
            if let Some(alpha) = &upright.companion.alpha {
                assert_eq!(block(alpha), numbers, "{format:?}, opacity, orientation {}", i + 1);
            }
            // Written and read again, it is not turned again.
            assert_eq!(back(&upright, format).grid(), upright.grid(), "{format:?}, orientation {}", i + 1);
        }
    }
}

#[test]
fn the_thumbnail_of_the_old_picture_is_unlinked() {
    let mut original = picture(1, 2, 2, Depth::U8, false);
    original.companion.exif = Some(exif(1));
    let kept = back(&original, Format::Png).companion.exif.unwrap();
    assert_eq!(kept[46..50], [0; 4]);
    assert_eq!(kept.len(), exif(1).len());
}

#[test]
fn twelve_bits_in_sixteen_go_back_in_their_units() {
    let raw: Vec<u16> = (0..4_096).collect();
    let file = npy("<u2", "(64, 64)", raw.iter().flat_map(|v| v.to_le_bytes()).collect());
    let auto = ReadOptions { white: White::Auto, ..Default::default() };
    for (options, white) in [(auto, 4_095.0), (ReadOptions { white: White::Value(4_000.0), ..auto }, 4_000.0)] {
        let got = read(&file, &options).unwrap();
        assert_eq!(got.companion.white, white);
        assert_eq!(got.image.at(0, 63, 63), (4_095.0 / white) as f32);
        for format in [Format::Npy, Format::Tiff, Format::Png, Format::Pnm] {
            let stored = encode(&got, format, &WriteOptions::default()).unwrap().bytes;
            let again = read(&stored, &ReadOptions { white: White::Value(white), ..auto }).unwrap();
            assert!(again.image == got.image, "{format:?}, white {white}");
        }
        // Into 8 bits it goes by what is white.
        let eight = back(&got, Format::Jpeg);
        assert_eq!(eight.image.at(0, 63, 63), 1.0);
    }
    let said = read(&file, &auto).unwrap().companion.notes;
    assert_eq!(said, ["white was found to be 4095"]);
    let hint = read(&file, &ReadOptions::default()).unwrap().companion.notes;
    assert_eq!(hint, ["the largest of its 16-bit values is 4095: if that is nearly white, say --white 4095 or --white auto"]);
}

#[test]
fn counts_in_floats_find_their_range() {
    let counts: Vec<f32> = (0..100).map(|i| i as f32 * 9.0).collect();
    let file = npy("<f4", "(10, 10)", counts.iter().flat_map(|v| v.to_le_bytes()).collect());
    let got = read(&file, &ReadOptions { white: White::Auto, ..Default::default() }).unwrap();
    assert_eq!(got.companion.white, 1_023.0);
    let stored = back(&got, Format::Npy);
    let off = stored.image.pixels().iter().zip(&counts).map(|(a, b)| (a - b).abs() / b.max(1.0)).fold(0.0, f32::max);
    assert!(off <= f32::EPSILON, "{off:e}");
}

#[test]
fn a_pnm_names_its_white_and_keeps_it() {
    let file = b"P5\n# twelve bits\n2 1\n4095\n\x0f\xff\x08\x00";
    let got = read(file, &ReadOptions::default()).unwrap();
    assert_eq!((got.companion.white, got.image.at(0, 0, 0)), (4_095.0, 1.0));
    let out = encode(&got, Format::Pnm, &WriteOptions::default()).unwrap().bytes;
    assert_eq!(out, b"P5\n2 1\n4095\n\x0f\xff\x08\x00");
}

#[test]
fn the_old_spellings_of_pnm_are_read() {
    let whites = |file: &[u8]| read(file, &ReadOptions::default()).unwrap().image.into_pixels();
    assert_eq!(whites(b"P1\n2 2\n0 1\n1 0\n"), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(whites(b"P4\n2 2\n\x40\x80"), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(whites(b"P2\n2 1\n9\n0 9\n"), [0.0, 1.0]);
    assert_eq!(whites(b"P3\n1 1\n255\n255 0 51\n"), [1.0, 0.0, 0.2]);
    let pam = b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n\x33\x66";
    let got = read(pam, &ReadOptions::default()).unwrap();
    assert_eq!((got.image.pixels(), got.companion.alpha.as_deref()), (&[0.2_f32][..], Some(&[0.4_f32][..])));
}

#[test]
fn pfm_is_read_in_both_byte_orders_from_the_bottom_up() {
    for (scale, number) in [("-1.0", f32::to_le_bytes as fn(f32) -> [u8; 4]), ("1.0", f32::to_be_bytes)] {
        let mut file = format!("Pf\n2 2\n{scale}\n").into_bytes();
        file.extend([3.0, 4.0, 1.0, -2.0].into_iter().flat_map(number));
        assert_eq!(read(&file, &ReadOptions::default()).unwrap().image.pixels(), [1.0, -2.0, 3.0, 4.0]);
    }
}

fn npy(descr: &str, shape: &str, data: Vec<u8>) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(data);
    file
}

/// A PNG of the `png` crate's making, so that what we never write can be read.
fn png(width: u32, height: u32, data: &[u8], set: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>)) -> Picture {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    set(&mut encoder);
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    read(&file, &ReadOptions::default()).unwrap()
}

#[test]
fn palettes_and_small_depths_are_expanded() {
    let got = png(4, 1, &[0b00_01_10_01], |e| {
        e.set_color(png::ColorType::Indexed);
        e.set_depth(png::BitDepth::Two);
        e.set_palette(vec![255, 0, 0, 0, 255, 0, 0, 0, 51]);
        e.set_trns(vec![255, 51]);
    });
    assert_eq!(got.image.plane(0), [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(got.image.plane(1), [0.0, 1.0, 0.0, 1.0]);
    assert_eq!(got.image.plane(2), [0.0, 0.0, 0.2, 0.0]);
    assert_eq!(got.companion.alpha, Some(vec![1.0, 0.2, 1.0, 0.2]));
    assert_eq!(got.companion.depth, Depth::U8);

    let got = png(8, 1, &[0b1010_0001], |e| {
        e.set_color(png::ColorType::Grayscale);
        e.set_depth(png::BitDepth::One);
    });
    assert_eq!(got.image.pixels(), [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn an_interlaced_png_is_read() {
    // 3 × 2 in Adam7 passes: 10 20 30 / 40 50 60, as Pillow 13 reads it too.
    let file = include_bytes!("files/interlaced.png");
    let got = read(file, &ReadOptions::default()).unwrap();
    let wanted: Vec<f32> = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0].map(|v: f32| v / 255.0).to_vec();
    assert_eq!(got.image.pixels(), wanted);
}

#[test]
fn inks_become_colours() {
    // 16 × 16 of one mixture each, written by Pillow (with and without Adobe's marker) and by libjpeg-turbo as YCCK; the colour is
    // that which Pillow shows.
    let files: [(&[u8], [f32; 3]); 3] = [
        (include_bytes!("files/cmyk_adobe.jpg"), [200.0, 100.0, 50.0]),
        (include_bytes!("files/cmyk_plain.jpg"), [200.0, 100.0, 50.0]),
        (include_bytes!("files/ycck.jpg"), [200.0, 100.0, 50.0]),
    ];
    for (i, (file, wanted)) in files.iter().enumerate() {
        let got = read(file, &ReadOptions::default()).unwrap();
        assert_eq!(got.companion.icc, None);
        assert!(got.companion.notes[0].contains("CMYK"), "{:?}", got.companion.notes);
        for (c, value) in wanted.iter().enumerate() {
            let level = got.image.at(c, 8, 8) * 255.0;
            assert!((level - value).abs() <= 3.0, "file {i}, channel {c}: {level} is not {value}");
        }
    }
}

#[test]
fn tiffs_of_other_programs_are_read() {
    // Written by tifffile 2026.3.3.
    let read = |file: &[u8]| read(file, &ReadOptions::default()).unwrap();
    // 10 000 c + 1 000 y + x: big-endian tiles of 16 × 16, differences in Deflate; and planes in strips of two rows, PackBits.
    let wanted = Image::from_fn(Grid::new(3, 5, 19), |c, y, x| ((10_000 * c + 1_000 * y + x) as f64 / 65_535.0) as f32);
    for file in [&include_bytes!("files/tiles.tif")[..], include_bytes!("files/planes.tif")] {
        let got = read(file);
        assert_eq!((&got.image, got.companion.depth), (&wanted, Depth::U16));
    }
    // 16-bit floats: y/2 − x/4.
    let half = read(include_bytes!("files/half.tif"));
    let wanted = Image::from_fn(Grid::new(1, 5, 19), |_, y, x| y as f32 / 2.0 - x as f32 / 4.0);
    assert_eq!((half.image, half.companion.depth), (wanted, Depth::F32));
    // JPEG inside: 200 100 50, stored as luma and colour differences.
    let jpeg = read(include_bytes!("files/ycbcr.tif"));
    for (c, value) in [200.0, 100.0, 50.0].iter().enumerate() {
        assert!((jpeg.image.at(c, 8, 8) * 255.0 - value).abs() <= 2.0, "{}", jpeg.image.at(c, 8, 8) * 255.0);
    }
    // 0 100 255 where zero is white.
    let inverse = read(include_bytes!("files/white_is_zero.tif"));
    assert_eq!(inverse.image.pixels(), [1.0, 155.0 / 255.0, 0.0]);
    // Colours times their opacity: 50 25 10 at 128, 255 0 7 at 255, 9 9 9 at 0.
    let associated = read(include_bytes!("files/associated.tif"));
    let levels: Vec<f32> = associated.image.pixels().iter().map(|v| (v * 255.0).round()).collect();
    assert_eq!(levels, [100.0, 255.0, 9.0, 50.0, 0.0, 9.0, 20.0, 7.0, 9.0]);
    assert_eq!(associated.companion.alpha, Some(vec![128.0 / 255.0, 1.0, 0.0]));
    assert!(associated.companion.notes[0].contains("opacity"));
}
