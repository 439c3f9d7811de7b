//! Batch normalisation (Ioffe and Szegedy 2015), of a shard by itself.
//!
//! With μ and v the mean and the variance of a channel over all n pixels of the shard,
//!
//! x̂ = (x − μ) / √(v + ε), y = a(γx̂ + β).
//!
//! Shards do not wait for each other, and a batch is cut into the same shards everywhere, so the result depends on nothing but the batch
//! (ghost batches: Hoffer, Hubara and Soudry 2017). The running statistics move by a tenth of the way towards the mean over the shards of
//! μ and of v·n/(n − 1); they are what is [folded](crate::Network::folded) into the convolution before.

use super::{Affine, Backward, Layer, Weights};
use crate::engine::{Activation, activation};
use crate::shape::Shape;
use ravine_optim::number::{Float, Lane};
use ravine_optim::parameter::Range;
use ravine_optim::random::Random;
use ravine_optim::{Error, Level, Result};

/// ε, as everywhere.
const EPSILON: f64 = 1e-5;
/// What the running statistics move by at a step.
const MOMENTUM: f64 = 0.1;

/// y = a(γx̂ + β). θ is γ, then β, which start at 1 and 0; the statistics are the mean, then the variance, which start there, too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNorm {
    channels: usize,
    activation: Activation,
}

impl BatchNorm {
    /// Of so many channels, without activation.
    ///
    /// # Errors
    /// There is no channel.
    pub fn new(channels: usize) -> Result<Self> {
        if channels == 0 {
            return Err(Error::OutOfRange { name: "channels".into(), value: 0.0, range: "1, 2, …".into() });
        }
        Ok(BatchNorm { channels, activation: Activation::None })
    }

    /// The same with an activation behind it.
    ///
    /// # Errors
    /// A slope outside of 0..1, from whose y the way back could not tell the sign.
    pub fn then(self, activation: Activation) -> Result<Self> {
        Range::UNIT.check("slope", activation.slope())?;
        Ok(BatchNorm { activation, ..self })
    }
}

/// 1/√(v + ε)
fn precision<F: Float>(variance: F) -> F {
    F::ONE / F::down((variance.up() + EPSILON).sqrt())
}

impl<F: Float> Layer<F> for BatchNorm {
    fn output(&self, at: Shape) -> Result<Shape> {
        if at.channels != self.channels {
            return Err(Error::Unsuited(format!("statistics of {} channels cannot normalise {at}", self.channels)));
        }
        Ok(at)
    }

    fn blocks(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("gamma", vec![self.channels]), ("beta", vec![self.channels])]
    }

    fn initialise(&self, _: &mut Random, theta: &mut [F]) {
        let (gamma, beta) = theta.split_at_mut(self.channels);
        gamma.fill(F::ONE);
        beta.fill(F::ZERO);
    }

    /// μ and v
    fn kept(&self, _: Shape) -> usize {
        2 * self.channels
    }

    fn forward(&self, at: Shape, weights: Weights<'_, F>, x: &[F], y: &mut [F], kept: &mut [F]) {
        let (gamma, beta) = weights.theta.split_at(self.channels);
        let (mean, variance) = kept.split_at_mut(self.channels);
        let nth = F::from_f64(1.0 / at.pixels() as f64);
        mean.fill(F::ZERO);
        let sum = sums(at, x, x, mean, |x, _| x);
        mean.iter_mut().zip(sum).for_each(|(mean, sum)| *mean = sum * nth);
        let sum = sums(at, x, x, mean, |centred, _| centred * centred);
        variance.iter_mut().zip(sum).for_each(|(variance, sum)| *variance = sum * nth);

        let scale: Vec<F> = gamma.iter().zip(&*variance).map(|(gamma, v)| *gamma * precision(*v)).collect();
        let slope = F::from_f64(self.activation.slope());
        Level::best().run(
            #[inline(always)]
            || {
                for (y, x) in y.chunks_exact_mut(self.channels).zip(x.chunks_exact(self.channels)) {
                    for ((((y, x), mean), scale), beta) in y.iter_mut().zip(x).zip(&*mean).zip(&scale).zip(beta) {
                        *y = activation::bend(slope, (*x - *mean) * *scale + *beta);
                    }
                }
            },
        );
    }

    /// With β̄ = Σ dy and γ̄ = Σ dy·x̂ over the pixels: dx += γ/√(v + ε) · (dy − β̄/n − x̂·γ̄/n).
    fn add_adjoint(&self, at: Shape, weights: Weights<'_, F>, way: Backward<'_, F>) {
        let Backward { x, y, kept, dy, dx, fresh, dtheta, .. } = way;
        let (mean, variance) = kept.split_at(self.channels);
        let precision: Vec<F> = variance.iter().map(|v| precision(*v)).collect();
        activation::adjoint(Level::best(), self.activation, y, dy);
        let dbeta = sums(at, x, dy, mean, |_, dy| dy);
        let mut dgamma = sums(at, x, dy, mean, |centred, dy| centred * dy);
        dgamma.iter_mut().zip(&precision).for_each(|(dgamma, p)| *dgamma *= *p);
        dtheta.iter_mut().zip(dgamma.iter().chain(&dbeta)).for_each(|(d, sum)| *d += *sum);

        let Some(dx) = Backward::summed(dx, fresh) else { return };
        // s·dy + t + u·(x − μ)
        let nth = F::from_f64(1.0 / at.pixels() as f64);
        let s: Vec<F> = weights.theta.iter().zip(&precision).map(|(gamma, p)| *gamma * *p).collect();
        let t: Vec<F> = s.iter().zip(&dbeta).map(|(s, dbeta)| -*s * *dbeta * nth).collect();
        let u: Vec<F> = s.iter().zip(&dgamma).zip(&precision).map(|((s, dgamma), p)| -*s * *dgamma * *p * nth).collect();
        Level::best().run(
            #[inline(always)]
            || {
                let pixels = x.chunks_exact(self.channels).zip(dy.chunks_exact(self.channels));
                for (dx, (x, dy)) in dx.chunks_exact_mut(self.channels).zip(pixels) {
                    let affine = mean.iter().zip(&s).zip(&t).zip(&u);
                    for (((dx, x), dy), (((mean, s), t), u)) in dx.iter_mut().zip(x).zip(dy).zip(affine) {
                        *dx += *s * *dy + *t + *u * (*x - *mean);
                    }
                }
            },
        );
    }

    fn statistics(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("mean", vec![self.channels]), ("variance", vec![self.channels])]
    }

    fn initialise_statistics(&self, statistics: &mut [F]) {
        let (mean, variance) = statistics.split_at_mut(self.channels);
        mean.fill(F::ZERO);
        variance.fill(F::ONE);
    }

    fn observe(&self, at: Shape, kept: &[&[F]], statistics: &mut [F]) {
        let n = at.pixels() as f64;
        let unbiased = [1.0, n / (n - 1.0).max(1.0)];
        for (c, statistic) in statistics.iter_mut().enumerate() {
            let sum = kept.iter().fold(F::ZERO, |sum, kept| sum + kept[c]);
            let seen = sum * F::from_f64(unbiased[c / self.channels] / kept.len() as f64);
            *statistic = F::down(statistic.up().average(1.0 - MOMENTUM, seen.up()));
        }
    }

    fn fixed(&self, theta: &[F], statistics: &[F]) -> Option<Affine<F>> {
        let (gamma, beta) = theta.split_at(self.channels);
        let (mean, variance) = statistics.split_at(self.channels);
        let scale: Vec<F> = gamma.iter().zip(variance).map(|(gamma, v)| *gamma * precision(*v)).collect();
        let shift = beta.iter().zip(mean).zip(&scale).map(|((beta, mean), scale)| *beta - *mean * *scale).collect();
        Some(Affine { scale, shift, activation: self.activation })
    }
}

/// Σ term(x − μ, z) over the pixels, channel by channel. Rows are summed first, so that rounding grows with the side and not with the area.
fn sums<F: Float>(at: Shape, x: &[F], z: &[F], mean: &[F], term: impl Fn(F, F) -> F) -> Vec<F> {
    let (mut row, mut sum) = (vec![F::ZERO; at.channels], vec![F::ZERO; at.channels]);
    let length = at.width * at.channels;
    Level::best().run(
        #[inline(always)]
        || {
            for (x, z) in x.chunks_exact(length).zip(z.chunks_exact(length)) {
                row.fill(F::ZERO);
                for (x, z) in x.chunks_exact(at.channels).zip(z.chunks_exact(at.channels)) {
                    let centred = x.iter().zip(mean).map(|(x, mean)| *x - *mean);
                    row.iter_mut().zip(centred.zip(z)).for_each(|(row, (centred, z))| *row += term(centred, *z));
                }
                sum.iter_mut().zip(&row).for_each(|(sum, row)| *sum += *row);
            }
        },
    );
    sum
}
