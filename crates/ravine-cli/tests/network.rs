//! `ravine restore --method network`: by a network whose answer is known, the mean over 3 × 3 pixels.

mod program;

use program::Place;
use ravine::image::io::{self, Format, ReadOptions, WriteOptions};
use ravine::image::picture::Depth;
use ravine::image::{Grid, Image, Picture, metric, noise};
use ravine::net::Design;
use ravine::net::weights::{self, Card, Precision};

/// A file of a DnCNN of this depth and width, with the weights θ makes of each index.
fn model(channels: usize, depth: f64, width: f64, theta: impl Fn(usize) -> f32) -> Vec<u8> {
    let knobs =
        [("depth", depth.into()), ("width", width.into()), ("batch_norm", ravine::optim::parameter::Setting::Switch(false))];
    let network = Design::new("dncnn", &knobs, channels).unwrap();
    let layout = network.network::<f32>().unwrap().layout().clone();
    let theta: Vec<f32> = (0..layout.len()).map(theta).collect();
    let card = Card { network, sigma: [5.0, 55.0], recipe: None, lines: vec!["the mean over 3 × 3 pixels".into()] };
    weights::encode(&card, &[(&layout, &theta)], Precision::Half).unwrap()
}

/// u = x − F(x), F(x) = h − mean h with h = max(x + lift, 0): away from the edges the mean of x over these of 3 × 3 pixels.
fn mean_of(channels: usize, taps: &[usize], lift: f32) -> Vec<u8> {
    let first = 9 * channels * channels + channels;
    model(channels, 2.0, channels as f64, |i| {
        let (layer, i) = (i / first, i % first);
        let (tap, from, to) = (i / (channels * channels), i / channels % channels, i % channels);
        match (layer, tap) {
            (0, 9) => lift,
            (_, 9) => 0.0,
            _ if from != to => 0.0,
            (0, tap) => f32::from(tap == 4),
            (_, tap) => f32::from(tap == 4) - if taps.contains(&tap) { 1.0 / taps.len() as f32 } else { 0.0 },
        }
    })
}

fn mean(channels: usize) -> Vec<u8> {
    mean_of(channels, &[0, 1, 2, 3, 4, 5, 6, 7, 8], 1.0)
}

fn clean(channels: usize) -> Image {
    Image::from_fn(Grid::new(channels, 70, 90), |c, y, x| {
        0.5 + 0.25 * (y as f32 / 9.0).sin() * (x as f32 / 11.0).cos() - 0.05 * c as f32
    })
}

fn noisy(channels: usize) -> Image {
    let mut image = clean(channels);
    noise::add_gaussian(&mut image, 25.0 / 255.0, 3);
    image
}

fn file(image: Image, depth: Depth, format: Format) -> Vec<u8> {
    io::encode(&Picture::new(image, depth), format, &WriteOptions::default()).unwrap().bytes
}

fn picture(bytes: &[u8]) -> Picture {
    io::read(bytes, &ReadOptions::default()).unwrap()
}

/// `a.npy`, grey; `c.png`, colour; and the models for both.
fn place() -> Place {
    let place = Place::new();
    place.write("a.npy", file(noisy(1), Depth::F32, Format::Npy));
    place.write("c.png", file(noisy(3), Depth::U8, Format::Png));
    place.write("grey.safetensors", mean(1));
    place.write("colour.safetensors", mean(3));
    place
}

#[test]
fn a_network_restores_a_picture_and_says_what_it_did() {
    let place = place();
    let said = place.run("restore a.npy -o b.npy --method network --model grey.safetensors --json").expect(0).json().remove(0);
    let (f, u) = (picture(&place.read("a.npy")).image, picture(&place.read("b.npy")).image);
    for (y, x) in (1..69).flat_map(|y| (1..89).map(move |x| (y, x))) {
        let mean: f32 = (0..9).map(|k| f.at(0, y + k / 3 - 1, x + k % 3 - 1)).sum::<f32>() / 9.0;
        assert!((u.at(0, y, x) - mean).abs() < 1e-3, "{y}, {x}: {} for {mean}", u.at(0, y, x)); // 16 bits hold 1/9 to 3e-5
    }
    let inside = |image: &Image| image.crop(1, 1, 88, 68);
    let psnr = |image: &Image| metric::psnr(&inside(&clean(1)), &inside(image)).unwrap().unwrap();
    assert!(psnr(&u) > psnr(&f) + 6.0, "{} dB to {} dB", psnr(&f), psnr(&u));
    assert_eq!((said["method"].as_str(), said["sigma_source"].as_str()), (Some("network"), Some("estimated")));
    assert!((said["sigma"].as_f64().unwrap() - 25.0).abs() < 3.0, "{said}");
    let name = said["model"].as_str().unwrap();
    assert!(name.starts_with("sha256:") && name.len() == 7 + 64, "{name}");
    for absent in ["iterations", "stop", "lambda", "solver", "gap", "primal", "relative_gap", "distance_bound"] {
        assert!(said[absent].is_null(), "{absent} in {said}");
    }
    let told = place.run("restore a.npy -o d.npy --method network --model grey.safetensors --sigma 20").expect(0).text();
    assert!(told.starts_with("a.npy → d.npy  network, σ = 20.0, "), "{told}");
}

#[test]
fn the_recipe_and_the_model_give_the_same_bytes_again() {
    let place = place();
    place.run("restore c.png -o b.png --method network --model colour.safetensors --tile 24").expect(0);
    place.run("restore c.png -o again.png --recipe b.png --method network --model colour.safetensors").expect(0);
    assert_eq!(place.read("b.png"), place.read("again.png"));
    let refused = place.run("restore c.png -o d.png --recipe b.png").expect(2);
    assert!(refused.stderr.contains("which is not at hand: give its file with --model"), "{}", refused.stderr);
    let recipe = place.run("restore c.png --print-recipe --method network --model colour.safetensors --tile 24").expect(0).text();
    assert!(recipe.contains("tile = 24") && recipe.contains("model = \"sha256:"), "{recipe}");
    place.write("job.toml", recipe);
    place.run("restore c.png -o e.png --recipe job.toml --method network --model colour.safetensors").expect(0);
    assert_eq!(picture(&place.read("b.png")).image, picture(&place.read("e.png")).image);
}

#[test]
fn threads_do_not_change_the_bytes_and_tiles_hardly() {
    let place = place();
    let bytes = |options: &str| {
        place.run(&format!("restore c.png -o b.npy --format npy --method network --model colour.safetensors {options}")).expect(0);
        place.read("b.npy")
    };
    let one = bytes("--threads 1");
    assert!(["2", "3", "8"].iter().all(|n| bytes(&format!("--threads {n}")) == one));
    assert_eq!(picture(&bytes("--tile 17")).image, picture(&one).image); // in 8 bits
}

#[test]
fn a_grey_model_restores_a_colour_picture_and_says_how_and_a_colour_model_a_grey_one() {
    let place = place();
    let said = place.run("restore c.png -o b.png --method network --model grey.safetensors").expect(0);
    assert!(said.stderr.contains("each channel was restored by itself"), "{}", said.stderr);
    assert_eq!(picture(&place.read("b.png")).grid(), Grid::new(3, 70, 90));
    place.run("restore a.npy -o d.npy --method network --model colour.safetensors").expect(0);
    assert_eq!(picture(&place.read("d.npy")).grid().channels, 1);
    assert!(place.read("d.npy") != place.read("a.npy"));
}

#[test]
fn noise_that_the_model_does_not_know_is_remarked() {
    let place = place();
    let said = |sigma: &str| {
        place.run(&format!("restore a.npy -o b.npy --method network --model grey.safetensors --sigma {sigma}")).expect(0).stderr
    };
    assert!(
        said("80").contains("trained for noise of 5 to 55 grey levels, and here are 80.0: the picture was scaled down"),
        "{}",
        said("80")
    );
    assert!(said("2").contains("it may take away more than noise"), "{}", said("2"));
    assert!(!said("25").contains("trained"), "{}", said("25"));
}

#[test]
fn opacity_and_depth_are_kept_and_every_size_is_served() {
    let place = place();
    for (height, width) in [(1, 1), (1, 7), (3, 2), (9, 31)] {
        let grid = Grid::new(3, height, width);
        let mut source = Picture::new(Image::from_fn(grid, |c, y, x| ((7 * c + 5 * y + 3 * x) % 11) as f32 / 11.0), Depth::U16);
        source.companion.alpha = Some((0..height * width).map(|i| (i % 3) as f32 / 2.0).collect());
        place.write("a.png", io::encode(&source, Format::Png, &WriteOptions::default()).unwrap().bytes);
        for model in ["colour", "grey"] {
            place.run(&format!("restore a.png -o b.png --sigma 25 --method network --model {model}.safetensors")).expect(0);
            let restored = picture(&place.read("b.png"));
            assert_eq!((restored.grid(), restored.companion.depth), (grid, Depth::U16));
            assert_eq!(restored.companion.alpha, picture(&place.read("a.png")).companion.alpha);
        }
    }
}

#[test]
fn a_clean_picture_comes_back_as_the_same_bytes() {
    let place = place();
    place.write("a.png", file(clean(1), Depth::U8, Format::Png));
    let said = place.run("restore a.png -o b.png --method network --model grey.safetensors").expect(0).text();
    assert!(said.contains("nothing to restore"), "{said}");
    assert_eq!(place.read("a.png"), place.read("b.png"));
}

#[test]
fn strength_and_crop_are_those_of_every_method() {
    let place = place();
    let restored = |options: &str| {
        place.run(&format!("restore a.npy -o b.npy --sigma 25 --method network --model grey.safetensors {options}")).expect(0);
        picture(&place.read("b.npy")).image
    };
    let (f, whole, half) = (picture(&place.read("a.npy")).image, restored(""), restored("--strength 0.5"));
    let blend = |i: usize| f.pixels()[i] + 0.5 * (whole.pixels()[i] - f.pixels()[i]);
    assert!((0..6300).all(|i| (half.pixels()[i] - blend(i)).abs() < 1e-6));
    assert_eq!(restored("--crop 5,6,30,20").grid(), Grid::new(1, 20, 30));
}

#[test]
fn without_a_method_the_better_of_network_and_tv_is_chosen_by_estimate() {
    let place = place();
    let chosen = |picture: &str, model: &str| {
        let said = place.run(&format!("restore {picture} -o b.npy --format npy --model {model} --json")).expect(0).json().remove(0);
        let notes = said["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect::<String>();
        (said["method"].as_str().unwrap().to_string(), notes)
    };
    // Narrow stripes, which a mean along them spares.
    let mut stripes = Image::from_fn(Grid::new(1, 300, 320), |_, _, x| if x % 2 == 0 { 0.35 } else { 0.65 });
    noise::add_gaussian(&mut stripes, 25.0 / 255.0, 4);
    place.write("stripes.npy", file(stripes, Depth::F32, Format::Npy));
    place.write("along.safetensors", mean_of(1, &[1, 4, 7], 0.0));
    place.write("nothing.safetensors", mean_of(1, &[4], 1.0));
    let (method, notes) = chosen("stripes.npy --sigma 25", "along.safetensors");
    assert_eq!(method, "network", "{notes}");
    assert!(notes.contains("the network was chosen: by estimate the network takes "), "{notes}");
    let (method, notes) = chosen("a.npy", "nothing.safetensors");
    assert_eq!(method, "tv", "{notes}");
    assert!(notes.contains("the network takes 0.0 dB of the noise away, and tv "), "{notes}");
}

#[test]
fn where_the_noise_is_not_white_a_network_is_told_that_of_the_quietest_parts() {
    let place = place();
    let (clean, mut white) = (clean(1), noisy(1));
    let at = |y: usize, x: usize| white.at(0, y.min(69), x.min(89));
    let blurred = Image::from_fn(white.grid(), |_, y, x| (at(y, x) + at(y + 1, x) + at(y, x + 1) + at(y + 1, x + 1)) / 4.0);
    place.write("blurred.npy", file(blurred.clone(), Depth::F32, Format::Npy));
    let ran = place.run("restore blurred.npy -o b.npy --model grey.safetensors --json").expect(0);
    let said = ran.json().remove(0);
    let sigma = said["sigma"].as_f64().unwrap();
    assert!(said["method"] == "network" && (6.0..12.5).contains(&sigma), "{said}"); // it is 12.5
    assert!(ran.stderr.contains("the noise does not look white") && ran.stderr.contains("quietest parts"), "{}", ran.stderr);
    let psnr = |u: &Image| metric::psnr(&clean.crop(1, 1, 88, 68), &u.crop(1, 1, 88, 68)).unwrap().unwrap();
    assert!(psnr(&picture(&place.read("b.npy")).image) > psnr(&blurred));
    let told = place.run("restore blurred.npy -o b.npy --model grey.safetensors --sigma 9").expect(0);
    assert!(told.text().contains("network, σ = 9.0") && told.stderr.contains("the σ that was given"), "{}", told.stderr);
    // Grain of a strength that changes from place to place is texture, for all that can be known.
    let strength = |y: usize, x: usize| ((y / 9 * 7 + x / 10 * 5) % 8) as f32;
    white.pixels_mut().iter_mut().zip(blurred.pixels()).zip(clean.pixels()).enumerate().for_each(|(i, ((v, f), u))| {
        *v = u + (f - u) * strength(i / 90, i % 90);
    });
    place.write("texture.npy", file(white, Depth::F32, Format::Npy));
    let ran = place.run("restore texture.npy -o t.npy --model grey.safetensors").expect(0);
    assert!(ran.stderr.contains("no part of it is quiet enough to tell how strong"), "{}", ran.stderr);
    assert_eq!(place.read("texture.npy"), place.read("t.npy"));
}

#[test]
fn eval_compares_it_with_the_others() {
    let place = place();
    place.write("p/clean.png", file(clean(1), Depth::U8, Format::Png));
    let lines = place.run("eval p --sigma 25 --method tv,network --model grey.safetensors --json").expect(0).json();
    assert_eq!(lines.len(), 4);
    assert_eq!((lines[1]["method"].as_str(), lines[1]["iterations"].as_u64()), (Some("network"), None));
    assert!(lines[0]["iterations"].is_u64() && lines[0]["model"].is_null());
    assert_eq!(lines[3]["mean"]["asked"], "network");
    place.run("eval p --sigma 25 --method tv --model grey.safetensors").expect(2);
    let lines = place.run("eval p --sigma 25 --method network,auto --json").expect(0).json();
    assert!(lines[0]["model"].as_str().unwrap().starts_with("grey@sha256:"), "{}", lines[0]);
    assert!(lines[3]["mean"]["psnr"].as_f64().unwrap() >= lines[2]["mean"]["psnr"].as_f64().unwrap() - 0.01);
}

#[test]
fn what_cannot_be_meant_is_exit_2() {
    let place = place();
    place.snapshot(
        "network-usage",
        &[
            "restore a.npy -o b.npy --model gray",
            "restore a.npy -o b.npy --method tv --model grey.safetensors",
            "restore a.npy -o b.npy --method tv --tile 64",
            "restore a.npy -o b.npy --method network --model grey.safetensors --lambda 3",
            "restore a.npy -o b.npy --method network --model grey.safetensors --rule adam",
            "restore a.npy -o b.npy --method network --model grey.safetensors --gap 0.1",
            "restore a.npy -o b.npy --method network --model grey.safetensors --tile 0",
        ],
    );
    assert!(!place.path("b.npy").exists());
}

#[test]
fn a_file_that_is_no_model_is_exit_3() {
    let place = place();
    let whole = mean(1);
    place.write("cut.safetensors", &whole[..whole.len() - 10]);
    place.write("foreign.safetensors", weights_of("encoder.1.kernel"));
    let text = String::from_utf8_lossy(&whole).into_owned();
    let later = text.find("\\\"version\\\":1").unwrap();
    let mut bytes = whole.clone();
    bytes[later + 12] = b'2';
    place.write("later.safetensors", bytes);
    place.snapshot(
        "network-files",
        &[
            "restore a.npy -o b.npy --model none.safetensors",
            "restore a.npy -o b.npy --model c.png",
            "restore a.npy -o b.npy --model cut.safetensors",
            "restore a.npy -o b.npy --model foreign.safetensors",
            "restore a.npy -o b.npy --model later.safetensors",
            "eval a.npy --sigma 25 --method network --model none.safetensors",
        ],
    );
    assert!(!place.path("b.npy").exists());
}

/// A safetensors file of another program with one tensor.
fn weights_of(name: &str) -> Vec<u8> {
    let header = format!(r#"{{"{name}":{{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}}}"#);
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 8]].concat()
}

#[test]
fn no_time_at_all_is_a_limit_and_leaves_nothing() {
    let place = place();
    let ran = place.run("restore a.npy -o b.npy --sigma 25 --method network --model grey.safetensors --time-limit 0").expect(4);
    assert!(ran.stderr.contains("the time was over before there was a result"), "{}", ran.stderr);
    assert!(!place.path("b.npy").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_within_a_tile_leaves_nothing_and_exits_130() {
    let place = place();
    place.write("large.safetensors", model(1, 17.0, 64.0, |i| ((i * 37) % 101) as f32 * 1e-4 - 5e-3));
    place.write(
        "a.pgm",
        file(Image::from_fn(Grid::new(1, 4000, 4000), |_, y, x| ((y * x) % 97) as f32 / 97.0), Depth::U8, Format::Pnm),
    );
    let words = "restore a.pgm -o b.png --sigma 25 --method network --model large.safetensors --threads 1";
    let mut child = place.command(&words.split(' ').collect::<Vec<_>>()).stdout(std::process::Stdio::null()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500)); // into the network, which takes a minute
    let begin = std::time::Instant::now();
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(begin.elapsed().as_secs() < 15, "{:?}", begin.elapsed());
    assert!(!place.path("b.png").exists());
}

/// The picture, the answer, the file and its bytes, and rooms that do not grow with it.
#[cfg(target_os = "linux")]
#[test]
fn a_network_needs_three_planes() {
    let place = place();
    let peak = |height: usize, width: usize| {
        let mut image = Image::constant(Grid::new(1, height, width), 0.5);
        noise::add_gaussian(&mut image, 15.0 / 255.0, 1);
        place.write("a.pgm", file(image, Depth::U8, Format::Pnm));
        let said = place.run("restore a.pgm -o b.pgm --json --method network --model grey.safetensors").expect(0).json().remove(0);
        said["peak_memory_bytes"].as_u64().unwrap()
    };
    let (small, large) = (peak(512, 512), peak(2000, 2500));
    let planes = (large - small) as f64 / (4.0 * (5e6 - 512.0 * 512.0));
    assert!(planes < 4.0, "{planes} planes");
}
