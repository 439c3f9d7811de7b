//! Total variation with σ estimated and λ automatic, beside the best of 25 λ, ×1.15 apart about the rule's:
//! `cargo run --release -p ravine --example lambda_table -- [options] FOLDER… | scenes`. Options: see `tables/mod.rs`.
//! PSNR is of the answer rounded to 8 bit; every run ends within 0.5 grey levels RMS of its minimiser. For σ = 0 the picture itself
//! is restored and compared with itself.
#![allow(clippy::print_stdout, missing_docs)]

mod tables;

use ravine::image::noise_level::{Verdict, estimate};
use ravine::image::{Energy, Image, Rof, metric, noise};
use ravine::optim::{Pace, Solver, Stop, run};
use ravine::restore::{lambda, sure::Probe};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::time::Instant;
use tables::{Options, eight_bit, mean, worst};

const TV: Energy = Energy::TotalVariation;
const SPACING: f64 = 1.15;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::read(&[15.0, 25.0, 50.0])?;
    let mut rows = Vec::new();
    for set in &options.sets {
        let pictures = options.pictures(set)?;
        println!(
            "\n{set}: {} pictures. PSNR in dB; cost in runs at the chosen lambda, search, answer and estimate of its PSNR together",
            pictures.len()
        );
        println!(
            "{:>6} {:>7} {:>7} {:>7} {:>7}  {:<24} {:>7} {:>7} {:>7} {:>7} {:>9} {:>9}",
            "sigma", "noisy", "auto", "oracle", "worst", "", "rule", "(worst)", "runs", "(most)", "by time", "PSNR est."
        );
        for &sigma in &options.sigmas {
            let each =
                pictures
                    .iter()
                    .enumerate()
                    .map(|(i, (name, u))| {
                        if sigma > 0.0 { measure(name, u, sigma, options.seed + i as u64, options.round) } else { itself(name, u) }
                    })
                    .collect::<ravine::Result<Vec<Value>>>()?;
            summarise(sigma, &pictures, &each);
            rows.push(json!({"set": set, "sigma": sigma, "pictures": each}));
        }
    }
    options.write_json(&json!(rows))?;
    Ok(())
}

/// u after the run, and its iterations.
fn answer(f: &Image, lambda: f64) -> ravine::Result<(Image, u64)> {
    let distance = 0.5 / 255.0 * (f.grid().len() as f64).sqrt();
    let stop = Stop { distance: Some(distance), pace: Pace::Approach(16), ..Stop::default() };
    let outcome = run(&mut Rof::new(f, lambda)?, &stop, &mut |_, _| ControlFlow::Continue(()));
    Ok((Image::new(f.grid(), outcome.best)?, outcome.iterations))
}

fn early(f: &Image, lambda: f64, iterations: u64) -> ravine::Result<Image> {
    let mut rof = Rof::new(f, lambda)?;
    let mut done = 0;
    while done < iterations {
        done += rof.advance(iterations - done);
    }
    Ok(Image::new(f.grid(), rof.iterate().to_vec())?)
}

/// The least of five times: others may be at work.
fn timed<T>(mut work: impl FnMut() -> ravine::Result<T>) -> ravine::Result<(T, f64)> {
    let mut least = f64::INFINITY;
    for _ in 1..5 {
        let start = Instant::now();
        work()?;
        least = least.min(start.elapsed().as_secs_f64());
    }
    let start = Instant::now();
    let done = work()?;
    Ok((done, least.min(start.elapsed().as_secs_f64())))
}

fn psnr(u: &Image, v: &Image) -> ravine::Result<f64> {
    Ok(metric::psnr(u, &eight_bit(v.clone()))?.unwrap_or(f64::INFINITY))
}

fn measure(name: &str, u: &Image, sigma: f64, seed: u64, round: bool) -> ravine::Result<Value> {
    let mut f = u.clone();
    noise::add_gaussian(&mut f, sigma / 255.0, seed);
    let f = if round { eight_bit(f) } else { f };
    let estimated = estimate(&f).sigma;
    let channels = f.grid().channels;

    let (choice, searching) = timed(|| lambda::choose(&TV, &f, estimated, 0, &mut early))?;
    let ((auto, iterations), answering) = timed(|| answer(&f, choice.lambda))?;
    let (sure, estimating) = timed(|| {
        let probe = Probe::new(&f, estimated, 0)?;
        Ok(probe.sure(&auto, &early(probe.changed(), choice.lambda, iterations)?))
    })?;
    let all = searching + answering + estimating;

    let mut best = (f64::NEG_INFINITY, 0.0);
    for j in -12..=12 {
        let lambda = lambda::rule(&TV, channels, sigma / 255.0) * SPACING.powi(j);
        best = if let p = psnr(u, &answer(&f, lambda)?.0)?
            && p > best.0
        {
            (p, lambda)
        } else {
            best
        };
    }
    let by_rule = answer(&f, lambda::rule(&TV, channels, estimated))?.0;
    Ok(json!({
        "picture": name, "sigma_estimated": 255.0 * estimated, "noisy": psnr(u, &f)?, "auto": psnr(u, &auto)?, "lambda": choice.lambda,
        "oracle": best.0, "oracle_lambda": best.1, "rule": psnr(u, &by_rule)?, "estimated_psnr": sure.psnr,
        "iterations": iterations, "search_iterations": choice.iterations,
        "runs_by_iterations": (choice.iterations + 2 * iterations) as f64 / iterations as f64, "runs": all / answering, "seconds": all,
    }))
}

/// A picture as it is: what automatic restoration makes of it. Without white noise it takes the rule's λ.
fn itself(name: &str, u: &Image) -> ravine::Result<Value> {
    let level = estimate(u);
    let auto = match level.verdict {
        Verdict::Clean | Verdict::Unmeasurable => u.clone(),
        Verdict::White => answer(u, lambda::choose(&TV, u, level.sigma, 0, &mut early)?.lambda)?.0,
        Verdict::Coloured if level.sigma == 0.0 => u.clone(),
        Verdict::Coloured => answer(u, lambda::rule(&TV, u.grid().channels, level.sigma))?.0,
    };
    Ok(
        json!({"picture": name, "sigma_estimated": 255.0 * level.sigma, "verdict": level.verdict, "auto": metric::psnr(u, &eight_bit(auto))?}),
    )
}

fn summarise(sigma: f64, pictures: &[(String, Image)], each: &[Value]) {
    let column = |key: &str| -> Vec<f64> { each.iter().map(|e| e[key].as_f64().unwrap_or(f64::INFINITY)).collect() };
    if sigma == 0.0 {
        let (least, name) = worst(&column("auto").iter().map(|p| -p).collect::<Vec<_>>(), pictures);
        println!(
            "{sigma:>6} least PSNR to itself {:.2} ({name}); unchanged {}",
            -least,
            each.iter().filter(|e| e["auto"].is_null()).count()
        );
        return;
    }
    let below = |key: &str| -> Vec<f64> { column("oracle").iter().zip(column(key)).map(|(o, p)| o - p).collect() };
    let (loss, name) = worst(&below("auto"), pictures);
    let runs = column("runs_by_iterations");
    let estimate: Vec<f64> =
        column("estimated_psnr").iter().zip(column("auto")).map(|(e, p)| (e - p).abs()).filter(|e| e.is_finite()).collect();
    println!(
        "{sigma:>6} {:>7.2} {:>7.3} {:>7.3} {loss:>7.3}  {name:<24} {:>7.3} {:>7.3} {:>7.2} {:>7.2} {:>9.3} {:>9.3}",
        mean(&column("noisy")),
        mean(&column("auto")),
        mean(&column("oracle")),
        mean(&column("rule")),
        worst(&below("rule"), pictures).0,
        mean(&runs),
        worst(&runs, pictures).0,
        mean(&column("runs")),
        tables::median(&estimate),
    );
}
