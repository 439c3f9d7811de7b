//! A long valley with steep walls.

use super::{Formula, Optimum, Window, whole};
use crate::error::Result;
use crate::parameter::{Parameter, Range, Value, Visitor};

/// J(x) = ½ Σᵢ hᵢxᵢ², with curvatures hᵢ = κ^(i/(n−1)), i = 0 … n−1: log-spaced from μ = 1 to L = κ. Minimum 0 at 0.
#[derive(Debug, Clone)]
pub struct Ravine {
    /// κ = L/μ
    pub kappa: f64,
    /// n, a whole number of at least 2.
    pub dimension: f64,
}

impl Default for Ravine {
    fn default() -> Self {
        Ravine { kappa: 100.0, dimension: 2.0 }
    }
}

impl Ravine {
    /// hᵢ
    pub fn curvature(&self, i: usize) -> f64 {
        match (i, self.dimension() - 1) {
            (0, _) => 1.0,
            (i, last) if i == last => self.kappa, // exactly, which a power would not be
            (i, last) => self.kappa.powf(i as f64 / last as f64),
        }
    }
}

impl Formula for Ravine {
    const NAME: &'static str = "ravine";
    const SUMMARY: &'static str = "½ Σ hᵢxᵢ², curvatures from 1 to κ: a quadratic valley with steep walls";

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter {
            name: "kappa",
            summary: "condition number κ: largest over smallest curvature",
            value: Value::Number(&mut self.kappa),
            range: Range::closed(1.0, 1e12),
        });
        visit(Parameter {
            name: "dimension",
            summary: "number of coordinates",
            value: Value::Number(&mut self.dimension),
            range: Range::closed(2.0, 1e6),
        });
    }
    fn check(&self) -> Result<()> {
        whole("dimension", self.dimension).map(|_| ())
    }
    fn dimension(&self) -> usize {
        self.dimension as usize
    }
    fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let mut sum = 0.0;
        for (i, (x, g)) in x.iter().zip(gradient).enumerate() {
            *g = self.curvature(i) * x;
            sum += *g * x;
        }
        0.5 * sum
    }
    fn optima(&self) -> Vec<Optimum> {
        vec![Optimum { x: vec![0.0; self.dimension()], value: 0.0 }]
    }
    fn start(&self) -> Vec<f64> {
        let mut x = vec![1.0; self.dimension()];
        x[0] = -3.0;
        x
    }
    /// 2/(L + μ), the best of plain descent.
    fn eta(&self) -> f64 {
        2.0 / (self.kappa + 1.0)
    }
    fn stable_eta(&self) -> Option<f64> {
        Some(2.0 / self.kappa)
    }
    fn window(&self) -> Window {
        [(-3.5, 1.5), (-1.6, 1.6)]
    }
}
