//! Edits: what is done to a gradient between the objective and the update, one after another. A rule knows nothing of them, so each
//! serves every rule. [`Edits`] are those that can be asked for as knobs of any rule.

use crate::number::{Float, Lane};
use crate::parameter::{Parameter, Range, Visitor};
use crate::random::{Random, Stream};
use crate::rule::Step;
use crate::schedule::Schedule;
use crate::solver::{State, StateVisitor};
use crate::vector::{self, BLOCK};
use rayon::prelude::*;
use std::ops::ControlFlow::{self, Break, Continue};

/// A change to a gradient.
pub trait Edit<F: Float>: Send {
    /// Changes `gradient`, which was taken at `x`. `Break` keeps θ as it is this step, which counts all the same.
    fn apply(&mut self, at: &Step, x: &[F], gradient: &mut [F]) -> ControlFlow<()>;
    /// Whatever changes from step to step.
    fn state(&mut self, _visit: StateVisitor<'_, F>) {}
}

/// Passes over a step whose value or gradient is not finite.
#[derive(Debug, Clone, Default)]
pub struct SkipNonFinite {
    skipped: u64,
}

impl SkipNonFinite {
    /// Steps passed over so far.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }
}

impl<F: Float> Edit<F> for SkipNonFinite {
    fn apply(&mut self, at: &Step, _x: &[F], gradient: &mut [F]) -> ControlFlow<()> {
        if at.value.is_finite() && vector::is_finite(gradient) {
            return Continue(());
        }
        self.skipped += 1;
        Break(())
    }
    fn state(&mut self, visit: StateVisitor<'_, F>) {
        visit("skipped", State::Count(&mut self.skipped));
    }
}

/// Collects the gradients of `every` steps, θ staying where it is, and hands on their mean.
#[derive(Debug, Clone)]
pub struct Accumulate<F> {
    every: u64,
    collected: u64,
    mean: Vec<F>,
}

impl<F: Float> Accumulate<F> {
    /// The mean of `every` ≥ 1 gradients of length `len`.
    pub fn new(every: u64, len: usize) -> Self {
        Accumulate { every, collected: 0, mean: vec![F::ZERO; len] }
    }
}

impl<F: Float> Edit<F> for Accumulate<F> {
    fn apply(&mut self, _at: &Step, _x: &[F], gradient: &mut [F]) -> ControlFlow<()> {
        self.collected += 1;
        let n = self.collected as f64;
        vector::each(&mut self.mean, gradient, |mean, g| mean + (g - mean) / n);
        if self.collected < self.every {
            return Break(());
        }
        gradient.copy_from_slice(&self.mean);
        self.mean.fill(F::ZERO);
        self.collected = 0;
        Continue(())
    }
    fn state(&mut self, visit: StateVisitor<'_, F>) {
        visit("mean", State::Slice(&mut self.mean));
        visit("collected", State::Count(&mut self.collected));
    }
}

/// gᵢ ← min(max(gᵢ, −c), c)
#[derive(Debug, Clone, Copy)]
pub struct ClipValue {
    /// c > 0.
    pub limit: f64,
}

impl<F: Float> Edit<F> for ClipValue {
    fn apply(&mut self, _at: &Step, _x: &[F], gradient: &mut [F]) -> ControlFlow<()> {
        let (low, high) = (F::L::zero() + -self.limit, F::L::zero() + self.limit);
        coordinates(gradient, |g| if g.to_f64().is_finite() { g.max(low).min(high) } else { g });
        Continue(())
    }
}

/// g ← g·min(1, c/(‖g‖ + guard)), the norm over all of g (Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent
/// neural networks").
#[derive(Debug, Clone, Copy)]
pub struct ClipNorm {
    /// c > 0.
    pub limit: f64,
    /// Added to the norm: 0, or PyTorch's 1e-6.
    pub guard: f64,
}

impl<F: Float> Edit<F> for ClipNorm {
    fn apply(&mut self, _at: &Step, _x: &[F], gradient: &mut [F]) -> ControlFlow<()> {
        let factor = self.limit / (vector::norm(gradient) + self.guard);
        if factor < 1.0 {
            coordinates(gradient, |g| g * factor);
        }
        Continue(())
    }
}

/// g ← g + λx: the gradient of λ/2‖x‖² besides (coupled weight decay, Tikhonov's).
#[derive(Debug, Clone, Copy)]
pub struct WeightDecay {
    /// λ ≥ 0.
    pub weight_decay: f64,
}

impl<F: Float> Edit<F> for WeightDecay {
    fn apply(&mut self, _at: &Step, x: &[F], gradient: &mut [F]) -> ControlFlow<()> {
        let lambda = self.weight_decay;
        vector::each(gradient, x, |g, x| g + x * lambda);
        Continue(())
    }
}

/// gᵢ ← gᵢ + σₜ·zᵢ, z standard normal (Neelakantan et al. 2015, "Adding gradient noise improves learning for very deep networks").
///
/// The numbers of a step depend on the seed and the step alone. Neelakantan's σₜ² = s/(1+t)^0.55 follows the schedule
/// `inverse-time` with `rate=1` and `power=0.275`.
#[derive(Debug, Clone)]
pub struct Noise {
    deviation: f64,
    schedule: Option<Schedule>,
    seed: u64,
}

impl Noise {
    /// Noise of standard deviation `deviation` ≥ 0 at every step.
    pub fn new(deviation: f64, seed: u64) -> Self {
        Noise { deviation, schedule: None, seed }
    }

    /// σₜ = deviation · the factor of `schedule`.
    pub fn following(self, schedule: Schedule) -> Self {
        Noise { schedule: Some(schedule), ..self }
    }
}

impl<F: Float> Edit<F> for Noise {
    fn apply(&mut self, at: &Step, _x: &[F], gradient: &mut [F]) -> ControlFlow<()> {
        let t = at.k as u64 - 1;
        let sigma = self.deviation * self.schedule.as_ref().map_or(1.0, |s| s.factor(t));
        gradient.par_chunks_mut(BLOCK).enumerate().for_each(|(block, gradient)| {
            let mut random = Random::new(self.seed, Stream::GradientNoise, t << 32 | block as u64);
            for g in gradient {
                *g = F::from_f64(g.to_f64() + sigma * random.normal());
            }
        });
        if let Some(schedule) = &mut self.schedule {
            schedule.observe(t, at.value);
        }
        Continue(())
    }
    fn state(&mut self, visit: StateVisitor<'_, F>) {
        if let Some(schedule) = &mut self.schedule {
            schedule.state(visit);
        }
    }
}

/// g ← f(g), coordinate by coordinate.
fn coordinates<F: Float>(gradient: &mut [F], f: impl Fn(F::L) -> F::L + Sync) {
    gradient.par_chunks_mut(BLOCK).for_each(|g| g.iter_mut().for_each(|g| *g = F::down(f(g.up()))));
}

/// The edits that any rule takes as knobs; at 0 or off an edit is absent. Their order is the order here.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Edits {
    /// [`SkipNonFinite`]
    pub skip_non_finite: bool,
    /// [`Accumulate`]: of how many steps; 0 and 1 mean each by itself.
    pub accumulate: f64,
    /// [`ClipValue`]: its limit.
    pub clip_value: f64,
    /// [`ClipNorm`]: its limit.
    pub clip: f64,
    /// [`ClipNorm`]: its guard.
    pub clip_guard: f64,
    /// [`WeightDecay`]: λ.
    pub weight_decay: f64,
}

impl Edits {
    /// Their knobs.
    pub fn parameters(&mut self, visit: Visitor<'_>) {
        let limit = Range::NON_NEGATIVE;
        visit(Parameter::switch("skip_non_finite", "pass over steps that are not finite", &mut self.skip_non_finite));
        visit(Parameter::number("accumulate", "one move from the mean gradient of so many steps", &mut self.accumulate, limit));
        visit(Parameter::number("clip_value", "largest |gᵢ|; 0: any", &mut self.clip_value, limit));
        visit(Parameter::number("clip", "largest ‖g‖, over all of it; 0: any", &mut self.clip, limit));
        visit(Parameter::number("clip_guard", "added to ‖g‖ when clipping (PyTorch: 1e-6)", &mut self.clip_guard, limit));
        visit(Parameter::number("weight_decay", "λ, pulls θ towards 0 through the gradient", &mut self.weight_decay, limit));
    }

    /// Those asked for, for gradients of length `len`.
    pub fn build<F: Float>(&self, len: usize) -> Vec<Box<dyn Edit<F>>> {
        let mut all: Vec<Box<dyn Edit<F>>> = Vec::new();
        if self.skip_non_finite {
            all.push(Box::new(SkipNonFinite::default()));
        }
        if self.accumulate > 1.0 {
            all.push(Box::new(Accumulate::new(self.accumulate.ceil() as u64, len)));
        }
        if self.clip_value > 0.0 {
            all.push(Box::new(ClipValue { limit: self.clip_value }));
        }
        if self.clip > 0.0 {
            all.push(Box::new(ClipNorm { limit: self.clip, guard: self.clip_guard }));
        }
        if self.weight_decay > 0.0 {
            all.push(Box::new(WeightDecay { weight_decay: self.weight_decay }));
        }
        all
    }
}
