//! Files through the program: what is handled with exit 0, and what a result keeps of its input.

mod program;

use program::Place;
use ravine::image::io::{self, Format, ReadOptions, WriteOptions};
use ravine::image::picture::{Companion, Depth};
use ravine::image::{Grid, Image, Picture};

/// A noisy ramp.
fn noisy(channels: usize, height: usize, width: usize) -> Image {
    let mut image = Image::from_fn(Grid::new(channels, height, width), |c, y, x| 0.3 + 0.01 * (y + x + 5 * c) as f32 % 0.4);
    ravine::image::noise::add_gaussian(&mut image, 15.0 / 255.0, 1);
    image.map(|v| v.clamp(0.0, 1.0))
}

fn file(picture: &Picture, format: Format) -> Vec<u8> {
    io::encode(picture, format, &WriteOptions::default()).unwrap().bytes
}

fn picture(bytes: &[u8]) -> Picture {
    io::read(bytes, &ReadOptions::default()).unwrap()
}

/// Restores `name`, which must succeed, and gives the result.
#[track_caller]
fn restored(place: &Place, name: &str, options: &str) -> Picture {
    let extension = name.rsplit('.').next().unwrap();
    place.run(&format!("restore {name} -o out/{name} --lambda 8 {options}")).expect(0);
    let bytes = place.read(&format!("out/{name}"));
    assert_eq!(Format::sniff(&bytes), Format::from_name(extension).map_err(|e| io::Error::Write(e.to_string())));
    picture(&bytes)
}

#[test]
fn every_format_keeps_its_depth() {
    let place = Place::new();
    for (name, depth) in [
        ("a.png", Depth::U8),
        ("b.png", Depth::U16),
        ("c.jpg", Depth::U8),
        ("d.tif", Depth::U8),
        ("e.tif", Depth::U16),
        ("f.tif", Depth::F32),
        ("g.webp", Depth::U8),
        ("h.ppm", Depth::U8),
        ("i.ppm", Depth::U16),
        ("j.pfm", Depth::F32),
        ("k.npy", Depth::U8),
        ("l.npy", Depth::U16),
        ("m.npy", Depth::F32),
        ("n.npy", Depth::F64),
    ] {
        let format = Format::from_name(&name[2..]).unwrap();
        let input = file(&Picture::new(noisy(3, 20, 24), depth), format);
        place.write(name, &input);
        let result = restored(&place, name, "");
        assert_eq!((result.companion.depth, result.grid()), (depth, Grid::new(3, 20, 24)), "{name}");
        assert_ne!(result.image, picture(&input).image, "{name} came back as it was");
    }
}

#[test]
fn sixteen_bits_are_more_than_eight_times_257() {
    let place = Place::new();
    place.write("a.png", file(&Picture::new(noisy(1, 30, 30), Depth::U16), Format::Png));
    let levels = restored(&place, "a.png", "");
    let fine = levels.image.pixels().iter().filter(|v| (*v * 255.0 - (*v * 255.0).round()).abs() > 0.01).count();
    assert!(fine > 800, "only {fine} of 900 values lie between the 8-bit ones");
}

#[test]
fn transparency_profile_and_camera_data_come_through() {
    let place = Place::new();
    let mut original = Picture::new(noisy(3, 16, 18), Depth::U8);
    // EXIF with one tag: the maker.
    let exif = b"II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\x0a\0\0\0\x1a\0\0\0\0\0\0\0Cameraman\0".to_vec();
    original.companion = Companion {
        alpha: Some((0..16 * 18).map(|i| (i % 256) as f32 / 255.0).collect()),
        icc: Some((0..=255).cycle().take(3_000).collect()),
        exif: Some(exif),
        ..original.companion
    };
    for name in ["a.png", "b.tif", "c.webp"] {
        place.write(name, file(&original, Format::from_name(&name[2..]).unwrap()));
        let kept = restored(&place, name, "").companion;
        assert!(kept.alpha == original.companion.alpha, "{name}: transparency");
        assert!(kept.icc == original.companion.icc, "{name}: profile");
        assert!(kept.exif.unwrap().windows(10).any(|w| w == b"Cameraman\0"), "{name}: camera");
        assert!(io::recipe(&place.read(&format!("out/{name}"))).is_some(), "{name}: recipe");
    }
    // Where transparency cannot be kept, it is said.
    let ran = place.run("restore a.png -o a.jpg --lambda 8").expect(0);
    assert!(ran.stderr.contains("JPEG holds no transparency"), "{}", ran.stderr);
}

#[test]
fn every_orientation_is_applied_once() {
    let place = Place::new();
    for orientation in 1..=8_u8 {
        let mut original = Picture::new(noisy(1, 12, 20), Depth::U8);
        let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        original.companion.exif = Some(exif);
        let name = format!("{orientation}.png");
        place.write(&name, file(&original, Format::Png));
        let upright = if orientation < 5 { Grid::new(1, 12, 20) } else { Grid::new(1, 20, 12) };
        assert_eq!(restored(&place, &name, "").grid(), upright, "orientation {orientation}");
        // Read again it stays as it is: what was applied is not said any more.
        place.run(&format!("restore out/{name} -o twice/{name} --lambda 8")).expect(0);
        assert_eq!(picture(&place.read(&format!("twice/{name}"))).grid(), upright, "orientation {orientation}, twice");
    }
}

/// Pictures with too few pixels, or none but a few values.
fn extremes() -> [(&'static str, Image); 8] {
    let constant = |value: f32| Image::constant(Grid::new(1, 9, 11), value);
    [
        ("pixel.png", noisy(1, 1, 1)),
        ("row.png", noisy(3, 1, 37)),
        ("column.png", noisy(1, 41, 1)),
        ("black.png", constant(0.0)),
        ("white.png", constant(1.0)),
        ("grey.png", constant(0.4)),
        ("two.png", Image::from_fn(Grid::new(1, 12, 12), |_, y, x| ((x / 3 + y / 4) % 2) as f32)),
        ("saturated.png", noisy(3, 14, 15).map(|v| (3.0 * v - 1.0).clamp(0.0, 1.0))),
    ]
}

#[test]
fn small_and_extreme_pictures_are_restored_by_every_method() {
    let place = Place::new();
    for (name, image) in extremes() {
        let flat = image.pixels().iter().all(|v| *v == image.pixels()[0]);
        let original = Picture::new(image, Depth::U8);
        place.write(name, file(&original, Format::Png));
        for method in ["tv", "tikhonov", "huber-tv", "tv-anisotropic"] {
            let result = restored(&place, name, &format!("--method {method}"));
            assert_eq!(result.grid(), original.grid(), "{name}, {method}");
            assert!(!flat || result.image == picture(&place.read(name)).image, "{name}, {method}: a flat picture changed");
        }
    }
}

#[test]
fn where_nothing_can_be_measured_the_file_comes_back_as_it_is() {
    let place = Place::new();
    for (name, image) in extremes().into_iter().filter(|(name, _)| *name != "saturated.png") {
        place.write(name, file(&Picture::new(image, Depth::U8), Format::Png));
        place.run(&format!("restore {name} -o out/{name}")).expect(0);
        assert!(place.read(&format!("out/{name}")) == place.read(name), "{name} changed");
    }
}

#[test]
fn twelve_bits_go_back_in_their_units() {
    let place = Place::new();
    let mut original = Picture::new(noisy(1, 24, 26), Depth::U16);
    original.companion.white = 4_095.0;
    place.write("a.tif", file(&original, Format::Tiff));
    let level = |p: &Picture| p.image.pixels().iter().sum::<f32>() / p.image.pixels().len() as f32 * 65_535.0;
    let before = level(&picture(&place.read("a.tif")));
    for options in ["", "--white 4095", "--white auto"] {
        let after = level(&restored(&place, "a.tif", options));
        assert!((after - before).abs() < 2.0 && after < 4_095.0, "`{options}`: the mean went from {before} to {after}");
    }
    let ran = place.run("restore a.tif -o b.tif --lambda 8 --white auto").expect(0);
    assert!(ran.stderr.contains("white was found to be 4095"), "{}", ran.stderr);
    let hint = place.run("restore a.tif -o b.tif --lambda 8").expect(0);
    assert!(hint.stderr.contains("--white 4095 or --white auto"), "{}", hint.stderr);
}

#[test]
fn what_others_write_is_read() {
    let place = Place::new();
    let files: [(&str, &[u8], usize); 5] = [
        ("palette.png", include_bytes!("../../ravine-image/tests/files/palette.png"), 3),
        ("interlaced.png", include_bytes!("../../ravine-image/tests/files/interlaced.png"), 1),
        ("cmyk.jpg", include_bytes!("../../ravine-image/tests/files/cmyk_adobe.jpg"), 3),
        ("ycck.jpg", include_bytes!("../../ravine-image/tests/files/ycck.jpg"), 3),
        ("tiles.tif", include_bytes!("../../ravine-image/tests/files/tiles.tif"), 3),
    ];
    for (name, bytes, channels) in files {
        place.write(name, bytes);
        let result = restored(&place, name, "");
        assert_eq!(result.grid().channels, channels, "{name}");
        assert_eq!(result.companion.alpha.is_some(), name == "palette.png", "{name}");
    }
    let mut grey = Picture::new(noisy(1, 13, 17), Depth::U8);
    grey.companion.alpha = Some((0..13 * 17).map(|i| (i % 256) as f32 / 255.0).collect());
    place.write("grey.png", file(&grey, Format::Png));
    let result = restored(&place, "grey.png", "");
    assert_eq!((result.grid(), result.companion.alpha), (grey.grid(), grey.companion.alpha));
}

#[test]
fn floats_may_lie_outside_of_0_and_1() {
    let place = Place::new();
    let wide = noisy(1, 20, 20).map(|v| 8.0 * v - 3.0);
    for name in ["a.npy", "b.pfm", "c.tif"] {
        place.write(name, file(&Picture::new(wide.clone(), Depth::F32), Format::from_name(&name[2..]).unwrap()));
        let result = restored(&place, name, "");
        let (low, high) = result.image.pixels().iter().fold((0.0_f32, 0.0_f32), |(l, h), v| (l.min(*v), h.max(*v)));
        assert!(low < -0.2 && high > 1.2, "{name}: {low} … {high}");
    }
}

/// The name says what is in the file.
#[test]
fn an_asked_format_names_its_files() {
    let place = Place::new();
    for name in ["in/a.png", "in/b/c.png"] {
        place.write(name, file(&Picture::new(noisy(1, 20, 20), Depth::U8), Format::Png));
    }
    place.run("restore in -o out --format jpg --lambda 8").expect(0);
    place.run("degrade in -o noise/{stem}.{ext} --format tif --sigma 5").expect(0);
    place.run("restore in/a.png -o plain.bin --format webp --lambda 8").expect(0);
    for (name, format) in [
        ("out/a.jpg", Format::Jpeg),
        ("out/b/c.jpg", Format::Jpeg),
        ("noise/a.tif", Format::Tiff),
        ("noise/c.tif", Format::Tiff),
        ("plain.bin", Format::WebP),
    ] {
        assert_eq!(Format::sniff(&place.read(name)), Ok(format), "{name}");
    }
    let to_stdout = place.run("restore in/a.png -o - --format tif --lambda 8").expect(0);
    assert_eq!(Format::sniff(&to_stdout.stdout), Ok(Format::Tiff));
}

#[test]
fn a_folder_is_restored_in_place() {
    let place = Place::new();
    let names = ["in/a.png", "in/b/c.png"];
    names.iter().for_each(|name| drop(place.write(name, file(&Picture::new(noisy(1, 20, 20), Depth::U8), Format::Png))));
    let before = names.map(|name| place.read(name));
    place.run("restore in --in-place --lambda 8 --quiet").expect(0);
    for (name, before) in names.iter().zip(before) {
        assert!(place.read(name) != before && io::recipe(&place.read(name)).is_some(), "{name}");
    }
}
