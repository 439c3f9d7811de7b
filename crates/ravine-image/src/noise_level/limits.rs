//! Where black and white cut a picture off.

/// The values at which a plane is cut off, if it is: its least and its largest, where a thousandth of the pixels share them.
///
/// ```
/// use ravine_image::noise_level::Limits;
/// let dark: Vec<f32> = (0..4000).map(|i| (i as f32 / 4000.0 - 0.25).max(0.0)).collect();
/// assert_eq!((Limits::of(&dark).low, Limits::of(&dark).high), (0.0, f32::INFINITY));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Black, or −∞.
    pub low: f32,
    /// White, or ∞.
    pub high: f32,
}

impl Limits {
    /// The limits of a plane; a constant one has none.
    pub fn of(plane: &[f32]) -> Self {
        let low = plane.iter().copied().fold(f32::INFINITY, f32::min);
        let high = plane.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let many = |limit: f32| plane.iter().filter(|v| **v == limit).count() >= 2.max(plane.len() / 1000);
        let constant = low == high;
        Limits {
            low: if !constant && many(low) { low } else { f32::NEG_INFINITY },
            high: if !constant && many(high) { high } else { f32::INFINITY },
        }
    }

    /// Whether there is one.
    pub fn cut(&self) -> bool {
        self.low.is_finite() || self.high.is_finite()
    }

    pub(super) fn holds(&self, v: f32) -> bool {
        v <= self.low || v >= self.high
    }

    /// How far `mean` is from being cut off.
    pub(super) fn distance(&self, mean: f32) -> f32 {
        (mean - self.low).min(self.high - mean)
    }

    /// What part of the variance of noise of `sigma` is left where the seen mean is `mean`.
    pub(super) fn left(&self, mean: f32, sigma: f64) -> f64 {
        (1.0 - lost((mean - self.low) as f64 / sigma) - lost((self.high - mean) as f64 / sigma)).max(0.1)
    }
}

/// 1 − Var max(v + n, 0), n standard normal, by the mean m = E max(v + n, 0): to 0.004, fitted for −½ ≤ v ≤ 5.
fn lost(m: f64) -> f64 {
    (-m.max(0.0) * (0.905 + 0.349 * m)).exp()
}
