//! A sum that is known: all the light that came.

use super::{ConvexSet, KEPT};
use crate::error::Result;
use crate::number::Float;
use crate::parameter::Range;
use crate::vector;

/// {x : Σxᵢ = m}
///
/// ```
/// use ravine_optim::term::{ConvexSet, Mass};
/// let mut x = [1.0, 2.0];
/// Mass::new(5.0)?.project(&mut x);
/// assert_eq!(x, [2.0, 3.0]);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Mass {
    total: f64,
}

impl Mass {
    /// Of total m > 0.
    pub fn new(total: f64) -> Result<Self> {
        Ok(Mass { total: Range::POSITIVE.check("total", total)? })
    }
}

impl ConvexSet for Mass {
    /// x + (m − Σx)/n
    fn project<F: Float>(&self, x: &mut [F]) {
        let shift = (self.total - vector::sum(x)) / x.len() as f64;
        x.iter_mut().for_each(|x| *x = F::down(x.up() + shift));
    }

    fn contains<F: Float>(&self, x: &[F]) -> bool {
        (vector::sum(x) - self.total).abs() <= KEPT * self.total
    }

    /// m·c for p = (c, …, c), ∞ for any other: the set has no end in the other directions.
    fn support<F: Float>(&self, p: &[F]) -> f64 {
        let c = p.first().map_or(0.0, |p| p.to_f64());
        if p.iter().all(|p| p.to_f64() == c) { self.total * c } else { f64::INFINITY }
    }

    /// c = p̄ − σm/n
    fn prox_support<F: Float>(&self, sigma: f64, p: &mut [F]) {
        let n = p.len() as f64;
        p.fill(F::from_f64(vector::sum(p) / n - sigma * self.total / n));
    }
}
