//! Nesterov's accelerated gradient: Nesterov 1983, "A method for solving the convex programming problem with convergence rate
//! O(1/k²)", as Sutskever, Martens, Dahl & Hinton 2013 write it: look ahead, then correct.

use super::{Step, UpdateRule};
use crate::number::Lane;
use crate::parameter::{Parameter, Range, Visitor};

/// v ← γv + η∇J(θ − γv);  θ ← θ − v
#[derive(Debug, Clone, Copy)]
pub struct Nesterov {
    /// γ: what is left of the velocity after a step.
    pub gamma: f64,
}

impl Default for Nesterov {
    fn default() -> Self {
        Nesterov { gamma: 0.9 }
    }
}

impl UpdateRule<1> for Nesterov {
    const NAME: &'static str = "nesterov";
    const SUMMARY: &'static str = "momentum whose gradient is taken where the momentum leads";
    const SLOTS: [&'static str; 1] = ["v"];
    const ETA: f64 = 0.01;
    const LOOKS_AHEAD: bool = true;

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("gamma", "γ, what is left of the velocity after a step", &mut self.gamma, Range::FRACTION));
    }

    #[inline(always)]
    fn probe<L: Lane>(&self, _at: &Step, x: L, [v]: [L; 1]) -> L {
        x - v * self.gamma
    }

    #[inline(always)]
    fn step<L: Lane>(&self, at: &Step, _x: L, g: L, [v]: [L; 1]) -> (L, [L; 1]) {
        let v = v * self.gamma + g * at.eta;
        (-v, [v])
    }
}

#[cfg(test)]
mod tests {
    use crate::by_hand::three_steps;

    #[test]
    fn three_steps_by_hand() {
        // ½x² from 1, η = γ = ½.  Ahead 1: v = ½, x = ½.  Ahead ½ − ¼ = ¼: v = ¼ + ⅛ = ⅜, x = ⅛.
        // Ahead ⅛ − 3/16 = −1/16: v = 3/16 − 1/32 = 5/32, x = −1/32.
        let settings = [("eta", 0.5.into()), ("gamma", 0.5.into())];
        assert_eq!(three_steps("nesterov", &settings), [0.5, 0.125, -0.03125]);
    }
}
