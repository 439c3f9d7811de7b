//! What a descent can stand on.

use crate::auto::Auto;
use crate::error::{Error, Result};
use crate::recipe::Descending;
use crate::restore::{self, SettledEnergy};
use ravine_image::io::{self, ReadOptions};
use ravine_optim::objective::quadratic::{Coefficients, Quadratic};
use ravine_optim::{Float, Objective, SmoothProblem, Surface, surface, vector};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A surface, or the energy of a picture.
pub enum Ground {
    /// A function of a few coordinates.
    Surface(Surface),
    /// R(u) + λ/2‖u − f‖², u the pixels.
    Energy(SettledEnergy),
}

impl Ground {
    /// What `asked.surface` names. Reads the file that it names, if it names one. The interrupt ends the search for the λ of a picture.
    pub fn of(asked: &Descending, interrupt: Option<Arc<AtomicBool>>) -> Result<Ground> {
        let name = &asked.surface.name;
        let energy = name.starts_with("energy:");
        if !energy && (asked.method.given().is_some() || asked.lambda.given().is_some()) {
            return Err(Error::Unsuited(format!(
                "{name} has neither a method nor a λ: --method and --lambda are for energy:IMAGE"
            )));
        }
        let batch = asked.batch.as_deref().map(str::parse).transpose()?;
        let whole = |what: &str| match batch.is_some() {
            true => Err(Error::Unsuited(format!("{what} is no sum over samples: a batch has nothing to choose from"))),
            false => Ok(()),
        };
        if let Some(file) = name.strip_prefix("quadratic:") {
            whole("a quadratic")?;
            if let Some(knob) = asked.surface.set.keys().next() {
                return Err(Error::Unsuited(format!("a quadratic from a file has no knobs: {knob} is none, the file says all")));
            }
            return Ok(Ground::Surface(quadratic(Path::new(file))?.surface()));
        }
        if let Some(file) = name.strip_prefix("energy:") {
            whole("the energy of a picture")?;
            let (picture, _) = io::read_file(Path::new(file), &ReadOptions::default()).map_err(|e| Error::from(e).of(file))?;
            return Ok(Ground::Energy(restore::energy_of(&picture, &asked.method, &asked.surface.set, asked.lambda, interrupt)?));
        }
        Ok(Ground::Surface(surface::build(name, &asked.surface.settings(), batch, asked.seed)?))
    }

    /// Where it starts unless told otherwise: a pleasant place, or the picture.
    pub fn start(&self) -> Vec<f64> {
        match self {
            Ground::Surface(s) => s.start(),
            Ground::Energy(e) => vector::widen(e.f.pixels()),
        }
    }

    /// The known minima.
    pub(super) fn optima(&self) -> Vec<Vec<f64>> {
        match self {
            Ground::Surface(s) => s.optima().into_iter().map(|o| o.x).collect(),
            Ground::Energy(_) => Vec::new(),
        }
    }

    /// An η at which plain gradient descent goes down: 1/L on an energy.
    pub(super) fn eta(&self) -> Result<f64> {
        match self {
            Ground::Surface(s) => Ok(s.eta()),
            Ground::Energy(e) => e.step(),
        }
    }

    /// Writes down what was found in opening it.
    pub(super) fn settle(&self, settled: &mut Descending) {
        if let Ground::Energy(e) = self {
            settled.method = Auto::Given(e.method.clone());
            settled.lambda = Auto::Given(e.lambda);
            settled.surface.set = e.knobs.clone();
        }
    }

    /// What is descended.
    pub(crate) fn objective<F: Float>(self) -> Result<Box<dyn Objective<F>>> {
        Ok(match self {
            Ground::Surface(s) => Box::new(s),
            Ground::Energy(e) => {
                let f: Vec<F> = e.f.pixels().iter().map(|v| F::from_f64(f64::from(*v))).collect();
                Box::new(SmoothProblem::new(Arc::new(e.energy.problem(e.f.grid(), f, e.lambda)?))?)
            }
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
