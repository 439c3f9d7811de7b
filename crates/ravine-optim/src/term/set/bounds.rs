//! a ≤ x ≤ b, coordinate by coordinate: a box, and coordinates that are known.

use super::{ConvexSet, KEPT};
use crate::error::{Error, Result, check_finite};
use crate::number::Float;
use crate::vector::{self, BLOCK};
use rayon::prelude::*;
use std::sync::Arc;

/// {x : aᵢ ≤ xᵢ ≤ bᵢ}. A coordinate is known where aᵢ = bᵢ.
///
/// ```
/// use ravine_optim::term::{Bounds, ConvexSet};
/// let bounds = Bounds::even(3, 0.0, 1.0)?.knowing([(1, 0.25)])?;
/// let mut x = [2.0, 2.0, 0.5];
/// bounds.project(&mut x);
/// assert_eq!(x, [1.0, 0.25, 0.5]);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Bounds {
    low: Arc<Vec<f64>>,
    high: Arc<Vec<f64>>,
}

impl Bounds {
    /// `low` ≤ xᵢ ≤ `high` for each of `n` coordinates, both finite.
    ///
    /// # Errors
    /// `low` is above `high`, or one is not finite.
    pub fn even(n: usize, low: f64, high: f64) -> Result<Self> {
        check_finite("the bounds", &[low, high])?;
        if low > high {
            return Err(Error::Unsuited(format!("no number lies between {low} and {high}: the lower bound comes first")));
        }
        Ok(Bounds { low: Arc::new(vec![low; n]), high: Arc::new(vec![high; n]) })
    }

    /// With xᵢ = v for each (i, v), whatever the bounds were there.
    ///
    /// # Errors
    /// There is no coordinate i, or v is not finite.
    pub fn knowing(self, known: impl IntoIterator<Item = (usize, f64)>) -> Result<Self> {
        let (mut low, mut high) = (Arc::unwrap_or_clone(self.low), Arc::unwrap_or_clone(self.high));
        let n = low.len();
        for (i, v) in known {
            if i >= n {
                return Err(Error::Length { what: "the bounds".into(), got: n, wanted: i + 1 });
            }
            check_finite("a known number", &[v])?;
            (low[i], high[i]) = (v, v);
        }
        Ok(Bounds { low: Arc::new(low), high: Arc::new(high) })
    }
}

impl ConvexSet for Bounds {
    fn project<F: Float>(&self, x: &mut [F]) {
        let ends = self.low.par_chunks(BLOCK).zip(self.high.par_chunks(BLOCK));
        x.par_chunks_mut(BLOCK).zip(ends).for_each(|(x, (low, high))| {
            for (x, (a, b)) in x.iter_mut().zip(low.iter().zip(high)) {
                *x = F::from_f64(x.to_f64().clamp(*a, *b));
            }
        });
    }

    fn contains<F: Float>(&self, x: &[F]) -> bool {
        let outside = |i: usize| {
            let (a, b, v) = (self.low[i], self.high[i], x[i].to_f64());
            let room = KEPT * a.abs().max(b.abs());
            if v >= a - room && v <= b + room { 0.0 } else { 1.0 }
        };
        vector::sum_of(x.len(), outside) == 0.0
    }

    /// Σ max(aᵢpᵢ, bᵢpᵢ)
    fn support<F: Float>(&self, p: &[F]) -> f64 {
        vector::sum_of(p.len(), |i| (self.low[i] * p[i].to_f64()).max(self.high[i] * p[i].to_f64()))
    }
}
