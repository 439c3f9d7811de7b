//! The descent of a training: it shows every step, and is measured by its answers to pictures that it has not seen.

use super::{Event, Show};
use ravine_net::{Network, Score, Validation};
use ravine_optim::{Descent, Error, Measure, Solver, State, StateVisitor, StopReason};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What the last measure found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) step: u64,
    /// The mean loss of the steps since the validation before.
    pub(super) loss: Option<f64>,
    pub(super) score: Score,
    pub(super) learning_rate: f64,
    /// Validations since the best one.
    pub(super) stale: u64,
    /// Whether the step is one at which every run of this recipe is measured.
    pub(super) due: bool,
}

/// The best answer so far: of the least risk.
#[derive(Debug, Clone)]
pub(super) struct Best {
    pub(super) theta: Vec<f32>,
    pub(super) statistics: Vec<f32>,
    pub(super) step: u64,
    pub(super) score: Score,
}

/// A descent over a risk.
pub(super) struct Trainee<'a> {
    descent: Descent<f32>,
    network: Arc<Network<f32>>,
    validation: Arc<Validation>,
    every: u64,
    steps: u64,
    losses: f64, // sum over the steps since the last validation
    counted: u64,
    best: Best,
    judged: u64, // steps of the last validation that counts, and one
    stale: u64,
    statistics: Vec<f32>,
    found: Arc<Mutex<Option<Found>>>,
    fault: Arc<OnceLock<Error>>,
    show: &'a Show<'a>,
}

/// What a trainee is made of.
pub(super) struct Parts<'a> {
    pub(super) descent: Descent<f32>,
    pub(super) network: Arc<Network<f32>>,
    pub(super) validation: Arc<Validation>,
    pub(super) every: u64,
    /// How many steps there will be; the last one is measured, too.
    pub(super) steps: u64,
    pub(super) fault: Arc<OnceLock<Error>>,
    pub(super) show: &'a Show<'a>,
}

impl<'a> Trainee<'a> {
    pub(super) fn new(parts: Parts<'a>) -> Self {
        let Parts { mut descent, network, validation, every, steps, fault, show } = parts;
        let statistics = network.initial_statistics();
        let score = Score { risk: f64::INFINITY, risk_error: 0.0, psnr: f64::NEG_INFINITY, psnr_error: 0.0 };
        let best = Best { theta: descent.iterate().to_vec(), statistics: statistics.clone(), step: 0, score };
        Trainee {
            descent,
            network,
            validation,
            every,
            steps,
            losses: 0.0,
            counted: 0,
            best,
            judged: 0,
            stale: 0,
            statistics,
            found: Arc::default(),
            fault,
            show,
        }
    }

    /// Steps made.
    pub(super) fn made(&self) -> u64 {
        self.descent.steps()
    }

    /// What went wrong in a step or a validation.
    pub(super) fn fault(&self) -> Option<Error> {
        self.fault.get().cloned()
    }

    /// Where each measure leaves what it found.
    pub(super) fn found(&self) -> Arc<Mutex<Option<Found>>> {
        self.found.clone()
    }

    /// The best of what counts and of the last measure, which may have come between.
    pub(super) fn into_best(mut self) -> Best {
        let found = *self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let good = |found: &Found| self.finished().is_none() && found.step == self.made();
        if let Some(found) = found.filter(|found| good(found) && found.score.risk < self.best.score.risk) {
            self.keep(&found);
        }
        self.best
    }

    fn keep(&mut self, found: &Found) {
        let (theta, statistics) = (self.descent.iterate().to_vec(), self.statistics.clone());
        self.best = Best { theta, statistics, step: found.step, score: found.score };
    }

    /// The running statistics of the network as they are now.
    fn look_at_statistics(&mut self) {
        let statistics = &mut self.statistics;
        self.descent.state(&mut |name, state| {
            if let ("objective.statistics", State::Slice(now)) = (name, state) {
                statistics.copy_from_slice(now);
            }
        });
    }

    /// At the steps where every run of this recipe is measured, once: the best, and how long ago it was.
    fn judge(&mut self, found: &mut Found) {
        let good = self.finished().is_none() && found.score.risk.is_finite();
        found.due = good && (found.step.is_multiple_of(self.every) || found.step >= self.steps);
        if !found.due {
            return;
        }
        if found.step >= self.judged {
            self.judged = found.step + 1;
            self.stale += 1;
            if found.score.risk < self.best.score.risk {
                self.keep(found);
                self.stale = 0;
            }
            (self.losses, self.counted) = (0.0, 0);
        }
        found.stale = self.stale;
    }
}

impl Solver<f32> for Trainee<'_> {
    fn step(&mut self) {
        self.descent.step();
        let loss = self.descent.last_value();
        self.losses += loss;
        self.counted += 1;
        super::show(self.show, Event::Step { step: self.descent.steps(), loss });
    }

    fn iterate(&mut self) -> &[f32] {
        self.descent.iterate()
    }

    /// The risk on the pictures of the validation.
    fn measure(&mut self) -> Measure {
        self.look_at_statistics();
        let score = self.validation.score(&self.network, self.descent.iterate(), &self.statistics);
        let score = match score {
            Ok(score) => score,
            Err(error) => {
                let _ = self.fault.set(error); // the first is told
                return Measure { value: f64::NAN, ..Measure::default() };
            }
        };
        let mut found = Found {
            step: self.descent.steps(),
            loss: (self.counted > 0).then(|| self.losses / self.counted as f64),
            score,
            learning_rate: self.descent.learning_rate(),
            stale: 0,
            due: false,
        };
        self.judge(&mut found);
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Measure { value: score.risk, ..Measure::default() }
    }

    fn finished(&self) -> Option<StopReason> {
        self.descent.finished()
    }

    fn state(&mut self, visit: StateVisitor<'_, f32>) {
        self.descent.state(visit);
        visit("losses", State::Number(&mut self.losses));
        visit("counted", State::Count(&mut self.counted));
        visit("judged", State::Count(&mut self.judged));
        visit("stale", State::Count(&mut self.stale));
        let best = &mut self.best;
        visit("best.theta", State::Slice(&mut best.theta));
        visit("best.statistics", State::Slice(&mut best.statistics));
        visit("best.step", State::Count(&mut best.step));
        visit("best.risk", State::Number(&mut best.score.risk));
        visit("best.risk_error", State::Number(&mut best.score.risk_error));
        visit("best.psnr", State::Number(&mut best.score.psnr));
        visit("best.psnr_error", State::Number(&mut best.score.psnr_error));
    }
}
