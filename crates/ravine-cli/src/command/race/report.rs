//! What is said of a race: the table, the sentences under it, and the same as JSON.

use ravine::optim::Trial;
use ravine::optim::parameter::Setting;
use ravine::optim::statistics::Interval;
use ravine::race::{Raced, Runner};
use ravine::recipe::Racing;
use serde::Serialize;
use std::collections::BTreeMap;

/// The columns.
pub(super) fn head(settled: &Racing) -> Vec<String> {
    let tolerance = settled.tolerance.given().map_or_else(|| "auto".into(), |t| format!("{t:e}"));
    let seeds = settled.seeds.to_string();
    let seeds = if seeds == "1" { "one seed".into() } else { format!("medians of {seeds} seeds with 95 % intervals") };
    vec![
        format!(
            "{}: {} steps; {} trials of eta a rule; the goal is {tolerance} of J - J* at the start; {seeds}",
            settled.surface.name, settled.steps, settled.search.trials
        ),
        format!("{:20}  {:>9}  {:>5}  {:27}  steps to the goal", "rule", "eta", "width", "J - J* at the end"),
    ]
}

pub(super) fn line(runner: &Runner) -> String {
    let width = runner.width.map_or_else(|| "-".into(), |width| format!("{width:.2}"));
    let end = interval(&runner.excess, |v| format!("{v:.2e}"), "diverged");
    let steps = runner.steps.map_or_else(|| "-".into(), |i| interval(&i, |v| format!("{v:.0}"), "never"));
    format!("{:20}  {:9.3e}  {width:>5}  {end:27}  {steps}", runner.rule.name, runner.tuned.best.eta)
}

/// `3 [2, 5]`; without what is not finite.
fn interval(i: &Interval, number: impl Fn(f64) -> String, infinite: &str) -> String {
    let one = |v: f64| if v.is_finite() { number(v) } else { infinite.into() };
    if i.low == i.high { one(i.value) } else { format!("{} [{}, {}]", one(i.value), one(i.low), one(i.high)) }
}

/// Who ended lowest, who cannot be told apart from it, what it cost, and what to do about an η at the end of the range.
pub(super) fn summary(raced: &Raced) -> Vec<String> {
    let best = &raced.runners[raced.best()];
    let alike = |r: &&Runner| r.against_best.is_some_and(|ratio| ratio.contains(1.0));
    let names = |runners: Vec<&Runner>| runners.iter().map(|r| r.rule.name.as_str()).collect::<Vec<_>>().join(", ");
    let mut lines = vec![format!("{} ends lowest", best.rule.name)];
    let told = names(raced.runners.iter().filter(alike).collect());
    if !told.is_empty() {
        lines.push(format!("Not told apart from it, seed by seed: {told}"));
    }
    if raced.least.is_none() {
        lines.push("J* is not known here, so this is J itself, and there is no goal".into());
    }
    lines.push(format!(
        "A step costs {}; the search cost every rule {}; width is in decades of eta, within 2 x the best or the goal",
        gradients(raced.gradients_per_step),
        gradients(raced.gradients_to_tune())
    ));
    let at_an_end = names(raced.runners.iter().filter(|r| r.tuned.at_an_end()).collect());
    if !at_an_end.is_empty() {
        let search = &raced.settled.search;
        lines.push(format!("At an end of the range {:e}..{:e}, so try a wider --eta: {at_an_end}", search.low, search.high));
    }
    lines
}

fn gradients(n: u64) -> String {
    if n == 1 { "1 gradient".into() } else { format!("{n} gradients") }
}

pub(super) fn divergence(raced: &Raced) -> String {
    let search = &raced.settled.search;
    format!("every rule diverged for every eta in {:e}..{:e}: try --eta with a smaller LOW", search.low, search.high)
}

/// One rule as JSON. Numbers that are not finite are absent.
#[derive(Debug, Serialize)]
pub(super) struct Entry<'a> {
    surface: &'a str,
    rule: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    set: BTreeMap<&'a str, &'a Setting>,
    eta: f64,
    /// J − J* after the last step; J where J* is unknown.
    excess: Ends,
    /// To the tolerance.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps_to_tolerance: Option<Ends>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gradients_to_tolerance: Option<Ends>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width_decades: Option<f64>,
    /// J − J* over the best rule's, seed by seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    against_best: Option<Ends>,
    eta_at_an_end: bool,
    trials: Vec<Tried>,
    steps: u64,
    seed: u64,
    seeds: u64,
    tolerance: f64,
    gradients_per_step: u64,
    gradients_to_tune: u64,
    start: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    least: Option<f64>,
}

/// A median with its interval.
#[derive(Debug, Serialize)]
struct Ends {
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Tried {
    eta: f64,
    /// At its worst over the last tenth of the steps; absent if it diverged.
    #[serde(skip_serializing_if = "Option::is_none")]
    excess: Option<f64>,
}

fn finite(v: f64) -> Option<f64> {
    v.is_finite().then_some(v)
}

impl From<Interval> for Ends {
    fn from(i: Interval) -> Self {
        Ends { low: finite(i.low), value: finite(i.value), high: finite(i.high) }
    }
}

impl From<&Trial> for Tried {
    fn from(trial: &Trial) -> Self {
        Tried { eta: trial.eta, excess: finite(trial.value) }
    }
}

pub(super) fn entries(raced: &Raced) -> Vec<Entry<'_>> {
    raced.runners.iter().map(|runner| Entry::of(raced, runner)).collect()
}

impl<'a> Entry<'a> {
    fn of(raced: &'a Raced, runner: &'a Runner) -> Self {
        Entry {
            surface: &raced.settled.surface.name,
            rule: &runner.rule.name,
            set: runner.rule.set.iter().filter(|(knob, _)| *knob != "eta").map(|(knob, v)| (knob.as_str(), v)).collect(),
            eta: runner.tuned.best.eta,
            excess: runner.excess.into(),
            steps_to_tolerance: runner.steps.map(Ends::from),
            gradients_to_tolerance: runner.steps.map(|i| i.times(raced.gradients_per_step as f64).into()),
            width_decades: runner.width,
            against_best: runner.against_best.map(Ends::from),
            eta_at_an_end: runner.tuned.at_an_end(),
            trials: runner.tuned.trials.iter().map(Tried::from).collect(),
            steps: raced.settled.steps,
            seed: raced.settled.seed,
            seeds: raced.seeds,
            tolerance: raced.tolerance,
            gradients_per_step: raced.gradients_per_step,
            gradients_to_tune: raced.gradients_to_tune(),
            start: raced.start,
            least: raced.least,
        }
    }
}
