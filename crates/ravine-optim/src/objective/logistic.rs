//! Logistic regression as a finite sum, with features that are rare: where a rate per coordinate pays.

use super::finite_sum::{Batch, FiniteSum, Samples};
use super::least_squares::{order_knob, order_of, size};
use crate::cholesky;
use crate::error::{Error, Result};
use crate::objective::Objective;
use crate::parameter::{Parameter, Range, Value, Visitor};
use crate::random::{Random, Stream};
use crate::spectrum;
use crate::surface::{Kind, Landscape, Optimum, Surface, Window, window_around};

/// One observation: the features that are present with their values, and the class.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// (index, value) of the features that are not 0, by rising index.
    pub features: Vec<(usize, f64)>,
    /// Whether it belongs to the class.
    pub positive: bool,
}

/// ℓᵢ(θ) = ln(1 + e^(−sᵢ⟨aᵢ, θ⟩)) + ρ/2‖θ‖², sᵢ = ±1. The ridge ρ > 0 makes it strongly convex: without one, data that a plane
/// separates have no minimiser.
#[derive(Debug, Clone)]
pub struct Logistic {
    examples: Vec<Example>,
    unknowns: usize,
    ridge: f64,
    lipschitz: f64,
}

impl Logistic {
    /// From examples of `unknowns` features; `ridge` is ρ.
    pub fn new(examples: Vec<Example>, unknowns: usize, ridge: f64) -> Result<Self> {
        Range::POSITIVE.check("ridge", ridge)?;
        if examples.is_empty() || unknowns == 0 {
            return Err(Error::Unsuited("logistic regression needs at least one example and one feature".into()));
        }
        for (i, (j, value)) in examples.iter().enumerate().flat_map(|(i, e)| e.features.iter().map(move |f| (i, *f))) {
            if j >= unknowns {
                return Err(Error::Unsuited(format!("example {i} has feature {j}, but there are only {unknowns}, counted from 0")));
            }
            if !value.is_finite() {
                return Err(Error::NotFinite { what: format!("example {i}"), index: j, value });
            }
        }
        let m = examples.len() as f64;
        let gram = |x: &[f64], y: &mut [f64]| {
            y.fill(0.0);
            for e in &examples {
                let along = e.along(x) / m;
                e.features.iter().for_each(|(j, a)| y[*j] += along * a);
            }
        };
        let lipschitz = 0.25 * spectrum::largest_eigenvalue(unknowns, gram) + ridge;
        Ok(Logistic { examples, unknowns, ridge, lipschitz })
    }

    /// The minimiser, by Newton's method with halved steps where the full one goes up.
    pub fn minimiser(&self) -> Vec<f64> {
        let n = self.unknowns;
        let mut theta = vec![0.0; n];
        let (mut risk, mut gradient, mut hessian) = self.derivatives(&theta);
        for _ in 0..100 {
            let Some(move_) = cholesky::solve(&hessian, &gradient) else { break };
            let decrement: f64 = move_.iter().zip(&gradient).map(|(d, g)| d * g).sum();
            let mut length = 1.0;
            let better = loop {
                let next: Vec<f64> = theta.iter().zip(&move_).map(|(t, d)| t - length * d).collect();
                let there = self.derivatives(&next);
                if there.0 < risk || length < 1e-3 {
                    break (next, there);
                }
                length *= 0.5;
            };
            (theta, (risk, gradient, hessian)) = better;
            if decrement < 1e-28 {
                break;
            }
        }
        theta
    }

    /// R, ∇R and ∇²R = (1/m) Σ w(1−w) aᵢaᵢᵀ + ρI, w the probability of the class that is not the example's.
    fn derivatives(&self, theta: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
        let (n, m) = (self.unknowns, self.examples.len() as f64);
        let (mut risk, mut gradient, mut hessian) = (0.0, vec![0.0; n], vec![0.0; n * n]);
        for (i, e) in self.examples.iter().enumerate() {
            risk += self.add_gradient(i, theta, 1.0 / m, &mut gradient) / m;
            let w = e.doubt(theta);
            for (j, a) in &e.features {
                e.features.iter().for_each(|(k, b)| hessian[j * n + k] += w * (1.0 - w) * a * b / m);
            }
        }
        (0..n).for_each(|j| hessian[j * n + j] += self.ridge);
        (risk, gradient, hessian)
    }
}

impl Example {
    /// ⟨a, θ⟩
    fn along(&self, theta: &[f64]) -> f64 {
        self.features.iter().map(|(j, a)| a * theta[*j]).sum()
    }
    fn sign(&self) -> f64 {
        if self.positive { 1.0 } else { -1.0 }
    }
    /// 1/(1 + e^(s⟨a, θ⟩)), the probability given to the wrong class.
    fn doubt(&self, theta: &[f64]) -> f64 {
        1.0 / (1.0 + (self.sign() * self.along(theta)).exp())
    }
}

impl Samples for Logistic {
    fn samples(&self) -> usize {
        self.examples.len()
    }
    fn unknowns(&self) -> usize {
        self.unknowns
    }
    fn loss(&self, i: usize, theta: &[f64]) -> f64 {
        let margin = self.examples[i].sign() * self.examples[i].along(theta);
        // ln(1 + e^(−t)) without overflow
        (-margin).max(0.0) + (-margin.abs()).exp().ln_1p() + 0.5 * self.ridge * theta.iter().map(|t| t * t).sum::<f64>()
    }
    fn add_gradient(&self, i: usize, theta: &[f64], weight: f64, gradient: &mut [f64]) -> f64 {
        let e = &self.examples[i];
        let pull = -e.sign() * e.doubt(theta);
        e.features.iter().for_each(|(j, a)| gradient[*j] += weight * pull * a);
        gradient.iter_mut().zip(theta).for_each(|(g, t)| *g += weight * self.ridge * t);
        self.loss(i, theta)
    }
    /// ¼ of the largest eigenvalue of (1/m) Σ aᵢaᵢᵀ, by power iteration and so from below, + ρ
    fn lipschitz(&self) -> f64 {
        self.lipschitz
    }
    /// ¼ maxᵢ ‖aᵢ‖² + ρ
    fn lipschitz_of_one(&self) -> f64 {
        let square = |e: &Example| e.features.iter().map(|(_, a)| a * a).sum::<f64>();
        0.25 * self.examples.iter().map(square).fold(0.0, f64::max) + self.ridge
    }
}

/// The surface `logistic`: feature j is present (value 1) with a probability that falls, log-spaced, from ½ to `rarity`; classes are
/// drawn with the probability that θ̂ = (2, −2, 2, …) gives.
#[derive(Debug, Clone)]
pub(crate) struct DrawnLogistic {
    samples: f64,
    dimension: f64,
    rarity: f64,
    ridge: f64,
    order: usize,
}

impl Default for DrawnLogistic {
    fn default() -> Self {
        DrawnLogistic { samples: 1000.0, dimension: 20.0, rarity: 0.01, ridge: 1e-3, order: 0 }
    }
}

impl DrawnLogistic {
    fn draw(&self, seed: u64) -> Result<Logistic> {
        let (m, n) = size(self.samples, self.dimension)?;
        let present = |j: usize| 0.5 * (2.0 * self.rarity).powf(j as f64 / (n - 1) as f64);
        let truth = |j: usize| if j.is_multiple_of(2) { 2.0 } else { -2.0 };
        let example = |i: usize| {
            let mut random = Random::new(seed, Stream::Data, i as u64);
            let features: Vec<(usize, f64)> = (0..n).filter(|j| random.uniform() < present(*j)).map(|j| (j, 1.0)).collect();
            let along: f64 = features.iter().map(|(j, _)| truth(*j)).sum();
            Example { features, positive: random.uniform() < 1.0 / (1.0 + (-along).exp()) }
        };
        Logistic::new((0..m).map(example).collect(), n, self.ridge)
    }
}

impl Kind for DrawnLogistic {
    const NAME: &'static str = "logistic";
    const SUMMARY: &'static str =
        "mean of ln(1 + e^(−sᵢ⟨aᵢ, θ⟩)) + ρ/2‖θ‖² over drawn samples with rare features: where adaptive rules help";
    const DRAWN: bool = true;

    fn parameters(&mut self, visit: Visitor<'_>) {
        let number = |name, summary, value, range| Parameter { name, summary, value: Value::Number(value), range };
        visit(number("samples", "number of samples m", &mut self.samples, Range::closed(2.0, 1e6)));
        visit(number("dimension", "number of features n", &mut self.dimension, Range::closed(2.0, 500.0)));
        visit(number(
            "rarity",
            "how often the rarest feature is present; the commonest: 0.5",
            &mut self.rarity,
            Range::closed(1e-4, 0.5),
        ));
        visit(number("ridge", "weight ρ of ½‖θ‖²", &mut self.ridge, Range::closed(1e-8, 10.0)));
        visit(order_knob(&mut self.order));
    }
    fn surface(self, batch: Option<Batch>, seed: u64) -> Result<Surface> {
        let sum = FiniteSum::new(self.draw(seed)?, batch.unwrap_or_default(), order_of(self.order), seed)?;
        Ok(Surface::new(Self::NAME, sum))
    }
}

impl Landscape for FiniteSum<Logistic> {
    fn start(&self) -> Vec<f64> {
        vec![0.0; self.samples().unknowns()]
    }
    fn optima(&self) -> Vec<Optimum> {
        let x = self.samples().minimiser();
        let m = self.samples().samples();
        let value = (0..m).map(|i| self.samples().loss(i, &x)).sum::<f64>() / m as f64;
        vec![Optimum { x, value }]
    }
    /// Half of what is stable.
    fn eta(&self) -> f64 {
        0.5 * self.stable_eta().unwrap_or(1.0)
    }
    fn window(&self) -> Window {
        window_around(&[&self.start(), &self.samples().minimiser()])
    }
}
