//! Adagrad: Duchi, Hazan & Singer 2011, "Adaptive subgradient methods for online learning and stochastic optimization".

use super::{Step, UpdateRule};
use crate::number::Lane;
use crate::parameter::{Parameter, Range, Visitor};

/// G ← G + g²;  θ ← θ − η·g / (√G + ε)
///
/// A coordinate that rarely has a gradient keeps large steps.
#[derive(Debug, Clone, Copy)]
pub struct Adagrad {
    /// ε: guards the division.
    pub epsilon: f64,
    /// √(G + ε) instead of √G + ε.
    pub epsilon_inside: bool,
    /// G before the first step.
    pub start: f64,
    /// After n steps η is divided by 1 + n·rate_decay.
    pub rate_decay: f64,
}

impl Default for Adagrad {
    fn default() -> Self {
        Adagrad { epsilon: 1e-10, epsilon_inside: false, start: 0.0, rate_decay: 0.0 }
    }
}

impl UpdateRule<1> for Adagrad {
    const NAME: &'static str = "adagrad";
    const SUMMARY: &'static str = "each coordinate's steps shrink with the gradients it has seen";
    const SLOTS: [&'static str; 1] = ["G"];
    const ETA: f64 = 0.01;

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("epsilon", "ε, guards the division", &mut self.epsilon, Range::NON_NEGATIVE));
        visit(Parameter::switch("epsilon_inside", "ε inside the root", &mut self.epsilon_inside));
        visit(Parameter::number("start", "G before the first step", &mut self.start, Range::NON_NEGATIVE));
        visit(Parameter::number("rate_decay", "η is divided by 1 + steps·rate_decay", &mut self.rate_decay, Range::NON_NEGATIVE));
    }

    fn start<L: Lane>(&self, _x: L) -> [L; 1] {
        [L::zero() + self.start]
    }

    fn begin(&self, at: &mut Step) {
        let [steps, ..] = at.memory;
        at.memory = [steps + 1.0, at.eta / (1.0 + steps * self.rate_decay), 0.0, 0.0];
    }

    #[inline(always)]
    fn step<L: Lane>(&self, at: &Step, _x: L, g: L, [sum]: [L; 1]) -> (L, [L; 1]) {
        let [_, eta, ..] = at.memory;
        let sum = sum + g.square();
        (-(g * eta) / sum.guarded_root(self.epsilon, self.epsilon_inside), [sum])
    }
}

#[cfg(test)]
mod tests {
    use crate::by_hand::{assert_close, three_steps};

    #[test]
    fn three_steps_by_hand() {
        // ½x² from 1, η = ½, ε = 0.  G = 1, x = 1 − ½ = ½.  G = 5/4, x = ½ − ¼/√(5/4).  Then x₂² more.
        let x2 = 0.5 - 0.25 / 1.25f64.sqrt();
        let x3 = x2 - 0.5 * x2 / (1.25 + x2 * x2).sqrt();
        assert_close(three_steps("adagrad", &[("eta", 0.5.into()), ("epsilon", 0.0.into())]), [0.5, x2, x3]);
    }

    #[test]
    fn three_decayed_steps_from_a_start_value_by_hand() {
        // η = ½, G₀ = 3, rate_decay = 1, ε = 5 inside.  G = 4, x = 1 − ½/√9 = 5/6.
        // G = 4 + 25/36, η = ¼.  Then x₂² more and η = 1/6.
        let settings = [
            ("eta", 0.5.into()),
            ("start", 3.0.into()),
            ("rate_decay", 1.0.into()),
            ("epsilon", 5.0.into()),
            ("epsilon_inside", true.into()),
        ];
        let x1 = 5.0f64 / 6.0;
        let x2 = x1 - 0.25 * x1 / (9.0 + x1 * x1).sqrt();
        let x3 = x2 - x2 / 6.0 / (9.0 + x1 * x1 + x2 * x2).sqrt();
        assert_close(three_steps("adagrad", &settings), [x1, x2, x3]);
    }
}
