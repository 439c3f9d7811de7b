//! AdaMax: Kingma & Ba 2015, "Adam: a method for stochastic optimization", section 7.1.

use super::{Step, UpdateRule};
use crate::number::Lane;
use crate::parameter::{Parameter, Range, Visitor};

/// m ← β₁m + (1−β₁)g;  u ← max(β₂u, |g| + ε);  m̂ = m/c₁;  θ ← θ − η·m̂/u
///
/// Adam with the largest |g| of late in place of the root of the mean of g². c₁ as in [`Adam`](super::Adam). The paper has no ε, and
/// divides by 0 where a coordinate has never had a gradient.
#[derive(Debug, Clone, Copy)]
pub struct Adamax {
    /// β₁: how long m remembers.
    pub beta1: f64,
    /// β₂: how long u remembers.
    pub beta2: f64,
    /// ε: guards the division.
    pub epsilon: f64,
}

impl Default for Adamax {
    fn default() -> Self {
        Adamax { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

impl UpdateRule<2> for Adamax {
    const NAME: &'static str = "adamax";
    const SUMMARY: &'static str = "Adam that divides by the largest gradient of late";
    const SLOTS: [&'static str; 2] = ["m", "u"];
    const ETA: f64 = 0.002;

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("beta1", "β₁, how long the mean of g remembers", &mut self.beta1, Range::FRACTION));
        visit(Parameter::number("beta2", "β₂, how long the largest |g| remembers", &mut self.beta2, Range::FRACTION));
        visit(Parameter::number("epsilon", "ε, guards the division", &mut self.epsilon, Range::NON_NEGATIVE));
    }

    fn begin(&self, at: &mut Step) {
        let [c1, ..] = at.memory;
        at.memory = [self.beta1 * c1 + (1.0 - self.beta1), 0.0, 0.0, 0.0];
    }

    #[inline(always)]
    fn step<L: Lane>(&self, at: &Step, _x: L, g: L, [m, u]: [L; 2]) -> (L, [L; 2]) {
        let [c1, ..] = at.memory;
        let m = m.average(self.beta1, g);
        let u = (u * self.beta2).max(g.abs() + self.epsilon);
        (-(m * (at.eta / c1) / u), [m, u])
    }
}

#[cfg(test)]
mod tests {
    use crate::by_hand::{assert_close, three_steps};

    #[test]
    fn three_steps_by_hand() {
        // ½x² from 1, η = ¼, β₁ = ½, β₂ = ¾, ε = 0.  m̂ = 1, u = 1, x = ¾.
        // m = ¼ + ⅜ = ⅝, c₁ = ¾, m̂ = 5/6, u = max(¾, ¾), x = ¾ − 5/18 = 17/36.
        // m = 5/16 + 17/72, c₁ = ⅞, u = max(9/16, 17/36) = 9/16.
        let settings = [("eta", 0.25.into()), ("beta1", 0.5.into()), ("beta2", 0.75.into()), ("epsilon", 0.0.into())];
        let third = 17.0 / 36.0 - 0.25 * ((5.0 / 16.0 + 17.0 / 72.0) / 0.875) / 0.5625;
        assert_close(three_steps("adamax", &settings), [0.75, 17.0 / 36.0, third]);
    }
}
