//! Total variation: Rudin, Osher, Fatemi, "Nonlinear total variation based noise removal algorithms" (1992).

use crate::grid::Grid;
use crate::operator::Gradient;
use ravine_optim::term::GroupNorm;
use ravine_optim::{Float, Part, Result};

/// Σ over pixels of |∇u|, the norm over both directions and all channels (colour: Blomgren and Chan 1998).
pub(super) fn isotropic<F: Float>(grid: Grid) -> Result<Part<F>> {
    Ok(Part { operator: Box::new(Gradient::new(grid)?), term: Box::new(GroupNorm::new(2 * grid.channels)?) })
}

/// Σ|∂x u| + |∂y u|
pub(super) fn anisotropic<F: Float>(grid: Grid) -> Result<Part<F>> {
    Ok(Part { operator: Box::new(Gradient::new(grid)?), term: Box::new(GroupNorm::l1()) })
}
