//! `ravine compare REFERENCE IMAGE…`.

use crate::batch::each;
use crate::exit::{Exit, Failure, Result};
use crate::files::{self, Input};
use crate::output::Output;
use crate::pictures::{Reading, named_as_picture};
use clap::Args;
use ravine::image::Image;
use ravine::image::metric::{self, Comparison};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Say how far pictures are from a reference: PSNR, SSIM, errors
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ravine compare clean.png restored.png
  ravine compare clean.png 'results/*.png' --border 8 --json

The peak is 1, that is white: 255 in an 8-bit file. Errors in the table are in 8-bit grey levels.
Equal pictures have no PSNR. SSIM is that of Wang et al. 2004, with a Gaussian window of 1.5 pixels,
and needs pictures of at least 11 × 11.")]
pub(crate) struct Options {
    /// The picture that is right
    #[arg(value_name = "REFERENCE")]
    reference: String,
    /// Pictures, folders or globs to hold against it
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Leave out this many pixels on each side
    #[arg(long, value_name = "N", default_value_t = 0)]
    border: usize,
    /// Clip the images to 0..1 and round them to 8 bits first
    #[arg(long = "round-8bit")]
    round_8_bit: bool,
    /// One JSON object an image
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Serialize)]
struct Line<'a> {
    reference: &'a str,
    image: String,
    #[serde(flatten)]
    comparison: Comparison,
}

impl Options {
    pub(crate) fn run(self, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
        let [reference] = &files::inputs(std::slice::from_ref(&self.reference), &named_as_picture, None)?[..] else {
            return Err(Failure::usage(format!("{} is several pictures: the reference is one", self.reference)));
        };
        let images = files::inputs(&self.images, &named_as_picture, None)?;
        if images.iter().chain([reference]).filter(|i| **i == Input::Stdin).count() > 1 {
            return Err(Failure::usage("standard input can be read once"));
        }
        let right = self.image(reference, output).map_err(|f| f.of(reference))?;
        if !self.json {
            output.line(format_args!("{:>8} {:>8} {:>8} {:>8}  image", "PSNR dB", "SSIM", "RMSE", "largest"))?;
        }
        each(&images, output, interrupt, |input, output| {
            let mut image = self.image(input, output)?;
            if self.round_8_bit {
                image = metric::round_to_8_bit(image);
            }
            let comparison = metric::compare(&right, &image)?;
            if self.json {
                return output.json(&Line { reference: &self.reference, image: input.to_string(), comparison });
            }
            output.line(row(input, &comparison))
        })
    }

    fn image(&self, input: &Input, output: &mut Output) -> Result<Image> {
        Ok(metric::without_border(&self.reading.read(input, output)?.picture.image, self.border)?)
    }
}

/// A row for people: errors in grey levels.
fn row(input: &Input, c: &Comparison) -> String {
    let psnr = c.psnr.map_or_else(|| "equal".into(), |p| format!("{p:.2}"));
    let ssim = c.ssim.map_or_else(|| "–".into(), |s| format!("{s:.4}"));
    format!("{psnr:>8} {ssim:>8} {:>8.2} {:>8.1}  {input}", 255.0 * c.rmse, 255.0 * c.max_error)
}
