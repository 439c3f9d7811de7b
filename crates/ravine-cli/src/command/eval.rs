//! `ravine eval FILES|DIR`: how good methods are where the clean picture is known.

use crate::args::Threads;
use crate::batch::each;
use crate::command::restore::{iterations, stop};
use crate::exit::{Exit, Failure, Result};
use crate::files::{self, Input};
use crate::output::Output;
use crate::pictures::{Reading, named_as_picture};
use clap::Args;
use ravine::Auto;
use ravine::evaluate::{Evaluated, evaluate};
use ravine::image::{Degradation, Image};
use ravine::recipe::{Restoration, Trained};
use ravine::restore::{Ended, NETWORK, SigmaSource, Watch};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Add noise to clean pictures, restore them, and compare: how good a method is
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ravine eval photos/ --sigma 25 --method tikhonov,tv,huber-tv
  ravine eval photos/ --sigma 25 --method tv --known-sigma --json
  ravine eval photos/ --sigma 25 --method tv,network --model mine.safetensors
  ravine eval photos/ --noisy observations/ --method auto

Noise is added in float, and neither clipped nor rounded; results are clipped and rounded to 8 bits before they are compared.")]
pub(crate) struct Options {
    /// Clean pictures, folders or globs
    #[arg(value_name = "FILES|DIR", required = true)]
    inputs: Vec<String>,
    /// The standard deviation of the noise to add, in 8-bit grey levels
    #[arg(long, value_name = "N", required_unless_present = "noisy", allow_negative_numbers = true)]
    sigma: Option<f64>,
    /// Take the observations from this folder instead: NAME.npy for each NAME.*
    #[arg(long, value_name = "DIR", conflicts_with = "sigma")]
    noisy: Option<PathBuf>,
    /// The methods, separated by commas (`ravine list methods`)
    #[arg(long, value_name = "a,b,c", value_delimiter = ',', default_value = "auto")]
    method: Vec<Auto<String>>,
    /// The model of the method network: one inside the program (`ravine list models`), a file that `ravine train` wrote, or a DnCNN
    /// with the names of PyTorch (safetensors) [default: the one inside the program that suits the picture]
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<String>,
    /// Tell the methods σ, instead of letting them find it
    #[arg(long, requires = "sigma")]
    known_sigma: bool,
    /// The weight of the data term, for all methods
    #[arg(long, value_name = "auto|X", default_value = "auto", allow_negative_numbers = true)]
    lambda: Auto<f64>,
    /// Minimise by this solver (`ravine list solvers`)
    #[arg(long, value_name = "auto|NAME", default_value = "auto")]
    solver: Auto<String>,
    /// The seed of the noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// One JSON object a picture and method, then one a method with the means
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    threads: Threads,
}

/// The object of one picture and method.
#[derive(Serialize)]
struct Line {
    input: String,
    asked: String,
    method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sigma: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sigma_source: Option<SigmaSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lambda: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iterations: Option<u64>,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<Ended>,
    #[serde(skip_serializing_if = "Option::is_none")]
    psnr: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssim: Option<f64>,
    rmse: f64,
    max_error: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    noisy_psnr: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_psnr: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance_bound: Option<f64>,
    seed: u64,
}

/// A method, what it is asked to do, and how it did.
struct Entrant {
    name: String,
    asked: Restoration,
    sums: Sums,
}

/// The means of one method. A picture that is equal to its reference has no PSNR, and is not in its mean.
#[derive(Default)]
struct Sums {
    pictures: usize,
    seconds: f64,
    psnr: Mean,
    ssim: Mean,
    noisy_psnr: Mean,
}

#[derive(Default)]
struct Mean(f64, usize);

impl Mean {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.0 += value;
            self.1 += 1;
        }
    }
    fn get(&self) -> Option<f64> {
        (self.1 > 0).then(|| self.0 / self.1 as f64)
    }
}

#[derive(Serialize)]
struct Means<'a> {
    asked: &'a str,
    pictures: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    psnr: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssim: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    noisy_psnr: Option<f64>,
    seconds: f64,
}

#[derive(Serialize)]
struct MeanLine<'a> {
    mean: Means<'a>,
}

impl Options {
    pub(crate) fn run(self, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
        self.threads.install()?;
        let model = self.model.as_deref().map(Trained::find).transpose()?;
        let mut entrants: Vec<Entrant> = self.method.iter().map(|method| self.entrant(method, model.as_ref())).collect();
        for entrant in &entrants {
            entrant.asked.check()?;
        }
        if model.is_some() && entrants.iter().all(|entrant| entrant.asked.model.is_none()) {
            return Err(Failure::usage("none of the methods takes a model: --model is for --method network"));
        }
        let inputs = files::inputs(&self.inputs, &named_as_picture, None)?;
        if !self.json {
            output.line(HEAD)?;
        }
        let exit = each(&inputs, output, interrupt, |input, output| {
            let clean = self.reading.read(input, output)?.picture.image;
            let observed = self.observe(input, &clean, output)?;
            for entrant in &mut entrants {
                self.one(input, &clean, &observed, entrant, interrupt, output)?;
            }
            Ok(())
        })?;
        for Entrant { name, sums, .. } in entrants.iter().filter(|entrant| entrant.sums.pictures > 0) {
            let n = sums.pictures as f64;
            let (psnr, ssim, noisy_psnr) = (sums.psnr.get(), sums.ssim.get(), sums.noisy_psnr.get());
            let mean = Means { asked: name, pictures: sums.pictures, psnr, ssim, noisy_psnr, seconds: sums.seconds / n };
            match self.json {
                true => output.json(&MeanLine { mean })?,
                false => output.line(row("mean", name, [noisy_psnr, psnr, ssim], mean.seconds))?,
            }
        }
        Ok(exit)
    }

    /// A method, with the model where it takes one.
    fn entrant(&self, method: &Auto<String>, model: Option<&Trained>) -> Entrant {
        let asked = Restoration {
            method: method.clone(),
            model: model.filter(|_| method.given().is_none_or(|name| name == NETWORK)).cloned(),
            sigma: match self.sigma {
                Some(sigma) if self.known_sigma => Auto::Given(sigma),
                _ => Auto::Auto,
            },
            lambda: self.lambda,
            solver: self.solver.clone(),
            ..Restoration::default()
        };
        Entrant { name: method.to_string(), asked, sums: Sums::default() }
    }

    /// The picture as it is given to the methods.
    fn observe(&self, input: &Input, clean: &Image, output: &mut Output) -> Result<Image> {
        let Some(folder) = &self.noisy else {
            return Ok(Degradation::gaussian(self.sigma.unwrap_or(0.0)).apply(clean, self.seed)?.image);
        };
        let stem = input.path().and_then(|p| p.file_stem()).unwrap_or_default();
        let path = folder.join(stem).with_added_extension("npy");
        let stored = Input::File { path: path.clone(), kept: path };
        let observed = self.reading.read(&stored, output).map_err(|f| f.of(&stored))?.picture.image;
        if observed.grid() != clean.grid() {
            return Err(Failure::new(Exit::Unreadable, format!("{stored} is of another size than the clean picture")));
        }
        Ok(observed)
    }

    fn one(
        &self,
        input: &Input,
        clean: &Image,
        observed: &Image,
        Entrant { name, asked, sums }: &mut Entrant,
        interrupt: &Arc<AtomicBool>,
        output: &mut Output,
    ) -> Result<()> {
        let noisy_psnr = ravine::image::metric::psnr(clean, &ravine::image::metric::round_to_8_bit(observed.clone()))?;
        let watch = &mut Watch { interrupt: Some(interrupt.clone()), observe: &mut |_| () };
        let begin = std::time::Instant::now();
        let Evaluated { restored, comparison } = evaluate(clean, observed.clone(), asked, watch)?;
        let seconds = begin.elapsed().as_secs_f64();
        sums.pictures += 1;
        sums.seconds += seconds;
        sums.psnr.add(comparison.psnr);
        sums.ssim.add(comparison.ssim);
        sums.noisy_psnr.add(noisy_psnr);
        if !self.json {
            output.line(row(
                &input.to_string(),
                &restored.settled.method,
                [noisy_psnr, comparison.psnr, comparison.ssim],
                seconds,
            ))?;
            return output.flush();
        }
        output.json(&Line {
            input: input.to_string(),
            asked: name.clone(),
            sigma: restored.settled.sigma,
            sigma_source: restored.sigma_source,
            lambda: restored.settled.lambda,
            model: restored.settled.model.as_ref().map(|model| model.name().into()),
            iterations: iterations(&restored),
            seconds,
            stop: stop(&restored),
            psnr: comparison.psnr,
            ssim: comparison.ssim,
            rmse: comparison.rmse,
            max_error: comparison.max_error,
            noisy_psnr,
            estimated_psnr: restored.estimated_psnr,
            distance_bound: restored.distance_bound().filter(|bound| bound.is_finite()),
            seed: self.seed,
            method: restored.settled.method,
        })
    }
}

const HEAD: &str = "noisy dB    psnr dB   ssim    seconds  method          picture";

fn row(picture: &str, method: &str, [noisy, psnr, ssim]: [Option<f64>; 3], seconds: f64) -> String {
    let number = |x: Option<f64>, digits| x.map_or_else(|| "–".into(), |x| format!("{x:.digits$}"));
    format!("{:>8}  {:>9}  {:>6}  {seconds:>8.2}  {method:<14}  {picture}", number(noisy, 2), number(psnr, 2), number(ssim, 4))
}
