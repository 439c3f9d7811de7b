//! Numbers that belong together: G components at each of n positions, laid out as G planes of n.

use crate::number::{Float, Lane};
use crate::vector;
use rayon::prelude::*;

/// Positions that one pass takes at a time: their norms stay in the nearest cache.
const BLOCK: usize = 1024;

/// How many components a position has. The length of x is a multiple of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Groups(pub(super) usize);

impl Groups {
    /// Σ over positions of f(t), t the Euclidean norm there.
    pub(super) fn sum<F: Float>(&self, x: &[F], f: impl Fn(f64) -> f64 + Sync) -> f64 {
        let n = x.len() / self.0;
        vector::sum_of(n, |j| f((0..self.0).map(|g| x[g * n + j].to_f64().powi(2)).sum::<f64>().sqrt()))
    }

    /// x ← x·factor(t) at each position, t the Euclidean norm there.
    pub(super) fn rescale<F: Float>(&self, x: &mut [F], factor: impl Fn(F::L) -> F::L + Sync) {
        self.blocks(x).into_par_iter().with_min_len(8).for_each(|mut planes| {
            let mut norms = [F::L::zero(); BLOCK];
            for plane in &planes {
                norms.iter_mut().zip(plane.iter()).for_each(|(t, x)| *t = *t + x.up().square());
            }
            norms.iter_mut().for_each(|t| *t = factor(t.sqrt()));
            for plane in &mut planes {
                plane.iter_mut().zip(&norms).for_each(|(x, s)| *x = F::down(x.up() * *s));
            }
        });
    }

    /// x cut into blocks of positions, each with its piece of every plane.
    fn blocks<'x, F: Float>(&self, x: &'x mut [F]) -> Vec<Vec<&'x mut [F]>> {
        let n = x.len() / self.0;
        let mut blocks: Vec<Vec<&mut [F]>> = (0..n.div_ceil(BLOCK)).map(|_| Vec::with_capacity(self.0)).collect();
        for plane in x.chunks_exact_mut(n.max(1)) {
            blocks.iter_mut().zip(plane.chunks_mut(BLOCK)).for_each(|(block, piece)| block.push(piece));
        }
        blocks
    }
}
