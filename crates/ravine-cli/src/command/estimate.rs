//! `ravine estimate INPUT...`: how strong the noise is, and what it is like.

use crate::args::Threads;
use crate::batch::each;
use crate::exit::{Exit, Result};
use crate::files::{self, Input};
use crate::output::Output;
use crate::pictures::{Reading, named_as_picture};
use clap::Args;
use ravine::image::noise_level::{NoiseLevel, Trend, Verdict, estimate};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Find how strong the noise of pictures is, also by brightness, and whether it looks white
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ravine estimate noisy.png
  ravine estimate photos/ --json

All levels are standard deviations in 8-bit grey levels. Noise is white if it is as strong in the finest detail as in coarser detail;
noise that was blurred, interpolated or compressed is not.")]
pub(crate) struct Options {
    /// Pictures, folders, globs, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<String>,
    /// One JSON object a picture
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    threads: Threads,
}

/// The object of one picture, in 8-bit grey levels.
#[derive(Serialize)]
struct Line {
    input: String,
    width: usize,
    height: usize,
    channels: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sigma: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_error: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sigma_by_channel: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coarse_sigma: Option<f64>,
    verdict: Verdict,
    trend: Trend,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by_brightness: Vec<Class>,
    blocks: usize,
    of_blocks: usize,
    version: &'static str,
}

#[derive(Serialize)]
struct Class {
    brightness: f64,
    sigma: f64,
    blocks: usize,
}

impl Options {
    pub(crate) fn run(self, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
        self.threads.install()?;
        let inputs = files::inputs(&self.inputs, &named_as_picture, None)?;
        each(&inputs, output, interrupt, |input, output| {
            let image = self.reading.read(input, output)?.picture.image;
            let noise = estimate(&image);
            if self.json {
                return output.json(&line(input, image.grid(), &noise));
            }
            sentences(input, &noise).into_iter().try_for_each(|line| output.line(line))
        })
    }
}

fn line(input: &Input, grid: ravine::image::Grid, noise: &NoiseLevel) -> Line {
    let measured = noise.verdict != Verdict::Unmeasurable;
    let class = |c: &ravine::image::noise_level::BrightnessLevel| Class {
        brightness: 255.0 * c.brightness,
        sigma: 255.0 * c.sigma,
        blocks: c.blocks,
    };
    Line {
        input: input.to_string(),
        width: grid.width,
        height: grid.height,
        channels: grid.channels,
        sigma: measured.then_some(255.0 * noise.sigma),
        relative_error: measured.then_some(noise.relative_error),
        sigma_by_channel: noise.channels.iter().map(|s| 255.0 * s).collect(),
        coarse_sigma: noise.coarse_sigma.map(|s| 255.0 * s),
        verdict: noise.verdict,
        trend: noise.trend,
        by_brightness: noise.by_brightness.iter().map(class).collect(),
        blocks: noise.blocks,
        of_blocks: noise.of_blocks,
        version: env!("CARGO_PKG_VERSION"),
    }
}

fn sentences(input: &Input, noise: &NoiseLevel) -> Vec<String> {
    if noise.verdict == Verdict::Unmeasurable {
        return vec![format!("{input}  {}", noise.verdict.sentence())];
    }
    let error = match 100.0 * noise.relative_error {
        _ if noise.sigma == 0.0 => String::new(), // of nothing there are no per cents
        error if error < 9.95 => format!(" (± {error:.1} %)"),
        error => format!(" (± {error:.0} %)"),
    };
    let mut lines = vec![format!("{input}  σ = {:.2} grey levels{error}: {}", 255.0 * noise.sigma, noise.verdict.sentence())];
    if let Some(coarse) = noise.coarse_sigma {
        lines.push(format!("  on means over 2 × 2 pixels, doubled: {:.2} (the same if the noise is white)", 255.0 * coarse));
    }
    if !noise.by_brightness.is_empty() {
        let classes: Vec<String> =
            noise.by_brightness.iter().map(|c| format!("{:.0}: {:.2}", 255.0 * c.brightness, 255.0 * c.sigma)).collect();
        let trend = match noise.trend {
            Trend::Constant => "the same everywhere",
            Trend::Growing => "growing with brightness, like counted photons",
            Trend::Uneven => "uneven",
        };
        lines.push(format!("  by brightness: {}  ({trend})", classes.join("   ")));
    }
    lines.push(format!(
        "  measured on the {} flattest of {} blocks of 8 × 8 pixels, in their finest detail",
        noise.blocks, noise.of_blocks
    ));
    lines
}
