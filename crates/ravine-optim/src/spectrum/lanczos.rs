//! Both ends of the spectrum of a symmetric map that is known only by its products (Lanczos 1950).
//!
//! With an orthonormal basis Q of the Krylov space of b, T = QᵀMQ is tridiagonal, and an eigenpair (λ, s) of T gives the Ritz pair
//! (λ, Qs) of M with ‖MQs − λQs‖ = β|s_k|: within that of λ there is an eigenvalue of M. Every new vector is made orthogonal to all
//! earlier ones, twice, so that no eigenvalue is found again that was found already (Paige 1972; Parlett 1980, "twice is enough").

use super::jacobi::symmetric;
use crate::random::{Random, Stream};
use crate::vector::{dot, each, norm};
use std::ops::ControlFlow;

/// y ← Mx; `Break` ends the search.
pub type Product<'p> = &'p mut dyn FnMut(&[f64], &mut [f64]) -> ControlFlow<()>;

/// What is wanted of a spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// How many eigenvalues at each end.
    pub count: usize,
    /// Products with the map at most; as many vectors of length n are kept.
    pub products: usize,
    /// Enough once every wanted residual is at most this part of the largest |λ|.
    pub tolerance: f64,
    /// Of the start b.
    pub seed: u64,
}

/// An approximate eigenpair.
#[derive(Debug, Clone, PartialEq)]
pub struct Ritz {
    /// λ. The largest one is never above the spectrum, the least one never below it.
    pub value: f64,
    /// ‖My − λy‖: an eigenvalue is within so much of λ.
    pub residual: f64,
    /// y, of length 1.
    pub vector: Vec<f64>,
}

/// The ends of a spectrum.
#[derive(Debug, Clone, PartialEq)]
pub struct Ends {
    /// The least eigenvalues, the least first.
    pub least: Vec<Ritz>,
    /// The largest eigenvalues, the largest first. Where n is small, the same ones.
    pub largest: Vec<Ritz>,
    /// Products made.
    pub products: usize,
}

/// The ends of the spectrum of the symmetric map x ↦ y of length `n`; None if `apply` broke it off. An eigenvalue that occurs several
/// times may be shown once.
///
/// ```
/// use ravine_optim::spectrum::{Wanted, lanczos};
/// let wanted = Wanted { count: 1, products: 100, tolerance: 1e-10, seed: 0 };
/// let ends = lanczos(100, &wanted, &mut |x, y| {
///     y.iter_mut().zip(x).enumerate().for_each(|(i, (y, x))| *y = (i as f64 - 10.0) * x);
///     std::ops::ControlFlow::Continue(())
/// })
/// .unwrap();
/// assert!((ends.least[0].value + 10.0).abs() < 1e-9 && (ends.largest[0].value - 89.0).abs() < 1e-9);
/// ```
pub fn lanczos(n: usize, wanted: &Wanted, apply: Product<'_>) -> Option<Ends> {
    let most = wanted.products.clamp(1, n.max(1));
    let enough = most.min(2 * wanted.count);
    let mut basis = vec![unit(n, wanted.seed, &[])];
    let (mut alpha, mut beta) = (Vec::new(), Vec::new());
    let mut w = vec![0.0; n];
    let mut look = enough;
    loop {
        let k = basis.len();
        if apply(&basis[k - 1], &mut w).is_break() {
            return None;
        }
        alpha.push(dot(&basis[k - 1], &w));
        remove(&basis, &mut w);
        let scale = alpha.iter().chain(&beta).fold(0.0, |m: f64, v| m.max(v.abs()));
        let b = norm(&w);
        let invariant = b <= 1e-14 * scale || scale == 0.0;
        if k == most || k >= look || (invariant && k >= enough) {
            let (values, vectors) = symmetric(k, &tridiagonal(&alpha, &beta));
            let residual = |i: usize| b * vectors[i][k - 1].abs();
            let size = values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
            let ends = |i: usize| i < wanted.count || i >= k - wanted.count.min(k);
            let converged = (0..k).filter(|i| ends(*i)).all(|i| residual(i) <= wanted.tolerance * size);
            if k == most || converged || !b.is_finite() {
                let ritz = |i: usize| Ritz { value: values[i], residual: residual(i), vector: combination(&basis, &vectors[i]) };
                let count = wanted.count.min(k);
                let (least, largest) = ((0..count).map(ritz).collect(), (0..count).map(|i| ritz(k - 1 - i)).collect());
                return Some(Ends { least, largest, products: k });
            }
            look = k + (k / 4).max(4);
        }
        if invariant {
            beta.push(0.0);
            basis.push(unit(n, wanted.seed, &basis));
        } else {
            beta.push(b);
            basis.push(w.iter().map(|w| w / b).collect());
        }
    }
}

/// A random vector of length 1, orthogonal to `basis`.
fn unit(n: usize, seed: u64, basis: &[Vec<f64>]) -> Vec<f64> {
    let mut random = Random::new(seed, Stream::Start, basis.len() as u64);
    let mut x: Vec<f64> = (0..n).map(|_| random.normal()).collect();
    remove(basis, &mut x);
    let length = norm(&x);
    x.iter_mut().for_each(|x| *x /= length);
    x
}

/// w ← w − QQᵀw, twice.
fn remove(basis: &[Vec<f64>], w: &mut [f64]) {
    for q in basis.iter().chain(basis) {
        let c = dot(q, w);
        each(w, q, |w, q| w - q * c);
    }
}

/// T, row-major.
fn tridiagonal(alpha: &[f64], beta: &[f64]) -> Vec<f64> {
    let k = alpha.len();
    let mut t = vec![0.0; k * k];
    alpha.iter().enumerate().for_each(|(i, a)| t[i * k + i] = *a);
    for (i, b) in beta.iter().enumerate() {
        (t[i * k + i + 1], t[(i + 1) * k + i]) = (*b, *b);
    }
    t
}

/// Qs
fn combination(basis: &[Vec<f64>], s: &[f64]) -> Vec<f64> {
    let mut y = vec![0.0; basis[0].len()];
    basis.iter().zip(s).for_each(|(q, s)| each(&mut y, q, |y, q| y + q * *s));
    y
}
