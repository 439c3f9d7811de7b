//! A race of update rules: the same budget for each to find its η, then the same steps from the same start.
//!
//! Every rule is tuned by [`Search`](ravine_optim::Search): as many trials, of as many steps each. A trial is worth the median, over the
//! tuning seeds, of the excess e = J(θ) − J* at its worst over the last tenth of the steps, so that no rule is tuned to swing through the
//! minimum with its last step. The race is run on *other* seeds, because the η that was the best of many trials looks better on the seeds
//! of the trials than it is, and e after its last step is what is told: of the racing seeds the median, with its interval.

use crate::auto::Auto;
use crate::descend::gradient_noise;
use crate::error::{Error, Result};
use crate::recipe::{Named, Racing};
use ravine_optim::descent::RUNAWAY;
use ravine_optim::parameter::{Range, Setting};
use ravine_optim::statistics::{Interval, bootstrap, median};
use ravine_optim::tune::value_after;
use ravine_optim::{Descent, Objective, Pace, Stop, StopReason, Surface, Tuned, rule, run, surface};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The level of every interval here.
pub const LEVEL: f64 = 0.95;

/// Seeds that race where anything depends on the seed: enough for an interval of a median.
const SEEDS: u64 = 9;

/// The goal, as a share of J(start) − J*.
const TOLERANCE: f64 = 1e-6;

/// The goal where gradients are noisy: with a constant η a rule stalls at a distance, and does not get much closer.
const NOISY_TOLERANCE: f64 = 1e-2;

/// Points of the curve J over steps, at most.
const POINTS: u64 = 1000;

/// What is left of an excess is rounding below this share of the first: it is not compared any more.
const ROUNDING: f64 = 1e-16;

/// One rule on one racing seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Lap {
    /// The seed.
    pub seed: u64,
    /// e after the last step; +∞ if it diverged.
    pub excess: f64,
    /// Steps to the first point that was seen within the tolerance; none if there is none.
    pub steps: Option<u64>,
}

/// One rule's race.
#[derive(Debug, Clone, PartialEq)]
pub struct Runner {
    /// The rule, with its η.
    pub rule: Named,
    /// How η was found: the value of a trial is the median of e at its worst over the last tenth of the steps.
    pub tuned: Tuned,
    /// Over how many decades of η the excess stays within 2 × the best, or twice the tolerance: from below, by at most a step of the grid
    /// on each side. None where J* is unknown.
    pub width: Option<f64>,
    /// Its races.
    pub laps: Vec<Lap>,
    /// e after the last step, the median over the seeds with its interval.
    pub excess: Interval,
    /// Steps to the tolerance, likewise; +∞ where it was not reached. None where J* is unknown.
    pub steps: Option<Interval>,
    /// (step, median of e) along the way.
    pub curve: Vec<(u64, f64)>,
    /// e over the best rule's, seed by seed: the median with its interval. Where the interval holds 1, they are not told apart. None for the
    /// best itself, with one seed, and where J* is unknown.
    pub against_best: Option<Interval>,
}

/// A race.
#[derive(Debug, Clone, PartialEq)]
pub struct Raced {
    /// What was done.
    pub settled: Racing,
    /// The share of J(start) − J* that was the goal.
    pub tolerance: f64,
    /// How many seeds raced.
    pub seeds: u64,
    /// J at the start, of the first seed.
    pub start: f64,
    /// J*, of the first seed; where it is unknown, e is J itself.
    pub least: Option<f64>,
    /// What a step costs: how many gradients, of one sample where J is a sum over samples.
    pub gradients_per_step: u64,
    /// In the order in which they were asked for.
    pub runners: Vec<Runner>,
}

impl Raced {
    /// What tuning cost each rule, in gradients.
    pub fn gradients_to_tune(&self) -> u64 {
        self.settled.search.trials as u64 * self.settled.steps * self.gradients_per_step * self.seeds
    }

    /// The rule that ended lowest: the first of those whose median is least.
    pub fn best(&self) -> usize {
        best(&self.runners)
    }
}

fn best(runners: &[Runner]) -> usize {
    let lower = |a: usize, b: usize| if runners[b].excess.value < runners[a].excess.value { b } else { a };
    (0..runners.len()).reduce(lower).unwrap_or(0)
}

/// The surface of one seed.
struct Track<'a> {
    asked: &'a Racing,
    seed: u64,
    start: Vec<f64>,
    first: f64,
    least: Option<f64>,
}

impl<'a> Track<'a> {
    fn new(asked: &'a Racing, seed: u64) -> Result<Self> {
        let mut surface = surface_of(asked, seed)?;
        let start = match &asked.start {
            Some(start) => surface.check_start(start)?.to_vec(),
            None => surface.start(),
        };
        let least = surface.optima().first().map(|o| o.value);
        Ok(Track { asked, seed, first: surface.value(&start), least, start })
    }

    /// `rule` at its start, with an η of its own or this one.
    fn descent(&self, rule: &Named, eta: Option<f64>) -> Result<Descent<f64>> {
        let mut settings = rule.settings();
        settings.extend(eta.map(|eta| ("eta".to_string(), Setting::Number(eta))));
        let update = rule::build::<f64>(&rule.name, &settings)?;
        let descent = Descent::new(Box::new(surface_of(self.asked, self.seed)?), self.start.clone(), update)?;
        Ok(match gradient_noise(self.asked.gradient_noise, &BTreeMap::new(), self.seed)? {
            Some(noise) => descent.edited(Box::new(noise)),
            None => descent,
        })
    }

    /// J − J*, which rounding can bring below 0 but is not; J where J* is unknown.
    fn excess(&self, value: f64) -> f64 {
        self.least.map_or(value, |least| (value - least).max(0.0))
    }

    /// An excess as far as it means anything.
    fn meant(&self, excess: f64) -> f64 {
        excess.max(ROUNDING * self.excess(self.first))
    }

    /// The excess after each `pace` steps, from step 0 on; what diverged stays infinite to the end.
    fn lap(&self, rule: &Named, stop: &Stop, goal: Option<f64>) -> Result<(Lap, Vec<f64>)> {
        let mut seen = Vec::new();
        let mut reached = None;
        let mut descent = self.descent(rule, None)?;
        let outcome = run(&mut descent, stop, &mut |m, _| {
            let runs_away = m.value > RUNAWAY * (1.0 + self.first.abs());
            let excess = if runs_away { f64::INFINITY } else { self.excess(m.value) };
            if reached.is_none() && goal.is_some_and(|goal| excess <= goal) {
                reached = Some(m.iteration);
            }
            seen.push(excess);
            ControlFlow::Continue(())
        });
        let points = stop.max_iterations.div_ceil(pace(stop.max_iterations)) as usize + 1;
        if outcome.stop == StopReason::Diverged {
            seen.pop();
            seen.resize(points, f64::INFINITY);
        }
        let excess = seen.last().copied().unwrap_or(f64::INFINITY);
        Ok((Lap { seed: self.seed, excess, steps: reached }, seen))
    }
}

fn surface_of(asked: &Racing, seed: u64) -> Result<Surface> {
    let batch = asked.batch.as_deref().map(str::parse).transpose()?;
    Ok(surface::build(&asked.surface.name, &asked.surface.settings(), batch, seed)?)
}

/// Steps from one measure to the next.
fn pace(steps: u64) -> u64 {
    steps.div_ceil(POINTS).max(1)
}

/// `asked` with rules, start, seeds and tolerance. Refuses what [`race`] would refuse.
pub fn settle(asked: &Racing) -> Result<Racing> {
    asked.search.checked()?;
    if asked.steps == 0 {
        return Err(Error::Value { name: "steps", value: "0".into(), wanted: "a whole number of at least 1" });
    }
    let mut settled = asked.clone();
    if settled.rules.is_empty() {
        settled.rules = rule::RULES.iter().map(|r| Named::new(r.name)).collect();
    }
    if let Some(i) = settled.rules.iter().position(|r| r.set.contains_key("eta")) {
        let name = &settled.rules[i].name;
        return Err(Error::Unsuited(format!("a race finds eta itself, so {name} cannot have one: narrow the search instead")));
    }
    let track = Track::new(asked, asked.seed)?;
    for rule in &settled.rules {
        track.descent(rule, None)?;
    }
    let drawn = surface::SURFACES.iter().any(|row| row.name == asked.surface.name && row.drawn);
    let noisy = asked.gradient_noise.is_some() || asked.batch.as_deref().is_some_and(|b| b != "all");
    let seeds = asked.seeds.given().copied().unwrap_or(if drawn || noisy { SEEDS } else { 1 });
    if seeds == 0 {
        return Err(Error::Value { name: "seeds", value: "0".into(), wanted: "a whole number of at least 1" });
    }
    let tolerance = asked.tolerance.given().copied().unwrap_or(if noisy { NOISY_TOLERANCE } else { TOLERANCE });
    settled.tolerance = Auto::Given(Range::POSITIVE.check("tolerance", tolerance)?);
    settled.seeds = Auto::Given(seeds);
    settled.start = Some(track.start).filter(|start| start.len() <= crate::descend::SHOWN);
    Ok(settled)
}

/// Races as `asked`, showing every rule as it is done.
///
/// ```
/// use ravine::{Named, race::race, recipe::Racing};
/// let rules = ["gradient-descent", "nesterov"].map(Named::new).to_vec();
/// let raced = race(&Racing { surface: Named::new("ravine"), rules, ..Racing::default() }, None, &mut |_| ())?;
/// let [descent, nesterov] = &raced.runners[..] else { panic!() };
/// assert!((descent.tuned.best.eta / (2.0 / 101.0) - 1.0).abs() < 0.05); // theory: 2/(L + μ)
/// assert!(nesterov.excess.value < descent.excess.value && raced.best() == 1);
/// # Ok::<(), ravine::Error>(())
/// ```
///
/// # Errors
/// What [`settle`] refuses, and [`Error::Interrupted`].
pub fn race(asked: &Racing, interrupt: Option<Arc<AtomicBool>>, show: &mut dyn FnMut(&Runner)) -> Result<Raced> {
    let settled = settle(asked)?;
    let seeds = settled.seeds.given().copied().unwrap_or(1);
    let tolerance = settled.tolerance.given().copied().unwrap_or(TOLERANCE);
    let tracks = |first: u64| -> Result<Vec<Track<'_>>> {
        (0..seeds).into_par_iter().map(|i| Track::new(&settled, first.wrapping_add(i))).collect()
    };
    let racing = tracks(settled.seed)?;
    let course = match seeds {
        1 => Course { racing: &racing, tuning: &racing, tolerance, interrupt: &interrupt },
        _ => Course { racing: &racing, tuning: &tracks(settled.seed.wrapping_add(seeds))?, tolerance, interrupt: &interrupt },
    };
    let mut runners = Vec::new();
    for rule in &settled.rules {
        let runner = course.runner(rule)?;
        show(&runner);
        runners.push(runner);
    }
    course.compare(&mut runners);
    let gradients_per_step = Objective::<f64>::gradients_per_step(&surface_of(&settled, settled.seed)?) as u64;
    let (start, least) = (racing[0].first, racing[0].least);
    Ok(Raced { tolerance, seeds, start, least, gradients_per_step, runners, settled: settled.clone() })
}

/// What all rules have in common.
struct Course<'a> {
    racing: &'a [Track<'a>],
    tuning: &'a [Track<'a>],
    tolerance: f64,
    interrupt: &'a Option<Arc<AtomicBool>>,
}

impl Course<'_> {
    fn go_on(&self) -> Result<()> {
        match self.interrupt {
            Some(flag) if flag.load(Ordering::Relaxed) => Err(Error::Interrupted),
            _ => Ok(()),
        }
    }

    /// The best that is left of J(start) − J* and counts as reached; unknown with J*.
    fn goal(&self, track: &Track<'_>) -> Option<f64> {
        track.least.map(|_| self.tolerance * track.excess(track.first))
    }

    fn runner(&self, rule: &Named) -> Result<Runner> {
        let asked = self.racing[0].asked;
        let stop = |pace: u64| Stop {
            max_iterations: asked.steps,
            pace: Pace::Every(pace),
            interrupt: self.interrupt.clone(),
            ..Stop::default()
        };
        let end = stop(asked.steps);
        let after = |track: &Track<'_>, eta: f64| {
            let value = track.descent(rule, Some(eta)).map_or(f64::INFINITY, |mut d| value_after(&mut d, &end));
            track.excess(value)
        };
        let tuned = asked.search.run(|eta| {
            let excesses: Vec<f64> = self.tuning.par_iter().map(|track| after(track, eta)).collect();
            median(&excesses)
        });
        self.go_on()?;
        let mut rule = rule.clone();
        rule.set.insert("eta".into(), Setting::Number(tuned.best.eta));
        let watched = stop(pace(asked.steps));
        let ran: Result<Vec<(Lap, Vec<f64>)>> =
            self.racing.par_iter().map(|track| track.lap(&rule, &watched, self.goal(track))).collect();
        let (laps, seen): (Vec<Lap>, Vec<Vec<f64>>) = ran?.into_iter().unzip();
        self.go_on()?;
        let reached: Vec<f64> = laps.iter().map(|lap| lap.steps.map_or(f64::INFINITY, |steps| steps as f64)).collect();
        let excesses: Vec<f64> = laps.iter().map(|lap| lap.excess).collect();
        let known = self.racing.iter().chain(self.tuning).all(|track| track.least.is_some());
        let goals: Vec<f64> = self.tuning.iter().filter_map(|track| self.goal(track)).collect();
        let at = |i: usize| {
            let there: Vec<f64> = seen.iter().zip(self.racing).map(|(e, track)| track.meant(e[i])).collect();
            ((i as u64 * pace(asked.steps)).min(asked.steps), median(&there))
        };
        Ok(Runner {
            width: known.then(|| tuned.width(2.0, 0.0, median(&goals))),
            excess: interval(&excesses, asked.seed),
            steps: known.then(|| interval(&reached, asked.seed)),
            curve: (0..seen[0].len()).map(at).collect(),
            against_best: None,
            rule,
            tuned,
            laps,
        })
    }

    /// Sets each rule beside the best, seed by seed.
    fn compare(&self, runners: &mut [Runner]) {
        if self.racing.len() < 2 || self.racing.iter().any(|track| track.least.is_none()) {
            return;
        }
        let best_at = best(runners);
        let ended = |runner: &Runner| -> Vec<f64> {
            runner.laps.iter().zip(self.racing).map(|(lap, track)| track.meant(lap.excess)).collect()
        };
        let least = ended(&runners[best_at]);
        for (_, runner) in runners.iter_mut().enumerate().filter(|(i, _)| *i != best_at) {
            let ratios: Vec<f64> =
                ended(runner).iter().zip(&least).map(|(e, best)| if e == best { 1.0 } else { e / best }).collect();
            runner.against_best = Some(interval(&ratios, self.racing[0].asked.seed));
        }
    }
}

/// The median with its interval; of one sample, the sample.
fn interval(samples: &[f64], seed: u64) -> Interval {
    match samples {
        [one] => Interval { low: *one, value: *one, high: *one },
        _ => bootstrap(samples, median, LEVEL, seed),
    }
}
