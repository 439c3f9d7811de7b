//! Flat plains between steep ridges.

use super::{Formula, Optimum, Window};

/// J(x, y) = a² + b² + c², a = 1.5 − x + xy, b = 2.25 − x + xy², c = 2.625 − x + xy³. Minimum 0 at (3, 0.5). Beale 1958.
#[derive(Debug, Clone, Default)]
pub struct Beale;

impl Formula for Beale {
    const NAME: &'static str = "beale";
    const SUMMARY: &'static str = "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²: plains between steep ridges";

    fn value_and_gradient(&self, p: &[f64], gradient: &mut [f64]) -> f64 {
        let (x, y) = (p[0], p[1]);
        let (y2, y3) = (y * y, y * y * y);
        let (a, b, c) = (1.5 - x + x * y, 2.25 - x + x * y2, 2.625 - x + x * y3);
        gradient[0] = 2.0 * a * (y - 1.0) + 2.0 * b * (y2 - 1.0) + 2.0 * c * (y3 - 1.0);
        gradient[1] = 2.0 * a * x + 4.0 * b * x * y + 6.0 * c * x * y2;
        a * a + b * b + c * c
    }
    fn optima(&self) -> Vec<Optimum> {
        vec![Optimum { x: vec![3.0, 0.5], value: 0.0 }]
    }
    fn start(&self) -> Vec<f64> {
        vec![1.0, 1.5]
    }
    fn eta(&self) -> f64 {
        0.005
    }
    fn window(&self) -> Window {
        [(-0.5, 4.0), (-1.5, 2.0)]
    }
}
