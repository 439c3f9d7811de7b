//! The noise level of drawn pictures whose noise is known.

use ravine_image::noise_level::{NoiseLevel, Trend, Verdict, estimate};
use ravine_image::{Grid, Image, noise};

/// Discs of all sizes, some striped, over a ramp: flat parts, slopes, edges and a fine texture. Values in 0.2..0.8.
fn drawn(channels: usize, height: usize, width: usize) -> Image {
    Image::from_fn(Grid::new(channels, height, width), |c, y, x| {
        let (y, x) = (y as f32, x as f32);
        let mut v = 0.3 + 0.2 * x / width as f32 + 0.05 * c as f32;
        for k in 0..24 {
            let (cy, cx) = ((k * 97 % 211) as f32 / 211.0 * height as f32, (k * 61 % 199) as f32 / 199.0 * width as f32);
            let r = 4.0 + (k * 29 % 53) as f32;
            let edge = (r - ((y - cy).powi(2) + (x - cx).powi(2)).sqrt()).clamp(0.0, 1.0);
            let paint = 0.25 + (k * 37 % 101) as f32 / 250.0 + if k % 3 == 0 { 0.1 * (1.3 * x + 0.9 * y).sin() } else { 0.0 };
            v += edge * (paint - v);
        }
        v
    })
}

fn noisy(u: &Image, sigma: f64, seed: u64) -> Image {
    let mut f = u.clone();
    noise::add_gaussian(&mut f, sigma / 255.0, seed);
    f
}

fn rounded(u: &Image) -> Image {
    u.clone().map(|v| (v * 255.0).round().clamp(0.0, 255.0) / 255.0)
}

/// Means over 3 × 3 pixels of a noise field, over u.
fn blurred_noise(u: &Image, sigma: f64) -> Image {
    let grid = u.grid();
    let field = noisy(&Image::constant(grid, 0.0), sigma, 5);
    let at = |c: usize, y: isize, x: isize| {
        field.at(c, y.rem_euclid(grid.height as isize) as usize, x.rem_euclid(grid.width as isize) as usize)
    };
    Image::from_fn(grid, |c, y, x| {
        let sum: f32 =
            (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dy, dx))).map(|(dy, dx)| at(c, y as isize + dy, x as isize + dx)).sum();
        u.at(c, y, x) + sum / 9.0
    })
}

fn levels(l: &NoiseLevel) -> String {
    format!("{:?} sigma {:.3} coarse {:.3}", l.verdict, 255.0 * l.sigma, 255.0 * l.coarse_sigma.unwrap_or(f64::NAN))
}

#[test]
fn sigma_is_found_within_two_percent() {
    for (channels, height, width) in [(1, 256, 256), (3, 321, 481), (1, 131, 307)] {
        let u = drawn(channels, height, width);
        for sigma in [2.0, 5.0, 10.0, 15.0, 25.0, 50.0, 75.0] {
            let level = estimate(&noisy(&u, sigma, 3));
            let error = 255.0 * level.sigma / sigma - 1.0;
            assert!(error.abs() < 0.02 + 1.5 * level.relative_error, "{channels}x{height}x{width}, {sigma}: {}", levels(&level));
            assert_eq!(level.verdict, Verdict::White, "{sigma}: {}", levels(&level));
            assert_eq!(level.trend, Trend::Constant, "{sigma}: {:?}", level.by_brightness);
            assert_eq!(level.channels.len(), channels);
        }
    }
}

#[test]
fn rounding_and_cut_off_noise_are_seen_through() {
    // Half of the picture nearly black, where the noise is cut off, and flattest.
    let u = drawn(1, 256, 256).map(|v| if v < 0.45 { 0.02 } else { v });
    for (sigma, bound) in [(2.0, 0.04), (10.0, 0.04), (25.0, 0.04), (50.0, 0.08)] {
        let level = estimate(&rounded(&noisy(&u, sigma, 4)));
        assert!((255.0 * level.sigma / sigma - 1.0).abs() < bound, "{sigma}: {}", levels(&level));
        assert_eq!(level.verdict, Verdict::White, "{sigma}: {}", levels(&level));
    }
}

#[test]
fn a_clean_picture_is_clean() {
    let u = drawn(3, 240, 320);
    for picture in [u.clone(), rounded(&u)] {
        let level = estimate(&picture);
        assert_eq!(level.verdict, Verdict::Clean, "{}", levels(&level));
    }
    assert_eq!(estimate(&noisy(&u, 1.0, 1)).verdict, Verdict::White);
}

#[test]
fn blurred_noise_is_not_white_and_not_clean() {
    for sigma in [5.0, 15.0, 50.0] {
        let level = estimate(&blurred_noise(&drawn(1, 256, 256), sigma));
        assert_eq!(level.verdict, Verdict::Coloured, "{sigma}: {}", levels(&level));
        assert!(level.coarse_sigma.unwrap() > 2.0 * level.sigma, "{sigma}: {}", levels(&level));
    }
}

#[test]
fn counted_photons_grow_with_brightness() {
    let mut f = drawn(1, 256, 256).map(|v| (v - 0.2) * 1.4 + 0.05);
    noise::count_photons(&mut f, 200.0, 1);
    let level = estimate(&f);
    assert_eq!(level.trend, Trend::Growing, "{:?}", level.by_brightness);
    assert_eq!(level.verdict, Verdict::White, "{}", levels(&level));
    for b in &level.by_brightness {
        let expected = (b.brightness / 200.0).sqrt();
        assert!((b.sigma / expected - 1.0).abs() < 0.15, "{} at {}: {expected}", b.sigma, b.brightness);
    }
    let expected = (f.pixels().iter().map(|v| *v as f64 / 200.0).sum::<f64>() / f.pixels().len() as f64).sqrt();
    assert!((level.sigma / expected - 1.0).abs() < 0.1, "{} {expected}", level.sigma);
}

#[test]
fn pictures_without_a_measure_say_so() {
    for (height, width) in [(0, 0), (1, 1), (1, 500), (500, 1), (7, 300)] {
        let level = estimate(&noisy(&Image::constant(Grid::new(1, height, width), 0.5), 25.0, 1));
        assert_eq!(level.verdict, Verdict::Unmeasurable, "{height}x{width}");
        assert_eq!(level.sigma, 0.0);
    }
    let two_valued = Image::from_fn(Grid::new(1, 200, 200), |_, y, x| ((y / 3 + x / 5) % 2) as f32);
    assert_eq!(estimate(&two_valued).verdict, Verdict::Unmeasurable);
    for value in [0.0, 0.3, 1.0] {
        let level = estimate(&Image::constant(Grid::new(3, 64, 64), value));
        assert_eq!((level.verdict, level.sigma), (Verdict::Clean, 0.0), "constant {value}");
    }
}

#[test]
fn small_pictures_state_a_larger_error() {
    let estimate_at = |side: usize| estimate(&noisy(&Image::constant(Grid::new(1, side, side), 0.5), 25.0, side as u64));
    let mut last = f64::INFINITY;
    for side in [8, 16, 32, 64, 128] {
        let level = estimate_at(side);
        assert!(level.relative_error < last, "{side}: {}", level.relative_error);
        assert!((255.0 * level.sigma / 25.0 - 1.0).abs() < 3.0 * level.relative_error, "{side}: {}", levels(&level));
        last = level.relative_error;
    }
}

#[test]
fn a_saturated_half_is_left_out() {
    let u = drawn(1, 256, 256);
    let f = noisy(&u, 15.0, 3);
    let half = Image::from_fn(u.grid(), |c, y, x| if x < 128 { 1.0 } else { f.at(c, y, x).min(1.0) });
    let level = estimate(&half);
    assert!((255.0 * level.sigma / 15.0 - 1.0).abs() < 0.04, "{}", levels(&level));
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let f = noisy(&drawn(3, 321, 481), 20.0, 9);
    let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| estimate(&f));
    let one = on(1);
    for threads in [2, 3, 8] {
        assert_eq!(one, on(threads), "{threads} threads");
    }
}

#[test]
fn noise_that_black_and_white_cut_off_keeps_its_sigma() {
    for sigma in [25.0, 50.0, 75.0] {
        let mut f = Image::from_fn(Grid::new(1, 240, 320), |_, y, x| 0.3 + 0.4 * (y + x) as f32 / 560.0);
        noise::add_gaussian(&mut f, sigma / 255.0, 3);
        let found = 255.0 * estimate(&f.map(|v| v.clamp(0.0, 1.0))).sigma;
        assert!((found / sigma - 1.0).abs() < 0.015, "{found} of {sigma}");
    }
}

/// A page of dense small letters, black on white, none of whose blocks is flat: strokes of a pixel and a half on a grid of 7 × 14.
fn page() -> Image {
    Image::from_fn(Grid::new(1, 256, 256), |_, y, x| {
        let (row, column) = (y / 14, x / 7);
        let letter = (row * 37 + column * 23 + row * column * 5) % 11;
        let (dy, dx) = ((y % 14) as f32, (x % 7) as f32);
        let (upright, bar, diagonal) = ((dx - 1.5).abs(), (dy - 3.0 - letter as f32 / 2.0).abs(), (dx - 0.5 * dy).abs());
        let stroke = [upright, bar, diagonal.min(bar), upright.min(bar)][letter % 4];
        if letter == 10 || dy >= 10.0 { 1.0 } else { (stroke - 0.25).clamp(0.0, 1.0) }
    })
}

#[test]
fn a_page_is_measured_by_what_its_paper_has_left() {
    for (sigma, bound) in [(5.0, 0.1), (10.0, 0.1), (25.0, 0.15), (50.0, 0.25)] {
        let noisy = rounded(&noisy(&page(), sigma, 4));
        for (kind, f) in [("page", noisy.clone()), ("sky", noisy.map(|v| 1.0 - v))] {
            let level = estimate(&f);
            assert!((255.0 * level.sigma / sigma - 1.0).abs() < bound, "{kind}, {sigma}: {}", levels(&level));
            assert_eq!((level.verdict, level.trend), (Verdict::White, Trend::Constant), "{kind}, {sigma}: {}", levels(&level));
        }
    }
    // Letters alone, of uneven ink, are no noise.
    let (once, at) = (page(), |v: usize, by: usize| (v + by) % 256);
    let ink = |y: usize, x: usize| 0.2 + 0.2 * (y as f32 / 7.0).sin() * (x as f32 / 9.0).cos();
    let dense = Image::from_fn(once.grid(), |c, y, x| once.at(c, y, x).min(once.at(c, at(y, 5), at(x, 3))).max(ink(y, x)));
    assert_eq!(estimate(&dense).verdict, Verdict::Coloured, "{}", levels(&estimate(&dense)));
}

#[test]
fn lines_on_paper_that_is_nearly_white_are_no_noise() {
    // The paper, 21 grey levels below white, is nearer to it than the 2.5 σ within which blocks are distrusted; the ink isn't.
    let ink = |y: usize, x: usize| (3 * x + y) % 53 < 5 || (y + 250 - x) % 41 < 2;
    let sheet = Image::from_fn(Grid::new(1, 250, 250), |_, y, x| if ink(y, x) { 25.0 } else { 234.0 } / 255.0);
    for sigma in [10.0, 15.0, 25.0] {
        let level = estimate(&rounded(&noisy(&sheet, sigma, 4)));
        assert!((255.0 * level.sigma / sigma - 1.0).abs() < 0.06, "{sigma}: {}", levels(&level));
    }
}
