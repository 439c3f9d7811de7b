//! Chambolle and Pock, "A first-order primal-dual algorithm for convex problems with applications to imaging" (2011).

use crate::error::{Error, Result};
use crate::number::Float;
use crate::problem::Problem;
use crate::solver::{Measure, Solver, State, StateVisitor, check_start, inside};
use crate::term::{Proximal, Term};
use crate::vector;
use std::sync::Arc;

/// From this dual step on, θ = 1: what acceleration still gains is lost to rounding and to ever smaller primal steps. Measured on
/// ROF: 100 takes half the steps to a gap of 10⁻⁶ in f32, where the gap would rise again later; 1000 a seventh of the steps to
/// 10⁻¹⁰ in f64.
fn largest_sigma<F: Float>() -> f64 {
    if size_of::<F>() == size_of::<f32>() { 100.0 } else { 1000.0 }
}

/// The saddle point min_u max_p G(u) + Σ ⟨Kᵢu, pᵢ⟩ − Fᵢ*(pᵢ), for any terms with proximal maps:
///
/// - pᵢ ← prox_{σFᵢ*}(pᵢ + σKᵢū)
/// - u⁺ ← prox_{τG}(u − τΣKᵢᵀpᵢ)
/// - ū ← u⁺ + θ(u⁺ − u)
///
/// with τσ‖K‖² ≤ 1. Where G has curvature γ (their algorithm 2), θ = 1/√(1 + 2γτ), τ ← θτ, σ ← σ/θ: the gap falls like 1/k².
/// Where the F* have curvature δ too (algorithm 3), fixed steps: it falls geometrically. Where G has none (algorithm 1), θ = 1.
pub struct PrimalDual<F: Float> {
    problem: Arc<Problem<F>>,
    u: Vec<F>,
    ahead: Vec<F>,      // ū
    p: Vec<Vec<F>>,     // one a part
    rooms: Vec<Vec<F>>, // Kᵢū
    next: Vec<F>,       // ΣKᵢᵀpᵢ, then u⁺
    gamma: f64,
    sigma: f64,
    tau: f64,
    theta: Option<f64>, // fixed, or from γ and τ
}

impl<F: Float> PrimalDual<F> {
    /// From `start`, or the proximal point of a start outside the domain of G, and p = 0. Refuses a term without a proximal map.
    pub fn new(problem: Arc<Problem<F>>, start: Vec<F>) -> Result<Self> {
        check_start(&problem, &start)?;
        let gamma = proximal("G", &*problem.g)?.curvature();
        let mut delta = f64::INFINITY; // curvature of the F*: min 1/Lᵢ
        let mut square_norm = 0.0; // ‖K‖² ≤ Σ‖Kᵢ‖²
        for part in problem.parts() {
            proximal("F", &*part.term)?;
            delta = delta.min(part.term.smooth().map_or(0.0, |f| 1.0 / f.lipschitz()));
            square_norm += part.operator.norm().powi(2);
        }
        let norm = if square_norm > 0.0 { square_norm.sqrt() } else { 1.0 };
        let (tau, sigma, theta) = steps(gamma, delta, norm);
        let start = inside(&problem, tau, start);
        let p: Vec<Vec<F>> = problem.parts().iter().map(|part| vec![F::ZERO; part.operator.range()]).collect();
        Ok(PrimalDual {
            ahead: start.clone(),
            next: vec![F::ZERO; start.len()],
            rooms: p.clone(),
            u: start,
            p,
            problem,
            gamma,
            sigma,
            tau,
            theta,
        })
    }

    /// θ of this step; sets τ and σ of the next.
    fn accelerate(&mut self) -> f64 {
        if let Some(theta) = self.theta {
            return theta;
        }
        if self.sigma >= largest_sigma::<F>() {
            return 1.0;
        }
        let theta = 1.0 / (1.0 + 2.0 * self.gamma * self.tau).sqrt();
        self.tau *= theta;
        self.sigma /= theta;
        theta
    }
}

/// τ and σ of the first step, and θ where it is fixed.
fn steps(gamma: f64, delta: f64, norm: f64) -> (f64, f64, Option<f64>) {
    if gamma == 0.0 {
        return (1.0 / norm, 1.0 / norm, Some(1.0));
    }
    if delta == 0.0 || delta.is_infinite() {
        return (1.0 / gamma, gamma / (norm * norm), None);
    }
    let mu = 2.0 * (gamma * delta).sqrt() / norm;
    (mu / (2.0 * gamma), mu / (2.0 * delta), Some(1.0 / (1.0 + mu)))
}

fn proximal<'t, F: Float>(name: &str, term: &'t dyn Term<F>) -> Result<&'t dyn Proximal<F>> {
    term.proximal().ok_or_else(|| Error::Unsuited(format!("{name} has no proximal map, which primal-dual needs: use a descent")))
}

impl<F: Float> Solver<F> for PrimalDual<F> {
    fn step(&mut self) {
        let checked = "`new` has refused terms without a proximal map";
        let (tau, sigma) = (self.tau, self.sigma);
        self.next.fill(F::ZERO);
        for ((part, p), room) in self.problem.parts().iter().zip(&mut self.p).zip(&mut self.rooms) {
            part.operator.apply(&self.ahead, room);
            vector::each(p, room, |p, ku| p + ku * sigma);
            part.term.proximal().expect(checked).prox_conjugate(sigma, p);
            part.operator.add_adjoint(p, &mut self.next);
        }
        vector::each(&mut self.next, &self.u, |pull, u| u - pull * tau);
        self.problem.g.proximal().expect(checked).prox(tau, &mut self.next);
        let theta = self.accelerate();
        vector::each_of_three(&mut self.ahead, &self.next, &self.u, |_, new, old| new + (new - old) * theta);
        std::mem::swap(&mut self.u, &mut self.next);
    }

    fn iterate(&mut self) -> &[F] {
        &self.u
    }

    fn measure(&mut self) -> Measure {
        let certificate = self.problem.certify(&self.u, &self.p);
        Measure { value: certificate.map_or(f64::NAN, |c| c.primal), certificate, ..Measure::default() }
    }

    fn duals(&self) -> Option<&[Vec<F>]> {
        Some(&self.p)
    }

    fn state(&mut self, visit: StateVisitor<'_, F>) {
        visit("u", State::Slice(&mut self.u));
        visit("ahead", State::Slice(&mut self.ahead));
        for (i, p) in self.p.iter_mut().enumerate() {
            visit(&format!("p{}", i + 1), State::Slice(p));
        }
        visit("tau", State::Number(&mut self.tau));
        visit("sigma", State::Number(&mut self.sigma));
    }
}
