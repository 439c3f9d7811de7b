//! Momentum, the heavy ball: Polyak 1964, "Some methods of speeding up the convergence of iteration methods".

use super::{Step, UpdateRule};
use crate::number::Lane;
use crate::parameter::{Parameter, Range, Visitor};

/// v ← γv + (1 − dampening)·ηg;  θ ← θ − v
///
/// η is inside v. PyTorch has it outside (v ← μv + g; θ ← θ − ηv), which is the same only while η is constant.
#[derive(Debug, Clone, Copy)]
pub struct Momentum {
    /// γ: what is left of the velocity after a step.
    pub gamma: f64,
    /// What new gradients lose. At γ, v is a weighted mean of gradients.
    pub dampening: f64,
    /// Whether the first gradient loses it too; in PyTorch it does not.
    pub dampen_first: bool,
}

impl Default for Momentum {
    fn default() -> Self {
        Momentum { gamma: 0.9, dampening: 0.0, dampen_first: true }
    }
}

impl UpdateRule<1> for Momentum {
    const NAME: &'static str = "momentum";
    const SUMMARY: &'static str = "a heavy ball: the last move goes on, slowed by γ";
    const SLOTS: [&'static str; 1] = ["v"];
    const ETA: f64 = 0.01;

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("gamma", "γ, what is left of the velocity after a step", &mut self.gamma, Range::FRACTION));
        visit(Parameter::number("dampening", "what a new gradient loses", &mut self.dampening, Range::UNIT));
        visit(Parameter::switch("dampen_first", "whether the first gradient loses it too", &mut self.dampen_first));
    }

    fn begin(&self, at: &mut Step) {
        let [steps, _, ..] = at.memory;
        let dampened = steps > 0.0 || self.dampen_first;
        at.memory = [steps + 1.0, if dampened { 1.0 - self.dampening } else { 1.0 }, 0.0, 0.0];
    }

    #[inline(always)]
    fn step<L: Lane>(&self, at: &Step, _x: L, g: L, [v]: [L; 1]) -> (L, [L; 1]) {
        let [_, share, ..] = at.memory;
        let v = v * self.gamma + g * (share * at.eta);
        (-v, [v])
    }
}

#[cfg(test)]
mod tests {
    use crate::by_hand::three_steps;

    #[test]
    fn three_steps_by_hand() {
        // ½x² from 1, η = γ = ½.  v = ½, x = ½;  v = ¼ + ¼ = ½, x = 0;  v = ¼ + 0, x = −¼.
        let heavy = [("eta", 0.5.into()), ("gamma", 0.5.into())];
        assert_eq!(three_steps("momentum", &heavy), [0.5, 0.0, -0.25]);
    }

    #[test]
    fn three_dampened_steps_by_hand() {
        // Gradients count half.  v = ¼, x = ¾;  v = ⅛ + 3/16 = 5/16, x = 7/16;  v = 5/32 + 7/64 = 17/64, x = 11/64.
        let mean = [("eta", 0.5.into()), ("gamma", 0.5.into()), ("dampening", 0.5.into())];
        assert_eq!(three_steps("momentum", &mean), [0.75, 0.4375, 0.171875]);
        // The first one whole:  v = ½, x = ½;  v = ¼ + ⅛ = ⅜, x = ⅛;  v = 3/16 + 1/32 = 7/32, x = −3/32.
        let torch = [mean[0].clone(), mean[1].clone(), mean[2].clone(), ("dampen_first", false.into())];
        assert_eq!(three_steps("momentum", &torch), [0.5, 0.125, -0.09375]);
    }
}
