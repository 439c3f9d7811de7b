//! `ravine demo`: a drawn scene, noise, every method, and what is known of each result.

use crate::args::Threads;
use crate::bound;
use crate::exit::{Exit, Failure, Result};
use crate::files::Destination;
use crate::output::Output;
use crate::page;
use crate::pictures::{Writing, write_bytes};
use crate::typed;
use clap::Args;
use ravine::Auto;
use ravine::evaluate::{Evaluated, evaluate};
use ravine::image::metric::{self, Comparison};
use ravine::image::picture::Depth;
use ravine::image::{Degradation, Image, Picture, scene};
use ravine::recipe::Restoration;
use ravine::restore::{METHODS, Watch, Way};
use ravine_show::plot::restoration::{Point, figure};
use ravine_show::report::{self, Block, Report, Table};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Rows and columns of the scene.
const SIZE: (usize, usize) = (384, 576);

/// Draw a picture, add noise, restore it by every method, and show how good each is
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  ravine demo\n  ravine demo -o here --sigma 50 --json")]
pub(crate) struct Options {
    /// The folder for pictures and page
    #[arg(short, long, value_name = "DIR", default_value = "ravine-demo")]
    output: PathBuf,
    /// The standard deviation of the noise, in 8-bit grey levels
    #[arg(long, value_name = "N", default_value_t = 25.0, allow_negative_numbers = true)]
    sigma: f64,
    /// The seed of the noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// One JSON object a method
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    threads: Threads,
}

/// The object of one method.
#[derive(Serialize)]
struct Line {
    method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    solver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sigma: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lambda: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    psnr: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssim: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_gap: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance_bound: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_psnr: Option<f64>,
    iterations: u64,
    seconds: f64,
}

/// One method's result.
struct Shown {
    line: Line,
    image: Image,
    measures: Vec<Point>,
}

impl Options {
    pub(crate) fn run(self, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
        self.threads.install()?;
        let degradation = Degradation::gaussian(self.sigma);
        degradation.check()?;
        let clean = metric::round_to_8_bit(scene::demo(SIZE.0, SIZE.1));
        let noisy = degradation.apply(&clean, self.seed)?.image;
        self.save("clean", &clean, output)?;
        self.save("noisy", &noisy, output)?;
        let before = metric::compare(&clean, &metric::round_to_8_bit(noisy.clone()))?;
        if !self.json {
            output.line(format_args!(
                "A ravine at dusk, {} × {} pixels, drawn by code; then Gaussian noise of σ = {} grey levels (of 255).\n",
                SIZE.1, SIZE.0, self.sigma
            ))?;
            output.line(HEAD)?;
            output.line(noisy_row(&before))?;
            output.flush()?;
        }
        let mut all = Vec::new();
        for method in METHODS.iter().filter(|m| m.way != Way::Untouched) {
            let shown = self.restore(method.name, &clean, &noisy, interrupt)?;
            self.save(method.name, &shown.image, output)?;
            match self.json {
                true => output.json(&shown.line)?,
                false => output.line(row(&shown.line))?,
            }
            output.flush()?;
            all.push(shown);
            if interrupt.load(Ordering::Relaxed) {
                return Err(Failure::new(Exit::Interrupted, "interrupted"));
            }
        }
        let file = self.output.join("index.html");
        let page = self.page(&clean, &noisy, &before, &all)?.html();
        write_bytes(page.as_bytes(), &Destination::File(file.clone()), output)?;
        if !self.json {
            output.line(format_args!("\n{WORDS}\n"))?;
            output.line(format_args!(
                "The pictures are in {}; open {} to see them side by side.",
                self.output.display(),
                file.display()
            ))?;
        }
        Ok(Exit::Done)
    }

    fn restore(&self, method: &'static str, clean: &Image, noisy: &Image, interrupt: &Arc<AtomicBool>) -> Result<Shown> {
        let asked = Restoration { method: Auto::Given(method.into()), ..Restoration::default() };
        let mut measures = Vec::new();
        let mut observe = |measure: &ravine::optim::Measure| measures.push(page::point(measure, noisy.grid().len()));
        let begin = Instant::now();
        let watch = &mut Watch { interrupt: Some(interrupt.clone()), observe: &mut observe };
        let Evaluated { restored, comparison } = evaluate(clean, noisy.clone(), &asked, watch)?;
        let line = Line {
            method,
            sigma: restored.settled.sigma,
            lambda: restored.settled.lambda,
            model: restored.settled.model.as_ref().map(|model| model.name().into()),
            psnr: comparison.psnr,
            ssim: comparison.ssim,
            relative_gap: restored.certificate.map(|c| c.relative_gap()).filter(|gap| gap.is_finite()),
            distance_bound: restored.distance_bound().filter(|bound| bound.is_finite()),
            estimated_psnr: restored.estimated_psnr,
            iterations: restored.iterations,
            seconds: begin.elapsed().as_secs_f64(),
            solver: restored.settled.solver,
        };
        Ok(Shown { line, image: restored.picture.image, measures })
    }

    fn save(&self, name: &str, image: &Image, output: &mut Output) -> Result<()> {
        let picture = Picture::new(metric::round_to_8_bit(image.clone()), Depth::U8);
        Writing::default().write(&picture, None, &Destination::File(self.output.join(name).with_added_extension("png")), output)
    }

    fn page(&self, clean: &Image, noisy: &Image, before: &Comparison, all: &[Shown]) -> Result<Report> {
        let decibel = |psnr: Option<f64>| psnr.map_or(String::new(), |p| format!(": {p:.2} dB"));
        let mut pictures = vec![
            report::Picture::of(clean, "clean, drawn by code", "a ravine at dusk with sky, rock, water, ropes and a caption")?,
            report::Picture::of(
                noisy,
                &format!("noisy, σ = {}{}", self.sigma, decibel(before.psnr)),
                "the same under heavy grain",
            )?,
        ];
        for shown in all {
            let caption = format!("{}{}", shown.line.method, decibel(shown.line.psnr));
            pictures.push(report::Picture::of(&shown.image, &caption, &format!("the picture restored by {}", shown.line.method))?);
        }
        let cells = |row: String| row.split("  ").map(str::trim).filter(|c| !c.is_empty()).map(String::from).collect::<Vec<_>>();
        let mut blocks = vec![
            Block::Pictures(pictures),
            Block::Heading("Numbers".into()),
            Block::Table(Table {
                caption: "Every method, with σ and λ found from the noisy picture alone".into(),
                header: cells(HEAD.into()),
                rows: std::iter::once(noisy_row(before)).chain(all.iter().map(|s| row(&s.line))).map(cells).collect(),
            }),
            Block::Text(WORDS.replace('\n', " ")),
        ];
        for shown in all.iter().filter(|s| s.measures.len() > 2) {
            blocks.push(Block::Heading(format!("How {} came closer", shown.line.method)));
            blocks.push(Block::Figure(figure(shown.line.method, &shown.measures)));
        }
        Ok(Report {
            title: "Ravine: one noisy picture, every method".into(),
            summary: "A scene drawn by code, noise added, and restored by minimising an energy, and by a network.".into(),
            blocks,
            command: typed::command_line(),
            made_by: typed::PROGRAM.into(),
        })
    }
}

const HEAD: &str = "method            σ found       λ     PSNR dB     SSIM    distance  seconds";

const WORDS: &str = "PSNR and SSIM compare with the clean picture, higher is better: 6 dB more is half the error.
λ, the weight of the noisy picture against smoothness, was chosen from the noisy picture alone.
Distance is the certificate: a proven upper bound, in grey levels, on how far the result is (root mean square)
from the exact best picture of that method's energy. Below 0.5 nobody can see the difference. The network, which
is inside the program, minimises nothing, so it has neither; without --method, `ravine restore` chooses it or tv.";

fn row(line: &Line) -> String {
    let number = |x: Option<f64>, digits| x.map_or_else(|| "–".into(), |x| format!("{x:.digits$}"));
    let distance = line.distance_bound.map_or_else(|| "–".into(), |d| format!("≤ {}", bound::decimals(d, 2)));
    format!(
        "{:<16}  {:>7}  {:>6}  {:>10}  {:>7}  {distance:>10}  {:>7.2}",
        line.method,
        number(line.sigma, 1),
        number(line.lambda, 2),
        number(line.psnr, 2),
        number(line.ssim, 4),
        line.seconds
    )
}

fn noisy_row(before: &Comparison) -> String {
    let number = |x: Option<f64>, digits| x.map_or_else(|| "–".into(), |x| format!("{x:.digits$}"));
    format!(
        "{:<16}  {:>7}  {:>6}  {:>10}  {:>7}  {:>10}  {:>7}",
        "(noisy)",
        "–",
        "–",
        number(before.psnr, 2),
        number(before.ssim, 4),
        "–",
        "–"
    )
}
