//! Scenes are the same bits everywhere, lie in 0..1, have the statistics that they claim, and are one scene at every size.
//!
//! `tests/truth/scenes.txt` holds a line a scene: name, seed, channels × height × width, a hash of the bits, and the picture as
//! 4 × 6 grey bytes, to see what changed. `RAVINE_RENEW_SCENES=1 cargo test -p ravine-image --test scenes` writes it anew: look at the
//! pictures first (`ravine demo`).
use proptest::prelude::*;
use ravine_image::scene::{self, SCENES};
use ravine_image::{Grid, Image};
use std::fmt::Write;

const SEEDS: [u64; 2] = [0, 41];

fn draw(name: &str, seed: u64, grid: Grid) -> Image {
    scene::named(name).unwrap().draw(seed, grid).unwrap()
}

/// FNV-1a of the bits of every number.
fn hash(image: &Image) -> u64 {
    let bytes = image.pixels().iter().flat_map(|v| v.to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ b as u64).wrapping_mul(0x0000_0100_0000_01b3))
}

fn line(name: &str, seed: u64, grid: Grid) -> String {
    let mut line =
        format!("{name} {seed} {}x{}x{} {:016x} ", grid.channels, grid.height, grid.width, hash(&draw(name, seed, grid)));
    for v in draw(name, seed, Grid::new(1, 4, 6)).pixels() {
        write!(line, "{:02x}", (v * 255.0).round() as u8).unwrap();
    }
    line
}

#[test]
fn the_bits_of_every_scene_are_the_stored_ones() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/truth/scenes.txt");
    let mut now = String::new();
    for scene in SCENES {
        for seed in SEEDS {
            for grid in [Grid::new(3, 97, 151), Grid::new(1, 101, 67)] {
                writeln!(now, "{}", line(scene.name, seed, grid)).unwrap();
            }
        }
    }
    if std::env::var_os("RAVINE_RENEW_SCENES").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/truth")).unwrap();
        std::fs::write(path, &now).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap();
    for (now, stored) in now.lines().zip(stored.lines()) {
        assert_eq!(now, stored);
    }
    assert_eq!(now.lines().count(), stored.lines().count());
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    for scene in SCENES {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| scene.draw(5, Grid::new(3, 53, 71)).unwrap())
        };
        let one = on(1);
        for threads in [2, 3, 8] {
            assert!(one == on(threads), "{} on {threads} threads", scene.name);
        }
    }
}

#[test]
fn seeds_differ_and_names_are_found() {
    for scene in SCENES {
        let grid = Grid::new(1, 40, 40);
        assert!(scene.draw(1, grid).unwrap() != scene.draw(2, grid).unwrap(), "{}", scene.name);
    }
    assert_eq!(scene::named("leafs").unwrap_err().to_string(), "there is no scene `leafs`: did you mean `leaves`?");
    let two = scene::named("leaves").unwrap().draw(0, Grid::new(2, 4, 4)).unwrap_err();
    assert_eq!(two.to_string(), "a scene has 1 channel (grey) or 3 (colour), not 2");
}

#[test]
fn grey_is_the_luminance_of_colour() {
    for scene in SCENES {
        let (grey, colour) = (draw(scene.name, 3, Grid::new(1, 31, 47)), draw(scene.name, 3, Grid::new(3, 31, 47)));
        for y in 0..31 {
            for x in 0..47 {
                let l = 0.299 * colour.at(0, y, x) + 0.587 * colour.at(1, y, x) + 0.114 * colour.at(2, y, x);
                assert!((grey.at(0, y, x) - l).abs() < 1e-6, "{}", scene.name);
            }
        }
    }
}

/// Means over n × n cells.
fn coarser(image: &Image, n: usize) -> Image {
    let Grid { channels, height, width } = image.grid();
    Image::from_fn(Grid::new(channels, height / n, width / n), |c, y, x| {
        let cell = (0..n * n).map(|i| image.at(c, n * y + i / n, n * x + i % n) as f64);
        (cell.sum::<f64>() / (n * n) as f64) as f32
    })
}

#[test]
fn a_pixel_is_the_mean_over_its_cell() {
    for scene in SCENES {
        let fine = coarser(&draw(scene.name, 2, Grid::new(1, 480, 640)), 4);
        let error = ravine_image::metric::rmse(&fine, &draw(scene.name, 2, Grid::new(1, 120, 160))).unwrap() * 255.0;
        assert!(error < 5.0, "{}: {error} grey levels", scene.name);
    }
}

/// The numbers that photographs are known for, of the luminance of one picture.
struct Statistics {
    mean: f64,
    skewness: f64,
    kurtosis: f64,    // of the horizontal differences: 3 for Gaussian ones
    slope: f64,       // of log power over log frequency, from energies of differences at 1, 2, 4, … pixels
    correlation: f64, // of red and blue
}

fn statistics(image: &Image) -> Statistics {
    let Grid { height, width, .. } = image.grid();
    let grey =
        |y: usize, x: usize| 0.299 * image.at(0, y, x) as f64 + 0.587 * image.at(1, y, x) as f64 + 0.114 * image.at(2, y, x) as f64;
    let mean_of = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let power = |values: &[f64], m: f64, k: i32| values.iter().map(|v| (v - m).powi(k)).sum::<f64>() / values.len() as f64;
    let all: Vec<f64> = (0..height * width).map(|i| grey(i / width, i % width)).collect();
    let mean = mean_of(&all);
    let differences = |step: usize| -> Vec<f64> {
        (0..height).flat_map(|y| (step..width).map(move |x| (y, x))).map(|(y, x)| grey(y, x) - grey(y, x - step)).collect()
    };
    let d = differences(1);
    // A power spectrum f^-(2 + e) in the plane has differences whose energy grows as step^e.
    let growth = (power(&differences(32), 0.0, 2) / power(&differences(4), 0.0, 2)).ln() / 8f64.ln();
    let plane = |c: usize| image.plane(c).iter().map(|v| *v as f64).collect::<Vec<_>>();
    let (r, b) = (plane(0), plane(2));
    let (mr, mb) = (mean_of(&r), mean_of(&b));
    let covariance = r.iter().zip(&b).map(|(r, b)| (r - mr) * (b - mb)).sum::<f64>() / r.len() as f64;
    Statistics {
        mean,
        skewness: power(&all, mean, 3) / power(&all, mean, 2).powf(1.5),
        kurtosis: power(&d, mean_of(&d), 4) / power(&d, mean_of(&d), 2).powi(2),
        slope: -(2.0 + growth),
        correlation: covariance / (power(&r, mr, 2) * power(&b, mb, 2)).sqrt(),
    }
}

#[test]
fn leaves_have_the_statistics_of_photographs() {
    let all: Vec<Statistics> = (0..12).map(|seed| statistics(&draw("leaves", seed, Grid::new(3, 321, 481)))).collect();
    let median = |of: fn(&Statistics) -> f64| {
        let mut values: Vec<f64> = all.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        (values[5] + values[6]) / 2.0
    };
    // The intervals are the 10th to 90th percentiles of the 200 photographs of BSDS500 train.
    let within = |name: &str, got: f64, low: f64, high: f64| {
        assert!((low..high).contains(&got), "{name} = {got}, photographs {low}..{high}")
    };
    within("mean", median(|s| s.mean), 0.287, 0.573);
    within("skewness", median(|s| s.skewness), -0.58, 1.36);
    within("kurtosis", median(|s| s.kurtosis), 8.0, 46.0);
    within("slope", median(|s| s.slope), -2.77, -2.24);
    within("correlation of red and blue", median(|s| s.correlation), 0.554, 0.965);
}

#[test]
fn no_scene_has_plateaus_of_black_or_white() {
    for scene in SCENES {
        let picture = draw(scene.name, 6, Grid::new(3, 128, 192));
        let clipped = picture.pixels().iter().filter(|v| **v < 0.5 / 255.0 || **v > 254.5 / 255.0).count();
        assert!(clipped * 200 < picture.grid().len(), "{}: {clipped} of {}", scene.name, picture.grid().len());
    }
}

#[test]
fn the_demo_is_the_gorge_at_any_size() {
    let large = coarser(&scene::demo(120, 180), 3);
    let error = ravine_image::metric::rmse(&large, &scene::demo(40, 60)).unwrap() * 255.0;
    assert!(error < 6.0, "{error} grey levels");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_shape_is_drawn_in_range(k in 0..SCENES.len(), h in 0usize..14, w in 0usize..60, tall: bool, colour: bool, seed: u64) {
        let (h, w) = if tall { (w, h) } else { (h, w) };
        let grid = Grid::new(if colour { 3 } else { 1 }, h, w);
        let picture = SCENES[k].draw(seed, grid).unwrap();
        prop_assert_eq!(picture.grid(), grid);
        prop_assert!(picture.pixels().iter().all(|v| (0.0..=1.0).contains(v)));
    }
}

#[test]
fn a_part_is_the_crop_of_the_whole() {
    for scene in SCENES {
        for (whole, from, size) in [(Grid::new(3, 140, 200), [61, 47], [33, 64]), (Grid::new(1, 70, 40), [0, 30], [40, 40])] {
            let crop = scene.draw(9, whole).unwrap().crop(from[0], from[1], size[0], size[1]);
            assert!(scene.part(9, whole, from, size).unwrap() == crop, "{} {from:?}", scene.name);
        }
    }
    let beyond = SCENES[0].part(0, Grid::new(1, 20, 20), [15, 0], [6, 4]).unwrap_err();
    assert_eq!(beyond.to_string(), "6 × 4 pixels from (15, 0) do not lie inside 20 × 20");
}
