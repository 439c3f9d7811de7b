//! `ravine degrade INPUT... -o OUT`.

use crate::args::Threads;
use crate::batch::each;
use crate::exit::{Exit, Failure, Result};
use crate::files::{self, Destination, Input};
use crate::output::Output;
use crate::pictures::{Reading, Writing, named_as_picture};
use crate::recipes;
use clap::Args;
use ravine::image::degrade::Noise;
use ravine::image::io::Format;
use ravine::image::picture::{Companion, Depth, Picture};
use ravine::image::{Image, metric};
use ravine::recipe::{Degrading, Recipe, Settled};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What `{method}` of a template becomes.
const METHOD: &str = "degraded";

/// Add noise to pictures or lose pixels of them, to try a restoration
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ravine degrade photo.png -o noisy.png --sigma 25
  ravine degrade photo.png -o photons.npy --noise poisson:30
  ravine degrade photo.png -o struck.png --noise salt-pepper:0.05
  ravine degrade photo.png -o blocks.png --noise jpeg:10
  ravine degrade photo.png -o snapshot.png --noise camera --seed 4
  ravine degrade photo.png -o holes.png --missing 0.5 --mask known.png
  ravine degrade photos/ -o noisy/ --sigma 15 --seed 7

One seed gives one noise field: every picture of a size gets the same one, whatever else is
degraded beside it. It also gives one camera: its light, filter, interpolation and JPEG.")]
pub(crate) struct Options {
    /// Pictures, folders (their tree is kept), globs, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<String>,
    /// A file, a folder, a template such as noisy/{stem}.{ext}, or - for standard output
    #[arg(short, long, value_name = "OUT", required_unless_present = "print_recipe")]
    output: Option<String>,
    /// The standard deviation of Gaussian noise in 8-bit grey levels
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    sigma: Option<f64>,
    /// The kind of noise; with the others, sigma adds Gaussian noise as well, before a JPEG or a camera [default: gaussian]
    #[arg(long, value_name = "gaussian|poisson:PEAK|salt-pepper:FRACTION|jpeg:Q|camera")]
    noise: Option<Noise>,
    /// Lose this fraction of the pixels: they become black
    #[arg(long, value_name = "0..1", allow_negative_numbers = true)]
    missing: Option<f64>,
    /// Write here which pixels are known (white) and which are missing (black)
    #[arg(long, value_name = "FILE")]
    mask: Option<PathBuf>,
    /// Clip values to 0..1 [default: for integer formats]
    #[arg(long, overrides_with = "no_clip")]
    clip: bool,
    /// Keep values outside 0..1, which needs a float format
    #[arg(long, overrides_with = "clip")]
    no_clip: bool,
    /// The seed of noise and losses [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Take everything that is not given here from this recipe: TOML, JSON, or a picture that was degraded
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
    /// Print the recipe of this run instead of running it
    #[arg(long, conflicts_with = "json")]
    print_recipe: bool,
    /// One JSON object a picture
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    threads: Threads,
}

/// What is told of one picture. `psnr` is of the degraded picture, as it will be stored but for rounding, against the clean one.
#[derive(Serialize)]
struct Done<'a> {
    input: String,
    output: String,
    width: usize,
    height: usize,
    channels: usize,
    sigma: f64,
    noise: Noise,
    missing: f64,
    clip: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    psnr: Option<f64>,
    seed: u64,
    version: &'static str,
}

impl Options {
    /// What is asked: the recipe's, and what the command line says over it.
    fn asked(&self) -> Result<Degrading> {
        let mut asked = match &self.recipe {
            None => Degrading::default(),
            Some(file) => match recipes::read(file)? {
                Recipe::Degrade(asked) => asked,
                other => return Err(recipes::of_another_command(file, &other)),
            },
        };
        asked.sigma = self.sigma.unwrap_or(asked.sigma);
        asked.noise = self.noise.unwrap_or(asked.noise);
        asked.missing = self.missing.unwrap_or(asked.missing);
        asked.seed = self.seed.unwrap_or(asked.seed);
        if self.clip || self.no_clip {
            asked.clip = Some(self.clip);
        }
        asked.degradation().check()?;
        if asked.sigma == 0.0 && asked.noise == Noise::Gaussian && asked.missing == 0.0 {
            return Err(Failure::usage("nothing would be done: give --sigma, --noise or --missing"));
        }
        if self.mask.is_some() && asked.missing == 0.0 {
            return Err(Failure::usage("--mask has nothing to tell: no pixel is lost without --missing"));
        }
        Ok(asked)
    }

    pub(crate) fn run(self, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
        self.threads.install()?;
        let asked = self.asked()?;
        let many = self.inputs.len() > 1 || self.inputs.iter().any(|i| !files::is_one(i));
        let place = self.output.as_ref().map(|to| files::Output::new(to, many, self.writing.format)).transpose()?;
        let inputs = files::inputs(&self.inputs, &named_as_picture, place.as_ref().and_then(files::Output::folder))?;
        let Some(place) = place.filter(|_| !self.print_recipe) else {
            return self.print_recipe(&asked, &inputs, output);
        };
        if self.json && place == files::Output::Stdout {
            return Err(Failure::usage("standard output cannot hold both the picture and --json: give -o a file"));
        }
        if self.mask.is_some() && many {
            return Err(Failure::usage("--mask names one file: degrade one picture at a time"));
        }
        place.check(&inputs, &[METHOD], &[("--mask", self.mask.as_deref())])?;
        if place != files::Output::Stdout {
            output.go_on_unread();
        }
        each(&inputs, output, interrupt, |input, output| self.one(input, &asked, &place, output))
    }

    fn print_recipe(&self, asked: &Degrading, inputs: &[Input], output: &mut Output) -> Result<Exit> {
        let [input] = inputs else { return Err(Failure::usage("--print-recipe takes one picture: each has its own")) };
        let source = self.reading.read(input, output).map_err(|f| f.of(input))?;
        let format = match &self.output {
            Some(to) => {
                self.writing.format_for(&files::Output::new(to, false, self.writing.format)?.destination(input, METHOD)?)?
            }
            None => source.format,
        };
        let mut picture = source.picture;
        let settled = Degrading { clip: Some(clip(&mut picture, format, asked.clip)?), ..*asked };
        output.line(Settled::Degrade(settled).to_toml().trim_end())?;
        Ok(Exit::Done)
    }

    fn one(&self, input: &Input, asked: &Degrading, place: &files::Output, output: &mut Output) -> Result<()> {
        let destination = place.destination(input, METHOD)?;
        let format = self.writing.format_for(&destination)?;
        let mut picture = self.reading.read(input, output)?.picture;
        let clean = picture.image.clone();
        let degraded = asked.degradation().apply(&clean, asked.seed)?;
        picture.image = degraded.image;
        let settled = Degrading { clip: Some(clip(&mut picture, format, asked.clip)?), ..*asked };
        if let (Some(path), Some(mask)) = (&self.mask, degraded.mask) {
            self.write_mask(input, path, mask, output)?;
        }
        self.writing.write(&picture, Some(&Settled::Degrade(settled).to_json()), &destination, output)?;
        self.tell(input, &destination, &clean, &picture, &settled, output)
    }

    fn write_mask(&self, input: &Input, path: &Path, mask: Image, output: &mut Output) -> Result<()> {
        let destination = files::Output::File(path.into()).destination(input, METHOD)?;
        self.writing.write(&Picture::new(mask, Depth::U8), None, &destination, output)
    }

    fn tell(
        &self,
        input: &Input,
        to: &Destination,
        clean: &Image,
        now: &Picture,
        done: &Degrading,
        output: &mut Output,
    ) -> Result<()> {
        let grid = now.grid();
        let psnr = metric::psnr(clean, &now.image)?;
        if self.json {
            return output.json(&Done {
                input: input.to_string(),
                output: to.to_string(),
                width: grid.width,
                height: grid.height,
                channels: grid.channels,
                sigma: done.sigma,
                noise: done.noise,
                missing: done.missing,
                clip: done.clip.unwrap_or_default(),
                mask: self.mask.as_deref(),
                psnr,
                seed: done.seed,
                version: env!("CARGO_PKG_VERSION"),
            });
        }
        if *to == Destination::Stdout {
            return Ok(());
        }
        let quality = psnr.map_or_else(|| "unchanged".into(), |p| format!("{p:.2} dB"));
        output.line(format_args!("{input} → {to}  {}, seed {}: {quality}", words(done), done.seed))
    }
}

/// What was done, in words.
fn words(done: &Degrading) -> String {
    let mut words = Vec::new();
    if done.noise != Noise::Gaussian {
        words.push(done.noise.to_string());
    }
    if done.sigma > 0.0 {
        words.push(format!("σ = {}", done.sigma));
    }
    if done.missing > 0.0 {
        words.push(format!("{} missing", done.missing));
    }
    words.join(", ")
}

/// Clips to 0..1 (to what the file can hold, where white lies below its full scale) where that is asked, or where nothing is and the file will hold integers. Values that shall stay outside need
/// floats: those of the input, or single precision.
fn clip(picture: &mut Picture, format: Format, asked: Option<bool>) -> Result<bool> {
    let depth = picture.companion.depth;
    let integers = format.nearest(depth).is_integer();
    let clip = asked.unwrap_or(integers);
    if clip {
        let most = if integers && depth.is_integer() { depth.full() / picture.companion.white } else { 1.0 };
        picture.image.pixels_mut().iter_mut().for_each(|v| *v = v.clamp(0.0, most as f32));
    } else if integers {
        if !format.depths().contains(&Depth::F32) {
            let title = format.title();
            return Err(Failure::usage(format!("{title} holds nothing outside 0..1: for --no-clip write .npy, .pfm or .tif")));
        }
        picture.companion = Companion { depth: Depth::F32, white: 1.0, ..picture.companion.clone() };
    }
    Ok(clip)
}
