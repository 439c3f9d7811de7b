//! Small dense symmetric systems, solved directly: the minimisers against which descents are measured.

/// The solution of Mx = b for a symmetric M (n × n, row-major), or `None` where M is not positive definite.
///
/// M = LLᵀ with L lower triangular (Cholesky 1924), then Ly = b, Lᵀx = y.
///
/// ```
/// let x = ravine_optim::cholesky::solve(&[4.0, 2.0, 2.0, 3.0], &[10.0, 9.0]).unwrap();
/// assert!((x[0] - 1.5).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
/// assert!(ravine_optim::cholesky::solve(&[1.0, 2.0, 2.0, 1.0], &[1.0, 1.0]).is_none());
/// ```
pub fn solve(matrix: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    let mut l = matrix.to_vec();
    for i in 0..n {
        for j in 0..=i {
            let rest = l[i * n + j] - dot(&l[i * n..][..j], &l[j * n..][..j]);
            l[i * n + j] = match i == j {
                true if rest > 0.0 => rest.sqrt(),
                true => return None,
                false => rest / l[j * n + j],
            };
        }
    }
    let mut x = b.to_vec();
    for i in 0..n {
        x[i] = (x[i] - dot(&l[i * n..][..i], &x[..i])) / l[i * n + i];
    }
    for i in (0..n).rev() {
        x[i] /= l[i * n + i];
        for j in 0..i {
            x[j] -= l[i * n + j] * x[i];
        }
    }
    x.iter().all(|v| v.is_finite()).then_some(x)
}

/// ⟨a, b⟩ of short rows, from the first number to the last.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
