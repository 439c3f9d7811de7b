//! Conjugate gradients: Hestenes and Stiefel, "Methods of conjugate gradients for solving linear systems" (1952).

use crate::error::{Error, Result};
use crate::number::Float;
use crate::objective::Objective;
use crate::problem::{Problem, SmoothProblem};
use crate::solver::{Measure, Solver, State, StateVisitor, StopReason, check_start, measure_by_own_duals};
use crate::term::Term;
use crate::vector;
use std::sync::Arc;

/// A quadratic problem, every term w/2‖x − c‖²: solves Mu = b with M = w_G + Σ wᵢKᵢᵀKᵢ, b = −∇J(0).
///
/// - α = ‖r‖²/⟨d, Md⟩, u ← u + αd, r ← r − αMd
/// - β = ‖r‖²/‖r before‖², d ← r + βd
pub struct ConjugateGradient<F: Float> {
    objective: SmoothProblem<F>,
    weights: Vec<f64>, // w_G, w₁, …
    right: f64,        // ‖b‖
    u: Vec<F>,
    r: Vec<F>, // b − Mu = −∇J(u)
    d: Vec<F>,
    md: Vec<F>,
    rooms: Vec<Vec<F>>, // Kᵢd
    square: f64,        // ‖r‖²
}

impl<F: Float> ConjugateGradient<F> {
    /// From `start`. Refuses a problem that is not quadratic.
    pub fn new(problem: Arc<Problem<F>>, start: Vec<F>) -> Result<Self> {
        check_start(&problem, &start)?;
        let mut weights = vec![quadratic(&*problem.g)?];
        for part in problem.parts() {
            weights.push(quadratic(&*part.term)?);
        }
        let rooms = problem.parts().iter().map(|part| vec![F::ZERO; part.operator.range()]).collect();
        let mut objective = SmoothProblem::new(problem)?;
        let mut r = vec![F::ZERO; start.len()];
        objective.value_and_gradient(&vec![F::ZERO; start.len()], &mut r);
        let right = vector::norm(&r);
        objective.value_and_gradient(&start, &mut r);
        r.iter_mut().for_each(|v| *v = -*v);
        let (d, md, square) = (r.clone(), r.clone(), vector::square_norm(&r));
        Ok(ConjugateGradient { objective, weights, right, u: start, r, d, md, rooms, square })
    }

    /// md ← Md
    fn multiply(&mut self) {
        let weight = self.weights[0];
        vector::each(&mut self.md, &self.d, |_, d| d * weight);
        for ((part, room), &weight) in self.objective.problem().parts().iter().zip(&mut self.rooms).zip(&self.weights[1..]) {
            part.operator.apply(&self.d, room);
            let weight = F::from_f64(weight);
            room.iter_mut().for_each(|v| *v *= weight);
            part.operator.add_adjoint(room, &mut self.md);
        }
    }
}

fn quadratic<F: Float>(term: &dyn Term<F>) -> Result<f64> {
    term.smooth().and_then(|f| f.quadratic()).ok_or_else(|| {
        Error::Unsuited(
            "conjugate-gradient solves quadratic energies only: use it for `tikhonov`, and `primal-dual` otherwise".into(),
        )
    })
}

impl<F: Float> Solver<F> for ConjugateGradient<F> {
    fn step(&mut self) {
        if self.finished().is_some() {
            return; // what is too small to be multiplied would make α anything
        }
        self.multiply();
        let curvature = vector::dot(&self.d, &self.md);
        if curvature == 0.0 {
            self.square = 0.0; // ⟨d, Md⟩ has vanished below the smallest number: u is as good as it gets
            return;
        }
        let alpha = self.square / curvature;
        vector::each(&mut self.u, &self.d, |u, d| u + d * alpha);
        vector::each(&mut self.r, &self.md, |r, md| r - md * alpha);
        let before = std::mem::replace(&mut self.square, vector::square_norm(&self.r));
        let beta = self.square / before;
        vector::each(&mut self.d, &self.r, |d, r| r + d * beta);
    }

    fn iterate(&mut self) -> &[F] {
        &self.u
    }

    /// `residual` is ‖Mu − b‖/‖b‖, of u itself: the recurrence's r goes on falling where rounding has stopped u.
    fn measure(&mut self) -> Measure {
        self.objective.value_and_gradient(&self.u, &mut self.md);
        let residual = if self.right > 0.0 { vector::norm(&self.md) / self.right } else { 0.0 };
        Measure { residual: Some(residual), ..measure_by_own_duals(self.objective.problem(), &self.u) }
    }

    /// Once ‖r‖ ≤ ε‖b‖, ε that of u: beyond, only the recurrence falls. Or once r is too small to be squared.
    fn finished(&self) -> Option<StopReason> {
        let small = (F::EPSILON * self.right).powi(2);
        (self.square <= small || self.square < f64::MIN_POSITIVE).then_some(StopReason::Converged)
    }

    fn state(&mut self, visit: StateVisitor<'_, F>) {
        visit("u", State::Slice(&mut self.u));
        visit("r", State::Slice(&mut self.r));
        visit("d", State::Slice(&mut self.d));
        visit("square", State::Number(&mut self.square));
    }
}
