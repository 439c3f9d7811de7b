//! Random numbers keyed by (seed, stream, counter): the same numbers whatever ran before, on any number of threads.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What the numbers are for. Different streams of one seed are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Noise added to a picture.
    Noise,
    /// The probe of Monte-Carlo SURE.
    Probe,
    /// Which pixels are missing.
    Mask,
    /// A drawn scene.
    Scene,
    /// Which samples a step sees.
    Batch,
    /// Noise added to a gradient.
    GradientNoise,
    /// Data of a drawn finite sum.
    Data,
    /// Power iteration and the like.
    Start,
    /// Weights of a network before the first step.
    Weights,
    /// Which samples a resample of a bootstrap draws.
    Resample,
    /// Directions of a slice.
    Direction,
    /// The way of a truth that drifts.
    Drift,
}

/// A source of random numbers.
#[derive(Debug, Clone)]
pub struct Random {
    source: ChaCha8Rng,
    spare: Option<f64>,
}

impl Random {
    /// The numbers of (seed, stream, counter); `counter` is a step, a row, a picture: whatever may be computed in any order.
    pub fn new(seed: u64, stream: Stream, counter: u64) -> Self {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(stream as u64).to_le_bytes());
        let mut source = ChaCha8Rng::from_seed(key);
        source.set_stream(counter);
        Random { source, spare: None }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.source.next_u64()
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.source.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Uniform in 0..n, without bias. `n` is at least 1.
    pub fn below(&mut self, n: u64) -> u64 {
        // Lemire 2019, "Fast random integer generation in an interval".
        loop {
            let wide = self.source.next_u64() as u128 * n as u128;
            if wide as u64 >= n.wrapping_neg() % n {
                return (wide >> 64) as u64;
            }
        }
    }

    /// Standard normal (polar method, Marsaglia 1964).
    pub fn normal(&mut self) -> f64 {
        if let Some(z) = self.spare.take() {
            return z;
        }
        loop {
            let (a, b) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let s = a * a + b * b;
            if s > 0.0 && s < 1.0 {
                let r = (-2.0 * s.ln() / s).sqrt();
                self.spare = Some(b * r);
                return a * r;
            }
        }
    }

    /// Poisson of mean `mean` ≥ 0 (multiplication below 30, else Hörmann's transformed rejection PTRS, 1993).
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean < 30.0 {
            let limit = (-mean).exp();
            let (mut k, mut p) = (0.0, self.uniform());
            while p > limit {
                k += 1.0;
                p *= self.uniform();
            }
            return k;
        }
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let v_r = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = self.uniform() - 0.5;
            let v = self.uniform();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= v_r {
                return k;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            let left = v.ln() + inverse_alpha.ln() - (a / (us * us) + b).ln();
            if left <= k * mean.ln() - mean - log_factorial(k) {
                return k;
            }
        }
    }

    /// A random order of 0..n (Fisher–Yates).
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.below(i as u64 + 1) as usize);
        }
        order
    }
}

/// ln k! by Stirling's series, good to 1e-10 for k ≥ 10, by the product below.
fn log_factorial(k: f64) -> f64 {
    if k < 10.0 {
        return (1..=k as u64).map(|i| (i as f64).ln()).sum();
    }
    let r = 1.0 / k;
    (k + 0.5) * k.ln() - k + 0.5 * (2.0 * std::f64::consts::PI).ln() + r * (1.0 / 12.0 - r * r * (1.0 / 360.0 - r * r / 1260.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_independent_and_repeatable() {
        let draw = |s, t, c| Random::new(s, t, c).bits();
        assert_eq!(draw(1, Stream::Noise, 2), draw(1, Stream::Noise, 2));
        assert_ne!(draw(1, Stream::Noise, 2), draw(1, Stream::Noise, 3));
        assert_ne!(draw(1, Stream::Noise, 2), draw(2, Stream::Noise, 2));
        assert_ne!(draw(1, Stream::Noise, 2), draw(1, Stream::Probe, 2));
    }

    #[test]
    fn moments_are_right() {
        let mut r = Random::new(7, Stream::Data, 0);
        let n = 200_000;
        let z: Vec<f64> = (0..n).map(|_| r.normal()).collect();
        let mean = z.iter().sum::<f64>() / n as f64;
        let var = z.iter().map(|v| v * v).sum::<f64>() / n as f64;
        assert!(mean.abs() < 0.01 && (var - 1.0).abs() < 0.015, "{mean} {var}");
        for m in [0.5, 12.0, 30.0, 400.0] {
            let k: Vec<f64> = (0..n).map(|_| r.poisson(m)).collect();
            let mean = k.iter().sum::<f64>() / n as f64;
            let var = k.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
            assert!((mean / m - 1.0).abs() < 0.01, "mean {mean} of {m}");
            assert!((var / m - 1.0).abs() < 0.02, "variance {var} of {m}");
        }
    }
}
