//! Adam: Kingma & Ba 2015, "Adam: a method for stochastic optimization". AMSGrad: Reddi, Kale & Kumar 2018, "On the convergence of
//! Adam and beyond". Decoupled decay, AdamW: Loshchilov & Hutter 2019, "Decoupled weight decay regularization".

use super::{Step, UpdateRule};
use crate::number::{Float, Lane};
use crate::parameter::{Parameter, Range, Visitor};
use crate::update::{Elementwise, Update};

/// m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  m̂ = m/c₁;  v̂ = v/c₂;  θ ← θ − η·m̂ / (√v̂ + ε)
///
/// cᵢ = 1 − βᵢᵏ undoes the bias of starting from 0; it is kept as cᵢ ← βᵢcᵢ + (1−βᵢ), which stays right while β is scheduled.
/// `Adam<2>` is the rule; AMSGrad keeps the largest v in a third slot and is `Adam<3>`.
#[derive(Debug, Clone, Copy)]
pub struct Adam<const N: usize> {
    /// β₁: how long m remembers.
    pub beta1: f64,
    /// β₂: how long v remembers.
    pub beta2: f64,
    /// ε: guards the division.
    pub epsilon: f64,
    /// √(v̂ + ε) instead of √v̂ + ε.
    pub epsilon_inside: bool,
    /// Whether m and v are divided by c₁ and c₂.
    pub bias_correction: bool,
    /// AMSGrad: the largest v so far stands in for v.
    pub amsgrad: bool,
    /// Whether AMSGrad takes the largest v̂ instead of the largest v.
    pub amsgrad_corrected: bool,
    /// Decay of θ: λ.
    pub weight_decay: f64,
    /// θ ← θ − ηλθ beside the step (AdamW), instead of λθ in the gradient.
    pub decoupled: bool,
}

impl<const N: usize> Default for Adam<N> {
    fn default() -> Self {
        Adam {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            epsilon_inside: false,
            bias_correction: true,
            amsgrad: N == 3,
            amsgrad_corrected: false,
            weight_decay: 0.0,
            decoupled: false,
        }
    }
}

impl<const N: usize> Adam<N> {
    fn instance<const M: usize>(self) -> Adam<M> {
        let Adam { beta1, beta2, epsilon, epsilon_inside, bias_correction, .. } = self;
        let Adam { amsgrad, amsgrad_corrected, weight_decay, decoupled, .. } = self;
        Adam { beta1, beta2, epsilon, epsilon_inside, bias_correction, amsgrad, amsgrad_corrected, weight_decay, decoupled }
    }
}

impl<const N: usize> UpdateRule<N> for Adam<N> {
    const NAME: &'static str = "adam";
    const SUMMARY: &'static str = "a moving mean of the gradient over the root of that of its square (also AMSGrad, AdamW)";
    const SLOTS: [&'static str; N] = {
        let mut names = ["largest"; N];
        names[0] = "m";
        names[1] = "v";
        names
    };
    const ETA: f64 = 0.001;

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("beta1", "β₁, how long the mean of g remembers", &mut self.beta1, Range::FRACTION));
        visit(Parameter::number("beta2", "β₂, how long the mean of g² remembers", &mut self.beta2, Range::FRACTION));
        visit(Parameter::number("epsilon", "ε, guards the division", &mut self.epsilon, Range::NON_NEGATIVE));
        visit(Parameter::switch("epsilon_inside", "ε inside the root", &mut self.epsilon_inside));
        visit(Parameter::switch("bias_correction", "undo the bias of starting from 0", &mut self.bias_correction));
        visit(Parameter::switch("amsgrad", "divide by the largest v so far", &mut self.amsgrad));
        visit(Parameter::switch("amsgrad_corrected", "the largest of the corrected v instead", &mut self.amsgrad_corrected));
        visit(Parameter::number("weight_decay", "λ, pulls θ towards 0", &mut self.weight_decay, Range::NON_NEGATIVE));
        visit(Parameter::switch("decoupled", "decay θ itself, not through the gradient (AdamW)", &mut self.decoupled));
    }

    fn begin(&self, at: &mut Step) {
        let [c1, c2, ..] = at.memory;
        let c1 = self.beta1 * c1 + (1.0 - self.beta1);
        let c2 = self.beta2 * c2 + (1.0 - self.beta2);
        at.memory = if self.bias_correction { [c1, c2, c1, c2] } else { [c1, c2, 1.0, 1.0] };
    }

    #[inline(always)]
    fn step<L: Lane>(&self, at: &Step, x: L, g: L, mut slots: [L; N]) -> (L, [L; N]) {
        let [_, _, c1, c2] = at.memory;
        let (coupled, decoupled) = if self.decoupled { (0.0, self.weight_decay) } else { (self.weight_decay, 0.0) };
        let g = g + x * coupled;
        let m = slots[0].average(self.beta1, g);
        let v = slots[1].average(self.beta2, g.square());
        slots[0] = m;
        slots[1] = v;
        let v_hat = if N == 3 {
            let (before, after) = if self.amsgrad_corrected { (1.0 / c2, 1.0) } else { (1.0, 1.0 / c2) };
            slots[2] = slots[2].max(v * before);
            slots[2] * after
        } else {
            v * (1.0 / c2)
        };
        let step = m * (at.eta / c1) / v_hat.guarded_root(self.epsilon, self.epsilon_inside);
        (-(step + x * (at.eta * decoupled)), slots)
    }

    fn over_vector<F: Float>(self, eta: f64) -> Box<dyn Update<F>> {
        if self.amsgrad {
            Box::new(Elementwise::new(self.instance::<3>(), eta))
        } else {
            Box::new(Elementwise::new(self.instance::<2>(), eta))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::by_hand::{assert_close, three_steps};
    use crate::parameter::Setting;

    /// η = ¼, β₁ = ½, β₂ = ¾, ε = ⅛.
    fn with(more: &[(&'static str, Setting)]) -> Vec<(&'static str, Setting)> {
        let mut all = vec![("eta", 0.25.into()), ("beta1", 0.5.into()), ("beta2", 0.75.into()), ("epsilon", 0.125.into())];
        all.extend_from_slice(more);
        all
    }

    /// m and v after one, two and three gradients, written out.
    fn moments(g: [f64; 3]) -> [(f64, f64); 3] {
        let [a, b, c] = g;
        [
            (a / 2.0, a * a / 4.0),
            (a / 4.0 + b / 2.0, 3.0 * a * a / 16.0 + b * b / 4.0),
            (a / 8.0 + b / 4.0 + c / 2.0, 9.0 * a * a / 64.0 + 3.0 * b * b / 16.0 + c * c / 4.0),
        ]
    }

    /// 1 − βᵏ for k = 1, 2, 3.
    const C1: [f64; 3] = [0.5, 0.75, 0.875];
    const C2: [f64; 3] = [0.25, 0.4375, 0.578125];

    /// ½x² from 1: x₁, x₂, x₃, where step `i` from x with m and v is `step`, and the gradient at x is `gradient`.
    fn path(gradient: impl Fn(f64) -> f64, mut step: impl FnMut(usize, f64, f64, f64) -> f64) -> [f64; 3] {
        let mut x = [1.0, 0.0, 0.0, 0.0];
        let mut g = [0.0; 3];
        for i in 0..3 {
            g[i] = gradient(x[i]);
            let (m, v) = moments(g)[i];
            x[i + 1] = x[i] - step(i, x[i], m, v);
        }
        [x[1], x[2], x[3]]
    }

    #[test]
    fn three_steps_by_hand() {
        let wanted = path(|x| x, |i, _, m, v| 0.25 * (m / C1[i]) / ((v / C2[i]).sqrt() + 0.125));
        assert_close([wanted[0], 0.0, 0.0], [1.0 - 0.25 / 1.125, 0.0, 0.0]); // m̂ = v̂ = 1 at first
        assert_close(three_steps("adam", &with(&[])), wanted);
        let inside = path(|x| x, |i, _, m, v| 0.25 * (m / C1[i]) / (v / C2[i] + 0.125).sqrt());
        assert_close(three_steps("adam", &with(&[("epsilon_inside", true.into())])), inside);
        let raw = path(|x| x, |_, _, m, v| 0.25 * m / (v.sqrt() + 0.125));
        assert_close(three_steps("adam", &with(&[("bias_correction", false.into())])), raw);
    }

    #[test]
    fn three_amsgrad_steps_by_hand() {
        let mut largest = 0.0f64;
        let raw = path(
            |x| x,
            |i, _, m, v| {
                largest = largest.max(v);
                0.25 * (m / C1[i]) / ((largest / C2[i]).sqrt() + 0.125)
            },
        );
        assert_close(three_steps("adam", &with(&[("amsgrad", true.into())])), raw);
        let mut largest = 0.0f64;
        let corrected = path(
            |x| x,
            |i, _, m, v| {
                largest = largest.max(v / C2[i]);
                0.25 * (m / C1[i]) / (largest.sqrt() + 0.125)
            },
        );
        assert_ne!(raw, corrected);
        assert_close(three_steps("adam", &with(&[("amsgrad", true.into()), ("amsgrad_corrected", true.into())])), corrected);
    }

    #[test]
    fn three_decayed_steps_by_hand() {
        let adam = |i: usize, m: f64, v: f64| 0.25 * (m / C1[i]) / ((v / C2[i]).sqrt() + 0.125);
        let coupled = path(|x| x + 0.5 * x, |i, _, m, v| adam(i, m, v));
        assert_close(three_steps("adam", &with(&[("weight_decay", 0.5.into())])), coupled);
        let decoupled = path(|x| x, |i, x, m, v| adam(i, m, v) + 0.25 * 0.5 * x);
        assert_close(three_steps("adam", &with(&[("weight_decay", 0.5.into()), ("decoupled", true.into())])), decoupled);
    }
}
