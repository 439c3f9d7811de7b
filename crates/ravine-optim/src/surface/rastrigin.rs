//! A bowl full of dents: a local minimum near every whole number.

use super::{Formula, Optimum, Window, whole};
use crate::error::Result;
use crate::parameter::{Parameter, Range, Value, Visitor};
use std::f64::consts::TAU;

/// J(x) = Σᵢ (xᵢ² + a(1 − cos 2πxᵢ)). Least value 0 at 0. Rastrigin 1974.
#[derive(Debug, Clone)]
pub struct Rastrigin {
    /// a, the depth of the dents.
    pub amplitude: f64,
    /// n, a whole number of at least 2.
    pub dimension: f64,
}

impl Default for Rastrigin {
    fn default() -> Self {
        Rastrigin { amplitude: 10.0, dimension: 2.0 }
    }
}

impl Rastrigin {
    /// L = 2 + 4π²a, the curvature at the minimum.
    fn lipschitz(&self) -> f64 {
        2.0 + TAU * TAU * self.amplitude
    }
}

impl Formula for Rastrigin {
    const NAME: &'static str = "rastrigin";
    const SUMMARY: &'static str = "Σ xᵢ² + a(1 − cos 2πxᵢ): a bowl with a dent near every whole number";

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter {
            name: "amplitude",
            summary: "a, the depth of the dents",
            value: Value::Number(&mut self.amplitude),
            range: Range::closed(0.0, 1e6),
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
        for (x, g) in x.iter().zip(gradient) {
            let (sin, cos) = (TAU * x).sin_cos();
            *g = 2.0 * x + TAU * self.amplitude * sin;
            sum += x * x + self.amplitude * (1.0 - cos);
        }
        sum
    }
    fn optima(&self) -> Vec<Optimum> {
        vec![Optimum { x: vec![0.0; self.dimension()], value: 0.0 }]
    }
    fn start(&self) -> Vec<f64> {
        (0..self.dimension()).map(|i| if i.is_multiple_of(2) { 3.3 } else { -2.4 }).collect()
    }
    fn eta(&self) -> f64 {
        0.5 / self.lipschitz()
    }
    fn stable_eta(&self) -> Option<f64> {
        Some(2.0 / self.lipschitz())
    }
    fn window(&self) -> Window {
        [(-4.5, 4.5), (-4.5, 4.5)]
    }
}
