//! The banana valley: easy to enter, slow to walk.

use super::{Formula, Optimum, Window};
use crate::parameter::{Parameter, Range, Value, Visitor};

/// J(x, y) = (1 − x)² + b(y − x²)². Minimum 0 at (1, 1). Rosenbrock 1960.
#[derive(Debug, Clone)]
pub struct Rosenbrock {
    /// b, how steep the walls are.
    pub steepness: f64,
}

impl Default for Rosenbrock {
    fn default() -> Self {
        Rosenbrock { steepness: 100.0 }
    }
}

impl Formula for Rosenbrock {
    const NAME: &'static str = "rosenbrock";
    const SUMMARY: &'static str = "(1 − x)² + b(y − x²)²: a bent valley, easy to enter and slow to walk";

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter {
            name: "steepness",
            summary: "b, how steep the walls are",
            value: Value::Number(&mut self.steepness),
            range: Range::closed(0.01, 1e8),
        });
    }
    fn value_and_gradient(&self, p: &[f64], gradient: &mut [f64]) -> f64 {
        let (x, y, b) = (p[0], p[1], self.steepness);
        let off = y - x * x;
        gradient[0] = -2.0 * (1.0 - x) - 4.0 * b * x * off;
        gradient[1] = 2.0 * b * off;
        (1.0 - x) * (1.0 - x) + b * off * off
    }
    fn optima(&self) -> Vec<Optimum> {
        vec![Optimum { x: vec![1.0, 1.0], value: 0.0 }]
    }
    fn start(&self) -> Vec<f64> {
        vec![-1.2, 1.0]
    }
    /// 0.0015 at b = 100: below 2/L at the start, where L ≈ 12bx² + 2 + 2b.
    fn eta(&self) -> f64 {
        3.0 / (20.0 * self.steepness + 10.0)
    }
    fn window(&self) -> Window {
        [(-1.8, 1.8), (-0.8, 2.2)]
    }
}
