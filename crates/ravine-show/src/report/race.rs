//! The page of `ravine race --plot FILE.html`.

use super::{Block, Report, Table};
use crate::plot::number::short;
use crate::plot::race::figure;
use ravine::optim::statistics::Interval;
use ravine::race::{Raced, Runner};

/// The figure, the table of the race, and what each rule did at each η. `summary` says how the race ended.
pub fn report(raced: &Raced, summary: &str, command: &str, made_by: &str) -> Report {
    let mut blocks = vec![Block::Figure(figure(raced)), Block::Heading("The same as numbers".into()), Block::Table(table(raced))];
    blocks.push(Block::Heading("The search of η".into()));
    blocks.push(Block::Text(format!(
        "{} trials of {} steps for every rule, {} gradients each.",
        raced.settled.search.trials,
        raced.settled.steps,
        raced.gradients_to_tune()
    )));
    blocks.extend(raced.runners.iter().map(|runner| Block::Table(trials(raced, runner))));
    let title = format!("Race on {}", raced.settled.surface.name);
    Report { title, summary: summary.into(), blocks, command: command.into(), made_by: made_by.into() }
}

fn table(raced: &Raced) -> Table {
    let value = excess_name(raced);
    let seeds = if raced.seeds == 1 { "one seed".into() } else { format!("{} seeds", raced.seeds) };
    let row = |r: &Runner| {
        let steps = r.steps.map_or_else(|| "–".into(), |i| interval(&i));
        let gradients = r.steps.map_or_else(|| "–".into(), |i| interval(&i.times(raced.gradients_per_step as f64)));
        let width = r.width.map_or_else(|| "–".into(), |w| format!("{w:.2}"));
        let ratio = r.against_best.map_or_else(|| "–".into(), |i| interval(&i));
        vec![r.rule.name.clone(), short(r.tuned.best.eta), interval(&r.excess), steps, gradients, width, ratio]
    };
    Table {
        caption: format!("{} steps, {seeds}, tolerance {}", raced.settled.steps, short(raced.tolerance)),
        header: vec![
            "rule".into(),
            "η".into(),
            format!("{value} at the end"),
            "steps to the tolerance".into(),
            "gradients to it".into(),
            "width, decades of η".into(),
            "times the best".into(),
        ],
        rows: raced.runners.iter().map(row).collect(),
    }
}

fn trials(raced: &Raced, runner: &Runner) -> Table {
    let value = |v: f64| if v.is_finite() { short(v) } else { "diverged".into() };
    Table {
        caption: format!(
            "{}: the largest {} of the last tenth of {} steps",
            runner.rule.name,
            excess_name(raced),
            raced.settled.steps
        ),
        header: vec!["η".into(), excess_name(raced).into()],
        rows: runner.tuned.trials.iter().map(|t| vec![short(t.eta), value(t.value)]).collect(),
    }
}

fn excess_name(raced: &Raced) -> &'static str {
    if raced.least.is_some() { "J − J*" } else { "J" }
}

/// A number; with its interval, where it has one.
fn interval(i: &Interval) -> String {
    let one = |v: f64| if v.is_finite() { short(v) } else { "∞".into() };
    if i.low == i.high { one(i.value) } else { format!("{} [{}, {}]", one(i.value), one(i.low), one(i.high)) }
}
