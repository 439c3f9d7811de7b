//! Every measure of every run, one JSON object a line.

use crate::exit::{Failure, Result};
use crate::files::{Input, make_folder_of};
use ravine::optim::Measure;
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The file.
pub(crate) struct Trace {
    path: PathBuf,
    file: BufWriter<File>,
}

#[derive(Serialize)]
struct Line {
    input: String,
    iteration: u64,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gradient_norm: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dual: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_gap: Option<f64>,
}

impl Trace {
    pub(crate) fn new(path: &Path) -> Result<Self> {
        make_folder_of(path)?;
        let file = File::create(path).map_err(|e| Failure::writing(&path.display().to_string(), e))?;
        Ok(Trace { path: path.into(), file: BufWriter::new(file) })
    }

    pub(crate) fn write(&mut self, input: &Input, measure: &Measure) -> Result<()> {
        let c = measure.certificate.filter(|c| c.gap.is_finite());
        let line = Line {
            input: input.to_string(),
            iteration: measure.iteration,
            seconds: measure.seconds,
            value: Some(measure.value).filter(|v| v.is_finite()),
            gradient_norm: measure.gradient_norm.filter(|norm| norm.is_finite()),
            dual: c.map(|c| c.dual),
            gap: c.map(|c| c.gap),
            relative_gap: c.map(|c| c.relative_gap()),
        };
        let written = serde_json::to_writer(&mut self.file, &line).map_err(Into::into);
        let written = written.and_then(|()| writeln!(self.file)).and_then(|()| self.file.flush());
        written.map_err(|e: std::io::Error| Failure::writing(&self.path.display().to_string(), e))
    }
}
