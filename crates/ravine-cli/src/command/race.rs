//! `ravine race SURFACE`: update rules side by side, each with the learning rate that the same search found for it.

mod report;

use crate::args::{Course, Threads, named, setting};
use crate::drawing::Drawing;
use crate::exit::{Exit, Failure, Result};
use crate::output::Output;
use crate::typed;
use clap::Args;
use ravine::optim::parameter::Setting;
use ravine::optim::rule::RULES;
use ravine::race::race;
use ravine::recipe::Racing;
use ravine::{Auto, Named, Recipe, Settled};
use ravine_show::plot::race::figure;
use ravine_show::report::race as page;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Race update rules down a surface, each with its own learning rate, found with the same budget for all
#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:
  ravine race ravine --rules gradient-descent,momentum,nesterov --steps 200
  ravine race rosenbrock --steps 500 --tune 40 --plot race.html
  ravine race ravine --set-surface kappa=1000 --rules momentum,nesterov --set momentum.gamma=0.97
  ravine race logistic --batch 8 --seeds 9 --steps 1000 --json

Every rule gets as many trials of as many steps over the same range of eta: half of them on a
geometric grid, half closing in on the best. A trial counts as it was at its worst over the last
tenth of its steps. The race is then run on other seeds than the search."
)]
pub(crate) struct Options {
    /// A surface (`ravine list surfaces`)
    #[arg(required_unless_present = "recipe")]
    surface: Option<String>,
    #[command(flatten)]
    course: Course,
    /// The rules (`ravine list rules`) [default: all]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    rules: Vec<String>,
    /// A knob of a rule, such as momentum.gamma=0.95; may be repeated
    #[arg(long, value_name = "RULE.KNOB=VALUE", value_parser = setting)]
    set: Vec<(String, Setting)>,
    /// How many steps, in each trial and in the race [default: 200]
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// How many values of eta are tried for each rule [default: 32]
    #[arg(long, value_name = "TRIALS")]
    tune: Option<usize>,
    /// The range of eta [default: 1e-6..100]
    #[arg(long, value_name = "LOW..HIGH", value_parser = range)]
    eta: Option<(f64, f64)>,
    /// The goal: this share of J(start) - J* [default: 1e-6; 0.01 where gradients are noisy]
    #[arg(long, value_name = "X|auto", allow_negative_numbers = true)]
    tolerance: Option<Auto<f64>>,
    /// The first seed of samples and noise [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How many seeds race; as many others tune [default: 9 where anything is random, else 1]
    #[arg(long, value_name = "N|auto")]
    seeds: Option<Auto<u64>>,
    /// Take everything that is not given here from this recipe
    #[arg(long, value_name = "FILE.toml")]
    recipe: Option<PathBuf>,
    /// Print the recipe of this race, with nothing left on auto, instead of running it
    #[arg(long)]
    print_recipe: bool,
    /// Draw the value over eta and over the steps, a curve a rule; by extension a figure, or a page with the numbers
    #[arg(long, value_name = "FILE.svg|png|html")]
    plot: Option<PathBuf>,
    /// One JSON object a rule
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    threads: Threads,
}

/// `1e-4..10`
fn range(text: &str) -> std::result::Result<(f64, f64), String> {
    let ends = text.split_once("..").and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
    ends.ok_or_else(|| "LOW..HIGH is wanted, such as 1e-4..10".into())
}

impl Options {
    /// What is asked: the recipe's, and what the command line says over it.
    fn asked(&self) -> Result<Racing> {
        let mut asked = match &self.recipe {
            None => Racing::default(),
            Some(file) => match crate::recipes::read(file)? {
                Recipe::Race(asked) => asked,
                other => return Err(crate::recipes::of_another_command(file, &other)),
            },
        };
        named(&mut asked.surface, &self.surface, &self.course.set_surface);
        if !self.rules.is_empty() {
            let known = |name: &String| asked.rules.iter().find(|rule| rule.name == *name).cloned();
            asked.rules = self.rules.iter().map(|name| known(name).unwrap_or_else(|| Named::new(name))).collect();
        } else if asked.rules.is_empty() {
            asked.rules = RULES.iter().map(|row| Named::new(row.name)).collect();
        }
        for (name, value) in &self.set {
            set(&mut asked.rules, name, value)?;
        }
        asked.steps = self.steps.unwrap_or(asked.steps);
        asked.search.trials = self.tune.unwrap_or(asked.search.trials);
        (asked.search.low, asked.search.high) = self.eta.unwrap_or((asked.search.low, asked.search.high));
        asked.tolerance = self.tolerance.unwrap_or(asked.tolerance);
        self.course.write(&mut asked.start, &mut asked.batch, &mut asked.gradient_noise);
        asked.seed = self.seed.unwrap_or(asked.seed);
        asked.seeds = self.seeds.unwrap_or(asked.seeds);
        Ok(asked)
    }

    pub(crate) fn run(self, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
        self.threads.install()?;
        let asked = self.asked()?;
        let settled = ravine::race::settle(&asked)?;
        if self.print_recipe {
            output.line(Settled::Race(settled).to_toml().trim_end())?;
            return Ok(Exit::Done);
        }
        let drawing = self.plot.as_deref().map(Drawing::at).transpose()?;
        let mut shown = Ok(());
        let mut first = true;
        let raced = race(&settled, Some(interrupt.clone()), &mut |runner| {
            if self.json || shown.is_err() {
                return;
            }
            let head = if std::mem::take(&mut first) { report::head(&settled) } else { Vec::new() };
            let mut lines = head.into_iter().chain([report::line(runner)]);
            shown = lines.try_for_each(|line| output.line(line)).and_then(|()| output.flush());
            if shown.is_err() {
                interrupt.store(true, Ordering::Relaxed); // nobody reads on: no rule more is wanted
            }
        });
        shown?;
        let raced = raced?;
        if raced.runners.iter().all(|runner| runner.excess.value.is_infinite()) {
            return Err(Failure::new(Exit::Numerical, report::divergence(&raced)));
        }
        let summary = report::summary(&raced);
        match self.json {
            true => report::entries(&raced).iter().try_for_each(|entry| output.json(entry))?,
            false => summary.iter().try_for_each(|line| output.line(line))?,
        }
        if let Some(drawing) = drawing {
            let sentences = summary.iter().map(|line| format!("{line}.")).collect::<Vec<_>>().join(" ");
            drawing.write(&figure(&raced), || page::report(&raced, &sentences, &typed::command_line(), typed::PROGRAM))?;
        }
        Ok(Exit::Done)
    }
}

/// Sets RULE.KNOB of a rule that races.
fn set(rules: &mut [Named], name: &str, value: &Setting) -> Result<()> {
    let Some((rule, knob)) = name.split_once('.') else {
        return Err(Failure::usage(format!("--set {name}: RULE.KNOB=VALUE is wanted, such as momentum.gamma=0.95")));
    };
    let names = rules.iter().map(|r| r.name.clone()).collect::<Vec<_>>().join(", ");
    match rules.iter_mut().find(|r| r.name == rule) {
        Some(racer) => {
            racer.set.insert(knob.into(), value.clone());
            Ok(())
        }
        None => Err(Failure::usage(format!("--set {name}: {rule} does not race; these do: {names}"))),
    }
}
