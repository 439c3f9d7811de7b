//! Gradients that are out of date: what a descent by workers sees that do not wait for one another.
//!
//! Where p workers of the same speed take turns, the gradient that arrives at step t was taken at θₜ₋τ, τ = p − 1 steps ago (Zinkevich, Smola
//! and Langford 2009, "Slow learners are fast"): θₜ₊₁ = θₜ − η∇J(θₜ₋τ), with θ₀ for what was before the beginning.

use crate::certificate::Certificate;
use crate::layout::Layout;
use crate::objective::Objective;
use crate::solver::{State, StateVisitor};
use std::f64::consts::FRAC_PI_2;

/// An objective whose value and gradient in step t are those at x of step t − τ. After [`whole`](Objective::whole) it is the objective itself.
pub struct Stale<O> {
    fresh: O,
    points: Vec<f64>, // (τ + 1) × n: x of step t at row t mod (τ + 1)
    delay: u64,
    step: Option<u64>, // None: not in a step
}

impl<O: Objective<f64>> Stale<O> {
    /// `fresh`, τ = `delay` steps late.
    pub fn new(fresh: O, delay: u64) -> Self {
        let points = vec![0.0; (delay as usize + 1) * fresh.layout().len()];
        Stale { fresh, points, delay, step: None }
    }

    /// Where in `points` x of `step` is kept.
    fn place(&self, step: u64) -> std::ops::Range<usize> {
        let n = self.fresh.layout().len();
        let row = (step % (self.delay + 1)) as usize;
        row * n..(row + 1) * n
    }

    /// Keeps x of this step; says where x of τ steps ago is, or of step 0.
    fn keep(&mut self, step: u64, x: &[f64]) -> std::ops::Range<usize> {
        let now = self.place(step);
        self.points[now].copy_from_slice(x);
        self.place(step - step.min(self.delay))
    }
}

/// The η·h below which descent on a curvature h is stable when its gradients are τ = `delay` steps late: 2·sin(π/(2(2τ + 1))): 2 for τ = 0, 1 for
/// τ = 1, about π/(2τ + 1) for many. Levin and May 1976, "A note on difference-delay equations".
///
/// ```
/// use ravine_optim::objective::stale::stable;
/// assert!((stable(0) - 2.0).abs() < 1e-15 && (stable(1) - 1.0).abs() < 1e-15);
/// ```
pub fn stable(delay: u64) -> f64 {
    2.0 * (FRAC_PI_2 / (2 * delay + 1) as f64).sin()
}

impl<O: Objective<f64>> Objective<f64> for Stale<O> {
    fn layout(&self) -> &Layout {
        self.fresh.layout()
    }
    fn draw(&mut self, step: u64) {
        self.step = Some(step);
        self.fresh.draw(step);
    }
    fn whole(&mut self) {
        self.step = None;
        self.fresh.whole();
    }
    fn value(&mut self, x: &[f64]) -> f64 {
        let Some(step) = self.step else { return self.fresh.value(x) };
        let then = self.keep(step, x);
        self.fresh.value(&self.points[then])
    }
    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let Some(step) = self.step else { return self.fresh.value_and_gradient(x, gradient) };
        let then = self.keep(step, x);
        self.fresh.value_and_gradient(&self.points[then], gradient)
    }
    fn gradients_per_step(&self) -> usize {
        self.fresh.gradients_per_step()
    }
    fn stable_eta(&self) -> Option<f64> {
        self.fresh.stable_eta().map(|eta| 0.5 * eta * stable(self.delay)) // 2/L · stable/2
    }
    fn certificate(&mut self, x: &[f64]) -> Option<Certificate> {
        self.fresh.certificate(x)
    }
    fn state(&mut self, visit: StateVisitor<'_, f64>) {
        visit("points", State::Slice(&mut self.points));
        self.fresh.state(visit);
    }
}
