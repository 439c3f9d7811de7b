//! RMSprop: Tieleman & Hinton 2012, "Neural networks for machine learning", lecture 6e. Centred and with momentum as in Graves 2013,
//! "Generating sequences with recurrent neural networks", eq. 38–45.

use super::{Step, UpdateRule};
use crate::number::{Float, Lane};
use crate::parameter::{Parameter, Range, Visitor};
use crate::update::{Elementwise, Update};

/// E ← βE + (1−β)g²;  θ ← θ − η·g / (√E + ε)
///
/// Centred: the mean m ← βm + (1−β)g is kept too, and E − m² stands under the root. With momentum: u ← momentum·u + the move above,
/// and θ moves by u. `RmsProp<1, false>` is the rule; its switches choose the instance that has the slots they need.
#[derive(Debug, Clone, Copy)]
pub struct RmsProp<const N: usize, const CENTERED: bool> {
    /// β: how long E and m remember.
    pub beta: f64,
    /// ε: guards the division.
    pub epsilon: f64,
    /// √(E + ε) instead of √E + ε.
    pub epsilon_inside: bool,
    /// Divide by the spread of the gradients instead of their size.
    pub centered: bool,
    /// What is left of the last move; 0 for none.
    pub momentum: f64,
}

impl<const N: usize, const CENTERED: bool> Default for RmsProp<N, CENTERED> {
    fn default() -> Self {
        RmsProp { beta: 0.9, epsilon: 1e-8, epsilon_inside: false, centered: CENTERED, momentum: 0.0 }
    }
}

impl<const N: usize, const CENTERED: bool> RmsProp<N, CENTERED> {
    fn instance<const M: usize, const C: bool>(self) -> RmsProp<M, C> {
        let RmsProp { beta, epsilon, epsilon_inside, centered, momentum } = self;
        RmsProp { beta, epsilon, epsilon_inside, centered, momentum }
    }
}

impl<const N: usize, const CENTERED: bool> UpdateRule<N> for RmsProp<N, CENTERED> {
    const NAME: &'static str = "rmsprop";
    const SUMMARY: &'static str = "Adagrad that forgets: a moving mean of the squared gradients";
    const SLOTS: [&'static str; N] = {
        let mut names = ["u"; N];
        names[0] = "E";
        if CENTERED {
            names[1] = "m";
        }
        names
    };
    const ETA: f64 = 0.001;

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("beta", "β, how long the mean of g² remembers", &mut self.beta, Range::FRACTION));
        visit(Parameter::number("epsilon", "ε, guards the division", &mut self.epsilon, Range::NON_NEGATIVE));
        visit(Parameter::switch("epsilon_inside", "ε inside the root", &mut self.epsilon_inside));
        visit(Parameter::switch("centered", "divide by the spread of g, not its size", &mut self.centered));
        visit(Parameter::number("momentum", "what is left of the last move", &mut self.momentum, Range::FRACTION));
    }

    #[inline(always)]
    fn step<L: Lane>(&self, at: &Step, _x: L, g: L, mut slots: [L; N]) -> (L, [L; N]) {
        let e = slots[0].average(self.beta, g.square());
        slots[0] = e;
        let mut spread = e;
        if CENTERED {
            let m = slots[1].average(self.beta, g);
            slots[1] = m;
            spread = (e - m.square()).max(L::zero());
        }
        let mut u = g * at.eta / spread.guarded_root(self.epsilon, self.epsilon_inside);
        if N > 1 + CENTERED as usize {
            u = slots[N - 1] * self.momentum + u;
            slots[N - 1] = u;
        }
        (-u, slots)
    }

    fn over_vector<F: Float>(self, eta: f64) -> Box<dyn Update<F>> {
        match (self.centered, self.momentum > 0.0) {
            (false, false) => Box::new(Elementwise::new(self.instance::<1, false>(), eta)),
            (true, false) => Box::new(Elementwise::new(self.instance::<2, true>(), eta)),
            (false, true) => Box::new(Elementwise::new(self.instance::<2, false>(), eta)),
            (true, true) => Box::new(Elementwise::new(self.instance::<3, true>(), eta)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::by_hand::{assert_close, three_steps};
    use crate::parameter::Setting;

    fn half(more: &[(&'static str, Setting)]) -> Vec<(&'static str, Setting)> {
        let mut all = vec![("eta", 0.5.into()), ("beta", 0.5.into()), ("epsilon", 0.25.into())];
        all.extend_from_slice(more);
        all
    }

    /// ½x² from 1 with η = β = ½, ε = ¼; `root` is what a gradient is divided by, from E and m; `momentum` of the last move stays.
    fn by_hand(momentum: f64, root: impl Fn(f64, f64) -> f64) -> [f64; 3] {
        let u1 = 0.5 / root(0.5, 0.5); // E = ½·1, m = ½·1
        let x1 = 1.0 - u1;
        let (e2, m2) = (0.25 + 0.5 * x1 * x1, 0.25 + 0.5 * x1);
        let u2 = momentum * u1 + 0.5 * x1 / root(e2, m2);
        let x2 = x1 - u2;
        let (e3, m3) = (0.5 * e2 + 0.5 * x2 * x2, 0.5 * m2 + 0.5 * x2);
        [x1, x2, x2 - (momentum * u2 + 0.5 * x2 / root(e3, m3))]
    }

    #[test]
    fn three_steps_by_hand() {
        assert_close(three_steps("rmsprop", &half(&[])), by_hand(0.0, |e, _| e.sqrt() + 0.25));
        let inside = half(&[("epsilon_inside", true.into())]);
        assert_close(three_steps("rmsprop", &inside), by_hand(0.0, |e, _| (e + 0.25).sqrt()));
    }

    #[test]
    fn three_centred_steps_by_hand() {
        let centred = half(&[("centered", true.into())]);
        assert_close(three_steps("rmsprop", &centred), by_hand(0.0, |e, m| (e - m * m).sqrt() + 0.25));
    }

    #[test]
    fn three_steps_with_momentum_by_hand() {
        let momentum = half(&[("momentum", 0.5.into())]);
        assert_close(three_steps("rmsprop", &momentum), by_hand(0.5, |e, _| e.sqrt() + 0.25));
        let both = half(&[("momentum", 0.5.into()), ("centered", true.into())]);
        assert_close(three_steps("rmsprop", &both), by_hand(0.5, |e, m| (e - m * m).sqrt() + 0.25));
    }
}
