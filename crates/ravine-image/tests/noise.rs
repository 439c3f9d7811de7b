//! Noise has the moments it claims, and depends on its key and on nothing else.
use proptest::prelude::*;
use ravine_image::degrade::{Degradation, Noise};
use ravine_image::{Grid, Image, noise};

/// Mean, variance, and the correlations with the right and the lower neighbour.
fn moments(u: &Image) -> (f64, f64, [f64; 2]) {
    let grid = u.grid();
    let n = grid.len() as f64;
    let at = |y: usize, x: usize| u.at(0, y, x) as f64;
    let mean = u.pixels().iter().map(|v| *v as f64).sum::<f64>() / n;
    let variance = u.pixels().iter().map(|v| (*v as f64 - mean).powi(2)).sum::<f64>() / n;
    let correlation = |dy: usize, dx: usize| {
        let mut sum = 0.0;
        for y in 0..grid.height - dy {
            for x in 0..grid.width - dx {
                sum += (at(y, x) - mean) * (at(y + dy, x + dx) - mean);
            }
        }
        sum / n / variance
    };
    (mean, variance, [correlation(0, 1), correlation(1, 0)])
}

fn grey(value: f32) -> Image {
    Image::constant(Grid::new(1, 300, 311), value)
}

fn degraded(clean: &Image, sigma: f64, noise: Noise, seed: u64) -> Image {
    Degradation { sigma, noise, missing: 0.0 }.apply(clean, seed).unwrap().image
}

#[test]
fn gaussian_noise_has_its_sigma_and_is_white() {
    for sigma in [1.0, 25.0, 75.0] {
        let (mean, variance, correlations) = moments(&degraded(&grey(0.4), sigma, Noise::Gaussian, 3));
        let s = sigma / 255.0;
        assert!((mean - 0.4).abs() < 0.01 * s, "mean {mean}");
        assert!((variance.sqrt() / s - 1.0).abs() < 0.01, "σ = {}, wanted {s}", variance.sqrt());
        assert!(correlations.iter().all(|c| c.abs() < 0.015), "{correlations:?}");
    }
}

#[test]
fn gaussian_noise_of_one_seed_is_one_field() {
    // At two levels, on two pictures: σ·n with the same n.
    let field = |value, sigma: f64, seed| {
        degraded(&grey(value), sigma, Noise::Gaussian, seed).map(|v| (v - value) * (255.0 / sigma) as f32)
    };
    let (a, b, other) = (field(0.0, 10.0, 5), field(0.0, 50.0, 5), field(0.0, 10.0, 6));
    assert!(a.pixels().iter().zip(b.pixels()).all(|(a, b)| (a - b).abs() < 1e-5));
    let dot: f64 = a.pixels().iter().zip(other.pixels()).map(|(a, b)| (a * b) as f64).sum();
    assert!((dot / a.grid().len() as f64).abs() < 0.015, "two seeds are correlated: {dot}");
}

#[test]
fn rows_and_channels_are_independent() {
    let u = degraded(&Image::constant(Grid::new(3, 200, 200), 0.0), 25.0, Noise::Gaussian, 1);
    let s2 = (25.0f64 / 255.0).powi(2);
    let dot: f64 = u.plane(0).iter().zip(u.plane(1)).map(|(a, b)| (a * b) as f64).sum::<f64>() / 40_000.0 / s2;
    assert!(dot.abs() < 0.02, "two channels are correlated: {dot}");
}

#[test]
fn counted_photons_have_variance_mean_over_peak() {
    for (value, peak) in [(0.5, 4.0), (0.2, 30.0), (0.7, 255.0), (1.0, 10_000.0)] {
        let (mean, variance, correlations) = moments(&degraded(&grey(value), 0.0, Noise::Poisson { peak }, 9));
        let v = value as f64;
        assert!((mean / v - 1.0).abs() < 0.01, "mean {mean} of {v}");
        assert!((variance * peak / v - 1.0).abs() < 0.02, "variance {variance} at {v}, peak {peak}");
        assert!(correlations.iter().all(|c| c.abs() < 0.015), "{correlations:?}");
    }
    let counts = degraded(&grey(0.3), 0.0, Noise::Poisson { peak: 16.0 }, 2);
    assert!(counts.pixels().iter().all(|v| (v * 16.0).fract() == 0.0));
    assert!(degraded(&grey(-0.1), 0.0, Noise::Poisson { peak: 16.0 }, 2).pixels().iter().all(|v| *v == 0.0));
}

#[test]
fn reading_noise_comes_on_top_of_photons() {
    let (_, variance, _) = moments(&degraded(&grey(0.5), 25.5, Noise::Poisson { peak: 50.0 }, 4));
    assert!((variance / (0.01 + 0.01) - 1.0).abs() < 0.02, "{variance}");
}

#[test]
fn salt_and_pepper_strike_whole_pixels() {
    let clean = Image::constant(Grid::new(3, 200, 201), 0.4);
    let u = degraded(&clean, 0.0, Noise::SaltPepper { fraction: 0.2 }, 11);
    let share = |value| u.plane(0).iter().filter(|v| **v == value).count() as f64 / 40_200.0;
    assert!((share(0.0) - 0.1).abs() < 0.01 && (share(1.0) - 0.1).abs() < 0.01, "{} {}", share(0.0), share(1.0));
    assert_eq!(u.plane(0), u.plane(1));
    assert_eq!(u.plane(0), u.plane(2));
    assert_eq!(degraded(&clean, 0.0, Noise::SaltPepper { fraction: 0.0 }, 11), clean);
    assert!(degraded(&clean, 0.0, Noise::SaltPepper { fraction: 1.0 }, 11).pixels().iter().all(|v| *v == 0.0 || *v == 1.0));
}

#[test]
fn missing_pixels_are_zero_and_the_mask_says_where() {
    let clean = Image::constant(Grid::new(3, 150, 151), 0.6);
    let d = Degradation { missing: 0.3, ..Default::default() }.apply(&clean, 8).unwrap();
    let mask = d.mask.unwrap();
    assert_eq!(mask.grid(), Grid::new(1, 150, 151));
    for c in 0..3 {
        assert!(d.image.plane(c).iter().zip(mask.pixels()).all(|(v, m)| *v == 0.6 * m));
    }
    let lost = mask.pixels().iter().filter(|m| **m == 0.0).count() as f64 / 22_650.0;
    assert!((lost - 0.3).abs() < 0.015, "{lost}");
    assert_eq!(Degradation::gaussian(5.0).apply(&clean, 8).unwrap().mask, None);
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let clean = Image::from_fn(Grid::new(3, 97, 61), |c, y, x| (c + y * x) as f32 / 6000.0);
    for noise in [Noise::Gaussian, Noise::Poisson { peak: 40.0 }, Noise::SaltPepper { fraction: 0.3 }] {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Degradation { sigma: 15.0, noise, missing: 0.2 }.apply(&clean, 77).unwrap())
        };
        let one = on(1);
        for threads in [2, 3, 8] {
            assert_eq!(one, on(threads), "{noise} on {threads} threads");
        }
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    let clean = grey(0.5);
    let says = |d: Degradation| d.apply(&clean, 0).unwrap_err().to_string();
    assert_eq!(says(Degradation::gaussian(400.0)), "sigma = 400 is outside [0, 255]");
    assert_eq!(says(Degradation::gaussian(-1.0)), "sigma = -1 is outside [0, 255]");
    assert_eq!(says(Degradation::gaussian(f64::NAN)), "sigma = NaN is outside [0, 255]");
    assert_eq!(says(Degradation { missing: 1.5, ..Default::default() }), "missing = 1.5 is outside [0, 1]");
    assert_eq!(
        says(Degradation { noise: Noise::Poisson { peak: 0.0 }, ..Default::default() }),
        "the peak of poisson = 0 is outside (0, 1000000000]"
    );
    let parse = |s: &str| s.parse::<Noise>().unwrap_err().to_string();
    assert_eq!(parse("poison:3"), "there is no noise `poison`: did you mean `poisson`?");
    assert_eq!(parse("poisson"), "noise = `poisson`: poisson:PEAK is wanted");
    assert_eq!(parse("gaussian:25"), "noise = `gaussian:25`: its level is given by sigma");
    assert_eq!(parse("salt-pepper:2"), "the fraction of salt-pepper = 2 is outside [0, 1]");
    assert!(serde_json::from_str::<Degradation>(r#"{"sigma":5,"noise":"x"}"#).is_err());
}

proptest! {
    #[test]
    fn every_shape_is_served(c in 1usize..4, h in 1usize..14, w in 1usize..14, missing in 0.0f64..1.0) {
        let clean = Image::constant(Grid::new(c, h, w), 0.5);
        let d = Degradation { sigma: 10.0, noise: Noise::SaltPepper { fraction: 0.1 }, missing }.apply(&clean, 1).unwrap();
        prop_assert_eq!(d.image.grid(), clean.grid());
        prop_assert!(d.image.pixels().iter().all(|v| v.is_finite()));
        // The field of a picture is that of its keys: the first row does not know how many follow.
        let mut short = Image::constant(Grid::new(1, 1, w), 0.5);
        noise::add_gaussian(&mut short, 0.1, 1);
        let mut tall = Image::constant(Grid::new(1, h, w), 0.5);
        noise::add_gaussian(&mut tall, 0.1, 1);
        prop_assert_eq!(short.pixels(), &tall.pixels()[..w]);
    }
}
