//! How good a network is on pairs that it was not trained on.

use crate::layer::Weights;
use crate::loss::Loss;
use crate::network::{Network, Room};
use crate::pack::{entrance, pack};
use crate::pairs::{Key, Pair, Pairs};
use crate::shape::Shape;
use ravine_optim::number::Float;
use ravine_optim::{Error, Result, vector};
use rayon::prelude::*;

/// Pairs that no step sees.
#[derive(Debug, Clone)]
pub struct Validation {
    pairs: Vec<Pair>,
    loss: Loss,
}

/// What was found on them. All means are over the pictures, and each error is that of the mean: of the *true* risk, the estimate is
/// off by less than two of them about 95 times of 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The mean loss.
    pub risk: f64,
    /// Its standard error.
    pub risk_error: f64,
    /// The mean PSNR in dB, peak 1, of the answers clipped to 0..1.
    pub psnr: f64,
    /// Its standard error.
    pub psnr_error: f64,
}

/// Nothing is told apart below this mean square error: 100 dB.
const LEAST: f64 = 1e-10;

impl Validation {
    /// These pairs, under the loss of the training.
    ///
    /// # Errors
    /// There is none.
    pub fn new(pairs: Vec<Pair>, loss: Loss) -> Result<Self> {
        match pairs.is_empty() {
            true => Err(Error::Unsuited("there is no picture to validate with".into())),
            false => Ok(Validation { pairs, loss }),
        }
    }

    /// `count` pairs that the training with `seed` never sees.
    ///
    /// # Errors
    /// A pair cannot be made.
    pub fn held_out(pairs: &dyn Pairs, seed: u64, count: usize, loss: Loss) -> Result<Self> {
        let made = (0..count as u64).into_par_iter().map(|index| pairs.pair(Key::held_out(seed, index)));
        Validation::new(made.collect::<Result<_>>()?, loss)
    }

    /// The pairs.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// The network's score at θ, with its statistics fixed.
    ///
    /// # Errors
    /// The network cannot take one of the pictures.
    pub fn score<F: Float>(&self, network: &Network<F>, theta: &[F], statistics: &[F]) -> Result<Score> {
        let (network, theta) = network.folded(theta, statistics)?;
        let prepared = network.prepare(&theta);
        let weights = Weights { theta: &theta, prepared: &prepared };
        let of =
            |room: &mut Option<Seat<F>>, pair: &Pair| Seat::take(room, &network, pair)?.judge(&network, weights, pair, self.loss);
        let each: Vec<[f64; 2]> = self.pairs.par_iter().map_init(|| None, of).collect::<Result<_>>()?;
        let [(risk, risk_error), (psnr, psnr_error)] = [0, 1].map(|k| mean_and_error(each.len(), |i| each[i][k]));
        Ok(Score { risk, risk_error, psnr, psnr_error })
    }
}

/// The mean of n numbers and its standard error √(s²/n); the error of one number is unknown: 0.
fn mean_and_error(n: usize, number: impl Fn(usize) -> f64 + Sync) -> (f64, f64) {
    let mean = vector::sum_of(n, &number) / n as f64;
    let squares = vector::sum_of(n, |i| (number(i) - mean).powi(2));
    (mean, (squares / (n as f64 * (n as f64 - 1.0).max(1.0))).sqrt())
}

/// Room for pictures of one shape.
struct Seat<F> {
    at: Shape,
    room: Room<F>,
    target: Vec<F>,
}

impl<F: Float> Seat<F> {
    /// The seat at hand, if it fits the pair, else a new one.
    fn take<'s>(seat: &'s mut Option<Self>, network: &Network<F>, pair: &Pair) -> Result<&'s mut Self> {
        let grid = pair.clean.grid();
        let at = entrance(network, Shape::new(1, grid.height, grid.width, grid.channels))?;
        let fitting = match seat.take().filter(|seat| seat.at == at) {
            Some(seat) => seat,
            None => Seat { at, room: Room::new(network, at)?, target: vec![F::ZERO; grid.len()] },
        };
        Ok(seat.insert(fitting))
    }

    /// The mean loss and the PSNR of a picture.
    fn judge(&mut self, network: &Network<F>, weights: Weights<'_, F>, pair: &Pair, loss: Loss) -> Result<[f64; 2]> {
        pack(&pair.observed, pair.sigma, self.room.input());
        pack(&pair.clean, 0.0, &mut self.target);
        network.run(weights, &mut self.room);
        let (u, n) = (self.room.output(), self.target.len() as f64);
        let square = |(u, y): (&F, &F)| (u.to_f64().clamp(0.0, 1.0) - y.to_f64()).powi(2);
        let mean_square = u.iter().zip(&self.target).map(square).sum::<f64>() / n;
        Ok([loss.sum(u, &self.target) / n, -10.0 * mean_square.max(LEAST).log10()])
    }
}
