//! The exact minimiser as a solver that has nothing left to do: so that the one loop measures and certifies it like any other.

use crate::error::Result;
use ravine_image::{Energy, Image, exact};
use ravine_optim::{Measure, Problem, Solver, StopReason};

/// Tikhonov's minimiser.
pub(super) struct ClosedForm {
    problem: Problem<f32>,
    u: Vec<f32>,
}

impl ClosedForm {
    pub(super) fn new(energy: &Energy, f: &Image, lambda: f64) -> Result<Self> {
        let problem = energy.problem(f.grid(), f.pixels().to_vec(), lambda)?;
        Ok(ClosedForm { problem, u: exact::tikhonov(f.grid(), f.pixels(), lambda)? })
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
