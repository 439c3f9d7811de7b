//! How well the noise level is found: `cargo run --release -p ravine --example sigma_table -- [options] FOLDER… | scenes`.
//! Options: see `tables/mod.rs`. Noise is added in float, neither clipped nor rounded, unless `--round` asks for it.
#![allow(clippy::print_stdout, missing_docs)]

mod tables;

use ravine::image::noise_level::{Verdict, estimate};
use ravine::image::{Image, noise};
use serde_json::json;
use std::time::Instant;
use tables::{Options, eight_bit, mean, median, worst};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::read(&[0.0, 2.0, 5.0, 10.0, 15.0, 25.0, 50.0, 75.0])?;
    let mut rows = Vec::new();
    for set in &options.sets {
        let pictures = options.pictures(set)?;
        println!("\n{set}: {} pictures. Errors in grey levels, from sigma = 10 on in %", pictures.len());
        println!(
            "{:>6} {:>9} {:>8} {:>8}  {:<24} {:>6} {:>6} {:>9} {:>8}",
            "sigma", "estimate", "median", "worst", "", "clean", "white", "coloured", "ms"
        );
        for &sigma in &options.sigmas {
            rows.push(row(set, &pictures, sigma, &options));
        }
    }
    options.write_json(&json!(rows))?;
    Ok(())
}

fn row(set: &str, pictures: &[(String, Image)], sigma: f64, options: &Options) -> serde_json::Value {
    let start = Instant::now();
    let mut seconds = 0.0;
    let levels: Vec<_> = pictures
        .iter()
        .enumerate()
        .map(|(i, (_, u))| {
            let mut f = u.clone();
            if sigma > 0.0 {
                noise::add_gaussian(&mut f, sigma / 255.0, options.seed + i as u64);
            }
            let f = if options.round { eight_bit(f) } else { f };
            let before = start.elapsed().as_secs_f64();
            let level = estimate(&f);
            seconds += start.elapsed().as_secs_f64() - before;
            level
        })
        .collect();
    let unit = if sigma >= 10.0 { 100.0 / sigma } else { 1.0 };
    let estimates: Vec<f64> = levels.iter().map(|l| 255.0 * l.sigma).collect();
    let errors: Vec<f64> = estimates.iter().map(|e| (e - sigma).abs() * unit).collect();
    let (largest, name) = worst(&errors, pictures);
    let count = |v: Verdict| levels.iter().filter(|l| l.verdict == v).count();
    let (clean, white, coloured) = (count(Verdict::Clean), count(Verdict::White), count(Verdict::Coloured));
    let ms = 1e3 * seconds / pictures.len() as f64;
    println!(
        "{sigma:>6} {:>9.2} {:>8.2} {largest:>8.2}  {name:<24} {clean:>6} {white:>6} {coloured:>9} {ms:>8.1}",
        mean(&estimates),
        median(&errors)
    );
    let each: Vec<_> = pictures
        .iter()
        .zip(&levels)
        .map(|((name, _), l)| json!({"picture": name, "sigma": 255.0 * l.sigma, "coarse": l.coarse_sigma.map(|s| 255.0 * s), "verdict": l.verdict, "trend": l.trend}))
        .collect();
    json!({"set": set, "sigma": sigma, "rounded": options.round, "unit": if sigma >= 10.0 { "%" } else { "grey levels" },
        "median": median(&errors), "worst": largest, "worst_picture": name, "pictures": each})
}
