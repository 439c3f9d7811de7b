//! A small network that learns to take noise away: what the lessons about networks share.

use super::Desk;
use ravine::Result;
use ravine::net::pairs::{Family, Observed, Scenes, Span};
use ravine::net::weights::{self, Card, Precision};
use ravine::net::{Design, Loss, Model, Network, Pairs, Plan, Risk, Samples, Score, Validation};
use ravine::optim::edit::Edit;
use ravine::optim::parameter::Setting;
use ravine::optim::{Descent, Error, Solver, State, rule};
use ravine::recipe::Trained;
use std::sync::{Arc, OnceLock};

/// Rows and columns of a crop.
pub(super) const CROP: usize = 32;

/// Grey crops of scenes under white noise of `sigma` grey levels, as a training sees them.
pub(super) fn crops(size: usize, sigma: f64) -> Result<Arc<dyn Pairs>> {
    Ok(Arc::new(Observed::new(Box::new(Scenes::new(1, size)?), Family::gaussian(Span::fixed(sigma)))?))
}

/// The same, each from a scene of its own: to measure on.
pub(super) fn independent(size: usize, sigma: f64) -> Result<Arc<dyn Pairs>> {
    Ok(Arc::new(Observed::new(Box::new(Scenes::independent(1, size)?), Family::gaussian(Span::fixed(sigma)))?))
}

/// DnCNN of `depth` convolutions and `width` channels.
pub(super) fn dncnn(depth: f64, width: f64, batch_norm: bool) -> Result<Design> {
    let knobs: [(&str, Setting); 3] = [("depth", depth.into()), ("width", width.into()), ("batch_norm", batch_norm.into())];
    Ok(Design::new("dncnn", &knobs, 1)?)
}

/// How a student learns.
pub(super) struct Course<'a> {
    pub(super) pairs: Arc<dyn Pairs>,
    pub(super) samples: Samples,
    pub(super) batch: usize,
    pub(super) seed: u64,
    pub(super) rule: &'a str,
    pub(super) knobs: &'a [(&'a str, Setting)],
}

/// A network going down the mean square error of its answers.
pub(super) struct Student {
    network: Arc<Network<f32>>,
    descent: Descent<f32>,
    fault: Arc<OnceLock<Error>>,
}

impl Student {
    /// Before its first step. `held_out` are pairs that it never sees.
    pub(super) fn new(network: &Arc<Network<f32>>, held_out: &Arc<Validation>, course: &Course<'_>) -> Result<Self> {
        let plan = Plan { loss: Loss::L2, samples: course.samples, batch: course.batch, seed: course.seed };
        let risk = Risk::new(network.clone(), course.pairs.clone(), held_out.clone(), plan)?;
        let fault = risk.fault();
        let update = rule::build(course.rule, course.knobs)?;
        let descent = Descent::new(Box::new(risk), network.initial(course.seed), update)?;
        Ok(Student { network: network.clone(), descent, fault })
    }

    /// With these weights before its first step.
    pub(super) fn starting_at(mut self, theta: &[f32]) -> Self {
        self.descent.state(&mut |name, state| {
            if let ("theta", State::Slice(now)) = (name, state) {
                now.copy_from_slice(theta);
            }
        });
        self
    }

    /// With one more edit of its gradients.
    pub(super) fn edited(self, edit: Box<dyn Edit<f32>>) -> Self {
        Student { descent: self.descent.edited(edit), ..self }
    }

    /// The loss of each of the next `steps` batches; fewer, if it diverges.
    pub(super) fn learn(&mut self, steps: u64, desk: &Desk<'_>) -> Result<Vec<f64>> {
        let mut losses = Vec::new();
        for _ in 0..steps {
            desk.go_on()?;
            self.descent.step();
            if let Some(fault) = self.fault.get() {
                return Err(fault.clone().into());
            }
            losses.push(self.descent.last_value());
            if self.descent.finished().is_some() {
                break;
            }
        }
        Ok(losses)
    }

    /// θ
    pub(super) fn theta(&self) -> &[f32] {
        self.descent.theta()
    }

    /// What it is made of.
    pub(super) fn network(&self) -> &Network<f32> {
        &self.network
    }

    /// The running statistics of its batch normalisation.
    pub(super) fn statistics(&mut self) -> Vec<f32> {
        let mut statistics = Vec::new();
        self.descent.state(&mut |name, state| {
            if let ("objective.statistics", State::Slice(now)) = (name, state) {
                statistics = now.to_vec();
            }
        });
        statistics
    }

    /// What it has become, for use on pictures of any size under noise of `sigma` grey levels.
    pub(super) fn graduate(&mut self, design: &Design, sigma: f64) -> Result<Trained> {
        let statistics = self.statistics();
        let card = Card { network: design.clone(), sigma: [sigma, sigma], recipe: None, lines: Vec::new() };
        let parts = [(self.network.layout(), self.descent.theta()), (self.network.statistics_layout(), &statistics[..])];
        let bytes = weights::encode(&card, &parts, Precision::Single)?;
        Ok(Arc::new(Model::from_bytes(&bytes)?).into())
    }

    /// How good its answers are, with its statistics fixed.
    pub(super) fn score(&mut self, pairs: &Validation) -> Result<Score> {
        let statistics = self.statistics();
        Ok(pairs.score(&self.network, self.descent.theta(), &statistics)?)
    }

    /// The held-out risk where each batch is normalised by its own statistics, as in a step.
    pub(super) fn risk_as_in_a_step(&mut self) -> f64 {
        self.descent.measure().value
    }
}
