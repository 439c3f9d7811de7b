//! No negative number, and a sum that is known: how light, or chance, is shared out.

use super::{ConvexSet, KEPT};
use crate::error::Result;
use crate::number::Float;
use crate::parameter::Range;
use crate::vector;

/// {x : xᵢ ≥ 0, Σxᵢ = m}
///
/// ```
/// use ravine_optim::term::{ConvexSet, Simplex};
/// let mut x = [0.9f64, 0.5, -3.0];
/// Simplex::new(1.0)?.project(&mut x);
/// assert!((x[0] - 0.7).abs() < 1e-15 && (x[1] - 0.3).abs() < 1e-15 && x[2] == 0.0);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Simplex {
    total: f64,
}

impl Simplex {
    /// Of total m > 0.
    pub fn new(total: f64) -> Result<Self> {
        Ok(Simplex { total: Range::POSITIVE.check("total", total)? })
    }

    /// t with Σ max(xᵢ − t, 0) = m: of the numbers in falling order, as many take part as keep xᵢ > t.
    fn threshold<F: Float>(&self, x: &[F]) -> f64 {
        let mut falling = vector::widen(x);
        falling.sort_unstable_by(|a, b| b.total_cmp(a));
        let (mut sum, mut t) = (0.0, f64::NEG_INFINITY);
        for (i, v) in falling.iter().enumerate() {
            sum += v;
            let next = (sum - self.total) / (i + 1) as f64;
            if *v <= next {
                break;
            }
            t = next;
        }
        t
    }
}

impl ConvexSet for Simplex {
    /// max(xᵢ − t, 0) (Held, Wolfe, Crowder 1974)
    fn project<F: Float>(&self, x: &mut [F]) {
        let t = self.threshold(x);
        x.iter_mut().for_each(|x| *x = F::from_f64((x.to_f64() - t).max(0.0)));
    }

    fn contains<F: Float>(&self, x: &[F]) -> bool {
        let [sum, negative] = vector::sums(x.len(), |i| [x[i].to_f64(), (-x[i].to_f64()).max(0.0)]);
        negative == 0.0 && (sum - self.total).abs() <= KEPT * self.total
    }

    /// m·max pᵢ
    fn support<F: Float>(&self, p: &[F]) -> f64 {
        self.total * p.iter().fold(f64::NEG_INFINITY, |m, p| m.max(p.to_f64()))
    }
}
