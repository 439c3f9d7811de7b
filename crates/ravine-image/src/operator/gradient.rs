//! ∇: forward differences with a zero last row and column (Neumann). Its adjoint is −div.

use crate::grid::Grid;
use ravine_optim::{Error, Float, LinearOperator, Result};
use rayon::prelude::*;

/// Numbers that one thread takes at least.
const PIECE: usize = 16384;

/// ∇u: all ∂x planes, then all ∂y planes. (∂x u)[y, x] = u[y, x+1] − u[y, x], 0 in the last column; ∂y alike over rows.
///
/// ```
/// use ravine_image::{Grid, operator::Gradient};
/// use ravine_optim::LinearOperator;
/// let gradient = Gradient::new(Grid::new(1, 2, 3)).unwrap();
/// let mut p = [0.0; 12];
/// gradient.apply(&[1.0, 2.0, 4.0, 8.0, 8.0, 9.0], &mut p);
/// assert_eq!(p[..6], [1.0, 2.0, 0.0, 0.0, 1.0, 0.0]);
/// assert_eq!(p[6..], [7.0, 6.0, 5.0, 0.0, 0.0, 0.0]);
/// ```
#[derive(Debug, Clone)]
pub struct Gradient {
    grid: Grid,
}

impl Gradient {
    /// On a grid with at least one pixel.
    pub fn new(grid: Grid) -> Result<Self> {
        if grid.is_empty() {
            return Err(Error::Length { what: "the picture".into(), got: 0, wanted: 1 });
        }
        Ok(Gradient { grid })
    }

    /// Rows that one thread takes at least.
    fn rows(&self) -> usize {
        PIECE.div_ceil(self.grid.width)
    }
}

impl<F: Float> LinearOperator<F> for Gradient {
    fn domain(&self) -> usize {
        self.grid.len()
    }

    fn range(&self) -> usize {
        2 * self.grid.len()
    }

    fn apply(&self, u: &[F], p: &mut [F]) {
        let (w, h) = (self.grid.width, self.grid.height);
        let (px, py) = p.split_at_mut(self.grid.len()); // C × H × W each
        let rows = px.par_chunks_exact_mut(w).zip(py.par_chunks_exact_mut(w)).enumerate().with_min_len(self.rows());
        rows.for_each(|(row, (px, py))| {
            let here = &u[row * w..][..w];
            px.iter_mut().zip(here.windows(2)).for_each(|(p, u)| *p = u[1] - u[0]);
            px[w - 1] = F::ZERO;
            if (row + 1).is_multiple_of(h) {
                py.fill(F::ZERO);
            } else {
                let below = &u[(row + 1) * w..][..w];
                py.iter_mut().zip(here.iter().zip(below)).for_each(|(p, (&u, &below))| *p = below - u);
            }
        });
    }

    fn add_adjoint(&self, p: &[F], u: &mut [F]) {
        let (w, h) = (self.grid.width, self.grid.height);
        let (px, py) = p.split_at(self.grid.len());
        u.par_chunks_exact_mut(w).enumerate().with_min_len(self.rows()).for_each(|(row, u)| {
            let start = row * w;
            let px = &px[start..][..w - 1];
            u[1..].iter_mut().zip(px).for_each(|(u, &p)| *u += p);
            u.iter_mut().zip(px).for_each(|(u, &p)| *u -= p);
            if !row.is_multiple_of(h) {
                u.iter_mut().zip(&py[start - w..]).for_each(|(u, &p)| *u += p);
            }
            if !(row + 1).is_multiple_of(h) {
                u.iter_mut().zip(&py[start..]).for_each(|(u, &p)| *u -= p);
            }
        });
    }

    fn wide(&self) -> Box<dyn LinearOperator<f64>> {
        Box::new(self.clone())
    }

    /// √8: each pixel meets four differences, and ‖∇‖² → 8 as the picture grows (Chambolle 2004).
    fn norm(&self) -> f64 {
        8f64.sqrt()
    }
}
