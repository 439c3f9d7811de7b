//! Accelerated proximal gradient on the dual: Beck and Teboulle, "Fast gradient-based algorithms for constrained total variation image
//! denoising and deblurring problems" (2009), after Chambolle's projection (2004).

use crate::error::{Error, Result};
use crate::number::Float;
use crate::problem::Problem;
use crate::solver::{Measure, Solver, State, StateVisitor, check_start};
use crate::term::Proximal;
use crate::vector;
use std::sync::Arc;

/// min_p G*(−ΣKᵢᵀpᵢ) + ΣFᵢ*(pᵢ), for G of curvature γ > 0: then ∇G* is Lipschitz by 1/γ, and ∇G*(q) = argmin_u G(u) − ⟨q, u⟩.
///
/// - t⁺ = (1 + √(1 + 4t²))/2
/// - y = p + (t − 1)/t⁺·(p − p⁻)
/// - u = ∇G*(−ΣKᵢᵀyᵢ)
/// - pᵢ⁺ = prox_{τFᵢ*}(yᵢ + τKᵢu), τ = γ/‖K‖²
///
/// No derivative of an F is taken. The answer is ∇G*(−ΣKᵢᵀpᵢ).
pub struct DualGradient<F: Float> {
    problem: Arc<Problem<F>>,
    p: Vec<Vec<F>>,
    before: Vec<Vec<F>>, // p⁻
    y: Vec<Vec<F>>,
    rooms: Vec<Vec<F>>, // Kᵢu
    u: Vec<F>,
    gamma: f64,
    tau: f64,
    t: f64,
}

impl<F: Float> DualGradient<F> {
    /// From p = 0: where the iteration begins, `start` is checked and forgotten. Refuses a G without curvature and a term without a
    /// proximal map.
    pub fn new(problem: Arc<Problem<F>>, start: Vec<F>) -> Result<Self> {
        check_start(&problem, &start)?;
        let refused = |what: &str| Error::Unsuited(format!("dual-gradient needs {what}: use `primal-dual`"));
        let gamma = problem.g.proximal().map_or(0.0, |g| g.curvature());
        if gamma == 0.0 {
            return Err(refused("a G that is strongly convex, such as λ/2‖u − f‖²"));
        }
        if problem.parts().iter().any(|part| part.term.proximal().is_none()) {
            return Err(refused("a proximal map of every term"));
        }
        let square_norm: f64 = problem.parts().iter().map(|part| part.operator.norm().powi(2)).sum();
        let tau = if square_norm > 0.0 { gamma / square_norm } else { 1.0 };
        let p: Vec<Vec<F>> = problem.parts().iter().map(|part| vec![F::ZERO; part.operator.range()]).collect();
        Ok(DualGradient { before: p.clone(), y: p.clone(), rooms: p.clone(), p, u: start, problem, gamma, tau, t: 1.0 })
    }
}

/// u ← ∇G*(−ΣKᵢᵀpᵢ), by a proximal step so long that its start is lost in rounding.
fn answer<F: Float>(problem: &Problem<F>, p: &[Vec<F>], gamma: f64, u: &mut [F]) {
    let endless = 1e16 / gamma;
    u.fill(F::ZERO);
    for (part, p) in problem.parts().iter().zip(p) {
        part.operator.add_adjoint(p, u);
    }
    u.iter_mut().for_each(|v| *v = F::from_f64(-endless * v.to_f64()));
    let g: Option<&dyn Proximal<F>> = problem.g.proximal();
    if let Some(g) = g {
        g.prox(endless, u);
    }
}

impl<F: Float> Solver<F> for DualGradient<F> {
    fn step(&mut self) {
        let next = 0.5 * (1.0 + (1.0 + 4.0 * self.t * self.t).sqrt());
        let beta = (std::mem::replace(&mut self.t, next) - 1.0) / next;
        for ((y, p), before) in self.y.iter_mut().zip(&self.p).zip(&self.before) {
            vector::each_of_three(y, p, before, |_, p, before| p + (p - before) * beta);
        }
        answer(&self.problem, &self.y, self.gamma, &mut self.u);
        std::mem::swap(&mut self.p, &mut self.before);
        let tau = self.tau;
        for (((part, p), y), room) in self.problem.parts().iter().zip(&mut self.p).zip(&self.y).zip(&mut self.rooms) {
            part.operator.apply(&self.u, room);
            vector::each_of_three(p, y, room, |_, y, ku| y + ku * tau);
            part.term.proximal().expect("`new` has refused terms without a proximal map").prox_conjugate(tau, p);
        }
    }

    fn iterate(&mut self) -> &[F] {
        answer(&self.problem, &self.p, self.gamma, &mut self.u);
        &self.u
    }

    fn measure(&mut self) -> Measure {
        answer(&self.problem, &self.p, self.gamma, &mut self.u);
        let certificate = self.problem.certify(&self.u, &self.p);
        Measure { value: certificate.map_or(f64::NAN, |c| c.primal), certificate, ..Measure::default() }
    }

    fn duals(&self) -> Option<&[Vec<F>]> {
        Some(&self.p)
    }

    fn state(&mut self, visit: StateVisitor<'_, F>) {
        for (i, (p, before)) in self.p.iter_mut().zip(&mut self.before).enumerate() {
            visit(&format!("p{}", i + 1), State::Slice(p));
            visit(&format!("before{}", i + 1), State::Slice(before));
        }
        visit("t", State::Number(&mut self.t));
    }
}
