//! What several runs say together: mean, median, quantiles, bootstrap intervals, the slope of a line through points.
//!
//! Infinite samples are values (a run that diverged is worse than any that did not); NaN is none, and makes the answer NaN.

use crate::random::{Random, Stream};
use serde::{Deserialize, Serialize};

/// A value and the interval around it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The estimate.
    pub value: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `x` lies in it.
    pub fn contains(&self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }

    /// Whether the two have a point in common.
    pub fn overlaps(&self, other: &Interval) -> bool {
        self.low <= other.high && other.low <= self.high
    }

    /// All three times a positive number: in another unit.
    pub fn times(&self, unit: f64) -> Interval {
        Interval { low: self.low * unit, value: self.value * unit, high: self.high * unit }
    }

    /// Half its length.
    pub fn margin(&self) -> f64 {
        0.5 * (self.high - self.low)
    }
}

/// x̄ = Σxᵢ/n; NaN of no samples.
pub fn mean(samples: &[f64]) -> f64 {
    samples.iter().sum::<f64>() / samples.len() as f64
}

/// The middle one, or the mean of the middle two.
///
/// ```
/// use ravine_optim::statistics::median;
/// assert_eq!(median(&[3.0, 1.0, 10.0]), 3.0);
/// assert_eq!(median(&[3.0, 1.0, 10.0, 4.0]), 3.5);
/// ```
pub fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

/// The value that a share q in 0..=1 of the samples does not exceed: linear between order statistics, x₍ᵢ₎ at q = i/(n − 1),
/// i = 0 … n − 1 (type 7 of Hyndman and Fan 1996). Between a finite and an infinite sample it is infinite; NaN of no samples.
pub fn quantile(samples: &[f64], q: f64) -> f64 {
    if samples.is_empty() || samples.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = q.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    if below == above { below } else { below + (above - below) * at.fract() }
}

/// Resamples of a [`bootstrap`].
const RESAMPLES: u64 = 2000;

/// The interval of a statistic at `level` (0.95, say) by the percentile bootstrap (Efron 1979): the statistic of 2000 resamples, each
/// n draws with replacement; the ends are its quantiles at (1 ∓ level)/2. `seed` fixes the draws: the same samples give the same interval.
///
/// With few samples it is too narrow: of ten normal samples, one interval of the mean in ten misses at a level of 0.95, not one in
/// twenty. To compare two rules on the same seeds, take the interval of the differences seed by seed, not two intervals.
///
/// ```
/// use ravine_optim::statistics::{bootstrap, median};
/// let i = bootstrap(&[1.0, 2.0, 3.0, 4.0, 5.0], median, 0.95, 0);
/// assert_eq!(i.value, 3.0);
/// assert!(i.low < 3.0 && 3.0 < i.high && i.contains(2.5));
/// ```
pub fn bootstrap(samples: &[f64], statistic: impl Fn(&[f64]) -> f64, level: f64, seed: u64) -> Interval {
    let n = samples.len();
    let value = statistic(samples);
    if n == 0 {
        return Interval { low: value, value, high: value };
    }
    let mut drawn = vec![0.0; n];
    let resampled: Vec<f64> = (0..RESAMPLES)
        .map(|i| {
            let mut random = Random::new(seed, Stream::Resample, i);
            drawn.fill_with(|| samples[random.below(n as u64) as usize]);
            statistic(&drawn)
        })
        .collect();
    let tail = 0.5 * (1.0 - level);
    Interval { low: quantile(&resampled, tail), value, high: quantile(&resampled, 1.0 - tail) }
}

/// The slope b of the least-squares line y = a + bx with its 95 % interval b ± t·s/√Σ(xᵢ − x̄)², s² = Σ(yᵢ − a − bxᵢ)²/(n − 2), t the 0.975
/// quantile of Student's distribution with n − 2 degrees of freedom. Of two points the interval is the whole line of numbers; where
/// all x are equal (or there is one point) the slope is NaN. An order of convergence is the slope of the logarithms.
///
/// ```
/// use ravine_optim::statistics::slope;
/// let (h, error) = ([1.0f64, 0.5, 0.25, 0.125], [3.0f64, 0.76, 0.19, 0.047]);
/// let order = slope(&h.map(f64::ln), &error.map(f64::ln));
/// assert!(order.contains(2.0) && order.margin() < 0.05);
/// ```
///
/// # Panics
/// If the lengths differ.
pub fn slope(xs: &[f64], ys: &[f64]) -> Interval {
    assert_eq!(xs.len(), ys.len(), "a slope needs as many x as y");
    let (x_mean, y_mean) = (mean(xs), mean(ys));
    let s_xx: f64 = xs.iter().map(|x| (x - x_mean).powi(2)).sum();
    let s_xy: f64 = xs.iter().zip(ys).map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    let b = s_xy / s_xx;
    if xs.len() < 3 {
        return Interval { low: f64::NEG_INFINITY, value: b, high: f64::INFINITY };
    }
    let residual: f64 = xs.iter().zip(ys).map(|(x, y)| (y - y_mean - b * (x - x_mean)).powi(2)).sum();
    let freedom = (xs.len() - 2) as f64;
    let margin = student(freedom) * (residual / freedom / s_xx).sqrt();
    Interval { low: b - margin, value: b, high: b + margin }
}

/// The 0.975 quantile of Student's distribution with ν ≥ 1 degrees of freedom: closed forms for 1 and 2, then its expansion around the
/// normal quantile in 1/ν (Abramowitz and Stegun 1964, 26.7.5), within 0.2 %.
fn student(nu: f64) -> f64 {
    let z = 1.959963984540054_f64;
    match nu {
        1.0 => (0.475 * std::f64::consts::PI).tan(),
        2.0 => 0.95 * (2.0 / (1.0 - 0.95 * 0.95_f64)).sqrt(),
        _ => {
            let z2 = z * z;
            let g1 = z * (z2 + 1.0) / 4.0;
            let g2 = z * ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
            let g3 = z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
            let g4 = z * ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92160.0;
            z + (g1 + (g2 + (g3 + g4 / nu) / nu) / nu) / nu
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        let x = [4.0, 1.0, 3.0, 2.0, 10.0];
        for (q, wanted) in [(0.0, 1.0), (0.1, 1.4), (0.25, 2.0), (0.9, 7.6), (1.0, 10.0)] {
            assert!((quantile(&x, q) - wanted).abs() < 1e-12, "{q}: {}", quantile(&x, q));
        }
    }

    #[test]
    fn infinite_samples_are_values() {
        let x = [1.0, 2.0, f64::INFINITY, f64::INFINITY, 3.0];
        assert_eq!(median(&x), 3.0);
        assert_eq!(quantile(&x, 0.75), f64::INFINITY);
        assert_eq!(quantile(&x, 1.0), f64::INFINITY);
        assert_eq!(bootstrap(&x, median, 0.95, 0).high, f64::INFINITY);
        assert!(median(&[1.0, f64::NAN]).is_nan() && median(&[]).is_nan());
    }

    #[test]
    fn students_quantiles_are_those_of_the_tables() {
        for (nu, wanted) in
            [(1.0, 12.7062), (2.0, 4.3027), (3.0, 3.1824), (4.0, 2.7764), (5.0, 2.5706), (8.0, 2.3060), (30.0, 2.0423)]
        {
            assert!((student(nu) / wanted - 1.0_f64).abs() < 2e-3, "{nu}: {} instead of {wanted}", student(nu));
        }
    }

    /// Of `trials` sets of noise, the share in which the interval that `of` computes contains `truth`.
    fn coverage(trials: u64, truth: f64, of: impl Fn(u64, &mut Random) -> Interval) -> f64 {
        let hits = (0..trials).filter(|&i| of(i, &mut Random::new(3, Stream::Data, i)).contains(truth)).count();
        hits as f64 / trials as f64
    }

    #[test]
    fn a_bootstrap_interval_covers_the_mean_nearly_as_often_as_it_says() {
        let share = coverage(400, 1.0, |i, random| {
            let x: Vec<f64> = (0..30).map(|_| 1.0 + random.normal()).collect();
            bootstrap(&x, mean, 0.95, i)
        });
        assert!((0.90..0.98).contains(&share), "{share}");
        let ten = coverage(400, 1.0, |i, random| {
            let x: Vec<f64> = (0..10).map(|_| 1.0 + random.normal()).collect();
            bootstrap(&x, mean, 0.95, i)
        });
        assert!((0.86..0.94).contains(&ten), "{ten}");
    }

    #[test]
    fn the_interval_of_a_slope_covers_it_as_often_as_it_says() {
        let xs: Vec<f64> = (0..6).map(f64::from).collect();
        let share = coverage(2000, -2.0, |_, random| {
            let ys: Vec<f64> = xs.iter().map(|x| 5.0 - 2.0 * x + 0.3 * random.normal()).collect();
            slope(&xs, &ys)
        });
        assert!((0.935..0.965).contains(&share), "{share}");
    }

    #[test]
    fn two_points_give_a_slope_and_no_certainty() {
        let line = slope(&[0.0, 2.0], &[1.0, 5.0]);
        assert_eq!((line.low, line.value, line.high), (f64::NEG_INFINITY, 2.0, f64::INFINITY));
        assert!(slope(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]).value.is_nan());
    }
}
