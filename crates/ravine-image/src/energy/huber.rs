//! Huber-TV: Σ h(|∇u|), quadratic below δ, total variation above (Werlberger et al. 2009). No staircases, and a gradient to descend.

use crate::grid::Grid;
use crate::operator::Gradient;
use ravine_optim::term::Huber;
use ravine_optim::{Float, Part, Result};

/// Σ h_δ(|∇u|), the norm over both directions and all channels.
pub(super) fn regularizer<F: Float>(grid: Grid, delta: f64) -> Result<Part<F>> {
    Ok(Part { operator: Box::new(Gradient::new(grid)?), term: Box::new(Huber::new(2 * grid.channels, delta)?) })
}
