//! What is written while a training runs: the journal and the checkpoint. An observer of the run.

use super::trainee::{Found, Trainee};
use super::{Begun, Enough, Event, Place, Show};
use crate::error::{Error, Result};
use crate::recipe::Training;
use ravine_net::journal::{Entry, Journal};
use ravine_net::{Checkpoint, weights};
use ravine_optim::{Outcome, Solver, StopReason};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Writes down what is found, and says when it is enough.
pub(super) struct Scribe<'a> {
    settled: &'a Training,
    checkpoint: PathBuf,
    journal: Journal,
    journal_path: PathBuf,
    found: Arc<Mutex<Option<Found>>>,
    show: &'a Show<'a>,
    begin: Instant,
    before: f64,        // seconds of earlier runs
    last: (u64, f64),   // step and second at which the steps since go on
    saved: Option<u64>, // the step of the checkpoint
    fault: Option<Error>,
    pub(super) enough: Option<Enough>,
}

impl<'a> Scribe<'a> {
    pub(super) fn new(
        begun: &'a Begun,
        place: &Place,
        journal: Journal,
        saved: Option<u64>,
        found: Arc<Mutex<Option<Found>>>,
        show: &'a Show<'a>,
    ) -> Self {
        Scribe {
            settled: &begun.settled,
            checkpoint: place.checkpoint(),
            before: journal.last().map_or(0.0, |entry| entry.seconds),
            journal,
            journal_path: place.journal.clone(),
            found,
            show,
            begin: Instant::now(),
            last: (begun.from, 0.0),
            saved,
            fault: None,
            enough: None,
        }
    }

    /// Sees a measure, `seconds` after the begin.
    pub(super) fn observe(&mut self, seconds: f64, solver: &mut dyn Solver<f32>) -> ControlFlow<()> {
        let found = *self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(found) = found.filter(|found| found.score.risk.is_finite()) else { return ControlFlow::Continue(()) };
        let entry = self.entry(&found, seconds);
        super::show(self.show, Event::Validated(&entry));
        // A step that a checkpoint is of is written down already.
        if found.due
            && self.saved != Some(found.step)
            && let Err(fault) = self.record(&entry).and_then(|()| self.save(solver))
        {
            self.fault = Some(fault);
            return ControlFlow::Break(());
        }
        self.last = (found.step, self.begin.elapsed().as_secs_f64());
        self.enough = match (self.settled.until_psnr, self.settled.early_stopping) {
            (Some(psnr), _) if found.score.psnr >= psnr => Some(Enough::UntilPsnr),
            (_, Some(patience)) if found.stale >= patience => Some(Enough::EarlyStopping),
            _ => None,
        };
        if self.enough.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Once the run has ended: what ended it if it was not the run itself, else the last state and, where the time has ended it, the last line.
    pub(super) fn finish(&mut self, outcome: &Outcome<f32>, trainee: &mut Trainee<'_>) -> Result<()> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let found = *self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = found.filter(|found| outcome.stop != StopReason::Diverged && self.saved != Some(found.step)) {
            if outcome.stop == StopReason::TimeLimit {
                let entry = self.entry(&found, outcome.seconds);
                self.record(&entry)?;
            }
            self.save(trainee)?;
        }
        Ok(())
    }

    fn entry(&self, found: &Found, seconds: f64) -> Entry {
        let (step, second) = self.last;
        let images = (self.settled.batch as u64 * (found.step - step.min(found.step))) as f64;
        Entry {
            step: found.step,
            loss: found.loss,
            risk: found.score.risk,
            risk_error: found.score.risk_error,
            psnr: found.score.psnr,
            psnr_error: found.score.psnr_error,
            learning_rate: found.learning_rate,
            seconds: self.before + seconds,
            images_per_second: (found.step > step).then(|| images / (seconds - second).max(1e-9)),
        }
    }

    fn record(&mut self, entry: &Entry) -> Result<()> {
        self.journal.write(entry).map_err(|e| Error::Unwritable(format!("{}: {e}", self.journal_path.display())))
    }

    fn save(&mut self, solver: &mut dyn Solver<f32>) -> Result<()> {
        let recipe = serde_json::to_value(Training { time_limit: None, until_psnr: None, ..self.settled.clone() });
        let checkpoint = Checkpoint::of(solver, recipe.map_err(|e| Error::Recipe(e.to_string()))?);
        match checkpoint.write(&self.checkpoint) {
            Ok(()) => {
                self.saved = self.found.lock().unwrap_or_else(PoisonError::into_inner).map(|found| found.step);
                Ok(())
            }
            Err(weights::Error::Write(why)) => {
                let path = self.checkpoint.display();
                let kept = self.saved.map_or(String::new(), |step| {
                    format!("; the checkpoint of step {step} is whole: make room and run the same command again")
                });
                Err(Error::Unwritable(format!("{path}: {why}{kept}")))
            }
            Err(error) => Err(error.into()),
        }
    }
}
