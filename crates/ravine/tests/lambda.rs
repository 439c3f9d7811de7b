//! λ chosen from the noisy picture alone, and the error estimated from it, beside the truth that only a drawn picture gives.

use ravine::image::energy::ENERGIES;
use ravine::image::{Energy, Grid, Image, Rof, metric, noise, scene};
use ravine::optim::Solver;
use ravine::restore::lambda::{LambdaSource, choose, rule};
use ravine::restore::sure;

const TV: Energy = Energy::TotalVariation;

fn early(f: &Image, lambda: f64, iterations: u64) -> ravine::Result<Image> {
    let mut rof = Rof::new(f, lambda)?;
    let mut done = 0;
    while done < iterations {
        done += rof.advance(iterations - done);
    }
    Ok(Image::new(f.grid(), rof.iterate().to_vec())?)
}

fn drawn(name: &str, channels: usize) -> Image {
    scene::named(name).unwrap().draw(1, Grid::new(channels, 160, 200)).unwrap()
}

fn noisy(u: &Image, sigma: f64, seed: u64) -> Image {
    let mut f = u.clone();
    noise::add_gaussian(&mut f, sigma / 255.0, seed);
    f
}

#[test]
fn sure_is_the_true_error_on_average() {
    for channels in [1, 3] {
        let u = drawn("leaves", channels);
        for (sigma, lambda) in [(15.0, 20.0), (25.0, 5.0), (50.0, 9.0)] {
            let runs = 6;
            let (mut estimated, mut truth) = (0.0, 0.0);
            for seed in 0..runs {
                let f = noisy(&u, sigma, seed);
                let s = sure::estimate(&mut |g| early(g, lambda, 60), &f, sigma / 255.0, seed).unwrap();
                let error = metric::rmse(&u, &early(&f, lambda, 60).unwrap()).unwrap().powi(2);
                assert!((s.psnr.unwrap() + 10.0 * error.log10()).abs() < 0.4, "{channels} {sigma} {lambda}: {s:?}, true {error}");
                assert!((0.0..1.0).contains(&s.divergence), "{s:?}");
                estimated += s.mse;
                truth += error;
            }
            assert!((estimated / truth - 1.0).abs() < 0.04, "{channels} {sigma} {lambda}: {estimated} {truth}");
        }
    }
}

#[test]
fn the_divergence_of_known_denoisers_is_known() {
    let f = noisy(&drawn("ramps", 1), 20.0, 1);
    for gain in [0.0f32, 0.25, 1.0] {
        let s = sure::estimate(&mut |g| Ok(g.clone().map(|v| 0.2 + gain * v)), &f, 20.0 / 255.0, 3).unwrap();
        assert!((s.divergence - gain as f64).abs() < 1e-4, "{gain}: {s:?}");
    }
    // What is left as it is has the error of the noise, nothing more.
    let same = sure::estimate(&mut |g| Ok(g.clone()), &f, 20.0 / 255.0, 3).unwrap();
    assert!((same.mse.sqrt() * 255.0 - 20.0).abs() < 1e-2, "{same:?}");
}

#[test]
fn stronger_noise_has_a_smaller_lambda() {
    for (name, _, energy) in ENERGIES {
        for channels in [1, 3] {
            let lambdas: Vec<f64> = (1..200).map(|s| rule(&energy, channels, s as f64 / 255.0)).collect();
            assert!(lambdas.windows(2).all(|w| w[1] < w[0]), "{name} {channels}");
            assert!(lambdas.iter().all(|l| l.is_finite() && *l > 0.0), "{name} {channels}");
        }
    }
}

#[test]
fn the_chosen_lambda_is_nearly_the_best() {
    for (name, channels) in [("leaves", 1), ("cartoon", 1), ("swatches", 3), ("strokes", 1)] {
        let u = drawn(name, channels);
        for sigma in [15.0, 25.0, 50.0] {
            let f = noisy(&u, sigma, 2);
            let psnr = |lambda: f64| metric::psnr(&u, &early(&f, lambda, 100).unwrap()).unwrap().unwrap();
            let (mut runs, mut lengths) = (0, Vec::new());
            let choice = choose(&TV, &f, sigma / 255.0, 0, &mut |g, lambda, k| {
                runs += 1;
                lengths.push(k);
                early(g, lambda, k)
            })
            .unwrap();
            let first = rule(&TV, channels, sigma / 255.0);
            let best = (-8..=8).map(|j| psnr(first * 1.25f64.powi(j))).fold(0.0, f64::max);
            let loss = best - psnr(choice.lambda);
            assert!(loss < 0.15, "{name} at {sigma}: {loss} dB below the best with {choice:?}, rule {first}");
            assert!(runs <= 10, "{runs} early runs");
            assert_eq!(lengths.iter().sum::<u64>(), choice.iterations);
            assert_eq!(choice.source, LambdaSource::Sure);
        }
    }
}

#[test]
fn a_tiny_picture_has_the_rule() {
    let f = noisy(&Image::constant(Grid::new(1, 20, 20), 0.5), 25.0, 1);
    let choice = choose(&TV, &f, 0.1, 0, &mut |_, _, _| panic!("nothing is tried")).unwrap();
    assert_eq!((choice.lambda, choice.source), (rule(&TV, 1, 0.1), LambdaSource::Rule));
}

#[test]
fn sigma_must_be_a_positive_number() {
    let f = drawn("ramps", 1);
    for sigma in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refusal = choose(&TV, &f, sigma, 0, &mut early).unwrap_err().to_string();
        assert!(refusal.contains("sigma"), "{refusal}");
        assert!(sure::estimate(&mut |g| Ok(g.clone()), &f, sigma, 0).is_err(), "{sigma}");
    }
}

#[test]
fn any_number_of_threads_chooses_the_same_bits() {
    let f = noisy(&drawn("leaves", 3), 25.0, 4);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| choose(&TV, &f, 0.1, 0, &mut early)).unwrap().lambda.to_bits()
    };
    let one = on(1);
    for threads in [2, 3, 8] {
        assert_eq!(one, on(threads), "{threads} threads");
    }
}
