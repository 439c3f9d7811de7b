//! A stream whose truth drifts: what a learner meets that never sees the same sample twice.
//!
//! At step t comes yₜ = ⟨aₜ, θ*ₜ⟩ + σεₜ with aₜ and εₜ standard normal, and between two steps the truth goes its way:
//! θ*ₜ₊₁ = θ*ₜ + δzₜ, zₜ standard normal, from θ*₀ = 0. The loss is ℓₜ(θ) = ½(⟨aₜ, θ⟩ − yₜ)², the risk Rₜ(θ) = ½‖θ − θ*ₜ‖² + ½σ².

use crate::cholesky::dot;
use crate::error::{Error, Result, check_finite};
use crate::layout::Layout;
use crate::objective::Objective;
use crate::parameter::Range;
use crate::random::{Random, Stream};

/// The loss of the sample that was drawn last; after [`whole`](Objective::whole), the risk under the truth of that step.
///
/// ```
/// use ravine_optim::{Objective, objective::drift::Drift};
/// let mut stream = Drift::new(3, 0.5, 0.1, 7)?;
/// stream.draw(10);
/// let truth = stream.truth().to_vec();
/// stream.whole();
/// assert_eq!(stream.value(&truth), 0.5 * 0.5 * 0.5); // ½σ²: no θ does better
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub struct Drift {
    noise: f64,
    speed: f64,
    seed: u64,
    layout: Layout,
    step: u64,       // of `truth`
    truth: Vec<f64>, // θ*
    sample: Option<(Vec<f64>, f64)>,
}

impl Drift {
    /// A stream of n = `unknowns` ≥ 1 numbers with noise σ ≥ 0 on what is seen, and a drift of δ = `speed` ≥ 0 a step and coordinate.
    ///
    /// # Errors
    /// A number outside its range.
    pub fn new(unknowns: usize, noise: f64, speed: f64, seed: u64) -> Result<Self> {
        if unknowns == 0 {
            return Err(Error::OutOfRange { name: "unknowns".into(), value: 0.0, range: "1..".into() });
        }
        check_finite("the noise and the speed of the drift", &[noise, speed])?;
        Range::NON_NEGATIVE.check("noise", noise)?;
        Range::NON_NEGATIVE.check("speed", speed)?;
        let layout = Layout::single("theta", &[unknowns]);
        Ok(Drift { noise, speed, seed, layout, step: 0, truth: vec![0.0; unknowns], sample: None })
    }

    /// θ* of the step that was drawn last; of step 0 before the first.
    pub fn truth(&self) -> &[f64] {
        &self.truth
    }

    /// Σ over n coordinates of the stationary variance of θₜ − θ*ₜ under plain descent with a constant η: n(η²σ² + δ²)/(2η − (n + 2)η²),
    /// infinite from η = 2/(n + 2) on. From E‖(I − ηaaᵀ)e‖² = (1 − 2η + (n + 2)η²)‖e‖² for normal a. Widrow et al. 1976,
    /// "Stationary and nonstationary learning characteristics of the LMS adaptive filter".
    pub fn tracking_error(&self, eta: f64) -> f64 {
        let n = self.truth.len() as f64;
        let pull = 2.0 * eta - (n + 2.0) * eta * eta;
        let push = n * (eta * eta * self.noise * self.noise + self.speed * self.speed);
        if pull > 0.0 { push / pull } else { f64::INFINITY }
    }

    /// θ* goes on to `step`; from the beginning, if it is beyond.
    fn go_to(&mut self, step: u64) {
        if step < self.step {
            self.step = 0;
            self.truth.fill(0.0);
        }
        for t in self.step..step {
            let mut random = Random::new(self.seed, Stream::Drift, t);
            self.truth.iter_mut().for_each(|x| *x += self.speed * random.normal());
        }
        self.step = step;
    }
}

impl Objective<f64> for Drift {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn draw(&mut self, step: u64) {
        self.go_to(step);
        let mut random = Random::new(self.seed, Stream::Data, step);
        let a: Vec<f64> = self.truth.iter().map(|_| random.normal()).collect();
        let y = dot(&a, &self.truth) + self.noise * random.normal();
        self.sample = Some((a, y));
    }

    fn whole(&mut self) {
        self.sample = None;
    }

    fn value(&mut self, x: &[f64]) -> f64 {
        match &self.sample {
            Some((a, y)) => 0.5 * (dot(a, x) - y).powi(2),
            None => 0.5 * x.iter().zip(&self.truth).map(|(x, t)| (x - t).powi(2)).sum::<f64>() + 0.5 * self.noise * self.noise,
        }
    }

    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        match &self.sample {
            Some((a, y)) => {
                let residual = dot(a, x) - y;
                gradient.iter_mut().zip(a).for_each(|(g, a)| *g = residual * a);
            }
            None => gradient.iter_mut().zip(x).zip(&self.truth).for_each(|((g, x), t)| *g = x - t),
        }
        self.value(x)
    }
}
