//! What can be surveyed: an objective, and the way that led to the point at which it is looked at.

use super::{Directions, MEMORY};
use crate::auto::Auto;
use crate::descend::{self, Ground, gradient_noise, update};
use crate::error::{Error, Result};
use crate::recipe::{Descending, Recipe, Training};
use crate::train::sigma_of;
use ravine_net::model::Learned;
use ravine_net::pairs::{Family, Observed, Scenes, Span};
use ravine_net::{Loss, Plan, Risk, Samples, Statistics, Validation, filters};
use ravine_optim::slice::{normal_direction, principal_directions, random_directions};
use ravine_optim::{Descent, Error as Fault, Float, Layout, Objective, Pace, Stop, StopReason, run, vector};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

/// Points of a path at most: where there are few unknowns, and where there are many, as every principal direction is found among them.
const LONGEST: [usize; 2] = [1001, 201];
/// From so many unknowns on there are many.
const MANY: usize = 1000;

/// An objective with a way on it.
pub struct Terrain<F: Float> {
    pub(super) name: String,
    pub(super) objective: Value,
    pub(super) notes: Vec<String>,
    pub(super) workers: Vec<Box<dyn Objective<F>>>,
    pub(super) path: Vec<Vec<f64>>,
    fault: Arc<OnceLock<Fault>>,
}

impl<F: Float> Terrain<F> {
    /// An objective, in as many copies as points shall be computed at once, and a path on it, the last point of which is looked at.
    ///
    /// # Errors
    /// There is no worker or no point, or a point does not have the objective's length.
    pub fn new(name: &str, workers: Vec<Box<dyn Objective<F>>>, path: Vec<Vec<f64>>) -> Result<Self> {
        let (Some(worker), false) = (workers.first(), path.is_empty()) else {
            return Err(Error::Unsuited("a terrain needs an objective, and a point to look at".into()));
        };
        let wanted = worker.layout().len();
        if let Some(x) = path.iter().find(|x| x.len() != wanted) {
            return Err(Fault::Length { what: "a point of the path".into(), got: x.len(), wanted }.into());
        }
        Ok(Terrain { name: name.into(), objective: json!({}), notes: Vec::new(), workers, path, fault: Arc::default() })
    }

    /// Numbers in θ.
    pub fn unknowns(&self) -> usize {
        self.end().len()
    }

    /// What a person should know of the objective.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// θ, where the path ends.
    pub(super) fn end(&self) -> &[f64] {
        self.path.last().map_or(&[], Vec::as_slice)
    }

    pub(super) fn theta(&self) -> Vec<F> {
        self.end().iter().map(|v| F::from_f64(*v)).collect()
    }

    pub(super) fn layout(&self) -> &Layout {
        self.workers[0].layout()
    }

    /// What went wrong in a value.
    pub(super) fn check(&self) -> Result<()> {
        self.fault.get().map_or(Ok(()), |fault| Err(fault.clone().into()))
    }

    /// The usual directions, unless others are asked for.
    pub(super) fn kind(&self, asked: Auto<Directions>) -> Directions {
        let moves = self.path.iter().any(|x| x != self.end());
        match asked {
            Auto::Given(kind) => kind,
            Auto::Auto if moves => Directions::Pca,
            Auto::Auto if filters::any(self.layout()) => Directions::Filter,
            Auto::Auto => Directions::Random,
        }
    }

    pub(super) fn directions(&self, kind: Directions, count: usize, seed: u64) -> Result<Vec<Vec<f64>>> {
        let (theta, layout) = (self.end(), self.layout());
        let normal = || (0..count as u64).map(|k| normal_direction(theta.len(), seed, k));
        Ok(match kind {
            Directions::Pca => principal_directions(&self.path, count, seed)?,
            Directions::Filter if !filters::any(layout) => {
                return Err(Error::Unsuited(format!(
                    "{} is no network and has no filters: take --directions random or pca",
                    self.name
                )));
            }
            Directions::Filter => {
                let normalised = |mut d: Vec<f64>| {
                    filters::normalise(layout, theta, &mut d);
                    d
                };
                normal().map(normalised).collect()
            }
            Directions::Random if filters::any(layout) => {
                let length = vector::norm(theta);
                let scaled = |d: Vec<f64>| {
                    let scale = length / vector::norm(&d);
                    d.into_iter().map(|d| d * scale).collect()
                };
                normal().map(scaled).collect()
            }
            Directions::Random => random_directions(theta.len(), count, seed)?,
        })
    }
}

impl Terrain<f64> {
    /// A surface, a quadratic from a file or the energy of a picture, and the way of a descent on it. The interrupt ends the search for the
    /// λ of a picture, and the descent.
    ///
    /// # Errors
    /// Those of [`descend`](descend::descend), and a descent that diverges.
    pub fn of_descent(asked: &Descending, interrupt: Option<Arc<AtomicBool>>) -> Result<Self> {
        let ground = Ground::of(asked, interrupt.clone())?;
        let settled = descend::settle(asked, &ground)?;
        let (path, every) = walk(&settled, ground, interrupt)?;
        let worker = |_| Ground::of(&settled, None)?.objective::<f64>();
        let workers = (0..rayon::current_num_threads()).map(worker).collect::<Result<_>>()?;
        let mut terrain = Terrain::new(&settled.surface.name, workers, path)?;
        if every > 1 {
            terrain.notes.push(format!("of the path, every {every}th point is kept"));
        }
        terrain.objective = json!({ "descent": settled });
        Ok(terrain)
    }
}

/// The points of a descent, as many as memory has room for, and every how many steps they are.
fn walk(settled: &Descending, ground: Ground, interrupt: Option<Arc<AtomicBool>>) -> Result<(Vec<Vec<f64>>, u64)> {
    let start = settled.start.clone().unwrap_or_else(|| ground.start());
    let room = MEMORY / (8 * start.len().max(1));
    if room < 2 {
        return Err(Error::Limit(format!(
            "a path of two points of {} unknowns does not fit into 1 GiB: cut the picture",
            start.len()
        )));
    }
    let longest = LONGEST[usize::from(start.len() >= MANY)].min(room);
    let every = settled.steps.div_ceil(longest as u64 - 1).max(1);
    let rule = update::<f64>(&settled.rule, settled.schedule.as_ref(), &settled.schedules, settled.average.as_deref())?;
    let mut descent = Descent::new(ground.objective()?, start, rule)?;
    if let Some(noise) = gradient_noise(settled.gradient_noise, &settled.schedules, settled.seed)? {
        descent = descent.edited(Box::new(noise));
    }
    let mut path = Vec::new();
    let stop = Stop { interrupt, pace: Pace::Every(every), ..Stop::after(settled.steps) };
    let outcome = run(&mut descent, &stop, &mut |_, solver| {
        path.push(solver.iterate().to_vec());
        ControlFlow::Continue(())
    });
    match outcome.stop {
        StopReason::Diverged => Err(Error::Diverged(format!(
            "{} diverged within {} steps, and a landscape needs an end of the path: give a smaller eta by --set eta=…, or fewer --steps",
            settled.rule.name, outcome.iterations
        ))),
        StopReason::Cancelled => Err(Error::Interrupted),
        _ => Ok((path, every)),
    }
}

/// What a network is tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// How many pictures, rounded up to whole batches.
    pub pairs: usize,
    /// What it normalises with.
    pub statistics: Statistics,
}

impl Default for Trial {
    fn default() -> Self {
        Trial { pairs: 32, statistics: Statistics::Batch }
    }
}

impl Terrain<f32> {
    /// The risk of the model in a file, on fixed pairs of the kind that it was trained on and of which it has seen none, drawn by code; the path
    /// is that through `earlier` models of the same network to this one.
    ///
    /// # Errors
    /// A file that is not there, damaged, no model, or of another network; no pair, or more than memory has room for.
    pub fn of_model(file: &Path, earlier: &[PathBuf], trial: Trial) -> Result<Self> {
        let model = read(file)?;
        let mut path = Vec::new();
        for earlier in earlier {
            let other = read(earlier)?;
            if other.card.network != model.card.network {
                return Err(Error::Unsuited(format!(
                    "{} is another network than {}: a path leads through one network's weights",
                    earlier.display(),
                    file.display()
                )));
            }
            path.push(vector::widen(&other.theta));
        }
        path.push(vector::widen(&model.theta));

        let (training, mut notes) = training_of(&model)?;
        let &Training { channels, crop_size, loss, seed, .. } = &training;
        let batch = training.batch.clamp(1, trial.pairs.max(1));
        let count = trial.pairs.max(1).div_ceil(batch) * batch;
        let numbers = count.saturating_mul(2 * channels * crop_size * crop_size);
        if numbers.saturating_mul(4) > MEMORY {
            return Err(Error::Limit(format!(
                "{count} pairs of {crop_size} × {crop_size} × {channels} numbers do not fit into 1 GiB: give fewer --pairs"
            )));
        }
        let family = Family { sigma: sigma_of(&training), kind: training.noise };
        let pairs = Arc::new(Observed::new(Box::new(Scenes::independent(channels, crop_size)?), family)?);
        let held_out = Arc::new(Validation::held_out(pairs.as_ref(), seed, count, loss)?);
        let normalises = !model.network.statistics_layout().is_empty();
        let statistics = if normalises { json!(trial.statistics) } else { json!("none") };
        let sigma = family.sigma;
        notes.insert(0, format!("the risk is the mean {loss} over {count} held-out pairs of {crop_size} × {crop_size} pixels of drawn scenes, noise {}, σ = {sigma}, seed {seed}", family.kind));
        notes.push(match (normalises, trial.statistics) {
            (false, _) => "the network has no batch normalisation, so there are no statistics to choose".into(),
            (true, Statistics::Batch) => {
                format!("batch normalisation: at every point the statistics of the shards of each batch of {batch}, as in a training")
            }
            (true, Statistics::Running) => "batch normalisation: at every point the running statistics of the model, as in use; curvatures are those of a training, with the statistics of each batch".into(),
        });
        if loss == Loss::L1 {
            notes.push(
                "an l1 risk has kinks: its curvatures are those that the differences of gradients see, and change with their step"
                    .into(),
            );
        }
        let plan = Plan { loss, samples: Samples::Fresh, batch, seed };
        let (sha256, design) = (model.fingerprint, json!(model.card.network));
        let risk = Risk::new(Arc::new(model.network), pairs, held_out, plan)?.normalised(trial.statistics, &model.statistics)?;
        let fault = risk.fault();
        // One worker: the pictures of a point are shared among the threads already.
        let terrain = Terrain::new(&file.display().to_string(), vec![Box::new(risk)], path)?;
        let objective = json!({
            "model": format!("sha256:{sha256}"), "network": design, "loss": loss, "pairs": count, "batch": batch, "crop_size": crop_size,
            "noise": training.noise, "sigma": sigma, "statistics": statistics, "seed": seed,
        });
        Ok(Terrain { objective, notes, fault, ..terrain })
    }
}

fn read(file: &Path) -> Result<Learned> {
    Learned::read(file).map_err(|e| Error::from(e).of(&file.display().to_string()))
}

/// What the model was trained by; what it may have been trained by, where it does not say.
fn training_of(model: &Learned) -> Result<(Training, Vec<String>)> {
    let usual = || {
        let [low, high] = model.card.sigma;
        let sigma = Auto::Given(Span::new(low, high)?);
        let channels = model.card.network.channels();
        Ok::<_, Error>(Training { channels, sigma, ..Training::default() })
    };
    let recipe = model.card.recipe.clone().map(serde_json::from_value::<Recipe>).transpose();
    match recipe.map_err(|e| Error::Recipe(e.to_string()))? {
        Some(Recipe::Train(training)) if training.photographs.is_some() => {
            Ok((training, vec!["it was trained on photographs, which are not at hand: drawn scenes stand for them".into()]))
        }
        Some(Recipe::Train(training)) => Ok((training, Vec::new())),
        _ => Ok((usual()?, vec!["the file does not say how it was trained: what is usual is assumed".into()])),
    }
}
