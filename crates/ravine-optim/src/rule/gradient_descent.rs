//! Gradient descent: Cauchy 1847, "Méthode générale pour la résolution des systèmes d'équations simultanées". With one sample or a
//! few instead of all: Robbins & Monro 1951, "A stochastic approximation method". Which samples is the objective's business.

use super::{Step, UpdateRule};
use crate::number::Lane;
use crate::parameter::Visitor;

/// θ ← θ − ηg
#[derive(Debug, Clone, Copy, Default)]
pub struct GradientDescent;

impl UpdateRule<0> for GradientDescent {
    const NAME: &'static str = "gradient-descent";
    const SUMMARY: &'static str = "straight down the gradient";
    const SLOTS: [&'static str; 0] = [];
    const ETA: f64 = 0.01;

    fn parameters(&mut self, _visit: Visitor<'_>) {}

    #[inline(always)]
    fn step<L: Lane>(&self, at: &Step, _x: L, g: L, []: [L; 0]) -> (L, [L; 0]) {
        (-(g * at.eta), [])
    }
}

#[cfg(test)]
mod tests {
    use crate::by_hand::three_steps;

    #[test]
    fn three_steps_by_hand() {
        // ½x² from 1 with η = ½: each step halves x.
        assert_eq!(three_steps("gradient-descent", &[("eta", 0.5.into())]), [0.5, 0.25, 0.125]);
    }
}
