//! `ravine compare`: how far pictures are from a reference.

mod program;

use program::Place;
use ravine::image::io::{self, Format, WriteOptions};
use ravine::image::picture::Depth;
use ravine::image::{Grid, Image, Picture, metric};

fn file(image: &Image, depth: Depth, format: Format) -> Vec<u8> {
    io::encode(&Picture::new(image.clone(), depth), format, &WriteOptions::default()).unwrap().bytes
}

fn reference() -> Image {
    metric::round_to_8_bit(Image::from_fn(Grid::new(1, 40, 50), |_, y, x| 0.2 + 0.6 * ((y / 8 + x / 10) % 2) as f32))
}

/// One pixel in the corner is off by 51 grey levels, all others by 5.1 and the half of that, in turn.
fn other() -> Image {
    Image::from_fn(Grid::new(1, 40, 50), |_, y, x| {
        let error = if (y, x) == (0, 0) { 0.2 } else { 0.01 * (1 + (x + y) % 2) as f32 };
        reference().at(0, y, x) + error
    })
}

fn place() -> Place {
    let place = Place::new();
    place.write("clean.png", file(&reference(), Depth::U8, Format::Png));
    place.write("clean.npy", file(&reference(), Depth::F32, Format::Npy));
    place.write("other.npy", file(&other(), Depth::F32, Format::Npy));
    place.write("colour.png", file(&Image::constant(Grid::new(3, 40, 50), 0.5), Depth::U8, Format::Png));
    place.write("small.png", file(&Image::constant(Grid::new(1, 4, 5), 0.5), Depth::U8, Format::Png));
    place
}

#[test]
fn people_read_a_table_and_sentences() {
    place().snapshot(
        "compare",
        &[
            "compare --help",
            "compare clean.png clean.npy other.npy",
            "compare clean.png other.npy --border 1",
            "compare small.png small.png",
            "compare clean.png colour.png",
            "compare clean.png small.png other.npy",
            "compare small.png small.png --border 2",
            "compare none.png other.npy",
            "compare *.png other.npy",
            "compare - -",
        ],
    );
}

#[test]
fn the_object_holds_the_numbers_of_the_library() {
    let line = place().run("compare clean.png other.npy --json").expect(0).json().remove(0);
    let c = metric::compare(&reference(), &other()).unwrap();
    let wanted = serde_json::json!({
        "reference": "clean.png", "image": "other.npy", "psnr": c.psnr, "ssim": c.ssim, "rmse": c.rmse, "max_error": c.max_error,
    });
    assert_eq!(line, wanted);
    assert!((c.max_error - 0.2).abs() < 1e-6);
}

#[test]
fn equal_pictures_have_no_psnr_and_small_ones_no_ssim() {
    let place = place();
    let lines = place.run("compare clean.png clean.npy --json").expect(0).json();
    assert_eq!((lines[0].get("psnr"), lines[0]["rmse"].as_f64()), (None, Some(0.0)));
    let lines = place.run("compare small.png small.png --json").expect(0).json();
    assert_eq!((lines[0].get("psnr"), lines[0].get("ssim")), (None, None));
}

#[test]
fn a_border_is_left_out() {
    let line = place().run("compare clean.png other.npy --json --border 1").expect(0).json().remove(0);
    assert!((line["max_error"].as_f64().unwrap() - 0.02).abs() < 1e-6, "{line}");
}

#[test]
fn rounding_is_that_of_an_8_bit_file() {
    let place = place();
    let line = place.run("compare clean.png other.npy --json --round-8bit").expect(0).json().remove(0);
    let rounded = metric::compare(&reference(), &metric::round_to_8_bit(other())).unwrap();
    assert_eq!(line["psnr"].as_f64(), rounded.psnr);
    assert_ne!(rounded.psnr, metric::psnr(&reference(), &other()).unwrap());
}

#[test]
fn a_folder_is_compared_file_by_file() {
    let place = place();
    for name in ["a", "b"] {
        place.write(&format!("results/{name}.npy"), file(&other(), Depth::F32, Format::Npy));
    }
    let lines = place.run("compare clean.png results --json").expect(0).json();
    assert_eq!(lines.iter().map(|l| l["image"].as_str().unwrap()).collect::<Vec<_>>(), ["results/a.npy", "results/b.npy"]);
    let ran = place.run_with("compare clean.png - --json", &place.read("other.npy")).expect(0);
    assert_eq!(ran.json()[0]["psnr"], lines[0]["psnr"]);
}

#[test]
fn one_of_another_size_among_several_is_exit_1() {
    let ran = place().run("compare clean.png colour.png other.npy --json").expect(1);
    assert_eq!(ran.json().len(), 1);
    assert!(ran.stderr.contains("colour.png: the reference is 50×40 with 1 channel(s)"), "{}", ran.stderr);
}

/// Twice this border is 0 in 64 bits.
#[test]
fn an_absurd_border_is_refused() {
    let ran = place().run("compare clean.png other.npy --border 9223372036854775808").expect(2);
    assert!(ran.stderr.contains("is outside 0..19"), "{}", ran.stderr);
}
