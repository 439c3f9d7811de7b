//! The command line as plain data. Each command's own options stand in its file; here is what several share.

use crate::command::Command;
use crate::exit::{Failure, Result};
use clap::{Args, Parser};
use ravine::Named;
use ravine::optim::parameter::Setting;
use std::collections::BTreeMap;

/// Restore noisy pictures by minimising an energy, and know how far the answer can still be from the best one.
#[derive(Debug, Parser)]
#[command(
    name = "ravine",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    allow_negative_numbers = true
)]
#[command(after_help = "Example:  ravine restore noisy.png -o clean.png")]
pub(crate) struct Arguments {
    /// Say nothing on standard error but failures
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// `name=value`, as typed after `--set`.
pub(crate) fn setting(text: &str) -> std::result::Result<(String, Setting), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.into(), value.into())),
        _ => Err("name=value is wanted, such as eta=0.01".into()),
    }
}

/// Writes what the command line says over a name and its knobs. Another name leaves the knobs of the old one behind.
pub(crate) fn named(target: &mut Named, name: &Option<String>, set: &[(String, Setting)]) {
    if let Some(name) = name
        && *name != target.name
    {
        *target = Named::new(name);
    }
    target.set.extend(set.iter().cloned());
}

/// Where a descent runs, and what its gradients are made of.
#[derive(Debug, Args)]
pub(crate) struct Course {
    /// A knob of the surface; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) set_surface: Vec<(String, Setting)>,
    /// The first point, such as --start=-1.5,2
    #[arg(long, value_name = "X,Y,…", value_delimiter = ',', allow_hyphen_values = true)]
    start: Option<Vec<f64>>,
    /// Of a finite sum, how many samples make one gradient; values are those of all samples
    #[arg(long, value_name = "N|all")]
    batch: Option<String>,
    /// Add Gaussian noise of this standard deviation to every coordinate of the gradient
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    gradient_noise: Option<f64>,
}

impl Course {
    /// Writes what was given over what a recipe says.
    pub(crate) fn write(&self, start: &mut Option<Vec<f64>>, batch: &mut Option<String>, gradient_noise: &mut Option<f64>) {
        *start = self.start.clone().or(start.take());
        *batch = self.batch.clone().or(batch.take());
        *gradient_noise = self.gradient_noise.or(*gradient_noise);
    }

    /// The first of these options that was given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let given = [
            ("--set-surface", !self.set_surface.is_empty()),
            ("--start", self.start.is_some()),
            ("--batch", self.batch.is_some()),
            ("--gradient-noise", self.gradient_noise.is_some()),
        ];
        given.into_iter().find_map(|(name, given)| given.then_some(name))
    }
}

/// Schedules of a rule's knobs, as typed.
#[derive(Debug, Args)]
pub(crate) struct Schedules {
    /// How eta changes over the steps (`ravine list schedules`), warm-up*cosine for a product; gamma:cosine for gamma or another knob,
    /// also gradient-noise; may be repeated [default: constant; one-cycle over all steps where a network is trained]
    #[arg(long, value_name = "NAME")]
    schedule: Vec<String>,
    /// A knob of eta's schedule, warm-up.steps=50 of a factor of it; gamma:steps=50 of that of gamma
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set_schedule: Vec<(String, Setting)>,
}

impl Schedules {
    /// Writes them over the schedule of `eta` and those of the `others`.
    pub(crate) fn write(&self, eta: &mut Option<Named>, others: &mut BTreeMap<String, Named>) {
        let mut write = |text: &str, change: &dyn Fn(&mut Named, &str)| {
            let (knob, rest) = text.split_once(':').unwrap_or(("eta", text));
            let constant = || Named::new("constant");
            let schedule = match knob {
                "eta" => eta.get_or_insert_with(constant),
                _ => others.entry(knob.into()).or_insert_with(constant),
            };
            change(schedule, rest);
        };
        for text in &self.schedule {
            write(text, &|schedule, name| named(schedule, &Some(name.into()), &[]));
        }
        for (text, value) in &self.set_schedule {
            write(text, &|schedule, knob| named(schedule, &None, &[(knob.into(), value.clone())]));
        }
    }
}

/// How many threads work.
#[derive(Debug, Args)]
pub(crate) struct Threads {
    /// Work on so many threads; the result is the same for any number [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

impl Threads {
    /// From now on.
    pub(crate) fn install(&self) -> Result<()> {
        let Some(threads) = self.threads else { return Ok(()) };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global();
        pool.map_err(|e| Failure::usage(format!("{threads} threads cannot be started: {e}")))
    }
}
