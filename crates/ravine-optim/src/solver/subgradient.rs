//! Subgradients (Shor 1962) with the steps and the average of Lacoste-Julien, Schmidt and Bach, "A simpler approach to obtaining an
//! O(1/t) convergence rate for the projected stochastic subgradient method" (2012).

use crate::error::{Error, Result};
use crate::number::Float;
use crate::problem::Problem;
use crate::solver::{Measure, Solver, State, StateVisitor, check_start};
use crate::vector;
use std::sync::Arc;

/// The subgradient of F at x is taken as prox_{σF*}(σx), the gradient of F smoothed at 1/σ (Moreau 1965): of |x| it is x/|x|, and 0 at 0.
const SIGMA: f64 = 1e12;

/// For J = G + ΣFᵢ∘Kᵢ, G smooth with curvature μ > 0, at steps k = 1, 2, …:
///
/// - g = ∇G(u) + ΣKᵢᵀpᵢ, pᵢ ∈ ∂Fᵢ(Kᵢu)
/// - u ← u − 2/(μ(k + 1))·g
/// - the answer is Σ k·u / Σ k, its duals Σ k·pᵢ / Σ k: J(answer) − J(u*) ≤ 2B²/(μ(k + 1)), B the largest ‖g‖
pub struct Subgradient<F: Float> {
    problem: Arc<Problem<F>>,
    mu: f64,
    u: Vec<F>,
    average: Vec<F>,
    g: Vec<F>,
    rooms: Vec<Vec<F>>, // Kᵢu, then pᵢ
    duals: Vec<Vec<F>>, // their averages
    k: u64,
}

impl<F: Float> Subgradient<F> {
    /// From `start`. Refuses a G without gradient or curvature, and a term without a proximal map.
    pub fn new(problem: Arc<Problem<F>>, start: Vec<F>) -> Result<Self> {
        check_start(&problem, &start)?;
        let refused = |what: &str| Error::Unsuited(format!("subgradient needs {what}: use `primal-dual`"));
        let mu = problem.g.proximal().map_or(0.0, |g| g.curvature());
        if mu == 0.0 || problem.g.smooth().is_none() {
            return Err(refused("a smooth G that is strongly convex, such as λ/2‖u − f‖²"));
        }
        if problem.parts().iter().any(|part| part.term.proximal().is_none()) {
            return Err(refused("a proximal map of every term"));
        }
        let duals: Vec<Vec<F>> = problem.parts().iter().map(|part| vec![F::ZERO; part.operator.range()]).collect();
        Ok(Subgradient { mu, average: start.clone(), g: start.clone(), u: start, rooms: duals.clone(), duals, problem, k: 0 })
    }
}

impl<F: Float> Solver<F> for Subgradient<F> {
    fn step(&mut self) {
        let checked = "`new` has refused other terms";
        self.k += 1;
        // Of Σ k·u / Σ k the newest weighs 2/(k + 1).
        let newest = 2.0 / (self.k + 1) as f64;
        vector::each(&mut self.average, &self.u, |average, u| average + (u - average) * newest);
        self.problem.g.smooth().expect(checked).gradient(&self.u, &mut self.g);
        for ((part, p), dual) in self.problem.parts().iter().zip(&mut self.rooms).zip(&mut self.duals) {
            part.operator.apply(&self.u, p);
            p.iter_mut().for_each(|v| *v = F::down(v.up() * SIGMA));
            part.term.proximal().expect(checked).prox_conjugate(SIGMA, p);
            part.operator.add_adjoint(p, &mut self.g);
            vector::each(dual, p, |dual, p| dual + (p - dual) * newest);
        }
        let eta = newest / self.mu;
        vector::each(&mut self.u, &self.g, |u, g| u - g * eta);
    }

    fn iterate(&mut self) -> &[F] {
        &self.average
    }

    fn measure(&mut self) -> Measure {
        let certificate = self.problem.certify(&self.average, &self.duals);
        Measure {
            value: certificate.map_or_else(|| self.problem.value(&self.average), |c| c.primal),
            certificate,
            ..Measure::default()
        }
    }

    fn duals(&self) -> Option<&[Vec<F>]> {
        Some(&self.duals)
    }

    fn state(&mut self, visit: StateVisitor<'_, F>) {
        visit("step", State::Count(&mut self.k));
        visit("u", State::Slice(&mut self.u));
        visit("average", State::Slice(&mut self.average));
        for (i, p) in self.duals.iter_mut().enumerate() {
            visit(&format!("p{}", i + 1), State::Slice(p));
        }
    }
}
