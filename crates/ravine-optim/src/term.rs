//! Convex terms of an energy: a value, and what can be asked of it (a gradient, a proximal map).

mod group_norm;
mod groups;
mod huber;
mod set;
mod squares;

pub use group_norm::GroupNorm;
pub use huber::Huber;
pub use set::{Bounds, ConvexSet, Indicator, Mass, Simplex, SquaresWithin};
pub use squares::Squares;

use crate::number::Float;

/// A convex function of a vector.
pub trait Term<F: Float>: Send + Sync {
    /// F(x); +∞ outside its domain.
    fn value(&self, x: &[F]) -> f64;
    /// Its gradient, where it is differentiable.
    fn smooth(&self) -> Option<&dyn Smooth<F>> {
        None
    }
    /// Its proximal map, where that is cheap.
    fn proximal(&self) -> Option<&dyn Proximal<F>> {
        None
    }
    /// The same term in f64, for certificates.
    fn wide(&self) -> Box<dyn Term<f64>>;
}

/// A differentiable term.
pub trait Smooth<F: Float>: Term<F> {
    /// ∇F(x) into `out`; returns F(x).
    fn gradient(&self, x: &[F], out: &mut [F]) -> f64;
    /// A Lipschitz constant of ∇F.
    fn lipschitz(&self) -> f64;
    /// w, where F(x) = w/2‖x − c‖² + constant: ∇F is affine and its slope a number. What conjugate gradients need.
    fn quadratic(&self) -> Option<f64> {
        None
    }
}

/// A term with a proximal map.
pub trait Proximal<F: Float>: Term<F> {
    /// x ← argmin_z τF(z) + ½‖z − x‖²
    fn prox(&self, tau: f64, x: &mut [F]);
    /// p ← argmin_q σF*(q) + ½‖q − p‖². At σ = 0: the projection onto dom F*.
    fn prox_conjugate(&self, sigma: f64, p: &mut [F]);
    /// F*(p); +∞ outside dom F*.
    fn conjugate(&self, p: &[F]) -> f64;
    /// Strong convexity: the largest μ for which F − μ/2‖·‖² is known to be convex.
    fn curvature(&self) -> f64 {
        0.0
    }
}

/// What `ravine list terms` shows: name and meaning.
pub const TERMS: [(&str, &str); 8] = [
    ("squares", "w/2‖x − c‖²"),
    ("group-norm", "Σ over positions of the Euclidean norm of the components there"),
    ("l1", "Σ|x|: group-norm with one component"),
    ("huber", "group-norm rounded off below δ: |x|²/2δ there, |x| − δ/2 beyond"),
    ("bounds", "0 where a ≤ x ≤ b, ∞ elsewhere: a box, and coordinates that are known"),
    ("simplex", "0 where x ≥ 0 and Σx = m, ∞ elsewhere"),
    ("mass", "0 where Σx = m, ∞ elsewhere"),
    ("squares-within", "w/2‖x − c‖² where x lies in one of these sets, ∞ elsewhere"),
];
