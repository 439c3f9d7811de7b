//! w/2‖x − c‖²: the data term λ/2‖u − f‖² of Gaussian noise, and the regularizer ½‖∇u‖² of Tikhonov.

use crate::error::Result;
use crate::number::{Float, Lane};
use crate::parameter::Range;
use crate::term::{Proximal, Smooth, Term};
use crate::vector::{self, BLOCK};
use rayon::prelude::*;
use std::sync::Arc;

/// F(x) = w/2‖x − c‖², with the centre as stored (D), for vectors of any precision (F).
///
/// ```
/// use ravine_optim::term::{Proximal, Squares};
/// let data = Squares::around(3.0, vec![1.0, 2.0]).unwrap();
/// let mut x = [5.0, 6.0];
/// data.prox(1.0, &mut x); // (x + 3c)/(1 + 3)
/// assert_eq!(x, [2.0, 3.0]);
/// ```
#[derive(Debug, Clone)]
pub struct Squares<D> {
    weight: f64,
    centre: Option<Arc<Vec<D>>>,
}

impl<D: Float> Squares<D> {
    /// w/2‖x‖², w > 0.
    pub fn new(weight: f64) -> Result<Self> {
        Ok(Squares { weight: Range::POSITIVE.check("weight", weight)?, centre: None })
    }

    /// w/2‖x − c‖², w > 0. The vectors it is asked about have the length of c.
    pub fn around(weight: f64, centre: impl Into<Arc<Vec<D>>>) -> Result<Self> {
        Ok(Squares { centre: Some(centre.into()), ..Squares::new(weight)? })
    }

    /// cᵢ
    pub(super) fn centre(&self, i: usize) -> f64 {
        self.centre.as_ref().map_or(0.0, |c| c[i].to_f64())
    }

    /// x ← f(x, c)
    fn each<F: Float>(&self, x: &mut [F], f: impl Fn(F::L, F::L) -> F::L + Sync) {
        match &self.centre {
            Some(c) => x.par_chunks_mut(BLOCK).zip_eq(c.par_chunks(BLOCK)).for_each(|(x, c)| {
                for (x, c) in x.iter_mut().zip(c) {
                    *x = F::down(f(x.up(), F::from_f64(c.to_f64()).up()));
                }
            }),
            None => x.par_chunks_mut(BLOCK).for_each(|x| x.iter_mut().for_each(|x| *x = F::down(f(x.up(), F::L::zero())))),
        }
    }
}

impl<F: Float, D: Float> Term<F> for Squares<D> {
    fn value(&self, x: &[F]) -> f64 {
        0.5 * self.weight * vector::sum_of(x.len(), |i| (x[i].to_f64() - self.centre(i)).powi(2))
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

impl<F: Float, D: Float> Smooth<F> for Squares<D> {
    /// w(x − c)
    fn gradient(&self, x: &[F], out: &mut [F]) -> f64 {
        out.copy_from_slice(x);
        self.each(out, |x, c| (x - c) * self.weight);
        self.value(x)
    }

    fn lipschitz(&self) -> f64 {
        self.weight
    }

    fn quadratic(&self) -> Option<f64> {
        Some(self.weight)
    }
}

impl<F: Float, D: Float> Proximal<F> for Squares<D> {
    /// (x + τw·c)/(1 + τw)
    fn prox(&self, tau: f64, x: &mut [F]) {
        let t = tau * self.weight;
        self.each(x, |x, c| (x + c * t) / (1.0 + t));
    }

    /// (p − σc)/(1 + σ/w)
    fn prox_conjugate(&self, sigma: f64, p: &mut [F]) {
        self.each(p, |p, c| (p - c * sigma) / (1.0 + sigma / self.weight));
    }

    /// ⟨p, c⟩ + ‖p‖²/2w
    fn conjugate(&self, p: &[F]) -> f64 {
        vector::sum_of(p.len(), |i| {
            let v = p[i].to_f64();
            v * (self.centre(i) + v / (2.0 * self.weight))
        })
    }

    fn curvature(&self) -> f64 {
        self.weight
    }
}
