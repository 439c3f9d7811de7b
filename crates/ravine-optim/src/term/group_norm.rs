//! Σ_j |x_j|, the sum of Euclidean norms: with x = ∇u this is isotropic total variation, colour coupled.

use crate::error::Result;
use crate::number::{Float, Lane};
use crate::parameter::Range;
use crate::term::groups::Groups;
use crate::term::{Proximal, Term};

/// F(x) = Σ_j |x_j|, x_j the G components at position j, which lie as G planes in x. One component: ℓ¹.
///
/// ```
/// use ravine_optim::term::{GroupNorm, Term};
/// let x = [3.0, 0.0, 4.0, -1.0]; // two positions, (3, 4) and (0, −1)
/// assert_eq!(GroupNorm::new(2).unwrap().value(&x), 6.0);
/// assert_eq!(GroupNorm::l1().value(&x), 8.0);
/// ```
#[derive(Debug, Clone)]
pub struct GroupNorm {
    groups: Groups,
}

impl GroupNorm {
    /// `components` ≥ 1 numbers at each position.
    pub fn new(components: usize) -> Result<Self> {
        Range::closed(1.0, f64::MAX).check("components", components as f64)?;
        Ok(GroupNorm { groups: Groups(components) })
    }

    /// Σ|x|
    pub fn l1() -> Self {
        GroupNorm { groups: Groups(1) }
    }
}

impl<F: Float> Term<F> for GroupNorm {
    fn value(&self, x: &[F]) -> f64 {
        self.groups.sum(x, |t| t)
    }

    fn proximal(&self) -> Option<&dyn Proximal<F>> {
        Some(self)
    }

    fn wide(&self) -> Box<dyn Term<f64>> {
        Box::new(self.clone())
    }
}

impl<F: Float> Proximal<F> for GroupNorm {
    /// Shrinkage: x_j·max(1 − τ/|x_j|, 0)
    fn prox(&self, tau: f64, x: &mut [F]) {
        self.groups.rescale(x, |t| (-(F::L::zero() + tau) / t + 1.0).max(F::L::zero()));
    }

    /// The projection onto |p_j| ≤ 1, whatever σ is.
    fn prox_conjugate(&self, _sigma: f64, p: &mut [F]) {
        let one = F::L::zero() + 1.0;
        self.groups.rescale(p, |t| one / t.max(one));
    }

    /// 0 where every |p_j| ≤ 1
    fn conjugate(&self, p: &[F]) -> f64 {
        self.groups.sum(p, |t| if t > 1.0 { f64::INFINITY } else { 0.0 })
    }
}
