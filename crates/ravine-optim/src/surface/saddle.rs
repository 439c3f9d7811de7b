//! A pass between two valleys: the gradient vanishes on it, and it is no minimum.

use super::{Formula, Optimum, Window};

/// J(x, y) = ½x² − ½y² + ¼y⁴: a saddle of value 0 at 0, minima of value −¼ at (0, ±1). From y = 0 exactly, descent ends on the saddle.
#[derive(Debug, Clone, Default)]
pub struct Saddle;

impl Formula for Saddle {
    const NAME: &'static str = "saddle";
    const SUMMARY: &'static str = "½x² − ½y² + ¼y⁴: a flat pass between two minima, left slowly";

    fn value_and_gradient(&self, p: &[f64], gradient: &mut [f64]) -> f64 {
        let (x, y) = (p[0], p[1]);
        gradient[0] = x;
        gradient[1] = y * y * y - y;
        0.5 * x * x - 0.5 * y * y + 0.25 * y * y * y * y
    }
    fn optima(&self) -> Vec<Optimum> {
        [1.0, -1.0].map(|y| Optimum { x: vec![0.0, y], value: -0.25 }).to_vec()
    }
    /// Close to the ridge y = 0, so that the plateau is seen.
    fn start(&self) -> Vec<f64> {
        vec![-1.5, 0.001]
    }
    fn eta(&self) -> f64 {
        0.2
    }
    fn window(&self) -> Window {
        [(-1.8, 1.8), (-1.6, 1.6)]
    }
}
