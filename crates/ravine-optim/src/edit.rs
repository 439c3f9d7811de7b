//! Edits: what is done to a gradient between the objective and the update, in the order in which they are given. A rule knows
//! nothing of them, so each serves every rule.

use crate::number::Float;
use crate::rule::Step;
use crate::solver::StateVisitor;
use std::ops::ControlFlow;

/// A change to a gradient.
pub trait Edit<F: Float>: Send {
    /// Changes `gradient`, which was taken at `x`. `Break` keeps θ as it is this step, which counts all the same.
    fn apply(&mut self, at: &Step, x: &[F], gradient: &mut [F]) -> ControlFlow<()>;
    /// Whatever changes from step to step.
    fn state(&mut self, _visit: StateVisitor<'_, F>) {}
}
