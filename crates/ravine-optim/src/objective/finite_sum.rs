//! A mean over samples, of which each step may see all, one, or a mini-batch.
//!
//! R(θ) = (1/m) Σᵢ ℓᵢ(θ). Which samples step t sees depends on (seed, t) alone, so a step can be repeated and a run resumed.

use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::objective::Objective;
use crate::random::{Random, Stream};
use std::str::FromStr;

/// m losses of n unknowns.
pub trait Samples: Send + Sync {
    /// m
    fn samples(&self) -> usize;
    /// n
    fn unknowns(&self) -> usize;
    /// ℓᵢ(θ)
    fn loss(&self, i: usize, theta: &[f64]) -> f64;
    /// gradient ← gradient + weight·∇ℓᵢ(θ); returns ℓᵢ(θ).
    fn add_gradient(&self, i: usize, theta: &[f64], weight: f64, gradient: &mut [f64]) -> f64;
    /// A Lipschitz constant of ∇R; where it is an eigenvalue, as [`spectrum`](crate::spectrum) finds it: from below.
    fn lipschitz(&self) -> f64;
    /// The largest Lipschitz constant of one ∇ℓᵢ: what a step on few samples can meet.
    fn lipschitz_of_one(&self) -> f64;
}

/// How many samples a step sees. Read from text: `all`, `1`, `32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Batch {
    /// Every sample: deterministic.
    #[default]
    All,
    /// So many.
    Of(usize),
}

impl FromStr for Batch {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match (text, text.parse()) {
            ("all", _) => Ok(Batch::All),
            (_, Ok(b)) if b > 0 => Ok(Batch::Of(b)),
            _ => Err(Error::BadValue {
                name: "batch".into(),
                value: text.into(),
                wanted: "all, or a number of samples, is wanted".into(),
            }),
        }
    }
}

/// How a batch is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// All samples once in a random order, then all again in another: the course's SGD. Batches follow one another without a gap,
    /// so one that begins in one epoch may end in the next.
    #[default]
    Reshuffled,
    /// Each sample independently and uniformly.
    WithReplacement,
}

/// The names of the orders, as the user writes them, in the order of the enum.
pub const ORDERS: &[&str] = &["reshuffled", "with-replacement"];

/// R(θ) as an [`Objective`] in f64; a [`Surface`](crate::Surface) around it serves f32 as well.
pub struct FiniteSum<S> {
    samples: S,
    batch: usize,
    order: Order,
    seed: u64,
    layout: Layout,
    drawn: Option<Vec<usize>>,        // this step's samples; None: all
    epoch: Option<(u64, Vec<usize>)>, // the order of the epoch last seen
}

impl<S: Samples> FiniteSum<S> {
    /// The mean over `samples`, `batch` at a time, drawn in `order` from `seed`.
    pub fn new(samples: S, batch: Batch, order: Order, seed: u64) -> Result<Self> {
        let (m, n) = (samples.samples(), samples.unknowns());
        let batch = match batch {
            Batch::All => m,
            Batch::Of(b) => b,
        };
        if batch == 0 || batch > m {
            return Err(Error::OutOfRange {
                name: "batch".into(),
                value: batch as f64,
                range: format!("1..{m}, the number of samples"),
            });
        }
        let layout = Layout::single("theta", &[n]);
        Ok(FiniteSum { samples, batch, order, seed, layout, drawn: None, epoch: None })
    }

    /// The losses.
    pub fn samples(&self) -> &S {
        &self.samples
    }

    /// The mean of `term(i, 1/count)` over what is drawn.
    fn mean(&self, mut term: impl FnMut(usize, f64) -> f64) -> f64 {
        let count = self.drawn.as_ref().map_or(self.samples.samples(), Vec::len);
        let weight = 1.0 / count as f64;
        let sum: f64 = match &self.drawn {
            None => (0..count).map(|i| term(i, weight)).sum(),
            Some(drawn) => drawn.iter().map(|i| term(*i, weight)).sum(),
        };
        sum * weight
    }

    /// The samples that step `step` sees, in the order in which they are summed.
    pub fn batch_of(&mut self, step: u64) -> Vec<usize> {
        let (m, b) = (self.samples.samples(), self.batch);
        match self.order {
            Order::WithReplacement => {
                let mut random = Random::new(self.seed, Stream::Batch, step);
                (0..b).map(|_| random.below(m as u64) as usize).collect()
            }
            Order::Reshuffled => (step * b as u64..(step + 1) * b as u64).map(|place| self.at_place(place)).collect(),
        }
    }

    /// The sample at `place` of the endless sequence of shuffled epochs.
    fn at_place(&mut self, place: u64) -> usize {
        let m = self.samples.samples();
        let number = place / m as u64;
        let known = self.epoch.take().filter(|(n, _)| *n == number);
        let (_, order) =
            self.epoch.insert(known.unwrap_or_else(|| (number, Random::new(self.seed, Stream::Batch, number).permutation(m))));
        order[(place % m as u64) as usize]
    }
}

impl<S: Samples> Objective<f64> for FiniteSum<S> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn draw(&mut self, step: u64) {
        self.drawn = (self.batch < self.samples.samples()).then(|| self.batch_of(step));
    }

    fn whole(&mut self) {
        self.drawn = None;
    }

    fn value(&mut self, x: &[f64]) -> f64 {
        self.mean(|i, _| self.samples.loss(i, x))
    }

    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        self.mean(|i, weight| self.samples.add_gradient(i, x, weight, gradient))
    }

    fn gradients_per_step(&self) -> usize {
        self.batch
    }

    fn stable_eta(&self) -> Option<f64> {
        let whole = self.batch == self.samples.samples();
        Some(2.0 / if whole { self.samples.lipschitz() } else { self.samples.lipschitz_of_one() })
    }
}
