//! Every rule with every set of slots, every edit, every average: what the laws `threads`, `kernels` and `resume` go through.

#![allow(dead_code)] // each law uses its part

use ravine_optim::edit::Noise;
use ravine_optim::parameter::Setting;
use ravine_optim::{Averaged, Descent, Float, Layout, Objective, Update, rule, schedule, vector};

/// A rule with settings, and an average around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Variant {
    rule: &'static str,
    settings: &'static [(&'static str, &'static str)],
    average: Option<&'static str>,
}

const fn of(rule: &'static str, settings: &'static [(&'static str, &'static str)]) -> Variant {
    Variant { rule, settings, average: None }
}

const fn averaged(average: &'static str) -> Variant {
    Variant { rule: "momentum", settings: &[], average: Some(average) }
}

const VARIANTS: &[Variant] = &[
    of("gradient-descent", &[]),
    of("momentum", &[("dampening", "0.5"), ("dampen_first", "false")]),
    of("nesterov", &[]),
    of("nesterov-rearranged", &[]),
    of("adagrad", &[("start", "0.1"), ("rate_decay", "0.05")]),
    of("rmsprop", &[]),
    of("rmsprop", &[("centered", "true")]),
    of("rmsprop", &[("momentum", "0.5")]),
    of("rmsprop", &[("centered", "true"), ("momentum", "0.5"), ("epsilon_inside", "true")]),
    of("adam", &[]),
    of("adam", &[("amsgrad", "true"), ("weight_decay", "0.1"), ("decoupled", "true")]),
    of("adam", &[("amsgrad", "true"), ("amsgrad_corrected", "true"), ("bias_correction", "false")]),
    of("adamax", &[]),
    of("momentum", &[("clip", "1"), ("clip_value", "0.5"), ("weight_decay", "0.1")]),
    of("nesterov", &[("accumulate", "4"), ("skip_non_finite", "true")]),
    averaged("ema:0.9"),
    averaged("swa:3"),
];

/// All of them; every rule of the table is among them.
pub(crate) fn all() -> &'static [Variant] {
    for row in rule::RULES {
        assert!(VARIANTS.iter().any(|v| v.rule == row.name), "no variant of {}", row.name);
    }
    VARIANTS
}

impl Variant {
    pub(crate) fn name(&self) -> String {
        format!("{} {:?} {:?}", self.rule, self.settings, self.average)
    }

    pub(crate) fn update<F: Float>(&self) -> Box<dyn Update<F>> {
        let settings: Vec<(&str, Setting)> = self.settings.iter().map(|(name, value)| (*name, (*value).into())).collect();
        let update = rule::build(self.rule, &settings).unwrap();
        match self.average {
            Some(average) => Box::new(Averaged::new(update, average.parse().unwrap())),
            None => update,
        }
    }

    /// Down ½Σhᵢ(xᵢ − cᵢ)² over `n` coordinates with noise on the gradient, η behind a plateau.
    pub(crate) fn descent<F: Float>(&self, n: usize) -> Descent<F> {
        let mut update = self.update();
        let settings = [("patience", 2.0.into()), ("cut", 0.5.into()), ("threshold", 0.2.into())];
        update.schedule("eta", schedule::build("plateau", &settings).unwrap()).unwrap();
        let descent = Descent::new(Box::new(Bowl { layout: Layout::single("x", &[n]) }), wild(n, 1), update).unwrap();
        descent.edited(Box::new(Noise::new(0.01, 5)))
    }
}

struct Bowl {
    layout: Layout,
}

impl<F: Float> Objective<F> for Bowl {
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn value(&mut self, x: &[F]) -> f64 {
        0.5 * vector::sum_of(x.len(), |i| curvature(i) * (x[i].to_f64() - 1.0).powi(2))
    }
    fn value_and_gradient(&mut self, x: &[F], gradient: &mut [F]) -> f64 {
        for (i, (g, x)) in gradient.iter_mut().zip(x).enumerate() {
            *g = F::from_f64(curvature(i) * (x.to_f64() - 1.0));
        }
        self.value(x)
    }
}

fn curvature(i: usize) -> f64 {
    1.0 + (i % 10) as f64
}

/// Numbers of both signs between 2⁻²⁰ and 2²⁰: numbers of one size would add up exactly and hide a fault.
pub(crate) fn wild<F: Float>(n: usize, seed: u64) -> Vec<F> {
    let mut random = ravine_optim::Random::new(seed, ravine_optim::Stream::Data, 0);
    (0..n).map(|_| F::from_f64(random.normal() * random.between(-20.0, 20.0).exp2())).collect()
}

/// The bytes of x, so that −0 is not 0.
pub(crate) fn bits<F: Float>(x: &[F]) -> Vec<u64> {
    x.iter().map(|v| v.to_f64().to_bits()).collect()
}
