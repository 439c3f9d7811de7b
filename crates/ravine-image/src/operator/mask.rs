//! Mu: what is known of a picture. Pixels that are not known become 0.

use crate::grid::Grid;
use ravine_optim::{Error, Float, LinearOperator, Result};
use rayon::prelude::*;
use std::sync::Arc;

/// Numbers that one thread takes at least.
const PIECE: usize = 16384;

/// (Mu)[c, y, x] = u[c, y, x] where the pixel (y, x) is known, 0 where it is not; all channels of a pixel together. M is its own adjoint
/// and its own square: a projection.
///
/// ```
/// use ravine_image::{Grid, operator::Mask};
/// use ravine_optim::LinearOperator;
/// let mask = Mask::new(Grid::new(2, 1, 2), vec![true, false])?;
/// let mut known = [0.0; 4];
/// mask.apply(&[1.0, 2.0, 3.0, 4.0], &mut known);
/// assert_eq!(known, [1.0, 0.0, 3.0, 0.0]);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Mask {
    grid: Grid,
    known: Arc<Vec<bool>>, // H × W
}

impl Mask {
    /// On a grid with at least one pixel; `known` in the order of a plane.
    pub fn new(grid: Grid, known: Vec<bool>) -> Result<Self> {
        if grid.is_empty() || known.len() != grid.plane() {
            return Err(Error::Length { what: "the mask".into(), got: known.len(), wanted: grid.plane().max(1) });
        }
        Ok(Mask { grid, known: Arc::new(known) })
    }

    /// y ← known(x, y) where a pixel is known, lost(y) where not.
    fn each<F: Float>(&self, x: &[F], y: &mut [F], known: impl Fn(F, F) -> F + Sync, lost: impl Fn(F) -> F + Sync) {
        for (x, y) in x.chunks_exact(self.grid.plane()).zip(y.chunks_exact_mut(self.grid.plane())) {
            let numbers = y.par_iter_mut().zip(x).zip(&*self.known).with_min_len(PIECE);
            numbers.for_each(|((y, &x), &k)| *y = if k { known(x, *y) } else { lost(*y) });
        }
    }
}

impl<F: Float> LinearOperator<F> for Mask {
    fn domain(&self) -> usize {
        self.grid.len()
    }

    fn range(&self) -> usize {
        self.grid.len()
    }

    fn apply(&self, u: &[F], y: &mut [F]) {
        self.each(u, y, |u, _| u, |_| F::ZERO);
    }

    fn add_adjoint(&self, y: &[F], u: &mut [F]) {
        self.each(y, u, |y, u| u + y, |u| u);
    }

    fn wide(&self) -> Box<dyn LinearOperator<f64>> {
        Box::new(self.clone())
    }

    /// 1; 0 where nothing is known.
    fn norm(&self) -> f64 {
        if self.known.contains(&true) { 1.0 } else { 0.0 }
    }
}
