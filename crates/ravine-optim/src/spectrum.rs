//! How large a linear map is: eigenvalues and norms by power iteration; both ends of a spectrum by Lanczos; curvatures of an objective.
//!
//! Of power iteration each Rayleigh quotient is a value between the extreme eigenvalues, so what is found never exceeds the truth: a *lower* bound of a
//! norm. It tests upper bounds; it does not replace them. A largest eigenvalue that stands apart is found to rounding; among close ones
//! k iterations leave a relative error of about ln(n)/k (Kuczyński and Woźniakowski 1992), so 2/L can be too large by that much.

mod hessian;
mod jacobi;
mod lanczos;

pub use hessian::{Curvature, Eigenvalue, Hessian, curvature};
pub use jacobi::symmetric;
pub use lanczos::{Ends, Product, Ritz, Wanted, lanczos};

use crate::linear::LinearOperator;
use crate::random::{Random, Stream};
use crate::vector::{dot, norm};

/// Iterations at most. The Rayleigh quotient is right long before the vector is.
const ITERATIONS: usize = 1000;

/// y ← Mx for an n × n matrix, row-major.
pub fn multiply(matrix: &[f64], x: &[f64], y: &mut [f64]) {
    for (row, y) in matrix.chunks(x.len()).zip(y) {
        *y = row.iter().zip(x).map(|(m, x)| m * x).sum();
    }
}

/// The largest eigenvalue of a symmetric positive semidefinite map x ↦ y of length `n`, from below (von Mises 1929).
///
/// ```
/// let largest = ravine_optim::spectrum::largest_eigenvalue(2, |x, y| { y[0] = 3.0 * x[0]; y[1] = x[1] });
/// assert!((largest - 3.0).abs() < 1e-12);
/// ```
pub fn largest_eigenvalue(n: usize, mut apply: impl FnMut(&[f64], &mut [f64])) -> f64 {
    let mut random = Random::new(0, Stream::Start, 0);
    let mut x: Vec<f64> = (0..n).map(|_| random.normal()).collect();
    let mut y = vec![0.0; n];
    let (mut found, mut still) = (0.0, 0);
    for _ in 0..ITERATIONS {
        let length = norm(&x);
        if length == 0.0 {
            return 0.0;
        }
        x.iter_mut().for_each(|v| *v /= length);
        apply(&x, &mut y);
        let quotient = dot(&x, &y);
        // Slow growth can hide behind one small change: it must stand still for a while.
        still = if quotient - found <= 1e-15 * quotient { still + 1 } else { 0 };
        found = quotient.max(found);
        if still == 20 {
            break;
        }
        std::mem::swap(&mut x, &mut y);
    }
    found
}

/// The smallest and the largest eigenvalue of a symmetric map of length `n`, which may be indefinite: power iteration on M, whose
/// quotient has the size ρ of the largest, then on ρI ± M.
pub fn extreme_eigenvalues(n: usize, mut apply: impl FnMut(&[f64], &mut [f64])) -> (f64, f64) {
    let mut square = vec![0.0; n];
    let radius = largest_eigenvalue(n, |x, y| {
        apply(x, &mut square);
        apply(&square, y);
    })
    .sqrt();
    let mut shifted = |sign: f64| {
        largest_eigenvalue(n, |x, y| {
            apply(x, y);
            y.iter_mut().zip(x).for_each(|(y, x)| *y = radius * x + sign * *y);
        })
    };
    (radius - shifted(-1.0), shifted(1.0) - radius)
}

/// ‖A‖ from below: the square root of the largest eigenvalue of AᵀA.
pub fn operator_norm(a: &dyn LinearOperator<f64>) -> f64 {
    let mut image = vec![0.0; a.range()];
    largest_eigenvalue(a.domain(), |x, y| {
        a.apply(x, &mut image);
        a.adjoint(&image, y);
    })
    .sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indefinite_matrix_shows_both_ends() {
        // eigenvalues −3 and 1, of the vectors (1, −1) and (1, 1)
        let m = [-1.0, 2.0, 2.0, -1.0];
        let (least, largest) = extreme_eigenvalues(2, |x, y| multiply(&m, x, y));
        assert!((least + 3.0).abs() < 1e-12 && (largest - 1.0).abs() < 1e-12, "{least} {largest}");
    }

    #[test]
    fn close_eigenvalues_are_found_from_below() {
        let h = |i: usize| 1.0 + i as f64 / 50.0;
        let found = largest_eigenvalue(51, |x, y| y.iter_mut().zip(x).enumerate().for_each(|(i, (y, x))| *y = h(i) * x));
        assert!(found <= 2.0 + 1e-14 && found > 2.0 - 1e-7, "{found}");
    }

    #[test]
    fn the_zero_map_has_norm_zero() {
        assert_eq!(largest_eigenvalue(3, |_, y| y.fill(0.0)), 0.0);
    }
}
