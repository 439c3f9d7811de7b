//! `--plot FILE`: the descent as a figure, or as a page with a figure and its numbers.

use crate::exit::{Failure, Result};
use crate::typed;
use ravine::descend::{Descended, Ground, Row};
use ravine::image::io::write_whole;
use ravine::recipe::Descending;
use ravine_show::plot::ContourMap;
use ravine_show::plot::descent::{DescentPlot, Run, map};
use ravine_show::report;
use std::path::{Path, PathBuf};

/// What the extension of the file asks for.
enum Form {
    Svg,
    Png,
    Html,
}

/// A plot that grows with the descent.
pub(super) struct Plot {
    file: PathBuf,
    form: Form,
    map: Option<ContourMap>,
    least: Option<f64>,
    run: Run,
}

impl Plot {
    /// Refuses, before anything is computed, a file whose extension says nothing.
    pub(super) fn new(file: &Path, ground: &mut Ground, asked: &Descending) -> Result<Self> {
        let form = match file.extension().and_then(|e| e.to_str()).map(str::to_lowercase).as_deref() {
            Some("svg") => Form::Svg,
            Some("png") => Form::Png,
            Some("html") => Form::Html,
            _ => {
                return Err(Failure::usage(format!(
                    "--plot {}: a file that ends in .svg, .png or .html is wanted",
                    file.display()
                )));
            }
        };
        let start = asked.start.clone().unwrap_or_else(|| ground.start());
        let (map, least) = match ground {
            Ground::Surface(surface) => (map(surface, &start), surface.optima().first().map(|o| o.value)),
            Ground::Energy(_) => (None, None),
        };
        Ok(Plot { file: file.into(), form, map, least, run: Run::default() })
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
        let bytes = match self.form {
            Form::Svg => plot.figure().svg().into_bytes(),
            Form::Png => {
                plot.figure().png().map_err(|e| Failure::writing(&self.file.display().to_string(), std::io::Error::other(e)))?
            }
            Form::Html => report::descent::report(&plot, summary, &typed::command_line(), typed::PROGRAM).html().into_bytes(),
        };
        crate::files::make_folder_of(&self.file)?;
        write_whole(&self.file, &bytes).map_err(|e| ravine::Error::from(e).into())
    }
}
