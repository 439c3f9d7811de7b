//! Laws as numbers: how far a gradient or an adjoint is from what it claims to be.

use crate::linear::LinearOperator;
use crate::number::Float;
use crate::objective::Objective;
use crate::random::{Random, Stream};
use crate::vector::{dot, norm};

/// max over coordinates of |gᵢ − (J(x + heᵢ) − J(x − heᵢ))/2h| / ‖g‖∞-scale, g = ∇J(x), with h = 6e-6·max(1, |xᵢ|) (≈ ∛ε).
///
/// The scale is max(1, ‖g‖∞, 1e-6·|J(x)|): the last because a difference of large values is no more exact than that.
pub fn gradient_error(objective: &mut dyn Objective<f64>, x: &[f64]) -> f64 {
    let mut gradient = vec![0.0; x.len()];
    let value = objective.value_and_gradient(x, &mut gradient);
    let scale = gradient.iter().fold(f64::max(1.0, 1e-6 * value.abs()), |m, g| m.max(g.abs()));
    let mut y = x.to_vec();
    let mut worst = 0.0;
    for i in 0..x.len() {
        let h = 6e-6 * x[i].abs().max(1.0);
        y[i] = x[i] + h;
        let ahead = objective.value(&y);
        y[i] = x[i] - h;
        let behind = objective.value(&y);
        y[i] = x[i];
        worst = f64::max(worst, (gradient[i] - (ahead - behind) / (2.0 * h)).abs() / scale);
    }
    worst
}

/// The two sides of ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ for random x and y.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjoint {
    /// ⟨Ax, y⟩
    pub forward: f64,
    /// ⟨x, Aᵀy⟩
    pub backward: f64,
    /// |⟨Ax, y⟩ − ⟨x, Aᵀy⟩| / max(‖Ax‖‖y‖, ‖x‖‖Aᵀy‖)
    pub error: f64,
}

impl Adjoint {
    /// backward / forward: a whole or simple number tells how the adjoint is scaled wrongly.
    pub fn apparent_scale(&self) -> f64 {
        self.backward / self.forward
    }
}

/// Whether `add_adjoint` is the adjoint of `apply`, on vectors drawn from `seed`.
pub fn adjoint<F: Float>(a: &dyn LinearOperator<F>, seed: u64) -> Adjoint {
    let mut random = Random::new(seed, Stream::Start, 1);
    let mut draw = |n: usize| -> Vec<F> { (0..n).map(|_| F::from_f64(random.normal())).collect() };
    let (x, y) = (draw(a.domain()), draw(a.range()));
    let (mut ax, mut aty) = (vec![F::ZERO; a.range()], vec![F::ZERO; a.domain()]);
    a.apply(&x, &mut ax);
    a.adjoint(&y, &mut aty);
    let (forward, backward) = (dot(&ax, &y), dot(&x, &aty));
    let scale = f64::max(norm(&ax) * norm(&y), norm(&x) * norm(&aty));
    let error = if forward == backward { 0.0 } else { (forward - backward).abs() / scale };
    Adjoint { forward, backward, error }
}
