//! Accelerated proximal gradient: Beck and Teboulle's FISTA (2009), with the momentum for strongly convex energies of Chambolle
//! and Pock, "An introduction to continuous optimization for imaging" (2016), algorithm 5.

use crate::error::{Error, Result};
use crate::number::Float;
use crate::problem::Problem;
use crate::solver::{Measure, Solver, State, StateVisitor, check_start, inside, measure_by_own_duals};
use crate::vector;
use std::sync::Arc;

/// G(u) + H(u), H = ΣFᵢ∘Kᵢ smooth with ∇H Lipschitz by L = ΣLᵢ‖Kᵢ‖², G with a proximal map and curvature γ:
///
/// - t⁺ = (1 − qt² + √((1 − qt²)² + 4t²))/2, q = τγ/(1 + τγ), τ = 1/L
/// - β = (t − 1)/t⁺ · (1 + τγ − t⁺τγ)
/// - y = u + β(u − u⁻)
/// - u⁺ = prox_{τG}(y − τ∇H(y))
pub struct ProximalGradient<F: Float> {
    problem: Arc<Problem<F>>,
    u: Vec<F>,
    before: Vec<F>, // u⁻
    y: Vec<F>,
    gradient: Vec<F>,        // ∇H(y)
    rooms: Vec<[Vec<F>; 2]>, // Kᵢy and ∇Fᵢ(Kᵢy)
    t: f64,
    tau: f64,
    gamma: f64,
}

impl<F: Float> ProximalGradient<F> {
    /// From `start`, or the proximal point of a start outside the domain of G. Refuses an F without a gradient and a G without a proximal map.
    pub fn new(problem: Arc<Problem<F>>, start: Vec<F>) -> Result<Self> {
        check_start(&problem, &start)?;
        let refused = |what: &str, way_out: &str| Error::Unsuited(format!("accelerated-gradient needs {what}: {way_out}"));
        let g = problem.g.proximal().ok_or_else(|| refused("a proximal map of G", "use a descent"))?;
        let gamma = g.curvature();
        let mut lipschitz = 0.0;
        for part in problem.parts() {
            let smooth = part.term.smooth();
            let smooth = smooth.ok_or_else(|| refused("a smooth regularizer", "use `huber-tv`, or the solver `primal-dual`"))?;
            lipschitz += smooth.lipschitz() * part.operator.norm().powi(2);
        }
        let room = |part: &crate::problem::Part<F>| std::array::from_fn(|_| vec![F::ZERO; part.operator.range()]);
        let rooms = problem.parts().iter().map(room).collect();
        let zero = vec![F::ZERO; start.len()];
        let tau = if lipschitz > 0.0 { 1.0 / lipschitz } else { 1.0 };
        let start = inside(&problem, tau, start);
        Ok(ProximalGradient {
            problem,
            before: start.clone(),
            u: start,
            y: zero.clone(),
            gradient: zero,
            rooms,
            t: 0.0,
            tau,
            gamma,
        })
    }

    /// β of this step.
    fn momentum(&mut self) -> f64 {
        let (t, curved) = (self.t, self.tau * self.gamma);
        let b = 1.0 - curved / (1.0 + curved) * t * t;
        self.t = (b + (b * b + 4.0 * t * t).sqrt()) / 2.0;
        (t - 1.0) / self.t * (1.0 + curved - self.t * curved)
    }
}

impl<F: Float> Solver<F> for ProximalGradient<F> {
    fn step(&mut self) {
        let checked = "`new` has refused other terms";
        let (beta, tau) = (self.momentum(), self.tau);
        vector::each_of_three(&mut self.y, &self.u, &self.before, |_, u, before| u + (u - before) * beta);
        self.gradient.fill(F::ZERO);
        for (part, [ky, p]) in self.problem.parts().iter().zip(&mut self.rooms) {
            part.operator.apply(&self.y, ky);
            part.term.smooth().expect(checked).gradient(ky, p);
            part.operator.add_adjoint(p, &mut self.gradient);
        }
        std::mem::swap(&mut self.u, &mut self.before);
        vector::each_of_three(&mut self.u, &self.y, &self.gradient, |_, y, gradient| y - gradient * tau);
        self.problem.g.proximal().expect(checked).prox(tau, &mut self.u);
    }

    fn iterate(&mut self) -> &[F] {
        &self.u
    }

    fn measure(&mut self) -> Measure {
        measure_by_own_duals(&self.problem, &self.u)
    }

    fn state(&mut self, visit: StateVisitor<'_, F>) {
        visit("u", State::Slice(&mut self.u));
        visit("before", State::Slice(&mut self.before));
        visit("t", State::Number(&mut self.t));
    }
}
