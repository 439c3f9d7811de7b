//! The models inside the program, and what `ravine restore` does with them where nothing is asked.

mod program;

use program::Place;
use ravine::image::degrade::{Degradation, Noise};
use ravine::image::io::{self, Format, ReadOptions, WriteOptions};
use ravine::image::picture::Depth;
use ravine::image::{Grid, Image, Picture, metric, noise, scene};

fn file(image: &Image, format: Format) -> Vec<u8> {
    let depth = if format == Format::Npy { Depth::F32 } else { Depth::U8 };
    io::encode(&Picture::new(image.clone(), depth), format, &WriteOptions::default()).unwrap().bytes
}

fn picture(bytes: &[u8]) -> Image {
    io::read(bytes, &ReadOptions::default()).unwrap().image
}

/// A scene that is no photograph and was not learned: the demo's, rounded to bytes.
fn clean(channels: usize) -> Image {
    let scene = metric::round_to_8_bit(scene::demo(160, 240));
    if channels == 3 { scene } else { Image::new(scene.grid().grey(), scene.plane(0).to_vec()).unwrap() }
}

fn with(noise: Noise, sigma: f64, clean: &Image) -> Image {
    Degradation { sigma, noise, missing: 0.0 }.apply(clean, 4).unwrap().image
}

/// Degrades, restores without a flag but those given, and says what was said, and what was gained in dB.
fn gain(place: &Place, clean: &Image, observed: &Image, options: &str) -> (serde_json::Value, f64) {
    place.write("a.npy", file(observed, Format::Npy));
    let said = place.run(&format!("restore a.npy -o b.npy --json {options}")).expect(0).json().remove(0);
    let psnr = |u: &Image| metric::psnr(clean, &metric::round_to_8_bit(u.clone())).unwrap().unwrap();
    (said, psnr(&picture(&place.read("b.npy"))) - psnr(observed))
}

#[test]
fn they_are_listed_with_their_fingerprints() {
    let place = Place::new();
    let models = place.run("list models --json").expect(0).json();
    for (model, (name, channels, largest)) in models.iter().zip([("grey", 1, 75.0), ("colour", 3, 75.0), ("camera", 3, 19.6)]) {
        assert_eq!((model["name"].as_str(), model["channels"].as_u64()), (Some(name), Some(channels)));
        let [least, most] = [0, 1].map(|i| model["sigma"][i].as_f64().unwrap());
        assert!(least == 0.0 && (most - largest).abs() < 0.1, "{model}");
        assert_eq!(model["sha256"].as_str().unwrap().len(), 64);
    }
    assert_eq!(models.len(), 3);
    assert!(place.run("list models").expect(0).text().starts_with("grey"));
}

#[test]
fn white_noise_is_left_to_a_network_where_it_is_estimated_to_be_better_than_tv() {
    let place = Place::new();
    for channels in [1, 3] {
        let clean = clean(channels);
        for sigma in [5.0, 25.0, 60.0] {
            let observed = with(Noise::Gaussian, sigma, &clean);
            let (said, gained) = gain(&place, &clean, &observed, "");
            let (_, by_tv) = gain(&place, &clean, &observed, "--method tv");
            // The scene's colours are sharper than a photograph's: where there is little noise, tv is as good.
            let minimised = channels == 3 && sigma == 5.0 && said["method"] == "tv";
            assert!(minimised || (said["method"] == "network" && said["stop"].is_null()), "{said}");
            assert!(sigma > 25.0 || said["estimated_psnr"].is_f64(), "{said}"); // not told where it is tiny beside σ
            // Stein's estimate of both is as good as that.
            assert!(gained > by_tv - 0.2, "σ = {sigma}: {gained:.2} dB, tv {by_tv:.2} dB");
        }
    }
}

#[test]
fn noise_of_a_camera_is_taken_out_by_the_model_for_cameras_and_the_recipe_does_it_again() {
    let place = Place::new();
    let clean = clean(3);
    let taken = Degradation { noise: Noise::Camera, ..Default::default() }.apply(&clean, 1).unwrap().image; // by a poor camera
    place.write("a.png", file(&taken, Format::Png));
    let ran = place.run("restore a.png -o b.png --json").expect(0);
    let said = ran.json().remove(0);
    assert!(said["model"].as_str().unwrap().starts_with("camera@sha256:"), "{said}");
    assert!(said["sigma"].is_f64() && said["estimated_psnr"].is_null() && said["method"] == "network", "{said}");
    assert!(ran.stderr.contains(" grey levels, by the quietest parts"), "{}", ran.stderr);
    let psnr = |name: &str| metric::psnr(&clean, &picture(&place.read(name))).unwrap().unwrap();
    assert!(psnr("b.png") > psnr("a.png") + 1.0, "{} dB to {} dB", psnr("a.png"), psnr("b.png"));
    place.run("restore a.png -o again.png --recipe b.png").expect(0);
    assert_eq!(place.read("b.png"), place.read("again.png"));
    let recipe = place.run("restore a.png --print-recipe").expect(0).text();
    assert!(recipe.contains("model = \"camera@sha256:") && !recipe.contains("auto"), "{recipe}");
}

#[test]
fn what_the_network_would_hardly_change_is_left_and_said_so() {
    let place = Place::new();
    place.write("a.png", file(&with(Noise::Camera, 0.0, &clean(3)), Format::Png));
    let ran = place.run("restore a.png -o b.png").expect(0);
    assert!(place.read("a.png") == place.read("b.png"));
    assert!(ran.stderr.contains("which is hardly seen; if there is grain, try --sigma"), "{}", ran.stderr);
}

#[test]
fn what_is_clean_or_compressed_comes_back_as_the_same_bytes() {
    let place = Place::new();
    for (image, quality) in [(clean(3), None), (clean(1), None), (with(Noise::Jpeg { quality: 40.0 }, 0.0, &clean(3)), Some(40))] {
        place.write("a.png", file(&image, Format::Png));
        place.run("restore a.png -o b.png").expect(0);
        assert!(place.read("a.png") == place.read("b.png"), "{quality:?}");
    }
}

#[test]
fn a_recipe_holds_the_model_by_name_and_fingerprint() {
    let place = Place::new();
    place.write("a.png", file(&with(Noise::Gaussian, 20.0, &clean(1)), Format::Png));
    place.run("restore a.png -o b.png").expect(0);
    place.run("restore a.png -o same.png --recipe b.png").expect(0);
    place.run("restore a.png -o named.png --method network --model grey").expect(0);
    assert_eq!(place.read("b.png"), place.read("same.png"));
    assert_eq!(picture(&place.read("b.png")), picture(&place.read("named.png")));
    let other = format!("[restore]\nmethod = \"network\"\nmodel = \"grey@sha256:{}\"\n", "0".repeat(64));
    place.write("other.toml", other);
    let refused = place.run("restore a.png -o c.png --recipe other.toml").expect(2);
    assert!(refused.stderr.contains("which is not at hand: give its file with --model"), "{}", refused.stderr);
    place.write("short.toml", "[restore]\nmodel = \"grey\"\nmethod = \"network\"\n");
    place.run("restore a.png -o short.png --recipe short.toml").expect(0);
    assert_eq!(picture(&place.read("b.png")), picture(&place.read("short.png")));
    assert!(!place.path("c.png").exists());
}

#[test]
fn whoever_names_lambda_or_a_solver_wants_a_minimiser() {
    let place = Place::new();
    let mut noisy = clean(1);
    noise::add_gaussian(&mut noisy, 20.0 / 255.0, 1);
    place.write("a.png", file(&noisy, Format::Png));
    for options in ["--lambda 10", "--solver rof", "--gap 1e-3", "--max-iterations 50", "--distance 1"] {
        let said = place.run(&format!("restore a.png -o b.png --json {options}")).expect(0).json().remove(0);
        assert_eq!(said["method"], "tv", "{options}");
    }
}

#[test]
fn more_strength_is_farther_from_the_input() {
    let place = Place::new();
    let observed = with(Noise::Gaussian, 20.0, &clean(1));
    let change = |strength: f64| {
        gain(&place, &clean(1), &observed, &format!("--strength {strength}"));
        metric::rmse(&observed, &picture(&place.read("b.npy"))).unwrap()
    };
    let changes = [0.0, 0.3, 0.7, 1.0].map(change);
    assert!(changes[0] == 0.0 && changes.windows(2).all(|pair| pair[0] < pair[1]), "{changes:?}");
}

/// Without noise, and of every size.
#[test]
fn small_pictures_are_served_or_left() {
    let place = Place::new();
    for (height, width) in [(1, 1), (1, 9), (8, 8), (9, 31)] {
        for channels in [1, 2, 3, 4] {
            let mut image = Image::constant(Grid::new(channels, height, width), 0.5);
            noise::add_gaussian(&mut image, 0.1, 5);
            place.write("a.npy", file(&image, Format::Npy));
            for options in ["", "--sigma 25"] {
                place.run(&format!("restore a.npy -o b.npy {options}")).expect(0);
                assert_eq!(picture(&place.read("b.npy")).grid(), image.grid());
            }
        }
    }
}
