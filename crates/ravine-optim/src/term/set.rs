//! Convex sets as terms: what the answer of a restricted problem must satisfy.
//!
//! A set C comes with its projection P. From it follow its indicator ([`Indicator`], 0 in C and ∞ outside) and the data term of
//! Gaussian noise within C ([`SquaresWithin`]), whose conjugate is finite everywhere, so that any dual gives a bound.
//!
//! Membership is tested to a part in a million, which is what numbers of single precision can keep.

mod bounds;
mod mass;
mod simplex;

pub use bounds::Bounds;
pub use mass::Mass;
pub use simplex::Simplex;

use crate::error::Result;
use crate::number::Float;
use crate::term::{Proximal, Squares, Term};
use crate::vector;
use std::sync::Arc;

/// How far a number may be from where the set wants it, relatively.
const KEPT: f64 = 1e-6;

/// A closed convex set C with a cheap projection.
pub trait ConvexSet: Clone + Send + Sync + 'static {
    /// x ← the nearest point of C
    fn project<F: Float>(&self, x: &mut [F]);
    /// Whether x lies in C, to a part in a million.
    fn contains<F: Float>(&self, x: &[F]) -> bool;
    /// sup over C of ⟨p, x⟩: the conjugate of the indicator.
    fn support<F: Float>(&self, p: &[F]) -> f64;
    /// p ← argmin_q σ·sup⟨q, C⟩ + ½‖q − p‖², by Moreau p − σP(p/σ). Of a bounded set nothing happens at σ = 0; others say what does.
    fn prox_support<F: Float>(&self, sigma: f64, p: &mut [F]) {
        moreau(sigma, p, |x| self.project(x));
    }
    /// ‖u − P(u − ∇J(u))‖: 0 exactly where u fulfils the conditions of Karush (1939), Kuhn and Tucker (1951) for the least J in C.
    fn residual<F: Float>(&self, u: &[F], gradient: &[F]) -> f64 {
        let mut moved = u.to_vec();
        vector::each(&mut moved, gradient, |u, g| u - g);
        self.project(&mut moved);
        vector::square_distance(u, &moved).sqrt()
    }
}

/// p ← p − σ·prox(p/σ), where `prox` is that of F/σ; at σ = 0 p stays.
fn moreau<F: Float>(sigma: f64, p: &mut [F], prox: impl FnOnce(&mut [F])) {
    if sigma == 0.0 {
        return;
    }
    let mut x: Vec<F> = p.iter().map(|p| F::down(p.up() / sigma)).collect();
    prox(&mut x);
    vector::each(p, &x, |p, x| p - x * sigma);
}

/// F(x) = 0 in C, ∞ outside.
///
/// ```
/// use ravine_optim::term::{Bounds, Indicator, Proximal, Term};
/// let unit = Indicator(Bounds::even(2, 0.0, 1.0)?);
/// let mut x = [-3.0, 0.5];
/// assert_eq!(unit.value(&x), f64::INFINITY);
/// unit.prox(1.0, &mut x);
/// assert_eq!((x, unit.value(&x)), ([0.0, 0.5], 0.0));
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Indicator<S>(pub S);

impl<F: Float, S: ConvexSet> Term<F> for Indicator<S> {
    fn value(&self, x: &[F]) -> f64 {
        if self.0.contains(x) { 0.0 } else { f64::INFINITY }
    }

    fn proximal(&self) -> Option<&dyn Proximal<F>> {
        Some(self)
    }

    fn wide(&self) -> Box<dyn Term<f64>> {
        Box::new(self.clone())
    }
}

impl<F: Float, S: ConvexSet> Proximal<F> for Indicator<S> {
    /// The projection, whatever τ is.
    fn prox(&self, _tau: f64, x: &mut [F]) {
        self.0.project(x);
    }

    fn prox_conjugate(&self, sigma: f64, p: &mut [F]) {
        self.0.prox_support(sigma, p);
    }

    fn conjugate(&self, p: &[F]) -> f64 {
        self.0.support(p)
    }
}

/// F(x) = w/2‖x − c‖² in C, ∞ outside.
///
/// ```
/// use ravine_optim::term::{Bounds, Proximal, SquaresWithin, Term};
/// let data = SquaresWithin::new(3.0, vec![1.0, 2.0], Bounds::even(2, 0.0, 1.5)?)?;
/// let mut x = [5.0, 6.0];
/// data.prox(1.0, &mut x); // (x + 3c)/(1 + 3), then into C
/// assert_eq!(x, [1.5, 1.5]);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SquaresWithin<S, D> {
    squares: Squares<D>,
    weight: f64,
    set: S,
}

impl<S: ConvexSet, D: Float> SquaresWithin<S, D> {
    /// w/2‖x − c‖² in `set`, w > 0.
    pub fn new(weight: f64, centre: impl Into<Arc<Vec<D>>>, set: S) -> Result<Self> {
        Ok(SquaresWithin { squares: Squares::around(weight, centre)?, weight, set })
    }
}

impl<F: Float, S: ConvexSet, D: Float> Term<F> for SquaresWithin<S, D> {
    fn value(&self, x: &[F]) -> f64 {
        if self.set.contains(x) { self.squares.value(x) } else { f64::INFINITY }
    }

    fn proximal(&self) -> Option<&dyn Proximal<F>> {
        Some(self)
    }

    fn wide(&self) -> Box<dyn Term<f64>> {
        Box::new(self.clone())
    }
}

impl<F: Float, S: ConvexSet, D: Float> Proximal<F> for SquaresWithin<S, D> {
    /// P((x + τw·c)/(1 + τw)): on a sphere around the free minimiser F is constant, so the nearest point of C is the best.
    fn prox(&self, tau: f64, x: &mut [F]) {
        self.squares.prox(tau, x);
        self.set.project(x);
    }

    fn prox_conjugate(&self, sigma: f64, p: &mut [F]) {
        moreau(sigma, p, |x| self.prox(1.0 / sigma, x));
    }

    /// ⟨p, x⟩ − w/2‖x − c‖² at x = P(c + p/w)
    fn conjugate(&self, p: &[F]) -> f64 {
        let mut x: Vec<f64> = (0..p.len()).map(|i| self.squares.centre(i) + p[i].to_f64() / self.weight).collect();
        self.set.project(&mut x);
        vector::sum_of(x.len(), |i| p[i].to_f64() * x[i] - 0.5 * self.weight * (x[i] - self.squares.centre(i)).powi(2))
    }

    fn curvature(&self) -> f64 {
        self.weight
    }
}
