//! What a descent can stand on.

use crate::error::{Error, Result};
use crate::recipe::Descending;
use ravine_optim::objective::finite_sum::Batch;
use ravine_optim::objective::quadratic::{Coefficients, Quadratic};
use ravine_optim::{Float, Objective, Surface, surface};
use std::path::Path;

/// A surface, or the energy of a picture.
pub enum Ground {
    /// A function of a few coordinates.
    Surface(Surface),
}

impl Ground {
    /// What `asked.surface` names. Reads the file that it names, if it names one.
    pub fn of(asked: &Descending) -> Result<Ground> {
        let name = &asked.surface.name;
        let batch = asked.batch.as_deref().map(str::parse).transpose()?;
        let whole = |what: &str| match batch.is_some_and(|b: Batch| b != Batch::All) {
            true => Err(Error::Unsuited(format!("{what} is no sum over samples: a batch has nothing to choose from"))),
            false => Ok(()),
        };
        if let Some(file) = name.strip_prefix("quadratic:") {
            whole("a quadratic")?;
            return Ok(Ground::Surface(quadratic(Path::new(file))?.surface()));
        }
        Ok(Ground::Surface(surface::build(name, &asked.surface.settings(), batch, asked.seed)?))
    }

    /// Where it starts unless told otherwise: a pleasant place, or the picture.
    pub fn start(&self) -> Vec<f64> {
        match self {
            Ground::Surface(s) => s.start(),
        }
    }

    /// The known minima.
    pub(super) fn optima(&self) -> Vec<Vec<f64>> {
        match self {
            Ground::Surface(s) => s.optima().into_iter().map(|o| o.x).collect(),
        }
    }

    /// An η at which plain gradient descent goes down: 1/L on an energy.
    pub(super) fn eta(&self) -> Result<f64> {
        match self {
            Ground::Surface(s) => Ok(s.eta()),
        }
    }

    pub(super) fn objective<F: Float>(self) -> Result<Box<dyn Objective<F>>> {
        Ok(match self {
            Ground::Surface(s) => Box::new(s),
        })
    }
}

fn quadratic(file: &Path) -> Result<Quadratic> {
    let unreadable = |why: String| Error::Unreadable(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|e| unreadable(why_not_read(&e)))?;
    let coefficients: Coefficients = serde_json::from_str(&text).map_err(|e| {
        unreadable(format!("{e}; {{\"matrix\": [[4, 0], [0, 16]], \"vector\": [4, 16]}} is what such a file looks like"))
    })?;
    Quadratic::new(coefficients).map_err(|e| unreadable(e.to_string()))
}

/// In words, without the code that std appends.
fn why_not_read(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::IsADirectory => "it is a folder".into(),
        _ => error.to_string(),
    }
}
