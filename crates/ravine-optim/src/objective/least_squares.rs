//! Linear least squares as a finite sum.

use super::finite_sum::{Batch, FiniteSum, ORDERS, Order, Samples};
use crate::cholesky::{self, dot};
use crate::error::{Error, Result, check_finite};
use crate::objective::Objective;
use crate::parameter::{Parameter, Range, Value, Visitor};
use crate::random::{Random, Stream};
use crate::spectrum;
use crate::surface::{Kind, Landscape, Optimum, Surface, Window, whole, window_around};

/// ℓᵢ(θ) = ½(⟨aᵢ, θ⟩ − yᵢ)², so that R(θ) = ‖Aθ − y‖²/(2m).
#[derive(Debug, Clone)]
pub struct LeastSquares {
    rows: Vec<f64>, // m × n
    targets: Vec<f64>,
    unknowns: usize,
    lipschitz: f64,
    lipschitz_of_one: f64,
}

impl LeastSquares {
    /// From A (m × n, row-major) and y (m).
    pub fn new(rows: Vec<f64>, targets: Vec<f64>) -> Result<Self> {
        let m = targets.len();
        if m == 0 || rows.is_empty() || !rows.len().is_multiple_of(m) {
            return Err(Error::Unsuited(format!("{} numbers do not make {m} rows of equal length", rows.len())));
        }
        check_finite("the matrix of the samples", &rows)?;
        check_finite("the vector of targets", &targets)?;
        let n = rows.len() / m;
        let lipschitz_of_one = rows.chunks(n).map(|a| dot(a, a)).fold(0.0, f64::max);
        let mut problem = LeastSquares { rows, targets, unknowns: n, lipschitz: 0.0, lipschitz_of_one };
        let hessian = problem.hessian();
        problem.lipschitz = spectrum::largest_eigenvalue(n, |x, y| spectrum::multiply(&hessian, x, y));
        Ok(problem)
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.rows[i * self.unknowns..][..self.unknowns]
    }

    /// AᵀA/m, n × n
    fn hessian(&self) -> Vec<f64> {
        let n = self.unknowns;
        let mut h = vec![0.0; n * n];
        for a in self.rows.chunks(n) {
            for (ai, row) in a.iter().zip(h.chunks_mut(n)) {
                row.iter_mut().zip(a).for_each(|(h, aj)| *h += ai * aj / self.targets.len() as f64);
            }
        }
        h
    }

    /// The solution of the normal equations AᵀAθ = Aᵀy, where there is only one.
    pub fn minimiser(&self) -> Option<Vec<f64>> {
        let mut right = vec![0.0; self.unknowns];
        for (a, y) in self.rows.chunks(self.unknowns).zip(&self.targets) {
            right.iter_mut().zip(a).for_each(|(r, a)| *r += a * y / self.targets.len() as f64);
        }
        cholesky::solve(&self.hessian(), &right)
    }
}

impl Samples for LeastSquares {
    fn samples(&self) -> usize {
        self.targets.len()
    }
    fn unknowns(&self) -> usize {
        self.unknowns
    }
    fn loss(&self, i: usize, theta: &[f64]) -> f64 {
        let residual = dot(self.row(i), theta) - self.targets[i];
        0.5 * residual * residual
    }
    fn add_gradient(&self, i: usize, theta: &[f64], weight: f64, gradient: &mut [f64]) -> f64 {
        let residual = dot(self.row(i), theta) - self.targets[i];
        for (g, a) in gradient.iter_mut().zip(self.row(i)) {
            *g += weight * residual * a;
        }
        0.5 * residual * residual
    }
    /// The largest eigenvalue of AᵀA/m, by power iteration: from below.
    fn lipschitz(&self) -> f64 {
        self.lipschitz
    }
    /// maxᵢ ‖aᵢ‖²
    fn lipschitz_of_one(&self) -> f64 {
        self.lipschitz_of_one
    }
}

/// The surface `least-squares`: aᵢⱼ normal with variance hⱼ, log-spaced from 1 to κ; yᵢ = ⟨aᵢ, θ̂⟩ + noise, θ̂ = (1, −1, 1, …).
#[derive(Debug, Clone)]
pub(crate) struct DrawnLeastSquares {
    samples: f64,
    dimension: f64,
    kappa: f64,
    noise: f64,
    order: usize,
}

impl Default for DrawnLeastSquares {
    fn default() -> Self {
        DrawnLeastSquares { samples: 200.0, dimension: 2.0, kappa: 10.0, noise: 0.5, order: 0 }
    }
}

impl DrawnLeastSquares {
    fn draw(&self, seed: u64) -> Result<LeastSquares> {
        let (m, n) = size(self.samples, self.dimension)?;
        if m < n {
            return Err(Error::OutOfRange {
                name: "samples".into(),
                value: self.samples,
                range: format!("{n}..: as many as unknowns"),
            });
        }
        let scale: Vec<f64> = (0..n).map(|j| self.kappa.powf(0.5 * j as f64 / (n - 1) as f64)).collect();
        let (mut rows, mut targets) = (Vec::with_capacity(m * n), Vec::with_capacity(m));
        for i in 0..m {
            let mut random = Random::new(seed, Stream::Data, i as u64);
            let a: Vec<f64> = scale.iter().map(|s| s * random.normal()).collect();
            let clean: f64 = a.iter().enumerate().map(|(j, a)| if j.is_multiple_of(2) { *a } else { -a }).sum();
            targets.push(clean + self.noise * random.normal());
            rows.extend(a);
        }
        LeastSquares::new(rows, targets)
    }
}

impl Kind for DrawnLeastSquares {
    const NAME: &'static str = "least-squares";
    const SUMMARY: &'static str =
        "mean of ½(⟨aᵢ, θ⟩ − yᵢ)² over drawn samples: what batch, one sample and mini-batch are compared on";
    const DRAWN: bool = true;

    fn parameters(&mut self, visit: Visitor<'_>) {
        let number = |name, summary, value, range| Parameter { name, summary, value: Value::Number(value), range };
        visit(number("samples", "number of samples m", &mut self.samples, Range::closed(2.0, 1e6)));
        visit(number("dimension", "number of unknowns n", &mut self.dimension, Range::closed(2.0, 1e3)));
        visit(number("kappa", "largest over smallest variance of a feature", &mut self.kappa, Range::closed(1.0, 1e8)));
        visit(number("noise", "standard deviation of the noise on yᵢ", &mut self.noise, Range::NON_NEGATIVE));
        visit(order_knob(&mut self.order));
    }
    fn surface(self, batch: Option<Batch>, seed: u64) -> Result<Surface> {
        let sum = FiniteSum::new(self.draw(seed)?, batch.unwrap_or_default(), order_of(self.order), seed)?;
        Ok(Surface::new(Self::NAME, sum))
    }
}

/// Samples × unknowns at most: 400 MB.
const NUMBERS: f64 = 5e7;

/// m and n, whole and with a product that fits into memory.
pub(super) fn size(samples: f64, dimension: f64) -> Result<(usize, usize)> {
    let (m, n) = (whole("samples", samples)?, whole("dimension", dimension)?);
    if samples * dimension > NUMBERS {
        let range = format!("2..{}, as samples × dimension is at most {NUMBERS}", (NUMBERS / dimension).floor());
        return Err(Error::OutOfRange { name: "samples".into(), value: samples, range });
    }
    Ok((m, n))
}

/// The knob that says how samples are drawn.
pub(super) fn order_knob(order: &mut usize) -> Parameter<'_> {
    let value = Value::Choice(order, ORDERS);
    Parameter { name: "order", summary: "how the samples of a batch are drawn", value, range: Range::ANY }
}

pub(super) fn order_of(index: usize) -> Order {
    [Order::Reshuffled, Order::WithReplacement][index]
}

impl Landscape for FiniteSum<LeastSquares> {
    fn start(&self) -> Vec<f64> {
        (0..self.samples().unknowns()).map(|j| if j.is_multiple_of(2) { -2.0 } else { 1.5 }).collect()
    }
    fn optima(&self) -> Vec<Optimum> {
        let m = self.samples().samples();
        let risk = |x: &[f64]| (0..m).map(|i| self.samples().loss(i, x)).sum::<f64>() / m as f64;
        self.samples().minimiser().map(|x| Optimum { value: risk(&x), x }).into_iter().collect()
    }
    /// Half of what is stable.
    fn eta(&self) -> f64 {
        0.5 * self.stable_eta().unwrap_or(1.0)
    }
    fn window(&self) -> Window {
        let best = self.optima().into_iter().next().map_or_else(|| self.start(), |o| o.x);
        window_around(&[&self.start(), &best])
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn more_numbers_than_fit_are_refused() {
        assert_eq!(size(1e5, 500.0).unwrap(), (100_000, 500));
        let says = size(1e6, 1e3).unwrap_err().to_string();
        assert_eq!(says, "samples = 1000000 is outside 2..50000, as samples × dimension is at most 50000000");
    }
}
