//! What δ and λ suit Huber-TV: `cargo run --release -p ravine --example huber_table -- [options] FOLDER… | scenes`.
//! Options: see `tables/mod.rs`. For every σ and δ: the mean PSNR with the best of 11 λ, ×1.15 apart, for each picture, and
//! with the λ that is best for all of them, as a factor of the rule's. The middle half of each side is restored; every run
//! ends within 0.5 grey levels RMS of its minimiser. Noise is added in float.
#![allow(clippy::print_stdout, missing_docs)]

#[allow(dead_code)] // quantiles are for the other tables
mod tables;

use ravine::image::{Energy, Image, metric, noise};
use ravine::optim::{Pace, Stop, run, solver};
use ravine::restore::lambda;
use serde_json::json;
use std::ops::ControlFlow;
use std::sync::Arc;
use tables::{Options, eight_bit, mean};

const SPACING: f64 = 1.15;
const LAMBDAS: std::ops::RangeInclusive<i32> = -5..=5;
/// Of `Energy::HuberTotalVariation`; 0 is total variation itself.
const DELTAS: [f64; 8] = [0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::read(&[15.0, 25.0, 50.0])?;
    let mut rows = Vec::new();
    for set in &options.sets {
        let pictures: Vec<Image> = options.pictures(set)?.into_iter().map(|(_, image)| middle(&image)).collect();
        println!("\n{set}: {} pictures. Mean PSNR in dB", pictures.len());
        println!("{:>6} {:>7} {:>9} {:>9} {:>9} {:>9}", "sigma", "delta", "oracle", "(factor)", "common", "(factor)");
        for &sigma in &options.sigmas {
            for delta in DELTAS {
                let energy = if delta > 0.0 { Energy::HuberTotalVariation { delta } } else { Energy::TotalVariation };
                let each = pictures
                    .iter()
                    .enumerate()
                    .map(|(i, u)| psnrs(energy, u, sigma, options.seed + i as u64))
                    .collect::<Result<Vec<_>, _>>()?;
                let factor = |k: usize| SPACING.powi(LAMBDAS.start() + k as i32);
                let bests: Vec<usize> = each.iter().map(|p| largest(p)).collect();
                let oracle = mean(&each.iter().zip(&bests).map(|(p, k)| p[*k]).collect::<Vec<_>>());
                let oracle_factor = mean(&bests.iter().map(|k| factor(*k).ln()).collect::<Vec<_>>()).exp();
                let means: Vec<f64> = (0..each[0].len()).map(|k| mean(&each.iter().map(|p| p[k]).collect::<Vec<_>>())).collect();
                let k = largest(&means);
                println!("{sigma:>6} {delta:>7} {oracle:>9.3} {oracle_factor:>9.2} {:>9.3} {:>9.2}", means[k], factor(k));
                rows.push(json!({"set": set, "pictures": each.len(), "sigma": sigma, "delta": delta, "oracle": oracle,
                    "oracle_factor": oracle_factor, "common": means[k], "common_factor": factor(k)}));
            }
        }
    }
    options.write_json(&json!(rows))?;
    Ok(())
}

/// The middle half of each side.
fn middle(image: &Image) -> Image {
    let (height, width) = (image.grid().height, image.grid().width);
    image.crop(width / 4, height / 4, width / 2, height / 2)
}

/// The PSNR with each λ.
fn psnrs(energy: Energy, u: &Image, sigma: f64, seed: u64) -> Result<Vec<f64>, Box<dyn std::error::Error>> {
    let mut f = u.clone();
    noise::add_gaussian(&mut f, sigma / 255.0, seed);
    let grid = f.grid();
    let rule = lambda::rule(&energy, grid.channels, sigma / 255.0);
    let stop = Stop { distance: Some(0.5 / 255.0 * (grid.len() as f64).sqrt()), pace: Pace::Approach(24), ..Stop::default() };
    LAMBDAS
        .map(|j| {
            let problem = Arc::new(energy.problem(grid, f.pixels().to_vec(), rule * SPACING.powi(j))?);
            let mut solver = solver::by_name("primal-dual", problem, f.pixels().to_vec())?;
            let best = run(solver.as_mut(), &stop, &mut |_, _| ControlFlow::Continue(())).best;
            Ok(metric::psnr(u, &eight_bit(Image::new(grid, best)?))?.unwrap_or(f64::INFINITY))
        })
        .collect()
}

fn largest(values: &[f64]) -> usize {
    (0..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}
