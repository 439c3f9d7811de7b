//! What the rules' tests by hand run on: ½Σhᵢxᵢ².

use crate::layout::Layout;
use crate::objective::Objective;
use crate::parameter::Setting;
use crate::{Descent, Solver, rule};

pub(crate) struct Parabola {
    curvatures: Vec<f64>,
    layout: Layout,
}

impl Parabola {
    pub(crate) fn new(curvatures: &[f64]) -> Self {
        Parabola { curvatures: curvatures.to_vec(), layout: Layout::single("x", &[curvatures.len()]) }
    }
}

impl Objective<f64> for Parabola {
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn value(&mut self, x: &[f64]) -> f64 {
        x.iter().zip(&self.curvatures).map(|(x, h)| 0.5 * h * x * x).sum()
    }
    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        for ((g, x), h) in gradient.iter_mut().zip(x).zip(&self.curvatures) {
            *g = h * x;
        }
        self.value(x)
    }
}

/// θ after one, two and three steps of the rule `name` down ½x² from 1.
pub(crate) fn three_steps(name: &str, settings: &[(&str, Setting)]) -> [f64; 3] {
    let update = rule::build(name, settings).unwrap();
    let mut descent = Descent::new(Box::new(Parabola::new(&[1.0])), vec![1.0], update).unwrap();
    [(); 3].map(|()| {
        descent.step();
        descent.theta()[0]
    })
}

/// Equal but for rounding.
pub(crate) fn assert_close(got: [f64; 3], wanted: [f64; 3]) {
    for (g, w) in got.iter().zip(&wanted) {
        assert!((g - w).abs() <= 1e-15 * w.abs().max(1.0), "{got:?} {wanted:?}");
    }
}
