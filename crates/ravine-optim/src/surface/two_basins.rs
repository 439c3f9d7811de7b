//! A deep and a shallow basin with a ridge between them.

use super::{Formula, Optimum, Window};
use crate::parameter::{Parameter, Range, Value, Visitor};
use std::f64::consts::TAU;

/// J(x, y) = ¼(x² − 1)² + tx + ½y². For 0 < t < 2/(3√3) the deeper of two minima is near x = −1, the shallower near x = 1.
#[derive(Debug, Clone)]
pub struct TwoBasins {
    /// t, how much deeper the left basin is.
    pub tilt: f64,
}

impl Default for TwoBasins {
    fn default() -> Self {
        TwoBasins { tilt: 0.2 }
    }
}

impl Formula for TwoBasins {
    const NAME: &'static str = "two-basins";
    const SUMMARY: &'static str = "¼(x² − 1)² + tx + ½y²: a deep basin and a shallow one, where it is easy to stay";

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter {
            name: "tilt",
            summary: "t, how much deeper the left basin is; from 0.385 on there is only one",
            value: Value::Number(&mut self.tilt),
            range: Range::closed(0.0, 0.384),
        });
    }
    fn value_and_gradient(&self, p: &[f64], gradient: &mut [f64]) -> f64 {
        let (x, y) = (p[0], p[1]);
        let w = x * x - 1.0;
        gradient[0] = x * w + self.tilt;
        gradient[1] = y;
        0.25 * w * w + self.tilt * x + 0.5 * y * y
    }
    /// The outer roots of x³ − x + t = 0 (Viète): x = 2/√3 · cos((φ − 2πk)/3), cos φ = −(3√3/2)t, k = 2 left, k = 0 right.
    fn optima(&self) -> Vec<Optimum> {
        let phi = (-1.5 * 3f64.sqrt() * self.tilt).acos();
        let root = |k: f64| 2.0 / 3f64.sqrt() * ((phi - TAU * k) / 3.0).cos();
        let mut room = [0.0; 2];
        [root(2.0), root(0.0)].map(|x| Optimum { x: vec![x, 0.0], value: self.value_and_gradient(&[x, 0.0], &mut room) }).to_vec()
    }
    fn start(&self) -> Vec<f64> {
        vec![1.7, 0.9]
    }
    fn eta(&self) -> f64 {
        0.1
    }
    fn window(&self) -> Window {
        [(-2.0, 2.0), (-1.4, 1.4)]
    }
}
