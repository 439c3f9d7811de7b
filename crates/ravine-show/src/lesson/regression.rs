//! Least squares over drawn samples: what all samples, one sample and some are compared on.

use crate::lesson::Desk;
use ravine::Result;
use ravine::optim::objective::finite_sum::{Batch, FiniteSum, Order};
use ravine::optim::objective::least_squares::LeastSquares;
use ravine::optim::objective::quadratic::{Coefficients, Quadratic};
use ravine::optim::{Descent, Objective, Random, Solver, Stream, rule};

/// ℓᵢ(θ) = ½(⟨aᵢ, θ⟩ − yᵢ)², its minimiser and its curvature.
#[derive(Debug, Clone)]
pub(super) struct Regression {
    pub(super) samples: LeastSquares,
    pub(super) minimiser: Vec<f64>,
    hessian: Vec<f64>, // n × n
}

/// What is drawn: aᵢⱼ normal of variance hⱼ, log-spaced from 1 to κ; yᵢ = Σⱼ ±aᵢⱼ + noise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    pub(super) samples: usize,
    pub(super) unknowns: usize,
    pub(super) kappa: f64,
    pub(super) noise: f64,
    /// How often each sample is in the set.
    pub(super) copies: usize,
}

impl Drawn {
    pub(super) fn from(&self, seed: u64) -> Result<Regression> {
        let n = self.unknowns;
        let deviation = |j: usize| self.kappa.powf(0.5 * j as f64 / (n.max(2) - 1) as f64);
        let (mut rows, mut targets) = (Vec::new(), Vec::new());
        for i in 0..self.samples {
            let mut random = Random::new(seed, Stream::Data, i as u64);
            let a: Vec<f64> = (0..n).map(|j| deviation(j) * random.normal()).collect();
            let clean: f64 = a.iter().enumerate().map(|(j, a)| if j.is_multiple_of(2) { *a } else { -a }).sum();
            let y = clean + self.noise * random.normal();
            for _ in 0..self.copies {
                rows.extend_from_slice(&a);
                targets.push(y);
            }
        }
        Regression::new(rows, targets)
    }
}

impl Regression {
    /// Of A (m × n) and y (m).
    pub(super) fn new(rows: Vec<f64>, targets: Vec<f64>) -> Result<Self> {
        let (m, n) = (targets.len(), rows.len() / targets.len().max(1));
        let mut hessian = vec![0.0; n * n];
        for a in rows.chunks(n.max(1)) {
            (0..n * n).for_each(|k| hessian[k] += a[k / n] * a[k % n] / m as f64);
        }
        let samples = LeastSquares::new(rows, targets)?;
        let minimiser = samples.minimiser();
        let minimiser = minimiser.ok_or_else(|| ravine::Error::Unsuited("the samples do not determine θ: draw more".into()))?;
        Ok(Regression { samples, minimiser, hessian })
    }

    /// R as a mean of which a step sees a batch.
    pub(super) fn risk(&self, batch: Batch, order: Order, seed: u64) -> Result<FiniteSum<LeastSquares>> {
        Ok(FiniteSum::new(self.samples.clone(), batch, order, seed)?)
    }

    /// R but for a constant, as the quadratic that it is: a step costs n² instead of mn.
    pub(super) fn quadratic(&self) -> Result<Quadratic> {
        let n = self.minimiser.len();
        let matrix: Vec<Vec<f64>> = self.hessian.chunks(n).map(<[f64]>::to_vec).collect();
        let vector = matrix.iter().map(|row| row.iter().zip(&self.minimiser).map(|(h, x)| h * x).sum()).collect();
        Ok(Quadratic::new(Coefficients { matrix, vector, constant: 0.0 })?)
    }

    /// R(θ) − R(θ*) = ½(θ − θ*)ᵀH(θ − θ*)
    pub(super) fn excess(&self, theta: &[f64]) -> f64 {
        let off: Vec<f64> = theta.iter().zip(&self.minimiser).map(|(t, m)| t - m).collect();
        let rows = self.hessian.chunks(off.len()).zip(&off);
        0.5 * rows.map(|(row, o)| o * row.iter().zip(&off).map(|(h, o)| h * o).sum::<f64>()).sum::<f64>()
    }

    /// The steps of `descent` until R is within `target` of its least, at most `most`.
    pub(super) fn steps_to(&self, target: f64, descent: &mut Descent<f64>, most: u64, desk: &Desk<'_>) -> Result<Option<u64>> {
        for t in 0..=most {
            if t.is_multiple_of(1024) {
                desk.go_on()?;
            }
            if self.excess(descent.theta()) <= target {
                return Ok(Some(t));
            }
            descent.step();
        }
        Ok(None)
    }
}

/// Plain descent with a constant η.
pub(super) fn descent(objective: impl Objective<f64> + 'static, start: &[f64], eta: f64) -> Result<Descent<f64>> {
    let update = rule::build("gradient-descent", &[("eta", eta.into())])?;
    Ok(Descent::new(Box::new(objective), start.to_vec(), update)?)
}
