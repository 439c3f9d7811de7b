//! Linear operators on slices. The geometry is inside the struct, checked once, at construction.

mod matrix;

pub use matrix::Matrix;

use crate::number::Float;

/// A linear map A with its adjoint Aᵀ.
pub trait LinearOperator<F: Float>: Send + Sync {
    /// Length of x.
    fn domain(&self) -> usize;
    /// Length of y = Ax.
    fn range(&self) -> usize;
    /// y ← Ax
    fn apply(&self, x: &[F], y: &mut [F]);
    /// x ← x + Aᵀy
    fn add_adjoint(&self, y: &[F], x: &mut [F]);
    /// x ← Aᵀy
    fn adjoint(&self, y: &[F], x: &mut [F]) {
        x.fill(F::ZERO);
        self.add_adjoint(y, x);
    }
    /// The same operator in f64, for certificates.
    fn wide(&self) -> Box<dyn LinearOperator<f64>>;
    /// An upper bound of ‖A‖: never below the true norm.
    fn norm(&self) -> f64;
}
