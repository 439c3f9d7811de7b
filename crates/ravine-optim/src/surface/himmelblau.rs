//! Four minima of equal depth: which one is reached depends on the start and on the rule.

use super::{Formula, Optimum, Window};

/// J(x, y) = (x² + y − 11)² + (x + y² − 7)². Four minima of value 0. Himmelblau 1972.
#[derive(Debug, Clone, Default)]
pub struct Himmelblau;

/// The roots of x² + y = 11, x + y² = 7; the first is exact, the others are rounded to the nearest f64.
const MINIMA: [[f64; 2]; 4] = [
    [3.0, 2.0],
    [-2.805_118_086_952_745, 3.131_312_518_250_573],
    [-3.779_310_253_377_747, -3.283_185_991_286_17],
    [3.584_428_340_330_491_7, -1.848_126_526_964_403_6],
];

impl Formula for Himmelblau {
    const NAME: &'static str = "himmelblau";
    const SUMMARY: &'static str = "(x² + y − 11)² + (x + y² − 7)²: four minima of equal depth";

    fn value_and_gradient(&self, p: &[f64], gradient: &mut [f64]) -> f64 {
        let (x, y) = (p[0], p[1]);
        let (a, b) = (x * x + y - 11.0, x + y * y - 7.0);
        gradient[0] = 4.0 * x * a + 2.0 * b;
        gradient[1] = 2.0 * a + 4.0 * y * b;
        a * a + b * b
    }
    fn optima(&self) -> Vec<Optimum> {
        MINIMA.map(|x| Optimum { x: x.to_vec(), value: 0.0 }).to_vec()
    }
    fn start(&self) -> Vec<f64> {
        vec![-0.5, -1.0]
    }
    fn eta(&self) -> f64 {
        0.01
    }
    fn window(&self) -> Window {
        [(-5.5, 5.5), (-5.5, 5.5)]
    }
}
