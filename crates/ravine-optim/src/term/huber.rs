//! The Huber function of the group norm: quadratic near 0, linear beyond. Total variation with a gradient (Huber 1964).

use crate::error::Result;
use crate::number::{Float, Lane};
use crate::parameter::Range;
use crate::term::groups::Groups;
use crate::term::{Proximal, Smooth, Term};

/// F(x) = Σ_j h(|x_j|), h(t) = t²/2δ for t ≤ δ and t − δ/2 beyond; components lie as planes, as in
/// [`GroupNorm`](crate::term::GroupNorm). F*(p) = δ/2‖p‖² where every |p_j| ≤ 1.
///
/// ```
/// use ravine_optim::term::{Huber, Term};
/// let huber = Huber::new(2, 1.0).unwrap();
/// assert_eq!(huber.value(&[3.0, 0.0, 4.0, 1.0]), 4.5 + 0.5);
/// ```
#[derive(Debug, Clone)]
pub struct Huber {
    groups: Groups,
    delta: f64,
}

impl Huber {
    /// `components` ≥ 1 numbers at each position, δ > 0.
    pub fn new(components: usize, delta: f64) -> Result<Self> {
        Range::closed(1.0, f64::MAX).check("components", components as f64)?;
        Ok(Huber { groups: Groups(components), delta: Range::POSITIVE.check("delta", delta)? })
    }
}

impl<F: Float> Term<F> for Huber {
    fn value(&self, x: &[F]) -> f64 {
        let delta = self.delta;
        self.groups.sum(x, |t| if t <= delta { t * t / (2.0 * delta) } else { t - delta / 2.0 })
    }

    fn smooth(&self) -> Option<&dyn Smooth<F>> {
        Some(self)
    }

    fn proximal(&self) -> Option<&dyn Proximal<F>> {
        Some(self)
    }

    fn wide(&self) -> Box<dyn Term<f64>> {
        Box::new(self.clone())
    }
}

impl<F: Float> Smooth<F> for Huber {
    /// x_j/max(δ, |x_j|)
    fn gradient(&self, x: &[F], out: &mut [F]) -> f64 {
        out.copy_from_slice(x);
        let (one, delta) = (F::L::zero() + 1.0, F::L::zero() + self.delta);
        self.groups.rescale(out, |t| one / t.max(delta));
        self.value(x)
    }

    /// 1/δ
    fn lipschitz(&self) -> f64 {
        1.0 / self.delta
    }
}

impl<F: Float> Proximal<F> for Huber {
    /// x_j·δ/(δ + τ) for |x_j| ≤ δ + τ, x_j·(1 − τ/|x_j|) beyond: 1 − τ/max(δ + τ, |x_j|)
    fn prox(&self, tau: f64, x: &mut [F]) {
        let knee = F::L::zero() + (self.delta + tau);
        self.groups.rescale(x, |t| -(F::L::zero() + tau) / t.max(knee) + 1.0);
    }

    /// p_j/(1 + σδ), projected onto |p_j| ≤ 1: p_j/max(1 + σδ, |p_j|)
    fn prox_conjugate(&self, sigma: f64, p: &mut [F]) {
        let (one, knee) = (F::L::zero() + 1.0, F::L::zero() + (1.0 + sigma * self.delta));
        self.groups.rescale(p, |t| one / t.max(knee));
    }

    /// δ/2‖p‖² where every |p_j| ≤ 1
    fn conjugate(&self, p: &[F]) -> f64 {
        self.groups.sum(p, |t| if t > 1.0 { f64::INFINITY } else { self.delta / 2.0 * t * t })
    }
}
