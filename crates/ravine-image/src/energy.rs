//! What restoration of a noisy picture f minimises: J(u) = R(u) + λ/2‖u − f‖², sums over pixels, λ on the data term.
//!
//! A regularizer R is a term of an operator; each has its file. Cutting u to the range of f lowers each of these energies (the
//! maximum principle), so their minimisers lie within it, and no box is needed.

mod huber;
mod tikhonov;
mod total_variation;

use crate::grid::Grid;
use ravine_optim::parameter::{Parameter, Range, Value, Visitor};
use ravine_optim::term::Squares;
use ravine_optim::{Error, Float, Part, Problem, Result, error::check_finite};
use std::sync::Arc;

/// The regularizers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Energy {
    /// ½‖∇u‖²
    Tikhonov,
    /// Σ|∇u|, one Euclidean norm over both directions and all channels of a pixel.
    TotalVariation,
    /// Σ(|∂x u| + |∂y u|), channel by channel.
    AnisotropicTotalVariation,
    /// Total variation, quadratic where |∇u| ≤ δ.
    HuberTotalVariation {
        /// Differences up to this are noise or shading, larger ones are edges. In units of the picture.
        delta: f64,
    },
}

/// All energies, with their defaults: name, meaning, energy.
pub const ENERGIES: [(&str, &str, Energy); 4] = [
    ("tikhonov", "½‖∇u‖² + λ/2‖u − f‖²: smooth everywhere", Energy::Tikhonov),
    ("tv", "Σ|∇u| + λ/2‖u − f‖²: flat regions and sharp edges (Rudin, Osher, Fatemi 1992)", Energy::TotalVariation),
    ("tv-anisotropic", "Σ|∂x u| + |∂y u| + λ/2‖u − f‖²: prefers edges along the axes", Energy::AnisotropicTotalVariation),
    ("huber-tv", "total variation, quadratic for small differences: no staircases", Energy::HuberTotalVariation { delta: 0.01 }),
];

impl Energy {
    /// By its name in [`ENERGIES`], with default knobs.
    pub fn by_name(name: &str) -> Result<Energy> {
        let row = ENERGIES.iter().find(|row| row.0 == name);
        row.map(|row| row.2).ok_or_else(|| Error::unknown("energy", name, &ENERGIES.map(|row| row.0)))
    }

    /// Its knobs.
    pub fn parameters(&mut self, visit: Visitor<'_>) {
        if let Energy::HuberTotalVariation { delta } = self {
            let summary = "differences up to this are smoothed like Tikhonov, larger ones like tv; 0..1";
            visit(Parameter { name: "delta", summary, value: Value::Number(delta), range: Range::POSITIVE });
        }
    }

    /// R alone, on pictures of this shape.
    pub fn regularizer<F: Float>(&self, grid: Grid) -> Result<Part<F>> {
        match *self {
            Energy::Tikhonov => tikhonov::regularizer(grid),
            Energy::TotalVariation => total_variation::isotropic(grid),
            Energy::AnisotropicTotalVariation => total_variation::anisotropic(grid),
            Energy::HuberTotalVariation { delta } => huber::regularizer(grid, delta),
        }
    }

    /// R(u) + λ/2‖u − f‖² for a finite f of this shape, λ > 0.
    ///
    /// ```
    /// use ravine_image::{Grid, energy::Energy};
    /// let problem = Energy::TotalVariation.problem(Grid::new(1, 1, 2), vec![0.0, 1.0], 4.0).unwrap();
    /// // Each of the two pixels gives up 1/λ of the step between them.
    /// let best = problem.certify(&[0.25, 0.75], &[vec![1.0, 0.0, 0.0, 0.0]]).unwrap();
    /// assert!(best.primal == 0.75 && best.gap < 1e-13);
    /// ```
    pub fn problem<F: Float>(&self, grid: Grid, f: impl Into<Arc<Vec<F>>>, lambda: f64) -> Result<Problem<F>> {
        let f = f.into();
        if f.len() != grid.len() {
            return Err(Error::Length { what: "the picture".into(), got: f.len(), wanted: grid.len() });
        }
        check_finite("the picture", &f)?;
        Range::POSITIVE.check("lambda", lambda)?;
        let Part { term, operator } = self.regularizer(grid)?;
        Problem::new(grid.len(), Squares::around(lambda, f)?).with(term, operator)
    }
}
