//! `--plot FILE`: the descent as a figure, or as a page with a figure and its numbers.

use crate::drawing::Drawing;
use crate::exit::Result;
use crate::typed;
use ravine::descend::{Descended, Ground, Row};
use ravine::recipe::Descending;
use ravine_show::plot::ContourMap;
use ravine_show::plot::descent::{DescentPlot, Run, map};
use ravine_show::report;
use std::path::Path;

/// A plot that grows with the descent.
pub(super) struct Plot {
    drawing: Drawing,
    map: Option<ContourMap>,
    least: Option<f64>,
    run: Run,
}

impl Plot {
    /// Refuses, before anything is computed, a file whose extension says nothing.
    pub(super) fn new(file: &Path, ground: &mut Ground, asked: &Descending) -> Result<Self> {
        let drawing = Drawing::at(file)?;
        let start = asked.start.clone().unwrap_or_else(|| ground.start());
        let (map, least) = match ground {
            Ground::Surface(surface) => (map(surface, &start), surface.optima().first().map(|o| o.value)),
            Ground::Energy(_) => (None, None),
        };
        Ok(Plot { drawing, map, least, run: Run::default() })
    }

    pub(super) fn record(&mut self, row: &Row) {
        self.run.record(row);
    }

    /// Writes the file; `summary` says how the descent ended.
    pub(super) fn write(mut self, done: &Descended, summary: &str) -> Result<()> {
        let (rule, surface) = (&done.settled.rule, &done.settled.surface.name);
        self.run.label = rule.set.get("eta").map_or(rule.name.clone(), |eta| format!("{}, η = {}", rule.name, super::short(eta)));
        let plot =
            DescentPlot { title: format!("{} on {surface}", rule.name), map: self.map, runs: vec![self.run], least: self.least };
        let page = || report::descent::report(&plot, summary, &typed::command_line(), typed::PROGRAM);
        self.drawing.write(&plot.figure(), page)
    }
}
