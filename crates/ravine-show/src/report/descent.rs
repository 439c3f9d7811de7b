//! The page of `ravine descend --plot FILE.html`.

use super::{Block, Report, Table};
use crate::plot::descent::{DescentPlot, Run};
use crate::plot::number::short;

/// Rows of a table of steps: as many as one still reads.
const ROWS: usize = 25;

/// The figure, then each run as a table, so that nothing is only in a picture. `summary` says how the runs ended.
pub fn report(plot: &DescentPlot, summary: &str, command: &str, made_by: &str) -> Report {
    let mut blocks = vec![Block::Figure(plot.figure()), Block::Heading("The same as numbers".into())];
    blocks.extend(plot.runs.iter().map(|run| Block::Table(table(run))));
    Report { title: plot.title.clone(), summary: summary.into(), blocks, command: command.into(), made_by: made_by.into() }
}

/// The first, the last and evenly spaced steps between.
fn table(run: &Run) -> Table {
    let last = run.values.len().saturating_sub(1);
    let every = last.div_ceil(ROWS - 1).max(1);
    let steps = (0..last).step_by(every).chain([last]);
    let cell = |value: Option<f64>| value.map_or_else(|| "–".into(), short);
    let row = |k: usize| {
        let point = run.points.get(k);
        let (x, y) = (cell(point.map(|p| p.0)), cell(point.map(|p| p.1)));
        vec![k.to_string(), cell(run.values.get(k).copied()), cell(run.learning_rates.get(k).copied()), x, y]
    };
    Table {
        caption: if every == 1 { format!("{}, every step", run.label) } else { format!("{}, every {every} steps", run.label) },
        header: ["step", "value", "η", "coordinate 1", "coordinate 2"].map(String::from).to_vec(),
        rows: steps.map(row).collect(),
    }
}
