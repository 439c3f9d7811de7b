//! `ravine degrade`: what is done to a picture, and what is told of it.

mod program;

use program::Place;
use ravine::image::degrade::{Degradation, Noise};
use ravine::image::io::{self, Format, ReadOptions, WriteOptions};
use ravine::image::picture::Depth;
use ravine::image::{Grid, Image, Picture, metric};

fn clean(channels: usize) -> Image {
    metric::round_to_8_bit(Image::from_fn(Grid::new(channels, 61, 83), |c, y, x| (c * 40 + y + 2 * x) as f32 / 320.0))
}

fn file(image: Image, depth: Depth, format: Format) -> Vec<u8> {
    io::encode(&Picture::new(image, depth), format, &WriteOptions::default()).unwrap().bytes
}

fn place(channels: usize) -> Place {
    let place = Place::new();
    place.write("clean.png", file(clean(channels), Depth::U8, Format::Png));
    place
}

fn picture(place: &Place, name: &str) -> Picture {
    io::read(&place.read(name), &ReadOptions::default()).unwrap()
}

#[test]
fn help_and_refusals_are_sentences() {
    let place = place(1);
    place.snapshot(
        "degrade",
        &[
            "degrade --help",
            "degrade clean.png -o noisy.png --sigma 25",
            "degrade clean.png -o out/{stem}_{method}.{ext} --noise poisson:30 --sigma 2 --missing 0.25 --seed 3",
            "degrade clean.png -o noisy.png",
            "degrade clean.png -o noisy.png --sigma 400",
            "degrade clean.png -o noisy.png --sigma -1",
            "degrade clean.png -o noisy.png --sigma NaN",
            "degrade clean.png -o noisy.png --noise poison:30",
            "degrade clean.png -o noisy.png --noise poisson",
            "degrade clean.png -o noisy.png --noise jpeg:200",
            "degrade clean.png -o noisy.png --missing 1.5",
            "degrade clean.png -o noisy.png --sigma 5 --no-clip",
            "degrade clean.png -o noisy.png --sigma 5 --mask m.png",
            "degrade clean.png -o clean.png --sigma 5",
            "degrade none.png -o noisy.png --sigma 5",
            "degrade clean.png -o - --sigma 5 --json",
        ],
    );
}

#[test]
fn noise_is_that_of_the_library_clipped_and_rounded_for_integers() {
    for channels in [1, 3] {
        let place = place(channels);
        for (words, noise) in [
            ("--sigma 40", Noise::Gaussian),
            ("--sigma 40 --noise poisson:20", Noise::Poisson { peak: 20.0 }),
            ("--sigma 40 --noise salt-pepper:0.1", Noise::SaltPepper { fraction: 0.1 }),
            ("--sigma 40 --noise jpeg:30", Noise::Jpeg { quality: 30.0 }),
            ("--sigma 40 --noise camera", Noise::Camera),
        ] {
            place.run(&format!("degrade clean.png -o noisy.png --seed 5 {words}")).expect(0);
            let wanted = Degradation { sigma: 40.0, noise, missing: 0.0 }.apply(&clean(channels), 5).unwrap().image;
            assert!(picture(&place, "noisy.png").image == metric::round_to_8_bit(wanted), "{words}");
        }
    }
}

#[test]
fn floats_are_kept_outside_the_range_unless_clipped() {
    let place = place(1);
    place.write("clean.npy", file(clean(1), Depth::F32, Format::Npy));
    let wanted = Degradation::gaussian(60.0).apply(&clean(1), 0).unwrap().image;
    assert!(wanted.pixels().iter().any(|v| *v < 0.0) && wanted.pixels().iter().any(|v| *v > 1.0));
    place.run("degrade clean.npy -o noisy.npy --sigma 60").expect(0);
    assert!(picture(&place, "noisy.npy").image == wanted);
    place.run("degrade clean.png -o kept.tif --sigma 60 --no-clip").expect(0);
    let kept = picture(&place, "kept.tif");
    assert!(kept.image == wanted && kept.companion.depth == Depth::F32);
    let clipped = wanted.map(|v| v.clamp(0.0, 1.0));
    place.run("degrade clean.npy -o clipped.npy --sigma 60 --clip").expect(0);
    assert!(picture(&place, "clipped.npy").image == clipped);
    place.run("degrade clean.npy -o last.npy --sigma 60 --no-clip --clip").expect(0);
    assert!(picture(&place, "last.npy").image == clipped);
    // 8-bit data that stay 8-bit are clipped without a word.
    let ran = place.run("degrade clean.png -o noisy.npy --sigma 60").expect(0);
    assert!(!ran.stderr.contains("clipped"), "{}", ran.stderr);
    assert_eq!(picture(&place, "noisy.npy").companion.depth, Depth::U8);
}

#[test]
fn the_object_says_what_was_done() {
    let place = place(3);
    let ran = place.run("degrade clean.png -o noisy.png --sigma 25 --missing 0.5 --mask known.png --seed 9 --json").expect(0);
    let line = ran.json().remove(0);
    let wanted = serde_json::json!({
        "input": "clean.png", "output": "noisy.png", "width": 83, "height": 61, "channels": 3, "sigma": 25.0, "noise": "gaussian",
        "missing": 0.5, "clip": true, "mask": "known.png", "psnr": line["psnr"], "seed": 9, "version": env!("CARGO_PKG_VERSION"),
    });
    assert_eq!(line, wanted);
    let psnr = metric::psnr(&clean(3), &picture(&place, "noisy.png").image).unwrap().unwrap();
    assert!((line["psnr"].as_f64().unwrap() - psnr).abs() < 0.01, "{psnr}");
    let (mask, noisy) = (picture(&place, "known.png").image, picture(&place, "noisy.png").image);
    let known = mask.pixels().iter().filter(|v| **v == 1.0).count() as f64 / mask.grid().len() as f64;
    assert!((known - 0.5).abs() < 0.03 && mask.pixels().iter().all(|v| *v == 0.0 || *v == 1.0), "{known}");
    assert!((0..3).all(|c| noisy.plane(c).iter().zip(mask.pixels()).all(|(v, m)| *m == 1.0 || *v == 0.0)));
}

#[test]
fn the_recipe_in_the_picture_degrades_another_in_the_same_way() {
    let place = place(1);
    place.run("degrade clean.png -o a.png --sigma 12 --noise poisson:80 --missing 0.1 --seed 4").expect(0);
    place.run("degrade clean.png -o b.png --recipe a.png").expect(0);
    assert_eq!(place.read("a.png"), place.read("b.png"));
    let printed = place.run("degrade clean.png --recipe a.png --print-recipe").expect(0).text();
    assert_eq!(printed, "[degrade]\nsigma = 12.0\nnoise = \"poisson:80\"\nmissing = 0.1\nclip = true\nseed = 4\n");
    place.write("job.toml", &printed);
    place.run("degrade clean.png -o c.png --recipe job.toml").expect(0);
    assert_eq!(place.read("a.png"), place.read("c.png"));
    place.run("degrade clean.png -o d.png --recipe job.toml --seed 5").expect(0);
    assert_ne!(place.read("a.png"), place.read("d.png"));
    let refused = place.run("restore clean.png -o e.png --recipe job.toml").expect(2);
    assert_eq!(refused.stderr, "ravine: job.toml is a recipe of degrade\n");
}

#[test]
fn the_same_bytes_for_any_number_of_threads_and_beside_any_other_picture() {
    let place = place(3);
    place.write("in/a.png", place.read("clean.png"));
    place.write("in/b.png", place.read("clean.png"));
    place.run("degrade clean.png -o one.png --sigma 30 --missing 0.1 --threads 1").expect(0);
    place.run("degrade clean.png -o three.png --sigma 30 --missing 0.1 --threads 3").expect(0);
    place.run("degrade in -o out/ --sigma 30 --missing 0.1").expect(0);
    for name in ["three.png", "out/a.png", "out/b.png"] {
        assert!(place.read("one.png") == place.read(name), "{name}");
    }
}

#[test]
fn one_bad_picture_among_several_does_not_stop_the_rest() {
    let place = place(1);
    place.write("in/a.png", "not a picture");
    place.write("in/b.png", place.read("clean.png"));
    let ran = place.run("degrade in -o out/ --sigma 5").expect(1);
    assert!(ran.stderr.contains("in/a.png: "), "{}", ran.stderr);
    assert!(place.path("out/b.png").exists() && !place.path("out/a.png").exists());
}

#[test]
fn standard_input_and_output_are_pictures() {
    let place = place(1);
    place.run("degrade clean.png -o noisy.png --sigma 20").expect(0);
    let ran = place.run_with("degrade - -o - --sigma 20", &place.read("clean.png")).expect(0);
    assert_eq!(ran.stdout, place.read("noisy.png"));
}

#[test]
fn the_smallest_pictures_are_served() {
    let place = Place::new();
    for (h, w) in [(1, 1), (1, 17), (13, 1)] {
        place.write("u.png", file(Image::constant(Grid::new(1, h, w), 0.5), Depth::U16, Format::Png));
        place.run("degrade u.png -o v.png --sigma 10 --missing 0.5").expect(0);
        let v = picture(&place, "v.png");
        assert_eq!((v.grid(), v.companion.depth), (Grid::new(1, h, w), Depth::U16));
    }
}
