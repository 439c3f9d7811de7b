//! `ravine descend SURFACE`: an update rule, watched at every step.

mod plot;

use crate::args::{Course, Schedules, named, setting};
use crate::bound;
use crate::exit::{Exit, Failure, Result};
use crate::output::Output;
use crate::page;
use clap::Args;
use plot::Plot;
use ravine::descend::{Descended, Ground, Row, descend};
use ravine::optim::StopReason;
use ravine::optim::parameter::Setting;
use ravine::recipe::{Descending, Precision};
use ravine::{Auto, Recipe, Settled};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Run an update rule down a surface, a quadratic from a file, or the energy of a picture
#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:
  ravine descend rosenbrock --rule adam --set eta=0.05 --steps 500
  ravine descend ravine --set-surface kappa=1000 --rule momentum
  ravine descend himmelblau --rule nesterov --plot way.html
  ravine descend logistic --batch 1 --schedule inverse-time --average swa --json
  ravine descend rosenbrock --rule momentum --schedule gamma:warm-up --schedule 'warm-up*cosine' --set-schedule warm-up.steps=10
  ravine descend energy:photo.png --lambda 10 --rule nesterov"
)]
pub(crate) struct Options {
    /// A surface (`ravine list surfaces`), quadratic:FILE.json, or energy:IMAGE
    #[arg(required_unless_present = "recipe")]
    surface: Option<String>,
    #[command(flatten)]
    course: Course,
    /// The update rule (`ravine list rules`) [default: gradient-descent]
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// A knob of the rule, such as eta=0.01 or bias_correction=false; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(String, Setting)>,
    #[command(flatten)]
    schedules: Schedules,
    /// Answer with an average of the points: one that forgets (B = 0.99, say), or the mean of all after the first N
    #[arg(long, value_name = "ema:B|swa:N")]
    average: Option<String>,
    /// How many steps [default: 100]
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// The numbers that are computed with [default: f64]
    #[arg(long, value_name = "f32|f64", value_parser = precision)]
    precision: Option<Precision>,
    /// The seed of noise and samples [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Of energy:IMAGE, the method whose energy it is: tikhonov or huber-tv [default: tikhonov]
    #[arg(long, value_name = "NAME")]
    method: Option<Auto<String>>,
    /// Of energy:IMAGE, the weight of the data term
    #[arg(long, value_name = "X|auto", allow_negative_numbers = true)]
    lambda: Option<Auto<f64>>,
    /// Take everything that is not given here from this recipe
    #[arg(long, value_name = "FILE.toml")]
    recipe: Option<PathBuf>,
    /// Print the recipe of this run, with nothing left on auto, instead of running it
    #[arg(long)]
    print_recipe: bool,
    /// Draw it: the way on the level lines, value, learning rate and slots; by extension a figure, or a page with the numbers
    #[arg(long, value_name = "FILE.svg|png|html")]
    plot: Option<PathBuf>,
    /// One JSON object a step
    #[arg(long)]
    json: bool,
}

fn precision(text: &str) -> std::result::Result<Precision, String> {
    match text {
        "f32" => Ok(Precision::F32),
        "f64" => Ok(Precision::F64),
        _ => Err("f32 or f64 is wanted".into()),
    }
}

impl Options {
    /// What is asked: the recipe's, and what the command line says over it.
    fn asked(&self) -> Result<Descending> {
        let mut asked = match &self.recipe {
            None => Descending::default(),
            Some(file) => match crate::recipes::read(file)? {
                Recipe::Descend(asked) => asked,
                other => return Err(crate::recipes::of_another_command(file, &other)),
            },
        };
        named(&mut asked.surface, &self.surface, &self.course.set_surface);
        named(&mut asked.rule, &self.rule, &self.set);
        self.schedules.write(&mut asked.schedule, &mut asked.schedules);
        asked.average = self.average.clone().or(asked.average);
        asked.steps = self.steps.unwrap_or(asked.steps);
        self.course.write(&mut asked.start, &mut asked.batch, &mut asked.gradient_noise);
        asked.precision = self.precision.unwrap_or(asked.precision);
        asked.seed = self.seed.unwrap_or(asked.seed);
        asked.method = self.method.clone().unwrap_or(asked.method);
        asked.lambda = self.lambda.unwrap_or(asked.lambda);
        Ok(asked)
    }

    pub(crate) fn run(self, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
        let asked = self.asked()?;
        let mut ground = Ground::of(&asked, Some(interrupt.clone()))?;
        if self.print_recipe {
            let settled = ravine::descend::settle(&asked, &ground)?;
            output.line(Settled::Descend(settled).to_toml().trim_end())?;
            return Ok(Exit::Done);
        }
        let json = self.json;
        let mut plot = self.plot.as_deref().map(|file| Plot::new(file, &mut ground, &asked)).transpose()?;
        let mut shown = Ok(());
        let mut lowest = Lowest::default();
        let done = descend(&asked, ground, Some(interrupt.clone()), &mut |row| {
            lowest.see(row.value);
            if let Some(plot) = &mut plot {
                plot.record(&row);
            }
            if shown.is_ok() {
                shown = match json {
                    true => output.json(&row),
                    false if row.step == 0 => output.line(HEAD).and_then(|()| output.line(line(&row))),
                    false if worth_a_line(row.step, asked.steps) => output.line(line(&row)),
                    false => Ok(()),
                };
                if shown.is_err() {
                    interrupt.store(true, Ordering::Relaxed); // nobody reads on: no step more is wanted
                }
            }
        })?;
        shown?;
        if let Some(plot) = plot {
            plot.write(&done, &page::paragraph(summary(&done).iter().map(String::as_str)))?;
        }
        if !json {
            summary(&done).into_iter().try_for_each(|line| output.line(line))?;
        }
        match done.stop {
            StopReason::Diverged => Err(Failure::new(Exit::Numerical, divergence(&done, &lowest))),
            StopReason::Cancelled => Err(Failure::new(Exit::Interrupted, "interrupted")),
            _ => Ok(Exit::Done),
        }
    }
}

const HEAD: &str = "   step           value  |gradient|         eta  point";

/// The first steps, then fewer and fewer, and the last.
fn worth_a_line(step: u64, last: u64) -> bool {
    let decade = 10u64.pow(step.max(1).ilog10());
    step == 0 || step == last || (step.is_multiple_of(decade) && matches!(step / decade, 1 | 2 | 5))
}

fn line(row: &Row) -> String {
    let point = row.theta.as_deref().map_or(String::new(), point);
    format!("{:7}  {:14.6e}  {:10.3e}  {:10.3e}  {point}", row.step, row.value, row.gradient_norm, row.learning_rate)
}

fn point(theta: &[f64]) -> String {
    let shown: Vec<String> = theta.iter().take(4).map(|v| format!("{v:.6}")).collect();
    format!("({}{})", shown.join(", "), if theta.len() > 4 { ", …" } else { "" })
}

fn summary(done: &Descended) -> Vec<String> {
    let what = format!("{} on {}", done.settled.rule.name, done.settled.surface.name);
    let eta = done.settled.rule.set.get("eta").map_or(String::new(), |eta| format!(", eta = {}", short(eta)));
    let mut lines = vec![format!("{what}{eta}: best value {:.6e} after {} steps", done.measure.value, done.measure.iteration)];
    if let Some(optimum) = &done.nearest_optimum {
        let distance = done.best.iter().zip(optimum).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        lines.push(format!("{} is {distance:.3e} from the minimum {}", point(&done.best), point(optimum)));
    }
    if let Some(c) = done.measure.certificate.as_ref().filter(|c| c.gap.is_finite()) {
        lines.push(format!("the energy is {}", bound::above_least(c)));
    }
    lines
}

/// The values of a descent that ran away: did they rise, or fall?
#[derive(Default)]
struct Lowest {
    last: f64,
    minus_infinity: bool,
}

impl Lowest {
    fn see(&mut self, value: f64) {
        self.minus_infinity |= value == f64::NEG_INFINITY;
        if value.is_finite() {
            self.last = value;
        }
    }

    /// Whether the value was at its least, and far below zero, when the numbers ended.
    fn falls(&self, best: f64) -> bool {
        self.minus_infinity || (self.last < 0.0 && self.last <= best)
    }
}

fn divergence(done: &Descended, lowest: &Lowest) -> String {
    if lowest.falls(done.measure.value) {
        let name = &done.settled.surface.name;
        return format!(
            "the value falls without end: {name} has no minimum on this way; after {} steps the numbers ended, at the value {:e}",
            done.steps, lowest.last
        );
    }
    let mut text = format!(
        "{} diverged within {} steps: the value grows without end; the best point was that of step {}, with the value {:e}",
        done.settled.rule.name, done.steps, done.measure.iteration, done.measure.value
    );
    if let Some(stable) = done.stable_eta {
        text += &format!("; plain gradient descent is stable here for eta < {stable}");
    } else {
        text += "; try a smaller eta";
    }
    text
}

/// As it was typed, or five digits of what was found.
fn short(setting: &Setting) -> String {
    match setting {
        Setting::Number(x) if x.to_string().len() > 8 => format!("{x:.4e}"),
        other => other.to_string(),
    }
}
