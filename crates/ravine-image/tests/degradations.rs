//! JPEG loses what JPEG files lose; a camera's noise is that of counted photons, and is not white.
use ravine_image::camera::{Camera, Demosaic};
use ravine_image::degrade::{Degradation, Noise};
use ravine_image::io::{Format, ReadOptions, WriteOptions, encode, read};
use ravine_image::jpeg::{Chroma, Jpeg};
use ravine_image::metric;
use ravine_image::picture::{Depth, Picture};
use ravine_image::{Grid, Image, luma_chroma, noise, scene};
use ravine_optim::{Random, Stream};

fn degraded(clean: &Image, noise: Noise, seed: u64) -> Image {
    Degradation { noise, ..Default::default() }.apply(clean, seed).unwrap().image
}

/// Infinite for equal pictures.
fn psnr(a: &Image, b: &Image) -> f64 {
    metric::psnr(a, b).unwrap().unwrap_or(f64::INFINITY)
}

/// A scene as a file of bytes holds it.
fn picture(channels: usize, height: usize, width: usize) -> Image {
    let scene = scene::named("leaves").unwrap();
    scene.draw(3, Grid::new(channels, height, width)).unwrap().map(|v| (v * 255.0).round() / 255.0)
}

#[test]
fn jpeg_loses_what_a_jpeg_file_loses() {
    for channels in [1, 3] {
        for (height, width) in [(96, 128), (61, 43), (20, 90)] {
            for quality in [8, 30, 50, 75, 92, 100] {
                let clean = picture(channels, height, width);
                let options = WriteOptions { quality, ..Default::default() };
                let file = encode(&Picture::new(clean.clone(), Depth::U8), Format::Jpeg, &options).unwrap().bytes;
                let wanted = read(&file, &ReadOptions::default()).unwrap().image;
                let mut got = clean.clone();
                Jpeg { quality, chroma: Chroma::Full }.apply(&mut got); // as `io` writes
                // Codecs compute in integers, so that a coefficient may fall on the other side. Ours is nearer to libjpeg than this one is.
                let distance = |a: &Image, b: &Image| 255.0 * metric::rmse(a, b).unwrap();
                let (off, loss) = (distance(&got, &wanted), distance(&clean, &wanted));
                assert!(
                    off < 1.5 + 0.2 * loss,
                    "{channels} × {height} × {width} at {quality}: {off} levels from the file, which loses {loss}"
                );
            }
        }
    }
}

#[test]
fn colour_at_half_the_resolution_is_what_libjpeg_reads_back() {
    // Pillow 13.0.0, quality 60, 4:2:0: the picture below, red, green and blue of pixels (0, 0), (3, 5), (9, 12), (15, 15).
    let clean = Image::from_fn(Grid::new(3, 16, 16), |c, y, x| {
        let v = match c {
            0 => 16 * y,
            1 => 16 * x,
            _ => 255 - 8 * (x + y),
        };
        v as f32 / 255.0
    });
    let mut got = clean.clone();
    Jpeg { quality: 60, chroma: Chroma::Half }.apply(&mut got);
    for (y, x, wanted) in LIBJPEG {
        let rgb = [0, 1, 2].map(|c| got.at(c, y, x) * 255.0);
        assert!(rgb.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= 2.0), "({y}, {x}): {rgb:?}, libjpeg {wanted:?}");
    }
}

#[test]
fn jpeg_has_blocks_and_rounds_to_bytes() {
    let clean = Image::from_fn(Grid::new(1, 64, 64), |_, y, x| (y + 2 * x) as f32 / 200.0);
    let bad = degraded(&clean, Noise::Jpeg { quality: 5.0 }, 0);
    // Across the borders of blocks, steps are larger than within.
    let step = |x: usize| (0..64).map(|y| (bad.at(0, y, x + 1) - bad.at(0, y, x) - 0.01).abs()).sum::<f32>() / 64.0;
    let mean = |borders: bool| {
        let steps: Vec<f32> = (0..63).filter(|x| (x % 8 == 7) == borders).map(step).collect();
        steps.iter().sum::<f32>() / steps.len() as f32
    };
    assert!(mean(true) > 3.0 * mean(false), "{} at borders, {} within", mean(true), mean(false));
    assert!(bad.pixels().iter().all(|v| ((v * 255.0) - (v * 255.0).round()).abs() < 1e-4 && (0.0..=1.0).contains(v)));
    // What is a JPEG of this quality already loses next to nothing.
    assert!(psnr(&bad, &degraded(&bad, Noise::Jpeg { quality: 5.0 }, 0)) > 50.0);
    let qualities = [5.0, 15.0, 40.0, 80.0, 98.0].map(|quality| psnr(&clean, &degraded(&clean, Noise::Jpeg { quality }, 0)));
    assert!(qualities.windows(2).all(|q| q[0] < q[1]), "{qualities:?}");
}

#[test]
fn noise_comes_before_the_jpeg() {
    let clean = picture(1, 64, 64);
    let got = Degradation { sigma: 20.0, noise: Noise::Jpeg { quality: 40.0 }, missing: 0.0 }.apply(&clean, 5).unwrap().image;
    let mut wanted = clean;
    noise::add_gaussian(&mut wanted, 20.0 / 255.0, 5);
    Jpeg::new(40.0).unwrap().apply(&mut wanted);
    assert_eq!(got, wanted);
}

/// A camera whose JPEG and clipping hardly matter.
fn camera(peak: f64, reading: f64, demosaic: Demosaic) -> Camera {
    let jpeg = Jpeg { quality: 100, chroma: Chroma::Full };
    Camera { peak, reading, balance: [2.0, 1.0, 1.5], red: [0, 1], demosaic, reduction: [0, 0], jpeg }
}

/// The variance of a plane, and its correlation at a distance of (dy, dx).
fn spread(image: &Image, channel: usize) -> (f64, impl Fn(usize, usize) -> f64) {
    let Grid { height, width, .. } = image.grid();
    let plane: Vec<f64> = image.plane(channel).iter().map(|v| f64::from(*v)).collect();
    let mean = plane.iter().sum::<f64>() / plane.len() as f64;
    let variance = plane.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / plane.len() as f64;
    let correlation = move |dy: usize, dx: usize| {
        let pairs = (0..height - dy).flat_map(|y| (0..width - dx).map(move |x| (y * width + x, (y + dy) * width + x + dx)));
        let products: f64 = pairs.map(|(a, b)| (plane[a] - mean) * (plane[b] - mean)).sum();
        products / ((height - dy) * (width - dx)) as f64 / variance
    };
    (variance, correlation)
}

#[test]
fn a_camera_counts_photons_under_a_filter() {
    // sRGB 0.5 is light 0.2140, with slope 1.055/2.4 · 0.2140^(1/2.4 − 1) = 1.0798 there.
    const LIGHT: f64 = 0.214_041;
    const SLOPE: f64 = 1.079_8;
    for (peak, reading) in [(400.0, 0.004), (2000.0, 0.02)] {
        let balance = [2.0, 1.0, 1.5];
        let [r, g, b] = balance.map(|balance| (LIGHT / balance / peak + reading * reading) * (balance * SLOPE).powi(2));
        // Bilinear: of red and blue a quarter is as it was, a half is the mean of two, a quarter that of four; of green a half of four.
        let halves = |own: f64| own / 4.0 + own / 2.0 / 2.0 + own / 4.0 / 4.0;
        let bilinear = [halves(r), g / 2.0 + g / 4.0 / 2.0, halves(b)];
        // Corrected: squares of the weights in the paper's figure 2, by the colours that they fall on.
        let far = |own: f64, other: f64| own / 4.0 + (32.0 * own + 31.5 * g) / 128.0 + (16.0 * own + 45.0 * other) / 256.0;
        let corrected = [far(r, b), g / 2.0 + (20.0 * (r + b) + 32.0 * g) / 256.0, far(b, r)];
        for (demosaic, variances) in [(Demosaic::Bilinear, bilinear), (Demosaic::Corrected, corrected)] {
            let mut picture = Image::constant(Grid::new(3, 256, 256), 0.5);
            camera(peak, reading, demosaic).take(&mut picture, 11);
            for (c, variance) in variances.into_iter().enumerate() {
                // JPEG rounds to bytes four times, which adds about one level squared.
                let (got, wanted) = (spread(&picture, c).0, variance + 1.0 / 65_025.0);
                assert!((got / wanted - 1.0).abs() < 0.05, "{demosaic:?}, colour {c}, peak {peak}: {got} for {wanted}");
            }
        }
    }
}

#[test]
fn noise_of_a_camera_is_not_white() {
    for demosaic in [Demosaic::Bilinear, Demosaic::Corrected] {
        let mut picture = Image::constant(Grid::new(3, 200, 200), 0.5);
        camera(300.0, 0.01, demosaic).take(&mut picture, 2);
        let least = if demosaic == Demosaic::Bilinear { 0.3 } else { 0.08 };
        for c in [0, 2] {
            let (_, correlation) = spread(&picture, c);
            for (dy, dx) in [(0, 1), (1, 0)] {
                assert!(correlation(dy, dx) > least, "{demosaic:?}, colour {c}: {}", correlation(dy, dx));
            }
            assert!(correlation(0, 5).abs() < 0.03 && correlation(5, 0).abs() < 0.03);
        }
    }
    let mut picture = Image::constant(Grid::new(3, 200, 200), 0.5);
    noise::add_gaussian(&mut picture, 0.1, 2);
    assert!(spread(&picture, 0).1(0, 1).abs() < 0.02);
}

#[test]
fn interpolation_keeps_flat_noise_flat_and_light_unbiased() {
    // The filters sum to one: with very many photons, the picture comes back, whatever the phase of the filter.
    for demosaic in [Demosaic::Bilinear, Demosaic::Corrected] {
        for red in [[0, 0], [0, 1], [1, 0], [1, 1]] {
            let clean = picture(3, 40, 50);
            let mut seen = clean.clone();
            Camera { red, ..camera(1e9, 0.0, demosaic) }.take(&mut seen, 1);
            assert!(psnr(&clean, &seen) > 48.0, "{demosaic:?} {red:?}: {}", psnr(&clean, &seen));
            let mut grey = Image::constant(Grid::new(3, 128, 128), 0.4);
            Camera { red, ..camera(2000.0, 0.005, demosaic) }.take(&mut grey, 1);
            let mean = grey.pixels().iter().sum::<f32>() / grey.grid().len() as f32;
            assert!((mean - 0.4).abs() < 0.004, "{demosaic:?} {red:?}: {mean}");
        }
    }
}

#[test]
fn noise_reduction_makes_noise_coarse_and_leaves_the_picture() {
    let mut brightness = Vec::new();
    for channels in [1, 3] {
        let clean = Image::constant(Grid::new(channels, 160, 160), 0.4);
        let taken = |reduction: [usize; 2]| {
            let mut seen = clean.clone();
            Camera { reduction, ..camera(300.0, 0.01, Demosaic::Bilinear) }.take(&mut seen, 3);
            luma_chroma::split(&mut seen);
            seen
        };
        let (raw, fine, coarse) = (taken([0, 0]), taken([0, 3]), taken([2, 3]));
        let deviation = |image: &Image, c: usize| spread(image, c).0.sqrt();
        assert!(deviation(&coarse, 0) < 0.7 * deviation(&raw, 0) && deviation(&coarse, 0) > 0.2 * deviation(&raw, 0));
        assert!(spread(&coarse, 0).1(0, 2) > 0.2 && spread(&raw, 0).1(0, 2).abs() < 0.1);
        if channels == 3 {
            assert!((deviation(&fine, 0) / deviation(&raw, 0) - 1.0).abs() < 0.02);
            assert!((1..3).all(|c| deviation(&fine, c) < 0.7 * deviation(&raw, c)));
        }
        brightness.push(deviation(&coarse, 0));
        let mut picture = picture(channels, 40, 50);
        let before = picture.clone();
        Camera { reduction: [2, 4], ..camera(1e9, 0.0, Demosaic::Bilinear) }.take(&mut picture, 1);
        assert!(psnr(&before, &picture) > 48.0, "what is smoothed is the noise: {}", psnr(&before, &picture));
    }
    assert!((brightness[0] / brightness[1] - 1.0).abs() < 0.05, "grey is the brightness of colour: {brightness:?}");
}

#[test]
fn cameras_differ_and_stay_in_their_ranges() {
    let cameras: Vec<Camera> = (0..400).map(|k| Camera::draw(&mut Random::new(k, Stream::Noise, 0))).collect();
    for c in &cameras {
        assert!((83.0..=5000.1).contains(&c.peak) && (0.0..0.1).contains(&c.reading), "{c:?}");
        assert!((1.9..2.4).contains(&c.balance[0]) && c.balance[1] == 1.0 && (1.5..1.9).contains(&c.balance[2]));
        assert!((75..=100).contains(&c.jpeg.quality) && c.reduction[0] <= 2 && c.reduction[1] <= 4);
    }
    let share = |of: &dyn Fn(&Camera) -> bool| cameras.iter().filter(|c| of(c)).count() as f64 / 400.0;
    for phase in [[0, 0], [0, 1], [1, 0], [1, 1]] {
        assert!((share(&|c| c.red == phase) - 0.25).abs() < 0.09);
    }
    assert!((share(&|c| c.demosaic == Demosaic::Bilinear) - 0.5).abs() < 0.1);
    assert!((share(&|c| c.jpeg.chroma == Chroma::Half) - 0.5).abs() < 0.1);
    assert!((share(&|c| c.peak < 646.0) - 0.5).abs() < 0.1, "half lie below the geometric mean");
    // From nearly clean to hardly usable: what they do to mid-grey, in 8-bit levels.
    let level = |k: u64| 255.0 * spread(&degraded(&Image::constant(Grid::new(3, 64, 64), 0.5), Noise::Camera, k), 0).0.sqrt();
    let mut levels: Vec<f64> = (0..60).map(level).collect();
    levels.sort_by(f64::total_cmp);
    assert!(levels[0] < 4.0 && levels[59] > 12.0 && levels[59] < 45.0, "{levels:?}");
}

#[test]
fn the_same_bytes_for_any_number_of_threads_and_every_size() {
    for noise in [Noise::Camera, Noise::Jpeg { quality: 40.0 }] {
        for (channels, height, width) in [(3, 67, 45), (1, 30, 31), (3, 1, 1), (1, 1, 9), (3, 2, 2), (3, 0, 4)] {
            let clean = picture(channels, height, width);
            let on = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| degraded(&clean, noise, 9))
            };
            let one = on(1);
            assert!(one.grid() == clean.grid() && one.pixels().iter().all(|v| (0.0..=1.0).contains(v)));
            for threads in [2, 3, 8] {
                assert!(one == on(threads), "{noise} on {threads} threads");
            }
        }
    }
    let clean = picture(3, 40, 40);
    assert!(degraded(&clean, Noise::Camera, 1) != degraded(&clean, Noise::Camera, 2));
}

#[test]
fn what_cannot_be_is_refused() {
    let parse = |s: &str| s.parse::<Noise>().unwrap_err().to_string();
    assert_eq!(parse("jpeg:0"), "the quality of jpeg = 0 is outside [1, 100]");
    assert_eq!(parse("jpeg:101"), "the quality of jpeg = 101 is outside [1, 100]");
    assert_eq!(parse("jpeg:50.5"), "the quality of jpeg = `50.5`: a whole number in 1..100 is wanted");
    assert_eq!(parse("jpeg"), "noise = `jpeg`: jpeg:QUALITY is wanted");
    assert_eq!(parse("camera:3"), "noise = `camera:3`: it takes no level");
    for text in ["jpeg:30", "camera"] {
        assert_eq!(text.parse::<Noise>().unwrap().to_string(), text);
    }
    let two = Degradation { noise: Noise::Camera, ..Default::default() }.apply(&Image::constant(Grid::new(2, 4, 4), 0.5), 0);
    assert_eq!(two.unwrap_err().to_string(), "a camera takes pictures of 1 channel (grey) or 3 (colour), not 2");
    let bad = Degradation { noise: Noise::Jpeg { quality: 0.5 }, ..Default::default() };
    assert_eq!(bad.check().unwrap_err().to_string(), "the quality of jpeg = 0.5 is outside [1, 100]");
}

/// Row, column, red, green, blue.
const LIBJPEG: [(usize, usize, [f32; 3]); 4] =
    [(0, 0, [4.0, 4.0, 240.0]), (3, 5, [42.0, 85.0, 187.0]), (9, 12, [142.0, 193.0, 90.0]), (15, 15, [235.0, 239.0, 30.0])];
