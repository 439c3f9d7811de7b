//! Nesterov's rule told from the point that looks ahead: Bengio, Boulanger-Lewandowski & Pascanu 2012, "Advances in optimizing
//! recurrent networks", eq. 7. It is what PyTorch calls Nesterov.

use super::{Step, UpdateRule};
use crate::number::Lane;
use crate::parameter::{Parameter, Range, Visitor};

/// v ← γv + ηg;  θ ← θ − (γv + ηg)
///
/// Its θ is the look-ahead point θ − γv of [`Nesterov`](super::Nesterov), so no other point is needed for the gradient.
#[derive(Debug, Clone, Copy)]
pub struct NesterovRearranged {
    /// γ: what is left of the velocity after a step.
    pub gamma: f64,
}

impl Default for NesterovRearranged {
    fn default() -> Self {
        NesterovRearranged { gamma: 0.9 }
    }
}

impl UpdateRule<1> for NesterovRearranged {
    const NAME: &'static str = "nesterov-rearranged";
    const SUMMARY: &'static str = "Nesterov's rule told from the look-ahead point (PyTorch's)";
    const SLOTS: [&'static str; 1] = ["v"];
    const ETA: f64 = 0.01;

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("gamma", "γ, what is left of the velocity after a step", &mut self.gamma, Range::FRACTION));
    }

    #[inline(always)]
    fn step<L: Lane>(&self, at: &Step, _x: L, g: L, [v]: [L; 1]) -> (L, [L; 1]) {
        let v = v * self.gamma + g * at.eta;
        (-(v * self.gamma + g * at.eta), [v])
    }
}

#[cfg(test)]
mod tests {
    use crate::by_hand::{Parabola, three_steps};
    use crate::{Descent, Solver, rule};

    #[test]
    fn three_steps_by_hand() {
        // ½x² from 1, η = γ = ½.  v = ½, x = 1 − ¾ = ¼.  v = ¼ + ⅛ = ⅜, x = ¼ − (3/16 + ⅛) = −1/16.
        // v = 3/16 − 1/32 = 5/32, x = −1/16 − (5/64 − 1/32) = −7/64.
        let settings = [("eta", 0.5.into()), ("gamma", 0.5.into())];
        assert_eq!(three_steps("nesterov-rearranged", &settings), [0.25, -0.0625, -0.109375]);
    }

    #[test]
    fn its_path_is_the_look_ahead_path_of_nesterov() {
        let settings = [("eta", 0.1.into()), ("gamma", 0.9.into())];
        let start = |name| {
            let update = rule::build::<f64>(name, &settings).unwrap();
            Descent::new(Box::new(Parabola::new(&[1.0, 7.0])), vec![1.0, -2.0], update).unwrap()
        };
        let (mut plain, mut rearranged) = (start("nesterov"), start("nesterov-rearranged"));
        for _ in 0..50 {
            plain.step();
            rearranged.step();
            let ahead = plain.probe().to_vec();
            for (a, b) in ahead.iter().zip(rearranged.theta()) {
                assert!((a - b).abs() < 1e-14, "{a} {b}");
            }
        }
    }
}
