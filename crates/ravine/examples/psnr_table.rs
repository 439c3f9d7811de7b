//! The estimated PSNR beside the true one: `cargo run --release -p ravine --example psnr_table -- [options] FOLDER… | scenes`.
//! Options: see `tables/mod.rs`; with `--round` the noisy picture is cut off and rounded to 8 bit, as users have it. Nothing is
//! given: σ is estimated, λ automatic. `cut` is the part of the numbers that are black or white, `high` what was promised too much.
#![allow(clippy::print_stdout, missing_docs)]

mod tables;

use ravine::image::{Image, Picture, metric, noise, picture::Depth};
use ravine::recipe::Restoration;
use ravine::restore::{Watch, restore};
use serde_json::json;
use tables::{Options, eight_bit, mean, median, worst};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::read(&[10.0, 25.0, 50.0])?;
    let mut rows = Vec::new();
    for set in &options.sets {
        let pictures = options.pictures(set)?;
        println!("\n{set}: {} pictures. Estimated minus true PSNR in dB", pictures.len());
        println!(
            "{:>6} {:>6} {:>6} {:>7} {:>7} {:>7} {:>7} {:>7}  {:<20} {:>7}",
            "sigma", "cut %", "none", "true", "median", "mean", "low", "high", "", "lambda"
        );
        for &sigma in &options.sigmas {
            let mut each = Vec::new();
            for (i, (name, u)) in pictures.iter().enumerate() {
                let mut f = u.clone();
                noise::add_gaussian(&mut f, sigma / 255.0, options.seed + i as u64);
                let f = if options.round { eight_bit(f) } else { f };
                let depth = if options.round { Depth::U8 } else { Depth::F32 };
                each.push(measure(name, u, Picture::new(f, depth))?);
            }
            let known: Vec<&Row> = each.iter().filter(|e| e.estimated.is_some()).collect();
            let errors: Vec<f64> = known.iter().map(|e| e.estimated.unwrap_or(0.0) - e.truth).collect();
            let names: Vec<(String, Image)> =
                known.iter().map(|e| (e.name.clone(), Image::constant(pictures[0].1.grid().grey(), 0.0))).collect();
            let (high, name) = worst(&errors, &names);
            println!(
                "{sigma:>6} {:>6.1} {:>6} {:>7.2} {:>7.2} {:>7.2} {:>7.2} {high:>7.2}  {name:<20} {:>7.2}",
                100.0 * mean(&each.iter().map(|e| e.cut).collect::<Vec<_>>()),
                each.len() - known.len(),
                mean(&each.iter().map(|e| e.truth).collect::<Vec<_>>()),
                median(&errors.iter().map(|e| e.abs()).collect::<Vec<_>>()),
                mean(&errors),
                errors.iter().copied().fold(f64::INFINITY, f64::min),
                mean(&each.iter().map(|e| e.lambda).collect::<Vec<_>>()),
            );
            let each: Vec<_> = each
                .iter()
                .map(|e| json!({"picture": e.name, "cut": e.cut, "estimated": e.estimated, "psnr": e.truth, "lambda": e.lambda}))
                .collect();
            rows.push(json!({"set": set, "sigma": sigma, "rounded": options.round, "pictures": each}));
        }
    }
    options.write_json(&json!(rows))?;
    Ok(())
}

struct Row {
    name: String,
    cut: f64,
    estimated: Option<f64>,
    truth: f64,
    lambda: f64,
}

fn measure(name: &str, u: &Image, f: Picture) -> ravine::Result<Row> {
    let cut = f.image.pixels().iter().filter(|v| **v <= 0.0 || **v >= 1.0).count() as f64 / f.image.pixels().len() as f64;
    let restored = restore(&f, &Restoration::default(), &mut Watch { interrupt: None, observe: &mut |_| () })?;
    Ok(Row {
        name: name.into(),
        cut,
        estimated: restored.estimated_psnr,
        truth: metric::psnr(u, &restored.picture.image)?.unwrap_or(f64::INFINITY),
        lambda: restored.settled.lambda.unwrap_or(f64::NAN),
    })
}
