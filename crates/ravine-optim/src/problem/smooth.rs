//! A smooth problem as an objective: what an update rule descends.

use crate::certificate::Certificate;
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::number::Float;
use crate::objective::Objective;
use crate::problem::Problem;
use std::sync::Arc;

/// J(u) = G(u) + Σ Fᵢ(Kᵢu) with every term differentiable: ∇J(u) = ∇G(u) + Σ Kᵢᵀ∇Fᵢ(Kᵢu).
///
/// It is certified by the duals pᵢ = ∇Fᵢ(Kᵢu), so whatever rule descends it, its answer comes with a gap.
pub struct SmoothProblem<F: Float> {
    problem: Arc<Problem<F>>,
    layout: Layout,
    lipschitz: f64,
    rooms: Vec<[Vec<F>; 2]>, // Kᵢu and ∇Fᵢ(Kᵢu)
}

impl<F: Float> SmoothProblem<F> {
    /// Refuses a problem that has no gradient.
    pub fn new(problem: Arc<Problem<F>>) -> Result<Self> {
        let lipschitz = lipschitz(&problem).ok_or_else(|| {
            Error::Unsuited(
                "this energy has no gradient where its norm is zero, so no update rule can descend it: \
                 use its smooth neighbour `huber-tv`, or a solver that needs none, such as `primal-dual`"
                    .into(),
            )
        })?;
        let layout = Layout::single("u", &[problem.unknowns()]);
        let room = |part: &super::Part<F>| std::array::from_fn(|_| vec![F::ZERO; part.operator.range()]);
        let rooms = problem.parts().iter().map(room).collect();
        Ok(SmoothProblem { problem, layout, lipschitz, rooms })
    }

    /// The problem itself.
    pub fn problem(&self) -> &Arc<Problem<F>> {
        &self.problem
    }

    /// A Lipschitz constant L of ∇J.
    pub fn lipschitz(&self) -> f64 {
        self.lipschitz
    }
}

/// L = L_G + Σ Lᵢ‖Kᵢ‖², where all terms are smooth.
fn lipschitz<F: Float>(problem: &Problem<F>) -> Option<f64> {
    let parts = problem.parts().iter().map(|part| Some(part.term.smooth()?.lipschitz() * part.operator.norm().powi(2)));
    Some(problem.g.smooth()?.lipschitz() + parts.sum::<Option<f64>>()?)
}

impl<F: Float> Objective<F> for SmoothProblem<F> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn value(&mut self, u: &[F]) -> f64 {
        let parts = self.problem.parts().iter().zip(&mut self.rooms);
        let sum: f64 = parts
            .map(|(part, [ku, _])| {
                part.operator.apply(u, ku);
                part.term.value(ku)
            })
            .sum();
        self.problem.g.value(u) + sum
    }

    fn value_and_gradient(&mut self, u: &[F], gradient: &mut [F]) -> f64 {
        // `new` has checked that every term is smooth.
        let mut value = self.problem.g.smooth().map_or(f64::NAN, |g| g.gradient(u, gradient));
        for (part, [ku, p]) in self.problem.parts().iter().zip(&mut self.rooms) {
            part.operator.apply(u, ku);
            value += part.term.smooth().map_or(f64::NAN, |f| f.gradient(ku, p));
            part.operator.add_adjoint(p, gradient);
        }
        value
    }

    fn stable_eta(&self) -> Option<f64> {
        Some(2.0 / self.lipschitz)
    }

    fn certificate(&mut self, u: &[F]) -> Option<Certificate> {
        self.problem.certify(u, &self.problem.duals_at(u)?)
    }
}
