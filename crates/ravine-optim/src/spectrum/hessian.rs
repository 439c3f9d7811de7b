//! The Hessian of an objective at a point, by differences of gradients, and the ends of its spectrum.
//!
//! ∇²J(x)v ≈ (∇J(x + hv) − ∇J(x − hv)) / 2h for ‖v‖ = 1: off by h²/6 times the third derivative of ∇J along v, and by the rounding
//! of ∇J over h. Both are seen by doing it again with another h: where h and 2h agree, h is neither too long nor too short.

use super::lanczos::{Ritz, Wanted, lanczos};
use crate::error::{Error, Result};
use crate::number::Float;
use crate::objective::Objective;
use crate::random::{Random, Stream};
use crate::vector::{norm, square_distance};
use serde::Serialize;
use std::ops::ControlFlow;

/// Between two lengths that are tried.
const RATIO: f64 = 4.0;

/// An eigenvalue of a Hessian, and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Eigenvalue {
    /// λ, that of a Ritz vector y of length 1.
    pub value: f64,
    /// ‖Hy − λy‖, H by differences with h: an eigenvalue of a symmetric H is within so much of λ.
    pub residual: f64,
    /// ‖Hy by differences with h − Hy by differences with 2h‖: an estimate, not a bound, of how far H itself is off.
    pub difference: f64,
}

/// The ends of the spectrum of a Hessian.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curvature {
    /// The least eigenvalues, the least first.
    pub least: Vec<Eigenvalue>,
    /// The largest eigenvalues, the largest first.
    pub largest: Vec<Eigenvalue>,
    /// h
    pub step: f64,
    /// Products with the Hessian, of two gradients each.
    pub products: usize,
}

/// The Hessian of an objective at x, whose samples stay as they are drawn.
pub struct Hessian<'a, F: Float> {
    objective: &'a mut dyn Objective<F>,
    x: &'a [F],
    step: f64,
    point: Vec<F>,
    gradients: [Vec<F>; 2],
}

impl<'a, F: Float> Hessian<'a, F> {
    /// At `x`, with the h at which differences with h/4, h and 4h agree best along a vector that one product has turned towards the
    /// largest curvature (48 gradients in f64, 20 in f32).
    ///
    /// # Errors
    /// `x` has the wrong length, or ∇J is not finite around it.
    pub fn at(objective: &'a mut dyn Objective<F>, x: &'a [F], seed: u64) -> Result<Self> {
        let n = objective.layout().len();
        if x.len() != n {
            return Err(Error::Length { what: "the point of the Hessian".into(), got: x.len(), wanted: n });
        }
        let reach = 1.0 + norm(x);
        let room = || vec![F::ZERO; n];
        let mut hessian = Hessian { objective, x, step: reach * F::EPSILON.cbrt(), point: room(), gradients: [room(), room()] };
        hessian.step = hessian.best_step(reach, seed).ok_or_else(|| {
            Error::Unsuited("the gradient is not finite around this point, so there is no Hessian to look at".into())
        })?;
        Ok(hessian)
    }

    /// h
    pub fn step(&self) -> f64 {
        self.step
    }

    /// y ← ∇²J(x)v by differences with h, for a v of length 1.
    pub fn product(&mut self, v: &[f64], y: &mut [f64]) {
        self.differences(v, self.step, y);
    }

    fn differences(&mut self, v: &[f64], h: f64, y: &mut [f64]) {
        for (sign, gradient) in [1.0, -1.0].into_iter().zip(&mut self.gradients) {
            for ((p, x), v) in self.point.iter_mut().zip(self.x).zip(v) {
                *p = F::from_f64(x.to_f64() + sign * h * v);
            }
            self.objective.value_and_gradient(&self.point, gradient);
        }
        let [ahead, behind] = &self.gradients;
        for ((y, a), b) in y.iter_mut().zip(ahead).zip(behind) {
            *y = (a.to_f64() - b.to_f64()) / (2.0 * h);
        }
    }

    /// Of reach, reach/4, reach/16, … the one whose differences agree best with those of both neighbours, relative to their size. Two
    /// alone can agree by chance.
    fn best_step(&mut self, reach: f64, seed: u64) -> Option<f64> {
        let n = self.x.len();
        let mut random = Random::new(seed, Stream::Start, u64::MAX);
        let mut v: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let mut y = vec![0.0; n];
        scale(&mut v);
        self.differences(&v, self.step, &mut y);
        if scale(&mut y) {
            v.copy_from_slice(&y);
        }
        let (mut best, mut before, mut apart_before) = (None, vec![f64::NAN; n], f64::NAN);
        let mut h = reach;
        while h > 64.0 * F::EPSILON * reach {
            self.differences(&v, h, &mut y);
            let apart = square_distance(&y, &before).sqrt() / norm(&y).max(f64::MIN_POSITIVE);
            let both = apart + apart_before;
            if both.is_finite() && best.is_none_or(|(least, _)| both < least) {
                best = Some((both, h * RATIO));
            }
            apart_before = apart;
            std::mem::swap(&mut before, &mut y);
            h /= RATIO;
        }
        best.map(|(_, h)| h)
    }

    fn judged(&mut self, ritz: &Ritz) -> Eigenvalue {
        let h = self.step;
        let [once, twice] = [h, 2.0 * h].map(|h| {
            let mut y = vec![0.0; self.x.len()];
            self.differences(&ritz.vector, h, &mut y);
            y
        });
        let image: Vec<f64> = ritz.vector.iter().map(|y| ritz.value * y).collect();
        Eigenvalue {
            value: ritz.value,
            residual: square_distance(&once, &image).sqrt(),
            difference: square_distance(&once, &twice).sqrt(),
        }
    }
}

/// v ← v/‖v‖, if that is possible.
fn scale(v: &mut [f64]) -> bool {
    let length = norm(v);
    let possible = length > 0.0 && length.is_finite();
    if possible {
        v.iter_mut().for_each(|v| *v /= length);
    }
    possible
}

/// The extreme eigenvalues of the Hessian of `objective` at `x`, by [`lanczos`]; None if `go_on`, asked before each product, breaks it off.
///
/// ```
/// use ravine_optim::spectrum::{Wanted, curvature};
/// let mut rosenbrock = ravine_optim::surface::build("rosenbrock", &[], None, 0)?;
/// let wanted = Wanted { count: 1, products: 2, tolerance: 0.0, seed: 0 };
/// let found = curvature(&mut rosenbrock, &[1.0, 1.0], &wanted, &mut || std::ops::ControlFlow::Continue(()))?.unwrap();
/// // [[802, −400], [−400, 200]]
/// assert!((found.largest[0].value - (501.0 + 250601f64.sqrt())).abs() < 1e-6 * 1001.6);
/// assert!((found.least[0].value - (501.0 - 250601f64.sqrt())).abs() < 1e-6);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
///
/// # Errors
/// Those of [`Hessian::at`], and gradients that are not finite on the way.
pub fn curvature<F: Float>(
    objective: &mut dyn Objective<F>,
    x: &[F],
    wanted: &Wanted,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Option<Curvature>> {
    let mut hessian = Hessian::at(objective, x, wanted.seed)?;
    let ends = lanczos(x.len(), wanted, &mut |v, y| {
        hessian.product(v, y);
        go_on()
    });
    let Some(ends) = ends else { return Ok(None) };
    let mut judged = |ritz: &[Ritz]| ritz.iter().map(|ritz| hessian.judged(ritz)).collect::<Vec<_>>();
    let (least, largest) = (judged(&ends.least), judged(&ends.largest));
    if least.iter().chain(&largest).any(|e| !(e.value.is_finite() && e.residual.is_finite())) {
        return Err(Error::Unsuited("a gradient beside this point is not finite, so its Hessian cannot be looked at".into()));
    }
    Ok(Some(Curvature { least, largest, step: hessian.step, products: ends.products }))
}
