//! A recipe, and pictures or none; out comes a network that restores.
//!
//! A training has no loop of its own: it is [`run`] on a [`Descent`](ravine_optim::Descent) over a [`Risk`](ravine_net::Risk).
//! Validation is its measure; journal and checkpoint are observers of it.

mod lock;
mod pictures;
mod resume;
mod scribe;
mod settle;
mod trainee;

pub use pictures::Files;
pub use resume::Beginning;
pub(crate) use settle::sigma_of;

use crate::auto::Auto;
use crate::error::{Error, Result};
use crate::recipe::{Settled, Training};
use lock::Lock;
use ravine_net::Score;
use ravine_net::journal::{Entry, Journal};
use ravine_net::weights::{self, Card, Precision};
use ravine_optim::{Pace, Stop, StopReason, run};
use scribe::Scribe;
use serde::Serialize;
use settle::Workshop;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use trainee::Best;

/// Where a training writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The model.
    pub model: PathBuf,
    /// The journal: one JSON object a validation.
    pub journal: PathBuf,
    /// How the numbers of the model are stored; the state of the training has all their bits.
    pub precision: Precision,
}

impl Place {
    /// The model here, in 32 bits; the journal beside it, as `.jsonl`.
    pub fn of(model: &Path) -> Self {
        Place { model: model.into(), journal: model.with_extension("jsonl"), precision: Precision::Single }
    }

    /// The state of the training, beside the model, as `.checkpoint`.
    pub fn checkpoint(&self) -> PathBuf {
        self.model.with_extension("checkpoint")
    }

    fn lock(&self) -> PathBuf {
        self.model.with_extension("lock")
    }

    /// `Ok` if nothing but files of its own would be written over.
    fn check(&self) -> Result<()> {
        if let Some(folder) = [&self.model, &self.journal].into_iter().find(|path| path.is_dir()) {
            return Err(Error::Unwritable(format!("{} is a folder: name a file in it", folder.display())));
        }
        if self.model.extension().is_none_or(|e| e != "safetensors") {
            return Err(Error::Unsuited(format!("{} is no name of a model: end it in .safetensors", self.model.display())));
        }
        if [&self.model, &self.checkpoint(), &self.lock()].contains(&&self.journal) {
            let says = "would be written over by the training's own files: name the journal .jsonl";
            return Err(Error::Unsuited(format!("{} {says}", self.journal.display())));
        }
        Ok(())
    }
}

/// What is seen of a training.
#[derive(Debug)]
pub enum Event<'a> {
    /// A sentence that a person may want to know.
    Note(String),
    /// It begins, or goes on.
    Begun(&'a Begun),
    /// A step was made.
    Step {
        /// Steps made in all.
        step: u64,
        /// The loss of its batch.
        loss: f64,
    },
    /// It was validated.
    Validated(&'a Entry),
}

/// How a training begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Begun {
    /// What will be done.
    pub settled: Training,
    /// The step that it goes on from, 0 for a new one.
    pub from: u64,
    /// Numbers in θ.
    pub weights: usize,
}

/// Who watches a training, and may end it.
pub struct Watch<'a> {
    /// Once it is set the training saves and ends within one step.
    pub interrupt: Option<Arc<AtomicBool>>,
    /// Sees everything that happens.
    pub show: &'a mut (dyn FnMut(Event<'_>) + Send),
}

/// Why a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Ended {
    /// The run ended.
    Ran(StopReason),
    /// An observer ended it.
    Enough(Enough),
}

/// What an observer was content with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enough {
    /// The PSNR that was asked for is reached.
    UntilPsnr,
    /// The validation got no better for as long as was asked for.
    EarlyStopping,
}

/// A trained network, and what is known of it.
#[derive(Debug, Clone)]
pub struct Trained {
    /// What was done, to be done again.
    pub settled: Training,
    /// Why it ended.
    pub stop: Ended,
    /// Steps made in all.
    pub steps: u64,
    /// Of which so many in earlier runs.
    pub from: u64,
    /// Seconds of this run.
    pub seconds: f64,
    /// The step of the best answer, which is the one that was written; where it diverged the model of step 0 is not.
    pub best_step: u64,
    /// Its score.
    pub best: Score,
    /// Numbers in θ.
    pub weights: usize,
    /// Whether a model was written.
    pub written: bool,
}

/// Whom events are shown to, by the steps and by the observer of the run.
type Show<'a> = Mutex<&'a mut (dyn FnMut(Event<'_>) + Send)>;

fn show(to: &Show<'_>, event: Event<'_>) {
    (to.lock().unwrap_or_else(PoisonError::into_inner))(event);
}

/// `asked` with nothing left on *auto*. Where only the time is limited, some steps are made to see how long one takes.
///
/// # Errors
/// What [`train`] would refuse.
pub fn settle(asked: &Training, files: &Files) -> Result<Training> {
    let start = Instant::now();
    Workshop::new(asked, files)?.settled(start)
}

/// Trains as `asked`, on `files`, into `place`.
///
/// ```
/// use ravine::net::Model;
/// use ravine::recipe::Training;
/// use ravine::train::{Beginning, Event, Files, Place, Watch, train};
/// use ravine::{Auto, Named};
///
/// let mut network = Named::new("dncnn");
/// network.set = [("depth".into(), 3.0.into()), ("width".into(), 8.0.into())].into(); // very small
/// let asked = Training { network, crop_size: 24, batch: 8, steps: Auto::Given(100), ..Training::default() };
///
/// let folder = tempfile::tempdir().unwrap();
/// let place = Place::of(&folder.path().join("mine.safetensors"));
/// let mut psnr = Vec::new();
/// let mut show = |event: Event<'_>| {
///     if let Event::Validated(entry) = event {
///         psnr.push(entry.psnr);
///     }
/// };
/// let watch = &mut Watch { interrupt: None, show: &mut show };
/// let trained = train(&asked, &Files::default(), &place, Beginning::default(), watch)?;
/// assert!(psnr[1] > psnr[0] && trained.best.psnr == psnr[1]);
/// assert_eq!(Model::read(&place.model)?.card().sigma, [0.0, 55.0]);
/// # Ok::<(), ravine::Error>(())
/// ```
///
/// # Errors
/// What has no meaning is refused before the first step, and so is a place that cannot be written. A disk that is full later ends the
/// training; the last checkpoint stays whole.
pub fn train(asked: &Training, files: &Files, place: &Place, beginning: Beginning, watch: &mut Watch<'_>) -> Result<Trained> {
    let start = Instant::now();
    place.check()?;
    let _lock = Lock::take(&place.lock(), &place.model)?;
    let saved = beginning.saved(&place.checkpoint())?;
    let workshop = Workshop::new(&resume::completed(asked, saved.as_ref())?, files)?;
    let events: &Show<'_> = &Mutex::new(&mut *watch.show);
    workshop.notes().iter().for_each(|note| show(events, Event::Note(note.clone())));
    let settled = workshop.settled(start)?;
    let mut trainee = workshop.trainee(&settled, events)?;
    if let Some(saved) = &saved {
        resume::compare(saved, &settled, &place.checkpoint())?;
        saved.restore(&mut trainee).map_err(|e| Error::from(e).of(&place.checkpoint().display().to_string()))?;
    }
    let begun = Begun { from: trainee.made(), weights: workshop.weights(), settled };
    show(events, Event::Begun(&begun));
    let journal = match &saved {
        Some(_) => Journal::resume(&place.journal, begun.from),
        None => Journal::begin(&place.journal),
    };
    let journal = journal.map_err(|e| Error::Unwritable(format!("{}: {e}", place.journal.display())))?;
    let mut scribe = Scribe::new(&begun, place, journal, saved.map(|_| begun.from), trainee.found(), events);
    let stop = stop_of(&begun, start, watch.interrupt.clone());
    let outcome = run(&mut trainee, &stop, &mut |measure, solver| scribe.observe(measure.seconds, solver));
    if let Some(fault) = trainee.fault() {
        return Err(fault.into());
    }
    scribe.finish(&outcome, &mut trainee)?;
    let stop = scribe.enough.map_or(Ended::Ran(outcome.stop), Ended::Enough);
    let best = trainee.into_best();
    let mut trained = Trained {
        settled: done(&begun.settled, stop, &best, outcome.iterations),
        stop,
        steps: outcome.iterations,
        from: begun.from,
        seconds: start.elapsed().as_secs_f64(),
        best_step: best.step,
        best: best.score,
        weights: begun.weights,
        written: false,
    };
    // A divergence from the first steps on has taught nothing.
    if stop != Ended::Ran(StopReason::Diverged) || best.step > 0 {
        write(&workshop, &trained, &best, place)?;
        trained.written = true;
    }
    Ok(trained)
}

fn stop_of(begun: &Begun, start: Instant, interrupt: Option<Arc<AtomicBool>>) -> Stop {
    let limit = begun.settled.time_limit.and_then(|s| Duration::try_from_secs_f64(s).ok());
    Stop {
        from: begun.from,
        max_iterations: begun.settled.steps.given().copied().unwrap_or(u64::MAX),
        time_limit: limit.map(|limit| limit.saturating_sub(start.elapsed())),
        interrupt,
        pace: Pace::Every(begun.settled.every),
        ..Stop::default()
    }
}

/// The recipe of the best answer: its steps are those that were made, or, where the last ones led nowhere, those that led to it.
fn done(settled: &Training, stop: Ended, best: &Best, steps: u64) -> Training {
    let steps = if stop == Ended::Ran(StopReason::Diverged) { best.step } else { steps };
    Training { steps: Auto::Given(steps), time_limit: None, until_psnr: None, ..settled.clone() }
}

/// Writes the model, with the recipe in its card.
fn write(workshop: &Workshop, trained: &Trained, best: &Best, place: &Place) -> Result<()> {
    let recipe = serde_json::to_value(Settled::Train(trained.settled.clone())).map_err(|e| Error::Recipe(e.to_string()))?;
    let Score { psnr, psnr_error, .. } = trained.best;
    let card = Card {
        network: workshop.design.clone(),
        sigma: workshop.levels(),
        recipe: Some(recipe),
        lines: vec![format!("step {}: PSNR {psnr:.2} ± {psnr_error:.2} dB on pictures that it was not trained on", best.step)],
    };
    let network = workshop.network();
    let parts = [(network.layout(), best.theta.as_slice()), (network.statistics_layout(), best.statistics.as_slice())];
    weights::write(&place.model, &card, &parts, place.precision).map_err(|e| Error::from(e).of(&place.model.display().to_string()))
}
