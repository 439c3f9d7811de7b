//! What a training can be asked.

use crate::args::{Schedules, named, setting};
use crate::exit::{Failure, Result};
use clap::Args;
use ravine::net::Loss;
use ravine::net::pairs::{Span, family::Kind};
use ravine::optim::parameter::Setting;
use ravine::recipe::{Trained, Training};
use ravine::{Auto, Recipe};
use std::path::PathBuf;

/// What is asked of a training, without the files.
#[derive(Debug, Args)]
pub(crate) struct Asking {
    /// The network (`ravine list networks`) [default: unet]
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// A knob of the network, such as width=32; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set_network: Vec<(String, Setting)>,
    /// Planes of the pictures: 1 for grey, 3 for colour [default: 1]
    #[arg(long, value_name = "1|3")]
    channels: Option<usize>,
    /// Standard deviation of the Gaussian noise in 8-bit grey levels, or a range of which each picture draws its own
    /// [default: 0..55; 0 beside other --noise]
    #[arg(long, value_name = "N|LOW..HIGH")]
    sigma: Option<Span>,
    /// The kind of noise: gaussian, poisson:PEAK, salt-pepper:FRACTION, jpeg:QUALITY, camera; the numbers may be ranges such as
    /// jpeg:10..95 [default: gaussian]
    #[arg(long, value_name = "KIND")]
    noise: Option<Kind>,
    /// Start from the weights of this model, of `ravine list models` or in a file, with its network, instead of random ones
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["network", "set_network", "channels"])]
    start: Option<String>,
    /// Beside photographs, this share of the pictures is drawn scenes, 0 to 1 [default: 0]
    #[arg(long, value_name = "SHARE", requires = "photos")]
    scenes: Option<f64>,
    /// What is minimised: l2, l1, charbonnier or charbonnier:EPSILON [default: l1]
    #[arg(long, value_name = "NAME")]
    loss: Option<Loss>,
    /// The update rule (`ravine list rules`) [default: adam]
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// A knob of the rule, such as eta=0.001; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(String, Setting)>,
    #[command(flatten)]
    schedules: Schedules,
    /// Answer with an average of the weights: one that forgets (B = 0.999, say), or the mean of all after the first N
    #[arg(long, value_name = "ema:B|swa:N")]
    average: Option<String>,
    /// How many pictures a step sees; `all` those of --pairs [default: 16]
    #[arg(long, value_name = "N|all", value_parser = batch)]
    batch: Option<Batch>,
    /// Rows and columns of such a picture [default: 64]
    #[arg(long, value_name = "N")]
    crop_size: Option<usize>,
    /// Learn from the same N pictures again and again, instead of new ones at every step
    #[arg(long, value_name = "N")]
    pairs: Option<u64>,
    /// How many steps [default: as many as the time limit allows; 10000 without one]
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// End within this time; the learning rate falls so that it is low by then
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<f64>,
    /// End once the validation reaches this PSNR in dB
    #[arg(long, value_name = "X")]
    until_psnr: Option<f64>,
    /// Validate and save after every N steps [default: 100]
    #[arg(long, value_name = "N")]
    every: Option<u64>,
    /// Judge by so many held-out pictures [default: 64]
    #[arg(long, value_name = "N")]
    held_out: Option<usize>,
    /// Light noise first: the range of sigma grows during N steps
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "1000")]
    curriculum: Option<u64>,
    /// End after N validations without a better one
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "10")]
    early_stopping: Option<u64>,
    /// Add Gaussian noise of this standard deviation to every coordinate of the gradient
    #[arg(long, value_name = "S")]
    gradient_noise: Option<f64>,
    /// The seed of the first weights, the pictures and all noise [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Take everything that is not given here from this recipe, or from that of a model
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
}

/// How many pairs a step sees.
#[derive(Debug, Clone, Copy)]
enum Batch {
    All,
    Of(usize),
}

fn batch(text: &str) -> std::result::Result<Batch, String> {
    match text {
        "all" => Ok(Batch::All),
        _ => text.parse().map(Batch::Of).map_err(|_| "a number of pictures, or all, is wanted".into()),
    }
}

impl Asking {
    /// The recipe's, and what the command line says over it.
    pub(crate) fn asked(&self) -> Result<Training> {
        let mut asked = match &self.recipe {
            None => Training::default(),
            Some(file) => match crate::recipes::read(file)? {
                Recipe::Train(asked) => asked,
                other => return Err(crate::recipes::of_another_command(file, &other)),
            },
        };
        named(&mut asked.network, &self.network, &self.set_network);
        named(&mut asked.rule, &self.rule, &self.set);
        let mut eta = asked.schedule.given().cloned();
        self.schedules.write(&mut eta, &mut asked.schedules);
        asked.schedule = eta.map_or(Auto::Auto, Auto::Given);
        asked.channels = self.channels.unwrap_or(asked.channels);
        asked.scenes = self.scenes.unwrap_or(asked.scenes);
        if let Some(start) = &self.start {
            asked.start = Some(Trained::find(start)?);
        }
        asked.sigma = self.sigma.map_or(asked.sigma, Auto::Given);
        asked.noise = self.noise.unwrap_or(asked.noise);
        asked.loss = self.loss.unwrap_or(asked.loss);
        asked.average = self.average.clone().or(asked.average);
        asked.crop_size = self.crop_size.unwrap_or(asked.crop_size);
        asked.pairs = self.pairs.or(asked.pairs);
        asked.steps = self.steps.map_or(asked.steps, Auto::Given);
        asked.time_limit = self.time_limit.or(asked.time_limit);
        asked.until_psnr = self.until_psnr.or(asked.until_psnr);
        asked.every = self.every.unwrap_or(asked.every);
        asked.held_out = self.held_out.unwrap_or(asked.held_out);
        asked.curriculum = self.curriculum.or(asked.curriculum);
        asked.early_stopping = self.early_stopping.or(asked.early_stopping);
        asked.gradient_noise = self.gradient_noise.or(asked.gradient_noise);
        asked.seed = self.seed.unwrap_or(asked.seed);
        asked.batch = match (self.batch, asked.pairs) {
            (None, _) => asked.batch,
            (Some(Batch::Of(batch)), _) => batch,
            (Some(Batch::All), Some(pairs)) => pairs as usize,
            (Some(Batch::All), None) => {
                return Err(Failure::usage("--batch all is all of a finite number of pictures: say how many with --pairs"));
            }
        };
        Ok(asked)
    }
}
