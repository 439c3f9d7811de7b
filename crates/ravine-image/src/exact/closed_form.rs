//! The exact minimiser as a solver that has nothing left to do: so that the one loop measures and certifies it like any other.

use super::tikhonov;
use crate::energy::Energy;
use crate::image::Image;
use ravine_optim::{Measure, Problem, Result, Solver, StopReason};

/// Tikhonov's minimiser.
pub struct ClosedForm {
    problem: Problem<f32>,
    u: Vec<f32>,
}

impl ClosedForm {
    /// For a finite f and 0 < λ < ∞.
    pub fn new(f: &Image, lambda: f64) -> Result<Self> {
        let problem = Energy::Tikhonov.problem(f.grid(), f.pixels().to_vec(), lambda)?;
        Ok(ClosedForm { problem, u: tikhonov(f.grid(), f.pixels(), lambda)? })
    }
}

impl Solver<f32> for ClosedForm {
    fn step(&mut self) {}

    fn iterate(&mut self) -> &[f32] {
        &self.u
    }

    fn measure(&mut self) -> Measure {
        let certificate = self.problem.duals_at(&self.u).and_then(|p| self.problem.certify(&self.u, &p));
        Measure { value: certificate.map_or_else(|| self.problem.value(&self.u), |c| c.primal), certificate, ..Measure::default() }
    }

    fn finished(&self) -> Option<StopReason> {
        Some(StopReason::Exact)
    }
}
