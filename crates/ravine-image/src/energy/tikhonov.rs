//! ½‖∇u‖² (Tikhonov 1963): the quadratic energy, whose minimiser is a linear filter of f.

use crate::grid::Grid;
use crate::operator::Gradient;
use ravine_optim::term::Squares;
use ravine_optim::{Float, Part, Result};

/// ½‖∇u‖²
pub(super) fn regularizer<F: Float>(grid: Grid) -> Result<Part<F>> {
    Ok(Part { term: Box::new(Squares::<F>::new(1.0)?), operator: Box::new(Gradient::new(grid)?) })
}
