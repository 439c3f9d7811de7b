//! What is minimised: a number for every x, and its gradient.

pub mod drift;
pub mod finite_sum;
pub mod least_squares;
pub mod logistic;
pub mod quadratic;
pub mod stale;

use crate::certificate::Certificate;
use crate::layout::Layout;
use crate::number::Float;
use crate::solver::StateVisitor;

/// A function of a flat vector. The same trait for a ball on a surface, the pixels of a picture, the weights of a network.
pub trait Objective<F: Float>: Send {
    /// Named, shaped ranges of x.
    fn layout(&self) -> &Layout;
    /// Chooses the samples of step `step` (0, 1, …). Asked twice in a step, it chooses the same.
    fn draw(&mut self, _step: u64) {}
    /// Forgets the draw: until the next one, value and gradient are those of all samples. Asked before anything is measured or shown.
    fn whole(&mut self) {}
    /// J(x)
    fn value(&mut self, x: &[F]) -> f64;
    /// ∇J(x) into `gradient`; returns J(x).
    fn value_and_gradient(&mut self, x: &[F], gradient: &mut [F]) -> f64;
    /// What a step costs: how many gradients, of one sample where J is a sum over samples.
    fn gradients_per_step(&self) -> usize {
        1
    }
    /// The largest η at which plain gradient descent is known not to diverge, where one is known: 2/L, L a Lipschitz constant of ∇J.
    /// On a convex quadratic with its largest curvature as L it is sharp.
    fn stable_eta(&self) -> Option<f64> {
        None
    }
    /// How far x can be from the best, where the problem is convex and its dual is known.
    fn certificate(&mut self, _x: &[F]) -> Option<Certificate> {
        None
    }
    /// Whatever of the objective changes from step to step and belongs into a checkpoint.
    fn state(&mut self, _visit: StateVisitor<'_, F>) {}
}
