//! All eigenvalues of a small symmetric matrix, by rotations (Jacobi 1846).

/// Sweeps at most; six or seven are usual, as convergence is quadratic in the end.
const SWEEPS: usize = 40;

/// The eigenvalues of the symmetric n × n matrix `m`, row-major, in ascending order, and the unit eigenvector of each.
///
/// ```
/// let (values, vectors) = ravine_optim::spectrum::symmetric(2, &[2.0, 1.0, 1.0, 2.0]);
/// assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15);
/// assert!((vectors[1][0] - vectors[1][1]).abs() < 1e-15);
/// ```
pub fn symmetric(n: usize, m: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut a: Vec<Vec<f64>> = m.chunks(n.max(1)).map(<[f64]>::to_vec).collect();
    let mut v: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for _ in 0..SWEEPS {
        let mut turned = false;
        for (p, q) in (0..n).flat_map(|p| (p + 1..n).map(move |q| (p, q))) {
            let negligible = f64::EPSILON * (a[p][p].abs() * a[q][q].abs()).sqrt();
            if a[p][q].abs() > negligible.min(f64::EPSILON * a[p][p].abs().max(a[q][q].abs())) {
                rotate(&mut a, &mut v, p, q);
                turned = true;
            }
        }
        if !turned {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|i, j| a[*i][*i].total_cmp(&a[*j][*j]));
    (order.iter().map(|i| a[*i][*i]).collect(), order.iter().map(|i| std::mem::take(&mut v[*i])).collect())
}

/// A ← JᵀAJ with the rotation J of the plane (p, q) that makes a_pq zero; the rows of V follow.
fn rotate(a: &mut [Vec<f64>], v: &mut [Vec<f64>], p: usize, q: usize) {
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let t = if theta < 0.0 { -1.0 } else { 1.0 } / (theta.abs() + theta.hypot(1.0));
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for row in a.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
    for rows in [a, v] {
        let (above, below) = rows.split_at_mut(q);
        for (x, y) in above[p].iter_mut().zip(&mut below[0]) {
            (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_difference_has_its_known_spectrum() {
        let n = 12usize;
        let m: Vec<f64> = (0..n * n)
            .map(|k| match (k / n).abs_diff(k % n) {
                0 => 2.0,
                1 => -1.0,
                _ => 0.0,
            })
            .collect();
        let (values, vectors) = symmetric(n, &m);
        for (k, (value, vector)) in values.iter().zip(&vectors).enumerate() {
            let angle = std::f64::consts::PI * (k + 1) as f64 / (n + 1) as f64;
            assert!((value - (2.0 - 2.0 * angle.cos())).abs() < 1e-14, "{k}: {value}");
            let mut image = vec![0.0; n];
            crate::spectrum::multiply(&m, vector, &mut image);
            assert!(image.iter().zip(vector).all(|(y, x)| (y - value * x).abs() < 1e-14));
        }
    }

    #[test]
    fn zero_and_numbers_that_are_none_come_to_an_end() {
        assert_eq!(symmetric(2, &[0.0; 4]).0, [0.0, 0.0]);
        assert!(symmetric(2, &[f64::NAN; 4]).0[0].is_nan());
        assert!(symmetric(0, &[]).0.is_empty());
    }
}
